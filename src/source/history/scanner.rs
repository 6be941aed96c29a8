//! BlobScanner: what the engine asks of whoever looks for secrets. It is implemented above, where
//! the matcher is known too; the engine only promises that nothing is lost.

use std::hash::Hash;
use std::io::Read;
use std::ops::Range;

use crate::finding::BlobId;

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

/// What is settled about one candidate, wherever its text may stand. Where everything that was looked at to
/// know it is copied unchanged, it is not asked about again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is nothing, at no path.
    Nothing {
        /// How far was looked, in bytes to either side.
        reach: u32,
    },
    /// It may be something; what, is decided by nothing further away but the path, and other open
    /// candidates whose neighbourhood meets its own.
    Open {
        /// How far will be looked, in bytes to either side.
        reach: u32,
        /// How far was looked to know this.
        looked: u32,
    },
}

impl Verdict {
    /// As long as nothing changes so far around its anchor, the same is settled.
    pub(crate) fn looked(self) -> usize {
        let (Verdict::Nothing { reach: looked } | Verdict::Open { looked, .. }) = self;
        looked as usize
    }
}

/// A stretch of a text that holds open candidates and everything that decides about them.
#[derive(Clone, Debug)]
pub struct Cluster<C> {
    /// The stretch.
    pub range: Range<usize>,
    /// Hash of its bytes, and of whether the text ends where it does; under a key of this run.
    pub print: u128,
    /// The candidates, ordered by anchor, moved as if the stretch were a text of its own.
    pub candidates: Vec<C>,
}

/// Where a stretch of a text begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Bytes before it.
    pub offset: u32,
    /// Lines that end before it.
    pub lines: u32,
    /// Bytes of its first line before it.
    pub column: u32,
}

/// What a scanner keeps of a cluster from one run to the next: no value and no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traced {
    /// It is like a cluster of another blob of the list.
    Like {
        /// The other blob.
        of: BlobId,
        /// Which of its clusters.
        nth: u32,
        /// Where it begins here.
        start: Start,
    },
    /// It has none like it before it.
    Own {
        /// Where it begins.
        start: Start,
        /// How long it is.
        length: u32,
        /// The anchors of its candidates, from its beginning, each with a hash of what it is.
        anchors: Vec<[u32; 2]>,
        /// Hashes of paths at which it is nothing.
        quiet: Vec<PathHash>,
        /// What it is at other paths, where all of that was found elsewhere too.
        told: Vec<Told>,
    },
}

/// What tells paths apart, without telling them.
pub type PathHash = [u8; 16];

/// What was found in a cluster at a path: the same as elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The path.
    pub path: PathHash,
    /// Everything that was found.
    pub all: Vec<Same>,
}

/// One thing that was found: the same as in a cluster of a blob at a path, but in another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Same {
    /// The blob.
    pub of: BlobId,
    /// Which of its clusters.
    pub nth: u32,
    /// The path.
    pub path: PathHash,
    /// Which of the things that were found there.
    pub at: u32,
    /// Where it is here, as the scanner says it.
    pub place: [u32; 6],
    /// Why it is here, as the scanner says it; empty where that is the same.
    pub why: Vec<[u32; 3]>,
}

/// What a scanner keeps of a blob from one run to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// It means something as a whole only: a single cluster stands for all of it.
    pub whole: bool,
    /// Its bytes are no text.
    pub binary: bool,
    /// Its clusters.
    pub clusters: Vec<Traced>,
}

/// A blob that may hold something, and a path at which it stands; the path is empty if there is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sight {
    /// The blob.
    pub blob: BlobId,
    /// The path.
    pub path: Vec<u8>,
}

/// Reads blobs once more.
pub trait Texts: Sync {
    /// Where a blob stands: read in the order of their places, blobs are told with the least work.
    fn place(&self, _blob: BlobId) -> Vec<u64> {
        Vec::new()
    }

    /// Shows the content of a blob; false if it cannot be had.
    fn read(&self, blob: BlobId, see: &mut dyn FnMut(&[u8])) -> bool;

    /// The same for one that may be too large to be held; false also if its end could not be had.
    fn stream(&self, blob: BlobId, see: &mut dyn FnMut(&mut dyn Read)) -> bool;
}

/// What was decided about one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was found.
    Clean,
    /// Nothing was found, but something was counted that every run must count: not to be remembered.
    Again,
    /// Something was found, or may be something where the text stands; the scanner keeps it.
    Found,
}

/// Looks for secrets in two steps, so that what a delta copies is not looked at again.
///
/// `candidates` names anchors by looking at their neighbourhood only, `settle` says which of them are
/// nothing wherever the text stands, `decide` keeps what is open, and `judge` decides that once it is
/// known where blobs stand. For every text the candidates are exactly those that a call over its full
/// length would give.
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

    /// What is settled about candidates: a verdict for each, in order.
    fn settle(&self, bytes: &[u8], candidates: &[Self::Candidate], verdicts: &mut Vec<Verdict>);

    /// Takes what is open in a text. A blob's clusters are kept until its paths are known; of other texts
    /// all candidates are shown, in one cluster, and decided at once. Called from many threads in any
    /// order, once for every distinct text that has something open or is `whole`.
    fn decide(&self, subject: &Subject, bytes: &[u8], open: &[Cluster<Self::Candidate>])
    -> Outcome;

    /// Looks at a blob that is too large to be held; what ends early is told by the reader.
    fn stream(&self, _blob: BlobId, _input: &mut dyn Read) -> Outcome {
        Outcome::Again
    }

    /// For each of these blobs, in which something is open, what a later run needs so as not to read it
    /// again; none if it must.
    fn traces(&self, blobs: &[BlobId]) -> Vec<Option<Trace>> {
        vec![None; blobs.len()]
    }

    /// Takes back what an earlier run kept of blobs, ordered; tells of which it could, ordered. The
    /// others are read.
    fn recall(&self, _traces: Vec<(BlobId, Trace)>) -> Vec<BlobId> {
        Vec::new()
    }

    /// Decides what is open in blobs where they stand; tells for each, in order, whether it is something.
    fn judge(&self, sights: &[Sight], _texts: &dyn Texts) -> Vec<bool> {
        vec![true; sights.len()]
    }
}
