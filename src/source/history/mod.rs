//! The history of a repository at the speed of its packs: every blob, message and name is shown to a
//! scanner, what a delta copies only once; then it is said where the findings come from.
//! What a secret looks like is not known here.

mod blobs;
mod buffer;
mod bulk;
mod chain;
mod commit;
mod commits;
mod delta;
mod fault;
mod filtered;
mod graph;
mod inflate;
mod loose;
mod map;
mod names;
mod pack;
mod provenance;
mod refs;
mod repo;
mod scanner;
mod store;
mod texts;
mod timings;
mod tree;
mod trees;
mod walk;
mod window;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::finding::{BlobId, Place, Skip, Tally};

use bulk::Pass;
use chain::Forest;
use filtered::{Filtered, Wanted};
use graph::Graph;
use provenance::{Finder, Sources};
use refs::Refs;
use store::{Store, key};

pub use repo::Layout;
pub use scanner::{BlobScanner, Outcome, Subject, Verdict};
pub use timings::Timings;

/// How a history is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Objects larger than this are counted, not read. Two of them, and the delta between, may have
    /// to be in memory at once.
    pub max_object: usize,
    /// Bytes of bases that all threads together keep for the objects built on them.
    pub memory: usize,
    /// Measure where the time goes.
    pub timings: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_object: 64 << 20,
            memory: 64 << 20,
            timings: false,
        }
    }
}

/// What reading a history gave, apart from what the scanner keeps.
#[derive(Debug, Default)]
pub struct Report {
    /// What was seen, skipped and failed.
    pub tally: Tally,
    /// Where the time went.
    pub timings: Timings,
    /// For every text in which the scanner found something, all its places, ordered; their spans are
    /// empty and the scanner's to fill.
    pub places: BTreeMap<Subject, Vec<Place>>,
}

/// Reads the whole history of a repository, also what no ref reaches. Uses the threads of the
/// current rayon pool; ends soon after `cancel` is set, and says so in the tally.
pub fn scan<S: BlobScanner>(
    layout: &Layout,
    options: &Options,
    scanner: &S,
    cancel: &AtomicBool,
) -> Report {
    let start = Instant::now();
    let mut report = Report::default();
    let tally = &mut report.tally;
    for lost in &layout.lost_alternates {
        tally.fail(
            Skip::Missing,
            lost.display().to_string(),
            "an alternate that cannot be read",
        );
    }
    let store = Store::open(layout, tally);
    read_all(layout, &store, (options, scanner, cancel), &mut report);
    report.timings.total = start.elapsed();
    report
}

/// Reads all objects of an open store.
fn read_all<S: BlobScanner>(
    layout: &Layout,
    store: &Store,
    (options, scanner, cancel): (&Options, &S, &AtomicBool),
    report: &mut Report,
) {
    let forests: Vec<Forest> = store.packs.iter().map(Forest::new).collect();
    let copies = bulk::copies(store);
    let pass = Pass {
        store,
        forests: &forests,
        copies: &copies,
        clean: &[],
        limits: walk::Limits {
            object: options.max_object,
            base: options.max_object.saturating_add(options.max_object / 2),
            stack: options.memory,
        },
        cancel,
        timed: options.timings,
    };
    let blobs = bulk::scan_blobs(&pass, scanner);
    report.tally.add(blobs.tally);
    report.timings.add(&blobs.timings);
    let start = Instant::now();
    let numbers = |id: &BlobId| Some((key(id.as_bytes()), store.find(id.as_bytes())?));
    let found: HashMap<u64, u32> = blobs.found.iter().filter_map(numbers).collect();
    let refs = Refs::read(layout).unwrap_or_else(|error| {
        report.tally.fail(Skip::Unreadable, "refs", error);
        Refs::default()
    });
    let structure = texts::read(&pass, scanner, &found, &blobs.loose, &refs.shallow);
    report.tally.add(structure.tally.clone());
    report.timings.add(&structure.timings);
    let mut subjects: Vec<Subject> = blobs.found.iter().copied().map(Subject::Blob).collect();
    subjects.extend(structure.found.iter().cloned());
    drop(forests);
    conclude(store, &refs, structure, (subjects, &found), report);
    report.timings.structure = start.elapsed();
}

/// Says where everything comes from, and counts what is missing.
fn conclude(
    store: &Store,
    refs: &Refs,
    structure: texts::Structure,
    (mut subjects, found): (Vec<Subject>, &HashMap<u64, u32>),
    report: &mut Report,
) {
    let graph = Graph::new(structure.rows, structure.tags, store, refs);
    for _ in 0..graph.shallow {
        report.tally.skip(Skip::Shallow);
    }
    let mut missing: Vec<BlobId> = structure.missing.into_iter().collect();
    missing.sort_unstable();
    for id in missing {
        report
            .tally
            .fail(Skip::Missing, id.to_string(), "named but not there");
    }
    for key in store.absent(structure.blobs) {
        report.tally.fail(
            Skip::Missing,
            format!("{key:016x}"),
            "a file's content is not there",
        );
    }
    let (names, flagged) = structure.names.into_lists();
    let named = names.iter().zip(&flagged).filter(|(_, flag)| **flag);
    subjects.extend(named.map(|(name, _)| Subject::Name(name.to_vec())));
    if subjects.is_empty() {
        return;
    }
    let numbers: HashSet<u32> = found.values().copied().collect();
    let wanted = Wanted {
        blobs: &numbers,
        flagged: &flagged,
    };
    let filtered = Filtered::new(&structure.records, &wanted, store.len());
    let sources = Sources {
        store,
        graph: &graph,
        filtered: &filtered,
        refs,
        names: &names,
    };
    report.places = Finder::new(&sources).places(&subjects);
    if filtered.too_deep {
        report
            .tally
            .fail(Skip::Corrupt, "trees", "nested more than 2,048 deep");
    }
}

#[cfg(test)]
mod tests;
