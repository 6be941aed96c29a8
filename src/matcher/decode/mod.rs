//! Decode: text that is hidden in other text. Here: which coding a place may have, cheaply, and
//! undoing it, within bounds. What the decoded text holds is the matcher's business again.

mod base;
mod escapes;
mod joined;
mod numbers;
mod wide;

use std::ops::Range;

pub use wide::STRING;
use wide::narrow;
pub(super) use wide::{is_wide, strings};

use crate::pattern::anchor::is_token;

/// Codings inside codings are undone this often.
pub(super) const DEPTH: usize = 3;

/// No decoder gives more than this for one place.
const MOST: usize = 1 << 20;

/// How far a coded text may reach to either side of its anchor, where its own form sets no end.
const REGION: usize = 4096;

/// What a place may have to be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Coding {
    /// Base64 of either alphabet, perhaps wrapped over lines, perhaps compressed inside.
    Base64,
    /// Pairs of hexadecimal digits.
    Hex,
    /// Base32 in capitals (RFC 4648, section 6).
    Base32,
    /// `%41`, `\x41`, `\u0041`, `&#65;`.
    Escapes,
    /// Words with characters in them that nobody sees.
    Unseen,
    /// `0x41, 0x42`.
    Bytes,
    /// Quoted-printable.
    Quoted,
    /// `"ab" + "cd"`.
    Joined,
    /// UTF-16 or UTF-32.
    Wide,
    /// A string of UTF-16 inside something else.
    WideString,
}

/// A decoded text and where its code stands.
pub(super) struct Layer {
    pub(super) source: Range<usize>,
    pub(super) text: Vec<u8>,
    /// What was undone, outermost first.
    pub(super) names: Vec<&'static str>,
    /// So far beyond the code was looked, and whoever asks from a place inside it is told the same; none if
    /// that cannot be said.
    pub(super) beyond: Option<usize>,
}

/// Literals that codings begin with, for the prefilter; `\u{1}` stands for a hexadecimal digit.
pub(super) const STEMS: &[&str] = &[
    "%\u{1}\u{1}%",
    "\\x\u{1}\u{1}",
    "\\u00",
    "\\u{",
    "\\'\u{1}\u{1}\\'",
    "0x\u{1}\u{1},0x",
    "0x\u{1}\u{1}, 0x",
    "%25\u{1}\u{1}%25",
    "\\1\u{1}\u{1}\\",
    "&#\u{1}",
    "&#x",
    "=\u{1}\u{1}=",
    "\" +",
    "' +",
    "\"+\"",
    "'+'",
    "\" .",
    "' .",
    "\" & \"",
];

/// The coding that a stem at `at` begins, after a look at its neighbourhood.
pub(super) fn of_stem(bytes: &[u8], at: usize) -> Option<Coding> {
    if matches!(bytes[at], b'"' | b'\'') {
        return joined::begins(bytes, at).then_some(Coding::Joined);
    }
    if bytes[at] == b'=' {
        return escapes::series(bytes, at).then_some(Coding::Quoted);
    }
    if bytes[at] == b'0' {
        return numbers::series(bytes, at).then_some(Coding::Bytes);
    }
    escapes::series(bytes, at).then_some(Coding::Escapes)
}

/// The codings that a run at `start..end` may be part of.
pub(super) fn of_run(bytes: &[u8], start: usize, end: usize) -> impl Iterator<Item = Coding> {
    let base = base::of_run(bytes, start, end);
    let escaped = escapes::ends_before(bytes, start).then_some(Coding::Escapes);
    let quoted = escapes::soft_break(bytes, end).then_some(Coding::Quoted);
    let unseen = escapes::unseen_beside(bytes, start, end).then_some(Coding::Unseen);
    [base, escaped, quoted, unseen].into_iter().flatten()
}

/// The run that ends at `end` is a piece of a joined text.
pub(super) fn joined_behind(bytes: &[u8], end: usize) -> bool {
    joined::goes_on(bytes, end)
}

