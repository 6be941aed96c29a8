//! Literals inside calls and after defaults: `Some("x")`, `getenv("NAME", "x")`, `process.env.NAME || "x"`.

use super::Form;
use super::text::{Window, is_name, is_quote, literal};
use super::value::Found;

/// `Some("x")`, `getenv("NAME", "x")`, `process.env.NAME || "x"`: the last literal of a call, or the default.
pub(super) fn wrapped(w: &Window<'_>, i: usize) -> Option<Found> {
    let name = w.skip(i, 60, |b| {
        is_name(b)
            || matches!(
                b,
                b'.' | b':' | b'$' | b'<' | b'>' | b'@' | b'!' | b'*' | b'\\'
            )
    });
    if name == i {
        return None;
    }
    let (start, mut i) = (i, name);
    if matches!(w.slice(start..name), b"q" | b"qq") {
        return quoted_otherwise(w, name);
    }
    if w.at(i) == b'[' {
        i = w.skip(i, 60, |b| b != b']' && b != b'\n') + 1;
    }
    if w.at(i) == b'(' && takes_apart(w.slice(start..name)) {
        return None;
    }
    if w.at(i) == b'(' || w.at(i) == b'{' {
        let first = first_argument(w, i + 1);
        let found = if looks_up(w.slice(start..name)) {
            // One argument is the setting's name; the default is another.
            last_argument(w, i + 1)
                .filter(|last| first.as_ref().is_none_or(|f| f.value != last.value))
        } else {
            first
        };
        if found.is_some() {
            return found;
        }
        i = w.skip(i, 80, |b| b != b')' && b != b'\n') + 1;
    }
    if w.starts(i, b".unwrap_or_else(") {
        return first_argument(w, i + 16);
    }
    let j = w.skip_blank(i);
    if w.slice(start..name)
        .to_ascii_lowercase()
        .ends_with(b"securestring")
    {
        let j = if w.starts(j, b"-string ") { j + 8 } else { j };
        return literal(w, j).map(|l| Found::of(l, Form::Call));
    }
    for operator in [&b"||"[..], b"??", b"?:", b"or ", b"|| "] {
        if w.starts(j, operator) {
            let l = literal(w, w.skip_blank(j + operator.len()))?;
            return Some(Found::of(l, Form::Call));
        }
    }
    None
}

/// Perl's `q(x)` and `qq{x}`.
fn quoted_otherwise(w: &Window<'_>, open: usize) -> Option<Found> {
    let close = match w.at(open) {
        b'(' => b')',
        b'{' => b'}',
        b'[' => b']',
        _ => return None,
    };
    let end = w.skip(open + 1, 120, |b| b != close && b > b' ');
    (w.at(end) == close).then(|| Found::new(open + 1..end, Form::Quoted))
}

/// Methods whose argument says how to change a text, not what it is: `line.split(":")`.
fn takes_apart(call: &[u8]) -> bool {
    const METHODS: [&[u8]; 11] = [
        b".split",
        b".rsplit",
        b".partition",
        b".strip",
        b".rstrip",
        b".lstrip",
        b".trim",
        b".replace",
        b".startswith",
        b".endswith",
        b".join",
    ];
    METHODS.iter().any(|method| {
        call.len() > method.len() && call[call.len() - method.len()..].eq_ignore_ascii_case(method)
    })
}

/// Calls that take a name first and a default last.
fn looks_up(call: &[u8]) -> bool {
    [
        &b"env"[..],
        b"get",
        b"fetch",
        b"prop",
        b"config",
        b"lookup",
        b"default",
        b"param",
        b"set",
    ]
    .iter()
    .any(|v| call.windows(v.len()).any(|x| x.eq_ignore_ascii_case(v)))
}

/// The first literal among the arguments that begin at `i`, however many calls stand around it.
fn first_argument(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = w.skip(i, 60, |b| {
        b.is_ascii_whitespace()
            || is_name(b) && !is_quote(b)
            || matches!(b, b'.' | b'(' | b'[' | b'&' | b':' | b'|')
    });
    let i = if is_quote(w.at(i)) {
        w.skip_back(i, 2, |b| matches!(b, b'b' | b'r' | b'f' | b'@'))
    } else {
        i
    };
    literal(w, i).map(|l| Found::of(l, Form::Call))
}

/// The last literal among the arguments that begin at `i`: the only one, or the default of a lookup.
pub(super) fn last_argument(w: &Window<'_>, i: usize) -> Option<Found> {
    let mut i = w.skip(i, 40, |b| b.is_ascii_whitespace());
    let mut last = None;
    for _ in 0..4 {
        if let Some(l) = literal(w, i) {
            i = w.skip_blank(l.next);
            last = Some(l);
        } else {
            let j = w.skip(i, 48, |b| {
                is_name(b) || matches!(b, b'.' | b'&' | b'*' | b'(' | b'[' | b']' | b':' | b'$')
            });
            if j == i || (is_quote(w.at(j)) && last.is_some()) {
                break;
            }
            if is_quote(w.at(j)) {
                i = j;
                continue;
            }
            i = w.skip_blank(j);
        }
        if w.at(i) != b',' {
            break;
        }
        i = w.skip(i + 1, 40, |b| b.is_ascii_whitespace());
    }
    last.map(|l| Found::of(l, Form::Call))
}
