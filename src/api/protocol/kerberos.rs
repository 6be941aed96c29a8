//! Kerberos: a ticket is asked for and thrown away. The password or key never leaves this machine: a time stamp
//! encrypted with it does, and the answer must be encrypted with it too.

use super::super::fault::Fault;
use super::super::judge::{Judgement, Verdict};
use super::super::sign::Stamp;
use super::super::stream::Stream;
use super::ber::{element, elements};
use super::kerberos_key::{Key, keytab, sorts};
use super::target::Target;
use super::{Answered, live, quoted, said, unknown};

const MOST_MESSAGE: usize = 1 << 16;
/// How long the ticket that is thrown away would live.
const MOMENT: i64 = 300;
const TIMESTAMP: u32 = 1;
const REPLY: u32 = 3;
/// Numbers of what goes with a request.
const ENC_TIMESTAMP: i64 = 2;
const ETYPE_INFO2: i64 = 19;
const ROUNDS: u32 = 4096;

/// Opens a connection; the server ends it after each answer.
pub(super) type Open<'a> = dyn Fn() -> Result<Stream, Fault> + 'a;

/// Who wants a ticket, and with what.
struct Login<'a> {
    names: Vec<&'a str>,
    realm: &'a str,
    password: &'a str,
    keys: Vec<Key>,
}

/// The principal of a login: the one that stands beside a password, or the owner of a keytab.
pub(super) fn principal(target: &Target) -> Option<String> {
    match target.user.as_str() {
        "" => keytab(&target.password).map(|(owner, _)| owner),
        user => Some(user.to_owned()),
    }
}

pub(super) fn check(open: &Open<'_>, target: &Target) -> Answered {
    let Some(owner) = principal(target) else {
        return Ok(unknown("it names no principal"));
    };
    let Some((name, realm)) = owner.rsplit_once('@') else {
        return Ok(unknown("the principal names no realm"));
    };
    let login = Login {
        names: name.split('/').collect(),
        realm,
        password: &target.password,
        keys: keytab(&target.password).map_or(Vec::new(), |(_, keys)| keys),
    };
    let first = asked(&mut open()?, &login, None)?;
    let hints = match &first {
        Reply::Ticket { hints, sealed } => {
            // No proof was asked for; whether the key is right shows in what came back.
            let key = login.key(hints);
            return Ok(match key {
                Some(key) if key.opens(REPLY, sealed) => alive(&owner),
                Some(_) => said(Verdict::Dead),
                None => unknown("the server speaks no sort of key that is spoken here"),
            });
        }
        Reply::Refused {
            code: 25, hints, ..
        } => hints,
        Reply::Refused { code, words, .. } => return Ok(refused(*code, words)),
    };
    let Some(key) = login.key(hints) else {
        return Ok(unknown(
            "the server speaks no sort of key that is spoken here",
        ));
    };
    Ok(match asked(&mut open()?, &login, Some(&key))? {
        Reply::Ticket { sealed, .. } if key.opens(REPLY, &sealed) => alive(&owner),
        Reply::Ticket { .. } => unknown("the answer is not made with this key"),
        Reply::Refused { code, words, .. } => refused(code, &words),
    })
}

fn alive(owner: &str) -> Judgement {
    live([("principal", quoted(owner))])
}

/// What an error of the server says about the credential.
fn refused(code: i64, words: &str) -> Judgement {
    match code {
        // Unknown name; wrong key in its newer and its older form.
        6 | 24 | 31 => said(Verdict::Dead),
        // The account has expired; it is locked. Whether the key is right is not said.
        1 | 18 => said(Verdict::Frozen),
        23 => unknown("the password has expired; whoever knows it may set another"),
        37 => unknown("the clocks differ by too much"),
        68 => unknown("the server is not the realm's"),
        code => unknown(format!("the server says: {code} {}", quoted(words))),
    }
}

/// How a server makes a key of a password.
struct Hint {
    sort: i64,
    salt: Option<Vec<u8>>,
    rounds: u32,
}

enum Reply {
    Ticket {
        hints: Vec<Hint>,
        sealed: Vec<u8>,
    },
    Refused {
        code: i64,
        words: String,
        hints: Vec<Hint>,
    },
}

