//! PackIndex: which object stands where in one pack; idx versions 1 and 2, SHA-1 and SHA-256.
//! Every position comes from a file somebody else wrote: all reads are checked.

use std::cmp::Ordering;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::super::digest::digest;
use super::super::map::Map;

/// An open `.idx` file.
#[derive(Debug)]
pub(crate) struct PackIndex {
    map: Map,
    version: u8,
    count: usize,
    hash: usize,
    ids: usize,
    /// How many ids were looked for, until that is worth a guide.
    asked: AtomicUsize,
    guide: OnceLock<Guide>,
}

/// A finer fan-out table: of the ids that begin with the same `bits`, where the first one stands.
#[derive(Debug)]
struct Guide {
    bits: u32,
    firsts: Vec<u32>,
}

/// An index is worth a guide once one in so many of its ids was looked for: a guide saves two reads of memory
/// an id, and all ids are read to make it.
const WORTH: usize = 16;

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(eight.try_into().ok()?))
}

/// The first eight bytes of an id, which order ids but for the rarest cases.
#[inline]
pub(crate) fn key(id: &[u8]) -> u64 {
    id.first_chunk()
        .map_or(0, |eight| u64::from_be_bytes(*eight))
}

/// Where in `table`, whose ids stand `stride` bytes apart, the id stands; `low..high` from a fan-out
/// table. Ids are uniform, so the place is guessed from the value, again and again, each time between
/// closer bounds; a table made to fool that is halved instead.
pub(crate) fn find_sorted(
    table: &[u8],
    bounds: (usize, usize),
    stride: usize,
    id: &[u8],
) -> Option<usize> {
    find_among(table, bounds, (stride, 8), id)
}

/// The same, where all ids between the bounds begin with the same `bits`.
fn find_among(
    table: &[u8],
    (mut low, mut high): (usize, usize),
    (stride, bits): (usize, u32),
    id: &[u8],
) -> Option<usize> {
    const GUESSES: u32 = 6;
    let at = |i: usize| table.get(i * stride..i * stride + id.len());
    let wanted = key(id);
    let behind = u64::MAX >> bits;
    let (mut least, mut most) = (wanted & !behind, wanted | behind);
    let mut round = 0;
    while low < high {
        let width = high - low;
        let probe = if round < GUESSES && wanted >= least && most > least {
            let share = (wanted - least) as f64 / (most - least) as f64;
            low + ((share * width as f64) as usize).min(width - 1)
        } else {
            low + width / 2
        };
        round += 1;
        let here = at(probe)?;
        let value = key(here);
        match value.cmp(&wanted).then_with(|| here.cmp(id)) {
            Ordering::Equal => return Some(probe),
            Ordering::Less => {
                low = probe + 1;
                least = value;
            }
            Ordering::Greater => {
                high = probe;
                most = value;
            }
        }
    }
    None
}

/// Checks that a fan-out table only grows and ends at `Some(count)`.
pub(crate) fn fanout_total(table: &[u8]) -> Option<usize> {
    let mut last = 0;
    for i in 0..256 {
        let here = be32(table, i * 4)?;
        if here < last {
            return None;
        }
        last = here;
    }
    usize::try_from(last).ok()
}

impl PackIndex {
    /// Opens an index whose ids have `hash` bytes.
    pub(crate) fn open(path: &Path, hash: usize) -> io::Result<PackIndex> {
        let map = Map::open(path)?;
        PackIndex::check(map, hash)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a sound pack index"))
    }

    /// It is whole, and made for the pack with this seal.
    pub(crate) fn is_sound(&self, pack: &[u8]) -> bool {
        let bytes = self.map.bytes();
        let (rest, seal) = bytes.split_at(bytes.len().saturating_sub(self.hash));
        rest.ends_with(pack) && digest(self.hash, &[rest]) == seal
    }

    fn check(map: Map, hash: usize) -> Option<PackIndex> {
        let bytes = map.bytes();
        let (version, fan) = if bytes.starts_with(b"\xfftOc") {
            if be32(bytes, 4)? != 2 {
                return None;
            }
            (2, 8)
        } else {
            (1, 0)
        };
        let count = fanout_total(bytes.get(fan..)?)?;
        let entry = if version == 2 { hash + 8 } else { hash + 4 };
        let least = count
            .checked_mul(entry)?
            .checked_add(fan + 1024 + 2 * hash)?;
        (bytes.len() >= least).then_some(PackIndex {
            version,
            count,
            hash,
            ids: fan + 1024,
            asked: AtomicUsize::new(0),
            guide: OnceLock::new(),
            map,
        })
    }

