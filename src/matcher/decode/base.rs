//! Base64, base32 and hexadecimal, and what is compressed inside them.

use std::ops::Range;

use super::{Coding, Layer, MOST, beyond, is_base64, looks_like_text, may_begin_text, stretch};
use crate::matcher::checks::checksum::base64 as decode;

/// Shorter codes cannot hold a token worth finding.
const LEAST_BASE64: usize = 24;
const LEAST_HEX: usize = 32;
const LEAST_BASE32: usize = 32;

/// How much the cheap look decodes.
const PEEK: usize = 64;

/// How far before a run the cheap look searches for the beginning of its code.
const LEFT: usize = 60;

pub(super) fn of_run(bytes: &[u8], start: usize, end: usize) -> Option<Coding> {
    let run = &bytes[start..end];
    if run.len() >= LEAST_HEX && run.iter().take(PEEK).all(u8::is_ascii_hexdigit) {
        let peek = unhex(&run[..run.len().min(PEEK) & !1]);
        return looks_like_text(&peek).then_some(Coding::Hex);
    }
    if run.len() >= LEAST_BASE32 && run.iter().take(PEEK).all(|b| is_base32(*b)) {
        let peek = unbase32(&run[..run.len().min(PEEK)]);
        if looks_like_text(&peek) {
            return Some(Coding::Base32);
        }
    }
    let left = bytes[..start]
        .iter()
        .rev()
        .take(LEFT)
        .take_while(|b| is_base64(**b))
        .count();
    if left == LEFT {
        return None;
    }
    let rest = &bytes[start - left..];
    let length = rest
        .iter()
        .take(PEEK)
        .take_while(|b| is_base64(**b))
        .count();
    // A JWT is a secret as it stands.
    let jwt = rest.starts_with(b"eyJ") && rest.get(length) == Some(&b'.');
    if length < LEAST_BASE64 || jwt {
        return None;
    }
    // A text has no more than one other byte in a peek; what has two among the first is none.
    let head = decode(&rest[..8])?;
    if compressed(&head).is_none() && !may_begin_text(&head) {
        return None;
    }
    let peek = decode(&rest[..length & !3])?;
    (compressed(&peek).is_some() || looks_like_text(&peek)).then_some(Coding::Base64)
}

/// The name of the compression that these bytes begin.
fn compressed(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, 8, ..] => Some("gzip"),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some("zlib"),
        _ => None,
    }
}

/// Shorter lines are not gone on from.
const WRAPPED: usize = 40;

/// How far behind a code it is looked for a further line: blanks, and the line.
const AHEAD: usize = 64 + LINE + 1;

/// The longest line that a code goes on on.
const LINE: usize = 4096;

pub(super) fn base64(bytes: &[u8], at: usize) -> Result<Layer, Range<usize>> {
    let first = stretch(bytes, at, MOST, is_base64);
    let mut code = bytes[first.clone()].to_vec();
    let mut end = first.end;
    // Further lines: only blanks between, and every line but the last as long as the first.
    let width = first.len();
    while let Some(line) = next_line(bytes, end).filter(|_| width >= WRAPPED && code.len() < MOST) {
        if line.len() > width {
            break;
        }
        code.extend(&bytes[line.clone()]);
        end = line.end;
        if line.len() < width {
            break;
        }
    }
    end += bytes[end..]
        .iter()
        .take(2)
        .take_while(|b| **b == b'=')
        .count();
    let looked = || {
        let ahead = if width >= WRAPPED { AHEAD } else { 3 };
        first.start.saturating_sub(1)..end + ahead
    };
    let whole = decode(&code).or_else(|| decode(&code[..code.len() & !3]));
    let whole = whole.ok_or_else(looked)?;
    let mut names = vec!["base64"];
    let text = match compressed(&whole) {
        Some(name) => {
            names.push(name);
            unpack(&whole, name).ok_or_else(looked)?
        }
        None => whole,
    };
    let source = first.start..end;
    // A line that others may follow or that may follow others is told as such from its beginning only.
    let beyond = beyond(&source, 3).filter(|_| width < WRAPPED);
    Ok(Layer {
        source,
        text,
        names,
        beyond,
    })
}

/// The base64 on the line behind `end`, if nothing but a line break (also an escaped one), blanks
/// and a quote mark of wrapped text stand between.
fn next_line(bytes: &[u8], end: usize) -> Option<Range<usize>> {
    let gap = bytes[end..]
        .iter()
        .take(64)
        .take_while(|b| b" \t\r\n\\\"'+>#*|".contains(b))
        .count();
    let mut start = end + gap;
    let newline = bytes[end..start].contains(&b'\n');
    let escaped = bytes[end..start].ends_with(b"\\") && bytes.get(start) == Some(&b'n');
    if escaped {
        start += 1;
    }
    let length = bytes[start..]
        .iter()
        .take(LINE)
        .take_while(|b| is_base64(**b))
        .count();
    let stop = start + length;
    // What goes on with a colon or a blank and a word is a line of its own.
    let ends = matches!(
        bytes.get(stop),
        None | Some(b'=' | b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'<' | b'`')
    );
    ((newline || escaped) && length > 0 && ends).then_some(start..stop)
}

fn unpack(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut unpacker = libdeflater::Decompressor::new();
    let mut room = (bytes.len() * 8).clamp(4096, MOST);
    loop {
        let mut out = vec![0; room];
        let done = match name {
            "gzip" => unpacker.gzip_decompress(bytes, &mut out),
            _ => unpacker.zlib_decompress(bytes, &mut out),
        };
        match done {
            Ok(length) => {
                out.truncate(length);
                return Some(out);
            }
            Err(libdeflater::DecompressionError::InsufficientSpace) if room < MOST => {
                room = (room * 4).min(MOST)
            }
            Err(_) => return None,
        }
    }
}

pub(super) fn hex(bytes: &[u8], at: usize) -> Layer {
    let source = stretch(bytes, at, MOST, |b| b.is_ascii_hexdigit());
    let even = source.start..source.end - source.len() % 2;
    let text = unhex(&bytes[even]);
    Layer {
        beyond: beyond(&source, 1),
        source,
        text,
        names: vec!["hex"],
    }
}

fn unhex(digits: &[u8]) -> Vec<u8> {
    let value = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
            .unwrap_or(0)
    };
    digits
        .chunks_exact(2)
        .map(|pair| value(pair[0]) << 4 | value(pair[1]))
        .collect()
}

fn is_base32(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'2'..=b'7')
}

pub(super) fn base32(bytes: &[u8], at: usize) -> Layer {
    let source = stretch(bytes, at, MOST, is_base32);
    let text = unbase32(&bytes[source.clone()]);
    Layer {
        beyond: beyond(&source, 1),
        source,
        text,
        names: vec!["base32"],
    }
}

/// Whole bytes only; what is left of the last digits is padding.
fn unbase32(digits: &[u8]) -> Vec<u8> {
    let (mut bits, mut count, mut text) = (0_u32, 0, Vec::new());
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            _ => digit - b'2' + 26,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            text.push((bits >> count & 0xff) as u8);
        }
    }
    text
}
