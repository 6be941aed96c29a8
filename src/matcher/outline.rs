//! Outline: which lengths and characters the shapes of all kinds leave room for, and which words they
//! want in the key. It tells most texts apart from values before anybody reads what stands around them.

use super::context::LONG;
use crate::pattern::index::Index;
use crate::pattern::outline::{Outline, SORTS};

/// Texts longer than this are told apart by their characters alone.
const LONGEST: usize = 256;

pub(super) struct Outlines {
    all: Lengths,
    keyless: Lengths,
    /// One bit for each three letters that a word of a key begins with.
    heads: Box<[u64; 1 << 9]>,
}

/// For every length the sorts of characters that a value of it may have, one entry for each
/// combination that no other covers.
struct Lengths(Vec<Vec<u16>>);

impl Lengths {
    fn new<'o>(outlines: impl Iterator<Item = &'o Outline>) -> Lengths {
        let mut lengths = vec![Vec::new(); LONGEST + 2];
        for outline in outlines {
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
        Lengths(lengths)
    }

    fn allow(&self, value: &[u8]) -> bool {
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

/// A number of five bits for a letter or digit, whatever its case.
fn code(byte: u8) -> usize {
    usize::from(byte & 31)
}

impl Outlines {
    pub(super) fn new(index: &Index) -> Outlines {
        let mut heads = Box::new([0; 1 << 9]);
        for word in &index.key_words {
            // What a word does not say may be anything.
            let mut letters = [0..32, 0..32, 0..32];
            for (letter, byte) in letters.iter_mut().zip(word.bytes()) {
                *letter = code(byte)..code(byte) + 1;
            }
            let [first, second, third] = letters;
            for two in first.flat_map(|a| second.clone().map(move |b| a << 5 | b)) {
                for head in third.clone().map(|c| two << 5 | c) {
                    heads[head >> 6] |= 1 << (head & 63);
                }
            }
        }
        Outlines {
            all: Lengths::new(index.outlines.iter()),
            keyless: Lengths::new(index.outlines.iter().filter(|one| one.keyless)),
            heads,
        }
    }

    /// Some kind's shape may fit the whole of `value`, or a long value that begins with it.
    pub(super) fn allow(&self, value: &[u8]) -> bool {
        self.all.allow(value)
    }

    /// The same for the kinds that want no word in the key.
    pub(super) fn allow_keyless(&self, value: &[u8]) -> bool {
        self.keyless.allow(value)
    }

    /// A word that some kind wants in the key may stand in the letters and digits of these texts.
    pub(super) fn may_hold_key(&self, texts: [&[u8]; 2]) -> bool {
        let mut head = 0;
        let mut next = |byte: u8| {
            head = (head << 5 | code(byte)) & 0x7fff;
            self.heads[head >> 6] & 1 << (head & 63) != 0
        };
        let mut letters = texts.into_iter().flatten();
        // What a text ends with may be a word of less than three letters.
        letters.any(|byte| byte.is_ascii_alphanumeric() && next(*byte)) || next(0) || next(0)
    }
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
                let keyless = !entry.key_words.is_empty() || outlines.allow_keyless(&value);
                assert!(outlines.allow(&value) && keyless, "{}", shape.regex);
            }
        }
        assert!(!outlines.allow(b"?!"));
    }

    #[test]
    fn a_word_of_a_key_is_seen_across_signs_and_at_the_end() {
        let word = |text: &str| text.to_owned().into();
        let outlines = Outlines::new(&Index {
            key_words: vec![word("apikey"), word("id")],
            ..Index::default()
        });
        assert!(outlines.may_hold_key([b"my_A-P", b"i"]));
        assert!(outlines.may_hold_key([b"x.I", b"-d"]));
        assert!(!outlines.may_hold_key([b"ap", b"ki"]));
        assert!(!outlines.may_hold_key([b"", b""]));
    }
}
