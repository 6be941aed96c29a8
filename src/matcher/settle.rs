//! Settle: which candidates are nothing wherever their text stands, and how far around them was looked to
//! know. Histories are read before it is known at which paths their blobs stand; what is left open is
//! decided when it is.

use std::cell::Cell;
use std::ops::Range;

use super::candidate::{Candidate, What};
use super::checks::{self, Verdict};
use super::context::{Evidence, Surroundings, line_around};
use super::decide::{AROUND, Work};
use super::decode::{self, Coding, DEPTH};
use super::layers;
use super::shaped::named_after;
use super::value::Found;
use crate::pattern::index::Entry;

/// What is settled about a candidate. As long as the bytes within `reach` of its anchor stay the same, the
/// same is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is nothing at any path.
    Nothing {
        /// How far was looked, in bytes to either side.
        reach: u32,
    },
    /// It may be something at some path; what, is decided by no byte further away, and by other open
    /// candidates whose reach meets its own.
    Open {
        /// How far will be looked, in bytes to either side.
        reach: u32,
        /// How far was looked to know that it is open, and how far will be looked.
        looked: u32,
    },
}

/// How far it was looked, from the first byte to behind the last.
#[derive(Debug, Default)]
pub(super) struct Looked(Cell<Option<(usize, usize)>>);

impl Looked {
    pub(super) fn note(&self, value: &Range<usize>, around: usize) {
        let (low, high) = (value.start.saturating_sub(around), value.end + around);
        self.0.set(Some(match self.0.get() {
            Some((from, to)) => (from.min(low), to.max(high)),
            None => (low, high),
        }));
    }

    /// How far from `at` it was looked since this was asked last, if that was noted.
    fn reach(&self, at: usize) -> Option<usize> {
        let (from, to) = self.0.take()?;
        Some(at.abs_diff(from).max(at.abs_diff(to)))
    }
}

/// So much further than a value is looked for what is shown of it: the line above, its neighbours.
const SHOWN: usize = 512;

/// How far beyond a code it is looked whether it goes on, and what stands beside it.
const BESIDE: usize = 6400;

/// A text longer than this is long for a value.
const LONG: usize = 256;

/// How far above a line the one is looked for that names what stands on it.
const PAIR: usize = 208;

/// A text that grows more than this when decoded uses up what may be decoded of one blob: it is kept, so
/// that it does so wherever it is decided.
const SWELLS: usize = 4;

/// One code that was undone: what is settled about it.
struct Undone {
    coding: Coding,
    source: Range<usize>,
    open: bool,
    /// What was looked at to know.
    looked: Range<usize>,
}

/// See [`super::Matcher::settle`].
pub(super) fn settle(work: &Work<'_>, candidates: &[Candidate], settled: &mut Vec<Settled>) {
    let (mut found, mut undone) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let at = candidate.anchor as usize;
        let (open, reach, looked) = match candidate.what {
            What::Coded(coding) => {
                let (open, looked) = coded(work, at, coding, &mut undone);
                (open, looked, looked)
            }
            _ => {
                found.clear();
                let looked = work.look(candidate, &mut found);
                let noted = work.anywhere.and_then(|looked| looked.reach(at));
                let within = found.iter().map(|one| widest(work.entry(one.kind)));
                let within = within.max().unwrap_or(0) as usize;
                let reach = looked + within + SHOWN;
                (!found.is_empty(), reach, noted.unwrap_or(looked))
            }
        };
        let far = |distance: usize| u32::try_from(distance).unwrap_or(u32::MAX);
        let (reach, looked) = (far(reach), far(looked));
        settled.push(match open {
            true => Settled::Open { reach, looked },
            false => Settled::Nothing { reach: looked },
        });
    }
}

