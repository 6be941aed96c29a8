//! LDAP: a simple bind with the password-policy control, then "Who am I?"; a responder's modifications. Nothing is
//! searched.

use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::stream::Stream;
use super::act::{Said, unguarded};
use super::ber::{element, elements, length};
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const MOST_MESSAGE: usize = 1 << 16;
const POLICY: &[u8] = b"1.3.6.1.4.1.42.2.27.8.5.1";
const WHO_AM_I: &[u8] = b"1.3.6.1.4.1.4203.1.11.3";

const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if let Some(ended) = enter(stream, target)? {
        return Ok(ended);
    }
    let request = element(0x77, &element(0x80, WHO_AM_I));
    let message = [element(0x02, &[2]), request].concat();
    stream.write(&element(0x30, &message))?;
    let answer = receive(stream)?;
    let name = who(&answer).unwrap_or_else(|| target.user.clone());
    // Unbind.
    let message = [element(0x02, &[3]), element(0x42, &[])].concat();
    stream.write(&element(0x30, &message))?;
    Ok(live([("dn", name)]))
}

/// Binds; a judgement if the server does not let the password in.
pub(super) fn enter(stream: &mut Stream, target: &Target) -> Result<Option<Judgement>, Fault> {
    if target.user.is_empty() || target.password.is_empty() {
        return Ok(Some(unknown(
            "a bind without a name or password says yes to everybody",
        )));
    }
    if target.tls_first() {
        stream.start_tls()?;
    } else if target.guarded {
        let request = element(0x77, &element(0x80, START_TLS));
        stream.write(&element(0x30, &[element(0x02, &[1]), request].concat()))?;
        if result(&receive(stream)?, 0x78).is_none_or(|(code, _)| code != 0) {
            return Ok(Some(unguarded()));
        }
        stream.start_tls()?;
    }
    let bind = [
        element(0x02, &[3]),
        element(0x04, target.user.as_bytes()),
        element(0x80, target.password.as_bytes()),
    ];
    let control = element(0x30, &element(0x04, POLICY));
    let message = [
        element(0x02, &[1]),
        element(0x60, &bind.concat()),
        element(0xa0, &control),
    ];
    stream.write(&element(0x30, &message.concat()))?;
    let answer = receive(stream)?;
    let bound = bound(&answer, stream.is_tls());
    Ok((bound.verdict != Verdict::Live).then_some(bound))
}

/// Says one modification: `replace DN ATTRIBUTE VALUE` or `delete DN ATTRIBUTE`.
pub(super) fn say(stream: &mut Stream, words: &[&str]) -> Result<Said, Fault> {
    let (how, name, attribute, value) = match words {
        ["replace", name, attribute, value] => (2, name, attribute, Some(value)),
        ["delete", name, attribute] => (1, name, attribute, None),
        _ => {
            let what =
                "the statement is neither `replace DN ATTRIBUTE VALUE` nor `delete DN ATTRIBUTE`";
            return Ok(Said::Refused(what.into()));
        }
    };
    let values = value.map_or(Vec::new(), |value| element(0x04, value.as_bytes()));
    let changed = [element(0x04, attribute.as_bytes()), element(0x31, &values)];
    let change = [element(0x0a, &[how]), element(0x30, &changed.concat())].concat();
    let request = [
        element(0x04, name.as_bytes()),
        element(0x30, &element(0x30, &change)),
    ];
    let message = [element(0x02, &[4]), element(0x66, &request.concat())].concat();
    stream.write(&element(0x30, &message))?;
    Ok(match result(&receive(stream)?, 0x67) {
        Some((0, _)) => Said::Rows(Vec::new()),
        Some((code, text)) => Said::Refused(format!("{code} {}", quoted(&text))),
        None => return Err(Fault::Protocol(stream.host().to_owned())),
    })
}

/// Code and words of a result of this tag.
fn result(answer: &[u8], tag: u8) -> Option<(u8, String)> {
    let parts = elements(answer);
    let (_, response) = parts.iter().find(|(known, _)| *known == tag)?;
    let fields = elements(response);
    let code = *fields.first()?.1.first()?;
    let text = fields.get(2).map_or(&b""[..], |(_, text)| text);
    Some((code, String::from_utf8_lossy(text).into_owned()))
}

/// What the answer to the bind says.
fn bound(answer: &[u8], tls: bool) -> Judgement {
    let parts = elements(answer);
    let Some((code, text)) = result(answer, 0x61) else {
        return unknown("this is no LDAP server");
    };
    let controls = parts.iter().find(|(tag, _)| *tag == 0xa0);
    let policy = controls.and_then(|(_, controls)| policy_error(controls));
    // Active Directory says why in the text: locked, disabled, expired, password to be changed.
    let ad = ["data 775", "data 533", "data 532", "data 701", "data 773"];
    let restricted = policy.is_some() || ad.iter().any(|code| text.contains(code));
    match code {
        0 => live([]),
        49 if restricted || text.contains("locked") => said(Verdict::Frozen),
        49 => said(Verdict::Dead),
        8 | 13 if !tls => unknown("the server takes no password without TLS"),
        code => unknown(format!("the server says: {code} {}", quoted(&text))),
    }
}

/// The error inside a password-policy control: expired 0, locked 1, to be changed 2, ….
fn policy_error(controls: &[u8]) -> Option<u8> {
    for (_, control) in elements(controls) {
        let fields = elements(control);
        if fields.first().is_none_or(|(_, oid)| *oid != POLICY) {
            continue;
        }
        let value = fields.iter().skip(1).find(|(tag, _)| *tag == 0x04)?.1;
        let (_, response) = *elements(value).first()?;
        let error = elements(response).into_iter().find(|(tag, _)| *tag == 0x81);
        return error.and_then(|(_, error)| error.first().copied());
    }
    None
}

/// The name in the answer to "Who am I?".
fn who(answer: &[u8]) -> Option<String> {
    let parts = elements(answer);
    let (_, response) = parts.iter().find(|(tag, _)| *tag == 0x78)?;
    let (_, name) = *elements(response).iter().find(|(tag, _)| *tag == 0x8b)?;
    let name = String::from_utf8_lossy(name);
    let name = name.strip_prefix("dn:").unwrap_or(&name);
    (!name.is_empty()).then(|| quoted(name))
}

/// The inside of the next message.
fn receive(stream: &mut Stream) -> Result<Vec<u8>, Fault> {
    let broken = Fault::Protocol(stream.host().to_owned());
    let head = stream.read_exact(2)?;
    let mut digits = vec![head[1]];
    if head[1] >= 128 {
        digits.extend(stream.read_exact(usize::from(head[1] & 0x7f).min(8))?);
    }
    match length(&digits) {
        Some((size, _)) if head[0] == 0x30 && size <= MOST_MESSAGE => stream.read_exact(size),
        _ => Err(broken),
    }
}
