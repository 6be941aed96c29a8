//! SQL Server: pre-login, TLS inside it (verified), LOGIN7, the answer. No statement is sent.

use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const PRELOGIN: u8 = 0x12;
const LOGIN7: u8 = 0x10;
const MOST_PACKET: usize = 1 << 16;
const NOT_SUPPORTED: u8 = 2;

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    // Version and encryption options; encryption is wanted.
    let hello = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 1];
    send(stream, PRELOGIN, &hello)?;
    let answer = receive(stream)?;
    let Some(encryption) = option(&answer, 1) else {
        return Ok(unknown("this is no SQL Server"));
    };
    if encryption == NOT_SUPPORTED {
        return Ok(unknown(
            "the server speaks no TLS, and the password would be readable",
        ));
    }
    stream.start_tls_inside(|bytes| packet(PRELOGIN, bytes))?;
    send(stream, LOGIN7, &login(target))?;
    let answer = receive(stream)?;
    Ok(judged(&answer, target))
}

/// First byte of a pre-login option.
fn option(answer: &[u8], wanted: u8) -> Option<u8> {
    let mut rest = answer;
    while let Some((entry, after)) = rest.split_at_checked(5) {
        if entry[0] == 0xff {
            return None;
        }
        if entry[0] == wanted {
            let at = usize::from(u16::from_be_bytes([entry[1], entry[2]]));
            return answer.get(at).copied();
        }
        rest = after;
    }
    None
}

/// The login record: a head of fixed length, offsets, then the texts.
fn login(target: &Target) -> Vec<u8> {
    const HEAD: usize = 36;
    const OFFSETS: usize = 58;
    let texts: [Vec<u16>; 9] = [
        "unleak",
        &target.user,
        &target.password,
        "unleak",
        &target.host,
        "",
        "unleak",
        "",
        &target.database,
    ]
    .map(|text| text.encode_utf16().take(128).collect());
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    let short = |n: usize| u16::try_from(n).unwrap_or_default().to_le_bytes();
    for (at, text) in texts.iter().enumerate() {
        offsets.extend(short(HEAD + OFFSETS + data.len()));
        offsets.extend(short(text.len()));
        let bytes = text.iter().flat_map(|unit| unit.to_le_bytes());
        // The password is not hidden by this, only unreadable at a glance; TLS hides it.
        let bytes = bytes.map(|b| if at == 2 { b.rotate_left(4) ^ 0xa5 } else { b });
        data.extend(bytes);
    }
    // Client id, then SSPI, file and new password, all empty.
    offsets.extend([0; 6]);
    for _ in 0..3 {
        offsets.extend(short(HEAD + OFFSETS + data.len()));
        offsets.extend([0, 0]);
    }
    offsets.extend([0; 4]);
    let total = u32::try_from(HEAD + OFFSETS + data.len()).unwrap_or_default();
    let mut out = total.to_le_bytes().to_vec();
    // TDS 7.4, packet size, program version, process, connection; then the flags.
    for number in [0x7400_0004_u32, 4096, 1, 0, 0] {
        out.extend(number.to_le_bytes());
    }
    out.extend([0xe0, 0x03, 0, 0]);
    out.extend([0; 8]);
    out.extend(offsets);
    out.extend(data);
    out
}

/// What the tokens of the answer say.
fn judged(answer: &[u8], target: &Target) -> Judgement {
    let mut rest = answer;
    let mut refusal = None;
    while let Some((token, after)) = rest.split_first() {
        let Some((length, body)) = after.split_at_checked(2) else {
            break;
        };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        match token {
            0xad => return live([("user", target.user.clone())]),
            0xaa => refusal = refusal.or_else(|| error(body)),
            // Information and changes of the environment say nothing about the login.
            0xab | 0xe3 => {}
            _ => break,
        }
        rest = body.get(length..).unwrap_or_default();
    }
    match refusal {
        Some((18456, _)) => said(Verdict::Dead),
        // Disabled, locked out, expired, to be changed.
        Some((18470 | 18486 | 18487 | 18488, _)) => said(Verdict::Frozen),
        // The login is right and may not open that database.
        Some((4060 | 4062 | 4064, _)) => live([("user", target.user.clone())]),
        Some((number, text)) => unknown(format!("the server says: {number} {}", quoted(&text))),
        None => unknown("the answer proves nothing"),
    }
}

