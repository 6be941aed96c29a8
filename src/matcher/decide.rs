//! Decide: from candidates to matches. Runs the regex of a hit on its neighbourhood, checks what it
//! found, names it from context, and settles which of several kinds a value is.

use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Candidate, What, escape_before};
use super::checks::{self, Verdict};
use super::context::{Evidence, Surroundings};
use super::forms::forms;
use super::settle::Looked;
use super::value::{Found, Rank};
use super::{Context, Matcher, bare, context, excerpt, facts, generic, layers, marker, parts};
use crate::finding::{Confidence, Guessable, Match, Part, SETTING, Secret, Span};
use crate::pattern::index::{Entry, Key, MAX_REACH};

/// Reported when several providers share a shape and nothing says whose it is.
const AMBIGUOUS: &str = "generic-api-key";

/// How far a value without a prefix may reach to either side.
const LONGEST_VALUE: usize = 8 * 1024;

/// The reason of what is told by its shape and a word near it, without a prefix of its own.
pub const BY_SHAPE: &str = "shape";

/// So much base64 on either side makes a value part of it.
const CODE: usize = 64;

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
    let matcher = work.matcher;
    let (mut found, mut coded) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate.what {
            What::Coded(coding) => coded.push((candidate.anchor as usize, coding)),
            _ => drop(work.look(candidate, &mut found)),
        }
    }
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

    /// A keyword stands at `at`: runs its kind's regex there. Tells how far it looked.
    fn key(&self, number: u32, at: usize, found: &mut Vec<Found>) -> usize {
        let key = &self.matcher.index.keys[number as usize];
        let entry = self.entry(key.kind);
        if entry.regex.is_none() || !self.wanted(key.kind) {
            return 0;
        }
        // A match that begins with its keyword is tried from there, so that what stands before
        // (the `n` of an escape, a `_`) is judged by `free_before` and not by `\b`.
        let slack = if entry.back == 0 {
            0
        } else {
            entry.back as usize + 1
        };
        let from = at.saturating_sub(slack);
        let reach = entry.reach.min(MAX_REACH) as usize + 2;
        let to = self.bytes.len().min(at + reach);
        let end = at + key.text.len();
        let mut looked = reach.max(slack).max(key.text.len()) + 6;
        self.note(&(at..at), looked);
        let (compiled, index) = (&self.matcher.compiled, &self.matcher.index);
        if !compiled.may_match(index, key.kind, &self.bytes[from..to]) {
            return looked;
        }
        let Some(regex) = compiled.regex(index, key.kind) else {
            return 0;
        };
        for captures in regex.captures_iter(&self.bytes[from..to]).take(64) {
            let Some(whole) = captures.get(0) else {
                continue;
            };
            let whole = from + whole.start()..from + whole.end();
            if whole.start > at {
                break;
            }
            if whole.end < end || (entry.back == 0 && !self.free_before(at)) {
                continue;
            }
            let secret = captures
                .name("secret")
                .map(|m| from + m.start()..from + m.end());
            let mut groups: Vec<(String, Range<usize>)> = regex
                .capture_names()
                .flatten()
                .filter(|name| *name != "secret")
                .filter_map(|name| Some((name.to_owned(), captures.name(name)?)))
                .map(|(name, m)| (name, from + m.start()..from + m.end()))
                .collect();
            groups.sort_by(|a, b| a.0.cmp(&b.0));
            let awaits_secret = entry.parts.iter().any(|part| part.name == "secret");
            let value = match (&secret, awaits_secret) {
                (Some(range), _) => range.clone(),
                (None, true) => groups
                    .first()
                    .map_or(whole.clone(), |(_, range)| range.clone()),
                (None, false) => whole.clone(),
            };
            looked = looked.max(distance(at, &value));
            self.note(&value, CODE);
            self.accept(key, value, groups, found);
        }
        looked
    }

    /// Nothing that belongs to a longer word stands before `at`.
    fn free_before(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|i| self.bytes[i]) else {
            return true;
        };
        if !before.is_ascii_alphanumeric() || !self.bytes[at].is_ascii_alphanumeric() {
            return true;
        }
        (1..=5.min(at)).any(|back| escape_before(self.bytes, at - back) == Some(back))
    }

    /// The value does not go on behind its end.
    fn free_behind(&self, value: &Range<usize>) -> bool {
        let last = self.bytes[value.end - 1];
        let next = self.bytes.get(value.end);
        !(last.is_ascii_alphanumeric() && next.is_some_and(u8::is_ascii_alphanumeric))
    }

    /// The value stands in the middle of base64, where any prefix turns up by chance.
    fn inside_code(&self, value: &Range<usize>) -> bool {
        let code = |b: &&u8| b.is_ascii_alphanumeric() || b"+/".contains(b);
        let before = self.bytes[..value.start].iter().rev().take(CODE);
        let behind = self.bytes[value.end..].iter().take(CODE);
        before.take_while(code).count() == CODE && behind.take_while(code).count() == CODE
    }

    /// Checks one regex match and files it.
    fn accept(
        &self,
        key: &Key,
        value: Range<usize>,
        groups: Vec<(String, Range<usize>)>,
        found: &mut Vec<Found>,
    ) {
        let entry = self.entry(key.kind);
        if value.is_empty() || !self.free_behind(&value) || self.inside_code(&value) {
            return;
        }
        let text = &self.bytes[value.clone()];
        let verdict = checks::judge(entry, text);
        let Verdict::Plausible { checksum, entropy } = verdict else {
            return;
        };
        // Behind a prefix stands what a machine made.
        if checksum != Some(true)
            && text.starts_with(key.text.as_bytes())
            && checks::identifier(text)
        {
            return;
        }
        if self.anywhere.is_some() {
            found.push(Found::open(key.kind, value));
            return;
        }
        let surroundings = self.around(&value);
        let evidence = surroundings.evidence(&self.matcher.index, key.kind);
        if entry.needs_word && evidence.is_none() {
            return;
        }
        let mut reasons = vec![("prefix".to_owned(), 600)];
        let credential = &self.matcher.words.credential;
        let strong = key.text.len() >= 4 || entry.needs_word;
        let mut confidence = match checksum {
            Some(true) => Confidence::High,
            // Where the key calls it a credential, somebody may have mistyped or cut a true one.
            Some(false) if surroundings.key_word(credential).is_some() => Confidence::Medium,
            Some(false) => Confidence::Low,
            None if strong || evidence.is_some() => Confidence::High,
            None => Confidence::Medium,
        };
        match checksum {
            Some(true) => reasons.push(("checksum".to_owned(), 900)),
            Some(false) => reasons.push(("wrong checksum".to_owned(), -800)),
            None => {}
        }
        if let Some(evidence) = evidence {
            reasons.push((format!("named by {}", word(evidence)), 200));
        } else if !entry.key_words.is_empty() && surroundings.key_word(&entry.key_words).is_none() {
            confidence = confidence.min(Confidence::Medium);
        }
        if let Some(score) = self.address_score(entry, &value) {
            confidence = confidence.min(score.confidence);
            reasons.extend(score.reasons.iter().map(|(w, n)| ((*w).to_owned(), *n)));
        }
        let random = checksum == Some(true) || (text.len() >= 20 && entropy >= 3.0);
        found.push(Found {
            kind: key.kind,
            value,
            rank: Rank {
                named: true,
                checksum: checksum == Some(true),
                evidence,
                keyword: key.text.len(),
                key_word: surroundings.key_word(&entry.key_words).unwrap_or(0),
            },
            groups,
            confidence,
            guessable: if random {
                Guessable::No
            } else {
                Guessable::Perhaps
            },
            reasons,
            setting: None,
            owner: None,
            rivals: Vec::new(),
            alone: false,
        });
    }

    /// A run that looks like a kind's value, near a provider's word. Tells how far it looked.
    fn shape(&self, start: usize, found: &mut Vec<Found>) -> usize {
        let is_token = |b: &&u8| crate::pattern::anchor::is_token(**b);
        let rest = self.bytes[start..].iter().take(LONGEST_VALUE);
        let end = start + rest.take_while(is_token).count();
        let mut values = forms(self.bytes, start, end, LONGEST_VALUE).to_vec();
        values.retain(|range| !range.is_empty());
        values.sort_by_key(|range| (range.start, range.end));
        values.dedup();
        let looked = values.iter().map(|value| distance(start, value)).max();
        values.iter().for_each(|value| self.note(value, 2));
        let before = found.len();
        for value in values {
            self.shape_of_value(value, found);
        }
        if found.len() == before {
            let [_, _, joined, ..] = forms(self.bytes, start, end, LONGEST_VALUE);
            self.bare_value(joined, found);
        }
        looked.unwrap_or(0)
    }

    /// A value without a prefix: looks which kinds its surroundings speak of, and which of them
    /// have values like it.
    pub(super) fn shape_of_value(&self, value: Range<usize>, found: &mut Vec<Found>) {
        let outlines = self.matcher.words.outlines(&self.matcher.index);
        if !outlines.allow(&self.bytes[value.clone()]) {
            return;
        }
        if self.anywhere.is_some() {
            self.shape_anywhere(value, found);
        } else {
            let around = self.around(&value);
            self.shape_among(&around, value, found);
        }
    }

    /// Notes that it is looked at a value and so far around it.
    pub(super) fn note(&self, value: &Range<usize>, around: usize) {
        if let Some(looked) = self.anywhere {
            looked.note(value, around);
        }
    }

    /// Reads what stands around a value.
    pub(super) fn around(&self, value: &Range<usize>) -> Surroundings<'_> {
        self.note(value, AROUND);
        Surroundings::read(&self.matcher.words, self.bytes, value, self.ctx.path)
    }

    /// The same, when its length and letters are some kind's.
    fn shape_among(&self, around: &Surroundings<'_>, value: Range<usize>, found: &mut Vec<Found>) {
        let index = &self.matcher.index;
        let text = &self.bytes[value.clone()];
        let credential = &self.matcher.words.credential;
        let mut digest = None;
        for kind in around.shapes(self.matcher) {
            let shape = self.matcher.compiled.shape(index, kind);
            if !self.wanted(kind) || !shape.is_some_and(|shape| shape.is_match(text)) {
                continue;
            }
            let entry = self.entry(kind);
            let key_word = around.key_word(&entry.key_words);
            if named_after(text, &index.providers[entry.provider as usize])
                || *digest.get_or_insert_with(|| around.is_digest())
                || (key_word.is_none() && around.called_otherwise(credential))
            {
                continue;
            }
            let Some(evidence) = around.evidence(index, kind) else {
                continue;
            };
            let keyed = match entry.key_words.is_empty() {
                true => evidence >= Evidence::Url || around.key_word(credential).is_some(),
                false => key_word.is_some(),
            };
            let keyed = keyed || around.bare_name(&self.matcher.words, index, kind);
            let Verdict::Plausible { checksum, entropy } = checks::judge(entry, text) else {
                continue;
            };
            if !keyed || evidence == Evidence::File {
                continue;
            }
            let sure = around.key_word(credential).is_some()
                || !bare::is_number(text)
                || around.is_kept_safe(&self.matcher.words);
            let confidence = match (checksum, evidence) {
                (Some(false), _) => Confidence::Low,
                (Some(true), _) => Confidence::High,
                (None, Evidence::Key) if sure => Confidence::High,
                (None, _) => Confidence::Medium,
            };
            let random = text.len() >= 20 && entropy >= 3.0;
            found.push(Found {
                kind,
                value: value.clone(),
                rank: Rank {
                    named: true,
                    checksum: checksum == Some(true),
                    evidence: Some(evidence),
                    keyword: 0,
                    key_word: key_word.unwrap_or(0),
                },
                groups: Vec::new(),
                confidence,
                guessable: if random {
                    Guessable::No
                } else {
                    Guessable::Perhaps
                },
                reasons: vec![
                    (BY_SHAPE.to_owned(), 300),
                    (format!("named by {}", word(evidence)), 400),
                ],
                setting: None,
                owner: None,
                rivals: Vec::new(),
                alone: false,
            });
        }
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

/// The value holds its provider's name or no digit at all: it is a name itself.
pub(super) fn named_after(text: &[u8], provider: &str) -> bool {
    let name = provider.bytes().filter(u8::is_ascii_alphanumeric);
    let name: Vec<u8> = name.collect();
    let words = text.len() < 40 && !text.iter().any(u8::is_ascii_digit) && {
        let letters = text.iter().filter(|b| b.is_ascii_lowercase()).count();
        letters * 4 >= text.len() * 3
    };
    words || (name.len() >= 5 && memchr::memmem::find(&context::folded(&[text]), &name).is_some())
}

/// For `--explain`.
fn word(evidence: Evidence) -> &'static str {
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
