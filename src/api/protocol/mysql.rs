//! MySQL and MariaDB: handshake, TLS where offered (verified), the login the server asks for, `select current_user()`.

use ring::digest;

use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::stream::Stream;
use super::act::Said;
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const SSL: u32 = 0x800;
// Long password, protocol 4.1, secure connection, pluggable login, long flag, transactions.
const WANTED: u32 = 0x1 | 0x200 | 0x8000 | 0x8_0000 | 0x4 | 0x2000;
const MOST_PACKET: usize = 1 << 16;

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    match enter(stream, target)? {
        Some(ended) => Ok(ended),
        None => who(stream),
    }
}

/// Logs in; a judgement if the server does not let the password in.
pub(super) fn enter(stream: &mut Stream, target: &Target) -> Result<Option<Judgement>, Fault> {
    let (mut number, hello) = receive(stream)?;
    if hello.first() == Some(&0xff) {
        return Ok(Some(refused(&hello)));
    }
    let Some(hello) = Hello::parse(&hello) else {
        return Ok(Some(unknown("this is no MySQL server")));
    };
    let mut flags = WANTED;
    let head = |flags: u32| {
        let mut out = flags.to_le_bytes().to_vec();
        out.extend((1_u32 << 24).to_le_bytes());
        // utf8mb4, then 23 reserved bytes.
        out.push(45);
        out.extend([0; 23]);
        out
    };
    if hello.flags & SSL != 0 {
        flags |= SSL;
        number = number.wrapping_add(1);
        send(stream, number, &head(flags))?;
        stream.start_tls()?;
    }
    let mut body = head(flags);
    body.extend(target.user.as_bytes());
    body.push(0);
    let answer = scramble(&hello.plugin, &target.password, &hello.salt);
    let (plugin, answer) = match answer {
        Some(answer) => (hello.plugin.as_str(), answer),
        None => (
            "mysql_native_password",
            native(target.password.as_bytes(), &hello.salt),
        ),
    };
    body.push(u8::try_from(answer.len()).unwrap_or_default());
    body.extend(answer);
    body.extend(plugin.as_bytes());
    body.push(0);
    send(stream, number.wrapping_add(1), &body)?;
    converse(stream, target)
}

fn converse(stream: &mut Stream, target: &Target) -> Result<Option<Judgement>, Fault> {
    for _ in 0..6 {
        let (number, packet) = receive(stream)?;
        let next = number.wrapping_add(1);
        match packet.as_slice() {
            [0x00, ..] => return Ok(None),
            [0xff, ..] => return Ok(Some(refused(&packet))),
            [0xfe, rest @ ..] => {
                let mut parts = rest.splitn(2, |b| *b == 0);
                let plugin = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
                let data = parts.next().unwrap_or_default();
                let salt = data.strip_suffix(b"\0").unwrap_or(data);
                let Some(answer) = scramble(&plugin, &target.password, salt) else {
                    let plugin = quoted(&plugin);
                    return Ok(Some(unknown(format!(
                        "the server wants the login '{plugin}', which is not known here"
                    ))));
                };
                send(stream, next, &answer)?;
            }
            // caching_sha2_password: known already, or the password itself is wanted.
            [0x01, 0x03] => {}
            [0x01, 0x04] if stream.is_tls() => {
                send(stream, next, &[target.password.as_bytes(), b"\0"].concat())?;
            }
            [0x01, ..] => {
                return Ok(Some(unknown(
                    "the server wants the password itself and speaks no TLS",
                )));
            }
            _ => break,
        }
    }
    Err(Fault::Protocol(stream.host().to_owned()))
}

struct Hello {
    flags: u32,
    salt: Vec<u8>,
    plugin: String,
}

impl Hello {
    fn parse(packet: &[u8]) -> Option<Hello> {
        let rest = packet.strip_prefix(&[10])?;
        let end = rest.iter().position(|b| *b == 0)?;
        // After the version: thread id 4, salt 8, filler 1, flags 2, charset 1, status 2, flags 2,
        // salt length 1, reserved 10, rest of the salt, plugin.
        let rest = rest.get(end + 1 + 4..)?;
        let mut salt = rest.get(..8)?.to_vec();
        let low = u16::from_le_bytes([*rest.get(9)?, *rest.get(10)?]);
        let high = u16::from_le_bytes([*rest.get(14)?, *rest.get(15)?]);
        let length = usize::from(*rest.get(16)?).saturating_sub(8).max(13);
        let more = rest.get(27..27 + length)?;
        salt.extend(more.strip_suffix(b"\0").unwrap_or(more));
        let plugin = rest.get(27 + length..)?;
        let plugin = plugin.split(|b| *b == 0).next()?;
        Some(Hello {
            flags: u32::from(low) | u32::from(high) << 16,
            salt,
            plugin: String::from_utf8_lossy(plugin).into_owned(),
        })
    }
}

