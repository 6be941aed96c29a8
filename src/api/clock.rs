//! Clock: a signature that carries the time is refused when this machine's clock is off. Whoever is refused so may be
//! alive; the server's own `Date` tells. Pure.

use jiff::fmt::rfc2822;

use super::judge::{Judgement, Reply, Verdict};
use crate::pattern::schema::Call;

/// Servers allow at least this much, in seconds.
const ALLOWED: i64 = 120;

/// The judgement, unless it is a death that the clock alone may have caused.
pub fn doubted(call: &Call, reply: &Reply, judgement: Judgement, now: i64) -> Judgement {
    let signed = call.sign.is_some() && judgement.verdict == Verdict::Dead;
    match off(reply, now).filter(|off| signed && off.abs() > ALLOWED) {
        Some(off) => Judgement {
            verdict: Verdict::Unknown(format!(
                "this machine's clock is {} minutes off, so a refused signature proves nothing",
                off.abs() / 60
            )),
            ..judgement
        },
        None => judgement,
    }
}

/// How far this machine's clock is from the server's, in seconds; `None` if the server does not say.
fn off(reply: &Reply, now: i64) -> Option<i64> {
    let date = rfc2822::parse(reply.header("date")?).ok()?;
    Some(now - date.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_signature_proves_nothing_when_the_clock_is_off() {
        let signed: Call =
            toml::from_str("sign = { with = \"aws-sigv4\" }\ndead = [{ status = [403] }]").unwrap();
        let plain: Call = toml::from_str("dead = [{ status = [403] }]").unwrap();
        let reply = |date: &str| Reply {
            status: 403,
            headers: vec![("Date".into(), date.into())],
            ..Reply::default()
        };
        let noon = 784_111_777;
        let word = |call: &Call, date: &str, now: i64| {
            let reply = reply(date);
            let judged = crate::api::judge::judge(call, &reply);
            doubted(call, &reply, judged, now).verdict.word()
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(word(&signed, date, noon), "dead");
        assert_eq!(word(&signed, date, noon + 100), "dead");
        assert_eq!(word(&signed, date, noon + 600), "unknown");
        assert_eq!(word(&signed, date, noon - 600), "unknown");
        assert_eq!(word(&plain, date, noon + 600), "dead");
        assert_eq!(word(&signed, "yesterday", noon + 600), "dead");
    }
}
