//! Outline: which lengths and characters the shapes of all kinds leave room for. It tells most texts
//! apart from values before anybody looks at what stands around them.

use super::context::LONG;
use crate::pattern::index::Index;
use crate::pattern::outline::{SORTS, sorts_in};

/// Texts longer than this are told apart by their characters alone.
const LONGEST: usize = 256;

/// For every length the sorts of characters that a value of it may have, one entry for each
/// combination that no other covers.
pub(super) struct Outlines {
    by_length: Vec<Vec<u16>>,
    /// For every length the kinds with values of it, and their sorts.
    kinds: Vec<Vec<(u16, u32)>>,
    /// For every length whether some kind with values of it has a checksum.
    checked: Vec<bool>,
}

impl Outlines {
    pub(super) fn new(index: &Index) -> Outlines {
        let mut lengths = vec![Vec::new(); LONGEST + 2];
        for outline in &index.outlines {
            // The cheap stage may see no more than the beginning of a long one.
            let min = if outline.max >= LONG {
                outline.min.min(LONG)
            } else {
                outline.min
            };
            let last = lengths.len() - 1;
            let range = (min as usize).min(last)..=(outline.max as usize).min(last);
            for one in &mut lengths[range] {
                if !one.iter().any(|known: &u16| outline.sorts & !known == 0) {
                    one.retain(|known| known & !outline.sorts != 0);
                    one.push(outline.sorts);
                }
            }
        }
        let mut kinds = vec![Vec::new(); LONGEST + 2];
        let mut checked = vec![false; LONGEST + 2];
        for (_, kind) in &index.shapes {
            let entry = &index.kinds[*kind as usize];
            if let Some(shape) = &entry.shape {
                let (min, max) = (shape.min as usize, shape.max as usize);
                let sorts = sorts_in(&shape.set);
                let lengths = min.min(LONGEST + 1)..=max.min(LONGEST + 1);
                for one in &mut kinds[lengths.clone()] {
                    one.push((sorts, *kind));
                }
                if entry.checksum.is_some() {
                    checked[lengths].fill(true);
                }
            }
        }
        Outlines {
            by_length: lengths,
            kinds,
            checked,
        }
    }

    /// A value of this length may have a checksum.
    pub(super) fn may_be_checked(&self, value: &[u8]) -> bool {
        self.checked[value.len().min(LONGEST + 1)]
    }

    /// The kinds whose shapes may fit the whole of `value`.
    pub(super) fn fitting(&self, value: &[u8]) -> impl Iterator<Item = u32> + '_ {
        let sorts = sorts(value);
        let kinds = self.kinds[value.len().min(LONGEST + 1)].iter();
        let kinds = kinds.filter(move |(known, _)| sorts & !known == 0);
        kinds.map(|(_, kind)| *kind)
    }

    /// Some kind's shape may fit the whole of `value`, or a long value that begins with it.
    pub(super) fn allow(&self, value: &[u8]) -> bool {
        let known = &self.by_length[value.len().min(LONGEST + 1)];
        if known.is_empty() {
            return false;
        }
        let sorts = sorts(value);
        known.iter().any(|known| sorts & !known == 0)
    }
}

/// The sorts of characters that a value has.
fn sorts(value: &[u8]) -> u16 {
    value
        .iter()
        .fold(0, |sorts, byte| sorts | SORTS[usize::from(*byte)])
}

#[cfg(test)]
mod tests {
    use super::super::in_set;
    use super::*;
    use crate::pattern::Patterns;

    #[test]
    fn what_a_shape_matches_is_allowed() {
        let index = Patterns::builtin().index();
        let outlines = Outlines::new(&index);
        for (_, kind) in &index.shapes {
            let entry = &index.kinds[*kind as usize];
            let shape = entry.shape.as_ref().expect("has one");
            let letter = (b'0'..=b'z').find(|byte| in_set(&shape.set, *byte));
            let Some(letter) = letter else { continue };
            for length in [shape.min, shape.max.min(2000)] {
                let value = vec![letter; length as usize];
                assert!(outlines.allow(&value), "{}", shape.regex);
            }
        }
        assert!(!outlines.allow(b"?!"));
    }
}
