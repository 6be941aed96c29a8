//! The visitor that shows blobs to a scanner: inherits candidates where a delta copied their
//! neighbourhood, and has the rest looked at.

use std::ops::Range;
use std::time::Duration;

use crate::finding::BlobId;

use super::earlier::Anchors;
use super::fault::Fault;
use super::memo::{Memo, Print};
use super::scanner::{BlobScanner, Outcome, Subject, Verdict};
use super::timings::Timings;
use super::walk::{Base, Node, Visitor};
use super::window::{Plan, pieces};

/// `reach` of a candidate about which nothing is settled.
const OPEN: u32 = u32::MAX;

/// The same of one that was asked about in the base and stayed open: asked again, without a look into
/// the memory, where it was not.
const ASKED: u32 = u32::MAX - 1;

/// A candidate and how far its verdict looked.
pub(crate) struct Known<C> {
    candidate: C,
    reach: u32,
}

impl<C> Known<C> {
    /// Nothing is settled about it.
    fn is_open(&self) -> bool {
        self.reach >= ASKED
    }
}

/// One thread's view of a scanner: the lists it fills, used again for every text.
pub(crate) struct Reader<'a, S: BlobScanner> {
    scanner: &'a S,
    memo: Option<&'a Memo<S::Candidate>>,
    plan: Plan,
    fresh: Vec<S::Candidate>,
    open: Vec<S::Candidate>,
    verdicts: Vec<Verdict>,
    /// The hashes under which the verdicts on `open` are remembered.
    prints: Vec<Option<Print>>,
    /// Where the time went.
    pub(crate) timings: Timings,
}

impl<'a, S: BlobScanner> Reader<'a, S> {
    /// `memo`: what was said of other texts of the same kind.
    pub(crate) fn new(scanner: &'a S, memo: Option<&'a Memo<S::Candidate>>, timed: bool) -> Self {
        Reader {
            scanner,
            memo,
            plan: Plan::default(),
            fresh: Vec::new(),
            open: Vec::new(),
            verdicts: Vec::new(),
            prints: Vec::new(),
            timings: Timings::new(timed),
        }
    }

    /// A text that has no base: everything is looked at. `whole`: it means something as a whole only.
    fn full(&mut self, bytes: &[u8], whole: bool) -> Vec<Known<S::Candidate>> {
        let mut known = Vec::new();
        let start = self.timings.start();
        self.look((bytes, whole), &(0..bytes.len()), &mut known);
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
        let plan = std::mem::take(&mut self.plan);
        let mut zones = plan.zones.iter().peekable();
        for window in &plan.windows {
            while let Some(zone) = zones.next_if(|zone| zone.anchors.start < window.start) {
                adopt::<S>(base.state, zone, &mut known);
            }
            self.look((bytes, false), window, &mut known);
        }
        for zone in zones {
            adopt::<S>(base.state, zone, &mut known);
        }
        self.plan = plan;
        self.timings.candidates(start);
        known
    }

    /// The candidates of a window, from memory as far as the same bytes were looked at before.
    fn look(
        &mut self,
        (bytes, whole): (&[u8], bool),
        window: &Range<usize>,
        into: &mut Vec<Known<S::Candidate>>,
    ) {
        let open = |candidate| Known {
            candidate,
            reach: OPEN,
        };
        let moved = |candidate: &S::Candidate, by: isize| {
            let mut candidate = candidate.clone();
            S::shift(&mut candidate, by);
            candidate
        };
        let radius = self.scanner.radius();
        let Some(memo) = self.memo.filter(|_| !whole) else {
            self.fresh.clear();
            self.timings.scanned += window.len() as u64;
            self.scanner
                .candidates(bytes, window.clone(), &mut self.fresh);
            into.extend(self.fresh.drain(..).map(open));
            return;
        };
        for piece in pieces(bytes, window) {
            let by = piece.start.cast_signed();
            let print = memo.of_window(bytes, &piece, radius);
            if let Some(known) = memo.window(print) {
                into.extend(known.iter().map(|candidate| open(moved(candidate, by))));
                continue;
            }
            self.fresh.clear();
            self.timings.scanned += piece.len() as u64;
            self.scanner.candidates(bytes, piece, &mut self.fresh);
            let kept = self.fresh.iter().map(|candidate| moved(candidate, -by));
            memo.keep_window(print, kept.collect());
            into.extend(self.fresh.drain(..).map(open));
        }
    }

    /// Only the candidates at some anchors: all others are known to be nothing.
    fn at(&mut self, bytes: &[u8], anchors: &[u32]) -> Vec<Known<S::Candidate>> {
        let start = self.timings.start();
        self.fresh.clear();
        for at in anchors {
            let at = *at as usize;
            self.scanner.candidates(bytes, at..at + 1, &mut self.fresh);
        }
        let open = |candidate| Known {
            candidate,
            reach: OPEN,
        };
        let known = self.fresh.drain(..).map(open).collect();
        self.timings.candidates(start);
        known
    }

