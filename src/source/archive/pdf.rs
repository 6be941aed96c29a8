//! PDF: the streams that are compressed with Flate, and the text that their operators show. (ISO 32000-1,
//! 7.3.8 streams, 7.3.4 strings, 9.4.3 text-showing operators.)

use std::io::Read;

use memchr::memmem;

use super::{Opener, Trouble};

/// No stream gives more than this.
const MOST: u64 = 16 << 20;

/// Hands on what the streams hold; what is not compressed is read where it stands.
pub(super) fn read(bytes: &[u8], opener: &Opener<'_>) -> Result<(), Trouble> {
    let mut at = 0;
    while let Some(found) = memmem::find(&bytes[at..], b"stream") {
        if opener.done() {
            return Ok(());
        }
        at += found + b"stream".len();
        let body = &bytes[at..];
        let body = body.strip_prefix(b"\r").unwrap_or(body);
        let Some(body) = body.strip_prefix(b"\n") else {
            continue;
        };
        let Some(end) = memmem::find(body, b"endstream") else {
            return Ok(());
        };
        stream(&body[..end], opener);
        at = bytes.len() - body.len() + end + b"endstream".len();
    }
    Ok(())
}

fn stream(body: &[u8], opener: &Opener<'_>) {
    let left = opener.within.left;
    let mut plain = Vec::new();
    if matches!(body, [head, ..] if head & 0x0f == 8) {
        // A stream may be padded or cut; what can be had of it is looked at.
        let _ = flate2::read::ZlibDecoder::new(body)
            .take(MOST.min(left.get()))
            .read_to_end(&mut plain);
        left.set(left.get().saturating_sub(plain.len() as u64));
    }
    let content = if plain.is_empty() { body } else { &plain };
    let shown = shown(content);
    if !shown.is_empty() {
        opener.text(b"text", &shown);
    } else if !plain.is_empty() {
        opener.text(b"stream", &plain);
    }
}

/// The text that a content stream shows: its strings, joined as long as nothing moves the pen.
fn shown(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut strings = Vec::new();
    let mut at = 0;
    while let Some(byte) = content.get(at) {
        match byte {
            b'(' => at = literal(content, at + 1, &mut strings),
            b'<' if content.get(at + 1) != Some(&b'<') => at = hex(content, at + 1, &mut strings),
            b'T' | b'\'' | b'"' | b'E' => {
                let word = content[at..]
                    .iter()
                    .take(3)
                    .take_while(|b| !b.is_ascii_whitespace());
                match word.count() {
                    2 if content[at..].starts_with(b"Tj") || content[at..].starts_with(b"TJ") => {
                        text.append(&mut strings);
                    }
                    2 if [&b"Td"[..], b"TD", b"T*", b"Tm", b"ET"]
                        .iter()
                        .any(|word| content[at..].starts_with(word)) =>
                    {
                        end_line(&mut text);
                    }
                    1 if matches!(byte, b'\'' | b'"') => {
                        end_line(&mut text);
                        text.append(&mut strings);
                    }
                    _ => {}
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    text
}

fn end_line(text: &mut Vec<u8>) {
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
}

/// Appends the string that begins at `at`; where it ends.
fn literal(content: &[u8], mut at: usize, to: &mut Vec<u8>) -> usize {
    let mut depth = 0;
    while let Some(byte) = content.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                let (byte, length) = escaped(&content[at..]);
                to.extend(byte);
                at += length;
                continue;
            }
            b'(' => depth += 1,
            b')' if depth == 0 => return at,
            b')' => depth -= 1,
            _ => {}
        }
        to.push(*byte);
    }
    at
}

/// What stands behind a backslash, and how long that is.
fn escaped(rest: &[u8]) -> (Option<u8>, usize) {
    let digits = rest.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
    let octal = digits.fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
    let length = rest
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'0'..=b'7'))
        .count();
    if length > 0 {
        return (u8::try_from(octal & 0xff).ok(), length);
    }
    match rest.first() {
        Some(b'n') => (Some(b'\n'), 1),
        Some(b'r' | b'\n') => (None, 1),
        Some(b't') => (Some(b'\t'), 1),
        Some(other) => (Some(*other), 1),
        None => (None, 0),
    }
}

/// Appends the string of hexadecimal digits that begins at `at`; where it ends.
fn hex(content: &[u8], mut at: usize, to: &mut Vec<u8>) -> usize {
    let mut half = None;
    while let Some(byte) = content.get(at) {
        at += 1;
        let digit = char::from(*byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok());
        match (digit, half) {
            (Some(digit), None) => half = Some(digit),
            (Some(digit), Some(high)) => {
                // Zeros are the high halves of two-byte characters.
                let byte = high << 4 | digit;
                to.extend((byte != 0).then_some(byte));
                half = None;
            }
            (None, _) if byte.is_ascii_whitespace() => {}
            (None, _) => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_joined_over_strings_and_split_by_moves() {
        let content = b"BT /F1 12 Tf 72 720 Td (to\\153en: ab) Tj [(cd) -30 (e\\)f)] TJ 0 -14 Td <6768> Tj ET";
        assert_eq!(
            String::from_utf8(shown(content)).unwrap(),
            "token: abcde)f\ngh\n"
        );
    }
}
