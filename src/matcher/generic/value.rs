//! What stands after a separator: a literal, a bare word, a call or a default around a literal. Decides where the
//! value begins and ends.

use super::below;
use super::text::{Literal, Window, is_token, literal};
use super::wrapped::wrapped;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// A value and the form it was found in.
pub(super) struct Found {
    pub(super) value: Range<usize>,
    pub(super) form: Form,
    pub(super) open: bool,
}

impl Found {
    pub(super) fn new(value: Range<usize>, form: Form) -> Self {
        Self {
            value,
            form,
            open: false,
        }
    }

    pub(super) fn of(l: Literal, form: Form) -> Self {
        Self {
            value: l.inner,
            form,
            open: l.open,
        }
    }

    pub(super) fn named(self, key: Range<usize>, category: Category) -> Candidate {
        Candidate {
            value: self.value,
            key,
            form: self.form,
            category,
            open: self.open,
        }
    }
}

/// The value that starts at `i`, after a separator. `bare` says whether a value without quotes may stand here.
pub(super) fn after_separator(w: &Window<'_>, i: usize, bare: bool) -> Option<Found> {
    let i = w.skip_blank(i);
    if let Some(l) = literal(w, i) {
        return Some(within(w, l));
    }
    let i = opening(w, i);
    if let Some(l) = literal(w, i) {
        return Some(within(w, l));
    }
    match w.at(i) {
        b'\n' | b'\r' | 0 => below::continued(w, i),
        // A line that goes on below.
        b'\\' if matches!(w.at(i + 1), b'\n' | b'\r') => below::continued(w, i + 1),
        b'|' | b'>' if bare => below::scalar(w, i),
        _ => wrapped(w, i).or_else(|| if bare { self::bare(w, i) } else { None }),
    }
}

/// Past `[`, `{`, `(`, `!!binary`, `new`, `&` and the like, so far as they only introduce a value.
fn opening(w: &Window<'_>, i: usize) -> usize {
    let mut i = i;
    for word in [
        &b"new "[..],
        b"await ",
        b"[]byte(",
        b"!!binary ",
        b"!vault ",
    ] {
        if w.starts(i, word) {
            i += word.len();
        }
    }
    w.skip(i, 3, |b| matches!(b, b'[' | b'(' | b'&' | b' '))
}

/// An authorization scheme inside a literal is not part of the value.
fn within(w: &Window<'_>, l: Literal) -> Found {
    let start = l.inner.start;
    if let (b'{', Some(found)) = (w.at(start), nested(w, &l)) {
        return found;
    }
    for scheme in [
        &b"Bearer "[..],
        b"Basic ",
        b"Token ",
        b"token ",
        b"ApiKey ",
        b"Apikey ",
        b"Key ",
        b"token=",
        b"OAuth ",
    ] {
        if w.slice(start..start + scheme.len()) == scheme && l.inner.end > start + scheme.len() {
            return Found {
                value: start + scheme.len()..l.inner.end,
                form: Form::Quoted,
                open: l.open,
            };
        }
    }
    if let Some(next) = joined(w, &l) {
        return next;
    }
    Found::of(l, Form::Quoted)
}

/// `"" + "x"`, `'Bearer ' + 'x'`: what is joined to nothing, or to a scheme.
fn joined(w: &Window<'_>, l: &Literal) -> Option<Found> {
    let text = w.slice(l.inner.clone());
    if !(text.is_empty() || text.ends_with(b" ") && text.len() <= 8) {
        return None;
    }
    let sign = w.skip_blank(l.next);
    let end = w.skip(sign, 2, |b| {
        matches!(b, b'+' | b'.' | b'&' | b'<' | b'>' | b'~')
    });
    let next = literal(w, w.skip_blank(end)).filter(|_| end > sign)?;
    Some(Found::of(next, Form::Quoted))
}

/// JSON inside a literal: the drawn run in it is the value.
fn nested(w: &Window<'_>, l: &Literal) -> Option<Found> {
    let text = w.slice(l.inner.clone());
    let (mut best, mut from) = (0..0, 0);
    for run in text.split(|b| !is_token(*b)) {
        if run.len() > best.len() && run.iter().any(u8::is_ascii_digit) {
            best = from..from + run.len();
        }
        from += run.len() + 1;
    }
    let value = l.inner.start + best.start..l.inner.start + best.end;
    (best.len() >= 16 && text.contains(&b':')).then_some(Found {
        value,
        form: Form::Quoted,
        open: l.open,
    })
}

/// A value without quotes, up to what cannot be part of one.
pub(super) fn bare(w: &Window<'_>, i: usize) -> Option<Found> {
    let first = w.at(i);
    // References, tags, flags and openings are not values; neither are comments.
    if matches!(
        first,
        b'$' | b'<'
            | b'{'
            | b'('
            | b'['
            | b'*'
            | b'#'
            | b','
            | b';'
            | b')'
            | b']'
            | b'}'
            | b'='
            | b'|'
            | b'%'
            | b'?'
            | b':'
            | b'>'
    ) || first <= b' '
    {
        return None;
    }
    let mut i = i;
    for scheme in [&b"Bearer "[..], b"Basic ", b"Token "] {
        if w.starts(i, scheme) {
            i += scheme.len();
        }
    }
    let end = w.skip(i, usize::MAX / 2, |b| {
        b > b' '
            && !matches!(
                b,
                b',' | b';'
                    | b'"'
                    | b'\''
                    | b'`'
                    | b'<'
                    | b'>'
                    | b'&'
                    | b'|'
                    | b'('
                    | b')'
                    | b'}'
                    | b']'
                    | b'\\'
                    | b'{'
                    | b'['
            )
    });
    if matches!(w.at(end), b'(' | b'{') || (w.at(end) == b'[') {
        return None;
    }
    let open = end == w.end;
    let mut end = end;
    while end > i && matches!(w.at(end - 1), b'.' | b':' | b'!' | b'?') && !open {
        end -= 1;
    }
    (end > i).then_some(Found {
        value: i..end,
        form: Form::Bare,
        open,
    })
}
