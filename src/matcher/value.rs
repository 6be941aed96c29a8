//! What was found before it becomes a match: ranges instead of copies, so that little is moved.

use std::ops::Range;

use super::context::Evidence;
use crate::finding::{Confidence, Guessable};

/// One value of one kind.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) kind: u32,
    pub(super) value: Range<usize>,
    pub(super) rank: Rank,
    /// Named parts, ordered by name.
    pub(super) groups: Vec<(String, Range<usize>)>,
    pub(super) confidence: Confidence,
    pub(super) guessable: Guessable,
    pub(super) reasons: Vec<(String, i32)>,
    /// The name of the setting that has the value, of what no provider's kind found.
    pub(super) setting: Option<Range<usize>>,
    /// Whose it is by its surroundings, though it is of no kind of theirs.
    pub(super) owner: Option<u32>,
    /// Kinds it may as well be.
    pub(super) rivals: Vec<u32>,
    /// Reported as the lesser kind, since parts are missing.
    pub(super) alone: bool,
}

/// Which of two kinds of one value is believed: field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// A kind of a provider, not a generic one.
    pub(super) named: bool,
    pub(super) checksum: bool,
    pub(super) evidence: Option<Evidence>,
    pub(super) keyword: usize,
    /// Length of the longest of the kind's words that the key holds.
    pub(super) key_word: usize,
}

impl Found {
    /// What may be a finding at some path; nothing but its kind and place is asked about.
    pub(super) fn open(kind: u32, value: Range<usize>) -> Found {
        Found {
            kind,
            value,
            rank: Rank {
                named: false,
                checksum: false,
                evidence: None,
                keyword: 0,
                key_word: 0,
            },
            groups: Vec::new(),
            confidence: Confidence::Low,
            guessable: Guessable::Perhaps,
            reasons: Vec::new(),
            owner: None,
            rivals: Vec::new(),
            setting: None,
            alone: false,
        }
    }

    /// The same in a text in which all stands so much further on.
    pub(super) fn moved(mut self, by: isize) -> Found {
        let moved = |range: &mut Range<usize>| {
            *range = range.start.wrapping_add_signed(by)..range.end.wrapping_add_signed(by);
        };
        moved(&mut self.value);
        self.groups.iter_mut().for_each(|(_, range)| moved(range));
        self.setting.iter_mut().for_each(moved);
        self
    }

    /// Everything of it that must not be shown.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        let parts = self.groups.iter().map(|(_, range)| range.clone());
        std::iter::once(self.value.clone()).chain(parts).collect()
    }
}
