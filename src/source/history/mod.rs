//! The history of a repository at the speed of its packs: every blob, message and name is shown to a
//! scanner, what a delta copies only once; then it is said where the findings come from.
//! What a secret looks like is not known here.

mod again;
mod blobs;
mod buffer;
mod bulk;
mod cache;
mod chain;
mod commit;
mod commits;
mod conclude;
mod delta;
mod digest;
mod earlier;
mod fault;
mod filtered;
mod graph;
mod handed;
mod inflate;
mod keyed;
mod labels;
mod large;
mod listing;
mod loose;
mod map;
mod memo;
mod meter;
mod names;
mod numbered;
mod pack;
mod provenance;
mod recent;
mod reduce;
mod refs;
mod repo;
mod scanner;
mod sights;
mod store;
mod texts;
mod timings;
mod traced;
mod tree;
mod trees;
mod walk;
mod window;
mod words;
mod worker;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::finding::{BlobId, Place, Skip, Tally};

use again::Again;
use bulk::Pass;
use chain::Forest;
use conclude::{conclude, may_rest};
use earlier::{Earlier, Past};
use handed::Handed;
use reduce::Before;
use refs::Refs;
use store::{Store, key};

pub use cache::Cache;
pub(crate) use keyed::{Keyed, Keys, Print};
pub use meter::Meter;
pub use repo::Layout;
pub use scanner::{
    BlobScanner, Cluster, Outcome, PathHash, Same, Sight, Start, Subject, Texts, Told, Trace,
    Traced, Verdict,
};
pub use timings::Timings;

/// How a history is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Objects larger than this are not held in memory: two of them, and the delta between, may have
    /// to be there at once. Blobs are read piece by piece, other objects counted.
    pub max_object: usize,
    /// Blobs larger than this are counted, not read.
    pub max_blob: u64,
    /// Bytes of bases that all threads together keep for the objects built on them.
    pub memory: usize,
    /// Measure where the time goes.
    pub timings: bool,
    /// What an earlier run learnt is not read again.
    pub cache: Option<Cache>,
    /// Counts what is done, for whoever watches.
    pub meter: Arc<Meter>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_object: 64 << 20,
            max_blob: 1 << 30,
            memory: 64 << 20,
            timings: false,
            cache: None,
            meter: Arc::default(),
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
    /// Trees, commits and tags that were read.
    pub read: u64,
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
    // Before the objects, so that what refs point at is among them.
    let refs = Refs::read(layout).unwrap_or_else(|error| {
        report.tally.fail(Skip::Unreadable, "refs", error);
        Refs::default()
    });
    let cache = options.cache.as_ref();
    let cache = cache.map(|cache| cache.limited(options.max_blob));
    let stored = cache.as_ref().map(|cache| cache.load(layout));
    let mut earlier = stored.map_or(Earlier::default(), |stored| {
        Earlier::read(stored.bytes(), store, &refs.shallow)
    });
    report.known = earlier.clean.iter().filter(|known| **known).count() as u64;
    let copies = bulk::copies(store);
    let mut known = earlier.clean.clone();
    let recalled = scanner.recall(std::mem::take(&mut earlier.traces));
    let recalls = recalled.len();
    for blob in &recalled {
        if let Some(number) = store.find(blob.as_bytes()) {
            known[number as usize] = true;
        }
    }
    let again = copies.iter().filter(|copy| **copy).count();
    let rest = known.iter().filter(|known| **known).count();
    options
        .meter
        .expect(store.len().saturating_sub(rest + again));
    let forests = forests(store, &known);
    let knew = earlier.doubtful || earlier.past.is_some();
    let mut past = earlier.past.take();
    let pass = Pass {
        store,
        forests: &forests,
        copies: &copies,
        clean: &known,
        texts: true,
        limits: walk::Limits {
            object: options.max_object,
            base: options.max_object.saturating_add(options.max_object / 2),
            stack: options.memory,
        },
        cancel,
        meter: &options.meter,
        timed: options.timings,
    };
    let mut blobs = bulk::scan_blobs(&pass, scanner, recalled);
    blobs.large(&pass, scanner, (layout, options.max_blob));
    report.tally.add(blobs.tally);
    report.timings.add(&blobs.timings);
    let start = Instant::now();
    let found = Found::new(std::mem::take(&mut blobs.found), store);
    let was = (&mut past, earlier.doubtful);
    let mut structure = structure(&pass, scanner, (&found, blobs.loose), (&refs, was));
    structure.found.extend(labels::read(&refs, scanner));
    report.tally.add(std::mem::take(&mut structure.tally));
    report.timings.add(&structure.timings);
    drop(forests);
    let read = std::mem::take(&mut structure.clean);
    report.read = read.len() as u64;
    let past = past.unwrap_or_default();
    let known_spots = past.spots;
    let before = Before {
        items: past.items,
        trees: past.trees,
    };
    let again = Again {
        store,
        layout,
        max_object: options.max_object,
        max_blob: options.max_blob,
        recent: Mutex::default(),
    };
    let concluded = conclude(
        (store, &refs),
        (structure, before),
        &found,
        (scanner, &again),
        report,
    );
    if let Some(cache) = &cache {
        // What is incomplete must be counted again the next time, so it must be read again.
        let rests = concluded.settled && may_rest(&report.tally);
        let found_more = found.ids.len().abs_diff(recalls);
        let fresh = blobs.clean.len() + found_more + if rests { read.len() } else { 0 };
        // Writing everything costs more than reading a few objects again the next time.
        if (fresh as u64 > report.known / FEW || earlier.doubtful) && may_know(store, &report.tally)
        {
            let mut clean = earlier.clean;
            remember(blobs.clean.iter(), &mut clean, store);
            let said = rests.then(|| concluded.said(&known_spots, store));
            let structure = said.flatten();
            if structure.is_some() {
                remember(read.iter(), &mut clean, store);
            }
            let handed = Handed {
                clean: &clean,
                traces: &found.traces(scanner, store),
                structure,
                doubtful: knew,
                shallow: &refs.shallow,
            };
            report.cache_error = cache.save(layout, &handed.bytes(store)).err();
        }
    }
    report.timings.structure = start.elapsed();
}

