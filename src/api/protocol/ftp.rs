//! FTP: USER and PASS, AUTH TLS where the scheme says so. Nothing is listed or transferred.

use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, open_to_all, quoted, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.scheme == "sftp" {
        return Ok(unknown(
            "sftp would be a login with a password over SSH, which is not tried",
        ));
    }
    let implicit = target.port.is_none_or(|port| port == 990);
    if target.scheme == "ftps" && implicit {
        stream.start_tls()?;
    }
    let (code, text) = reply(stream)?;
    if code != 220 {
        return Ok(unknown(format!("the server greets with {code} {text}")));
    }
    if target.scheme == "ftps" && !stream.is_tls() {
        if ask(stream, "AUTH TLS")?.0 != 234 {
            return Ok(unknown("the server refuses TLS"));
        }
        stream.start_tls()?;
    }
    let plain = |text: &str| !text.contains(['\r', '\n']);
    if !plain(&target.user) || !plain(&target.password) {
        return Ok(unknown("user or password cannot be sent in a line"));
    }
    let (code, text) = ask(stream, &format!("USER {}", target.user))?;
    let (code, text) = match code {
        230 => return Ok(open_to_all()),
        331 => ask(stream, &format!("PASS {}", *target.password))?,
        _ => (code, text),
    };
    let verdict = match code {
        230 => live([("user", target.user.clone())]),
        530 if !text.to_lowercase().contains("too many") => said(Verdict::Dead),
        _ => unknown(format!("the server says: {code} {text}")),
    };
    stream.write(b"QUIT\r\n")?;
    Ok(verdict)
}

fn ask(stream: &mut Stream, line: &str) -> Result<(u16, String), Fault> {
    stream.write(format!("{line}\r\n").as_bytes())?;
    reply(stream)
}

/// A reply; of several lines the last one counts.
fn reply(stream: &mut Stream) -> Result<(u16, String), Fault> {
    for _ in 0..64 {
        let line = stream.read_line()?;
        let code = line.get(..3).and_then(|code| code.parse().ok());
        if let Some(code) = code
            && !line[3..].starts_with('-')
        {
            return Ok((code, quoted(&line[3..])));
        }
    }
    Err(Fault::Protocol(stream.host().to_owned()))
}
