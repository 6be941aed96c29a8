//! Provenance: for everything that was found, which commit brought it, which was the last to hold it,
//! at which paths, and which refs still do. One walk over all commits serves all findings.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::finding::{BlobId, CommitInfo, Place, SourceKind, Span};

use super::commit;
use super::filtered::{Filter, Filtered, Target};
use super::graph::{CommitIndex, Graph};
use super::inflate::Inflater;
use super::keyed::Keyed;
use super::names::NameId;
use super::refs::Refs;
use super::scanner::{Sight, Subject};
use super::store::Store;

/// A commit or tag larger than this is not read again for its author.
const COMMIT: usize = 16 << 20;

/// What orders commits, but for their ids.
#[derive(Clone, Copy)]
struct Rank {
    unreachable: bool,
    time: i64,
    at: CommitIndex,
}

/// What is known of one thing at one path.
#[derive(Default)]
struct Record {
    first: Option<Rank>,
    last: Option<Rank>,
    /// Positions in the list of refs: the first `SHOWN` of them once `trim` was called.
    refs: Vec<u32>,
    /// How many branches and tags hold it.
    count: usize,
    /// Some ref holds it, of whatever kind.
    still: bool,
    in_head: bool,
}

/// So many branches and tags are named for one place; the others are counted. A repository with
/// thousands of both would else need more memory for their names than for everything else.
const SHOWN: usize = 24;

impl Record {
    fn trim(&mut self) {
        self.refs.sort_unstable();
        self.refs.truncate(SHOWN);
    }
}

/// A ref that may hold what was found.
struct Tip {
    name: String,
    /// It is a branch or a tag.
    shown: bool,
    commit: Option<CommitIndex>,
    target: BlobId,
}

/// Everything needed to say where something came from.
pub(crate) struct Sources<'a> {
    pub(crate) store: &'a Store,
    pub(crate) graph: &'a Graph,
    pub(crate) filtered: &'a Filtered,
    pub(crate) refs: &'a Refs,
    pub(crate) names: &'a [Box<[u8]>],
}

impl Sources<'_> {
    /// Reachable commits come before others, earlier ones before later ones.
    fn is_earlier(&self, one: Rank, other: Rank) -> bool {
        self.is_before((one.unreachable, one), (other.unreachable, other))
    }

    /// Reachable commits come after others, later ones after earlier ones.
    fn is_later(&self, one: Rank, other: Rank) -> bool {
        self.is_before((!other.unreachable, other), (!one.unreachable, one))
    }

    /// Of two at the same time the id decides, which stands far away and is seldom asked for.
    fn is_before(&self, (first, one): (bool, Rank), (second, other): (bool, Rank)) -> bool {
        let id = |rank: Rank| self.store.id(self.graph.rows[rank.at as usize].commit);
        let order = (first, one.time).cmp(&(second, other.time));
        order
            .then_with(|| match one.at == other.at {
                true => Ordering::Equal,
                false => id(one).cmp(&id(other)),
            })
            .is_lt()
    }
}

/// Finds the places of everything.
pub(crate) struct Finder<'a> {
    from: &'a Sources<'a>,
    /// Every path that something is at, with a number.
    paths: HashMap<Box<[NameId]>, u32, Keyed>,
    /// By target and number of the path.
    records: HashMap<(Target, u32), Record, Keyed>,
    /// What the tree of each commit holds.
    filters: Vec<Filter>,
    /// Branches first, then those of remotes, then tags.
    refs: Vec<Tip>,
    people: HashMap<CommitIndex, Arc<CommitInfo>>,
    inflater: Inflater,
}

