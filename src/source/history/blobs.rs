//! The visitor that shows blobs to a scanner: inherits candidates where a delta copied their
//! neighbourhood, and has the rest looked at.

use std::time::Duration;

use crate::finding::BlobId;

use super::fault::Fault;
use super::scanner::{BlobScanner, Outcome, Subject, Verdict};
use super::timings::Timings;
use super::walk::{Base, Node, Visitor};
use super::window::Plan;

/// `reach` of a candidate about which nothing is settled.
const OPEN: u32 = u32::MAX;

/// A candidate and how far its verdict looked.
pub(crate) struct Known<C> {
    candidate: C,
    reach: u32,
}

/// One thread's view of a scanner: the lists it fills, used again for every text.
pub(crate) struct Reader<'a, S: BlobScanner> {
    scanner: &'a S,
    plan: Plan,
    fresh: Vec<S::Candidate>,
    open: Vec<S::Candidate>,
    verdicts: Vec<Verdict>,
    /// Where the time went.
    pub(crate) timings: Timings,
}

impl<'a, S: BlobScanner> Reader<'a, S> {
    pub(crate) fn new(scanner: &'a S, timed: bool) -> Self {
        Reader {
            scanner,
            plan: Plan::default(),
            fresh: Vec::new(),
            open: Vec::new(),
            verdicts: Vec::new(),
            timings: Timings::new(timed),
        }
    }

    /// A text that has no base: everything is looked at.
    pub(crate) fn full(&mut self, bytes: &[u8]) -> Vec<Known<S::Candidate>> {
        let mut known = Vec::new();
        self.timings.scanned += bytes.len() as u64;
        let start = self.timings.start();
        self.fresh.clear();
        self.scanner
            .candidates(bytes, 0..bytes.len(), &mut self.fresh);
        known.extend(self.fresh.drain(..).map(|candidate| Known {
            candidate,
            reach: OPEN,
        }));
        self.timings.candidates(start);
        known
    }

    /// A text made of another: what was copied with its neighbourhood is inherited.
    fn inherit(
        &mut self,
        bytes: &[u8],
        base: &Base<'_, Vec<Known<S::Candidate>>>,
    ) -> Vec<Known<S::Candidate>> {
        let start = self.timings.start();
        let radius = self.scanner.radius();
        self.plan.make(base.segments, base.len, bytes.len(), radius);
        let start = self.timings.windows(start);
        let mut known = Vec::with_capacity(base.state.len() + 4);
        let mut zones = self.plan.zones.iter().peekable();
        for window in &self.plan.windows {
            while let Some(zone) = zones.next_if(|zone| zone.anchors.start < window.start) {
                adopt::<S>(base.state, zone, &mut known);
            }
            self.timings.scanned += window.len() as u64;
            self.fresh.clear();
            self.scanner
                .candidates(bytes, window.clone(), &mut self.fresh);
            known.extend(self.fresh.drain(..).map(|candidate| Known {
                candidate,
                reach: OPEN,
            }));
        }
        for zone in zones {
            adopt::<S>(base.state, zone, &mut known);
        }
        self.timings.candidates(start);
        known
    }

    /// Has the open candidates decided.
    pub(crate) fn decide(
        &mut self,
        subject: &Subject,
        bytes: &[u8],
        known: &mut [Known<S::Candidate>],
    ) -> Outcome {
        let start = self.timings.start();
        self.open.clear();
        let open = known.iter().filter(|k| k.reach == OPEN);
        self.open.extend(open.map(|k| k.candidate.clone()));
        if self.open.is_empty() && !self.scanner.whole(bytes) {
            return Outcome::Clean;
        }
        self.verdicts.clear();
        self.timings.decided += 1;
        let outcome = self
            .scanner
            .decide(subject, bytes, &self.open, &mut self.verdicts);
        let open = known.iter_mut().filter(|k| k.reach == OPEN);
        for (known, verdict) in open.zip(&self.verdicts) {
            known.reach = match verdict {
                Verdict::Nothing { reach } => *reach,
                Verdict::Open => OPEN,
            };
        }
        self.timings.decisions(start);
        outcome
    }

    /// A text on its own.
    pub(crate) fn text(&mut self, subject: &Subject, bytes: &[u8]) -> Outcome {
        let mut known = self.full(bytes);
        self.decide(subject, bytes, &mut known)
    }
}

