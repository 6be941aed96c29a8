//! Progress: what was done so far, counted for whoever watches. Drawing it is the command line's business.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::source::history::Meter;

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    bytes: AtomicU64,
    history: Arc<Meter>,
}

impl Progress {
    pub(super) fn content(&self, bytes: usize, first: bool) {
        self.files.fetch_add(u64::from(first), Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Contents that were looked at, those of histories apart.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Their bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The objects of histories.
    pub fn history(&self) -> Arc<Meter> {
        Arc::clone(&self.history)
    }
}