/// The blobs in which something is open.
struct Found {
    ids: Vec<BlobId>,
    /// Their numbers, by the first bytes of their ids.
    numbers: HashMap<u64, u32>,
}

impl Found {
    fn new(found: Vec<BlobId>, store: &Store) -> Found {
        let number = |id: &BlobId| Some((key(id.as_bytes()), store.find(id.as_bytes())?));
        Found {
            numbers: found.iter().filter_map(number).collect(),
            ids: found,
        }
    }

    /// What the scanner keeps of them, by number.
    fn traces<S: BlobScanner>(&self, scanner: &S, store: &Store) -> BTreeMap<u32, Trace> {
        let all = self.ids.iter().zip(scanner.traces(&self.ids));
        all.filter_map(|(id, trace)| Some((store.find(id.as_bytes())?, trace?)))
            .collect()
    }
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

/// Reads trees, commits and tags: those not known to be clean. Where it cannot be used what an earlier
/// run wrote down of the others, they are read once more.
fn structure<S: BlobScanner>(
    pass: &Pass<'_>,
    scanner: &S,
    (found, mut loose): (&Found, Vec<Option<pack::entry::Kind>>),
    (refs, (past, mut doubtful)): (&Refs, (&mut Option<Past>, bool)),
) -> texts::Structure {
    let mut names = names::Names::default();
    if let Some(known) = past {
        let mut reader = blobs::Reader::new(scanner, None, false);
        let scan = |name: &[u8]| reader.text(&Subject::Name(name.to_vec()), name) == Outcome::Found;
        let agreed = known.agrees(&found.numbers, pass.store.len());
        match agreed.then(|| known.names(pass.store, scan)).flatten() {
            Some(known) => names = known,
            None => (*past, doubtful) = (None, true),
        }
    }
    let numbers = &found.numbers;
    let shallow = refs.shallow.as_slice();
    let mut fresh = texts::read(pass, scanner, numbers, &loose, (shallow, names));
    if let Some(past) = past {
        // Those of before are many and in order.
        past.rows.append(&mut fresh.rows);
        std::mem::swap(&mut fresh.rows, &mut past.rows);
        fresh.tags.append(&mut past.tags);
    }
    if !doubtful {
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
    let mut whole = texts::read(&all, scanner, numbers, &loose, (shallow, fresh.names));
    whole.tally.commits = fresh.tally.commits;
    whole.timings.add(&fresh.timings);
    whole.found = fresh.found;
    // The second reading looked at no text, so it cannot say which of them are clean.
    whole.clean = fresh.clean;
    whole
}

/// What was read is what its id says. Where something is damaged, it may be the names of the rest.
fn may_know(store: &Store, tally: &Tally) -> bool {
    let damaged = tally.skipped.contains_key(&Skip::Corrupt);
    !damaged && store.packs.iter().all(pack::Pack::is_named_soundly)
}

/// One part in so many must be new before it is written down.
const FEW: u64 = 256;

/// Marks objects, and their copies in other packs, as clean.
fn remember<'a>(numbers: impl Iterator<Item = &'a u32>, clean: &mut Vec<bool>, store: &Store) {
    clean.resize(store.len(), false);
    for number in numbers {
        if let Some(mark) = clean.get_mut(*number as usize) {
            *mark = true;
        }
    }
}

#[cfg(test)]
mod tests;
