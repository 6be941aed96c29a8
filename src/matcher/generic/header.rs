//! Authorization headers in code and in recorded traffic: Bearer, Basic (which must decode to `user:password`), Digest.

use super::text::{Window, is_token};
use super::value::Found;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// What follows the scheme whose word is `key`.
pub(super) fn read(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    match w.at(key.start) | 0x20 {
        b'd' => digest(w, key),
        first => {
            let start = w
                .skip(key.end, 3, |b| matches!(b, b' ' | b'+'))
                .max(key.end);
            let start = if w.starts(start, b"%20") {
                start + 3
            } else {
                start
            };
            if start == key.end && w.before(key.end) != b' ' {
                return None;
            }
            let end = w.skip(start, usize::MAX / 2, is_token);
            let found = Found {
                value: start..end,
                form: Form::Header,
                open: end == w.end,
            };
            let v = w.slice(start..end);
            let accepted = if first == b'b' && w.at(key.start + 1) | 0x20 == b'a' {
                is_pair(v)
            } else {
                v.len() >= 8
            };
            accepted.then(|| found.named(key, Category::Auth))
        }
    }
}

/// The answer of a Digest header is no password and opens nothing once its nonce is used; it only lets somebody guess.
pub(super) fn is_answer(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(|b| b | 0x20 == b'd')
}

/// `Digest username="…", response="…"`: the answer, from which the password can be guessed.
fn digest(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    if !w.starts(key.end, b"username=") && !w.starts(key.end, b"realm=") {
        return None;
    }
    let line = w.slice(key.end..w.end);
    let at = line.windows(10).position(|x| {
        x.eq_ignore_ascii_case(b"response=\"") || x.eq_ignore_ascii_case(b"response=\\")
    })?;
    let start = w.skip(key.end + at + 9, 4, |b| !b.is_ascii_hexdigit());
    let end = w.skip(start, 64, |b| b.is_ascii_hexdigit());
    Some(Found::new(start..end, Form::Header).named(key, Category::Auth))
}

/// Whether the Base64 text decodes to a user and a password.
fn is_pair(text: &[u8]) -> bool {
    if text.len() < 6 {
        return false;
    }
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut have) = (0u32, 0);
    for b in text.iter().take_while(|b| **b != b'=') {
        let Some(v) = sextet(*b) else { return false };
        bits = (bits << 6 | u32::from(v)) & 0xfff_ffff;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    out.iter().all(|b| (0x20..0x7f).contains(b) || *b >= 0x80)
        && out
            .iter()
            .position(|b| *b == b':')
            .is_some_and(|i| i + 1 < out.len())
}

fn sextet(b: u8) -> Option<u8> {
    match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
