//! Again: single blobs that are read once more, when it is known where they stand. The bulk of them was
//! read by `walk`.

use std::io::Read;

use crate::finding::BlobId;

use super::inflate::Inflater;
use super::large::Large;
use super::pack::entry::Kind;
use super::repo::Layout;
use super::scanner::Texts;
use super::store::Store;

/// Reads blobs once more.
pub(crate) struct Again<'a> {
    pub(crate) store: &'a Store,
    pub(crate) layout: &'a Layout,
    /// Larger ones are not held in memory.
    pub(crate) max_object: usize,
    /// Larger ones are not read.
    pub(crate) max_blob: u64,
}

impl Texts for Again<'_> {
    fn read(&self, blob: BlobId, see: &mut dyn FnMut(&[u8])) -> bool {
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
            true
        })
    }
}
