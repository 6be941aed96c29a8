//! Forms: the values that a run may be, or be part of. Told byte by byte from one table, since every
//! run that looks made by a machine is asked for its forms.

use std::ops::Range;

use crate::pattern::anchor;

/// Characters that join runs to a longer value.
const DOTTED: u8 = 1;
/// All but blanks, quotes, brackets and what separates or assigns.
const LOOSE: u8 = 2;
/// Those and `=`.
const JOINED: u8 = 4;

const SORTS: [u8; 256] = {
    let mut sorts = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        let ends = matches!(
            byte,
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b','
        ) || matches!(byte, b';' | b'|' | b'&' | b'\\');
        if anchor::is_wide(byte) {
            sorts[at] |= DOTTED;
        }
        if byte.is_ascii_graphic() && !ends {
            sorts[at] |= if byte == b'=' { JOINED } else { LOOSE | JOINED };
        }
        at += 1;
    }
    sorts
};

fn is(byte: u8, sort: u8) -> bool {
    SORTS[usize::from(byte)] & sort != 0
}

/// Where the characters of a sort begin that end at `start`, `limit` bytes before it at most.
fn left(bytes: &[u8], start: usize, limit: usize, sort: u8) -> usize {
    let floor = start.saturating_sub(limit);
    let mut at = start;
    while at > floor && is(bytes[at - 1], sort) {
        at -= 1;
    }
    at
}

/// Where the characters of a sort end that begin at `end`, `limit` bytes behind it at most.
fn right(bytes: &[u8], end: usize, limit: usize, sort: u8) -> usize {
    let stop = bytes.len().min(end.saturating_add(limit));
    let mut at = end;
    while at < stop && is(bytes[at], sort) {
        at += 1;
    }
    at
}

/// The stretch of dotted characters around `start..end`, `limit` bytes to either side at most.
pub(super) fn dotted(bytes: &[u8], start: usize, end: usize, limit: usize) -> Range<usize> {
    left(bytes, start, limit, DOTTED)..right(bytes, end, limit, DOTTED)
}

/// Behind up to two signs that fill up base64.
fn padded(bytes: &[u8], end: usize) -> usize {
    let signs = bytes[end..].iter().take(2).take_while(|b| **b == b'=');
    end + signs.count()
}

/// The values that a run may be, or be part of: itself, with the characters of base64 and dotted
/// tokens, and all up to the next blank, quote or bracket. Each looks at `limit` bytes at most.
pub(super) fn forms(bytes: &[u8], start: usize, end: usize, limit: usize) -> [Range<usize>; 5] {
    let near = left(bytes, start, limit, DOTTED);
    let far = padded(bytes, right(bytes, end, limit, DOTTED));
    let dots = bytes[near..far].iter().rev().take_while(|b| **b == b'.');
    [
        start..end,
        start..padded(bytes, end),
        near..far - dots.count(),
        start..far,
        left(bytes, start, limit, LOOSE)..right(bytes, end, limit, JOINED),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_with_what_joins_it() {
        let text = b"k=(a.bc+0123==..x|y";
        let all: Vec<&[u8]> = forms(text, 8, 12, 60)
            .into_iter()
            .map(|form| &text[form])
            .collect();
        assert_eq!(
            all,
            [
                b"0123" as &[u8],
                b"0123==",
                b"a.bc+0123==",
                b"0123==",
                b"a.bc+0123==..x"
            ]
        );
        let bounded = forms(text, 8, 12, 2);
        assert_eq!(&text[bounded[4].clone()], b"c+0123==");
        assert_eq!(dotted(text, 8, 12, 60), 3..12);
    }
}
