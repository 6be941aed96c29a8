//! Keyed: fast hashes under keys that are drawn anew for every run, so that nobody can prepare texts that
//! are taken for one, or numbers that all fall into one place.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

/// A hash that stands for what it was made of.
pub(crate) type Print = u128;

/// The bytes that decide, and what else does: whether the text begins or ends there.
pub(crate) fn view(bytes: &[u8], around: Range<usize>) -> (&[u8], u64) {
    let (low, high) = (around.start, around.end.min(bytes.len()));
    let ends = u64::from(low == 0) | u64::from(high == bytes.len()) << 1;
    (bytes.get(low..high).unwrap_or_default(), ends)
}

/// The keys of one run.
#[derive(Clone, Copy)]
pub(crate) struct Keys([u64; 8]);

/// What two numbers come to: each bit of both counts.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide >> 64) as u64 ^ (wide & u128::from(u64::MAX)) as u64
}

impl Keys {
    /// Draws new ones.
    pub(crate) fn new() -> Keys {
        let random = RandomState::new();
        Keys(std::array::from_fn(|i| random.hash_one(i) | 1))
    }

    /// The hash of what stands up to `around` bytes to either side of an anchor, and of `what` stands there.
    pub(crate) fn standing(
        &self,
        bytes: &[u8],
        (anchor, around): (usize, usize),
        what: u64,
    ) -> Print {
        let low = anchor.saturating_sub(around);
        let (seen, ends) = view(bytes, low..anchor + around);
        self.print(seen, [(anchor - low) as u64 | ends << 62, what])
    }

    /// By folded multiplication, in four strands that do not wait for each other and are tied together at
    /// the end.
    #[inline]
    pub(crate) fn print(&self, bytes: &[u8], more: [u64; 2]) -> Print {
        let keys = &self.0;
        let word = |bytes: &[u8; 64], at: usize| {
            let (words, _) = bytes.as_chunks::<8>();
            u64::from_le_bytes(words[at])
        };
        let mut strands = [keys[4] ^ bytes.len() as u64, keys[5], keys[6], keys[7]];
        let (blocks, rest) = bytes.as_chunks::<64>();
        for block in blocks {
            for (nth, strand) in strands.iter_mut().enumerate() {
                let (one, other) = (word(block, 2 * nth), word(block, 2 * nth + 1));
                *strand = fold(one ^ keys[nth], other ^ *strand);
            }
        }
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        for (nth, strand) in strands.iter_mut().enumerate() {
            let (one, other) = (word(&last, 2 * nth), word(&last, 2 * nth + 1));
            *strand = fold(one ^ keys[nth], other ^ *strand);
        }
        let [a, b, c, d] = strands;
        let a = fold(more[0] ^ keys[0], a ^ keys[7]);
        let b = fold(more[1] ^ keys[1], b ^ keys[6]);
        let (e, f) = (
            fold(a ^ keys[2], b ^ keys[5]),
            fold(c ^ keys[3], d ^ keys[4]),
        );
        let (low, high) = (
            fold(e ^ keys[1], f ^ keys[2]),
            fold(e ^ keys[6], f ^ keys[3]),
        );
        u128::from(high) << 64 | u128::from(low)
    }
}

/// For maps whose keys are numbers.
#[derive(Clone)]
pub(crate) struct Keyed(u64, u64);

impl Default for Keyed {
    fn default() -> Keyed {
        static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);
        Keyed(KEYS.0[0], KEYS.0[1])
    }
}

impl BuildHasher for Keyed {
    type Hasher = Folded;

    #[inline]
    fn build_hasher(&self) -> Folded {
        Folded(self.0, self.1)
    }
}

/// Folds one number after the other into what it has.
pub(crate) struct Folded(u64, u64);

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words
            .iter()
            .for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        if !rest.is_empty() {
            self.write_u64(u64::from_le_bytes(last));
        }
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = fold(self.0 ^ number, self.1);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        fold(self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_byte_and_number_counts() {
        let keys = Keys::new();
        let text: Vec<u8> = (0..100).collect();
        let mut prints = vec![keys.print(&text, [0, 0])];
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 1;
            prints.push(keys.print(&other, [0, 0]));
            prints.push(keys.print(&text[..at], [0, 0]));
        }
        prints.extend([keys.print(&text, [1, 0]), keys.print(&text, [0, 1])]);
        assert_eq!(keys.print(&text, [0, 0]), prints[0]);
        let count = prints.len();
        assert_eq!(prints.into_iter().collect::<HashSet<_>>().len(), count);
        let keyed = Keyed::default();
        let pairs = (0..200_u32).flat_map(|a| (0..200_u32).map(move |b| (a, b)));
        let hashes: HashSet<u64> = pairs.map(|pair| keyed.hash_one(pair)).collect();
        assert_eq!(hashes.len(), 40_000);
        // Maps choose the place by the low bits.
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        assert!(low.len() > 20_000, "{}", low.len());
        assert_ne!(keyed.hash_one("a"), keyed.hash_one("b"));
    }
}
