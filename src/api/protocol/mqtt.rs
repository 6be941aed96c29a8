//! MQTT 3.1.1: CONNECT with a fresh client id and a clean session, CONNACK, DISCONNECT. Subscribes to nothing.

use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::super::values::random_text;
use super::target::Target;
use super::{Answered, live, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.tls_first() {
        stream.start_tls()?;
    }
    let mut body = Vec::new();
    text(&mut body, b"MQTT");
    // Protocol level 4; user name, password, clean session; a minute of patience.
    body.extend([4, 0b1100_0010, 0, 60]);
    text(&mut body, format!("unleak-{}", random_text(10)).as_bytes());
    text(&mut body, target.user.as_bytes());
    text(&mut body, target.password.as_bytes());
    let mut packet = vec![0x10];
    length(&mut packet, body.len());
    packet.extend(body);
    stream.write(&packet)?;
    let answer = stream.read_exact(4)?;
    if answer[..2] != [0x20, 2] {
        return Ok(unknown("this is no MQTT broker"));
    }
    Ok(match answer[3] {
        0 => {
            stream.write(&[0xe0, 0])?;
            live([("user", target.user.clone())])
        }
        4 | 5 => said(Verdict::Dead),
        3 => unknown("the broker is not available"),
        code => unknown(format!("the broker refuses with code {code}")),
    })
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend(length.to_be_bytes());
    out.extend(&bytes[..usize::from(length)]);
}

/// The remaining length, seven bits a byte.
fn length(out: &mut Vec<u8>, mut left: usize) {
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or_default();
        left >>= 7;
        out.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
}
