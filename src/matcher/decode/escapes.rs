//! Escapes of single characters: percent, `\x`, `\u`, character entities, quoted-printable; and
//! characters that nobody sees.

use super::{Layer, REGION, beyond, stretch};
use crate::pattern::anchor::is_token;

/// This many escapes in a row make a text worth decoding.
const SERIES: usize = 6;

/// The character that an escape at `at` stands for, and the escape's length.
fn escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let number = |from: usize, length: usize, radix: u32| {
        let digits = bytes.get(at + from..at + from + length)?;
        let text = std::str::from_utf8(digits).ok()?;
        let plain = digits.iter().all(u8::is_ascii_alphanumeric);
        u32::from_str_radix(text, radix)
            .ok()
            .filter(|_| plain)
            .and_then(char::from_u32)
    };
    match (bytes[at], bytes.get(at + 1)) {
        // Twice, as an address inside another has it.
        (b'%', Some(b'2')) if bytes[at..].starts_with(b"%25") => {
            let inner = number(3, 2, 16).map(|character| (character, 5));
            Some(inner.unwrap_or(('%', 3)))
        }
        (b'%' | b'=', Some(_)) => Some((number(1, 2, 16)?, 3)),
        (b'\\', Some(b'u')) if bytes.get(at + 2) == Some(&b'{') => {
            let length = bytes[at + 3..].iter().take(7).position(|b| *b == b'}')?;
            Some((number(3, length, 16)?, length + 4))
        }
        // Rich Text has a quote for the letter.
        (b'\\', Some(b'x' | b'\'')) => Some((number(2, 2, 16)?, 4)),
        (b'\\', Some(b'u')) => Some((number(2, 4, 16)?, 6)),
        (b'\\', Some(b'0'..=b'1')) => Some((number(1, 3, 8)?, 4)),
        (b'&', Some(b'#')) => {
            let hex = matches!(bytes.get(at + 2), Some(b'x' | b'X'));
            let from = if hex { 3 } else { 2 };
            let length = bytes[at + from..].iter().take(7).position(|b| *b == b';')?;
            Some((
                number(from, length, if hex { 16 } else { 10 })?,
                from + length + 1,
            ))
        }
        _ => None,
    }
}

/// A series of escapes of printable characters begins here, and not earlier.
pub(super) fn series(bytes: &[u8], at: usize) -> bool {
    let same = |back: usize| {
        let from = at.checked_sub(back);
        from.is_some_and(|from| {
            bytes[from] == bytes[at]
                && escape(bytes, from).is_some_and(|(_, length)| length == back)
        })
    };
    if (3..=8).any(same) {
        return false;
    }
    let (mut count, mut at) = (0, at);
    while at < bytes.len() && count < SERIES {
        match escape(bytes, at) {
            Some((character, length)) if character.is_ascii_graphic() => at += length,
            _ => return false,
        }
        count += 1;
    }
    count == SERIES
}

/// The run at `start` begins with the tail of an escape that stands for a character of values.
pub(super) fn ends_before(bytes: &[u8], start: usize) -> bool {
    let Some(at) = start.checked_sub(1) else {
        return false;
    };
    // A run of hexadecimal digits behind `%` is more often a format than an escape.
    let value = |c: char| u8::try_from(c).is_ok_and(|b| is_token(b) || b"+/.".contains(&b));
    matches!(bytes[at], b'%' | b'\\')
        && escape(bytes, at).is_some_and(|(c, length)| {
            value(c) && bytes.get(at + length).is_some_and(|b| is_token(*b))
        })
        && bytes[..at].last().is_some_and(|b| is_token(*b))
}

/// No escape is longer.
const LONGEST: usize = 16;

/// How far the signs of quoted-printable are looked for: less than the cheap stage's radius.
const NEAR: usize = 200;

/// A run that a soft line break of quoted-printable cuts. Hashes and base64 end in `=` too, so the line is
/// filled up to 76 characters as encoders do it, or the text says what it is.
pub(super) fn soft_break(bytes: &[u8], end: usize) -> bool {
    let rest = &bytes[end..];
    let breaks = rest.starts_with(b"=\n") || rest.starts_with(b"=\r\n");
    let line = || {
        bytes[..end]
            .iter()
            .rev()
            .take(80)
            .take_while(|b| **b != b'\n')
            .count()
    };
    let said = || {
        let near = &bytes[end.saturating_sub(NEAR)..bytes.len().min(end + NEAR)];
        let signs = [&b"=3D"[..], b"=20", b" =\n", b" =\r\n", b"quoted-printable"];
        signs
            .iter()
            .any(|sign| memchr::memmem::find(near, sign).is_some())
    };
    breaks && ((70..=76).contains(&line()) || (20..=76).contains(&line()) && said())
}

