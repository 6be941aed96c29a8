//! Values nobody named: a long run of token characters that a machine drew, and shapes that speak for themselves.

use super::text::{Window, is_name, is_quote, is_token};
use super::value::Found;
use super::{Candidate, Category, Form, RADIUS, stems};
use std::ops::Range;

/// The candidate that a run of token characters is, unless it is made of words, digits or one character class only.
pub(super) fn read(bytes: &[u8], run: Range<usize>) -> Option<Candidate> {
    let w = Window::around(bytes, run.start, RADIUS);
    let run = widen(&w, run);
    let text = w.slice(run.clone());
    if text.len() < 16 || run.end == w.end && run.end < bytes.len() || !drawn(text) {
        return None;
    }
    // Only what is quoted, or the whole right side of a setting: prose and code are full of long names.
    let before = w.before(run.start);
    let quoted = is_quote(before) || before == b'\\';
    let after = bytes.get(run.end).copied().unwrap_or(b'\n');
    if !(quoted || matches!(before, b'=' | b' ' | b':' | b'>'))
        || !(is_quote(after) || matches!(after, b'\n' | b'\r' | b'<' | b'\\' | b',' | b';'))
    {
        return None;
    }
    let key = name_before(&w, run.start);
    let category = stems::named(w.slice(key.clone())).unwrap_or(Category::Other);
    if category == Category::Other && is_id(text) {
        return None;
    }
    let form = if category == Category::Other {
        Form::Run
    } else {
        Form::Quoted
    };
    Some(Candidate {
        value: run,
        key,
        form,
        category,
        open: false,
    })
}

/// The run with the characters of Base64 and of dotted tokens on both sides, and its padding.
fn widen(w: &Window<'_>, run: Range<usize>) -> Range<usize> {
    let part = |b: u8| is_token(b) && b != b'=';
    let start = w.skip_back(run.start, RADIUS / 2, part);
    let end = w.skip(run.end.min(w.end), RADIUS, part);
    start..w.skip(end, 2, |b| b == b'=')
}

/// The name the run is set to, or the empty range before it.
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

/// UUIDs and ULIDs are ids unless a name says otherwise.
fn is_id(text: &[u8]) -> bool {
    let groups = || text.split(|b| *b == b'-').map(<[u8]>::len);
    let uuid =
        text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-') && groups().eq([8, 4, 4, 4, 12]);
    let ulid = text.len() == 26
        && text.starts_with(b"01")
        && text
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    uuid || ulid
}

/// Digits among letters and several changes of class: what names and words do not show.
fn drawn(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    if digits < 2 || digits == text.len() || text.len() > 512 {
        return false;
    }
    let class = |b: u8| match b {
        b'0'..=b'9' => 1u8,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    let changes = text
        .windows(2)
        .filter(|p| class(p[0]) != class(p[1]))
        .count();
    let marks = text
        .iter()
        .filter(|b| matches!(b, b'.' | b'-' | b'/' | b'_'))
        .count();
    changes * 4 >= text.len() && marks * 8 <= text.len()
}

/// A JSON Web Token, found by its opening.
pub(super) fn shape(w: &Window<'_>, hit: usize) -> Option<Candidate> {
    if w.slice(hit..hit + 3) != b"eyJ" || is_token(w.before(hit)) && w.before(hit) != b'=' {
        return None;
    }
    let end = w.skip(hit, usize::MAX / 2, is_token);
    let dots = w.slice(hit..end).iter().filter(|b| **b == b'.').count();
    if end - hit < 36 || (dots == 0 && end < w.end) {
        return None;
    }
    let found = Found {
        value: hit..end,
        form: Form::Run,
        open: end == w.end,
    };
    Some(found.named(name_before(w, hit), Category::Token))
}
