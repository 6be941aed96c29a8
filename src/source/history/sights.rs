//! Sights: every path at which something stands in the trees of commits, each once. Which commits brought
//! it is `provenance`'s business, and asked only of what turns out to be something there.

use std::collections::{HashMap, HashSet};

use crate::finding::BlobId;

use super::filtered::{DEPTH, Filter};
use super::keyed::Keyed;
use super::names::NameId;
use super::provenance::Sources;
use super::scanner::{Sight, Subject};
use super::trees::ABSENT;

/// The number of the empty path.
const ROOT: u32 = 0;

/// Paths that were met: of each the one above, its last name, and how deep it is.
struct Paths {
    all: Vec<(u32, NameId, u16)>,
    known: HashMap<(u32, NameId), u32, Keyed>,
}

impl Paths {
    fn below(&mut self, above: u32, name: NameId) -> u32 {
        *self.known.entry((above, name)).or_insert_with(|| {
            let depth = self.all[above as usize].2.saturating_add(1);
            self.all.push((above, name, depth));
            u32::try_from(self.all.len() - 1).unwrap_or(ROOT)
        })
    }

    fn text(&self, mut at: u32, names: &[Box<[u8]>]) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = Vec::new();
        while at != ROOT {
            let (above, name, _) = self.all[at as usize];
            parts.push(names.get(name as usize).map_or(&[], |name| name));
            at = above;
        }
        parts.reverse();
        parts.join(&b'/')
    }
}

/// What was met at which paths: most things at one only.
struct Met {
    first: Vec<u32>,
    more: HashSet<(u32, u32), Keyed>,
}

impl Met {
    fn new(count: usize) -> Met {
        Met {
            first: vec![ABSENT; count],
            more: HashSet::default(),
        }
    }

    /// True if it was not met there before.
    fn insert(&mut self, thing: u32, path: u32) -> bool {
        match self.first.get_mut(thing as usize) {
            None => false,
            Some(first) if *first == ABSENT => {
                *first = path;
                true
            }
            Some(first) => *first != path && self.more.insert((thing, path)),
        }
    }
}

/// Every blob in which something is open and every path it stands at, ordered; no path for what no
/// commit holds.
pub(crate) fn sights(from: &Sources<'_>, found: &[Subject]) -> Vec<Sight> {
    let filtered = from.filtered;
    let mut paths = Paths {
        all: vec![(ROOT, 0, 0)],
        known: HashMap::default(),
    };
    let mut trees = Met::new(filtered.all().len());
    let mut blobs = Met::new(from.store.len());
    let mut stands: Vec<(u32, u32)> = Vec::new();
    let roots = from.graph.rows.iter().map(|row| filtered.of(row.tree));
    let mut next: Vec<(Filter, u32)> = roots
        .filter(|root| *root != 0 && trees.insert(*root, ROOT))
        .map(|root| (root, ROOT))
        .collect();
    while let Some((tree, path)) = next.pop() {
        let deep = paths.all[path as usize].2 >= DEPTH;
        for item in filtered.items(tree) {
            let here = paths.below(path, item.name);
            if item.blob != ABSENT && blobs.insert(item.blob, here) {
                stands.push((item.blob, here));
            }
            if item.below != 0 && !deep && trees.insert(item.below, here) {
                next.push((item.below, here));
            }
        }
    }
    drop((trees, blobs));
    let mut placed: HashSet<BlobId> = HashSet::new();
    let mut sights: Vec<Sight> = Vec::with_capacity(stands.len());
    for (blob, path) in stands {
        if let Some(blob) = from.store.id(blob) {
            let path = paths.text(path, from.names);
            sights.push(Sight { blob, path });
            placed.insert(blob);
        }
    }
    let alone = found.iter().filter_map(|subject| match subject {
        Subject::Blob(blob) if !placed.contains(blob) => Some(*blob),
        _ => None,
    });
    sights.extend(alone.map(|blob| Sight {
        blob,
        path: Vec::new(),
    }));
    sights.sort_unstable();
    sights
}
