//! Well-known values that are hardly secrets whatever their name says: charsets, versions, fingerprints, numbers with
//! the sign of their type, character classes. Told by their form alone; what follows of it is the model's business.

use super::features::{F, Sheet};

/// Longest value that is looked at.
const LONGEST: usize = 128;

/// What sort of well-known value it is, 0 for none.
pub(super) fn fill(sheet: &mut Sheet, v: &[u8]) {
    let v = &v[..v.len().min(LONGEST)];
    let sorts = [charset, version, fingerprint, long_number, character_class];
    let sort = sorts.iter().position(|is| is(v)).map_or(0, |sort| sort + 1);
    sheet.set(F::Known, sort);
}

/// How a text is coded: the argument of `password.encode("latin1")`.
fn charset(v: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] = [
        b"utf-8",
        b"utf8",
        b"utf-16",
        b"utf-16le",
        b"ascii",
        b"us-ascii",
        b"latin1",
        b"latin-1",
        b"iso-8859-1",
    ];
    NAMES.iter().any(|name| v.eq_ignore_ascii_case(name))
}

/// The end of a coordinate of Maven's: `io.acme:acme-auth:jar:1.0.0-rc1` is no password of `acme-auth`.
fn version(v: &[u8]) -> bool {
    let v = [&b"jar:"[..], b"pom:", b"war:", b"test-jar:"]
        .iter()
        .find_map(|kind| v.strip_prefix(*kind))
        .unwrap_or(v);
    let number = v.split(|b| *b == b'-').next().unwrap_or_default();
    let parts = || number.split(|b| *b == b'.');
    let digits = |part: &[u8]| (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    (3..=4).contains(&parts().count()) && parts().all(digits) && v.len() <= 24
}

/// Octets written apart, `7B:0C:19:…`: the fingerprint of a key or the id of one.
fn fingerprint(v: &[u8]) -> bool {
    v.len() >= 11
        && v.split(|b| *b == b':')
            .all(|octet| octet.len() == 2 && octet.iter().all(u8::is_ascii_hexdigit))
}

/// A number with the sign of its type, `9876543210L`.
fn long_number(v: &[u8]) -> bool {
    matches!(v, [digits @ .., b'l' | b'L' | b'u' | b'U' | b'n'] if digits.iter().all(u8::is_ascii_digit))
}

/// Two ranges of letters or digits: part of a regular expression, such as `[A-Za-z0-9]{32}`.
fn character_class(v: &[u8]) -> bool {
    let ranges = v.windows(3).filter(|x| {
        matches!(
            *x,
            b"a-z" | b"A-Z" | b"0-9" | b"a-f" | b"A-F" | b"2-7" | b"1-9"
        )
    });
    ranges.count() > 1
}
