//! BlobScanner: what the engine asks of whoever looks for secrets. It is implemented above, where
//! the matcher is known too; the engine only promises that nothing is lost.

use std::hash::Hash;
use std::io::Read;
use std::ops::Range;

use crate::finding::{BlobId, Span};

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The content of a file.
    Blob(BlobId),
    /// Names and message of a commit.
    Commit(BlobId),
    /// Name and message of an annotated tag.
    Tag(BlobId),
    /// The name of a file or directory.
    Name(Vec<u8>),
    /// The full name of a branch, a tag or another ref.
    Ref(Vec<u8>),
}

/// What was decided about one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is nothing, and whoever said so looked at no byte further than `reach` from the anchor: where
    /// that neighbourhood is copied unchanged, the candidate is not asked about again.
    Nothing {
        /// How far was looked, in bytes to either side.
        reach: u32,
    },
    /// It is something, or what was looked at is not bounded: ask again in every version.
    Open,
}

/// A finding of a blob as one of another blob, but for its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// The other blob.
    pub of: BlobId,
    /// Which of its findings.
    pub nth: u32,
    /// Where it stands here.
    pub span: Span,
}

/// What was decided about one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was found.
    Clean,
    /// Nothing was found, but something was counted that every run must count: not to be remembered.
    Again,
    /// Something was found and kept by the scanner.
    Found,
}

/// Looks for secrets in two steps, so that what a delta copies is not looked at again.
///
/// `candidates` names anchors by looking at their neighbourhood only; `decide` sees the whole text
/// and the candidates about which nothing is settled. For every text the candidates are exactly those
/// that a call over its full length would give.
pub trait BlobScanner: Sync {
    /// A place where a secret may be: small, relative to the text.
    type Candidate: Clone + Send + Hash;

    /// How many bytes before and after an anchor decide whether it is a candidate.
    fn radius(&self) -> usize;

    /// Appends the candidates whose anchors lie in `range`, ordered by anchor. Reads nothing further
    /// than `radius` from an anchor; gives the same for the same bytes.
    fn candidates(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Self::Candidate>);

    /// The anchor: the position that decides to which window a candidate belongs.
    fn anchor(candidate: &Self::Candidate) -> usize;

    /// Moves a candidate.
    fn shift(candidate: &mut Self::Candidate, by: isize);

    /// The text means something as a whole (a pointer, UTF-16, …): nothing of it is inherited, and
    /// `decide` sees it even without candidates.
    fn whole(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Decides about a text. `verdicts` comes empty; a verdict for each candidate, in order, saves
    /// asking again, and none at all means that all are open. Called from many threads in any order,
    /// once for every distinct text.
    fn decide(
        &self,
        subject: &Subject,
        bytes: &[u8],
        candidates: &[Self::Candidate],
        verdicts: &mut Vec<Verdict>,
    ) -> Outcome;

    /// Looks at a blob that is too large to be held; what ends early is told by the reader.
    fn stream(&self, _blob: BlobId, _input: &mut dyn Read) -> Outcome {
        Outcome::Again
    }

    /// For each of these blobs, in which something was found: its findings as those of other blobs of
    /// the list that have none such themselves. A later run then reads only those others.
    fn echoes(&self, blobs: &[BlobId]) -> Vec<Option<Vec<Echo>>> {
        vec![None; blobs.len()]
    }

    /// Keeps the findings of a blob that is not read, if all the others were found; else it is read.
    fn echo(&self, _blob: BlobId, _echoes: &[Echo]) -> bool {
        false
    }
}
