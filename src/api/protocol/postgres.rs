//! PostgreSQL: TLS where offered (verified), the login the server asks for, `select current_user`, goodbye.

use super::super::encode::md5_hex;
use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::stream::Stream;
use super::super::values::random_text;
use super::act::{Said, unguarded};
use super::scram::{Hash, Scram};
use super::target::Target;
use super::{Answered, live, open_to_all, quoted, said, unknown};

const MOST_MESSAGE: usize = 1 << 16;
const WHO: &str = "select current_user, (select rolsuper from pg_roles where rolname = current_user), current_database()";

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    match enter(stream, target)? {
        Some(ended) => Ok(ended),
        None => who(stream),
    }
}

/// Logs in; a judgement if the server does not let the password in.
pub(super) fn enter(stream: &mut Stream, target: &Target) -> Result<Option<Judgement>, Fault> {
    // SSLRequest: the server answers one letter.
    stream.write(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])?;
    match stream.read_exact(1)?[0] {
        b'S' => stream.start_tls()?,
        b'N' => {}
        _ => return Ok(Some(unknown("this is no PostgreSQL server"))),
    }
    let database = match target.database.as_str() {
        "" => target.user.as_str(),
        named => named,
    };
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    for text in [
        "user",
        &target.user,
        "database",
        database,
        "client_encoding",
        "UTF8",
        "application_name",
        "unleak",
    ] {
        body.extend(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    send(stream, None, &body)?;
    let mut login = Login {
        target,
        asked: false,
        admitted: false,
        scram: None,
    };
    loop {
        let (kind, body) = receive(stream)?;
        match kind {
            b'R' => {
                if let Some(ended) = login.step(stream, &body)? {
                    return Ok(Some(ended));
                }
            }
            b'E' => return Ok(Some(refused(&body, login.admitted && login.asked))),
            b'Z' if login.admitted && !login.asked => return Ok(Some(open_to_all())),
            b'Z' if login.admitted => return Ok(None),
            b'Z' => return Err(Fault::Protocol(stream.host().to_owned())),
            _ => {}
        }
    }
}

struct Login<'a> {
    target: &'a Target,
    asked: bool,
    admitted: bool,
    scram: Option<Scram>,
}

impl Login<'_> {
    /// Answers one authentication message; a judgement ends the conversation.
    fn step(&mut self, stream: &mut Stream, body: &[u8]) -> Result<Option<Judgement>, Fault> {
        let broken = || Fault::Protocol(stream_host(stream));
        let (code, rest) = body.split_at_checked(4).ok_or_else(broken)?;
        let password = self.target.password.as_bytes();
        let code = u32::from_be_bytes([code[0], code[1], code[2], code[3]]);
        self.asked |= code != 0;
        match code {
            0 => self.admitted = true,
            3 if self.target.guarded && !stream.is_tls() => return Ok(Some(unguarded())),
            3 => send(stream, Some(b'p'), &[password, b"\0"].concat())?,
            5 => {
                let salt = rest.get(..4).ok_or_else(broken)?;
                let inner = md5_hex([password, self.target.user.as_bytes()].concat());
                let outer = md5_hex([inner.as_bytes(), salt].concat());
                send(stream, Some(b'p'), format!("md5{outer}\0").as_bytes())?;
            }
            10 => {
                let offered = String::from_utf8_lossy(rest).into_owned();
                if !offered.split('\0').any(|name| name == "SCRAM-SHA-256") {
                    return Ok(Some(unknown(
                        "the server offers no login that is known here",
                    )));
                }
                // PostgreSQL takes the user from the start-up message.
                let scram = Scram::new(Hash::Sha256, "", password, random_text(24));
                let first = scram.first();
                let length = u32::try_from(first.len()).unwrap_or_default();
                let mut body = b"SCRAM-SHA-256\0".to_vec();
                body.extend(length.to_be_bytes());
                body.extend(first.bytes());
                send(stream, Some(b'p'), &body)?;
                self.scram = Some(scram);
            }
            11 => {
                let server = String::from_utf8_lossy(rest).into_owned();
                let answer = self.scram.as_mut().and_then(|scram| scram.answer(&server));
                let answer = answer.ok_or_else(broken)?;
                send(stream, Some(b'p'), answer.as_bytes())?;
            }
            12 => {
                let proof = String::from_utf8_lossy(rest);
                if !self
                    .scram
                    .as_ref()
                    .is_some_and(|scram| scram.proves(&proof))
                {
                    return Ok(Some(unknown(
                        "the server could not prove that it knows the password",
                    )));
                }
            }
            _ => {
                return Ok(Some(unknown(
                    "the server wants a login that is not known here",
                )));
            }
        }
        Ok(None)
    }
}