/// The answer of a login method, if it is a known one.
fn scramble(plugin: &str, password: &str, salt: &[u8]) -> Option<Vec<u8>> {
    let password = password.as_bytes();
    match plugin {
        _ if password.is_empty() => Some(Vec::new()),
        "mysql_native_password" => Some(native(password, salt)),
        "caching_sha2_password" => {
            let sha = |bytes: &[u8]| digest::digest(&digest::SHA256, bytes);
            let once = sha(password);
            let twice = sha(once.as_ref());
            let mask = sha(&[twice.as_ref(), salt].concat());
            Some(xor(once.as_ref(), mask.as_ref()))
        }
        _ => None,
    }
}

fn native(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let sha = |bytes: &[u8]| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let once = sha(password);
    let twice = sha(once.as_ref());
    let mask = sha(&[salt, twice.as_ref()].concat());
    xor(once.as_ref(), mask.as_ref())
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// What an error says about the password.
fn refused(packet: &[u8]) -> Judgement {
    let code = packet
        .get(1..3)
        .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    match code {
        1045 => said(Verdict::Dead),
        // Locked (MariaDB, MySQL); the password has expired. Both are said only if it is right.
        4151 | 3118 | 1820 | 1862 | 3032 => said(Verdict::Frozen),
        _ => unknown(format!("the server says: {code} {}", message(packet))),
    }
}

/// The words of an error packet.
fn message(packet: &[u8]) -> String {
    let text = String::from_utf8_lossy(packet.get(3..).unwrap_or_default());
    let after_state = text.strip_prefix('#').and_then(|text| text.get(5..));
    quoted(after_state.unwrap_or(&text))
}

fn who(stream: &mut Stream) -> Answered {
    let user = match say(stream, &["select current_user()"])? {
        Said::Rows(rows) => rows.into_iter().flatten().next().unwrap_or_default(),
        Said::Refused(_) => String::new(),
    };
    send(stream, 0, &[1])?;
    Ok(live([("user", quoted(&user))]))
}

/// Says one statement and reads all that comes of it: column count, columns, end, rows, end.
pub(super) fn say(stream: &mut Stream, statement: &[&str]) -> Result<Said, Fault> {
    send(stream, 0, format!("\x03{}", statement.concat()).as_bytes())?;
    let (_, first) = receive(stream)?;
    match first.as_slice() {
        [0x00, ..] => return Ok(Said::Rows(Vec::new())),
        [0xff, ..] => return Ok(Said::Refused(message(&first))),
        // A server that asks for a file of this machine gets nothing.
        [0xfb, ..] | [] => return Err(Fault::Protocol(stream.host().to_owned())),
        _ => {}
    }
    let mut rows = Vec::new();
    let mut ends = 0;
    loop {
        let (_, packet) = receive(stream)?;
        match packet.as_slice() {
            [0xff, ..] => return Ok(Said::Refused(message(&packet))),
            [0xfe, rest @ ..] if rest.len() < 8 => {
                ends += 1;
                if ends == 2 {
                    return Ok(Said::Rows(rows));
                }
            }
            row if ends == 1 => rows.push(columns(row)),
            _ => {}
        }
    }
}

/// The texts of a row; NULL is empty, and what is longer than a name is left out.
fn columns(mut row: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    while let Some((length, rest)) = row.split_first() {
        let length = match *length {
            0xfb => 0,
            short @ ..0xfb => usize::from(short),
            _ => break,
        };
        let Some((text, rest)) = rest.split_at_checked(length) else {
            break;
        };
        out.push(String::from_utf8_lossy(text).into_owned());
        row = rest;
    }
    out
}

fn send(stream: &mut Stream, number: u8, body: &[u8]) -> Result<(), Fault> {
    let length = u32::try_from(body.len()).unwrap_or_default().to_le_bytes();
    let mut out = vec![length[0], length[1], length[2], number];
    out.extend(body);
    stream.write(&out)
}

fn receive(stream: &mut Stream) -> Result<(u8, Vec<u8>), Fault> {
    let head = stream.read_exact(4)?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
    if length > MOST_PACKET {
        return Err(Fault::Protocol(stream.host().to_owned()));
    }
    Ok((head[3], stream.read_exact(length)?))
}