impl Login<'_> {
    /// The key of the first sort that the server names and we speak.
    fn key(&self, hints: &[Hint]) -> Option<Key> {
        let ours = self.keys.iter();
        if !self.keys.is_empty() {
            let known = ours
                .filter(|key| hints.is_empty() || hints.iter().any(|hint| hint.sort == key.sort));
            return known.max_by_key(|key| key.sort).map(Key::copied);
        }
        let plain: String = [self.realm]
            .into_iter()
            .chain(self.names.iter().copied())
            .collect();
        hints.iter().find_map(|hint| {
            let salt = hint.salt.as_deref().unwrap_or(plain.as_bytes());
            Key::of_password(hint.sort, self.password, salt, hint.rounds)
        })
    }

    fn name(&self) -> Vec<u8> {
        principal_name(1, &self.names)
    }
}

fn asked(stream: &mut Stream, login: &Login<'_>, key: Option<&Key>) -> Result<Reply, Fault> {
    let broken = || Fault::Protocol(stream.host().to_owned());
    let request = request(login, key, Stamp::now().at).ok_or_else(broken)?;
    let length = u32::try_from(request.len()).map_err(|_| broken())?;
    stream.write(&[&length.to_be_bytes()[..], &request].concat())?;
    let head = stream.read_exact(4)?;
    let length = head
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    if length > MOST_MESSAGE {
        return Err(Fault::Protocol(stream.host().to_owned()));
    }
    let answer = stream.read_exact(length)?;
    read(&answer).ok_or_else(|| Fault::Protocol(stream.host().to_owned()))
}

fn integer(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let spare = bytes
        .windows(2)
        .take_while(|two| (two[0] == 0 && two[1] < 0x80) || (two[0] == 0xff && two[1] >= 0x80));
    element(0x02, &bytes[spare.count()..])
}

fn text(value: &str) -> Vec<u8> {
    element(0x1b, value.as_bytes())
}

fn tagged(number: u8, value: &[u8]) -> Vec<u8> {
    element(0xa0 + number, value)
}

fn principal_name(sort: i64, names: &[&str]) -> Vec<u8> {
    let names: Vec<u8> = names.iter().flat_map(|name| text(name)).collect();
    let both = [tagged(0, &integer(sort)), tagged(1, &element(0x30, &names))].concat();
    element(0x30, &both)
}

fn time(at: i64) -> Option<Vec<u8>> {
    let at = jiff::Timestamp::from_second(at).ok()?;
    let said = at.strftime("%Y%m%d%H%M%SZ").to_string();
    Some(element(0x18, said.as_bytes()))
}

/// AS-REQ; with a key, a time stamp encrypted with it is the proof.
fn request(login: &Login<'_>, key: Option<&Key>, now: i64) -> Option<Vec<u8>> {
    let mut nonce = [0; 4];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut nonce).ok()?;
    let nonce = i64::from(u32::from_be_bytes(nonce) >> 1);
    let wanted: Vec<u8> = match key {
        Some(key) => integer(key.sort),
        None => sorts().flat_map(integer).collect(),
    };
    let body = [
        tagged(0, &element(0x03, &[0; 5])),
        tagged(1, &login.name()),
        tagged(2, &text(login.realm)),
        tagged(3, &principal_name(2, &["krbtgt", login.realm])),
        tagged(5, &time(now + MOMENT)?),
        tagged(7, &integer(nonce)),
        tagged(8, &element(0x30, &wanted)),
    ]
    .concat();
    let mut whole = [tagged(1, &integer(5)), tagged(2, &integer(10))].concat();
    if let Some(key) = key {
        let stamp = element(0x30, &tagged(0, &time(now)?));
        let sealed = key.seal(TIMESTAMP, &stamp)?;
        let proof = [
            tagged(0, &integer(key.sort)),
            tagged(2, &element(0x04, &sealed)),
        ]
        .concat();
        let proof = element(0x04, &element(0x30, &proof));
        let one = [tagged(1, &integer(ENC_TIMESTAMP)), tagged(2, &proof)].concat();
        whole.extend(tagged(3, &element(0x30, &element(0x30, &one))));
    }
    whole.extend(tagged(4, &element(0x30, &body)));
    Some(element(0x6a, &element(0x30, &whole)))
}

/// The value of a numbered field, without its own tag.
fn field(sequence: &[u8], number: u8) -> Option<&[u8]> {
    let fields = elements(sequence);
    let (_, inside) = fields.into_iter().find(|(tag, _)| *tag == 0xa0 + number)?;
    elements(inside).first().map(|(_, value)| *value)
}

fn whole_number(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first().filter(|_| bytes.len() <= 8)?;
    let start = if first >= 0x80 { -1 } else { 0 };
    Some(
        bytes
            .iter()
            .fold(start, |sum: i64, byte| sum << 8 | i64::from(*byte)),
    )
}