    /// Has the open candidates decided.
    pub(crate) fn decide(
        &mut self,
        subject: &Subject,
        (bytes, whole): (&[u8], bool),
        known: &mut [Known<S::Candidate>],
    ) -> Outcome {
        let start = self.timings.start();
        let memo = self.memo.filter(|_| !whole);
        self.open.clear();
        self.prints.clear();
        for known in known.iter_mut().filter(|k| k.is_open()) {
            let memo = memo.filter(|_| known.reach == OPEN);
            let print = memo.map(|memo| print::<S>(memo, bytes, &known.candidate));
            let verdict = memo
                .zip(print)
                .and_then(|(memo, print)| memo.verdict(print));
            if let Some(reach) = verdict {
                known.reach = reach;
                continue;
            }
            known.reach = ASKED;
            self.prints.push(print);
            self.open.push(known.candidate.clone());
        }
        if self.open.is_empty() && !whole {
            self.timings.decisions(start);
            return Outcome::Clean;
        }
        self.verdicts.clear();
        self.timings.decided += 1;
        let outcome = self
            .scanner
            .decide(subject, bytes, &self.open, &mut self.verdicts);
        let open = known.iter_mut().filter(|k| k.is_open());
        for ((known, verdict), print) in open.zip(&self.verdicts).zip(&self.prints) {
            let Verdict::Nothing { reach } = verdict else {
                continue;
            };
            known.reach = *reach;
            if let Some((memo, print)) = memo.zip(*print) {
                memo.keep_verdict(print, *reach);
            }
        }
        self.timings.decisions(start);
        outcome
    }

    /// A text on its own.
    pub(crate) fn text(&mut self, subject: &Subject, bytes: &[u8]) -> Outcome {
        let whole = self.scanner.whole(bytes);
        let mut known = self.full(bytes, whole);
        self.decide(subject, (bytes, whole), &mut known)
    }
}

/// The hash under which a verdict on a candidate is remembered.
fn print<S: BlobScanner>(
    memo: &Memo<S::Candidate>,
    bytes: &[u8],
    candidate: &S::Candidate,
) -> Print {
    let anchor = S::anchor(candidate);
    let mut moved = candidate.clone();
    S::shift(&mut moved, -anchor.cast_signed());
    memo.of_candidate(bytes, anchor, &moved)
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
        let holds = !k.is_open() && zone.covers(anchor, k.reach as usize);
        let reach = match k.reach {
            ASKED => ASKED,
            reach if holds => reach,
            _ => OPEN,
        };
        Known { candidate, reach }
    }));
}

/// What the threads of one pass gather.
pub(crate) struct Gathered<'a, S: BlobScanner> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
    /// Blobs in which something was found, and the anchors of what is open there.
    pub(crate) found: Vec<(BlobId, Box<[u32]>)>,
    /// Numbers of blobs in which nothing was.
    pub(crate) clean: Vec<u32>,
    /// Entries that could not be had, and why.
    pub(crate) failed: Vec<(u32, Fault)>,
}

impl<'a, S: BlobScanner> Gathered<'a, S> {
    pub(crate) fn new(scanner: &'a S, memo: &'a Memo<S::Candidate>, timed: bool) -> Self {
        Gathered {
            reader: Reader::new(scanner, Some(memo), timed),
            blobs: 0,
            bytes: 0,
            found: Vec::new(),
            clean: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// A blob that has no base in memory. `anchors`: where something was found in it before.
    pub(crate) fn alone(
        &mut self,
        (id, number): (BlobId, u32),
        bytes: &[u8],
        anchors: Option<&[u32]>,
    ) {
        if !anchors.is_some_and(|anchors| self.again(id, bytes, anchors)) {
            let whole = self.reader.scanner.whole(bytes);
            let mut known = self.reader.full(bytes, whole);
            self.decide((id, number), (bytes, whole), &mut known);
        }
    }

    /// Finds again what was found before; false if that is not to be found so.
    fn again(&mut self, id: BlobId, bytes: &[u8], anchors: &[u32]) -> bool {
        let inside = anchors.iter().all(|at| (*at as usize) < bytes.len());
        if !inside || self.reader.scanner.whole(bytes) {
            return false;
        }
        let mut known = self.reader.at(bytes, anchors);
        let subject = Subject::Blob(id);
        let found = self.reader.decide(&subject, (bytes, false), &mut known) == Outcome::Found;
        if found {
            self.count(bytes);
            self.keep(id, &known);
        }
        found
    }

    fn count(&mut self, bytes: &[u8]) {
        self.blobs += 1;
        self.bytes += bytes.len() as u64;
    }

    fn keep(&mut self, id: BlobId, known: &[Known<S::Candidate>]) {
        let open = known.iter().filter(|k| k.is_open());
        let mut anchors: Vec<u32> = open
            .filter_map(|k| u32::try_from(S::anchor(&k.candidate)).ok())
            .collect();
        anchors.dedup();
        self.found.push((id, anchors.into_boxed_slice()));
    }

    fn decide(
        &mut self,
        (id, number): (BlobId, u32),
        (bytes, whole): (&[u8], bool),
        known: &mut [Known<S::Candidate>],
    ) {
        self.count(bytes);
        let subject = Subject::Blob(id);
        match self.reader.decide(&subject, (bytes, whole), known) {
            Outcome::Found => self.keep(id, known),
            Outcome::Clean => self.clean.push(number),
            Outcome::Again => {}
        }
    }
}

/// Visits the blobs of a pack.
pub(crate) struct Blobs<'a, S: BlobScanner, F> {
    pub(crate) scanner: &'a S,
    pub(crate) memo: &'a Memo<S::Candidate>,
    pub(crate) timed: bool,
    /// Id and number of an entry, and whether it is to be decided (not known from elsewhere).
    pub(crate) named: F,
    /// Where something was found before.
    pub(crate) anchors: &'a Anchors,
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
        Gathered::new(self.scanner, self.memo, self.timed)
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
        let before = self.anchors.get(&number).filter(|_| wanted);
        if before.is_some_and(|anchors| local.again(id, node.bytes, anchors)) {
            return None;
        }
        let whole = self.scanner.whole(node.bytes);
        let mut known = match base.filter(|_| !whole) {
            Some(base) => local.reader.inherit(node.bytes, &base),
            None if wanted => local.reader.full(node.bytes, whole),
            None => return None,
        };
        if wanted {
            local.decide((id, number), (node.bytes, whole), &mut known);
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
