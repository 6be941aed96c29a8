//! Sited: the blobs of a history are read before it is known where they stand, and a path may make something
//! of what is nothing elsewhere. Here waits what is open in them: stretches of text, each once, however many
//! versions of a file have it, with everything that decides about it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use sha2::{Digest, Sha256};

use super::retold::{self, Known, Loud};
use crate::finding::{BlobId, Match};
use crate::matcher::{Candidate, Matcher, Settled};
use crate::source::history::{Cluster, PathHash, Start, Told, Trace, Traced};

/// So many bytes of text are kept; what there is more is read again when it is needed.
const MOST: usize = 4 << 20;

/// So many paths are remembered of a stretch.
pub(super) const MOST_PATHS: usize = 1024;

pub(super) fn path_hash(path: &[u8]) -> PathHash {
    let whole: [u8; 32] = Sha256::digest(path).into();
    std::array::from_fn(|at| whole[at])
}

/// A stretch of text as it stands in the first blob that had it.
pub(super) struct Model {
    pub(super) owner: BlobId,
    pub(super) nth: u32,
    pub(super) start: Start,
    length: u32,
    /// The anchors of its open candidates, and a hash of what each is.
    anchors: Box<[[u32; 2]]>,
    /// The blob is no text.
    pub(super) binary: bool,
    /// The text with its open candidates, unless it is to be read again.
    text: Option<Owned>,
    /// Where it is nothing: seldom more than one or two.
    pub(super) quiet: Vec<PathHash>,
}

/// A text and its open candidates, held by the model itself.
type Owned = (Box<[u8]>, Box<[Candidate]>);

/// The same, held by whoever has it.
type Text<'a> = (&'a [u8], Cow<'a, [Candidate]>);

/// Where a stretch begins in a blob.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) model: u32,
    pub(super) start: Start,
}

/// What is open in a blob.
pub(super) enum Held {
    /// Stretches of text.
    Pieces(Vec<Piece>),
    /// It means something as a whole only; where it is nothing.
    Whole(BTreeSet<PathHash>),
}

/// What is open in all blobs of one history.
#[derive(Default)]
pub(super) struct Sites {
    pub(super) models: Vec<Model>,
    by_print: HashMap<(u128, bool), u32>,
    pub(super) held: BTreeMap<BlobId, Held>,
    /// What was found where.
    pub(super) loud: Loud,
    /// What an earlier run knew of that.
    pub(super) known: Known,
    bytes: usize,
}

impl Model {
    /// Its text and candidates, out of a blob that has it from there on if they are not at hand; none if
    /// that blob is not what it was.
    pub(super) fn text<'a>(
        &'a self,
        matcher: &Matcher,
        blob: Option<(&'a [u8], Start)>,
    ) -> Option<Text<'a>> {
        if let Some((text, candidates)) = &self.text {
            return Some((text, Cow::Borrowed(candidates)));
        }
        let (bytes, start) = blob?;
        let offset = start.offset as usize;
        let text = bytes.get(offset..offset.checked_add(self.length as usize)?)?;
        let mut candidates: Vec<Candidate> = Vec::new();
        for [at, _] in &self.anchors {
            let at = offset + (*at as usize).min(text.len());
            let last = candidates.last().is_none_or(|c| (c.anchor as usize) < at);
            if last {
                matcher.candidates(bytes, at..at + 1, &mut candidates);
            }
        }
        let known: Vec<Candidate> = candidates
            .iter()
            .copied()
            .filter(|c| self.anchors.contains(&named(c, start.offset)))
            .collect();
        // Another build may hash otherwise.
        let open = match known.len() == self.anchors.len() {
            true => known,
            false => open_among(matcher, bytes, candidates),
        };
        let moved = |mut candidate: Candidate| {
            candidate.anchor = candidate.anchor.saturating_sub(start.offset);
            candidate
        };
        Some((text, open.into_iter().map(moved).collect()))
    }

    /// Its text must be read again.
    pub(super) fn is_away(&self) -> bool {
        self.text.is_none()
    }
}

impl Sites {
    /// Keeps what is open in a blob; tells which stretches no blob had before.
    pub(super) fn keep(
        &mut self,
        blob: BlobId,
        (bytes, binary): (&[u8], bool),
        clusters: &[Cluster<Candidate>],
    ) -> Vec<usize> {
        let (mut pieces, mut fresh) = (Vec::with_capacity(clusters.len()), Vec::new());
        for (nth, cluster) in (0..).zip(clusters) {
            let start = start_of(bytes, cluster.range.start);
            let next = u32::try_from(self.models.len()).unwrap_or(u32::MAX);
            let model = *self.by_print.entry((cluster.print, binary)).or_insert(next);
            if model == next {
                let model = Model::new((blob, nth), (bytes, binary), cluster, start);
                self.add(model, bytes, cluster);
                fresh.push(nth as usize);
            }
            pieces.push(Piece { model, start });
        }
        self.held.insert(blob, Held::Pieces(pieces));
        fresh
    }

    fn add(&mut self, mut model: Model, bytes: &[u8], cluster: &Cluster<Candidate>) {
        let length = cluster.range.len();
        if self.bytes + length <= MOST {
            self.bytes += length;
            let text = bytes[cluster.range.clone()].into();
            model.text = Some((text, cluster.candidates.as_slice().into()));
        }
        self.models.push(model);
    }

    /// All blobs were read: what tells stretches apart is not needed any more.
    pub(super) fn close(&mut self) {
        self.by_print = HashMap::new();
    }

