//! Matcher: blob to matches, in two stages. No I/O, no clock, no randomness.
//!
//! `candidates` is cheap, local and rejects nearly everything; `decide` looks closely at what is
//! left and may read the whole blob.

mod bare;
mod calls;
mod candidate;
pub mod checks;
mod chosen;
mod compiled;
mod context;
mod cut;
mod decide;
mod decode;
mod excerpt;
mod facts;
mod forms;
pub mod generic;
mod heading;
mod keyed;
mod layers;
mod look;
mod marker;
mod named;
mod otherwise;
mod outline;
mod parts;
mod prefilter;
mod settle;
mod shaped;
mod tables;
mod unfiled;
mod value;
mod words;

use std::ops::Range;
use std::sync::Arc;

pub use candidate::{Candidate, RADIUS};
use compiled::Compiled;
pub use decide::BY_SHAPE;
pub use decode::STRING as WIDE_STRING;
pub use look::Look;
pub use settle::Settled;
use unfiled::Unfiled;

use crate::finding::{Match, SourceKind};
use crate::pattern::index::{Index, Key};

/// What a literal found by the prefilter announces.
#[derive(Clone, Copy)]
enum Stem {
    /// A URL.
    Url,
    /// A PEM block.
    Pem,
    /// A coded text.
    Coding,
    /// Keywords that no lookup can find: a stretch of `Unfiled::keys`.
    Keys(u32, u32),
    /// One of `generic::STEMS`, and the keywords that hold it.
    Generic(u8),
}

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
    words: words::Words,
    stems: prefilter::Stems,
    stem_kinds: Vec<Stem>,
    unfiled: Unfiled,
    generic_kinds: Option<named::Generic>,
    compiled: Compiled,
    options: Options,
}

impl Matcher {
    /// Prepares to look for everything in `index`.
    pub fn new(index: Arc<Index>, options: Options) -> Matcher {
        let mut words: Vec<&[u8]> = vec![b"://", b"-----BEGIN"];
        let mut stem_kinds = vec![Stem::Url, Stem::Pem];
        words.extend(decode::STEMS.iter().map(|stem| stem.as_bytes()));
        stem_kinds.resize(words.len(), Stem::Coding);
        let generic_kinds = named::Generic::new(&index);
        let unfiled = Unfiled::new(&index, generic_kinds.is_some());
        for (text, first, count) in &unfiled.stems {
            stem_kinds.push(Stem::Keys(*first, *count));
            words.push(text.as_bytes());
        }
        if generic_kinds.is_some() {
            stem_kinds.extend((0..=u8::MAX).take(generic::STEMS.len()).map(Stem::Generic));
            words.extend(generic::STEMS);
        }
        Matcher {
            generic_kinds,
            tables: tables::Tables::new(&index),
            words: words::Words::new(&index),
            stems: prefilter::Stems::new(&words),
            stem_kinds,
            compiled: Compiled::new(&index),
            unfiled,
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
        if Matcher::whole(bytes) {
            if range.start == 0 {
                out.push(candidate::WIDE);
            }
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

    /// The blob must be looked at as a whole (UTF-16 text): no window can say what is in it. Looks
    /// at the first bytes only.
    pub fn whole(bytes: &[u8]) -> bool {
        decode::is_wide(bytes)
    }

    /// Final stage: may read the whole blob. Matches come in order of their span.
    pub fn decide(&self, bytes: &[u8], candidates: &[Candidate], ctx: &Context<'_>) -> Vec<Match> {
        if candidates.is_empty() {
            return Vec::new();
        }
        decide::decide(&self.work(bytes, ctx, None), candidates)
    }

    /// What is settled about each candidate, wherever the text stands: one that is nothing at every
    /// path may be left out without changing any match.
    pub fn settle(&self, bytes: &[u8], candidates: &[Candidate], settled: &mut Vec<Settled>) {
        let nowhere = Context {
            path: b"",
            source: SourceKind::History,
        };
        let looked = settle::Looked::default();
        let work = self.work(bytes, &nowhere, Some(&looked));
        settle::settle(&work, candidates, settled);
    }

    fn work<'a>(
        &'a self,
        bytes: &'a [u8],
        ctx: &'a Context<'a>,
        anywhere: Option<&'a settle::Looked>,
    ) -> decide::Work<'a> {
        decide::Work {
            matcher: self,
            bytes,
            ctx,
            depth: 0,
            anywhere,
        }
    }

    /// Both stages over everything.
    pub fn scan(&self, bytes: &[u8], ctx: &Context<'_>) -> Vec<Match> {
        let mut candidates = Vec::new();
        self.candidates(bytes, 0..bytes.len(), &mut candidates);
        self.decide(bytes, &candidates, ctx)
    }

    /// What must follow the keyword does.
    fn steps_hold(&self, bytes: &[u8], at: usize, key: &Key) -> bool {
        let from = key.step as usize;
        let mut at = at + key.text.len();
        self.index.steps[from..from + usize::from(key.steps)]
            .iter()
            .all(|step| {
                let set = &self.index.sets[32 * usize::from(step.set)..][..32];
                let (min, gap) = (usize::from(step.min), usize::from(step.gap));
                if gap > 0 {
                    let rest = bytes.get(at..).unwrap_or_default();
                    return holds_run(&rest[..rest.len().min(gap + min)], set, min);
                }
                let end = at + min;
                let fits = bytes
                    .get(at..end)
                    .is_some_and(|text| text.iter().all(|b| in_set(set, *b)));
                at = end;
                fits
            })
    }
}

/// Somewhere in `text` at least `min` bytes of the set stand side by side.
fn holds_run(text: &[u8], set: &[u8], min: usize) -> bool {
    let mut end = min;
    // From the last byte of a possible run backwards: the first that does not fit moves all on.
    while let Some(run) = end.checked_sub(min).and_then(|start| text.get(start..end)) {
        match run.iter().rposition(|b| !in_set(set, *b)) {
            None => return true,
            Some(at) => end += at + 1,
        }
    }
    false
}

fn in_set(set: &[u8], byte: u8) -> bool {
    set[usize::from(byte >> 3)] & (1 << (byte & 7)) != 0
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