pub(super) fn undo(bytes: &[u8], at: usize) -> Layer {
    let source = stretch(bytes, at, REGION, |b| !b.is_ascii_whitespace());
    let mut text = Vec::with_capacity(source.len());
    let mut from = source.start;
    while from < source.end {
        match escape(bytes, from) {
            Some((character, length)) if bytes[from] != b'=' => {
                text.extend(character.encode_utf8(&mut [0; 4]).bytes());
                from += length;
            }
            _ => {
                text.push(bytes[from]);
                from += 1;
            }
        }
    }
    let name = match bytes[at..source.end].iter().find(|b| b"%\\&".contains(b)) {
        Some(b'%') => "percent",
        Some(b'&') => "html",
        _ => "escape",
    };
    Layer {
        beyond: beyond(&source, LONGEST),
        source,
        text,
        names: vec![name],
    }
}

/// Characters without a width, which copying from chats and web pages leaves inside words: zero
/// width space, joiner and non-joiner, word joiner, byte order mark, soft hyphen.
const UNSEEN: [&[u8]; 6] = [
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x81\xa0",
    b"\xef\xbb\xbf",
    b"\xc2\xad",
];

/// How long a character at the beginning of `rest` is that nobody sees.
fn unseen(rest: &[u8]) -> Option<usize> {
    // Nearly always a blank or a quote.
    if rest.first().is_none_or(u8::is_ascii) {
        return None;
    }
    let found = UNSEEN.iter().find(|unseen| rest.starts_with(unseen));
    found.map(|unseen| unseen.len())
}

/// A character that nobody sees joins the run at `start..end` to what stands before or behind it.
pub(super) fn unseen_beside(bytes: &[u8], start: usize, end: usize) -> bool {
    let behind = unseen(&bytes[end..])
        .is_some_and(|length| bytes.get(end + length).is_some_and(|b| is_token(*b)));
    let before = |length: usize| {
        let from = start.checked_sub(length + 1);
        from.is_some_and(|from| is_token(bytes[from]) && unseen(&bytes[from + 1..]) == Some(length))
    };
    behind || !bytes[..start].last().is_none_or(u8::is_ascii) && (before(3) || before(2))
}

/// The word at `at` without the characters that nobody sees.
pub(super) fn seen(bytes: &[u8], at: usize) -> Layer {
    let source = stretch(bytes, at, REGION, |b| !b.is_ascii_whitespace());
    let mut text = Vec::with_capacity(source.len());
    let mut rest = &bytes[source.clone()];
    while let Some((first, more)) = rest.split_first() {
        match unseen(rest) {
            Some(length) => rest = &rest[length..],
            None => {
                text.push(*first);
                rest = more;
            }
        }
    }
    Layer {
        beyond: beyond(&source, LONGEST),
        source,
        text,
        names: vec!["invisible"],
    }
}

pub(super) fn quoted_printable(bytes: &[u8], at: usize) -> Layer {
    let start = bytes[..at]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1)
        .max(at.saturating_sub(REGION));
    let mut from = start;
    let mut text = Vec::new();
    let stop = bytes.len().min(at + REGION);
    let mut end = start;
    while from < stop {
        let rest = &bytes[from..stop];
        let soft = if rest.starts_with(b"=\r\n") {
            3
        } else if rest.starts_with(b"=\n") {
            2
        } else {
            0
        };
        // The end of a document, and of a key in base64 before it, is none of a line that goes on.
        if soft > 0 && !rest[soft..].starts_with(b"---") {
            from += soft;
            continue;
        }
        if bytes[from] == b'\n' && from > at {
            break;
        }
        match escape(bytes, from).filter(|(_, length)| *length == 3 && bytes[from] == b'=') {
            Some((character, length)) => {
                text.extend(character.encode_utf8(&mut [0; 4]).bytes());
                from += length;
            }
            None => {
                text.push(bytes[from]);
                from += 1;
            }
        }
        end = from;
    }
    Layer {
        source: start..end,
        text,
        names: vec!["quoted-printable"],
        beyond: None,
    }
}
