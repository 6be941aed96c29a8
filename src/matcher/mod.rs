//! Matcher: blob to matches, in two stages. No I/O, no clock, no randomness.
//!
//! `candidates` is cheap, local and rejects nearly everything; `decide` looks closely at what is
//! left and may read the whole blob.

mod candidate;
pub mod checks;
mod compiled;
mod context;
mod decide;
mod excerpt;
mod facts;
pub mod generic;
mod marker;
mod parts;
mod prefilter;
mod tables;
mod value;

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

pub use candidate::{Candidate, RADIUS};
use compiled::Compiled;

use crate::finding::{Match, SourceKind};
use crate::pattern::anchor::How;
use crate::pattern::index::{Index, Key};

/// Literals that the prefilter looks for besides runs.
const STEMS: &[&str] = &["://", "-----BEGIN"];
const STEM_URL: usize = 0;
const STEM_PEM: usize = 1;

/// What a matcher is asked to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ids of the only kinds to report; empty means all.
    pub only: Vec<String>,
}

/// What is known of a blob besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Path, `/` between parts; empty where there is none.
    pub path: &'a [u8],
    /// Where the bytes come from.
    pub source: SourceKind,
}

/// All patterns, ready to be looked for. Immutable; share it between threads.
pub struct Matcher {
    index: Arc<Index>,
    tables: tables::Tables,
    words: context::Words,
    stems: prefilter::Stems,
    shapes: compiled::Lengths,
    compiled: Compiled,
    slow: Option<Slow>,
    options: Options,
}

/// Keywords that no lookup can find.
struct Slow {
    automaton: AhoCorasick,
    keys: Vec<u32>,
}

impl Matcher {
    /// Prepares to look for everything in `index`.
    pub fn new(index: Arc<Index>, options: Options) -> Matcher {
        Matcher {
            tables: tables::Tables::new(&index),
            words: context::Words::new(&index),
            stems: prefilter::Stems::new(STEMS),
            shapes: compiled::Lengths::new(&index),
            compiled: Compiled::new(&index),
            slow: Slow::new(&index),
            index,
            options,
        }
    }

    /// Cheap stage: appends the survivors whose anchor lies in `range`, sorted. What it says
    /// depends on `bytes[range.start - RADIUS..range.end + RADIUS]` alone; the blob's ends count as
    /// boundaries.
    pub fn candidates(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Candidate>) {
        let range = range.start.min(bytes.len())..range.end.min(bytes.len());
        if range.is_empty() {
            return;
        }
        candidate::Collect {
            matcher: self,
            bytes,
            range,
            out,
        }
        .run_over();
    }

    /// Final stage: may read the whole blob. Matches come in order of their span.
    pub fn decide(&self, bytes: &[u8], candidates: &[Candidate], ctx: &Context<'_>) -> Vec<Match> {
        if candidates.is_empty() {
            return Vec::new();
        }
        decide::decide(self, bytes, candidates, ctx)
    }

    /// Both stages over everything.
    pub fn scan(&self, bytes: &[u8], ctx: &Context<'_>) -> Vec<Match> {
        let mut candidates = Vec::new();
        self.candidates(bytes, 0..bytes.len(), &mut candidates);
        self.decide(bytes, &candidates, ctx)
    }

    /// Finds what the fallback automaton has to find: keyword number and place.
    fn slow_hits(&self, bytes: &[u8], range: &Range<usize>) -> Vec<(u32, usize)> {
        let Some(slow) = &self.slow else {
            return Vec::new();
        };
        let end = bytes.len().min(range.end + RADIUS);
        let hits = slow
            .automaton
            .find_overlapping_iter(&bytes[range.start..end]);
        hits.map(|hit| {
            (
                slow.keys[hit.pattern().as_usize()],
                range.start + hit.start(),
            )
        })
        .collect()
    }

    /// What must follow the keyword does.
    fn steps_hold(&self, bytes: &[u8], at: usize, key: &Key) -> bool {
        let from = key.step as usize;
        let mut at = at + key.text.len();
        self.index.steps[from..from + usize::from(key.steps)]
            .iter()
            .all(|step| {
                let set = &self.index.sets[32 * usize::from(step.set)..][..32];
                let end = at + usize::from(step.min);
                let fits = bytes
                    .get(at..end)
                    .is_some_and(|text| text.iter().all(|b| in_set(set, *b)));
                at = end;
                fits
            })
    }

    /// Some kind has the shape of the run, or of a longer value that it belongs to.
    fn shape_fits(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let forms = candidate::forms(bytes, start, end, candidate::FORM_SEEN);
        forms.into_iter().any(|form| self.shapes.fits(&bytes[form]))
    }
}

impl Slow {
    fn new(index: &Index) -> Option<Slow> {
        let all = (0..).zip(&index.keys);
        let keys: Vec<u32> = all
            .filter(|(_, key)| key.how == How::Fallback)
            .map(|(n, _)| n)
            .collect();
        if keys.is_empty() {
            return None;
        }
        let texts = keys.iter().map(|n| index.keys[*n as usize].text.as_bytes());
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(texts)
            .ok()?;
        Some(Slow { automaton, keys })
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    set[usize::from(byte >> 3)] & (1 << (byte & 7)) != 0
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
