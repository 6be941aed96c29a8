//! IMAP: CAPABILITY, STARTTLS where offered, LOGIN, LOGOUT. No mailbox is opened.

use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.tls_first() {
        stream.start_tls()?;
    }
    let greeting = stream.read_line()?;
    if !greeting.starts_with("* OK") {
        return Ok(unknown(format!(
            "the server greets with: {}",
            quoted(&greeting)
        )));
    }
    let (mut offers, _) = ask(stream, "a1", "CAPABILITY")?;
    if !stream.is_tls() && offers.contains("STARTTLS") {
        if !ask(stream, "a2", "STARTTLS")?.1.starts_with("OK") {
            return Ok(unknown("the server offers TLS and refuses it"));
        }
        stream.start_tls()?;
        offers = ask(stream, "a3", "CAPABILITY")?.0;
    }
    if offers.contains("LOGINDISABLED") {
        return Ok(unknown(
            "the server takes no login without TLS and offers none",
        ));
    }
    let (Some(user), Some(password)) = (quote(&target.user), quote(&target.password)) else {
        return Ok(unknown("user or password cannot be sent in a line"));
    };
    let (_, answer) = ask(stream, "a4", &format!("LOGIN {user} {password}"))?;
    let verdict = match answer.to_ascii_uppercase().as_str() {
        text if text.starts_with("OK") => live([("user", target.user.clone())]),
        text if text.contains("[AUTHENTICATIONFAILED]") => said(Verdict::Dead),
        text if text.contains("[AUTHORIZATIONFAILED]") || text.contains("[EXPIRED]") => {
            said(Verdict::Frozen)
        }
        _ => unknown(format!("the server says: {}", quoted(&answer))),
    };
    stream.write(b"a5 LOGOUT\r\n")?;
    Ok(verdict)
}

/// The untagged lines and what follows the tag.
fn ask(stream: &mut Stream, tag: &str, line: &str) -> Result<(String, String), Fault> {
    stream.write(format!("{tag} {line}\r\n").as_bytes())?;
    let mut before = String::new();
    for _ in 0..64 {
        let line = stream.read_line()?;
        if let Some(rest) = line.strip_prefix(tag) {
            return Ok((before, rest.trim().to_owned()));
        }
        before.push_str(&line.to_ascii_uppercase());
        before.push('\n');
    }
    Err(Fault::Protocol(stream.host().to_owned()))
}

fn quote(text: &str) -> Option<String> {
    let plain = !text.chars().any(char::is_control);
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    plain.then(|| format!("\"{escaped}\""))
}
