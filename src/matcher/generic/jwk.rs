//! JSON Web Keys: the private member of the object whose `kty` was seen.

use super::text::{Window, is_name, is_quote, literal};
use super::value::Found;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// How far the members of one key reach: RSA's are long.
const REACH: usize = 4096;
/// Shortest private member: 128 bits.
const SHORTEST: usize = 21;

/// The private member of the key that `kty` at `key` belongs to. Where the object goes on out of sight the candidate
/// is open, and `complete` looks on.
pub(super) fn read(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let before = w.before(key.start);
    let sign = w.skip(key.end, 4, |b| is_quote(b) || b == b'\\' || b == b' ');
    if is_name(before) || w.at(sign) != b':' {
        return None;
    }
    let kind = literal(w, w.skip_blank(sign + 1))?;
    if !matches!(
        w.slice(kind.inner.clone()),
        b"RSA" | b"EC" | b"oct" | b"OKP"
    ) {
        return None;
    }
    let start = w.skip_back(key.start, REACH, |b| b != b'{');
    let end = w.skip(key.end, REACH, |b| b != b'}');
    if let Some(value) = member(w, start..end) {
        let found = Found {
            value,
            form: Form::Jwk,
            open: false,
        };
        return Some(found.named(key, Category::Key));
    }
    let found = Found {
        value: w.end..w.end,
        form: Form::Jwk,
        open: true,
    };
    let out_of_sight = end == w.end || start == w.start;
    out_of_sight.then(|| found.named(key, Category::Key))
}

/// The candidate with the private member, or without a value where the key is a public one.
pub(super) fn complete(bytes: &[u8], c: Candidate) -> Candidate {
    let w = Window::around(bytes, c.key.start, REACH);
    read(&w, c.key.clone())
        .filter(|found| !found.open)
        .unwrap_or(Candidate {
            value: c.key.end..c.key.end,
            open: false,
            ..c
        })
}

/// The value of `d` or `k` among the members.
fn member(w: &Window<'_>, members: Range<usize>) -> Option<Range<usize>> {
    for i in members.clone() {
        if !matches!(w.at(i), b'd' | b'k') || is_name(w.before(i)) || w.before(i) == b'.' {
            continue;
        }
        let sign = w.skip(i + 1, 4, |b| is_quote(b) || b == b'\\' || b == b' ');
        if w.at(sign) != b':' {
            continue;
        }
        let value = w.skip(sign + 1, 40, |b| b.is_ascii_whitespace());
        let Some(l) = literal(w, value).filter(|l| !l.open && l.next <= members.end) else {
            continue;
        };
        let text = w.slice(l.inner.clone());
        if text.len() >= SHORTEST && text.iter().all(|b| is_name(*b)) {
            return Some(l.inner);
        }
    }
    None
}
