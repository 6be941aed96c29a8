//! Memo: what was said before about the same bytes, within one run and for all its threads. Told apart
//! by 128-bit hashes under a key that is drawn anew for every run, so that nobody can prepare two texts
//! that are taken for one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::keyed::{Keys, Print, view};
use super::scanner::Verdict;

/// So many parts, each with a lock of its own.
const SHARDS: usize = 16;

/// So many rows a part has at most: both tables together take at most 42 MB, as far as they are used.
const MOST: usize = 1 << 14;

/// So many hashes share a row; the one that was put there first goes first.
const ROW: usize = 4;

/// How far around an anchor verdicts are remembered for: for what its line decides, and for others.
pub(crate) const AROUND: [usize; 3] = [192, 768, 2560];

/// One table.
struct Shards<V>([Mutex<Box<[Row<V>]>>; SHARDS]);

/// Values, each with what tells its hash from others of the row: never 0.
type Row<V> = [(u64, V); ROW];

impl<V: Clone + Default> Shards<V> {
    fn new(rows: usize) -> Shards<V> {
        let part = || vec![Row::default(); rows].into_boxed_slice();
        Shards(std::array::from_fn(|_| Mutex::new(part())))
    }

    fn row<T>(&self, print: Print, with: impl FnOnce(&mut Row<V>, u64) -> T) -> T {
        let (high, tag) = ((print >> 64) as usize, print as u64 | 1);
        let part = self.0[high % SHARDS].lock();
        let mut part = part.unwrap_or_else(PoisonError::into_inner);
        let at = high / SHARDS % part.len();
        with(&mut part[at], tag)
    }

    fn get(&self, print: Print) -> Option<V> {
        self.row(print, |row, tag| {
            let known = row.iter().find(|(known, _)| *known == tag);
            known.map(|(_, value)| value.clone())
        })
    }

    fn put(&self, print: Print, value: V) {
        self.row(print, |row, tag| {
            row.rotate_right(1);
            row[0] = (tag, value);
        });
    }
}

/// What was said about windows and about candidates.
pub(crate) struct Memo<C> {
    keys: Keys,
    windows: Shards<Box<[C]>>,
    /// How far was looked, and how far will be if it is open: 0 if it is not.
    verdicts: Shards<(u32, u32)>,
}

impl<C: Clone + Hash> Memo<C> {
    /// A memory for a repository of so many objects.
    pub(crate) fn new(objects: usize) -> Memo<C> {
        let rows = (objects * 2 / SHARDS / ROW)
            .next_power_of_two()
            .clamp(64, MOST);
        Memo {
            keys: Keys::new(),
            windows: Shards::new(rows),
            verdicts: Shards::new(rows),
        }
    }

    /// The hash of everything that decides which candidates a window has.
    pub(crate) fn of_window(&self, bytes: &[u8], window: &Range<usize>, radius: usize) -> Print {
        let low = window.start.saturating_sub(radius);
        let (seen, ends) = view(bytes, low..window.end + radius);
        let at = (window.start - low) as u64;
        self.keys
            .print(seen, [at, window.len() as u64 | ends << 62])
    }

    /// The candidates of such a window, moved as if it began at 0.
    pub(crate) fn window(&self, print: Print) -> Option<Box<[C]>> {
        self.windows.get(print)
    }

    pub(crate) fn keep_window(&self, print: Print, candidates: Box<[C]>) {
        self.windows.put(print, candidates);
    }

    /// The hash of everything that decides about a candidate, which is moved as if it stood at 0, if no
    /// more than `around` bytes to either side do.
    pub(crate) fn of_candidate(
        &self,
        bytes: &[u8],
        (anchor, around): (usize, usize),
        candidate: &C,
    ) -> Print {
        let mut what = DefaultHasher::new();
        (candidate, around).hash(&mut what);
        self.keys.standing(bytes, (anchor, around), what.finish())
    }

    /// What was settled about such a candidate.
    pub(crate) fn verdict(&self, print: Print) -> Option<Verdict> {
        Some(match self.verdicts.get(print)? {
            (reach, 0) => Verdict::Nothing { reach },
            (looked, reach) => Verdict::Open { reach, looked },
        })
    }

    /// Remembers a verdict under the first of the hashes, which are of more and more around, that covers
    /// all it depends on.
    pub(crate) fn keep_verdict(&self, prints: [Print; 3], verdict: Verdict) {
        let mut prints = prints.into_iter().zip(AROUND);
        if let Some((print, _)) = prints.find(|(_, around)| verdict.looked() < *around) {
            self.verdicts.put(
                print,
                match verdict {
                    Verdict::Nothing { reach } => (reach, 0),
                    Verdict::Open { reach, looked } => (looked, reach.max(1)),
                },
            );
        }
    }

    /// The hash of a stretch of a text, and of whether it ends where the text does.
    pub(crate) fn of_stretch(&self, bytes: &[u8], range: &Range<usize>) -> Print {
        let (seen, ends) = view(bytes, range.clone());
        self.keys.print(seen, [ends, 0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_decides_tells_windows_apart() {
        let memo: Memo<u8> = Memo::new(0);
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
        let memo: Memo<u8> = Memo::new(0);
        let text = vec![b'a'; 10_000];
        let of = |text: &[u8], at, what: u8| {
            AROUND.map(|around| memo.of_candidate(text, (at, around), &what))
        };
        let prints = of(&text, 5000, 3);
        assert_eq!(prints, of(&text[100..], 5000, 3));
        assert_ne!(prints[0], prints[1]);
        assert_ne!(prints, of(&text, 5000, 4));
        assert_eq!(prints[1], of(&text[..7000], 5000, 3)[1]);
        assert_ne!(prints[2], of(&text[..7000], 5000, 3)[2]);
        let said = || prints.map(|print| memo.verdict(print));
        memo.keep_verdict(prints, Verdict::Nothing { reach: 2560 });
        assert_eq!(said(), [None, None, None]);
        let (near, far) = (
            Verdict::Open {
                reach: 5000,
                looked: 767,
            },
            Verdict::Nothing { reach: 768 },
        );
        memo.keep_verdict(prints, far);
        assert_eq!(said(), [None, None, Some(far)]);
        memo.keep_verdict(prints, near);
        assert_eq!(said(), [None, Some(near), Some(far)]);
    }

    #[test]
    fn who_comes_later_takes_the_place() {
        let shards: Shards<u8> = Shards::new(4);
        let print = |n: u128| n << 64 | n << 1;
        for n in 0..1000 {
            shards.put(print(n), 1);
        }
        let known = (0..1000).filter(|n| shards.get(print(*n)).is_some());
        assert_eq!(known.count(), 4 * ROW * SHARDS);
        assert_eq!(shards.get(print(999)), Some(1));
        assert_eq!(shards.get(999 << 64 | 998 << 1), None);
    }
}
