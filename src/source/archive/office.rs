//! Office: the running text of the XML parts in which Office Open XML and OpenDocument keep it. One
//! word may be split over many elements there, as its format or its spelling was changed.

/// Attributes are kept from this length on: addresses and the like.
const LONG: usize = 16;

/// Elements after which a line ends, without prefix.
const LINES: &[&[u8]] = &[
    b"p",
    b"br",
    b"si",
    b"row",
    b"table-row",
    b"h",
    b"line-break",
    b"tr",
];
/// Elements that stand for a gap.
const GAPS: &[&[u8]] = &[b"c", b"tab", b"tc", b"table-cell"];

/// The part with this name holds text for a reader.
pub(super) fn is_text(name: &[u8]) -> bool {
    let name = std::str::from_utf8(name).unwrap_or_default();
    let Some(name) = name.strip_suffix(".xml") else {
        return false;
    };
    let office = |folder: &str| {
        let rest = name.strip_prefix(folder);
        rest.is_some_and(|rest| !rest.contains("theme"))
    };
    matches!(
        name,
        "content" | "styles" | "xl/sharedStrings" | "xl/comments1"
    ) || [
        "word/",
        "ppt/slides/",
        "ppt/notesSlides/",
        "xl/worksheets/",
        "xl/comments",
    ]
    .into_iter()
    .any(office)
}

/// The text between the marks, and the long attributes after it, one a line.
pub(super) fn text(xml: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(xml.len() / 4);
    let mut attributes = Vec::new();
    let mut rest = xml;
    while let Some(open) = memchr::memchr(b'<', rest) {
        unescape(&rest[..open], &mut text);
        let Some(close) = memchr::memchr(b'>', &rest[open..]) else {
            rest = &rest[open..];
            break;
        };
        let mark = &rest[open + 1..open + close];
        rest = &rest[open + close + 1..];
        let (begins, ends) = (
            !mark.starts_with(b"/"),
            mark.starts_with(b"/") || mark.ends_with(b"/"),
        );
        let name = local_name(mark);
        if ends && LINES.contains(&name) {
            text.push(b'\n');
        } else if ends && GAPS.contains(&name) {
            text.push(b'\t');
        }
        if begins {
            long_attributes(mark, &mut attributes);
        }
    }
    unescape(rest, &mut text);
    text.push(b'\n');
    text.extend(attributes);
    text
}

/// The element's name without its prefix.
fn local_name(mark: &[u8]) -> &[u8] {
    let mark = mark.strip_prefix(b"/").unwrap_or(mark);
    let end = mark
        .iter()
        .position(|b| b.is_ascii_whitespace() || *b == b'/');
    let name = &mark[..end.unwrap_or(mark.len())];
    let from = name.iter().position(|b| *b == b':').map_or(0, |at| at + 1);
    &name[from..]
}

fn long_attributes(mark: &[u8], to: &mut Vec<u8>) {
    let mut rest = mark;
    while let Some(open) = memchr::memchr(b'"', rest) {
        let Some(close) = memchr::memchr(b'"', &rest[open + 1..]) else {
            return;
        };
        let value = &rest[open + 1..open + 1 + close];
        let schema = value.starts_with(b"http://schemas.") || value.starts_with(b"urn:");
        if value.len() >= LONG && !schema {
            unescape(value, to);
            to.push(b'\n');
        }
        rest = &rest[open + close + 2..];
    }
}

/// Appends `xml` with its five named entities undone.
fn unescape(xml: &[u8], to: &mut Vec<u8>) {
    const NAMED: &[(&[u8], u8)] = &[
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&amp;", b'&'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
    ];
    let mut rest = xml;
    while let Some(at) = memchr::memchr(b'&', rest) {
        to.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let named = NAMED.iter().find(|(name, _)| rest.starts_with(name));
        let (byte, length) = named.map_or((b'&', 1), |(name, byte)| (*byte, name.len()));
        to.push(byte);
        rest = &rest[length..];
    }
    to.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_over_runs_are_whole_again() {
        let xml = b"<?xml version=\"1.0\"?><w:p a=\"https://u:p@host.example/x\"><w:r><w:t>tok</w:t></w:r>\
            <w:r><w:rPr><w:b/></w:rPr><w:t>en=&lt;a&amp;b</w:t></w:r></w:p><w:p><w:t>next</w:t></w:p>";
        assert_eq!(
            String::from_utf8(text(xml)).unwrap(),
            "token=<a&b\nnext\n\nhttps://u:p@host.example/x\n"
        );
    }

    #[test]
    fn only_parts_with_text_are_read_so() {
        assert!(is_text(b"word/document.xml"));
        assert!(is_text(b"xl/sharedStrings.xml"));
        assert!(!is_text(b"META-INF/maven/pom.xml"));
        assert!(!is_text(b"word/_rels/document.xml.rels"));
    }
}
