//! Texts that a program has as a list of bytes: `0x2d, 0x2d, …`, as tools make them of key files.

use std::ops::Range;

use super::{Layer, MOST};

/// So many printable characters at its beginning make a list a text.
const SERIES: usize = 8;

/// What stands between two numbers at most: a comma and a new line.
const GAP: usize = 40;

/// The byte that `0x2d` at `at` says.
fn number(bytes: &[u8], at: usize) -> Option<u8> {
    let digits = match bytes.get(at..at + 4)? {
        [b'0', b'x' | b'X', digits @ ..] => digits,
        _ => return None,
    };
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    u8::from_str_radix(text, 16).ok()
}

/// Where the number behind the one at `at` stands.
fn next(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 4..)?.strip_prefix(b",")?;
    let blanks = rest
        .iter()
        .take(GAP)
        .take_while(|b| b.is_ascii_whitespace());
    Some(at + 5 + blanks.count())
}

/// Another number stands before the one at `at`.
fn goes_before(bytes: &[u8], at: usize) -> bool {
    let blanks = bytes[..at].iter().rev().take(GAP);
    let comma = at - blanks.take_while(|b| b.is_ascii_whitespace()).count();
    comma >= 5 && bytes[comma - 1] == b',' && number(bytes, comma - 5).is_some()
}

/// A list of printable characters begins at `at`, and not earlier.
pub(super) fn series(bytes: &[u8], at: usize) -> bool {
    let printable = |at: usize| number(bytes, at).is_some_and(|byte| byte.is_ascii_graphic());
    if !printable(at) || goes_before(bytes, at) {
        return false;
    }
    let all = std::iter::successors(Some(at), |at| next(bytes, *at));
    let count = all.take(SERIES).take_while(|at| printable(*at)).count();
    count == SERIES
}

pub(super) fn undo(bytes: &[u8], at: usize) -> Result<Layer, Range<usize>> {
    let (mut text, mut end) = (Vec::new(), at);
    let mut following = Some(at);
    while let Some((start, byte)) = following.and_then(|at| Some((at, number(bytes, at)?))) {
        text.push(byte);
        end = start + 4;
        following = next(bytes, start).filter(|_| text.len() < MOST);
    }
    if text.is_empty() {
        return Err(at..at + 4);
    }
    Ok(Layer {
        source: at..end,
        text,
        names: vec!["bytes"],
        beyond: None,
    })
}
