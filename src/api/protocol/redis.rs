//! Redis: AUTH, then ACL WHOAMI. Nothing else is asked.

use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, open_to_all, quoted, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.tls_first() {
        stream.start_tls()?;
    }
    let mut words = vec!["AUTH"];
    if !target.user.is_empty() {
        words.push(&target.user);
    }
    words.push(&target.password);
    stream.write(&command(&words))?;
    let answer = stream.read_line()?;
    if answer.starts_with("+OK") {
        stream.write(&command(&["ACL", "WHOAMI"]))?;
        let user = bulk(stream)?;
        return Ok(live([("user", user)]));
    }
    Ok(match answer.as_str() {
        text if text.contains("without any password configured")
            || text.contains("no password is set") =>
        {
            open_to_all()
        }
        text if text.starts_with("-WRONGPASS") || text.contains("invalid password") => {
            said(Verdict::Dead)
        }
        text => unknown(format!("the server says: {}", quoted(text))),
    })
}

fn command(words: &[&str]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len());
    for word in words {
        out.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    out.into_bytes()
}

/// A bulk string; anything else is nothing worth telling.
fn bulk(stream: &mut Stream) -> Result<String, Fault> {
    let head = stream.read_line()?;
    let length = head.strip_prefix('$').and_then(|n| n.parse().ok());
    let Some(length @ 0..=1024) = length else {
        return Ok(String::new());
    };
    let text = stream.read_exact(length)?;
    Ok(quoted(&String::from_utf8_lossy(&text)))
}
