//! Provenance: for everything that was found, which commit brought it, which was the last to hold it,
//! at which paths, and which refs still do. One walk over all commits serves all findings.

use std::collections::{BTreeMap, HashMap};

use crate::finding::{BlobId, CommitInfo, Place, SourceKind, Span};

use super::commit;
use super::filtered::{Filter, Filtered, Target};
use super::graph::{CommitIndex, Graph};
use super::inflate::Inflater;
use super::names::NameId;
use super::refs::Refs;
use super::scanner::Subject;
use super::store::Store;

/// A commit or tag larger than this is not read again for its author.
const COMMIT: usize = 16 << 20;

/// Orders commits: reachable ones first, then by date, then by id.
type Rank = (bool, i64, BlobId, CommitIndex);

/// What is known of one thing at one path.
#[derive(Default)]
struct Record {
    first: Option<Rank>,
    last: Option<Rank>,
    /// Positions in the list of refs.
    refs: Vec<u32>,
    in_head: bool,
}

/// Everything needed to say where something came from.
pub(crate) struct Sources<'a> {
    pub(crate) store: &'a Store,
    pub(crate) graph: &'a Graph,
    pub(crate) filtered: &'a Filtered,
    pub(crate) refs: &'a Refs,
    pub(crate) names: &'a [Box<[u8]>],
}

/// Finds the places of everything.
pub(crate) struct Finder<'a> {
    from: &'a Sources<'a>,
    records: HashMap<(Target, Box<[NameId]>), Record>,
    refs: Vec<(String, Option<CommitIndex>, BlobId)>,
    people: HashMap<CommitIndex, CommitInfo>,
    inflater: Inflater,
}

