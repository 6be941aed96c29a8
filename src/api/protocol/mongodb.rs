//! MongoDB: OP_MSG, the SCRAM login the user has, `connectionStatus`. No database is read.

use super::super::encode::md5_hex;
use super::super::fault::Fault;
use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::super::values::random_text;
use super::bson::{Bson, decode, encode};
use super::scram::{Hash, Scram};
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const MOST_MESSAGE: usize = 1 << 20;
const AUTHENTICATION_FAILED: i32 = 18;

type Fields = Vec<(String, Bson)>;

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.scheme == "mongodb+srv" {
        return Ok(unknown(
            "mongodb+srv needs a look-up of SRV records, which is not done here",
        ));
    }
    // Without authSource the database of the address is asked, and `admin` without one.
    let source = match target.database.as_str() {
        "" => "admin",
        named => named,
    };
    let user = format!("{source}.{}", target.user);
    let hello = [
        ("hello", Bson::Int(1)),
        ("saslSupportedMechs", Bson::Text(user)),
        ("$db", Bson::Text("admin".into())),
    ];
    let hello = ask(stream, &hello)?;
    let offered = get(&hello, "saslSupportedMechs");
    let offers = |name: &str| match offered {
        Some(Bson::Document(names)) => names.iter().any(|(_, n)| *n == Bson::Text(name.into())),
        _ => false,
    };
    let (hash, mechanism) = if offers("SCRAM-SHA-1") && !offers("SCRAM-SHA-256") {
        (Hash::Sha1, "SCRAM-SHA-1")
    } else {
        (Hash::Sha256, "SCRAM-SHA-256")
    };
    let password = match hash {
        Hash::Sha256 => target.password.to_string(),
        Hash::Sha1 => md5_hex(format!("{}:mongo:{}", target.user, *target.password)),
    };
    let mut scram = Scram::new(hash, &target.user, password.as_bytes(), random_text(24));
    let start = [
        ("saslStart", Bson::Int(1)),
        ("mechanism", Bson::Text(mechanism.into())),
        ("payload", Bson::Bytes(scram.first().into_bytes())),
        ("$db", Bson::Text(source.into())),
    ];
    let mut reply = ask(stream, &start)?;
    if let Some(ended) = failed(&reply) {
        return Ok(ended);
    }
    let conversation = get(&reply, "conversationId")
        .cloned()
        .unwrap_or(Bson::Int(1));
    let answer = scram.answer(&payload(&reply));
    let broken = || Fault::Protocol(stream.host().to_owned());
    let mut next = answer.ok_or_else(broken)?;
    for step in 0..3 {
        let more = [
            ("saslContinue", Bson::Int(1)),
            ("conversationId", conversation.clone()),
            (
                "payload",
                Bson::Bytes(std::mem::take(&mut next).into_bytes()),
            ),
            ("$db", Bson::Text(source.into())),
        ];
        reply = ask(stream, &more)?;
        if let Some(ended) = failed(&reply) {
            return Ok(ended);
        }
        if step == 0 && !scram.proves(&payload(&reply)) {
            return Ok(unknown(
                "the server could not prove that it knows the password",
            ));
        }
        if get(&reply, "done") == Some(&Bson::Bool(true)) {
            return who(stream);
        }
    }
    Ok(unknown("the login did not come to an end"))
}

fn who(stream: &mut Stream) -> Answered {
    let status = [
        ("connectionStatus", Bson::Int(1)),
        ("$db", Bson::Text("admin".into())),
    ];
    let status = ask(stream, &status)?;
    let info = match get(&status, "authInfo") {
        Some(Bson::Document(info)) => info.as_slice(),
        _ => &[],
    };
    let list = |name: &str, key: &str| {
        let Some(Bson::Document(entries)) = get(info, name) else {
            return String::new();
        };
        let texts = entries.iter().filter_map(|(_, entry)| match entry {
            Bson::Document(entry) => match (get(entry, key), get(entry, "db")) {
                (Some(Bson::Text(what)), Some(Bson::Text(db))) => Some(format!("{what}@{db}")),
                _ => None,
            },
            _ => None,
        });
        quoted(&texts.collect::<Vec<_>>().join(" "))
    };
    Ok(live([
        ("user", list("authenticatedUsers", "user")),
        ("roles", list("authenticatedUserRoles", "role")),
    ]))
}

/// A reply that is not `ok` ends the login.
fn failed(reply: &Fields) -> Option<super::Judgement> {
    match get(reply, "ok") {
        Some(Bson::Number(ok)) if *ok == 1.0 => None,
        Some(Bson::Int(1)) => None,
        _ => Some(match get(reply, "code") {
            Some(Bson::Int(AUTHENTICATION_FAILED)) => said(Verdict::Dead),
            _ => {
                let text = match get(reply, "errmsg") {
                    Some(Bson::Text(text)) => quoted(text),
                    _ => "something that is no error message".into(),
                };
                unknown(format!("the server says: {text}"))
            }
        }),
    }
}

fn payload(reply: &Fields) -> String {
    match get(reply, "payload") {
        Some(Bson::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

fn get<'a>(fields: &'a [(String, Bson)], name: &str) -> Option<&'a Bson> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}

/// One command and its reply, each a single section of an OP_MSG.
fn ask(stream: &mut Stream, command: &[(&str, Bson)]) -> Result<Fields, Fault> {
    let body = encode(command);
    let length = u32::try_from(body.len() + 21).unwrap_or_default();
    let mut out = length.to_le_bytes().to_vec();
    out.extend(1_u32.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(2013_u32.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.push(0);
    out.extend(body);
    stream.write(&out)?;
    let head = stream.read_exact(16)?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let broken = || Fault::Protocol(stream.host().to_owned());
    if head[12..] != 2013_u32.to_le_bytes() || !(21..=MOST_MESSAGE).contains(&length) {
        return Err(broken());
    }
    let body = stream.read_exact(length - 16)?;
    decode(&body[5..]).ok_or_else(|| Fault::Protocol(stream.host().to_owned()))
}
