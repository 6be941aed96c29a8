//! Compiled: the regex of each kind, compiled when first needed, and the lengths that shapes have.

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

/// Which kinds without a prefix can have a value of some length, and of which bytes.
pub(super) struct Lengths {
    /// For each length, numbers of kinds.
    by_length: Vec<Vec<u32>>,
    /// Those that can be as long as [`LONG`].
    long: Vec<u32>,
    sets: Vec<(u32, [u8; 32])>,
}

/// Values from this length on share one list.
const LONGEST: usize = 256;

/// From this length on the cheap stage sees only the beginning of a value.
const LONG: usize = 120;

impl Lengths {
    pub(super) fn new(index: &Index) -> Lengths {
        let mut by_length = vec![Vec::new(); LONGEST + 1];
        let (mut sets, mut long) = (Vec::new(), Vec::new());
        for kind in &index.shapes {
            let Some(shape) = &index.kinds[*kind as usize].shape else {
                continue;
            };
            let mut set = [0; 32];
            set.copy_from_slice(&shape.set);
            let number = u32::try_from(sets.len()).unwrap_or(0);
            sets.push((*kind, set));
            let range = (shape.min as usize).min(LONGEST)..=(shape.max as usize).min(LONGEST);
            if shape.max as usize >= LONG {
                long.push(number);
            }
            for list in &mut by_length[range] {
                list.push(number);
            }
        }
        Lengths {
            by_length,
            long,
            sets,
        }
    }

    /// The kinds that may have a value like this, or one that begins like this.
    pub(super) fn beginning<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        let list = if value.len() >= LONG {
            &self.long
        } else {
            &self.by_length[value.len()]
        };
        self.allowing(list, value)
    }

    /// The kinds whose shape may be that of `value`, by length and bytes alone.
    pub(super) fn kinds<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        self.allowing(&self.by_length[value.len().min(LONGEST)], value)
    }

    fn allowing<'a>(&'a self, list: &'a [u32], value: &[u8]) -> impl Iterator<Item = u32> + 'a {
        let mut held = [0_u8; 32];
        if !list.is_empty() {
            value
                .iter()
                .for_each(|b| held[usize::from(b >> 3)] |= 1 << (b & 7));
        }
        list.iter().filter_map(move |number| {
            let (kind, set) = &self.sets[*number as usize];
            let inside = held.iter().zip(set).all(|(held, set)| held & !set == 0);
            inside.then_some(*kind)
        })
    }
}
