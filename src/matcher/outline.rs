//! Outline: which lengths and characters the shapes of all kinds leave room for. It tells most texts
//! apart from values before anybody looks at what stands around them.

use super::context::LONG;
use crate::pattern::index::Index;
use crate::pattern::outline::SORTS;

/// Texts longer than this are told apart by their characters alone.
const LONGEST: usize = 256;

/// For every length what values of it may look like.
pub(super) struct Outlines {
    /// The sorts of characters, one entry for each combination that no other covers: of values that
    /// machines make.
    made: Vec<Vec<u16>>,
    /// The same of values that people choose.
    chosen: Vec<Vec<u16>>,
    /// The kinds with values of that length, and their sorts.
    kinds: Vec<Vec<(u16, u32)>>,
    /// The sorts of characters that values with a checksum may have.
    checked: Vec<Vec<u16>>,
}

/// Adds sorts to those of each length, unless they are covered.
fn add(lengths: &mut [Vec<u16>], sorts: u16) {
    for one in lengths {
        if !one.iter().any(|known| sorts & !known == 0) {
            one.retain(|known| known & !sorts != 0);
            one.push(sorts);
        }
    }
}

impl Outlines {
    pub(super) fn new(index: &Index) -> Outlines {
        let empty = || vec![Vec::new(); LONGEST + 2];
        let (mut made, mut chosen, mut checked) = (empty(), empty(), empty());
        let mut kinds = vec![Vec::new(); LONGEST + 2];
        let number = |length: u32| (length as usize).min(LONGEST + 1);
        for outline in &index.outlines {
            // The cheap stage may see no more than the beginning of a long one.
            let min = if outline.max >= LONG {
                outline.min.min(LONG)
            } else {
                outline.min
            };
            let sorts = outline.sorts;
            let by_sorts = if outline.chosen {
                &mut chosen
            } else {
                &mut made
            };
            add(&mut by_sorts[number(min)..=number(outline.max)], sorts);
            let lengths = number(outline.min)..=number(outline.max);
            if outline.checked {
                add(&mut checked[lengths.clone()], sorts);
            }
            for one in &mut kinds[lengths] {
                one.push((sorts, outline.kind));
            }
        }
        Outlines {
            made,
            chosen,
            kinds,
            checked,
        }
    }

    /// The kinds whose shapes may fit the whole of `value`.
    pub(super) fn fitting(&self, value: &[u8]) -> impl Iterator<Item = u32> + '_ {
        let sorts = sorts(value);
        let kinds = self.kinds[value.len().min(LONGEST + 1)].iter();
        let kinds = kinds.filter(move |(known, _)| sorts & !known == 0);
        kinds.map(|(_, kind)| *kind)
    }

    /// What kinds of kinds have shapes that may fit the whole of `value`, or a long value that begins with it.
    pub(super) fn allow(&self, value: &[u8]) -> Allowed {
        let length = value.len().min(LONGEST + 1);
        let sorts = sorts(value);
        let covered = |lengths: &[Vec<u16>]| lengths[length].iter().any(|all| sorts & !all == 0);
        Allowed {
            made: covered(&self.made),
            chosen: covered(&self.chosen),
            checked: covered(&self.checked),
            digits: sorts & SORTS[usize::from(b'0')] != 0,
        }
    }
}

/// What outlines say of a value.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    /// Machines may have made it.
    pub(super) made: bool,
    /// People may have chosen it.
    pub(super) chosen: bool,
    /// It may have a checksum.
    pub(super) checked: bool,
    /// It holds a digit.
    pub(super) digits: bool,
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
                let allowed = outlines.allow(&value);
                assert!(allowed.made || allowed.chosen, "{}", shape.regex);
            }
        }
        let allowed = outlines.allow(b"?!");
        assert!(!allowed.made && !allowed.chosen);
    }
}
