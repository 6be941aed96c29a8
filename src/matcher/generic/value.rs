//! What stands after a separator: a literal, a bare word, a call or a default around a literal. Decides where the
//! value begins and ends.

use super::below;
use super::text::{Literal, Window, is_name, is_token, literal};
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
        // `'password' => ['type' => 'text']`: a name itself.
        let next = w.skip_blank(l.next);
        return (!w.starts(next, b"=>")).then(|| within(w, l));
    }
    if let Some(found) = default(w, i) {
        return Some(found);
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
    // YAML's tags and anchors: `!unsafe x`, `&name x`.
    if matches!(w.at(i), b'!' | b'&') {
        let end = w.skip(i + 1, 24, |b| is_name(b) || matches!(b, b'!' | b':'));
        if end > i + 1 && w.at(end) == b' ' {
            return w.skip_blank(end);
        }
    }
    w.skip(i, 3, |b| matches!(b, b'[' | b'(' | b'&' | b' '))
}

/// `${NAME:-x}`: what a shell takes where the name is not set.
fn default(w: &Window<'_>, i: usize) -> Option<Found> {
    let sign = w.skip(i + 2, 40, is_name);
    let told = w.starts(i, b"${") && (w.starts(sign, b":-") || w.starts(sign, b":="));
    let end = w.skip(sign + 2, 120, |b| {
        b > b' ' && !matches!(b, b'}' | b'$' | b'"')
    });
    (told && w.at(end) == b'}' && end > sign + 2).then(|| Found::new(sign + 2..end, Form::Bare))
}

/// Schemes before the credentials of a header.
const SCHEMES: &[&[u8]] = &[
    b"Bearer ",
    b"Basic ",
    b"Token token=",
    b"Token ",
    b"token ",
    b"ApiKey ",
    b"Apikey ",
    b"Api-Key ",
    b"GenieKey ",
    b"Key ",
    b"token=",
    b"OAuth ",
    b"SSWS ",
    b"Splunk ",
    b"Bot ",
];

/// An authorization scheme inside a literal is not part of the value.
pub(super) fn within(w: &Window<'_>, l: Literal) -> Found {
    let start = l.inner.start;
    if let (b'$', Some(found)) = (w.at(start), default(w, start)) {
        return found;
    }
    if let (b'{', Some(found)) = (w.at(start), nested(w, &l)) {
        return found;
    }
    let scheme = |s: &&&[u8]| w.slice(start..start + s.len()) == **s;
    if let Some(scheme) = SCHEMES.iter().find(scheme)
        && l.inner.end > start + scheme.len()
    {
        return Found {
            value: start + scheme.len()..l.inner.end,
            form: Form::Quoted,
            open: l.open,
        };
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
    let scheme = |s: &&&[u8]| w.slice(i..i + s.len()) == **s;
    let i = i + SCHEMES.iter().find(scheme).map_or(0, |s| s.len());
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
    // A call, or a class in its namespace.
    let class =
        w.at(end) == b'\\' && first.is_ascii_uppercase() && w.at(end + 1).is_ascii_uppercase();
    if matches!(w.at(end), b'(' | b'{' | b'[') || class {
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

/// `user/password: bob/x`, `creds=bob:x`: the part of the value that the name is the name of.
pub(super) fn second_of_two(w: &Window<'_>, key: &Range<usize>, found: Found) -> Found {
    let (by, v) = (w.before(key.start), w.slice(found.value.clone()));
    let word = |b| is_name(b) || b >= 0x80;
    let first = w.slice(w.skip_back(key.start.saturating_sub(1), 24, word)..key.start);
    let users = first
        .windows(4)
        .any(|x| x.eq_ignore_ascii_case(b"user") || x.eq_ignore_ascii_case(b"name"))
        || memchr::memmem::find(first, "用户".as_bytes()).is_some();
    let name = w.slice(key.clone()).to_ascii_lowercase();
    let both = [&b"creds"[..], b"credentials", b"userpwd"]
        .iter()
        .any(|end| name.ends_with(end));
    let by = match by {
        b'/' | b':' | b'|' if users => by,
        _ if both && v.iter().filter(|b| **b == b':').count() == 1 => b':',
        _ => return found,
    };
    match v.iter().position(|b| *b == by) {
        Some(at) if found.value.start + at + 1 < found.value.end => Found {
            value: found.value.start + at + 1..found.value.end,
            ..found
        },
        _ => found,
    }
}
