//! Meter: how many objects there are and how many were passed, for whoever watches. Counting costs an
//! addition an object; what is drawn of it is decided elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that only grow; several histories add up.
#[derive(Debug, Default)]
pub struct Meter {
    expected: AtomicU64,
    passed: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// Objects that shall be read.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Those that were, or could not be. Bases that are read again are counted again, so it may be
    /// a little more than was expected.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// How many bytes they hold.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn expect(&self, objects: usize) {
        self.expected.fetch_add(objects as u64, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, bytes: usize) {
        self.passed.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
