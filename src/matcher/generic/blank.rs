//! A name and its value with nothing but blanks between them: switches, declarations with a type, directives,
//! sentences. And a value that stands before its name.

use super::Form;
use super::markup::{tagged, valued};
use super::text::{Window, is_name, literal};
use super::value::{Found, after_separator, bare};
use super::{command, phrase};
use std::ops::Range;

/// A name and its value with nothing but blanks between them.
pub(super) fn spaced(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let name = w.slice(key.clone());
    if name.starts_with(b"-") || w.before(key.start) == b'-' {
        return argument(w, i);
    }
    let prefix = w.skip_back(key.start, 24, |b| is_name(b) || b == b':');
    if w.before(prefix) == b'<' {
        return tagged(w, i);
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
    if word > i && w.at(equals) == b'=' && !matches!(w.at(equals + 1), b'=' | b'>') {
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
        return Some(Found::of(
            l,
            if closes(name) { Form::Sql } else { Form::Prose },
        ));
    }
    phrase::sentence(w, key, i)
        .or_else(|| command::file(w, key, i))
        .or_else(|| directive(w, key, i))
}

/// The argument of a switch; openssl's `pass:x` is one, its `env:` and `file:` name where the password is.
fn argument(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = if w.starts(i, b"pass:") { i + 5 } else { i };
    if w.starts(i, b"env:") || w.starts(i, b"file:") {
        return None;
    }
    match literal(w, i) {
        Some(l) => Some(Found::of(l, Form::Command)),
        None => bare(w, i).map(|f| Found {
            form: Form::Command,
            ..f
        }),
    }
}

fn closes(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"password")
}

/// `requirepass x`, `password x`: first word of its line, or after `login x`.
fn directive(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let line = w.line_start(key.start);
    let before = w.slice(w.skip(line, 64, |b| b.is_ascii_whitespace())..key.start);
    let follows_login = before.windows(6).any(|x| x.eq_ignore_ascii_case(b"login "))
        || before.starts_with(b"machine ");
    let introduced = [&b"- "[..], b"# ", b"ENV ", b"ARG ", b"setenv ", b"set "]
        .iter()
        .any(|word| before.eq_ignore_ascii_case(word));
    if !before.is_empty() && !follows_login && !introduced {
        return None;
    }
    let found = bare(w, i)?;
    let rest = w.skip_blank(found.value.end);
    // A directive ends its line; a sentence goes on.
    matches!(w.at(rest), b'\n' | b'\r' | b';' | b'#' | 0).then_some(found)
}

/// A value before its name: `value="x" key="password"`, `"x".equals(password)`.
pub(super) fn turned(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let opened = w.before(key.start);
    if opened != b'"' && opened != b'(' {
        return None;
    }
    let start = w.line_start(key.start);
    let before = w.slice(start..key.start);
    if opened == b'"' {
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
