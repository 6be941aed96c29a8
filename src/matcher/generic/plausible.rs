//! Turns away at once what cannot be a secret, before anything dear is done with it.

use super::otherwise;
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
    // A template, a run of one character or a number in code is never the secret itself, and what a list of files says of one is its hash.
    if v.starts_with(b"${")
        || v.starts_with(b"{{")
        || v.starts_with(b"<%")
        || v.starts_with(b"#{")
        || v.iter().all(|b| *b == v[0])
        || hexadecimal_numbers(v)
        || is_file(w.slice(c.key.clone()))
        || is_folder(w.slice(c.key.clone()), v)
        || is_invitation(w, c)
        || is_signature(w, c)
        || otherwise::is_other(w, c)
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

/// The `authKey` of a link by which anybody joins a group of QQ.
fn is_invitation(w: &Window<'_>, c: &Candidate) -> bool {
    let link = || w.slice(w.line_start(c.key.start)..c.key.start);
    w.slice(c.key.clone()).eq_ignore_ascii_case(b"authkey")
        && memchr::memmem::find(link(), b"qq.com/").is_some()
}

/// The signature of one link, which ends with its deadline, as Qiniu appends it:
/// `?e=1451491200&token=ACCESS-KEY:SIGNATURE`.
fn is_signature(w: &Window<'_>, c: &Candidate) -> bool {
    const DEADLINE: &[u8] = b"e=0123456789";
    let before = w.slice(w.line_start(c.key.start)..c.key.start);
    let before = before.strip_suffix(b"amp;").unwrap_or(before);
    let deadline = before.strip_suffix(b"&").and_then(|text| text.last_chunk());
    let deadline = deadline.is_some_and(|text: &[u8; DEADLINE.len()]| {
        text.starts_with(b"e=") && text[2..].iter().all(u8::is_ascii_digit)
    });
    deadline && w.slice(c.value.clone()).contains(&b':')
}

/// The working directory of a shell: `-v $(pwd):/src`, `PWD=/srv`.
fn is_folder(key: &[u8], v: &[u8]) -> bool {
    key.eq_ignore_ascii_case(b"pwd") && v.starts_with(b"/")
}

/// The name of a source file (`"src/Password.php": "9f8d02…"`).
fn is_file(key: &[u8]) -> bool {
    const ENDS: [&[u8]; 15] = [
        b".php", b".java", b".cs", b".go", b".js", b".ts", b".tsx", b".py", b".rb", b".rs", b".kt",
        b".md", b".html", b".css", b".vue",
    ];
    let ends = |end: &&[u8]| {
        key.len() > end.len() && key[key.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    ENDS.iter().any(ends)
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
