//! The visitor that reads trees: scans every distinct name, and writes down which subdirectories and
//! which blobs of interest each tree has, as differences along the deltas.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::finding::BlobId;

use super::blobs::Reader;
use super::fault::Fault;
use super::names::{Met, NameId, Names};
use super::scanner::{BlobScanner, Outcome, Subject};
use super::store::Store;
use super::store::key;
use super::tree::{self, Mode};
use super::walk::{Base, Node, Visitor};

/// No object of this repository.
pub(crate) const ABSENT: u32 = u32::MAX;

/// So many noted blobs are remembered: a tree that is read anew names mostly those of other trees.
const NOTED: usize = 1 << 14;

/// An entry that matters: a subdirectory, a blob in which something was found, or a flagged name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Edge {
    pub(crate) name: NameId,
    /// Number of the object, or `ABSENT`.
    pub(crate) object: u32,
}

/// What one tree has, told as a difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// Number of the tree.
    pub(crate) tree: u32,
    /// How deep below its root in the forest; its base is the last record one less deep.
    pub(crate) depth: u32,
    /// It has no base: everything it has is in `added`.
    pub(crate) fresh: bool,
    /// Ends in `Records::dropped` and `Records::added`.
    dropped: u32,
    added: u32,
}

/// The records of one thread, in the order of its visits.
#[derive(Default)]
pub(crate) struct Records {
    list: Vec<Record>,
    dropped: Vec<u32>,
    added: Vec<Edge>,
}

impl Records {
    fn push(&mut self, tree: u32, depth: usize, fresh: bool) {
        let end = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        self.list.push(Record {
            tree,
            depth: end(depth),
            fresh,
            dropped: end(self.dropped.len()),
            added: end(self.added.len()),
        });
    }

    /// Calls `see` with every tree and all its edges.
    pub(crate) fn replay(&self, mut see: impl FnMut(u32, &[Edge])) {
        let mut lists: Vec<Vec<Edge>> = Vec::new();
        let (mut dropped, mut added) = (0, 0);
        for record in &self.list {
            let depth = record.depth as usize;
            if lists.len() <= depth {
                lists.resize_with(depth + 1, Vec::new);
            }
            let drops = &self.dropped[dropped..record.dropped as usize];
            let adds = &self.added[added..record.added as usize];
            (dropped, added) = (record.dropped as usize, record.added as usize);
            let (below, here) = lists.split_at_mut(depth);
            let list = &mut here[0];
            list.clear();
            if let Some(base) = below.last().filter(|_| !record.fresh) {
                let mut next = 0;
                for drop in drops {
                    list.extend_from_slice(&base[next..*drop as usize]);
                    next = *drop as usize + 1;
                }
                list.extend_from_slice(&base[next..]);
            }
            list.extend_from_slice(adds);
            see(record.tree, list);
        }
    }
}

/// What is remembered of a tree while others are built on it.
pub(crate) struct Shape {
    /// Where each entry starts, and the length at the end.
    starts: Vec<u32>,
    /// Where the edges of its list stand.
    edges: Vec<u32>,
}

/// A run of entries taken over from the base.
struct Kept {
    from: u32,
    end: u32,
    to: u32,
}

/// How far a tree has been read.
struct Parse<'b> {
    bytes: &'b [u8],
    at: usize,
    starts: Vec<u32>,
}

impl Parse<'_> {
    /// Takes over the entries of the base from here on, as long as they were copied whole; false if
    /// none begins here.
    fn keep(&mut self, base: &Shape, segment: Copied, kept: &mut Vec<Kept>) -> bool {
        let from = offset(self.at - segment.at + segment.from);
        let Ok(first) = base.starts.binary_search(&from) else {
            return false;
        };
        let limit = offset(segment.from + segment.len);
        let last = base.starts.partition_point(|start| *start <= limit) - 1;
        // What is copied twice, or against the order, is parsed again rather than kept twice.
        if last <= first || kept.last().is_some_and(|kept| kept.end > from) {
            return false;
        }
        let end = base.starts[last];
        let to = offset(self.at);
        let entries = &base.starts[first..last];
        self.starts
            .extend(entries.iter().map(|start| start - from + to));
        kept.push(Kept { from, end, to });
        self.at += (end - from) as usize;
        true
    }
}

