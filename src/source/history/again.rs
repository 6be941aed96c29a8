//! Again: single blobs that are read once more, when it is known where they stand. The bulk of them was
//! read by `walk`.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use crate::finding::BlobId;

use super::inflate::Inflater;
use super::large::Large;
use super::pack::entry::{Content, Kind};
use super::recent::Recent;
use super::repo::Layout;
use super::scanner::Texts;
use super::store::Store;

/// git makes no longer chains unless it is told to.
const DEEP: usize = 64;

/// Reads blobs once more.
pub(crate) struct Again<'a> {
    pub(crate) store: &'a Store,
    pub(crate) layout: &'a Layout,
    /// Larger ones are not held in memory.
    pub(crate) max_object: usize,
    /// Larger ones are not read.
    pub(crate) max_blob: u64,
    /// What each thread read last.
    pub(crate) recent: Mutex<Vec<Recent>>,
}

impl Again<'_> {
    /// The pack and the offset of a blob that is in one.
    fn packed(&self, blob: BlobId) -> Option<(usize, u64)> {
        let mut packs = self.store.packs.iter().enumerate();
        packs.find_map(|(number, pack)| {
            let at = pack.find(blob.as_bytes())?;
            Some((number, pack.offset(at)?))
        })
    }

    /// Reads a blob that stands in a pack with all that it is built on.
    fn read_packed(&self, blob: BlobId, see: &mut dyn FnMut(&[u8])) -> Option<()> {
        let (number, offset) = self.packed(blob)?;
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mine = recent().pop().unwrap_or_else(Recent::new);
        let pack = (number, &self.store.packs[number]);
        let read = match mine.read(pack, offset, self.max_object) {
            Some((Kind::Blob, bytes)) => {
                see(bytes);
                Some(())
            }
            _ => None,
        };
        recent().push(mine);
        read
    }
}

impl Texts for Again<'_> {
    /// The pack, and what the blob is built on from the beginning: in that order, whatever others are
    /// built on as well is at hand.
    fn place(&self, blob: BlobId) -> Vec<u64> {
        let mut place = Vec::new();
        let Some((number, mut at)) = self.packed(blob) else {
            return place;
        };
        let pack = &self.store.packs[number];
        while place.len() < DEEP {
            place.push(at);
            match pack.header(at).map(|header| header.content) {
                Ok(Content::Offset(base)) => at = base,
                _ => break,
            }
        }
        place.push(number as u64);
        place.reverse();
        place
    }

    fn read(&self, blob: BlobId, see: &mut dyn FnMut(&[u8])) -> bool {
        if self.read_packed(blob, see).is_some() {
            return true;
        }
        let (inflater, limit) = (&mut Inflater::new(), self.max_object);
        match self.store.read(blob.as_bytes(), inflater, limit) {
            Ok((Kind::Blob, bytes)) => {
                see(&bytes);
                true
            }
            _ => false,
        }
    }

    fn stream(&self, blob: BlobId, see: &mut dyn FnMut(&mut dyn Read)) -> bool {
        let input = Large::open(self.layout, &blob, self.max_blob);
        input.is_ok_and(|mut input| {
            see(&mut input);
            input.is_whole()
        })
    }
}
