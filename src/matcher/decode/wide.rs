//! UTF-16 and UTF-32 text, told by its byte order mark or by where its zeros stand.

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