impl Work<'_> {
    /// The kinds of which a value without a prefix may be, were it in a file that speaks of them. The
    /// conditions are those of a value that its surroundings name, as far as they do not depend on that.
    pub(super) fn shape_anywhere(&self, value: Range<usize>, found: &mut Vec<Found>) {
        let (matcher, index) = (self.matcher, &self.matcher.index);
        let text = &self.bytes[value.clone()];
        let around = Surroundings::plain(self.bytes, &value);
        let credential = &matcher.words.credential;
        let is_credential = around.key_word(credential).is_some();
        let otherwise = around.called_otherwise(credential);
        // The lines of names above it, at most.
        self.note(&around.line, PAIR);
        let bare = around.may_be_bare(&matcher.words);
        if bare || around.is_argument_of_door() {
            self.note(&value, AROUND);
        }
        let (mut full, mut digest, mut plain) = (None, None, None);
        let mut within = None;
        for kind in matcher.words.outlines(index).fitting(text) {
            let entry = self.entry(kind);
            // One of those that look equally far is enough.
            if within.is_some_and(|known| widest(entry) <= known) {
                continue;
            }
            let shape = || matcher.compiled.shape(index, kind);
            let fits = || shape().is_some_and(|shape| shape.is_match(text));
            let mut plain = || {
                let filler = || checks::filler(text).is_some() || checks::identifier(text);
                *plain.get_or_insert_with(filler)
            };
            // Few shapes go on for long, and all else about a long text is told letter by letter.
            if text.len() > LONG && !fits() || entry.checksum.is_none() && plain() {
                continue;
            }
            let named = around.key_word(&entry.key_words).is_some();
            let mut keyed = || {
                let bare = || bare && around.bare_name(&matcher.words, index, kind);
                // What its line or an address near it speaks of needs no key.
                let mut beside = || {
                    let full = full.get_or_insert_with(|| self.around(&value));
                    full.evidence(index, kind) >= Some(Evidence::Url)
                };
                match entry.key_words.is_empty() {
                    true => is_credential || bare() || beside(),
                    false => named || bare(),
                }
            };
            if otherwise && !named
                || !self.wanted(kind)
                || !keyed()
                || !fits()
                || named_after(text, &index.providers[entry.provider as usize])
                || !matches!(checks::judge(entry, text), Verdict::Plausible { .. })
                || *digest.get_or_insert_with(|| {
                    self.note(&value, AROUND);
                    around.is_digest()
                })
            {
                continue;
            }
            within = Some(widest(entry));
            found.push(Found::open(kind, value.clone()));
        }
    }
}

/// How far from a value its parts are looked for.
fn widest(entry: &Entry) -> u32 {
    let parts = entry.parts.iter().map(|part| part.within);
    parts.max().unwrap_or(0)
}

/// What a coded text may hold; one that is part of another is settled with it.
fn coded(work: &Work<'_>, at: usize, coding: Coding, undone: &mut Vec<Undone>) -> (bool, usize) {
    let reach = |looked: &Range<usize>| at.abs_diff(looked.start).max(at.abs_diff(looked.end));
    if work.depth >= DEPTH {
        return (false, 0);
    }
    let holds = |one: &&Undone| one.coding == coding && one.source.contains(&at);
    if let Some(one) = undone.iter().rev().find(holds) {
        // Strings may be told apart otherwise from inside of what is one.
        let looked = match coding {
            Coding::Joined => beside(&one.source),
            _ => one.looked.clone(),
        };
        return (one.open, reach(&looked));
    }
    let layer = match decode::undo(work.bytes, at, coding) {
        Ok(layer) => layer,
        Err(looked) => return (false, reach(&looked)),
    };
    let (text, candidates, _) = layers::text_of(work, &layer);
    let deeper = Work {
        bytes: &text,
        depth: work.depth + 1,
        ..*work
    };
    let mut settled = Vec::new();
    let swells = layer.text.len() / SWELLS > layer.source.len();
    if !swells {
        settle(&deeper, &candidates, &mut settled);
    }
    let is_open = |one: &Settled| matches!(one, Settled::Open { .. });
    let open = swells || settled.iter().any(is_open);
    let looked = match layer.beyond.filter(|_| !open) {
        Some(beyond) => around(work.bytes, &layer.source, beyond),
        None => beside(&layer.source),
    };
    let far = reach(&looked);
    undone.push(Undone {
        coding,
        source: layer.source,
        open,
        looked,
    });
    (open, far)
}

/// A code and everything that may say something about it.
fn beside(source: &Range<usize>) -> Range<usize> {
    source.start.saturating_sub(BESIDE)..source.end + BESIDE
}

/// A code, what its decoder looked at beyond it, and its line, which says what it is assigned to.
fn around(bytes: &[u8], source: &Range<usize>, beyond: usize) -> Range<usize> {
    let line = line_around(bytes, source);
    let (low, high) = (line.start.min(source.start), line.end.max(source.end));
    low.saturating_sub(beyond + 1)..high + beyond + 1
}