fn error(body: &[u8]) -> Option<(u32, String)> {
    let number = body.get(..4)?;
    let number = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
    let units = usize::from(u16::from_le_bytes([*body.get(6)?, *body.get(7)?]));
    let text = body.get(8..8 + 2 * units)?;
    let units: Vec<_> = text
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    Some((number, String::from_utf16_lossy(&units)))
}

/// One packet that is the whole message.
fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 8)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let mut out = vec![kind, 1, length[0], length[1], 0, 0, 1, 0];
    out.extend(body);
    out
}

fn send(stream: &mut Stream, kind: u8, body: &[u8]) -> Result<(), Fault> {
    stream.write(&packet(kind, body))
}

/// A message of one or more packets.
fn receive(stream: &mut Stream) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    loop {
        let head = stream.read_exact(8)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if length < 8 || out.len() > MOST_PACKET {
            return Err(Fault::Protocol(stream.host().to_owned()));
        }
        out.extend(stream.read_exact(length - 8)?);
        if head[1] & 1 == 1 {
            return Ok(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::values::Values;
    use crate::finding::{Part, Secret};

    fn target() -> Target {
        let part = |name: &str, value: &str| Part {
            name: name.into(),
            value: Secret::from(value),
        };
        let parts = [
            part("host", "db.example"),
            part("user", "sa"),
            part("database", "shop"),
        ];
        let values = Values::of(&Secret::from("Tr0ub4dor"), &parts);
        Target::of(&values, false).unwrap()
    }

    fn token(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_le_bytes();
        [&[kind][..], &length, body].concat()
    }

    fn error_token(number: u32, text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        token(
            0xaa,
            &[
                &number.to_le_bytes()[..],
                &[1, 14],
                &length,
                &units,
                &[0; 6],
            ]
            .concat(),
        )
    }

    #[test]
    fn every_text_stands_where_its_offset_says() {
        let record = login(&target());
        let at = |nth: usize| {
            let entry = &record[36 + 4 * nth..40 + 4 * nth];
            let start = usize::from(u16::from_le_bytes([entry[0], entry[1]]));
            let length = 2 * usize::from(u16::from_le_bytes([entry[2], entry[3]]));
            record[start..start + length].to_vec()
        };
        let wide = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
        };
        assert_eq!(at(1), wide("sa"));
        assert_eq!(at(8), wide("shop"));
        let hidden: Vec<u8> = at(2).iter().map(|b| (b ^ 0xa5).rotate_right(4)).collect();
        assert_eq!(hidden, wide("Tr0ub4dor"));
        let total = u32::from_le_bytes([record[0], record[1], record[2], record[3]]);
        assert_eq!(total as usize, record.len());
    }

    #[test]
    fn the_answers_of_the_documentation() {
        let word = |answer: &[u8]| judged(answer, &target()).verdict.word();
        assert_eq!(
            word(&error_token(18456, "Login failed for user 'sa'.")),
            "dead"
        );
        assert_eq!(word(&error_token(18470, "disabled")), "frozen");
        assert_eq!(word(&error_token(18486, "locked out")), "frozen");
        assert_eq!(word(&error_token(4060, "Cannot open database")), "live");
        assert_eq!(
            word(&error_token(40615, "Client with IP address")),
            "unknown"
        );
        let info = token(0xab, &[0; 12]);
        assert_eq!(word(&[info, token(0xad, &[0; 10])].concat()), "live");
        for cut in 0..20 {
            assert_ne!(word(&error_token(18456, "x")[..cut]), "live");
        }
    }
}
