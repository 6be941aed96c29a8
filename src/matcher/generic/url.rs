//! Credentials inside an address: `scheme://user:password@host`, whatever the host looks like, and Oracle's
//! `user/password@host`.

use super::text::{Window, is_name, is_token};
use super::value::Found;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// Farthest end of the scheme before a password.
const REACH: usize = 160;

/// Reads the userinfo after the `://` at `hit`.
pub(super) fn read(w: &Window<'_>, hit: usize) -> Option<Candidate> {
    let scheme = w.skip_back(hit, 24, |b| is_name(b) || matches!(b, b'+' | b'.'));
    let user = hit + 3;
    if scheme == hit {
        return None;
    }
    // Nearly every address has no userinfo: it ends, or its path begins, before any `@`.
    let stop = w.skip(user, 200, |b| {
        b > b' '
            && !matches!(
                b,
                b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'@' | b'?' | b'#' | b'\\' | b',' | b')'
            )
    });
    let colon = user
        + w.slice(user..stop)
            .iter()
            .position(|b| *b == b':')
            .unwrap_or(stop - user);
    if colon == stop {
        return alone(w, scheme..hit, user..stop);
    }
    let end = password_end(w, colon + 1)?;
    Some(Found::new(colon + 1..end, Form::Url).named(scheme..hit, Category::Url))
}

/// The password at `value`, of an address that somebody else read.
pub(super) fn known(bytes: &[u8], value: Range<usize>) -> Option<Candidate> {
    let from = value.start.saturating_sub(REACH);
    let head = bytes.get(from..value.start)?;
    let hit = from + memchr::memmem::rfind(head, b"://")?;
    let w = Window::around(bytes, hit, super::RADIUS);
    let scheme = w.skip_back(hit, 24, |b| is_name(b) || matches!(b, b'+' | b'.'));
    (scheme < hit).then(|| Found::new(value, Form::Url).named(scheme..hit, Category::Url))
}

/// The last `@` before the address ends: passwords may contain `@`, `/`, `#` and the like when somebody forgot to encode them.
fn password_end(w: &Window<'_>, from: usize) -> Option<usize> {
    let end = w.skip(from, 160, |b| {
        b > b' ' && !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b'@')
    });
    if w.at(end) != b'@' || end == from {
        return None;
    }
    let text = w.slice(from..end);
    // `host:8080/path@…` is a port and a path.
    let slash = text.iter().position(|b| matches!(b, b'/' | b'?'));
    if slash.is_some_and(|s| text[..s].iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let again = w.skip(end + 1, 64, |b| {
        is_name(b) || matches!(b, b'!' | b'$' | b'.')
    });
    Some(if w.at(again) == b'@' { again } else { end })
}

/// `https://token@host`: a token in place of the user.
fn alone(w: &Window<'_>, scheme: Range<usize>, user: Range<usize>) -> Option<Candidate> {
    let text = w.slice(user.clone());
    // `abfss://container@account…`
    let store = w.slice(scheme.clone());
    if store.starts_with(b"abfs") || store.starts_with(b"wasb") {
        return None;
    }
    if w.at(user.end) != b'@'
        || text.len() < 16
        || !text.iter().all(|b| is_token(*b))
        || !text.iter().any(u8::is_ascii_digit)
    {
        return None;
    }
    Some(Found::new(user, Form::Url).named(scheme, Category::Token))
}

/// `user:password@tcp(host)/database`.
pub(super) fn driver(w: &Window<'_>, at: usize) -> Option<Candidate> {
    let text = |b: u8| b > b' ' && !matches!(b, b'"' | b'\'' | b'`' | b':' | b'/' | b'=');
    let colon = w.skip_back(at, 100, text);
    let user = w.skip_back(colon - usize::from(colon > 0), 60, is_name);
    (w.before(colon) == b':' && user + 1 < colon)
        .then(|| Found::new(colon..at, Form::Url).named(user..colon - 1, Category::Url))
}

/// `jdbc:oracle:thin:user/password@//host`.
pub(super) fn oracle(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let user = w.skip(key.end, 12, |b| b.is_ascii_alphanumeric() || b == b':');
    let user = w.skip_back(user, user - key.end, |b| b != b':');
    let slash = w.skip(user, 40, is_name);
    if w.at(slash) != b'/' {
        return None;
    }
    let end = w.skip(slash + 1, 80, |b| {
        b > b' ' && !matches!(b, b'@' | b'"' | b'\'' | b'/')
    });
    (w.at(end) == b'@').then(|| Found::new(slash + 1..end, Form::Url).named(key, Category::Url))
}
