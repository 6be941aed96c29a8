//! Listing: which packs there are, opened. Packs come and go under a concurrent gc.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::finding::{Skip, Tally};

use super::pack::Pack;
use super::pack::midx::MultiIndex;
use super::repo::Layout;

/// How often the packs are listed again because one vanished between listing and opening.
const TRIES: usize = 6;

/// How long a gc gets to finish putting a pack and its index in place.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens every pack; lists again when one vanished meanwhile.
pub(super) fn open_packs(layout: &Layout, tally: &mut Tally) -> Vec<Pack> {
    let mut open: Vec<Pack> = Vec::new();
    let mut failed = Vec::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        failed.clear();
        let mut vanished = false;
        for (path, multi) in list_packs(layout) {
            if open.iter().any(|pack| pack.path == path) {
                continue;
            }
            let listed = multi.and_then(|multi| {
                let name = path.with_extension("idx");
                multi.listed(name.file_name()?.to_str()?)
            });
            match Pack::open(&path, layout.hash, listed) {
                Ok(pack) => open.push(pack),
                Err(error) => {
                    vanished |= error.kind() == io::ErrorKind::NotFound;
                    failed.push((path, error));
                }
            }
        }
        if !vanished {
            break;
        }
    }
    for (path, error) in failed {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => Skip::Missing,
            io::ErrorKind::InvalidData => Skip::Corrupt,
            _ => Skip::Unreadable,
        };
        tally.fail(reason, path.display().to_string(), error.to_string());
    }
    // The largest first: most objects are found at the first look.
    open.sort_by(|a, b| b.size().cmp(&a.size()).then_with(|| a.path.cmp(&b.path)));
    open
}

/// The packs of all directories: every file, also those of which only the index or only the pack is
/// there. A pack without index comes with the multi-pack index of its directory.
fn list_packs(layout: &Layout) -> Vec<(PathBuf, Option<Arc<MultiIndex>>)> {
    let mut all = Vec::new();
    for dir in &layout.objects {
        let dir = dir.join("pack");
        let mut names = BTreeSet::new();
        let mut indexed = BTreeSet::new();
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension().and_then(|ext| ext.to_str()) {
                Some("pack") => names.insert(path),
                Some("idx") => indexed.insert(path.with_extension("pack")),
                _ => continue,
            };
        }
        let multi = MultiIndex::open(&dir.join("multi-pack-index"), layout.hash).ok();
        let multi = multi.map(Arc::new);
        for path in indexed.union(&names) {
            let multi = multi.clone().filter(|_| !indexed.contains(path));
            if is_pack(path) {
                all.push((path.clone(), multi));
            }
        }
    }
    all
}

/// Git writes packs under other names (`tmp_pack_…`) until they are whole.
fn is_pack(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("pack-"))
}