    /// What a later run needs of blobs.
    pub(super) fn traces(&self, blobs: &[BlobId]) -> Vec<Option<Trace>> {
        let mut told = retold::told(self);
        let trace = |blob: &BlobId| self.trace(*blob, &mut told);
        blobs.iter().map(trace).collect()
    }

    fn trace(&self, blob: BlobId, told: &mut HashMap<u32, Vec<Told>>) -> Option<Trace> {
        let pieces = match self.held.get(&blob)? {
            Held::Whole(quiet) => {
                let only = Traced::Own {
                    start: Start::default(),
                    length: 0,
                    anchors: Vec::new(),
                    quiet: quiet.iter().copied().collect(),
                    told: Vec::new(),
                };
                return Some(Trace {
                    whole: true,
                    binary: false,
                    clusters: vec![only],
                });
            }
            Held::Pieces(pieces) => pieces,
        };
        let mut trace = Trace::default();
        for (nth, piece) in (0..).zip(pieces) {
            let model = self.models.get(piece.model as usize)?;
            trace.binary |= model.binary;
            trace
                .clusters
                .push(match (model.owner, model.nth) == (blob, nth) {
                    true => Traced::Own {
                        start: model.start,
                        length: model.length,
                        anchors: model.anchors.to_vec(),
                        quiet: model.quiet.iter().copied().take(MOST_PATHS).collect(),
                        told: told.remove(&piece.model).unwrap_or_default(),
                    },
                    false => Traced::Like {
                        of: model.owner,
                        nth: model.nth,
                        start: piece.start,
                    },
                });
        }
        Some(trace)
    }

    /// Takes back what an earlier run kept; tells of which blobs it could.
    pub(super) fn recall(&mut self, traces: Vec<(BlobId, Trace)>) -> Vec<BlobId> {
        let mut models: HashMap<(BlobId, u32), u32> = HashMap::new();
        for (owner, trace) in traces.iter().filter(|(_, trace)| !trace.whole) {
            for (nth, traced) in (0..).zip(&trace.clusters) {
                if let Some(model) = Model::recalled((*owner, nth), trace.binary, traced) {
                    let next = u32::try_from(self.models.len()).unwrap_or(u32::MAX);
                    self.models.push(model);
                    models.insert((*owner, nth), next);
                }
            }
        }
        self.known = retold::known(&traces, &models);
        let mut taken = Vec::with_capacity(traces.len());
        for (blob, trace) in traces {
            let piece = |(nth, traced): (u32, &Traced)| match traced {
                Traced::Own { start, .. } => Some(Piece {
                    model: *models.get(&(blob, nth))?,
                    start: *start,
                }),
                Traced::Like { of, nth, start } => Some(Piece {
                    model: *models.get(&(*of, *nth))?,
                    start: *start,
                }),
            };
            let held = match (&trace.clusters[..], trace.whole) {
                ([Traced::Own { quiet, .. }], true) => {
                    Some(Held::Whole(quiet.iter().copied().collect()))
                }
                (_, true) | ([], _) => None,
                (clusters, false) => {
                    let pieces: Option<_> = (0..).zip(clusters).map(piece).collect();
                    pieces.map(Held::Pieces)
                }
            };
            if let Some(held) = held {
                self.held.insert(blob, held);
                taken.push(blob);
            }
        }
        taken
    }
}

impl Model {
    fn new(
        (owner, nth): (BlobId, u32),
        (_, binary): (&[u8], bool),
        cluster: &Cluster<Candidate>,
        start: Start,
    ) -> Model {
        let anchors: Vec<_> = cluster.candidates.iter().map(|c| named(c, 0)).collect();
        Model {
            owner,
            nth,
            start,
            length: count(cluster.range.len()),
            anchors: anchors.into_boxed_slice(),
            binary,
            text: None,
            quiet: Vec::new(),
        }
    }

    fn recalled((owner, nth): (BlobId, u32), binary: bool, traced: &Traced) -> Option<Model> {
        let Traced::Own {
            start,
            length,
            anchors,
            quiet,
            ..
        } = traced
        else {
            return None;
        };
        Some(Model {
            owner,
            nth,
            start: *start,
            length: *length,
            anchors: anchors.as_slice().into(),
            binary,
            text: None,
            quiet: quiet.clone(),
        })
    }
}

/// The anchor of a candidate behind `offset`, and a hash of what it is.
fn named(candidate: &Candidate, offset: u32) -> [u32; 2] {
    let mut what = DefaultHasher::new();
    let mut moved = *candidate;
    moved.anchor = 0;
    moved.hash(&mut what);
    let low = what.finish() & u64::from(u32::MAX);
    [
        candidate.anchor.saturating_sub(offset),
        u32::try_from(low).unwrap_or(0),
    ]
}

/// Those of the candidates that are open.
fn open_among(matcher: &Matcher, bytes: &[u8], candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut settled = Vec::new();
    matcher.settle(bytes, &candidates, &mut settled);
    let open = candidates.into_iter().zip(settled);
    let open = open.filter(|(_, settled)| matches!(settled, Settled::Open { .. }));
    open.map(|(candidate, _)| candidate).collect()
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where the byte at `offset` stands in a text.
fn start_of(bytes: &[u8], offset: usize) -> Start {
    let before = &bytes[..offset];
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    Start {
        offset: count(offset),
        lines: count(memchr::memchr_iter(b'\n', before).count()),
        column: count(offset - line),
    }
}

/// A finding of a stretch, in a blob in which that begins at `start`.
pub(super) fn moved(found: &Match, start: Start) -> Match {
    let offset = start.offset as usize;
    Match {
        span: found.span.moved(offset, start.lines, start.column),
        ..found.clone()
    }
}
