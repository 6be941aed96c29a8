//! Makes hostile text harmless for the place it is written to: a terminal, a page, a table cell, a
//! workflow command. Knows nothing of findings; secrets are taken out before (`redact`).

use std::borrow::Cow;

/// Characters that move the cursor, change the order of reading or cannot be seen.
fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text for a terminal or any other reader: one line, nothing hidden, nothing active. A tab
/// becomes two spaces; every other control, bidirectional or invisible character is spelled out.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("  "),
            c if hostile(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// JSON text stays the same JSON, but may be printed: what `serde_json` leaves as it is and a
/// terminal would obey becomes `\u…`. Line ends between values stay.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c != '\n' && hostile(c);
    if !text.chars().any(bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    for c in text.chars() {
        if bad(c) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A path as part of an address: everything but letters, digits, `-._~` and `/` percent-encoded.
pub(super) fn uri_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_reaches_a_terminal() {
        let text = "a\u{1b}[31m\u{9b}b\r\n\u{202e}c\u{2066}\u{200b}\td\u{7f}é漢";
        let safe = visible(text);
        assert_eq!(
            safe,
            "a\\u{1b}[31m\\u{9b}b\\u{d}\\u{a}\\u{202e}c\\u{2066}\\u{200b}  d\\u{7f}é漢"
        );
        assert!(matches!(visible("plain é漢 text"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = "a\u{202e}\u{7f}\u{e0041}\u{1b}\nz";
        let plain = serde_json::to_string(value).unwrap();
        let safe = json(&plain);
        assert!(safe.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), value);
    }
}
