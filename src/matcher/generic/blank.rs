//! A name and its value with nothing but blanks between them: switches, declarations with a type, directives,
//! sentences. And a value that stands before its name.

use super::Form;
use super::markup::{tagged, valued};
use super::text::{Window, is_name, is_quote, literal};
use super::value::{Found, after_separator, bare, second_of_two, within};
use super::{command, markup, phrase};
use std::ops::Range;

/// A name and its value with nothing but blanks between them.
pub(super) fn spaced(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let name = w.slice(key.clone());
    if name.starts_with(b"-") || w.before(key.start) == b'-' {
        return argument(w, key, i);
    }
    let prefix = w.skip_back(key.start, 24, |b| is_name(b) || b == b':');
    if w.before(prefix) == b'<' {
        return tagged(w, i).or_else(|| valued(w, i));
    }
    if is_quote(w.before(key.start))
        && let Some(found) = markup::wrapped(w, i)
    {
        return Some(found);
    }
    if w.at(i) == b'[' {
        return bare(w, i + 1)
            .filter(|f| w.at(f.value.end) == b']')
            .map(|f| Found {
                form: Form::Prose,
                ..f
            });
    }
    // `Dim password As String = "x"`.
    let i = if w.starts(i, b"as ") { i + 3 } else { i };
    // `var password string = "x"`, `char *password = "x"`: the type stands between, on either side.
    let word = w.skip(i, 32, |b| {
        is_name(b) || matches!(b, b'.' | b'*' | b'[' | b']')
    });
    let equals = w.skip_blank(word);
    // `OAuth oauth_nonce="…"` is a header, no declaration.
    let header = w.starts(i, b"oauth_");
    if !header && word > i && w.at(equals) == b'=' && !matches!(w.at(equals + 1), b'=' | b'>') {
        return after_separator(w, equals + 1, false);
    }
    if let Some(found) = valued(w, i) {
        return Some(found);
    }
    if let Some(l) = literal(w, i) {
        // `basic_auth 'user', 'x'`.
        let next = w.skip_blank(l.next);
        if name.to_ascii_lowercase().ends_with(b"auth") && w.at(next) == b',' {
            return literal(w, w.skip_blank(next + 1)).map(|l| Found::of(l, Form::Call));
        }
        // `<=`-less comparisons and adjectives: `eq "x"`, or a sentence that quotes the value at once.
        let form = if closes(name) { Form::Sql } else { Form::Prose };
        return Some(Found {
            form,
            ..within(w, l)
        });
    }
    phrase::sentence(w, key, i)
        .or_else(|| command::file(w, key, i))
        .or_else(|| directive(w, key, i))
}

/// The argument of a switch; openssl's `pass:x` is one, its `env:` and `file:` name where the password is.
fn argument(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    // `mysql -pPASSWORD app`: what stands for it is behind the switch already.
    let name = w.slice(key.clone());
    let stands = |b: &u8| b.is_ascii_uppercase() || b"$_".contains(b);
    if name.starts_with(b"-p") && name.len() > 2 && name[2..].iter().all(stands) {
        return None;
    }
    let i = if w.starts(i, b"pass:") { i + 5 } else { i };
    if w.starts(i, b"env:") || w.starts(i, b"file:") {
        return None;
    }
    let found = match literal(w, i) {
        Some(l) => Found::of(l, Form::Command),
        None => bare(w, i)?,
    };
    let found = second_of_two(w, key, found);
    Some(Found {
        form: Form::Command,
        ..found
    })
}

fn closes(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"password")
}

/// `requirepass x`, `password x`: first word of its line, or after `login x`.
fn directive(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    // `enable secret 0 x`: what is not encrypted.
    let i = if w.starts(i, b"0 ") { i + 2 } else { i };
    let found = bare(w, i)?;
    let rest = w.skip_blank(found.value.end);
    // A directive ends its line; a sentence goes on.
    let alone = matches!(w.at(rest), b'\n' | b'\r' | b';' | b'#' | 0);
    // `username bob password x`: among other words only what reads like nothing but a password.
    let v = w.slice(found.value.clone());
    let drawn = v.len() >= 6
        && v.iter().any(u8::is_ascii_digit)
        && v.iter().any(u8::is_ascii_alphabetic)
        && !v.contains(&b'/');
    let ends = rest > found.value.end || matches!(w.at(rest), b'\n' | b'\r' | 0);
    let among_words = drawn && ends;
    if !alone && !among_words {
        return None;
    }
    if begins_line(w, key) {
        return alone.then_some(found);
    }
    let name = w.slice(key.clone()).to_ascii_lowercase();
    let named = [&b"password"[..], b"passwd", b"secret"]
        .iter()
        .any(|end| name.ends_with(end));
    (among_words && named).then_some(Found {
        form: Form::Prose,
        ..found
    })
}