    /// How many objects it names.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    fn stride(&self) -> usize {
        if self.version == 2 {
            self.hash
        } else {
            self.hash + 4
        }
    }

    /// The table of ids, and how far apart they stand.
    fn table(&self) -> &[u8] {
        let skip = if self.version == 2 { 0 } else { 4 };
        self.map.bytes().get(self.ids + skip..).unwrap_or(&[])
    }

    /// The `i`-th id in ascending order; `i` below `len()`.
    pub(crate) fn id(&self, i: usize) -> &[u8] {
        let at = i * self.stride();
        self.table().get(at..at + self.hash).unwrap_or(&[])
    }

    /// All ids in ascending order.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        // Behind the last one stand checksums, so that there is room for one more piece.
        let pieces = self.table().chunks_exact(self.stride());
        pieces.take(self.count).map(|piece| &piece[..self.hash])
    }

    /// Where the `i`-th object starts in the pack.
    pub(crate) fn offset(&self, i: usize) -> Option<u64> {
        let bytes = self.map.bytes();
        if self.version == 1 {
            return be32(bytes, self.ids + i * self.stride()).map(u64::from);
        }
        let offsets = self.ids + self.count * (self.hash + 4);
        let small = be32(bytes, offsets + i * 4)?;
        if small & 0x8000_0000 == 0 {
            return Some(u64::from(small));
        }
        let large = usize::try_from(small & 0x7fff_ffff).ok()?;
        be64(bytes, offsets + self.count * 4 + large.checked_mul(8)?)
    }

    /// The position of an id.
    pub(crate) fn find(&self, id: &[u8]) -> Option<usize> {
        if id.len() != self.hash {
            return None;
        }
        if self.guide.get().is_none() {
            let asked = self.asked.fetch_add(1, Relaxed);
            if asked < self.count / WORTH || self.count < 1 << 10 {
                return find_sorted(self.table(), self.bounds(id[0])?, self.stride(), id);
            }
        }
        let Guide { bits, firsts } = self.guide.get_or_init(|| self.guide());
        let at = (key(id) >> (64 - bits)) as usize;
        let bounds = (*firsts.get(at)? as usize, *firsts.get(at + 1)? as usize);
        find_among(self.table(), bounds, (self.stride(), *bits), id)
    }

    /// A guide with two to four ids an entry.
    fn guide(&self) -> Guide {
        let bits = self.count.ilog2() - 1;
        let mut firsts = Vec::with_capacity((1 << bits) + 1);
        for i in 0..self.count {
            let here = (key(self.id(i)) >> (64 - bits)) as usize;
            let number = u32::try_from(i).unwrap_or(u32::MAX);
            // In an index out of order nothing is found, as by halving.
            if here >= firsts.len() {
                firsts.resize(here + 1, number);
            }
        }
        firsts.resize(
            (1 << bits) + 1,
            u32::try_from(self.count).unwrap_or(u32::MAX),
        );
        Guide { bits, firsts }
    }

    /// Positions of the ids that begin with `first`.
    pub(crate) fn bounds(&self, first: u8) -> Option<(usize, usize)> {
        let fan = self.ids - 1024;
        let bytes = self.map.bytes();
        let first = usize::from(first);
        let low = match first {
            0 => 0,
            n => be32(bytes, fan + (n - 1) * 4)?,
        };
        let high = be32(bytes, fan + first * 4)?;
        Some((usize::try_from(low).ok()?, usize::try_from(high).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: u32) -> Vec<[u8; 20]> {
        let mut ids: Vec<[u8; 20]> = (0..count)
            .map(|i| {
                let mut id = [0; 20];
                let mixed = u64::from(i).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                id[..8].copy_from_slice(&mixed.to_be_bytes());
                id
            })
            .collect();
        ids.sort_unstable();
        ids
    }

    fn version_one(ids: &[[u8; 20]]) -> Vec<u8> {
        let mut file = Vec::new();
        for first in 0..=255u8 {
            let upto = ids.iter().filter(|id| id[0] <= first).count();
            file.extend_from_slice(&u32::try_from(upto).unwrap().to_be_bytes());
        }
        for (i, id) in ids.iter().enumerate() {
            file.extend_from_slice(&u32::try_from(i * 10 + 12).unwrap().to_be_bytes());
            file.extend_from_slice(id);
        }
        file.extend_from_slice(&[0; 40]);
        file
    }

    #[test]
    fn version_one_is_read_and_every_id_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.idx");
        let ids = ids(3000);
        std::fs::write(&path, version_one(&ids)).unwrap();
        let index = PackIndex::open(&path, 20).unwrap();
        assert_eq!(index.len(), ids.len());
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(index.find(id), Some(i));
            assert_eq!(index.offset(i), Some(i as u64 * 10 + 12));
        }
        assert_eq!(index.find(&[0x55; 20]), None);
        assert!(index.all().eq(ids.iter().map(|id| &id[..])));
    }

    #[test]
    fn a_short_or_shrinking_index_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.idx");
        let mut file = version_one(&ids(10));
        file.truncate(file.len() - 1);
        std::fs::write(&path, &file).unwrap();
        assert!(PackIndex::open(&path, 20).is_err());
        let mut file = version_one(&ids(10));
        file[0] = 0xff;
        std::fs::write(&path, &file).unwrap();
        assert!(PackIndex::open(&path, 20).is_err());
    }
}
