//! The cache: where it is kept what a run learnt of a repository, under a hash of patterns and options.
//! What that is, `handed` says: ids, positions and what is like what, no secret and no path; each finding
//! is read again. Whoever can write to it can hide secrets, as whoever can write to the repository can.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::map::Map;
use super::repo::Layout;

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

const MAGIC: &[u8; 16] = b"unleak known 4\n\n";
/// Magic, key, length, checksum.
const HEAD: usize = 16 + 32 + 8 + 4;

/// A file that was not written for so long is removed.
const FORGET: Duration = Duration::from_secs(60 * 24 * 3600);

/// What was read from the cache, for one repository.
pub(crate) struct Stored(Option<Map>);

impl Stored {
    /// The bytes that were saved; empty if there are none.
    pub(crate) fn bytes(&self) -> &[u8] {
        let bytes = self.0.as_ref().map_or(&[][..], Map::bytes);
        bytes.get(HEAD..).unwrap_or(&[])
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
        let name = format!("{:08x}{:08x}-{key}.known", name.finalize(), half.finalize());
        self.dir.join(name)
    }

    /// What is known of this repository. A damaged or foreign file counts as none.
    pub(crate) fn load(&self, layout: &Layout) -> Stored {
        let map = Map::open(&self.path(layout)).ok();
        Stored(map.filter(|map| self.is_sound(map.bytes())))
    }

    /// The same cache for runs that leave out what is larger than `largest`.
    pub(crate) fn limited(&self, largest: u64) -> Cache {
        Cache::new(
            self.dir.clone(),
            &[&self.key[..], &largest.to_le_bytes()].concat(),
        )
    }

    fn is_sound(&self, bytes: &[u8]) -> bool {
        let Some((head, body)) = bytes.split_at_checked(HEAD) else {
            return false;
        };
        let (length, sum) = head[48..].split_at(8);
        head.starts_with(MAGIC)
            && head[16..48] == self.key
            && length == (body.len() as u64).to_le_bytes()
            && sum == crc32fast::hash(body).to_le_bytes()
    }

    /// Removes what no run has written for long: other patterns, repositories that are gone.
    fn forget(&self) {
        for file in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = file.file_name();
            let ours = name.as_encoded_bytes().ends_with(b".known")
                || name.as_encoded_bytes().ends_with(b".clean");
            let age = file.metadata().and_then(|about| about.modified());
            let age = age.ok().and_then(|then| then.elapsed().ok());
            if ours && age.is_some_and(|age| age > FORGET) {
                // Another process may have been faster.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Replaces what is known; written beside it and renamed, so that other processes see the old
    /// file or the new one.
    pub(crate) fn save(&self, layout: &Layout, body: &[u8]) -> io::Result<()> {
        let path = self.path(layout);
        fs::create_dir_all(&self.dir)?;
        self.forget();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = NEXT.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_extension(format!("{}-{unique}.tmp", std::process::id()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            file.write_all(MAGIC)?;
            file.write_all(&self.key)?;
            file.write_all(&(body.len() as u64).to_le_bytes())?;
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