/// Nothing stands before the name but what introduces a directive.
fn begins_line(w: &Window<'_>, key: &Range<usize>) -> bool {
    let line = w.line_start(key.start);
    let before = w.slice(w.skip(line, 64, |b| b.is_ascii_whitespace())..key.start);
    let follows_login = || {
        before.windows(6).any(|x| x.eq_ignore_ascii_case(b"login "))
            || before.starts_with(b"machine ")
    };
    let introduced = || {
        [&b"- "[..], b"# ", b"ENV ", b"ARG ", b"setenv ", b"set "]
            .iter()
            .any(|word| before.eq_ignore_ascii_case(word))
            || before
                .windows(10)
                .any(|x| x == b"onfig set " || x == b"igure set ")
    };
    before.is_empty() || follows_login() || introduced()
}

/// A value before its name: `value="x" key="password"`, `"x".equals(password)`.
pub(super) fn turned(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let opened = w.before(key.start);
    if opened == b' ' {
        return asserted(w, key, i);
    }
    if opened != b'"' && opened != b'(' {
        return None;
    }
    let start = w.line_start(key.start);
    let before = w.slice(start..key.start);
    if opened == b'"' {
        if let Some(found) = object(w, start, before) {
            return Some(found);
        }
        let named = before.ends_with(b"key=\"") || before.ends_with(b"name=\"");
        let at = before.windows(7).rposition(|x| x == b"value=\"")?;
        let closed = named && matches!(w.at(i), b'/' | b'>');
        return literal(w, start + at + 6)
            .filter(|_| closed)
            .map(|l| Found::of(l, Form::Pair));
    }
    let quote = start + before.iter().rposition(|b| *b == b'"')?;
    let called = w.slice(quote..key.start).to_ascii_lowercase();
    let open = w.skip_back(quote, 80, |b| b != b'"' && b != b'\n');
    let compares = called.starts_with(b"\".equals") || called.starts_with(b"\".matches");
    (compares && w.before(open) == b'"' && open > start)
        .then(|| Found::new(open..quote, Form::Pair))
}

/// `Equal("x", user.Password)`: compared with what has the name.
fn asserted(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let after = w.skip_back(key.start, 2, |b| b == b' ');
    let comma = after.saturating_sub(1);
    let quote = w.before(comma);
    if w.at(comma) != b',' || !is_quote(quote) || !matches!(w.at(i), b')' | b';') {
        return None;
    }
    let end = comma - 1;
    let open = w.skip_back(end, 80, |b| b != quote && b != b'\n');
    let call = w.skip_back(open.saturating_sub(2), 24, is_name);
    let called = w.slice(call..open).to_ascii_lowercase();
    let compares = called.windows(5).any(|x| x == b"equal") || called.starts_with(b"assert");
    (compares && w.before(open) == quote && called.ends_with(&[b'(', quote]))
        .then(|| Found::new(open..end, Form::Pair))
}

/// `{"value": "x", "name": "DB_PASSWORD"}`.
fn object(w: &Window<'_>, start: usize, before: &[u8]) -> Option<Found> {
    let sign = before[..before.len() - 1]
        .trim_ascii_end()
        .strip_suffix(b":")?;
    let named = sign.ends_with(b"\"name\"") || sign.ends_with(b"\"key\"");
    let at = memchr::memmem::rfind(sign, b"\"value\"").filter(|_| named)?;
    let same = !sign[at..].contains(&b'}');
    let colon = w.skip_blank(start + at + b"\"value\"".len());
    let text = w.skip_blank(colon + 1);
    (same && w.at(colon) == b':')
        .then(|| literal(w, text))
        .flatten()
        .map(|l| Found::of(l, Form::Pair))
}
