//! The multi-pack index: one sorted table over many packs. Used where a pack's own index is gone;
//! a pack that has its own is read through that.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::super::map::Map;
use super::index::{fanout_total, find_sorted};

/// An open `multi-pack-index` file.
#[derive(Debug)]
pub(crate) struct MultiIndex {
    map: Map,
    hash: usize,
    count: usize,
    fan: usize,
    ids: usize,
    offsets: usize,
    large: Option<usize>,
    names: Vec<String>,
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<usize> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    usize::try_from(u64::from_be_bytes(eight.try_into().ok()?)).ok()
}

impl MultiIndex {
    /// Opens one; ids have `hash` bytes.
    pub(crate) fn open(path: &Path, hash: usize) -> io::Result<MultiIndex> {
        let map = Map::open(path)?;
        MultiIndex::check(map, hash).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "not a sound multi-pack index")
        })
    }

    fn check(map: Map, hash: usize) -> Option<MultiIndex> {
        let bytes = map.bytes();
        let of = match bytes.get(5)? {
            1 => 20,
            2 => 32,
            _ => return None,
        };
        if !bytes.starts_with(b"MIDX\x01") || of != hash {
            return None;
        }
        let chunks = usize::from(*bytes.get(6)?);
        let chunk = |name: &[u8]| {
            (0..chunks).find_map(|i| {
                let row = 12 + i * 12;
                let start = be64(bytes, row + 4)?;
                let end = be64(bytes, row + 16)?;
                let named = bytes.get(row..row + 4)? == name;
                (named && start <= end && end <= bytes.len()).then_some((start, end))
            })
        };
        let (fan, fan_end) = chunk(b"OIDF")?;
        let count = fanout_total(bytes.get(fan..fan_end)?)?;
        let (ids, ids_end) = chunk(b"OIDL")?;
        let (offsets, offsets_end) = chunk(b"OOFF")?;
        let fits = ids_end - ids >= count.checked_mul(hash)?
            && offsets_end - offsets >= count.checked_mul(8)?;
        let (names, names_end) = chunk(b"PNAM")?;
        let packs = usize::try_from(be32(bytes, 8)?).ok()?;
        let names = bytes[names..names_end]
            .split(|b| *b == 0)
            .take(packs)
            .map(|name| String::from_utf8(name.to_vec()).ok())
            .collect::<Option<Vec<_>>>()?;
        let large = chunk(b"LOFF").map(|(start, _)| start);
        fits.then_some(MultiIndex {
            map,
            hash,
            count,
            fan,
            ids,
            offsets,
            large,
            names,
        })
    }

    /// What it knows of the pack whose index is called `name`.
    pub(crate) fn listed(self: &Arc<Self>, name: &str) -> Option<Listed> {
        let pack = self.names.iter().position(|known| known == name)?;
        let pack = u32::try_from(pack).ok()?;
        let rows = (0..u32::try_from(self.count).ok()?)
            .filter(|row| self.pack_of(*row as usize) == Some(pack))
            .collect();
        Some(Listed {
            index: Arc::clone(self),
            rows,
        })
    }

    fn pack_of(&self, row: usize) -> Option<u32> {
        be32(self.map.bytes(), self.offsets + row * 8)
    }

    fn id(&self, row: usize) -> &[u8] {
        let at = self.ids + row * self.hash;
        self.map.bytes().get(at..at + self.hash).unwrap_or(&[])
    }

    fn offset(&self, row: usize) -> Option<u64> {
        let bytes = self.map.bytes();
        let small = be32(bytes, self.offsets + row * 8 + 4)?;
        match self.large {
            Some(large) if small & 0x8000_0000 != 0 => {
                let nth = usize::try_from(small & 0x7fff_ffff).ok()?;
                be64(bytes, large.checked_add(nth.checked_mul(8)?)?).map(|at| at as u64)
            }
            _ => Some(u64::from(small)),
        }
    }

    fn find(&self, id: &[u8]) -> Option<usize> {
        if id.len() != self.hash {
            return None;
        }
        let bytes = self.map.bytes();
        let first = usize::from(id[0]);
        let low = match first {
            0 => 0,
            n => be32(bytes, self.fan + (n - 1) * 4)?,
        };
        let high = be32(bytes, self.fan + first * 4)?;
        let bounds = (usize::try_from(low).ok()?, usize::try_from(high).ok()?);
        find_sorted(bytes.get(self.ids..)?, bounds, self.hash, id)
    }
}

/// The objects of one pack as a multi-pack index lists them.
#[derive(Debug)]
pub(crate) struct Listed {
    index: Arc<MultiIndex>,
    rows: Vec<u32>,
}

impl Listed {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn id(&self, i: usize) -> &[u8] {
        self.rows
            .get(i)
            .map_or(&[], |row| self.index.id(*row as usize))
    }

    pub(crate) fn offset(&self, i: usize) -> Option<u64> {
        self.index.offset(*self.rows.get(i)? as usize)
    }

    pub(crate) fn find(&self, id: &[u8]) -> Option<usize> {
        let row = u32::try_from(self.index.find(id)?).ok()?;
        self.rows.binary_search(&row).ok()
    }
}