fn read(answer: &[u8]) -> Option<Reply> {
    let (tag, inside) = *elements(answer).first()?;
    let (_, sequence) = *elements(inside).first()?;
    match tag {
        0x6b => {
            let sealed = field(field(sequence, 6)?, 2)?.to_vec();
            let hints = field(sequence, 2).map_or(Vec::new(), hints);
            Some(Reply::Ticket { hints, sealed })
        }
        0x7e => {
            let words = field(sequence, 11).unwrap_or_default();
            Some(Reply::Refused {
                code: whole_number(field(sequence, 6)?)?,
                words: String::from_utf8_lossy(words).into_owned(),
                hints: hints_of_error(field(sequence, 12).unwrap_or_default()),
            })
        }
        _ => None,
    }
}

/// In an error the list is wrapped once more.
fn hints_of_error(data: &[u8]) -> Vec<Hint> {
    elements(data)
        .first()
        .map_or(Vec::new(), |(_, list)| hints(list))
}

/// What a list of what goes with an answer says about making keys.
fn hints(list: &[u8]) -> Vec<Hint> {
    let of_sort = |one: &[u8]| field(one, 1).and_then(whole_number) == Some(ETYPE_INFO2);
    let found = elements(list).into_iter().find(|(_, one)| of_sort(one));
    let Some(value) = found.and_then(|(_, one)| field(one, 2)) else {
        return Vec::new();
    };
    let entries = elements(value)
        .first()
        .map_or(Vec::new(), |(_, all)| elements(all));
    let hint = |entry: &[u8]| {
        let rounds =
            field(entry, 2).and_then(|four| Some(u32::from_be_bytes(four.try_into().ok()?)));
        Some(Hint {
            sort: field(entry, 0).and_then(whole_number)?,
            salt: field(entry, 1).map(<[u8]>::to_vec),
            rounds: rounds.unwrap_or(ROUNDS),
        })
    };
    entries
        .into_iter()
        .filter_map(|(_, entry)| hint(entry))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i64, data: &[u8]) -> Vec<u8> {
        let fields = [
            tagged(6, &integer(code)),
            tagged(11, &text("WORDS")),
            tagged(12, &element(0x04, data)),
        ];
        element(0x7e, &element(0x30, &fields.concat()))
    }

    #[test]
    fn an_error_says_how_keys_are_made() {
        let entry = [
            tagged(0, &integer(18)),
            tagged(1, &text("ACME.EXAMPLEweb")),
            tagged(2, &element(0x04, &8192_u32.to_be_bytes())),
        ]
        .concat();
        let other = tagged(0, &integer(-135));
        let list = [element(0x30, &other), element(0x30, &entry)].concat();
        let one = [
            tagged(1, &integer(ETYPE_INFO2)),
            tagged(2, &element(0x04, &element(0x30, &list))),
        ]
        .concat();
        let data = element(0x30, &element(0x30, &one));
        let Some(Reply::Refused {
            code: 25,
            words,
            hints,
        }) = read(&error(25, &data))
        else {
            panic!("no error was read");
        };
        assert_eq!(
            (words.as_str(), hints.len(), hints[0].sort),
            ("WORDS", 2, -135)
        );
        assert_eq!((hints[1].sort, hints[1].rounds), (18, 8192));
        assert_eq!(hints[1].salt.as_deref(), Some(&b"ACME.EXAMPLEweb"[..]));
    }

    #[test]
    fn what_a_refusal_means() {
        let verdict = |code| refused(code, "").verdict;
        assert_eq!([6, 24].map(verdict), [Verdict::Dead, Verdict::Dead]);
        assert_eq!([1, 18].map(verdict), [Verdict::Frozen, Verdict::Frozen]);
        for code in [0, 14, 23, 37, 60, 68] {
            assert!(matches!(verdict(code), Verdict::Unknown(_)), "{code}");
        }
    }

    #[test]
    fn broken_answers_are_no_answers() {
        let whole = error(25, b"");
        for cut in 0..whole.len() {
            assert!(read(&whole[..cut]).is_none(), "{cut}");
        }
        assert!(
            read(&element(
                0x6b,
                &element(0x30, &tagged(6, &element(0x30, b"")))
            ))
            .is_none()
        );
        for value in [0, 1, 127, 128, 255, 256, -1, -128, -129, 1 << 31] {
            let coded = integer(value);
            assert_eq!(whole_number(&coded[2..]), Some(value));
        }
    }
}
