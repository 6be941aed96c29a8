//! UTF-16 and UTF-32 text, told by its byte order mark or by where its zeros stand; and strings of
//! UTF-16 inside other content, as programs for Windows, Office files and tags of music have them.

use std::ops::Range;

use super::{Layer, REGION, is_printable};
use crate::pattern::anchor::{MIN_RUN, is_token};

/// How much of the beginning is looked at: less than the cheap stage's radius.
const PEEK: usize = 240;

/// How wide a character is, and which of its bytes comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Form {
    width: usize,
    little: bool,
}

/// The bytes begin as UTF-16 or UTF-32 text does. Looks at the beginning only.
pub(in crate::matcher) fn is_wide(bytes: &[u8]) -> bool {
    form(bytes).is_some()
}

fn form(bytes: &[u8]) -> Option<Form> {
    let (width, little) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => (4, true),
        [0, 0, 0xfe, 0xff, ..] => (4, false),
        [0xff, 0xfe, ..] => (2, true),
        [0xfe, 0xff, ..] => (2, false),
        _ => return form_of_zeros(bytes),
    };
    Some(Form { width, little })
}

/// Latin text leaves all bytes of a character zero but one.
fn form_of_zeros(bytes: &[u8]) -> Option<Form> {
    let peek = &bytes[..bytes.len().min(PEEK) & !3];
    // Asked of every window of a history, and nearly always so.
    if peek.len() < 8 || memchr::memchr(0, peek).is_none() {
        return None;
    }
    // Zeros at each place of four bytes.
    let mut zeros = [0; 4];
    for four in peek.chunks_exact(4) {
        for (count, byte) in zeros.iter_mut().zip(four) {
            *count += usize::from(*byte == 0);
        }
    }
    let fours = peek.len() / 4;
    let most = |places: &[usize]| places.iter().all(|at| zeros[*at] * 10 >= fours * 8);
    let none = |places: &[usize]| places.iter().all(|at| zeros[*at] == 0);
    let forms = [
        (most(&[1, 2, 3]) && none(&[0]), 4, true),
        (most(&[0, 1, 2]) && none(&[3]), 4, false),
        (most(&[1, 3]) && none(&[0, 2]), 2, true),
        (most(&[0, 2]) && none(&[1, 3]), 2, false),
    ];
    let found = forms.into_iter().find(|(fits, _, _)| *fits);
    found.map(|(_, width, little)| Form { width, little })
}

/// As UTF-8, with the name of what was undone; what is no character becomes U+FFFD.
pub(in crate::matcher) fn narrow(bytes: &[u8]) -> (Vec<u8>, &'static str) {
    let Form { width, little } = form(bytes).unwrap_or(Form {
        width: 2,
        little: true,
    });
    let number = |unit: &[u8]| {
        let digit = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
        match little {
            true => unit.iter().rev().fold(0, digit),
            false => unit.iter().fold(0, digit),
        }
    };
    let units = bytes.chunks_exact(width).map(number);
    let known = |c: char| c != '\u{feff}';
    if width == 4 {
        let characters =
            units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        return (
            characters
                .filter(|c| known(*c))
                .collect::<String>()
                .into_bytes(),
            "utf-32",
        );
    }
    let units = units.map(|unit| u16::try_from(unit).unwrap_or(u16::MAX));
    let characters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    (
        characters
            .filter(|c| known(*c))
            .collect::<String>()
            .into_bytes(),
        "utf-16",
    )
}

/// What a string of UTF-16 inside other content is called.
pub const STRING: &str = "utf-16 string";

/// Every other of sixteen bytes.
const ODD: u128 = u128::from_le_bytes([
    0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255,
]);

/// Tells where runs of token characters begin, each followed by a zero, that are at least as long
/// as those of plain text; only those that begin in `range`. Looks no further behind it than such
/// a run is long.
pub(in crate::matcher) fn strings(bytes: &[u8], range: &Range<usize>, mut tell: impl FnMut(usize)) {
    let least = 2 * MIN_RUN as usize;
    let stop = bytes.len().min(range.end + least);
    let Some(zero) = memchr::memchr(0, &bytes[range.start..stop]) else {
        return;
    };
    let mut at = (range.start + zero).saturating_sub(2).max(range.start);
    // A run of that length has sixteen bytes on any grid of sixteen.
    while let Some(sixteen) = bytes[at..stop.max(at)].first_chunk::<16>() {
        let word = u128::from_le_bytes(*sixteen);
        let first = at + usize::from(word & ODD != 0);
        if word == 0 || word & ODD != 0 && word & !ODD != 0 || !pair(bytes, first) {
            at += 16;
            continue;
        }
        let mut start = first;
        let begins_before = |start: usize| start >= 2 && pair(bytes, start - 2);
        while start > range.start && begins_before(start) {
            start -= 2;
        }
        let mut end = first;
        while end < stop && pair(bytes, end) {
            end += 2;
        }
        let mine = range.contains(&start) && !begins_before(start);
        if mine && end - start >= least {
            tell(start);
        }
        at = (at + 16).max(end);
    }
}

/// A token character and a zero.
fn pair(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 2), Some([byte, 0]) if is_token(*byte))
}

/// The string of UTF-16 around `at`.
pub(super) fn string(bytes: &[u8], at: usize) -> Layer {
    let fits = |pair: &&[u8]| matches!(pair, [byte, 0] if is_printable(*byte));
    let before = bytes[..at].rchunks_exact(2).take(REGION).take_while(fits);
    let behind = bytes[at..].chunks_exact(2).take(REGION).take_while(fits);
    let source = at - 2 * before.count()..at + 2 * behind.count();
    Layer {
        text: bytes[source.clone()].iter().copied().step_by(2).collect(),
        source,
        names: vec![STRING],
        beyond: None,
    }
}
