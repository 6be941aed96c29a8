//! Turns away at once what cannot be a secret, before anything dear is done with it.

use super::text::Window;
use super::{Candidate, Category, Form};

/// Whether the value could be one at all: the test every candidate passes before anything dear is done with it.
pub(super) fn holds(w: &Window<'_>, c: &Candidate) -> bool {
    let v = w.slice(c.value.clone());
    if v.len() < 3 || (v.len() > 160 && v.contains(&b' ')) {
        return false;
    }
    if c.form == Form::Bare && (v.len() <= 9 && is_keyword(v) || v.first() == Some(&b'@')) {
        return false;
    }
    if c.form == Form::Bare && v.iter().all(u8::is_ascii_alphabetic) && is_variable(w, c) {
        return false;
    }
    // A template, a run of one character, a number in code, or a character class is never the secret itself.
    if v.starts_with(b"${")
        || v.starts_with(b"{{")
        || v.starts_with(b"<%")
        || v.starts_with(b"#{")
        || v.iter().all(|b| *b == v[0])
        || hexadecimal_numbers(v)
        || character_class(v)
        || fingerprint(v)
        || (c.form == Form::Bare && long_number(v))
        || charset(v)
        || version(v)
        || names_another(w.slice(c.key.clone()))
    {
        return false;
    }
    if c.category == Category::Key && c.key.len() <= 4 {
        return v.len() >= 10 && v.iter().any(u8::is_ascii_digit);
    }
    true
}

/// The name is that of a variable as shells, Perl and PHP write it: what a bare word is compared with
/// or taken from (`test "$pass" = link`, `$pass = shift`), never what it holds.
fn is_variable(w: &Window<'_>, c: &Candidate) -> bool {
    w.slice(c.key.clone()).starts_with(b"$")
}

/// A number with the sign of its type, `9876543210L`.
fn long_number(v: &[u8]) -> bool {
    matches!(v, [digits @ .., b'l' | b'L' | b'u' | b'U' | b'n'] if digits.iter().all(u8::is_ascii_digit))
}

/// Octets written apart, `7B:0C:19:…`: the fingerprint of a key or the id of one.
fn fingerprint(v: &[u8]) -> bool {
    v.len() >= 11
        && v.split(|b| *b == b':')
            .all(|octet| octet.len() == 2 && octet.iter().all(u8::is_ascii_hexdigit))
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

/// The name of a public key that is fetched, or of a source file (`"src/Password.php": "9f8d02…"`).
fn names_another(key: &[u8]) -> bool {
    const ENDS: [&[u8]; 18] = [
        b"recv-keys",
        b"recv-key",
        b"keyserver",
        b".php",
        b".java",
        b".cs",
        b".go",
        b".js",
        b".ts",
        b".tsx",
        b".py",
        b".rb",
        b".rs",
        b".kt",
        b".md",
        b".html",
        b".css",
        b".vue",
    ];
    let ends = |end: &&[u8]| {
        key.len() > end.len() && key[key.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    ENDS.iter().any(ends)
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

/// Numbers as code writes them, `0x9e3779b9`, `0:0x5615`: of 64 bits at most, so that keys written so stay keys.
fn hexadecimal_numbers(v: &[u8]) -> bool {
    let number = |part: &[u8]| match part {
        [b'0', b'x' | b'X', rest @ ..] => rest.len() <= 19,
        _ => part.len() <= 19 && part.iter().all(u8::is_ascii_digit),
    };
    v.windows(2).any(|x| x.eq_ignore_ascii_case(b"0x"))
        && v.iter()
            .all(|b| b.is_ascii_hexdigit() || b"xXuUlL:.,;-_ ".contains(b))
        && v.split(|b| b":.,;-_ ".contains(b)).all(number)
}

fn is_keyword(v: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"null",
        b"nil",
        b"none",
        b"true",
        b"false",
        b"undefined",
        b"string",
        b"str",
        b"self",
        b"this",
        b"void",
        b"int",
        b"bool",
        b"boolean",
        b"any",
        b"char",
        b"bytes",
        b"return",
        b"the",
        b"and",
        b"for",
        b"not",
        b"text",
        b"const",
        b"let",
        b"var",
        b"number",
        b"object",
        b"unknown",
        b"optional",
        b"required",
        b"yes",
        b"float",
        b"byte",
        b"uint8",
        b"varchar",
        b"is",
        b"if",
        b"in",
        b"of",
        b"to",
        b"or",
        b"was",
        b"are",
        b"has",
        b"from",
        b"with",
        b"will",
        b"can",
        b"must",
        b"that",
        b"function",
        b"type",
        b"static",
    ];
    WORDS.iter().any(|k| v.eq_ignore_ascii_case(k))
}