fn stream_host(stream: &Stream) -> String {
    stream.host().to_owned()
}

/// A field of an error message: code `C`, text `M`.
fn field(body: &[u8], letter: u8) -> String {
    let mut fields = body.split(|b| *b == 0);
    let found = fields.find(|field| field.first() == Some(&letter));
    found.map_or(String::new(), |field| {
        String::from_utf8_lossy(&field[1..]).into_owned()
    })
}

/// What an error says about the password.
fn refused(body: &[u8], admitted: bool) -> Judgement {
    let (code, text) = (field(body, b'C'), field(body, b'M'));
    match code.as_str() {
        "28P01" => said(Verdict::Dead),
        "28000" if text.contains("not permitted to log in") => said(Verdict::Frozen),
        // The password was right; the database is the wrong one, full, or closed to the role.
        "3D000" | "42501" | "53300" | "55000" if admitted => live([]),
        _ => unknown(format!("the server says: {}", quoted(&text))),
    }
}

fn who(stream: &mut Stream) -> Answered {
    let mut row = match say(stream, &[WHO])? {
        Said::Rows(rows) => rows.into_iter().next().unwrap_or_default(),
        Said::Refused(_) => Vec::new(),
    };
    send(stream, Some(b'X'), &[])?;
    row.iter_mut().for_each(|value| *value = quoted(value));
    row.resize(3, String::new());
    let [user, superuser, database] = [0, 1, 2].map(|at| std::mem::take(&mut row[at]));
    let superuser = if superuser == "t" { "yes" } else { "no" };
    Ok(live([
        ("user", user),
        ("superuser", superuser.to_owned()),
        ("database", database),
    ]))
}

/// Says one statement and reads all that comes of it.
pub(super) fn say(stream: &mut Stream, statement: &[&str]) -> Result<Said, Fault> {
    let mut query = statement.concat().into_bytes();
    query.push(0);
    send(stream, Some(b'Q'), &query)?;
    let mut rows = Vec::new();
    let mut refused = None;
    loop {
        match receive(stream)? {
            (b'D', body) => rows.push(columns(&body)),
            (b'E', body) => refused = Some(quoted(&field(&body, b'M'))),
            (b'Z', _) => break,
            _ => {}
        }
    }
    Ok(refused.map_or(Said::Rows(rows), Said::Refused))
}

/// The texts of a DataRow.
fn columns(body: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = body.get(2..).unwrap_or_default();
    while let Some((length, after)) = rest.split_at_checked(4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        let length = if length == u32::MAX {
            0
        } else {
            length as usize
        };
        let Some((value, after)) = after.split_at_checked(length) else {
            break;
        };
        out.push(String::from_utf8_lossy(value).into_owned());
        rest = after;
    }
    out
}

fn send(stream: &mut Stream, kind: Option<u8>, body: &[u8]) -> Result<(), Fault> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut out: Vec<u8> = kind.into_iter().collect();
    out.extend(length.to_be_bytes());
    out.extend(body);
    stream.write(&out)
}

fn receive(stream: &mut Stream) -> Result<(u8, Vec<u8>), Fault> {
    let head = stream.read_exact(5)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    match length.checked_sub(4) {
        Some(length) if length <= MOST_MESSAGE => Ok((head[0], stream.read_exact(length)?)),
        _ => Err(Fault::Protocol(stream.host().to_owned())),
    }
}
