//! UTF-16 text, told by its byte order mark or by where its zeros stand.

/// How much of the beginning is looked at: less than the cheap stage's radius.
const PEEK: usize = 240;

/// The bytes begin as UTF-16 text does. Looks at the beginning only.
pub(in crate::matcher) fn is_wide(bytes: &[u8]) -> bool {
    little_endian(bytes).is_some()
}

fn little_endian(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, ..] => return Some(true),
        [0xfe, 0xff, ..] => return Some(false),
        _ => {}
    }
    let peek = &bytes[..bytes.len().min(PEEK) & !1];
    if peek.len() < 8 {
        return None;
    }
    let (mut low, mut high) = (0, 0);
    for pair in peek.chunks_exact(2) {
        low += usize::from(pair[0] == 0);
        high += usize::from(pair[1] == 0);
    }
    let pairs = peek.len() / 2;
    if high * 10 >= pairs * 8 && low == 0 {
        return Some(true);
    }
    (low * 10 >= pairs * 8 && high == 0).then_some(false)
}

/// As UTF-8; what is no UTF-16 becomes U+FFFD.
pub(in crate::matcher) fn narrow(bytes: &[u8]) -> Vec<u8> {
    let little = little_endian(bytes).unwrap_or(true);
    let units = bytes.chunks_exact(2).map(|pair| match little {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    });
    let characters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    characters
        .filter(|c| *c != '\u{feff}')
        .collect::<String>()
        .into_bytes()
}
