//! Decide: from candidates to matches. Has each looked at by its sort, settles which of several kinds
//! a value is, and makes matches of what is left. Looking itself is done in `keyed`, `shaped`, `named`
//! and `layers`.

use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Candidate, What};
use super::context::Evidence;
use super::settle::Looked;
use super::value::Found;
use super::{Context, Matcher, excerpt, facts, generic, layers, marker, parts};
use crate::finding::{Confidence, Match, Part, SETTING, Secret, Span};
use crate::pattern::index::Entry;

/// Reported when several providers share a shape and nothing says whose it is.
const AMBIGUOUS: &str = "generic-api-key";

/// The reason of what is told by its shape and a word near it, without a prefix of its own.
pub const BY_SHAPE: &str = "shape";

/// One blob being decided.
pub(super) struct Work<'a> {
    pub(super) matcher: &'a Matcher,
    pub(super) bytes: &'a [u8],
    pub(super) ctx: &'a Context<'a>,
    /// How many codings were undone already.
    pub(super) depth: usize,
    /// It is not known where the text stands: whatever is something at some path counts, and how far it
    /// was looked to know is noted (`settle`).
    pub(super) anywhere: Option<&'a Looked>,
}

/// How far around a value its surroundings are looked at: its line, and some text around that.
pub(super) const AROUND: usize = 1700;

/// See [`Matcher::decide`].
pub(super) fn decide(work: &Work<'_>, candidates: &[Candidate]) -> Vec<Match> {
    let mut found = Vec::new();
    for candidate in candidates {
        work.look(candidate, &mut found);
    }
    conclude(work, candidates, found)
}

/// Makes matches of what stands at all the candidates.
pub(super) fn conclude(work: &Work<'_>, candidates: &[Candidate], found: Vec<Found>) -> Vec<Match> {
    let matcher = work.matcher;
    let coded = candidates
        .iter()
        .filter_map(|candidate| match candidate.what {
            What::Coded(coding) => Some((candidate.anchor as usize, coding)),
            _ => None,
        });
    let coded: Vec<_> = coded.collect();
    let mut found = settle(matcher, found);
    parts::join(work, &mut found);
    let masked: Vec<Range<usize>> = found.iter().flat_map(Found::hidden).collect();
    let mut matches: Vec<Match> = found
        .into_iter()
        .map(|found| work.finish(found, &masked))
        .collect();
    layers::read(work, &coded, &mut matches);
    matches.sort_by(|a, b| (a.span, &a.kind, &a.secret).cmp(&(b.span, &b.kind, &b.secret)));
    matches
}

