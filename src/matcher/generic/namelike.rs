//! Values that are names themselves, by their own letters: of files, regions, rows, people, of what stands for a secret.

use super::Form;

/// `placeholder`, `YOUR_PASSWORD`, `your-token`; the letters and digits that something is drawn from.
pub(super) fn stands_for_one(v: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"password", b"passwd", b"pass", b"secret", b"token", b"key"];
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    match v.first() {
        Some(b'p' | b'P') if v.len() == 11 => v.eq_ignore_ascii_case(b"placeholder"),
        Some(b'y' | b'Y') if v.len() <= 14 => {
            let rest = v.get(4..).unwrap_or_default();
            let rest = rest
                .strip_prefix(b"_")
                .or(rest.strip_prefix(b"-"))
                .unwrap_or(rest);
            v[..4.min(v.len())].eq_ignore_ascii_case(b"your")
                && NAMES.iter().any(|name| rest.eq_ignore_ascii_case(name))
        }
        _ if is_crypt(v) => true,
        Some(b'&') => v.starts_with(b"&#") && v.ends_with(b";") && v.len() <= 9,
        _ if is_region(v) => true,
        _ => v.len() >= 26 && memchr::memmem::find(&v.to_ascii_lowercase(), LETTERS).is_some(),
    }
}

/// `us-east-1`, `cn-hangzhou-2`.
fn is_region(v: &[u8]) -> bool {
    let mut parts = v.split(|b| *b == b'-');
    let small = |part: &[u8]| part.iter().all(u8::is_ascii_lowercase);
    let number = |part: &[u8]| part.len() == 1 && part[0].is_ascii_digit();
    v.len() <= 16
        && parts
            .next()
            .is_some_and(|land| land.len() == 2 && small(land))
        && parts
            .next()
            .is_some_and(|side| side.len() >= 4 && small(side))
        && parts.next().is_some_and(number)
        && parts.next().is_none()
}

/// `"key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`: which row, node or element it is.
pub(super) fn is_uuid(v: &[u8]) -> bool {
    let fits = |(at, b): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    v.len() == 36 && v.iter().enumerate().all(fits)
}

/// `users:by-name`, `api/v2/items`: small letters, in parts that colons or slashes divide.
pub(super) fn is_path(v: &[u8]) -> bool {
    let divided = v.iter().any(|b| matches!(b, b':' | b'/'));
    divided
        && v.iter()
            .all(|b| b.is_ascii_lowercase() || b":/-_.".contains(b))
}

/// `create("bob@acme.example", "password", "Bob O'Hara")`: after an argument that stands for a password comes somebody's name.
pub(super) fn is_person(form: Form, v: &[u8]) -> bool {
    let name = |word: &[u8]| {
        word.len() > 1
            && word[0].is_ascii_uppercase()
            && word[1..]
                .iter()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'\'' | b'.'))
    };
    form == Form::Pair && v.contains(&b' ') && v.split(|b| *b == b' ').all(name)
}

/// `key: sd-hls-mp4`: small words, at most one of them with a digit.
pub(super) fn is_slug(v: &[u8]) -> bool {
    let (mut words, mut others) = (0, 0);
    for part in v.split(|b| matches!(b, b'-' | b'_')) {
        let letters = part.iter().all(u8::is_ascii_lowercase);
        let short = || {
            part.len() <= 4
                && part
                    .iter()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        match letters {
            true => words += 1,
            false if short() => others += 1,
            false => return false,
        }
    }
    words >= 1 && others <= 1 && words + others > 1
}

/// `key = "trailer.mp4"`: what a store calls a file.
pub(super) fn is_medium(v: &[u8]) -> bool {
    const ENDS: [&[u8]; 14] = [
        b".mp4", b".mp3", b".jpg", b".jpeg", b".png", b".gif", b".txt", b".csv", b".json", b".zip",
        b".gz", b".html", b".pdf", b".log",
    ];
    ENDS.iter().any(|end| v.ends_with(end))
}

/// `examples.SRCS += encoder.c`: the name of a source file.
pub(super) fn is_source(v: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] = [
        b".c", b".h", b".cc", b".cpp", b".hpp", b".m", b".go", b".py", b".rs", b".js", b".java",
        b".o",
    ];
    let fits = |b: &u8| b.is_ascii_alphanumeric() || b"_-./".contains(b);
    ENDS.iter()
        .any(|end| v.len() > end.len() + 2 && v.ends_with(end))
        && v.iter().all(fits)
}

/// `xoxb-`, `sk_live_`: how a key begins, and nothing of it.
pub(super) fn is_prefix(v: &[u8]) -> bool {
    let fits = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    v.len() <= 12 && matches!(v.last(), Some(b'-' | b'_')) && v.iter().all(fits)
}

/// `secret_id = "acme-db-1"`: what a store of secrets calls one. Words and small numbers, in any case nothing drawn.
pub(super) fn is_resource_id(key: &[u8], v: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        key.len() >= end.len() && key[key.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    let word = |part: &[u8]| {
        let number = part.iter().all(u8::is_ascii_digit);
        part.iter().all(u8::is_ascii_lowercase) || number && part.len() <= 4
    };
    (ends(b"secret_id") || ends(b"secretid") || ends(b"secret-id"))
        && v.iter().any(|b| b"-_/".contains(b))
        && v.split(|b| b"-_/".contains(b)).all(word)
}

/// `bob:$apr1$…`: a name and the hash of a password, as web servers keep them.
fn is_crypt(v: &[u8]) -> bool {
    const SCHEMES: [&[u8]; 6] = [b"$apr1$", b"$2a$", b"$2b$", b"$2y$", b"$5$", b"$6$"];
    let at = memchr::memchr(b':', v).filter(|at| v.get(at + 1) == Some(&b'$'));
    at.is_some_and(|at| SCHEMES.iter().any(|scheme| v[at + 1..].starts_with(scheme)))
}

/// `passwordKey: pg-password`, `rootSecret: acme-root`: which entry of another object, or which object, is meant.
pub(super) fn is_entry(key: &[u8], v: &[u8]) -> bool {
    // Whose secrets are kept so themselves.
    const OWN: [&[u8]; 9] = [
        b"client", b"jwt", b"app", b"api", b"auth", b"session", b"shared", b"webhook", b"token",
    ];
    let fits = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    if !v.iter().all(fits) || !v.iter().any(|b| matches!(b, b'-' | b'_')) {
        return false;
    }
    let lower = key.to_ascii_lowercase();
    let holds = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    match lower.strip_suffix(b"key") {
        Some(rest) => [&b"password"[..], b"secret", b"token"]
            .iter()
            .any(|end| rest.ends_with(end)),
        None => key.ends_with(b"Secret") && !OWN.iter().any(|word| holds(word)),
    }
}