impl<'a> Finder<'a> {
    /// Walks all commits once.
    pub(crate) fn new(from: &'a Sources<'a>) -> Finder<'a> {
        let refs = from.refs.names.iter().map(|(name, id)| {
            let commit = from.graph.commit(from.store, id);
            (short(name).to_owned(), commit, *id)
        });
        let mut finder = Finder {
            from,
            records: HashMap::new(),
            refs: refs.collect(),
            people: HashMap::new(),
            inflater: Inflater::new(),
        };
        finder.walk();
        finder.tips();
        finder
    }

    fn rank(&self, at: CommitIndex) -> Option<Rank> {
        let row = self.from.graph.rows.get(at as usize)?;
        let id = self.from.store.id(row.commit)?;
        let reachable = self.from.graph.reachable.get(at as usize)?;
        Some((!reachable, row.time, id, at))
    }

    fn filter(&self, at: CommitIndex) -> Filter {
        let row = self.from.graph.rows.get(at as usize);
        row.map_or(0, |row| self.from.filtered.of(row.tree))
    }

    /// Compares every commit with its parents.
    fn walk(&mut self) {
        let from = self.from;
        let mut path = Vec::new();
        for (at, row) in (0..).zip(&from.graph.rows) {
            let here = self.filter(at);
            let parents: Vec<Filter> = row.parents.iter().map(|p| self.filter(*p)).collect();
            if parents.contains(&here) && parents.iter().all(|p| *p == here) {
                continue;
            }
            if !parents.contains(&here) {
                let rank = self.rank(at);
                let first = parents.first().copied().unwrap_or(0);
                from.filtered
                    .added(first, here, &mut path, &mut |path, target| {
                        let others = parents.iter().skip(1);
                        let held = |p: &Filter| from.filtered.holds(*p, path, target);
                        if !others.clone().any(held) {
                            let record = self.records.entry((target, path.into())).or_default();
                            let earlier = record.first.is_none_or(|known| Some(known) > rank);
                            if earlier {
                                record.first = rank;
                            }
                        }
                    });
            }
            for (parent, index) in parents.iter().zip(&row.parents) {
                // A merge that takes one side's deletion: the last commit is on the other side.
                let rank = self.rank(*index);
                from.filtered
                    .added(here, *parent, &mut path, &mut |path, target| {
                        let record = self.records.entry((target, path.into())).or_default();
                        if later(record.last, rank) {
                            record.last = rank;
                        }
                    });
            }
        }
    }

    /// Notes which refs, and whether HEAD, still hold what was found.
    fn tips(&mut self) {
        let from = self.from;
        let mut by_filter: BTreeMap<Filter, Vec<u32>> = BTreeMap::new();
        for (at, (_, commit, _)) in (0..).zip(&self.refs) {
            if let Some(commit) = commit {
                by_filter.entry(self.filter(*commit)).or_default().push(at);
            }
        }
        for (filter, refs) in by_filter {
            from.filtered
                .added(0, filter, &mut Vec::new(), &mut |path, target| {
                    let record = self.records.entry((target, path.into())).or_default();
                    record.refs.extend(&refs);
                });
        }
        let head = from
            .refs
            .head
            .and_then(|id| from.graph.commit(from.store, &id));
        let head = head.map_or(0, |commit| self.filter(commit));
        from.filtered
            .added(0, head, &mut Vec::new(), &mut |path, target| {
                let record = self.records.entry((target, path.into())).or_default();
                record.in_head = true;
            });
    }

    /// The places of everything that was found, ordered.
    pub(crate) fn places(mut self, found: &[Subject]) -> BTreeMap<Subject, Vec<Place>> {
        let mut places: BTreeMap<Subject, Vec<Place>> = BTreeMap::new();
        let records = std::mem::take(&mut self.records);
        for ((target, path), record) in records {
            let subject = match target {
                Target::Blob(number) => self.from.store.id(number).map(Subject::Blob),
                Target::Name(name) => {
                    let name = self.from.names.get(name as usize);
                    name.map(|name| Subject::Name(name.to_vec()))
                }
            };
            if let Some(subject) = subject {
                let place = self.place(&subject, &path, record);
                places.entry(subject).or_default().push(place);
            }
        }
        for subject in found {
            let alone = match subject {
                Subject::Commit(id) => Some(self.message(id)),
                Subject::Tag(id) => Some(self.tag(id)),
                Subject::Blob(id) if !places.contains_key(subject) => Some(self.dangling(id)),
                Subject::Name(name) if !places.contains_key(subject) => {
                    let mut place = Place::new(SourceKind::Message, name.clone(), Span::default());
                    place.reachable = false;
                    Some(place)
                }
                _ => None,
            };
            if let Some(place) = alone {
                places.entry(subject.clone()).or_default().push(place);
            }
        }
        for list in places.values_mut() {
            list.sort_unstable();
        }
        places
    }

    fn place(&mut self, subject: &Subject, path: &[NameId], record: Record) -> Place {
        let (source, blob) = match subject {
            Subject::Blob(id) => (SourceKind::History, Some(*id)),
            _ => (SourceKind::Message, None),
        };
        let names = path
            .iter()
            .filter_map(|name| self.from.names.get(*name as usize));
        let path = names
            .map(|name| name.as_ref())
            .collect::<Vec<_>>()
            .join(&b'/');
        let mut place = Place::new(source, path, Span::default());
        place.blob = blob;
        place.in_head = record.in_head;
        place.reachable = record.first.is_some_and(|(unreachable, ..)| !unreachable);
        place.commit = record.first.and_then(|rank| self.person(rank.3));
        let still = record.in_head || !record.refs.is_empty();
        let last = record.last.filter(|_| !still);
        place.last_commit = last.and_then(|rank| self.person(rank.3));
        place.refs = self.ref_names(record.refs);
        place
    }

    fn ref_names(&self, mut refs: Vec<u32>) -> Vec<String> {
        refs.sort_unstable();
        refs.dedup();
        let names = refs.iter().filter_map(|at| self.refs.get(*at as usize));
        let mut names: Vec<String> = names.map(|(name, ..)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A commit whose own text gives something away.
    fn message(&mut self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::Message, Vec::new(), Span::default());
        place.blob = Some(*id);
        if let Some(at) = self.from.graph.commit(self.from.store, id) {
            place.commit = self.person(at);
            place.reachable = self.from.graph.reachable[at as usize];
            place.in_head = self.from.graph.in_head[at as usize];
        }
        place
    }

    /// A tag whose own text gives something away.
    fn tag(&mut self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::Message, Vec::new(), Span::default());
        place.blob = Some(*id);
        place.commit = self.read_person(id);
        let pointing = (0..).zip(&self.refs).filter(|(_, (_, _, at))| at == id);
        let pointing = pointing.map(|(at, _)| at).collect();
        place.refs = self.ref_names(pointing);
        place.reachable = !place.refs.is_empty();
        place
    }

    /// A blob that no commit holds; a ref may point at it itself.
    fn dangling(&self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::History, Vec::new(), Span::default());
        place.blob = Some(*id);
        let number = self.from.store.find(id.as_bytes());
        let pointing = (0..).zip(&self.refs).filter(|(_, (_, _, target))| {
            number.is_some() && self.from.graph.peel(self.from.store, target) == number
        });
        let pointing = pointing.map(|(at, _)| at).collect();
        place.refs = self.ref_names(pointing);
        place.reachable = !place.refs.is_empty();
        place
    }

    fn person(&mut self, at: CommitIndex) -> Option<CommitInfo> {
        if let Some(known) = self.people.get(&at) {
            return Some(known.clone());
        }
        let row = self.from.graph.rows.get(at as usize)?;
        let id = self.from.store.id(row.commit)?;
        let info = self.read_person(&id)?;
        self.people.insert(at, info.clone());
        Some(info)
    }

    fn read_person(&mut self, id: &BlobId) -> Option<CommitInfo> {
        let read = self
            .from
            .store
            .read(id.as_bytes(), &mut self.inflater, COMMIT);
        let person = commit::author(&read.ok()?.1);
        Some(CommitInfo {
            id: id.to_string(),
            author: person.name,
            email: person.email,
            time: person.time,
        })
    }
}

/// Reachable commits count before others; among equals the later one.
fn later(known: Option<Rank>, new: Option<Rank>) -> bool {
    let key = |rank: Rank| (!rank.0, rank.1, rank.2);
    match (known, new) {
        (_, None) => false,
        (None, _) => true,
        (Some(known), Some(new)) => key(new) > key(known),
    }
}

/// A ref's name as people write it.
fn short(name: &str) -> &str {
    let prefixes = ["refs/heads/", "refs/tags/", "refs/remotes/"];
    let stripped = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    stripped.unwrap_or(name)
}
