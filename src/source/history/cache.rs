//! The cache: ids of objects in which nothing was found, under a hash of patterns and options. It
//! holds no secret and no path; what had findings is simply read again. Whoever can write to it can
//! hide secrets, as whoever can write to the repository can.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::map::Map;
use super::pack::index::key;
use super::repo::Layout;
use super::store::Store;

/// Where the cache is, and for what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The directory; made when something is written.
    pub dir: PathBuf,
    /// A hash of everything that decides what is found: version, patterns, options.
    pub key: [u8; 32],
}

impl Cache {
    /// A cache in `dir` for whatever is found under these settings of the same version.
    pub fn new(dir: PathBuf, decisive: &[u8]) -> Cache {
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update([0]);
        hash.update(decisive);
        let key = hash.finalize().into();
        Cache { dir, key }
    }
}

const MAGIC: &[u8; 16] = b"unleak clean 1\n\n";
/// Magic, key, count, checksum.
const HEAD: usize = 16 + 32 + 8 + 4;
/// So much of an id is kept: nobody finds two objects that agree in 128 bits on purpose.
const KEPT: usize = 16;

/// A file that was not written for so long is removed.
const FORGET: Duration = Duration::from_secs(60 * 24 * 3600);

/// What was read from the cache, for one repository.
pub(crate) struct Clean(Option<Map>);

impl Clean {
    fn ids(&self) -> &[[u8; KEPT]] {
        let bytes = self.0.as_ref().map_or(&[][..], Map::bytes);
        bytes.get(HEAD..).unwrap_or(&[]).as_chunks().0
    }

    /// By number: the object is known to be clean. Empty if nothing is known.
    pub(crate) fn mark(&self, store: &Store) -> Vec<bool> {
        let ids = self.ids();
        if ids.is_empty() {
            return Vec::new();
        }
        let mut clean = vec![false; store.len()];
        let mut number = 0;
        for pack in &store.packs {
            merge(ids, pack.len(), |i| pack.id(i), &mut clean[number..]);
            number += pack.len();
        }
        let loose = &store.loose;
        merge(
            ids,
            loose.len(),
            |i| loose[i].as_bytes(),
            &mut clean[number..],
        );
        clean
    }
}

/// Marks those of `count` ascending ids that are among `known`.
fn merge<'a>(
    known: &[[u8; KEPT]],
    count: usize,
    id: impl Fn(usize) -> &'a [u8],
    marks: &mut [bool],
) {
    // A few ids are looked up, many are merged.
    if count < known.len() / 32 {
        for (i, mark) in marks.iter_mut().enumerate().take(count) {
            let found = id(i).first_chunk().map(|start| known.binary_search(start));
            *mark = found.is_some_and(|found| found.is_ok());
        }
        return;
    }
    let mut at = 0;
    for (i, mark) in marks.iter_mut().enumerate().take(count) {
        let here = id(i);
        let wanted = key(here);
        while known.get(at).is_some_and(|known| key(known) < wanted) {
            at += 1;
        }
        let same = known[at..].iter().take_while(|known| key(*known) == wanted);
        *mark = same.into_iter().any(|known| here.starts_with(known));
    }
}

impl Cache {
    fn path(&self, layout: &Layout) -> PathBuf {
        let mut name = crc32fast::Hasher::new();
        let mut half = crc32fast::Hasher::new();
        for dir in layout
            .objects
            .iter()
            .map(|dir| dir.as_os_str().as_encoded_bytes())
        {
            name.update(dir);
            half.update(b"/");
            half.update(dir);
        }
        let key: String = self.key[..8].iter().map(|b| format!("{b:02x}")).collect();
        let name = format!("{:08x}{:08x}-{key}.clean", name.finalize(), half.finalize());
        self.dir.join(name)
    }

    /// What is known of this repository. A damaged or foreign file counts as none.
    pub(crate) fn load(&self, layout: &Layout) -> Clean {
        let map = Map::open(&self.path(layout)).ok();
        Clean(map.filter(|map| self.is_sound(map.bytes())))
    }

    fn is_sound(&self, bytes: &[u8]) -> bool {
        let Some((head, body)) = bytes.split_at_checked(HEAD) else {
            return false;
        };
        let (count, sum) = head[48..].split_at(8);
        head.starts_with(MAGIC)
            && head[16..48] == self.key
            && count == (body.len() as u64 / KEPT as u64).to_le_bytes()
            && body.len().is_multiple_of(KEPT)
            && sum == crc32fast::hash(body).to_le_bytes()
    }

    /// Removes what no run has written for long: other patterns, repositories that are gone.
    fn forget(&self) {
        for file in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let ours = file.file_name().as_encoded_bytes().ends_with(b".clean");
            let age = file.metadata().and_then(|about| about.modified());
            let age = age.ok().and_then(|then| then.elapsed().ok());
            if ours && age.is_some_and(|age| age > FORGET) {
                // Another process may have been faster.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Replaces what is known by the objects with these numbers; written beside it and renamed, so
    /// that other processes see the old file or the new one.
    pub(crate) fn save(&self, layout: &Layout, store: &Store, clean: &[bool]) -> io::Result<()> {
        let numbers = (0..).zip(clean).filter(|(_, clean)| **clean);
        let ids = numbers.filter_map(|(number, _)| store.id(number));
        let mut ids: Vec<[u8; KEPT]> = ids
            .filter_map(|id| id.as_bytes().first_chunk().copied())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let body = ids.as_flattened();
        let path = self.path(layout);
        fs::create_dir_all(&self.dir)?;
        self.forget();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = NEXT.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_extension(format!("{}-{unique}.tmp", std::process::id()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            file.write_all(MAGIC)?;
            file.write_all(&self.key)?;
            file.write_all(&(ids.len() as u64).to_le_bytes())?;
            file.write_all(&crc32fast::hash(body).to_le_bytes())?;
            file.write_all(body)
        });
        let done = written.and_then(|()| fs::rename(&beside, &path));
        if done.is_err() {
            // The temporary file is of no use; that it could not be removed either changes nothing.
            let _ = fs::remove_file(&beside);
        }
        done
    }
}
