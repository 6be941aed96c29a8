//! Fault: why one object could not be read. Counting them is the engine's business, not theirs.

use crate::finding::Skip;

/// Why an object could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum Fault {
    /// Its bytes contradict themselves.
    #[error("{0}")]
    Corrupt(&'static str),
    /// It, or something it is built on, is larger than the limit.
    #[error("larger than the limit")]
    TooLarge,
    /// It is not in this repository.
    #[error("not in this repository")]
    Missing,
    /// The run was cancelled first.
    #[error("interrupted")]
    Cancelled,
}

impl Fault {
    /// The word under which it is counted.
    pub(crate) fn skip(self) -> Skip {
        match self {
            Fault::Corrupt(_) => Skip::Corrupt,
            Fault::TooLarge => Skip::TooLarge,
            Fault::Missing => Skip::Missing,
            Fault::Cancelled => Skip::Interrupted,
        }
    }
}
