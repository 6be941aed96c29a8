//! AMQP 0-9-1: the PLAIN login up to the server's tuning, then close. No virtual host is opened.

use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const MOST_FRAME: usize = 1 << 17;

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.tls_first() {
        stream.start_tls()?;
    }
    stream.write(b"AMQP\x00\x00\x09\x01")?;
    let (class, method, body) = receive(stream)?;
    if (class, method) != (10, 10) {
        return Ok(unknown("this is no AMQP 0-9-1 broker"));
    }
    let product = field(&body, b"product").unwrap_or_default();
    stream.write(&start_ok(target))?;
    let (class, method, body) = receive(stream)?;
    Ok(match (class, method) {
        // Tune: the login is through. Secure would be another challenge.
        (10, 30) => {
            stream.write(&frame(10, 50, &[0, 200, 0, 0, 0, 0, 0]))?;
            live([("user", target.user.clone()), ("product", product)])
        }
        (10, 50) => {
            let code = body
                .get(..2)
                .map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
            let text = body.get(3..).unwrap_or_default();
            let length = body.get(2).map_or(0, |n| usize::from(*n)).min(text.len());
            let text = String::from_utf8_lossy(&text[..length]).into_owned();
            match code {
                403 if !text.contains("localhost") => said(Verdict::Dead),
                _ => unknown(format!("the broker says: {code} {}", quoted(&text))),
            }
        }
        _ => unknown("the broker wants a login that is not known here"),
    })
}

fn start_ok(target: &Target) -> Vec<u8> {
    // The broker tells a refused login from a broken line only to clients that say they understand.
    let mut capability = short("authentication_failure_close");
    capability.extend(b"t\x01");
    let mut properties = short("capabilities");
    properties.push(b'F');
    properties.extend(long(&capability));
    let mut body = long(&properties);
    body.extend(short("PLAIN"));
    let login = format!("\0{}\0{}", target.user, *target.password);
    body.extend(long(login.as_bytes()));
    body.extend(short("en_US"));
    frame(10, 11, &body)
}

fn short(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or_default();
    let mut out = vec![length];
    out.extend(text.bytes().take(usize::from(length)));
    out
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len())
        .unwrap_or_default()
        .to_be_bytes()
        .to_vec();
    out.extend(bytes);
    out
}

/// A method frame on channel 0.
fn frame(class: u16, method: u16, body: &[u8]) -> Vec<u8> {
    let mut payload = class.to_be_bytes().to_vec();
    payload.extend(method.to_be_bytes());
    payload.extend(body);
    let mut out = vec![1, 0, 0];
    out.extend(long(&payload));
    out.push(0xce);
    out
}

fn receive(stream: &mut Stream) -> Result<(u16, u16, Vec<u8>), Fault> {
    let broken = Fault::Protocol(stream.host().to_owned());
    let head = stream.read_exact(7)?;
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
    if head[0] != 1 || !(4..=MOST_FRAME).contains(&length) {
        return Err(broken);
    }
    let payload = stream.read_exact(length)?;
    if stream.read_exact(1)? != [0xce] {
        return Err(broken);
    }
    let number = |at: usize| u16::from_be_bytes([payload[at], payload[at + 1]]);
    Ok((number(0), number(2), payload[4..].to_vec()))
}

/// A long-string field of the server's properties, found by its name.
fn field(body: &[u8], name: &[u8]) -> Option<String> {
    let mut needle = vec![u8::try_from(name.len()).ok()?];
    needle.extend(name);
    needle.push(b'S');
    let at = memchr::memmem::find(body, &needle)? + needle.len();
    let length = body.get(at..at + 4)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    let text = body.get(at + 4..at + 4 + length.min(80))?;
    Some(quoted(&String::from_utf8_lossy(text)))
}