/// Takes over the candidates of a zone; a verdict only if all it looked at was copied as well.
fn adopt<S: BlobScanner>(
    base: &[Known<S::Candidate>],
    zone: &super::window::Zone,
    into: &mut Vec<Known<S::Candidate>>,
) {
    let end = zone.from + zone.anchors.len();
    let first = base.partition_point(|k| S::anchor(&k.candidate) < zone.from);
    let by = zone.anchors.start.wrapping_sub(zone.from).cast_signed();
    let inherited = base[first..]
        .iter()
        .take_while(|k| S::anchor(&k.candidate) < end);
    into.extend(inherited.map(|k| {
        let mut candidate = k.candidate.clone();
        S::shift(&mut candidate, by);
        let anchor = S::anchor(&candidate);
        let holds = k.reach != OPEN && zone.covers(anchor, k.reach as usize);
        Known {
            candidate,
            reach: if holds { k.reach } else { OPEN },
        }
    }));
}

/// What the threads of one pass gather.
pub(crate) struct Gathered<'a, S: BlobScanner> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
    /// Blobs in which something was found.
    pub(crate) found: Vec<BlobId>,
    /// Numbers of blobs in which nothing was.
    pub(crate) clean: Vec<u32>,
    /// Entries that could not be had, and why.
    pub(crate) failed: Vec<(u32, Fault)>,
}

impl<'a, S: BlobScanner> Gathered<'a, S> {
    pub(crate) fn new(scanner: &'a S, timed: bool) -> Self {
        Gathered {
            reader: Reader::new(scanner, timed),
            blobs: 0,
            bytes: 0,
            found: Vec::new(),
            clean: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// A blob that has no base in memory.
    pub(crate) fn alone(&mut self, id: BlobId, number: u32, bytes: &[u8]) {
        let mut known = self.reader.full(bytes);
        self.decide((id, number), bytes, &mut known);
    }

    fn decide(
        &mut self,
        (id, number): (BlobId, u32),
        bytes: &[u8],
        known: &mut [Known<S::Candidate>],
    ) {
        self.blobs += 1;
        self.bytes += bytes.len() as u64;
        match self.reader.decide(&Subject::Blob(id), bytes, known) {
            Outcome::Found => self.found.push(id),
            Outcome::Clean => self.clean.push(number),
            Outcome::Again => {}
        }
    }
}

/// Visits the blobs of a pack.
pub(crate) struct Blobs<'a, S, F> {
    pub(crate) scanner: &'a S,
    pub(crate) timed: bool,
    /// Id and number of an entry, and whether it is to be decided (not known from elsewhere).
    pub(crate) named: F,
}

impl<'a, S, F> Visitor for Blobs<'a, S, F>
where
    S: BlobScanner,
    F: Fn(u32) -> Option<(BlobId, u32, bool)> + Sync,
    Gathered<'a, S>: Send,
{
    type State = Vec<Known<S::Candidate>>;
    type Local = Gathered<'a, S>;

    fn begin(&self) -> Self::Local {
        Gathered::new(self.scanner, self.timed)
    }

    fn visit(
        &self,
        local: &mut Self::Local,
        node: Node<'_>,
        base: Option<Base<'_, Self::State>>,
    ) -> Option<Self::State> {
        let (id, number, wanted) = (self.named)(node.number)?;
        if !wanted && !node.heirs {
            return None;
        }
        let whole = self.scanner.whole(node.bytes);
        let mut known = match base.filter(|_| !whole) {
            Some(base) => local.reader.inherit(node.bytes, &base),
            None if wanted => local.reader.full(node.bytes),
            None => return None,
        };
        if wanted {
            local.decide((id, number), node.bytes, &mut known);
        }
        (!whole && node.heirs).then_some(known)
    }

    fn failed(&self, local: &mut Self::Local, node: u32, fault: Fault) {
        local.failed.push((node, fault));
    }

    fn worked(&self, local: &mut Self::Local, busy: Duration) {
        local.reader.timings.worked(busy);
    }

    fn weight(&self, state: &Self::State) -> usize {
        state.capacity() * size_of::<Known<S::Candidate>>()
    }
}
