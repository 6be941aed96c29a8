//! The visitor that shows blobs to a scanner: inherits candidates where a delta copied their
//! neighbourhood, and has the rest looked at.

use std::ops::Range;
use std::time::Duration;

use crate::finding::BlobId;

use super::fault::Fault;
use super::keyed::Print;
use super::memo::{AROUND, Memo};
use super::scanner::{BlobScanner, Cluster, Outcome, Subject, Verdict};
use super::timings::Timings;
use super::walk::{Base, Node, Visitor};
use super::window::{Plan, pieces};

/// A candidate and what is settled about it, if anything is yet.
pub(crate) struct Known<C> {
    candidate: C,
    verdict: Option<Verdict>,
}

/// One thread's view of a scanner: the lists it fills, used again for every text.
pub(crate) struct Reader<'a, S: BlobScanner> {
    scanner: &'a S,
    memo: Option<&'a Memo<S::Candidate>>,
    plan: Plan,
    fresh: Vec<S::Candidate>,
    asked: Vec<S::Candidate>,
    verdicts: Vec<Verdict>,
    /// The hashes under which the verdicts on `asked` are remembered.
    prints: Vec<Option<[Print; 3]>>,
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
            asked: Vec::new(),
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
        let new = |candidate| Known {
            candidate,
            verdict: None,
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
            into.extend(self.fresh.drain(..).map(new));
            return;
        };
        for piece in pieces(bytes, window) {
            let by = piece.start.cast_signed();
            let print = memo.of_window(bytes, &piece, radius);
            if let Some(known) = memo.window(print) {
                into.extend(known.iter().map(|candidate| new(moved(candidate, by))));
                continue;
            }
            self.fresh.clear();
            self.timings.scanned += piece.len() as u64;
            self.scanner.candidates(bytes, piece, &mut self.fresh);
            let kept = self.fresh.iter().map(|candidate| moved(candidate, -by));
            memo.keep_window(print, kept.collect());
            into.extend(self.fresh.drain(..).map(new));
        }
    }

    /// Has the candidates settled about which nothing is, and the open ones taken.
    pub(crate) fn decide(
        &mut self,
        subject: &Subject,
        (bytes, whole): (&[u8], bool),
        known: &mut [Known<S::Candidate>],
    ) -> Outcome {
        let start = self.timings.start();
        self.settle((bytes, whole), known);
        let open = known.iter().filter_map(|known| match known.verdict {
            Some(Verdict::Open { reach, .. }) => Some((&known.candidate, reach as usize)),
            _ => None,
        });
        let clusters = clusters::<S>(bytes, open.collect(), self.memo);
        let outcome = match clusters.is_empty() && !whole {
            true => Outcome::Clean,
            false => self.scanner.decide(subject, bytes, &clusters),
        };
        self.timings.decisions(start);
        outcome
    }

    fn settle(&mut self, (bytes, whole): (&[u8], bool), known: &mut [Known<S::Candidate>]) {
        let memo = self.memo.filter(|_| !whole);
        self.asked.clear();
        self.prints.clear();
        for known in known.iter_mut().filter(|known| known.verdict.is_none()) {
            let prints = memo.map(|memo| prints::<S>(memo, bytes, &known.candidate));
            match prints {
                Some(Err(verdict)) => known.verdict = Some(verdict),
                prints => {
                    self.prints.push(prints.and_then(Result::ok));
                    self.asked.push(known.candidate.clone());
                }
            }
        }
        if self.asked.is_empty() {
            return;
        }
        self.verdicts.clear();
        self.timings.decided += 1;
        self.scanner.settle(bytes, &self.asked, &mut self.verdicts);
        let asked = known.iter_mut().filter(|known| known.verdict.is_none());
        for ((known, verdict), prints) in asked.zip(&self.verdicts).zip(&self.prints) {
            known.verdict = Some(*verdict);
            if let Some((memo, prints)) = memo.zip(*prints) {
                memo.keep_verdict(prints, *verdict);
            }
        }
    }

    /// A text that is no blob and stands where it stands: everything in it is decided at once.
    pub(crate) fn text(&mut self, subject: &Subject, bytes: &[u8]) -> Outcome {
        let whole = self.scanner.whole(bytes);
        let known = self.full(bytes, whole);
        if known.is_empty() && !whole {
            return Outcome::Clean;
        }
        let start = self.timings.start();
        let cluster = Cluster {
            range: 0..bytes.len(),
            print: 0,
            candidates: known.into_iter().map(|known| known.candidate).collect(),
        };
        self.timings.decided += 1;
        let outcome = self.scanner.decide(subject, bytes, &[cluster]);
        self.timings.decisions(start);
        outcome
    }
}

