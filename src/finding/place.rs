//! Place: where a secret was seen; Span: which bytes. What was read at a place lives in `blob`.

use std::sync::Arc;

use super::blob::BlobId;

/// Bytes `start..end` of a blob, with the lines and columns they cover (from 1; columns in bytes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of the first byte.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Line of the last byte.
    pub end_line: u32,
    /// Column one past the last byte.
    pub end_column: u32,
}

impl Span {
    /// The span of `start..end` in `bytes`; positions past the end are clamped to it.
    pub fn locate(bytes: &[u8], start: usize, end: usize) -> Span {
        let end = end.min(bytes.len());
        let start = start.min(end);
        let (line, column) = line_column(bytes, start);
        let (end_line, end_column) = line_column(bytes, end);
        Span {
            start,
            end,
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// The same of a stretch of a longer text, in the whole of it: the stretch has `offset` bytes and `lines`
    /// lines before it, and `column` bytes of its first line.
    pub fn moved(self, offset: usize, lines: u32, column: u32) -> Span {
        let sideways = |line: u32, own: u32| match line {
            1 => own.saturating_add(column),
            _ => own,
        };
        Span {
            start: self.start.saturating_add(offset),
            end: self.end.saturating_add(offset),
            line: self.line.saturating_add(lines),
            column: sideways(self.line, self.column),
            end_line: self.end_line.saturating_add(lines),
            end_column: sideways(self.end_line, self.end_column),
        }
    }
}

fn line_column(bytes: &[u8], at: usize) -> (u32, u32) {
    let before = &bytes[..at];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    (saturate(line), saturate(at - line_start + 1))
}

fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What kind of source a place belongs to; the words of the machine contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A file of the working tree.
    Tree,
    /// The staged content of a file.
    Index,
    /// A blob of the history.
    History,
    /// Standard input.
    Stdin,
    /// A member of an archive.
    Archive,
    /// A commit or tag message, a name in a commit, or a path.
    Message,
}

impl SourceKind {
    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Tree => "tree",
            SourceKind::Index => "index",
            SourceKind::History => "history",
            SourceKind::Stdin => "stdin",
            SourceKind::Archive => "archive",
            SourceKind::Message => "message",
        }
    }
}

/// Who brought a blob into the history, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitInfo {
    /// Full object id, hex.
    pub id: String,
    /// Author's name as written.
    pub author: String,
    /// Author's e-mail as written.
    pub email: String,
    /// Author date, seconds since 1970.
    pub time: i64,
}

/// Where one occurrence is. Which fields are filled depends on `source`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// What was being read.
    pub source: SourceKind,
    /// Path relative to the root that was scanned, `/` between parts, as raw bytes; empty on standard input.
    pub path: Vec<u8>,
    /// Which bytes of the content.
    pub span: Span,
    /// The content's id, where it has one.
    pub blob: Option<BlobId>,
    /// The commit that introduced it at this path (`history`, `message`).
    pub commit: Option<Arc<CommitInfo>>,
    /// The last commit that still contained it; `None` if it is still there or was never removed.
    pub last_commit: Option<Arc<CommitInfo>>,
    /// Branches and tags whose tip still contains it, ordered.
    pub refs: Vec<String>,
    /// Some ref reaches a commit that contains it.
    pub reachable: bool,
    /// The commit of HEAD contains it.
    pub in_head: bool,
    /// Decoders that had to be undone to read it, outermost first (`base64`, `gzip`, …).
    pub decoded: Vec<&'static str>,
}

impl Place {
    /// A place with nothing but a source, a path and a span.
    pub fn new(source: SourceKind, path: impl Into<Vec<u8>>, span: Span) -> Place {
        Place {
            source,
            path: path.into(),
            span,
            blob: None,
            commit: None,
            last_commit: None,
            refs: Vec::new(),
            reachable: true,
            in_head: false,
            decoded: Vec::new(),
        }
    }

    /// The path as text; bytes that are not UTF-8 become U+FFFD.
    pub fn path_text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = b"ab\ncd\n";
        let span = Span::locate(text, 3, 5);
        assert_eq!(
            (span.line, span.column, span.end_line, span.end_column),
            (2, 1, 2, 3)
        );
        let past = Span::locate(text, 9, 12);
        assert_eq!((past.start, past.end, past.line), (6, 6, 3));
    }
}