impl<'a> Finder<'a> {
    /// Walks all commits once.
    pub(crate) fn new(from: &'a Sources<'a>) -> Finder<'a> {
        let mut refs: Vec<(usize, Tip)> = Vec::new();
        for (name, id) in &from.refs.names {
            let order = PREFIXES.iter().position(|prefix| name.starts_with(prefix));
            let tip = Tip {
                name: short(name).to_owned(),
                shown: order.is_some(),
                commit: from.graph.commit(from.store, id),
                target: *id,
            };
            refs.push((order.unwrap_or(PREFIXES.len()), tip));
        }
        refs.sort_by_key(|(order, _)| *order);
        let mut finder = Finder {
            from,
            paths: HashMap::default(),
            records: HashMap::default(),
            filters: Vec::new(),
            refs: refs.into_iter().map(|(_, tip)| tip).collect(),
            people: HashMap::new(),
            inflater: Inflater::new(),
        };
        let rows = from.graph.rows.iter();
        finder.filters = rows.map(|row| from.filtered.of(row.tree)).collect();
        finder.walk();
        finder.tips();
        finder
    }

    fn rank(&self, at: CommitIndex) -> Option<Rank> {
        let row = self.from.graph.rows.get(at as usize)?;
        let reachable = self.from.graph.reachable.get(at as usize)?;
        Some(Rank {
            unreachable: !reachable,
            time: row.time,
            at,
        })
    }

    fn filter(&self, at: CommitIndex) -> Filter {
        self.filters.get(at as usize).copied().unwrap_or(0)
    }

    /// What is known of a target at a path.
    fn record(&mut self, path: &[NameId], target: Target) -> &mut Record {
        let next = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
        let path = match self.paths.get(path) {
            Some(known) => *known,
            None => *self.paths.entry(path.into()).or_insert(next),
        };
        self.records.entry((target, path)).or_default()
    }

    /// Compares every commit with its parents.
    fn walk(&mut self) {
        let from = self.from;
        let mut path = Vec::new();
        for (at, row) in (0..).zip(&from.graph.rows) {
            let here = self.filter(at);
            let all_same = row.parents.iter().all(|p| self.filter(*p) == here);
            if all_same && (here == 0 || !row.parents.is_empty()) {
                continue;
            }
            let parents: Vec<Filter> = row.parents.iter().map(|p| self.filter(*p)).collect();
            if !parents.contains(&here) {
                let rank = self.rank(at);
                let first = parents.first().copied().unwrap_or(0);
                from.filtered
                    .added(first, here, &mut path, &mut |path, target| {
                        let others = parents.iter().skip(1);
                        let held = |p: &Filter| from.filtered.holds(*p, path, target);
                        if !others.clone().any(held) {
                            let record = self.record(path, target);
                            if let Some(new) = rank
                                && record.first.is_none_or(|known| from.is_earlier(new, known))
                            {
                                record.first = rank;
                            }
                        }
                    });
            }
            for (parent, index) in parents.iter().zip(row.parents.iter()) {
                // A merge that takes one side's deletion: the last commit is on the other side.
                let rank = self.rank(*index);
                from.filtered
                    .added(here, *parent, &mut path, &mut |path, target| {
                        let record = self.record(path, target);
                        if let Some(new) = rank
                            && record.last.is_none_or(|known| from.is_later(new, known))
                        {
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
        for (at, tip) in (0..).zip(&self.refs) {
            if let Some(commit) = tip.commit {
                let held = by_filter.entry(self.filter(commit)).or_default();
                held.extend(tip.shown.then_some(at));
            }
        }
        for (filter, refs) in by_filter {
            from.filtered
                .added(0, filter, &mut Vec::new(), &mut |path, target| {
                    let record = self.record(path, target);
                    record.still = true;
                    record.count += refs.len();
                    record.refs.extend(refs.iter().take(SHOWN));
                    if record.refs.len() > 4 * SHOWN {
                        record.trim();
                    }
                });
        }
        let head = from
            .refs
            .head
            .and_then(|id| from.graph.commit(from.store, &id));
        let head = head.map_or(0, |commit| self.filter(commit));
        from.filtered
            .added(0, head, &mut Vec::new(), &mut |path, target| {
                let record = self.record(path, target);
                record.in_head = true;
            });
    }

    fn path(&self, path: &[NameId]) -> Vec<u8> {
        let names = path
            .iter()
            .filter_map(|name| self.from.names.get(*name as usize));
        let names: Vec<&[u8]> = names.map(AsRef::as_ref).collect();
        names.join(&b'/')
    }

    /// The places of everything that was found, ordered; of blobs, those of `sights`, which are ordered.
    pub(crate) fn places(
        mut self,
        found: &[Subject],
        sights: &[Sight],
    ) -> BTreeMap<Subject, Vec<Place>> {
        let mut places: BTreeMap<Subject, Vec<Place>> = BTreeMap::new();
        let records = std::mem::take(&mut self.records);
        let paths = std::mem::take(&mut self.paths);
        let mut by_number: Vec<(u32, Box<[NameId]>)> = paths
            .into_iter()
            .map(|(path, number)| (number, path))
            .collect();
        by_number.sort_unstable();
        let wanted = |subject: &Subject, path: Vec<u8>| match subject {
            Subject::Blob(blob) => sights.binary_search(&Sight { blob: *blob, path }).is_ok(),
            _ => true,
        };
        for ((target, path), record) in records {
            let path = &by_number[path as usize].1;
            let subject = match target {
                Target::Blob(number) => self.from.store.id(number).map(Subject::Blob),
                Target::Name(name) => {
                    let name = self.from.names.get(name as usize);
                    name.map(|name| Subject::Name(name.to_vec()))
                }
            };
            if let Some(subject) = subject.filter(|subject| wanted(subject, self.path(path))) {
                let place = self.place(&subject, path, record);
                places.entry(subject).or_default().push(place);
            }
        }
        for subject in found {
            let alone = match subject {
                Subject::Commit(id) => Some(self.message(id)),
                Subject::Tag(id) => Some(self.tag(id)),
                Subject::Ref(name) => Some(self.label(name)),
                Subject::Blob(id) if wanted(subject, Vec::new()) => Some(self.dangling(id)),
                Subject::Blob(_) => None,
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
        let mut place = Place::new(source, self.path(path), Span::default());
        place.blob = blob;
        place.in_head = record.in_head;
        place.reachable = record.first.is_some_and(|first| !first.unreachable);
        place.commit = record.first.and_then(|rank| self.person(rank.at));
        let still = record.in_head || record.still;
        let last = record.last.filter(|_| !still);
        place.last_commit = last.and_then(|rank| self.person(rank.at));
        place.refs = self.ref_names(record.refs, record.count);
        place
    }

    /// The names of refs, and of how many more there are.
    fn ref_names(&self, mut refs: Vec<u32>, count: usize) -> Vec<String> {
        refs.sort_unstable();
        refs.truncate(SHOWN);
        let tips = refs.iter().filter_map(|at| self.refs.get(*at as usize));
        let mut names: Vec<String> = tips.map(|tip| tip.name.clone()).collect();
        if count > names.len() {
            names.push(format!("… and {} more", count - names.len()));
        }
        names
    }

    /// Notes at a place which refs point at an object themselves.
    fn pointed_at(&self, place: &mut Place, points: impl Fn(&BlobId) -> bool) {
        let pointing = (0..).zip(&self.refs).filter(|(_, tip)| points(&tip.target));
        let pointing: Vec<(u32, &Tip)> = pointing.collect();
        place.reachable = !pointing.is_empty();
        let shown = pointing.iter().filter(|(_, tip)| tip.shown);
        let shown: Vec<u32> = shown.map(|(at, _)| *at).collect();
        let count = shown.len();
        place.refs = self.ref_names(shown, count);
    }

    /// A commit whose own text gives something away.
    fn message(&mut self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::Message, Vec::new(), Span::default());
        place.blob = Some(*id);
        if let Some(at) = self.from.graph.commit(self.from.store, id) {
            place.commit = self.person(at);
            place.reachable = self.from.graph.reachable[at as usize];
            place.in_head = self.from.graph.in_head(at);
        }
        place
    }

    /// A tag whose own text gives something away.
    fn tag(&mut self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::Message, Vec::new(), Span::default());
        place.blob = Some(*id);
        place.commit = self.read_person(id);
        self.pointed_at(&mut place, |target| target == id);
        place
    }

    /// A ref whose own name gives something away: the place has what it points at.
    fn label(&mut self, name: &[u8]) -> Place {
        let mut place = Place::new(SourceKind::Message, name.to_vec(), Span::default());
        place.reachable = true;
        let name = String::from_utf8_lossy(name);
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            place.refs = vec![short(&name).to_owned()];
        }
        let target = self.from.refs.names.get(name.as_ref());
        let at = target.and_then(|id| self.from.graph.commit(self.from.store, id));
        place.commit = at.and_then(|at| self.person(at));
        place
    }

    /// A blob that no commit holds; a ref may point at it itself.
    fn dangling(&self, id: &BlobId) -> Place {
        let mut place = Place::new(SourceKind::History, Vec::new(), Span::default());
        place.blob = Some(*id);
        let number = self.from.store.find(id.as_bytes());
        self.pointed_at(&mut place, |target| {
            number.is_some() && self.from.graph.peel(self.from.store, target) == number
        });
        place
    }

    fn person(&mut self, at: CommitIndex) -> Option<Arc<CommitInfo>> {
        if let Some(known) = self.people.get(&at) {
            return Some(known.clone());
        }
        let row = self.from.graph.rows.get(at as usize)?;
        let id = self.from.store.id(row.commit)?;
        let info = self.read_person(&id)?;
        self.people.insert(at, info.clone());
        Some(info)
    }

    fn read_person(&mut self, id: &BlobId) -> Option<Arc<CommitInfo>> {
        let read = self
            .from
            .store
            .read(id.as_bytes(), &mut self.inflater, COMMIT);
        let person = commit::author(&read.ok()?.1);
        Some(Arc::new(CommitInfo {
            id: id.to_string(),
            author: person.name,
            email: person.email,
            time: person.time,
        }))
    }
}

/// Where branches, branches of remotes and tags are.
const PREFIXES: [&str; 3] = ["refs/heads/", "refs/remotes/", "refs/tags/"];

/// A ref's name as people write it.
fn short(name: &str) -> &str {
    let stripped = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    stripped.unwrap_or(name)
}
