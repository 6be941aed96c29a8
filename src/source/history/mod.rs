//! The history of a repository at the speed of its packs: every blob, message and name is shown to a
//! scanner, what a delta copies only once; then it is said where the findings come from.
//! What a secret looks like is not known here.

mod blobs;
mod buffer;
mod bulk;
mod cache;
mod chain;
mod commit;
mod commits;
mod delta;
mod fault;
mod filtered;
mod graph;
mod inflate;
mod listing;
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
mod worker;

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

pub use cache::Cache;
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
    /// Objects found clean by an earlier run are not read again.
    pub cache: Option<Cache>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_object: 64 << 20,
            memory: 64 << 20,
            timings: false,
            cache: None,
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
    /// Objects that were not read because an earlier run found them clean.
    pub known: u64,
    /// The cache could not be written; the scan itself is not touched by that.
    pub cache_error: Option<std::io::Error>,
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
    let clean = options.cache.as_ref().map(|cache| cache.load(layout));
    let mut clean = clean.map_or(Vec::new(), |clean| clean.mark(store));
    report.known = clean.iter().filter(|known| **known).count() as u64;
    let copies = bulk::copies(store);
    let forests = forests(store, &clean);
    let pass = Pass {
        store,
        forests: &forests,
        copies: &copies,
        clean: &clean,
        texts: true,
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
    let refs = Refs::read(layout).unwrap_or_else(|error| {
        report.tally.fail(Skip::Unreadable, "refs", error);
        Refs::default()
    });
    let numbers = |id: &BlobId| Some((key(id.as_bytes()), store.find(id.as_bytes())?));
    let found: HashMap<u64, u32> = blobs.found.iter().filter_map(numbers).collect();
    let structure = structure(&pass, scanner, (&found, blobs.loose), &refs.shallow);
    report.tally.add(structure.tally.clone());
    report.timings.add(&structure.timings);
    let mut subjects: Vec<Subject> = blobs.found.iter().copied().map(Subject::Blob).collect();
    subjects.extend(structure.found.iter().cloned());
    drop(forests);
    let read = structure.clean.clone();
    let whole = conclude(store, &refs, structure, (subjects, &found), report);
    if let Some(cache) = &options.cache {
        remember(blobs.clean.iter(), &mut clean, store);
        // What is incomplete must be counted again the next time, so it must be read again.
        if whole && may_rest(&report.tally) {
            remember(read.iter(), &mut clean, store);
        }
        let known = clean.iter().filter(|known| **known).count() as u64;
        if known != report.known {
            report.cache_error = cache.save(layout, store, &clean).err();
        }
    }
    report.timings.structure = start.elapsed();
}

/// How the entries of all packs hang together, as far as they are not known to be clean.
fn forests(store: &Store, clean: &[bool]) -> Vec<Forest> {
    let packs = store.packs.iter().enumerate();
    let forest = |(number, pack): (usize, &pack::Pack)| {
        let start = store.number(number, 0) as usize;
        match clean.get(start..start + pack.len()) {
            None => Forest::new(pack),
            Some(clean) => {
                let wanted: Vec<bool> = clean.iter().map(|clean| !clean).collect();
                Forest::of(pack, &wanted)
            }
        }
    };
    packs.map(forest).collect()
}

/// Reads trees, commits and tags: those not known to be clean, and all of them if something was found
/// and it must be said where it comes from.
fn structure<S: BlobScanner>(
    pass: &Pass<'_>,
    scanner: &S,
    (found, mut loose): (&HashMap<u64, u32>, Vec<Option<pack::entry::Kind>>),
    shallow: &[BlobId],
) -> texts::Structure {
    let fresh = texts::read(
        pass,
        scanner,
        found,
        &loose,
        (shallow, names::Names::default()),
    );
    let nothing = found.is_empty() && fresh.found.is_empty() && !fresh.names.any_found();
    if pass.clean.is_empty() || nothing {
        return fresh;
    }
    let mut inflater = inflate::Inflater::new();
    for (kind, (number, id)) in loose
        .iter_mut()
        .zip((pass.store.first_loose()..).zip(&pass.store.loose))
    {
        if pass.clean.get(number as usize).is_some_and(|clean| *clean) {
            let read = pass
                .store
                .read(id.as_bytes(), &mut inflater, pass.limits.object);
            *kind = read.ok().map(|(kind, _)| kind);
        }
    }
    let forests = forests(pass.store, &[]);
    let all = Pass {
        forests: &forests,
        clean: &[],
        texts: false,
        ..*pass
    };
    let mut whole = texts::read(&all, scanner, found, &loose, (shallow, fresh.names));
    whole.tally.commits = fresh.tally.commits;
    whole.timings.add(&fresh.timings);
    whole.found = fresh.found;
    whole
}

/// Marks objects, and their copies in other packs, as clean.
fn remember<'a>(numbers: impl Iterator<Item = &'a u32>, clean: &mut Vec<bool>, store: &Store) {
    clean.resize(store.len(), false);
    for number in numbers {
        if let Some(mark) = clean.get_mut(*number as usize) {
            *mark = true;
        }
    }
}

/// Nothing is missing or damaged, so that what was clean need not be read again to count that.
fn may_rest(tally: &Tally) -> bool {
    let mut reasons = tally.skipped.keys();
    reasons.all(|reason| matches!(reason, Skip::TooLarge | Skip::LfsPointer | Skip::Binary))
}

/// Says where everything comes from, and counts what is missing. False if names gave something away:
/// then trees must be read again the next time.
fn conclude(
    store: &Store,
    refs: &Refs,
    structure: texts::Structure,
    (mut subjects, found): (Vec<Subject>, &HashMap<u64, u32>),
    report: &mut Report,
) -> bool {
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
    let whole = !flagged.contains(&true);
    if subjects.is_empty() {
        return whole;
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
    whole
}

#[cfg(test)]
mod tests;