/// Undoes the coding at `at`; where that gives nothing, tells what was looked at.
pub(super) fn undo(bytes: &[u8], at: usize, coding: Coding) -> Result<Layer, Range<usize>> {
    match coding {
        Coding::Base64 => base::base64(bytes, at),
        Coding::Hex => Ok(base::hex(bytes, at)),
        Coding::Base32 => Ok(base::base32(bytes, at)),
        Coding::Escapes => Ok(escapes::undo(bytes, at)),
        Coding::Quoted => Ok(escapes::quoted_printable(bytes, at)),
        Coding::Unseen => Ok(escapes::seen(bytes, at)),
        Coding::Bytes => numbers::undo(bytes, at),
        Coding::WideString => Ok(wide::string(bytes, at)),
        Coding::Joined => joined::undo(bytes, at),
        Coding::Wide => {
            let (text, name) = narrow(bytes);
            Ok(Layer {
                source: 0..bytes.len(),
                text,
                names: vec![name],
                beyond: None,
            })
        }
    }
}

/// Text as people and programs write it: printable, or UTF-8, or UTF-16.
fn looks_like_text(bytes: &[u8]) -> bool {
    let plain = bytes.iter().filter(|b| is_printable(**b)).count();
    (bytes.len() >= 8 && is_paired(bytes)) || plain * 100 >= bytes.len() * 97
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// Every other byte is zero and the rest can be printed.
fn is_paired(bytes: &[u8]) -> bool {
    bytes
        .chunks_exact(2)
        .all(|pair| is_printable(pair[0]) && pair[1] == 0)
}

/// The same of fewer than 67 bytes of which these six are the first; may say so of what is none.
fn may_begin_text(bytes: &[u8]) -> bool {
    let other = bytes.iter().filter(|b| !is_printable(**b)).count();
    other <= 1 || is_paired(bytes)
}

/// The stretch of characters around `at` that fit, at most `most` behind it.
fn stretch(bytes: &[u8], at: usize, most: usize, fits: impl Fn(u8) -> bool) -> Range<usize> {
    let left = bytes[..at]
        .iter()
        .rev()
        .take(REGION)
        .take_while(|b| fits(**b))
        .count();
    let right = bytes[at..]
        .iter()
        .take(most)
        .take_while(|b| fits(**b))
        .count();
    at - left..at + right
}

/// [`Layer::beyond`] of a code that is all of a stretch: one that was cut off is another from elsewhere.
fn beyond(source: &Range<usize>, looked: usize) -> Option<usize> {
    (source.len() < REGION).then_some(looked)
}

#[inline]
fn is_base64(byte: u8) -> bool {
    BASE64[usize::from(byte)]
}

const BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        table[at] = is_token(byte) || byte == b'+' || byte == b'/';
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], at: &[u8], coding: Coding) -> (String, Vec<&'static str>) {
        let at = memchr::memmem::find(bytes, at).unwrap();
        let layer = undo(bytes, at, coding).unwrap();
        (String::from_utf8(layer.text).unwrap(), layer.names)
    }

    #[test]
    fn every_coding_is_undone() {
        let wrapped = b"data: |\n  c2VjcmV0IHRleHQgdGhhdCBpcyB3cmFwcGVkIG92ZXIgdHdvIGxpbmVz\n  IGFuZCBlbmRzIGhlcmU=\nnext: 1";
        assert_eq!(
            text(wrapped, b"c2Vj", Coding::Base64).0,
            "secret text that is wrapped over two lines and ends here"
        );
        let hex = b"x=746f6b656e2069732068657265206e6f77";
        assert_eq!(text(hex, b"746f", Coding::Hex).0, "token is here now");
        let base32 = b"x=ORXWWZLOEBUXGIDIMVZGKIDON53Q====";
        assert_eq!(text(base32, b"ORXW", Coding::Base32).0, "token is here now");
        let escaped = b"a=\"\\u0067\\u0068\\x70%5F&#70;&#x61;\"";
        assert_eq!(text(escaped, b"\\u00", Coding::Escapes).0, "a=\"ghp_Fa\"");
        let joined = b"t = 'ab' + \"cd\"\n  + 'ef'\n 'gh'";
        assert_eq!(text(joined, b"' +", Coding::Joined).0, "abcdefgh");
        let broken = b"T=abc\\\ndef\\\r\nghi";
        assert_eq!(text(broken, b"\\\nd", Coding::Joined).0, "abcdefghi");
        let octal = b"x=$'\\147\\150\\160\\137'";
        assert_eq!(text(octal, b"\\147", Coding::Escapes).0, "x=$'ghp_'");
        let indented = b"x=ab12\\\n    cd34";
        assert_eq!(text(indented, b"ab", Coding::Joined).0, "ab12cd34");
        let twice = b"u=%2567%2568%2570%255f%2541%2542";
        assert_eq!(text(twice, b"%25", Coding::Escapes).0, "u=ghp_AB");
        let braces = b"x=\\u{67}\\u{68}\\u{70}\\u{5f}";
        assert_eq!(text(braces, b"\\u{", Coding::Escapes).0, "x=ghp_");
        let rich = b"{\\'67\\'68\\'70\\'5f}";
        assert_eq!(text(rich, b"\\'", Coding::Escapes).0, "{ghp_}");
        let unseen = "x gh\u{200b}p_\u{ad}ab y";
        assert_eq!(text(unseen.as_bytes(), b"p_", Coding::Unseen).0, "ghp_ab");
        let list = b"k[] = {0x67, 0x68,0x70,\n  0x5F, 0x00};";
        assert_eq!(text(list, b"0x67", Coding::Bytes).0, "ghp_\0");
        let string = b"\x01\x02t\0o\0k\0 \0g\0h\0\0\0";
        assert_eq!(text(string, b"g\0", Coding::WideString).0, "tok gh");
        let quoted = b"token=3Dabc=\r\ndef";
        assert_eq!(text(quoted, b"abc", Coding::Quoted).0, "token=abcdef");
    }

    #[test]
    fn what_is_compressed_inside_base64_is_read() {
        use base64::Engine;
        let plain = b"token = abcdefgh ".repeat(4);
        let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; packer.gzip_compress_bound(plain.len())];
        let length = packer.gzip_compress(&plain, &mut packed).unwrap();
        let code = base64::engine::general_purpose::STANDARD.encode(&packed[..length]);
        let (unpacked, names) = text(code.as_bytes(), b"H4sI", Coding::Base64);
        assert_eq!(unpacked.as_bytes(), plain);
        assert_eq!(names, ["base64", "gzip"]);
    }

    #[test]
    fn a_long_code_on_one_line_is_read_to_its_end() {
        use base64::Engine;
        let plain = "-----BEGIN PRIVATE KEY-----\n".repeat(2 * REGION);
        let code = base64::engine::general_purpose::STANDARD.encode(&plain);
        let line = format!("  tls.key: {code}\n");
        assert!(text(line.as_bytes(), b"LS0t", Coding::Base64).0 == plain);
    }

    #[test]
    fn wide_text_is_seen_and_read() {
        let wide: Vec<u8> = "token = ä\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(is_wide(&wide));
        assert_eq!(String::from_utf8(narrow(&wide).0).unwrap(), "token = ä\n");
        let big: Vec<u8> = "\u{feff}token"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert!(is_wide(&big));
        assert_eq!(narrow(&big).0, b"token");
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}token = ä\n");
            let four: Vec<u8> = text
                .chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect();
            assert!(is_wide(&four));
            let read = narrow(&four);
            assert_eq!(
                (read.0.as_slice(), read.1),
                ("token = ä\n".as_bytes(), "utf-32")
            );
        }
        assert!(!is_wide(b"plain text of some length\0\0\0"));
    }
}
