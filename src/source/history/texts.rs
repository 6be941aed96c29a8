//! The passes over trees, commits and tags: their texts shown to the scanner, their structure written
//! down for provenance.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crate::finding::{BlobId, Tally};

use super::bulk::Pass;
use super::commits::{CommitLocal, Commits, Row};
use super::fault::Fault;
use super::inflate::Inflater;
use super::names::Names;
use super::pack::entry::Kind;
use super::scanner::{BlobScanner, Subject};
use super::timings::Timings;
use super::trees::{ABSENT, Records, TreeLocal, Trees};

/// What the passes found out.
#[derive(Default)]
pub(crate) struct Structure {
    pub(crate) tally: Tally,
    pub(crate) timings: Timings,
    pub(crate) records: Vec<Records>,
    pub(crate) names: Names,
    pub(crate) rows: Vec<Row>,
    pub(crate) tags: Vec<(u32, u32)>,
    /// Commits and tags whose text gives something away.
    pub(crate) found: Vec<Subject>,
    /// Objects that are named but not there.
    pub(crate) missing: HashSet<BlobId>,
    /// The first bytes of the ids of all blobs that trees name.
    pub(crate) blobs: Vec<u64>,
    /// Numbers of objects that were read and gave nothing away; names apart.
    pub(crate) clean: Vec<u32>,
}

/// Reads all trees, commits and tags. `found`: the blobs in which something was found, by the first
/// bytes of their ids.
/// `loose`: the kinds of the loose objects. `shallow`: commits behind which history was cut off. `names`:
/// those that are known already.
pub(crate) fn read<S: BlobScanner>(
    pass: &Pass<'_>,
    scanner: &S,
    found: &HashMap<u64, u32>,
    loose: &[Option<Kind>],
    (shallow, names): (&[BlobId], Names),
) -> Structure {
    let mut all = Structure::default();
    let lane = Mutex::new(());
    for pack in 0..pass.store.packs.len() {
        all.pack_trees(pass, scanner, (found, &names), (pack, &lane));
        all.pack_commits(pass, scanner, (Kind::Commit, shallow), (pack, &lane));
        all.pack_commits(pass, scanner, (Kind::Tag, shallow), (pack, &lane));
    }
    all.loose(pass, scanner, (found, &names), (loose, shallow));
    all.names = names;
    all.blobs.sort_unstable();
    all.blobs.dedup();
    all
}

type Known<'a> = (&'a HashMap<u64, u32>, &'a Names);

impl Structure {
    fn pack_trees<S: BlobScanner>(
        &mut self,
        pass: &Pass<'_>,
        scanner: &S,
        (found, names): Known<'_>,
        (pack, lane): (usize, &Mutex<()>),
    ) {
        let number = |node| {
            pass.named(pack, node)
                .map_or(ABSENT, |(_, number, _)| number)
        };
        let trees = Trees {
            scanner,
            store: pass.store,
            names,
            found,
            number,
            timed: pass.timed,
        };
        for local in pass.walk(pack, Kind::Tree, &trees, lane) {
            for (node, fault) in &local.failed {
                self.fail(pass.named(pack, *node).map(|(id, ..)| id), *fault);
            }
            self.take_trees(local);
        }
    }

    fn take_trees<S: BlobScanner>(&mut self, mut local: TreeLocal<'_, S>) {
        local.tidy();
        self.blobs.append(&mut local.blobs);
        self.timings.add(&local.reader.timings);
        self.records.push(local.records);
        self.missing.extend(local.missing);
        self.clean.extend(local.clean);
    }

    fn pack_commits<S: BlobScanner>(
        &mut self,
        pass: &Pass<'_>,
        scanner: &S,
        (kind, shallow): (Kind, &[BlobId]),
        (pack, lane): (usize, &Mutex<()>),
    ) {
        let commits = Commits {
            scanner,
            store: pass.store,
            kind,
            named: |node| pass.named(pack, node),
            shallow,
            timed: pass.timed,
        };
        for local in pass.walk(pack, kind, &commits, lane) {
            for (node, fault) in &local.failed {
                self.fail(pass.named(pack, *node).map(|(id, ..)| id), *fault);
            }
            self.take_commits(local);
        }
    }

    fn take_commits<S: BlobScanner>(&mut self, local: CommitLocal<'_, S>) {
        self.timings.add(&local.reader.timings);
        self.rows.extend(local.rows);
        self.tags.extend(local.tags);
        self.found.extend(local.found);
        self.missing.extend(local.missing);
        self.clean.extend(local.clean);
        self.tally.commits += local.commits;
    }

    fn fail(&mut self, id: Option<BlobId>, fault: Fault) {
        let Some(id) = id else { return };
        self.tally
            .fail(fault.skip(), id.to_string(), fault.to_string());
    }

    fn loose<S: BlobScanner>(
        &mut self,
        pass: &Pass<'_>,
        scanner: &S,
        (found, names): Known<'_>,
        (kinds, shallow): (&[Option<Kind>], &[BlobId]),
    ) {
        let trees = Trees {
            scanner,
            store: pass.store,
            names,
            found,
            number: |_: u32| 0,
            timed: pass.timed,
        };
        let mut tree = trees.local();
        let reads = |kind| Commits {
            scanner,
            store: pass.store,
            kind,
            named: |_: u32| None::<(BlobId, u32, bool)>,
            shallow,
            timed: pass.timed,
        };
        let mut by_kind = BTreeMap::from([Kind::Commit, Kind::Tag].map(|kind| {
            let reads = reads(kind);
            let local = reads.local();
            (kind, (reads, local))
        }));
        let mut inflater = Inflater::new();
        for (number, (id, kind)) in
            (pass.store.first_loose()..).zip(pass.store.loose.iter().zip(kinds))
        {
            let Some(kind) = kind.filter(|kind| *kind != Kind::Blob) else {
                continue;
            };
            if pass.cancel.load(Ordering::Relaxed) {
                self.fail(Some(*id), Fault::Cancelled);
                continue;
            }
            let limit = pass.limits.object;
            let read = pass.store.read(id.as_bytes(), &mut inflater, limit);
            let done = read.and_then(|(_, bytes)| match by_kind.get_mut(&kind) {
                Some((reads, local)) => reads.read(
                    local,
                    (*id, number, pass.texts && pass.wants(number)),
                    &bytes,
                ),
                None => trees.alone(&mut tree, number, &bytes),
            });
            if let Err(fault) = done {
                self.fail(Some(*id), fault);
            }
        }
        self.take_trees(tree);
        for (_, local) in by_kind.into_values() {
            self.take_commits(local);
        }
    }
}
