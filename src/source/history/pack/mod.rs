//! Pack: one `.pack` file and what says where its objects are (its own index, or the multi-pack
//! index where that is gone). How deltas hang together is `chain`'s business.

pub(crate) mod entry;
pub(crate) mod index;
pub(crate) mod midx;

use std::io;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::inflate::Inflater;
use super::map::Map;
use entry::Header;
use index::PackIndex;
use midx::Listed;

/// Says where the objects of a pack are.
#[derive(Debug)]
enum Names {
    Index(PackIndex),
    Multi(Listed),
}

/// An open pack.
#[derive(Debug)]
pub(crate) struct Pack {
    /// Its file, for messages.
    pub(crate) path: PathBuf,
    map: Map,
    names: Names,
    hash: usize,
}

impl Pack {
    /// Opens the pack at `path` and its index beside it, or takes what a multi-pack index lists of it.
    pub(crate) fn open(path: &Path, hash: usize, listed: Option<Listed>) -> io::Result<Pack> {
        let names = match PackIndex::open(&path.with_extension("idx"), hash) {
            Ok(index) => Names::Index(index),
            Err(error) => Names::Multi(listed.ok_or(error)?),
        };
        let map = Map::open(path)?;
        let bytes = map.bytes();
        let version = bytes.get(4..8).unwrap_or(&[]);
        if !bytes.starts_with(b"PACK") || !matches!(version, [0, 0, 0, 2 | 3]) {
            let text = "not a pack of version 2 or 3";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(Pack {
            path: path.to_owned(),
            map,
            names,
            hash,
        })
    }

    /// How many objects are named.
    pub(crate) fn len(&self) -> usize {
        match &self.names {
            Names::Index(index) => index.len(),
            Names::Multi(listed) => listed.len(),
        }
    }

    /// What names its objects is whole, and speaks of this pack.
    pub(crate) fn is_named_soundly(&self) -> bool {
        let bytes = self.map.bytes();
        let seal = &bytes[bytes.len().saturating_sub(self.hash)..];
        match &self.names {
            Names::Index(index) => index.is_sound(seal),
            Names::Multi(_) => false,
        }
    }

    /// Size of the file.
    pub(crate) fn size(&self) -> usize {
        self.map.bytes().len()
    }

    /// The `i`-th id in ascending order.
    pub(crate) fn id(&self, i: usize) -> &[u8] {
        match &self.names {
            Names::Index(index) => index.id(i),
            Names::Multi(listed) => listed.id(i),
        }
    }

    /// All ids in ascending order, if an index of its own lists them.
    pub(crate) fn ids(&self) -> Option<impl ExactSizeIterator<Item = &[u8]>> {
        match &self.names {
            Names::Index(index) => Some(index.all()),
            Names::Multi(_) => None,
        }
    }

    /// Where the `i`-th object starts.
    pub(crate) fn offset(&self, i: usize) -> Option<u64> {
        match &self.names {
            Names::Index(index) => index.offset(i),
            Names::Multi(listed) => listed.offset(i),
        }
    }

    /// The position of an id.
    pub(crate) fn find(&self, id: &[u8]) -> Option<usize> {
        match &self.names {
            Names::Index(index) => index.find(id),
            Names::Multi(listed) => listed.find(id),
        }
    }

    /// The entries, without the checksum at the end.
    fn body(&self) -> &[u8] {
        let bytes = self.map.bytes();
        &bytes[..bytes.len().saturating_sub(self.hash)]
    }

    /// The header of the entry at `offset`.
    pub(crate) fn header(&self, offset: u64) -> Result<Header<'_>, Fault> {
        entry::header(self.body(), offset, self.hash)
    }

    /// Inflates what follows a header into `out`, which must have the header's size.
    pub(crate) fn inflate(
        &self,
        header: &Header<'_>,
        inflater: &mut Inflater,
        out: &mut [u8],
    ) -> Result<(), Fault> {
        let packed = self.body().get(header.data..).unwrap_or(&[]);
        inflater.exact(packed, out)
    }

    /// Says that about `count` bytes of the pack were read.
    pub(crate) fn note_read(&self, count: usize) {
        self.map.note_read(count);
    }
}
