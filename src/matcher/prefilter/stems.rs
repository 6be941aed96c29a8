//! Stems: a few dozen literals of at least three bytes, found in any case. A nibble filter over the
//! first four bytes picks the places; here they are verified.

/// For each of four byte positions: which of eight buckets allow a low and a high nibble.
pub(super) struct Nibbles {
    pub(super) low: [[u8; 16]; 4],
    pub(super) high: [[u8; 16]; 4],
}

/// The stems, ready to be looked for.
pub(in crate::matcher) struct Stems {
    words: Vec<Vec<u8>>,
    nibbles: Nibbles,
    /// By a hash of the first three bytes: a range of `order`.
    heads: [(u8, u8); 256],
    order: Vec<u8>,
}

fn head(bytes: &[u8]) -> usize {
    let fold = |at: usize| u32::from(bytes[at] | 0x20);
    let word = fold(0) | fold(1) << 8 | fold(2) << 16;
    (word.wrapping_mul(0x9E37_79B1) >> 24) as usize
}

impl Stems {
    /// At most 255 words; the number of a stem is its position here. Where two begin at one place,
    /// the first is told.
    pub(in crate::matcher) fn new(words: &[&str]) -> Stems {
        let mut nibbles = Nibbles {
            low: [[0; 16]; 4],
            high: [[0; 16]; 4],
        };
        let mut sorted: Vec<&str> = words.iter().copied().filter(|w| w.len() >= 3).collect();
        sorted.sort_unstable_by_key(|w| w.to_ascii_lowercase());
        for (at, word) in sorted.iter().enumerate() {
            let bucket = 1 << (at * 8 / sorted.len().max(1));
            nibbles.add(word.as_bytes(), bucket);
        }
        let mut order: Vec<u8> = (0..=u8::MAX).take(words.len()).collect();
        order.retain(|n| words[usize::from(*n)].len() >= 3);
        order.sort_by_key(|n| head(words[usize::from(*n)].as_bytes()));
        let mut heads = [(0, 0); 256];
        for (at, number) in (0_u8..).zip(&order) {
            let slot = &mut heads[head(words[usize::from(*number)].as_bytes())];
            if slot.1 == 0 {
                slot.0 = at;
            }
            slot.1 += 1;
        }
        let words = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Stems {
            words,
            nibbles,
            heads,
            order,
        }
    }

    pub(super) fn nibbles(&self) -> &Nibbles {
        &self.nibbles
    }

    /// Which stem begins at `at`.
    #[inline]
    pub(super) fn verify(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = &bytes[at..];
        if rest.len() < 3 {
            return None;
        }
        let (first, count) = self.heads[head(rest)];
        let numbers = &self.order[usize::from(first)..usize::from(first) + usize::from(count)];
        let fits = |n: &&u8| {
            let word = &self.words[usize::from(**n)];
            rest.get(..word.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        numbers.iter().find(fits).map(|n| usize::from(*n))
    }
}

impl Nibbles {
    fn add(&mut self, word: &[u8], bucket: u8) {
        for position in 0..4 {
            match word.get(position) {
                Some(byte) => {
                    for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                        self.low[position][usize::from(byte & 15)] |= bucket;
                        self.high[position][usize::from(byte >> 4)] |= bucket;
                    }
                }
                None => {
                    self.low[position].iter_mut().for_each(|b| *b |= bucket);
                    self.high[position].iter_mut().for_each(|b| *b |= bucket);
                }
            }
        }
    }
}
