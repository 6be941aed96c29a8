//! SMTP: EHLO, STARTTLS where offered, AUTH, QUIT. No mail is begun.

use super::super::encode::base64;
use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.tls_first() {
        stream.start_tls()?;
    }
    let (code, text) = reply(stream)?;
    if code != 220 {
        return Ok(unknown(format!("the server greets with {code} {text}")));
    }
    let mut offers = ehlo(stream)?;
    if !stream.is_tls() && offers.contains("STARTTLS") {
        if ask(stream, "STARTTLS")?.0 != 220 {
            return Ok(unknown("the server offers TLS and refuses it"));
        }
        stream.start_tls()?;
        offers = ehlo(stream)?;
    }
    let methods = offers.lines().find(|line| line.starts_with("AUTH"));
    let Some(methods) = methods else {
        return Ok(unknown("the server offers no login on this port"));
    };
    let (code, text) = if methods.contains("PLAIN") {
        let login = format!("\0{}\0{}", target.user, *target.password);
        ask(stream, &format!("AUTH PLAIN {}", base64(login)))?
    } else if methods.contains("LOGIN") {
        let first = ask(stream, "AUTH LOGIN")?;
        match first.0 {
            334 => match ask(stream, &base64(&target.user))? {
                (334, _) => ask(stream, &base64(target.password.as_bytes()))?,
                other => other,
            },
            _ => first,
        }
    } else {
        return Ok(unknown(
            "the server offers no login method that is known here",
        ));
    };
    let verdict = judged(code, &text, target);
    stream.write(b"QUIT\r\n")?;
    Ok(verdict)
}

fn judged(code: u16, text: &str, target: &Target) -> super::Judgement {
    let lower = text.to_lowercase();
    let other_cause = [
        "disabled",
        "too many",
        "try again",
        "application-specific",
        "5.7.139",
        "5.7.9",
    ];
    match code {
        235 => live([("user", target.user.clone())]),
        // 535 is also said when the way in is closed and not the password wrong.
        535 if !other_cause.iter().any(|word| lower.contains(word)) => said(Verdict::Dead),
        _ => unknown(format!("the server says: {code} {text}")),
    }
}

fn ehlo(stream: &mut Stream) -> Result<String, Fault> {
    let (_, text) = ask(stream, "EHLO unleak.invalid")?;
    Ok(text.to_ascii_uppercase())
}

fn ask(stream: &mut Stream, line: &str) -> Result<(u16, String), Fault> {
    stream.write(format!("{line}\r\n").as_bytes())?;
    reply(stream)
}

/// A reply of one or more lines; the text keeps its line ends.
fn reply(stream: &mut Stream) -> Result<(u16, String), Fault> {
    let mut lines = Vec::new();
    loop {
        let line = stream.read_line()?;
        let (code, rest) = line.split_at(line.len().min(3));
        let code: u16 = code.parse().unwrap_or_default();
        let more = rest.starts_with('-');
        lines.push(quoted(rest.get(1..).unwrap_or_default()));
        if !more || lines.len() > 64 {
            return Ok((code, lines.join("\n")));
        }
    }
}