/// A segment that was copied.
#[derive(Clone, Copy)]
struct Copied {
    at: usize,
    len: usize,
    from: usize,
}

impl Base<'_, Shape> {
    fn copies(&self) -> impl Iterator<Item = (Copied, &Shape)> {
        self.segments.iter().filter_map(|segment| {
            let copied = Copied {
                at: segment.at,
                len: segment.len,
                from: segment.from?,
            };
            Some((copied, self.state))
        })
    }
}

/// What one thread gathers.
pub(crate) struct TreeLocal<'a, S: BlobScanner> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) records: Records,
    pub(crate) failed: Vec<(u32, Fault)>,
    /// Trees that are named but not there.
    pub(crate) missing: HashSet<BlobId>,
    /// The first bytes of the ids of all blobs that are named; sorted and without repetitions up to
    /// `sorted`.
    pub(crate) blobs: Vec<u64>,
    sorted: usize,
    /// Some that were noted already, each in the place that its bytes choose.
    noted: Box<[u64]>,
    /// Numbers of the trees that were read.
    pub(crate) clean: Vec<u32>,
    met: Met,
    kept: Vec<Kept>,
    fresh: Vec<(u32, Edge)>,
}

/// Visits trees.
pub(crate) struct Trees<'a, S, F> {
    pub(crate) scanner: &'a S,
    pub(crate) store: &'a Store,
    pub(crate) names: &'a Names,
    /// The blobs in which something was found, by the first bytes of their ids.
    pub(crate) found: &'a HashMap<u64, u32>,
    /// The number of an entry of the forest.
    pub(crate) number: F,
    pub(crate) timed: bool,
}

impl<'a, S: BlobScanner, F> Trees<'a, S, F> {
    pub(crate) fn local(&self) -> TreeLocal<'a, S> {
        TreeLocal {
            reader: Reader::new(self.scanner, None, self.timed),
            records: Records::default(),
            failed: Vec::new(),
            missing: HashSet::new(),
            blobs: Vec::new(),
            sorted: 0,
            noted: vec![0; NOTED].into_boxed_slice(),
            clean: Vec::new(),
            met: Met::default(),
            kept: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Reads a tree that is not in the forest.
    pub(crate) fn alone(
        &self,
        local: &mut TreeLocal<'a, S>,
        number: u32,
        bytes: &[u8],
    ) -> Result<(), Fault> {
        self.read(local, bytes, None)?;
        local.clean.push(number);
        local.records.push(number, 0, true);
        Ok(())
    }

    /// Finds the entries of a tree, taking over what its base had.
    fn read(
        &self,
        local: &mut TreeLocal<'a, S>,
        bytes: &[u8],
        base: Option<&Base<'_, Shape>>,
    ) -> Result<Shape, Fault> {
        local.kept.clear();
        local.fresh.clear();
        let known = base.map_or(0, |base| base.state.starts.len());
        let mut parse = Parse {
            bytes,
            at: 0,
            starts: Vec::with_capacity(known.max(bytes.len() / 40) + 4),
        };
        for (segment, base) in base.iter().flat_map(|base| base.copies()) {
            let end = segment.at + segment.len;
            while parse.at < end {
                let kept = parse.at >= segment.at && parse.keep(base, segment, &mut local.kept);
                if !kept {
                    self.parse(local, &mut parse)?;
                }
            }
        }
        while parse.at < bytes.len() {
            self.parse(local, &mut parse)?;
        }
        let Parse { mut starts, at, .. } = parse;
        starts.push(offset(at));
        let edges = local.settle(base.map(|base| base.state));
        Ok(Shape { starts, edges })
    }

    /// Parses one entry that the base did not have.
    fn parse(&self, local: &mut TreeLocal<'a, S>, parse: &mut Parse<'_>) -> Result<(), Fault> {
        let entry = tree::entry(parse.bytes, parse.at, self.store.hash)?;
        let start = offset(parse.at);
        let reader = &mut local.reader;
        let scan = |name: &[u8]| {
            let subject = Subject::Name(name.to_vec());
            reader.text(&subject, name) == Outcome::Found
        };
        let (name, flagged) = local.met.number(self.names, entry.name, scan);
        let (object, matters) = match entry.mode {
            Mode::Tree => {
                let object = self.store.find(entry.id);
                if object.is_none() {
                    local.missing.extend(BlobId::from_bytes(entry.id));
                }
                (object.unwrap_or(ABSENT), object.is_some())
            }
            Mode::Blob => {
                let key = key(entry.id);
                local.name_blob(key);
                let found = self.found.get(&key);
                (found.copied().unwrap_or(ABSENT), found.is_some())
            }
            Mode::Submodule => (ABSENT, false),
        };
        if matters || flagged {
            local.fresh.push((start, Edge { name, object }));
        }
        parse.starts.push(start);
        parse.at = entry.end;
        Ok(())
    }
}

impl<S: BlobScanner> TreeLocal<'_, S> {
    /// Notes that a tree names a blob. Looking each one up at once would cost more than reading the
    /// trees does; they are compared with what is there in one go at the end.
    fn name_blob(&mut self, key: u64) {
        const PORTION: usize = 1 << 18;
        let noted = &mut self.noted[key as usize % NOTED];
        // An id of zeros only is noted again and again.
        if std::mem::replace(noted, key) == key && key != 0 {
            return;
        }
        self.blobs.push(key);
        if self.blobs.len() - self.sorted >= PORTION.max(self.sorted) {
            self.tidy();
        }
    }

