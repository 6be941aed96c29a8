//! Redis: AUTH, then ACL WHOAMI; a responder's statements. A check asks nothing else.

use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::stream::Stream;
use super::act::{Said, unguarded};
use super::target::Target;
use super::{Answered, live, open_to_all, quoted, said, unknown};

/// Deepest list within a list that is read.
const DEEPEST: usize = 4;
/// Longest list that is read.
const MOST: usize = 10_000;

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if let Some(ended) = enter(stream, target)? {
        return Ok(ended);
    }
    let user = match say(stream, &["ACL", "WHOAMI"])? {
        Said::Rows(rows) => rows.into_iter().flatten().next().unwrap_or_default(),
        Said::Refused(_) => String::new(),
    };
    Ok(live([("user", quoted(&user))]))
}

/// Logs in; a judgement if the server does not let the password in.
pub(super) fn enter(stream: &mut Stream, target: &Target) -> Result<Option<Judgement>, Fault> {
    if target.tls_first() {
        stream.start_tls()?;
    } else if target.guarded {
        return Ok(Some(unguarded()));
    }
    let mut words = vec!["AUTH"];
    if !target.user.is_empty() {
        words.push(&target.user);
    }
    words.push(&target.password);
    stream.write(&command(&words))?;
    let answer = stream.read_line()?;
    if answer.starts_with("+OK") {
        return Ok(None);
    }
    Ok(Some(match answer.as_str() {
        text if text.contains("without any password configured")
            || text.contains("no password is set") =>
        {
            open_to_all()
        }
        text if text.starts_with("-WRONGPASS") || text.contains("invalid password") => {
            said(Verdict::Dead)
        }
        text => unknown(format!("the server says: {}", quoted(text))),
    }))
}

/// Says one command. A list is one row of its plain values; nothing (nil) is no row.
pub(super) fn say(stream: &mut Stream, words: &[&str]) -> Result<Said, Fault> {
    stream.write(&command(words))?;
    let mut row = Vec::new();
    let some = answer(stream, &mut row, 0)?;
    Ok(match some {
        Some(Err(text)) => Said::Refused(quoted(&text)),
        Some(Ok(())) => Said::Rows(vec![row]),
        None => Said::Rows(Vec::new()),
    })
}

/// One value, its plain parts added to `row`: nothing, something, or an error.
fn answer(
    stream: &mut Stream,
    row: &mut Vec<String>,
    depth: usize,
) -> Result<Option<Result<(), String>>, Fault> {
    let head = stream.read_line()?;
    let broken = || Fault::Protocol(stream.host().to_owned());
    let (sort, rest) = head.split_at_checked(1).ok_or_else(broken)?;
    let length = || rest.parse::<i64>().map_err(|_| broken());
    match sort {
        "+" | ":" => row.push(rest.to_owned()),
        "-" => return Ok(Some(Err(rest.to_owned()))),
        "$" | "*" if length()? < 0 => return Ok(None),
        "$" => {
            let length = usize::try_from(length()?).map_err(|_| broken())?;
            let text = stream.read_exact(length.saturating_add(2))?;
            let text = text.strip_suffix(b"\r\n").unwrap_or(&text);
            row.push(String::from_utf8_lossy(text).into_owned());
        }
        "*" => {
            let count = usize::try_from(length()?).map_err(|_| broken())?;
            if count > MOST || depth >= DEEPEST {
                return Err(broken());
            }
            for _ in 0..count {
                if let Some(Err(text)) = answer(stream, row, depth + 1)? {
                    return Ok(Some(Err(text)));
                }
            }
        }
        _ => return Err(broken()),
    }
    Ok(Some(Ok(())))
}

fn command(words: &[&str]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len());
    for word in words {
        out.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    out.into_bytes()
}
