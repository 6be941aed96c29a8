//! Where the time of a scan went, for `--timings`. Costs nothing unless asked for.

use std::time::{Duration, Instant};

/// Time and amounts by step, summed over threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    on: bool,
    /// Inflating and rebuilding objects.
    pub decode: Duration,
    /// Working out windows.
    pub window: Duration,
    /// Looking for candidates.
    pub prefilter: Duration,
    /// Deciding about candidates.
    pub regex: Duration,
    /// Wall time of the passes over trees and commits, and of saying where findings come from.
    pub structure: Duration,
    /// Wall time of everything.
    pub total: Duration,
    /// Bytes shown to the search for candidates.
    pub scanned: u64,
    /// Texts shown to the decision.
    pub decided: u64,
}

impl Timings {
    pub(crate) fn new(on: bool) -> Timings {
        Timings {
            on,
            ..Timings::default()
        }
    }

    pub(crate) fn start(&self) -> Option<Instant> {
        self.on.then(Instant::now)
    }

    pub(crate) fn windows(&mut self, start: Option<Instant>) -> Option<Instant> {
        let now = self.start()?;
        self.window += now - start?;
        Some(now)
    }

    pub(crate) fn candidates(&mut self, start: Option<Instant>) {
        self.prefilter += start.map_or(Duration::ZERO, |s| s.elapsed());
    }

    pub(crate) fn decisions(&mut self, start: Option<Instant>) {
        self.regex += start.map_or(Duration::ZERO, |s| s.elapsed());
    }

    /// A thread was busy for so long; what went into nothing else went into rebuilding objects.
    pub(crate) fn worked(&mut self, busy: Duration) {
        if self.on {
            let rest = self.window + self.prefilter + self.regex;
            self.decode += busy.saturating_sub(rest);
        }
    }

    /// Adds another thread's figures.
    pub fn add(&mut self, other: &Timings) {
        self.decode += other.decode;
        self.window += other.window;
        self.prefilter += other.prefilter;
        self.regex += other.regex;
        self.structure += other.structure;
        self.total += other.total;
        self.scanned += other.scanned;
        self.decided += other.decided;
    }
}
