//! Values that stand on a line below their name: block scalars and lists, the default of a declared variable, the next
//! element of a property list, a field of a form, the answer to a prompt.

use super::Form;
use super::text::{Window, is_name, is_quote, literal};
use super::value::{Found, after_separator, bare};
use std::ops::Range;

/// What follows the end of a line after a separator: a literal, an item of a list, the text of a block scalar.
pub(super) fn continued(w: &Window<'_>, i: usize) -> Option<Found> {
    let line = w.skip(i, 80, |b| b.is_ascii_whitespace());
    let item = w.skip(line, 4, |b| matches!(b, b'-' | b' '));
    if item > line + 1 {
        return after_separator(w, item, true).filter(|f| ends_line(w, f));
    }
    literal(w, line).map(|l| Found::of(l, Form::Quoted))
}

/// `password: |` and the text below.
pub(super) fn scalar(w: &Window<'_>, i: usize) -> Option<Found> {
    let line = w.skip(i + 1, 3, |b| matches!(b, b'-' | b'+' | b' ' | b'\r'));
    if w.at(line) != b'\n' {
        return None;
    }
    bare(w, w.skip(line, 80, |b| b.is_ascii_whitespace())).filter(|f| ends_line(w, f))
}

fn ends_line(w: &Window<'_>, f: &Found) -> bool {
    let end = w.skip(f.value.end, 3, |b| is_quote(b) || b == b' ');
    matches!(w.at(end), b'\n' | b'\r' | b',' | 0)
}

/// `variable "password" { … default = "x" }`.
pub(super) fn default(w: &Window<'_>, i: usize) -> Option<Found> {
    let end = w.skip(i, 200, |b| b != b'}');
    let block = w.slice(i..end);
    for word in [&b"default"[..], b"value"] {
        let Some(at) = block.windows(word.len()).position(|x| x == word) else {
            continue;
        };
        let sign = w.skip_blank(i + at + word.len());
        if w.at(sign) == b'=' && w.before(i + at).is_ascii_whitespace() {
            return after_separator(w, sign + 1, false);
        }
    }
    None
}

/// `</key><string>x</string>`: the name is the text of one element, the value that of the next.
pub(super) fn next_element(w: &Window<'_>, i: usize) -> Option<Found> {
    if !w.starts(i, b"</") {
        return None;
    }
    let close = w.skip(i + 2, 40, is_name);
    let open = w.skip(close + 1, 80, |b| b.is_ascii_whitespace());
    if w.at(close) != b'>' || w.at(open) != b'<' {
        return None;
    }
    let mut from = w.skip(open + 1, 40, is_name) + 1;
    if w.starts(from, b"<string>") {
        from += b"<string>".len();
    }
    let end = w.skip(from, 200, |b| !matches!(b, b'<' | b'\n' | b'\r'));
    (w.before(from) == b'>' && end > from && w.starts(end, b"</"))
        .then(|| Found::new(from..end, Form::Pair))
}

/// `name="password"` and an empty line in a form's body: the value is the next line.
pub(super) fn form_field(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let name = w.slice(key.start.saturating_sub(6)..key.start);
    let lines = w.skip(i, 4, |b| b == b'\r' || b == b'\n');
    let empty = w.slice(i..lines).iter().filter(|b| **b == b'\n').count() == 2;
    if !name.ends_with(b"name=\"") || !empty {
        return None;
    }
    let end = w.skip(lines, 120, |b| b != b'\r' && b != b'\n');
    (end > lines).then(|| Found::new(lines..end, Form::Pair))
}

/// `expect "Password:"` and `send "x\r"`.
pub(super) fn answer(w: &Window<'_>, i: usize) -> Option<Found> {
    let quote = w.skip(i, 4, |b| matches!(b, b':' | b' ' | b'*' | b'?'));
    if !is_quote(w.at(quote)) {
        return None;
    }
    let send = w.skip(quote + 1, 40, |b| {
        b.is_ascii_whitespace() || matches!(b, b'{' | b';')
    });
    if !w.starts(send, b"send ") {
        return None;
    }
    let text = w.skip(send + 5, 4, |b| matches!(b, b'-' | b' '));
    let l = literal(w, text)?;
    let v = w.slice(l.inner.clone());
    let cut = [&b"\\r\\n"[..], b"\\r", b"\\n"]
        .iter()
        .find(|e| v.ends_with(e))
        .map_or(0, |e| e.len());
    let value = l.inner.start..l.inner.end - cut;
    Some(Found {
        value,
        ..Found::of(l, Form::Pair)
    })
}

/// `- --password` and `- x`: switches and their values as items of a list.
pub(super) fn item(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let line = w.skip(i, 80, |b| b.is_ascii_whitespace());
    let switch = w.slice(key.clone()).starts_with(b"--");
    (switch && w.starts(line, b"- "))
        .then(|| after_separator(w, line + 2, true))
        .flatten()
        .map(|f| Found {
            form: Form::Command,
            ..f
        })
}
