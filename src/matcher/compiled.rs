//! Compiled: the regex of each kind, shape and part, compiled when first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::pattern::index::{Entry, Index, Shape};

/// No regex may grow larger than this, whatever a user's pattern file says.
const SIZE_LIMIT: usize = 4 << 20;

/// One slot a kind, and one a part.
pub(super) struct Compiled {
    kinds: Vec<OnceLock<Option<Regex>>>,
    shapes: Vec<OnceLock<Option<Regex>>>,
    parts: Vec<OnceLock<Option<Regex>>>,
    first_part: Vec<u32>,
}

fn compile(regex: &str) -> Option<Regex> {
    RegexBuilder::new(regex)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .ok()
}

fn slots(count: usize) -> Vec<OnceLock<Option<Regex>>> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

impl Compiled {
    pub(super) fn new(index: &Index) -> Compiled {
        let mut parts = 0;
        let first = |kind: &Entry| {
            let at = parts;
            parts += u32::try_from(kind.parts.len()).unwrap_or(0);
            at
        };
        let first_part = index.kinds.iter().map(first).collect();
        Compiled {
            kinds: slots(index.kinds.len()),
            shapes: slots(index.kinds.len()),
            parts: slots(parts as usize),
            first_part,
        }
    }

    /// The kind's regex; `None` if it has none or it is no regex (lint says so).
    pub(super) fn regex(&self, index: &Index, kind: u32) -> Option<&Regex> {
        let source = index.kinds[kind as usize].regex.as_deref()?;
        self.kinds[kind as usize]
            .get_or_init(|| compile(source))
            .as_ref()
    }

    /// The kind's shape, anchored at both ends.
    pub(super) fn shape(&self, index: &Index, kind: u32) -> Option<&Regex> {
        let shape = index.kinds[kind as usize].shape.as_ref()?;
        self.shapes[kind as usize]
            .get_or_init(|| whole(shape))
            .as_ref()
    }

    /// The shape of a kind's part, not anchored: where it begins and ends is the caller's care.
    pub(super) fn part(&self, index: &Index, kind: u32, part: usize) -> Option<&Regex> {
        let shape = &index.kinds[kind as usize].parts[part].shape;
        let slot = self.first_part[kind as usize] as usize + part;
        self.parts[slot]
            .get_or_init(|| compile(&shape.regex))
            .as_ref()
    }
}

fn whole(shape: &Shape) -> Option<Regex> {
    compile(&format!("^(?:{})$", shape.regex))
}
