//! Bytes in: where content comes from and how it is handed on. A source decides what is read and
//! counts what is not; it knows nothing of secrets. What is done with content is a [`Sink`]'s business.

mod added;
pub mod archive;
mod brought;
mod changes;
mod clone;
mod commits;
mod file;
mod git;
pub mod history;
mod label;
mod locate;
mod objects;
mod pushed;
mod raw;
mod staged;
mod stdin;
mod tree;

use std::ops::Range;
use std::sync::Arc;

use crate::finding::{BlobId, CommitInfo, Skip, SourceKind};

pub use archive::scan as scan_archive;
pub use changes::{Changes, Pushed, Since, Wanted, scan as scan_changes};
pub use clone::{Clone, is_bundle, is_url, redacted};
pub use file::deliver_stream as scan_reader;
pub use git::{Git, GitError};
pub use label::Root;
pub use locate::Repository;
pub use staged::Ahead;
pub use stdin::scan as scan_stdin;
pub use tree::{Tree, count as count_tree, scan as scan_tree};

/// Content larger than this is not read unless the user says so; GitHub refuses files of a tenth of it.
pub const MAX_FILE_SIZE: u64 = 1 << 30;

/// Says whether a value is still at the place it is asked about.
pub type StillThere<'a> = dyn Fn(&[u8]) -> bool + 'a;

/// Content on its way to the matcher.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// What was being read.
    pub source: SourceKind,
    /// Path relative to the root, `/` between parts.
    pub path: &'a [u8],
    /// The content's id, where it has one.
    pub blob: Option<BlobId>,
    /// The commit that brought it, where it has one.
    pub commit: Option<&'a Arc<CommitInfo>>,
    /// The content, or one window of it.
    pub bytes: &'a [u8],
    /// Which part of a longer content `bytes` is.
    pub window: Window,
    /// If stated, only what these ranges of `bytes` bring counts; the rest was there before.
    pub added: Option<&'a [Range<usize>]>,
    /// Says whether HEAD still has a value at this path; asked only about what was found.
    pub in_head: Option<&'a StillThere<'a>>,
    /// How deep it lies in containers, if it does.
    pub within: Option<archive::Within<'a>>,
}

impl<'a> Item<'a> {
    /// Whole content that was read from `source` at `path`.
    pub fn whole(source: SourceKind, path: &'a [u8], bytes: &'a [u8]) -> Item<'a> {
        Item {
            source,
            path,
            blob: None,
            commit: None,
            bytes,
            window: Window::whole(bytes.len()),
            added: None,
            in_head: None,
            within: None,
        }
    }
}

/// Which part of a longer content is being looked at. Windows overlap, so that what stands near
/// an edge is seen with its neighbourhood; each byte is the business of exactly one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where the window starts in the content.
    pub offset: usize,
    /// How many lines end before it.
    pub lines: u32,
    /// How many bytes of its first line stand before it.
    pub column: u32,
    /// A match that starts here, counted from the window's start, belongs to this window.
    pub from: usize,
    /// A match that starts here or later belongs to the next one.
    pub until: usize,
}

impl Window {
    /// The window that is the whole of a content of `len` bytes.
    pub fn whole(len: usize) -> Window {
        Window {
            offset: 0,
            lines: 0,
            column: 0,
            from: 0,
            until: len.max(1),
        }
    }

    /// True for the first window of a content.
    pub fn first(&self) -> bool {
        self.offset == 0 && self.from == 0
    }
}

/// Takes what sources read; called from many threads at once.
pub trait Sink: Sync {
    /// Asked before something is read: false if the user excluded this path, which counts it.
    fn wants(&self, path: &[u8]) -> bool;

    /// Looks at one content. The bytes are gone when this returns.
    fn content(&self, item: &Item<'_>);

    /// Counts something that was not read, and keeps what it was.
    fn skip(&self, reason: Skip, subject: &[u8], detail: &str);

    /// Counts commits whose messages were read.
    fn commits(&self, count: u64);

    /// True when the run should end as soon as possible.
    fn stopped(&self) -> bool;
}

/// Why a whole source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The path does not exist or is not readable at all.
    #[error("{path}: {cause}")]
    Path {
        /// As the user wrote it.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// git failed or answered something else than expected.
    #[error(transparent)]
    Git(#[from] GitError),
}