    /// Sorts the named blobs and drops repetitions.
    pub(crate) fn tidy(&mut self) {
        self.blobs.sort_unstable();
        self.blobs.dedup();
        self.sorted = self.blobs.len();
    }

    /// Turns what was kept and what is new into the difference to the base's list.
    fn settle(&mut self, base: Option<&Shape>) -> Vec<u32> {
        let mut edges = Vec::new();
        for (i, start) in base.iter().flat_map(|base| base.edges.iter()).enumerate() {
            let run = self.kept.partition_point(|kept| kept.end <= *start);
            match self.kept.get(run).filter(|kept| kept.from <= *start) {
                Some(kept) => edges.push(start - kept.from + kept.to),
                None => self.records.dropped.push(offset(i)),
            }
        }
        for (start, edge) in self.fresh.drain(..) {
            edges.push(start);
            self.records.added.push(edge);
        }
        edges
    }
}

/// Trees above 4 GB are refused long before.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'a, S, F> Visitor for Trees<'a, S, F>
where
    S: BlobScanner,
    F: Fn(u32) -> u32 + Sync,
    TreeLocal<'a, S>: Send,
{
    type State = Shape;
    type Local = TreeLocal<'a, S>;

    fn begin(&self) -> Self::Local {
        self.local()
    }

    fn visit(
        &self,
        local: &mut Self::Local,
        node: Node<'_>,
        base: Option<Base<'_, Shape>>,
    ) -> Option<Shape> {
        match self.read(local, node.bytes, base.as_ref()) {
            Ok(shape) => {
                let number = (self.number)(node.number);
                local.clean.push(number);
                local.records.push(number, node.depth, base.is_none());
                node.heirs.then_some(shape)
            }
            Err(fault) => {
                local.failed.push((node.number, fault));
                None
            }
        }
    }

    fn failed(&self, local: &mut Self::Local, node: u32, fault: Fault) {
        local.failed.push((node, fault));
    }

    fn worked(&self, local: &mut Self::Local, busy: Duration) {
        local.reader.timings.worked(busy);
    }

    fn weight(&self, state: &Shape) -> usize {
        (state.starts.capacity() + state.edges.capacity()) * size_of::<u32>()
    }
}
