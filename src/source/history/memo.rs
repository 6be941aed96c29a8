//! Memo: what was said before about the same bytes, within one run and for all its threads. Told apart
//! by 128-bit hashes under a key that is drawn anew for every run, so that nobody can prepare two texts
//! that are taken for one.

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many parts, each with a lock of its own.
const SHARDS: usize = 16;

/// So many entries a part keeps; when it is full it begins anew. One more would double its memory: both
/// tables together take at most 35 MB.
const MOST: usize = 28_000;

/// How far around an anchor a verdict is remembered for.
const AROUND: usize = 2048;

/// A hash.
pub(crate) type Print = u128;

/// One table.
struct Shards<V>([Mutex<HashMap<Print, V>>; SHARDS]);

impl<V: Clone> Shards<V> {
    fn new() -> Shards<V> {
        Shards(std::array::from_fn(|_| Mutex::default()))
    }

    fn shard(&self, print: Print) -> MutexGuard<'_, HashMap<Print, V>> {
        let shard = &self.0[(print >> 64) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, print: Print) -> Option<V> {
        self.shard(print).get(&print).cloned()
    }

    fn put(&self, print: Print, value: V) {
        let mut shard = self.shard(print);
        if shard.len() >= MOST {
            shard.clear();
        }
        shard.insert(print, value);
    }
}

/// What was said about windows and about candidates.
pub(crate) struct Memo<C> {
    keys: [u64; 4],
    windows: Shards<Box<[C]>>,
    verdicts: Shards<u32>,
}

/// The bytes that decide, and what else does: where in them, and whether the text ends there.
fn view(bytes: &[u8], around: Range<usize>) -> (&[u8], u64) {
    let (low, high) = (around.start, around.end.min(bytes.len()));
    let ends = u64::from(low == 0) | u64::from(high == bytes.len()) << 1;
    (&bytes[low..high], ends)
}

impl<C: Clone + Hash> Memo<C> {
    pub(crate) fn new() -> Memo<C> {
        let random = RandomState::new();
        let key = |i: usize| random.hash_one(i) | 1;
        Memo {
            keys: std::array::from_fn(key),
            windows: Shards::new(),
            verdicts: Shards::new(),
        }
    }

    /// The hash of everything that decides which candidates a window has.
    pub(crate) fn of_window(&self, bytes: &[u8], window: &Range<usize>, radius: usize) -> Print {
        let low = window.start.saturating_sub(radius);
        let (seen, ends) = view(bytes, low..window.end + radius);
        let at = (window.start - low) as u64;
        self.print(seen, [at, window.len() as u64 | ends << 62])
    }

    /// The candidates of such a window, moved as if it began at 0.
    pub(crate) fn window(&self, print: Print) -> Option<Box<[C]>> {
        self.windows.get(print)
    }

    pub(crate) fn keep_window(&self, print: Print, candidates: Box<[C]>) {
        self.windows.put(print, candidates);
    }

    /// The hash of everything that decides about a candidate, which is moved as if it stood at 0, if no
    /// more than `AROUND` bytes to either side do.
    pub(crate) fn of_candidate(&self, bytes: &[u8], anchor: usize, candidate: &C) -> Print {
        let low = anchor.saturating_sub(AROUND);
        let (seen, ends) = view(bytes, low..anchor + AROUND);
        let mut what = DefaultHasher::new();
        candidate.hash(&mut what);
        let at = (anchor - low) as u64 | ends << 62;
        self.print(seen, [at, what.finish()])
    }

    /// How far was looked to know that such a candidate is nothing.
    pub(crate) fn verdict(&self, print: Print) -> Option<u32> {
        self.verdicts.get(print)
    }

    /// Remembers a verdict if the hash covers all it depends on.
    pub(crate) fn keep_verdict(&self, print: Print, reach: u32) {
        if (reach as usize) < AROUND {
            self.verdicts.put(print, reach);
        }
    }

    /// Two hashes of 64 bits, each by folded multiplication under keys of its own.
    fn print(&self, bytes: &[u8], more: [u64; 2]) -> Print {
        let [k0, k1, k2, k3] = self.keys;
        let fold = |a: u64, b: u64| {
            let wide = u128::from(a) * u128::from(b);
            (wide >> 64) as u64 ^ (wide & u128::from(u64::MAX)) as u64
        };
        let word = |eight: &[u8]| {
            let mut whole = [0; 8];
            whole[..eight.len()].copy_from_slice(eight);
            u64::from_le_bytes(whole)
        };
        let (mut a, mut b) = (k2 ^ bytes.len() as u64, k3);
        let mut mix = |x: u64, y: u64| {
            a = fold(x ^ k0, y ^ a);
            b = fold(y ^ k1, x ^ b);
        };
        let (blocks, rest) = bytes.as_chunks::<16>();
        for block in blocks {
            mix(word(&block[..8]), word(&block[8..]));
        }
        let (first, second) = rest.split_at(rest.len().min(8));
        mix(word(first), word(second));
        mix(more[0], more[1]);
        mix(k3, k2);
        u128::from(a) << 64 | u128::from(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_decides_tells_windows_apart() {
        let memo: Memo<u8> = Memo::new();
        let text: Vec<u8> = (0..=255).cycle().take(3000).collect();
        let print = |bytes: &[u8], window| memo.of_window(bytes, &window, 10);
        let one = print(&text, 512..600);
        assert_eq!(one, print(&text[256..], 256..344));
        assert_eq!(one, print(&text[..700], 512..600));
        // An end of the text in sight, another length, another place, another byte.
        let mut others = vec![
            print(&text[502..], 10..98),
            print(&text[..610], 512..600),
            print(&text, 512..601),
            print(&text, 511..599),
        ];
        for at in 502..610 {
            let mut text = text.clone();
            text[at] ^= 1;
            others.push(print(&text, 512..600));
        }
        others.push(one);
        let count = others.len();
        others.sort_unstable();
        others.dedup();
        assert_eq!(others.len(), count);
        memo.keep_window(one, [7].into());
        assert_eq!(memo.window(one).as_deref(), Some(&[7][..]));
    }

    #[test]
    fn verdicts_that_looked_further_are_not_kept() {
        let memo: Memo<u8> = Memo::new();
        let text = vec![b'a'; 10_000];
        let print = memo.of_candidate(&text, 5000, &3);
        assert_eq!(print, memo.of_candidate(&text[100..], 5000, &3));
        assert_ne!(print, memo.of_candidate(&text, 5000, &4));
        assert_ne!(print, memo.of_candidate(&text[..7000], 5000, &3));
        memo.keep_verdict(print, 2048);
        assert_eq!(memo.verdict(print), None);
        memo.keep_verdict(print, 2047);
        assert_eq!(memo.verdict(print), Some(2047));
    }

    #[test]
    fn a_full_part_begins_anew() {
        let shards: Shards<u8> = Shards::new();
        for print in 0..2 * MOST as u128 {
            shards.put(print, 1);
        }
        let kept: usize = shards.0.iter().map(|s| s.lock().unwrap().len()).sum();
        assert!(kept <= MOST && kept > 0);
        assert_eq!(shards.get(2 * MOST as u128 - 1), Some(1));
    }
}
