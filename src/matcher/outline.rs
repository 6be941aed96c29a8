//! Outline: which lengths and characters the shapes of all kinds leave room for. It tells most texts
//! apart from values before anybody looks at what stands around them.

use std::collections::BTreeMap;

use super::context::LONG;
use super::in_set;
use crate::pattern::index::Index;

/// Texts longer than this are told apart by their characters alone.
const LONGEST: usize = 256;

/// For every length the sorts of characters that a value of it may have, one entry for each
/// combination that no other covers.
pub(super) struct Outlines(Vec<Vec<u16>>);

/// The sort of each byte, one bit: shapes differ by these.
const SORTS: [u16; 256] = {
    let mut sorts = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        sorts[at] = 1
            << match byte {
                b'a'..=b'f' => 0,
                b'g'..=b'z' => 1,
                b'A'..=b'F' => 2,
                b'G'..=b'Z' => 3,
                b'0'..=b'9' => 4,
                b'_' => 5,
                b'-' => 6,
                b'+' => 7,
                b'/' => 8,
                b'.' => 9,
                b'=' => 10,
                b':' => 11,
                b'~' => 12,
                0x21..=0x7e => 13,
                _ => 14,
            };
        at += 1;
    }
    sorts
};

fn sorts_in(set: &[u8]) -> u16 {
    let held = (0..=u8::MAX).filter(|byte| in_set(set, *byte));
    held.fold(0, |sorts, byte| sorts | SORTS[usize::from(byte)])
}

impl Outlines {
    pub(super) fn new(index: &Index) -> Outlines {
        let shapes = index.shapes.iter();
        let shapes = shapes.filter_map(|kind| index.kinds[*kind as usize].shape.as_ref());
        let mut known: BTreeMap<&[u8], u16> = BTreeMap::new();
        let mut all: Vec<(usize, usize, u16)> = shapes
            .map(|shape| {
                // Some ten sets serve nearly all shapes.
                let sorts = *known
                    .entry(&shape.set)
                    .or_insert_with(|| sorts_in(&shape.set));
                // The cheap stage may see no more than the beginning of a long one.
                let min = if shape.max >= LONG {
                    shape.min.min(LONG)
                } else {
                    shape.min
                };
                (min as usize, shape.max as usize, sorts)
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut lengths = vec![Vec::new(); LONGEST + 2];
        for (min, max, sorts) in all {
            let last = lengths.len() - 1;
            for one in &mut lengths[min.min(last)..=max.min(last)] {
                if !one.iter().any(|known: &u16| sorts & !known == 0) {
                    one.retain(|known| known & !sorts != 0);
                    one.push(sorts);
                }
            }
        }
        Outlines(lengths)
    }

    /// Some kind's shape may fit the whole of `value`, or a long value that begins with it.
    pub(super) fn allow(&self, value: &[u8]) -> bool {
        let known = &self.0[value.len().min(LONGEST + 1)];
        if known.is_empty() {
            return false;
        }
        let sorts = value
            .iter()
            .fold(0, |sorts, byte| sorts | SORTS[usize::from(*byte)]);
        known.iter().any(|known| sorts & !known == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Patterns;

    #[test]
    fn what_a_shape_matches_is_allowed() {
        let index = Patterns::builtin().index();
        let outlines = Outlines::new(&index);
        for kind in &index.shapes {
            let shape = index.kinds[*kind as usize].shape.as_ref().expect("has one");
            let letter = (b'0'..=b'z').find(|byte| in_set(&shape.set, *byte));
            let Some(letter) = letter else { continue };
            for length in [shape.min, shape.max.min(2000)] {
                assert!(
                    outlines.allow(&vec![letter; length as usize]),
                    "{}",
                    shape.regex
                );
            }
        }
        assert!(!outlines.allow(b"?!"));
    }
}