/// The hashes under which a verdict on a candidate is remembered; the verdict if it is.
fn prints<S: BlobScanner>(
    memo: &Memo<S::Candidate>,
    bytes: &[u8],
    candidate: &S::Candidate,
) -> Result<[Print; 3], Verdict> {
    let anchor = S::anchor(candidate);
    let mut moved = candidate.clone();
    S::shift(&mut moved, -anchor.cast_signed());
    let mut prints = [0; 3];
    for (print, around) in prints.iter_mut().zip(AROUND) {
        *print = memo.of_candidate(bytes, (anchor, around), &moved);
        if let Some(verdict) = memo.verdict(*print) {
            return Err(verdict);
        }
    }
    Ok(prints)
}

/// Open candidates and what decides about them, each stretch as short as can be.
fn clusters<S: BlobScanner>(
    bytes: &[u8],
    open: Vec<(&S::Candidate, usize)>,
    memo: Option<&Memo<S::Candidate>>,
) -> Vec<Cluster<S::Candidate>> {
    let around = |(candidate, reach): &(&S::Candidate, usize)| {
        // A decision may depend on whether there is a byte at its very edge, hence one more.
        let (anchor, reach) = (S::anchor(candidate), reach + 1);
        anchor.saturating_sub(reach)..bytes.len().min(anchor.saturating_add(reach))
    };
    let mut ranges: Vec<Range<usize>> = open.iter().map(around).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, last| {
        let meets = next.start < last.end;
        last.end = if meets {
            last.end.max(next.end)
        } else {
            last.end
        };
        meets
    });
    let mut open = open.into_iter().map(|(candidate, _)| candidate).peekable();
    let cluster = |range: Range<usize>| {
        let by = range.start.cast_signed();
        let inside = |candidate: &&S::Candidate| S::anchor(candidate) < range.end;
        let candidates = std::iter::from_fn(|| open.next_if(inside)).map(|candidate| {
            let mut candidate = candidate.clone();
            S::shift(&mut candidate, -by);
            candidate
        });
        Cluster {
            candidates: candidates.collect(),
            print: memo.map_or(0, |memo| memo.of_stretch(bytes, &range)),
            range,
        }
    };
    ranges.into_iter().map(cluster).collect()
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
        let copied = |verdict: &Verdict| zone.covers(anchor, verdict.looked());
        let verdict = k.verdict.filter(copied);
        Known { candidate, verdict }
    }));
}

/// What the threads of one pass gather.
pub(crate) struct Gathered<'a, S: BlobScanner> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
    /// Blobs in which something is open.
    pub(crate) found: Vec<BlobId>,
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

    /// A blob that has no base in memory.
    pub(crate) fn alone(&mut self, (id, number): (BlobId, u32), bytes: &[u8]) {
        let whole = self.reader.scanner.whole(bytes);
        let mut known = self.reader.full(bytes, whole);
        self.decide((id, number), (bytes, whole), &mut known);
    }

    fn count(&mut self, bytes: &[u8]) {
        self.blobs += 1;
        self.bytes += bytes.len() as u64;
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
            Outcome::Found => self.found.push(id),
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