impl Work<'_> {
    /// What stands at a candidate that no decoder is needed for. Tells how far it looked.
    pub(super) fn look(&self, candidate: &Candidate, found: &mut Vec<Found>) -> usize {
        let at = candidate.anchor as usize;
        match candidate.what {
            What::Key(number) => self.key(number, at, found),
            What::Shape => self.shape(at, found),
            What::Generic(stem) => {
                let candidate = generic::extract(self.bytes, at, stem.into());
                self.generic(candidate, at, found)
            }
            What::Coded(_) => 0,
        }
    }

    pub(super) fn entry(&self, kind: u32) -> &Entry {
        &self.matcher.index.kinds[kind as usize]
    }

    pub(super) fn wanted(&self, kind: u32) -> bool {
        let only = &self.matcher.options.only;
        let entry = self.entry(kind);
        only.is_empty()
            || only.contains(&entry.id)
            || entry.alone.as_ref().is_some_and(|id| only.contains(id))
    }

    fn facts(&self, found: &Found) -> facts::Facts {
        if let Some(setting) = &found.setting {
            let name = String::from_utf8_lossy(&self.bytes[setting.clone()]).into_owned();
            return facts::Facts::from([(SETTING.to_owned(), name)]);
        }
        let Some(name) = &self.entry(found.kind).facts else {
            return facts::Facts::new();
        };
        let parts: Vec<(&str, &[u8])> = found
            .groups
            .iter()
            .map(|(name, range)| (name.as_str(), &self.bytes[range.clone()]))
            .collect();
        let secret = &self.bytes[found.value.clone()];
        facts::read(
            name,
            &facts::Credential {
                secret,
                parts: &parts,
            },
        )
    }

    fn finish(&self, found: Found, masked: &[Range<usize>]) -> Match {
        let entry = self.entry(found.kind);
        let span = Span::locate(self.bytes, found.value.start, found.value.end);
        let part = |(name, range): &(String, Range<usize>)| Part {
            name: name.clone(),
            value: Secret::new(&self.bytes[range.clone()]),
        };
        let id = match (&entry.alone, found.rivals.is_empty()) {
            (_, false) => AMBIGUOUS,
            (Some(alone), _) if found.alone => alone,
            _ => &entry.id,
        };
        let ids = |kinds: &[u32]| {
            kinds
                .iter()
                .map(|k| Arc::from(self.entry(*k).id.as_str()))
                .collect()
        };
        Match {
            kind: Arc::from(id),
            secret: Secret::new(&self.bytes[found.value.clone()]),
            parts: found.groups.iter().map(part).collect(),
            confidence: found.confidence,
            guessable: found.guessable,
            span,
            decoded: Vec::new(),
            facts: self.facts(&found),
            provider: found
                .owner
                .map(|number| Arc::from(&*self.matcher.index.providers[number as usize])),
            candidates: ids(&found.rivals),
            reasons: found.reasons,
            excerpt: excerpt::around(self.bytes, &found.value, masked),
            marker: marker::beside(self.bytes, &found.value),
        }
    }
}

/// How far from `at` a value and its surroundings reach.
pub(super) fn distance(at: usize, value: &Range<usize>) -> usize {
    at.abs_diff(value.start).max(at.abs_diff(value.end)) + AROUND
}

/// For `--explain`.
pub(super) fn word(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::File => "the file",
        Evidence::Near => "lines near it",
        Evidence::Path => "the path",
        Evidence::Heading => "the heading above it",
        Evidence::Url => "an address near it",
        Evidence::Line => "its line",
        Evidence::Key => "its key",
    }
}

/// A value with a prefix of its own holds a part that would be somebody else's value if it stood alone:
/// `am_sk_live_…` is none of Stripe's keys, whatever it is assigned to.
fn swallows(whole: &Found, part: &Found) -> bool {
    let inside = whole.value.start <= part.value.start && part.value.end <= whole.value.end;
    let proven = part.rank.checksum && !whole.rank.checksum;
    let prefixed = whole.rank.keyword >= 3 && whole.value.len() > part.value.len();
    inside
        && prefixed
        && !proven
        && (part.rank.keyword == 0 || whole.value.start < part.value.start)
}

/// Of findings that overlap, keeps the best; where equals remain, none is named.
fn settle(matcher: &Matcher, mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| {
        (a.value.start, b.value.end, a.kind, b.rank).cmp(&(
            b.value.start,
            a.value.end,
            b.kind,
            a.rank,
        ))
    });
    found.dedup_by(|b, a| a.kind == b.kind && a.value == b.value);
    let mut kept: Vec<Found> = Vec::new();
    for next in found {
        let Some(last) = kept
            .last_mut()
            .filter(|last| last.value.end > next.value.start)
        else {
            kept.push(next);
            continue;
        };
        if swallows(last, &next) {
            continue;
        }
        let same_value = last.value == next.value;
        let provider = |f: &Found| matcher.index.kinds[f.kind as usize].provider;
        match (next.rank, next.value.len()).cmp(&(last.rank, last.value.len())) {
            std::cmp::Ordering::Greater => *last = next,
            std::cmp::Ordering::Equal if same_value && provider(last) != provider(&next) => {
                if last.rivals.is_empty() {
                    last.rivals.push(last.kind);
                }
                last.rivals.push(next.kind);
                last.confidence = last.confidence.min(Confidence::Medium);
            }
            _ => {}
        }
    }
    kept
}
