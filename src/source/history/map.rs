//! Map: a file of the object store, mapped read-only. The only unsafe code of the history engine.
//! What the bytes mean is read in `pack` and `loose`.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Mmap, UncheckedAdvice};

/// After this many bytes were read from a map, its pages are handed back to the kernel.
const KEEP: usize = 48 << 20;

/// A mapped file; an empty file is an empty slice.
#[derive(Debug)]
pub(crate) struct Map {
    map: Option<Mmap>,
    read: AtomicUsize,
}

impl Map {
    /// Maps a regular file.
    pub(crate) fn open(path: &Path) -> io::Result<Map> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        let map = if about.len() == 0 {
            None
        } else {
            // SAFETY: a mapping is only sound while nobody shortens the file. Git never changes a pack,
            // an index or a loose object once it carries its final name: it writes a new file and
            // unlinks the old one, and an unlinked file stays mapped whole. Every offset read from the
            // bytes is checked against the length, so changed bytes can give errors but no bad access.
            Some(unsafe { Mmap::map(&file)? })
        };
        Ok(Map {
            map,
            read: AtomicUsize::new(0),
        })
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(&[])
    }

    /// Says that `count` bytes were read. Now and then this gives the pages back, so that a pack of
    /// many gigabytes does not stay resident; touching them again costs a soft fault a page cluster.
    pub(crate) fn note_read(&self, count: usize) {
        let before = self.read.fetch_add(count, Ordering::Relaxed);
        if before / KEEP == (before + count) / KEEP {
            return;
        }
        if let Some(map) = &self.map {
            // SAFETY: for a read-only mapping of a file, DONTNEED only drops clean pages; the next
            // access, also one that is under way in another thread, reads the same bytes from the
            // file again. An error is of no consequence: the pages simply stay.
            let _ = unsafe { map.unchecked_advise(UncheckedAdvice::DontNeed) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_readable_after_their_pages_were_given_back() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("file");
        std::fs::write(&path, vec![7u8; 70_000])?;
        let map = Map::open(&path)?;
        assert_eq!(map.bytes()[69_999], 7);
        map.note_read(KEEP + 1);
        assert!(map.bytes().iter().all(|b| *b == 7));
        Ok(())
    }

    #[test]
    fn an_empty_file_is_empty_and_a_directory_is_refused() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("file");
        std::fs::write(&path, b"")?;
        assert!(Map::open(&path)?.bytes().is_empty());
        assert!(Map::open(dir.path()).is_err());
        Ok(())
    }
}
