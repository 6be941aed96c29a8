//! Conclude: from what all objects said to where everything comes from, and to what is missing.

use std::collections::HashSet;

use crate::finding::{BlobId, Skip, Tally};

use super::again::Again;
use super::filtered::Filtered;
use super::graph::Graph;
use super::handed::{Said, Spots};
use super::provenance::{Finder, Sources};
use super::reduce::{Before, Wanted};
use super::refs::Refs;
use super::scanner::{BlobScanner, Sight, Subject};
use super::sights::sights;
use super::store::Store;
use super::texts;
use super::{Found, Report};

/// Nothing is missing or damaged, so that what was clean need not be read again to count that.
pub(super) fn may_rest(tally: &Tally) -> bool {
    let mut reasons = tally.skipped.keys();
    reasons.all(|reason| matches!(reason, Skip::TooLarge | Skip::LfsPointer | Skip::Binary))
}

/// What was learnt of commits and trees, for the next run.
pub(super) struct Concluded {
    graph: Graph,
    filtered: Filtered,
    names: Vec<Box<[u8]>>,
    /// Nothing came while the rest was read.
    pub(super) settled: bool,
}

impl Concluded {
    pub(super) fn said(&self, known: &[(u32, u32)], store: &Store) -> Option<Said<'_>> {
        let spots = Spots::new(known, &self.filtered, &self.names, store)?;
        Some(Said {
            graph: &self.graph,
            filtered: &self.filtered,
            spots,
        })
    }
}

/// Says where everything comes from, and counts what is missing.
pub(super) fn conclude<S: BlobScanner>(
    (store, refs): (&Store, &Refs),
    (structure, before): (texts::Structure, Before),
    found: &Found,
    (scanner, again): (&S, &Again<'_>),
    report: &mut Report,
) -> Concluded {
    let graph = Graph::new(structure.rows, structure.tags, store, refs);
    for _ in 0..graph.shallow {
        report.tally.skip(Skip::Shallow);
    }
    let mut absent = structure.missing;
    // What a HEAD of long ago or a fetch names may well be gone; what a ref names may not.
    let targets = refs.names.values().chain(&refs.head);
    absent.extend(targets.filter(|id| store.find(id.as_bytes()).is_none()));
    let settled = missing(store, (absent, structure.blobs), &mut report.tally);
    let (names, flagged) = structure.names.into_lists();
    let named = names.iter().zip(&flagged).filter(|(_, flag)| **flag);
    let mut subjects: Vec<Subject> = found.ids.iter().copied().map(Subject::Blob).collect();
    subjects.extend(structure.found);
    subjects.extend(named.map(|(name, _)| Subject::Name(name.to_vec())));
    let numbers: HashSet<u32> = found.numbers.values().copied().collect();
    let wanted = Wanted {
        blobs: &numbers,
        flagged: &flagged,
    };
    let nothing = numbers.is_empty() && !flagged.contains(&true);
    let mut records = structure.records;
    if nothing {
        records.clear();
    }
    let filtered = Filtered::new(&records, &wanted, (before, store.len()));
    // Others need the room.
    drop(records);
    if !subjects.is_empty() {
        let sources = Sources {
            store,
            graph: &graph,
            filtered: &filtered,
            refs,
            names: &names,
        };
        let mut sights = sights(&sources, &subjects);
        let mut said = scanner.judge(&sights, again).into_iter();
        sights.retain(|_| said.next().unwrap_or(false));
        // Where the others come from is nobody's question.
        let number = |sight: &Sight| store.find(sight.blob.as_bytes());
        let narrow = filtered.only(&sights.iter().filter_map(number).collect());
        let sources = Sources {
            filtered: &narrow,
            ..sources
        };
        let finder = Finder::new(&sources);
        report.places = finder.places(&subjects, &sights);
    }
    if filtered.too_deep {
        report
            .tally
            .fail(Skip::Corrupt, "trees", "nested more than 2,048 deep");
    }
    if filtered.too_wide {
        let why =
            "what was found stands at more than 262,144 paths of one tree, which are not all told";
        report.tally.fail(Skip::Corrupt, "trees", why);
    }
    Concluded {
        graph,
        filtered,
        names,
        settled,
    }
}

/// Counts what is named and not there: objects, and blobs by the first bytes of their ids. What came
/// while the others were read is not missing, but true is only said if there was nothing of that kind.
fn missing(
    store: &Store,
    (objects, blobs): (HashSet<BlobId>, Vec<u64>),
    tally: &mut Tally,
) -> bool {
    let blobs = store.absent(blobs);
    if objects.is_empty() && blobs.is_empty() {
        return true;
    }
    let again = store.again();
    let named = objects.len() + blobs.len();
    let mut objects: Vec<BlobId> = objects.into_iter().collect();
    objects.retain(|id| again.find(id.as_bytes()).is_none());
    objects.sort_unstable();
    let blobs = again.absent(blobs);
    let settled = objects.len() + blobs.len() == named;
    for id in objects {
        tally.fail(Skip::Missing, id.to_string(), "named but not there");
    }
    for key in blobs {
        let name = format!("{key:016x}");
        tally.fail(Skip::Missing, name, "a file's content is not there");
    }
    settled
}
