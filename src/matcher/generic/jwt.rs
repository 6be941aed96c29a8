//! JSON Web Tokens, which need no name beside them: their opening says what they are.

use super::text::{Window, is_name, is_quote, is_token};
use super::value::Found;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// A JSON Web Token, found by its opening.
pub(super) fn read(w: &Window<'_>, hit: usize) -> Option<Candidate> {
    if w.slice(hit..hit + 3) != b"eyJ" || is_token(w.before(hit)) && w.before(hit) != b'=' {
        return None;
    }
    let end = w.skip(hit, usize::MAX / 2, is_token);
    if end - hit < 36 || (end < w.end && !is_signed(w.slice(hit..end))) {
        return None;
    }
    let found = Found {
        value: hit..end,
        form: Form::Jwt,
        open: end == w.end,
    };
    Some(found.named(name_before(w, hit), Category::Token))
}

/// Header and signature with a JSON object between them: an encrypted token says nothing to whoever finds it, and a
/// signed text is no credential.
pub(super) fn is_signed(text: &[u8]) -> bool {
    let mut parts = text.split(|b| *b == b'.').skip(1);
    let object = parts
        .next()
        .is_some_and(|claims| claims.starts_with(b"ey") || claims.starts_with(b"ew"));
    // Nobody signed a token that ends with the dot before its signature.
    let unsigned = parts.clone().eq([&b""[..]]);
    object && !unsigned && parts.count() < 3
}

/// The name the token is set to, or the empty range before it.
fn name_before(w: &Window<'_>, at: usize) -> Range<usize> {
    let gap = w.skip_back(at, 24, |b| !is_name(b) && b != b'\n');
    // An element of a list belongs to the name before the bracket.
    let listed = w.skip_back(at, 200, |b| {
        is_token(b) || is_quote(b) || matches!(b, b',' | b' ')
    });
    let gap = if w.before(listed) == b'[' && listed < at {
        w.skip_back(listed, 12, |b| !is_name(b) && b != b'\n')
    } else {
        gap
    };
    let start = w.skip_back(gap, 64, |b| is_name(b) || b == b'.');
    if w.before(gap) == b'\n' || start == gap {
        at..at
    } else {
        start..gap
    }
}
