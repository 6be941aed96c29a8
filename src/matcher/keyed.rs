//! Keyed: values behind a keyword. Runs the regex of the keyword's kind there, checks what it found
//! and says how sure that is.

use std::ops::Range;

use super::candidate::escape_before;
use super::checks::{self, Verdict};
use super::decide::{Work, distance, word};
use super::value::{Found, Rank};
use crate::finding::{Confidence, Guessable};
use crate::pattern::index::{Key, MAX_REACH};

/// So much base64 on either side makes a value part of it.
pub(super) const CODE: usize = 64;

impl Work<'_> {
    /// A keyword stands at `at`: runs its kind's regex there. Tells how far it looked.
    pub(super) fn key(&self, number: u32, at: usize, found: &mut Vec<Found>) -> usize {
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
        let Some(regex) = compiled.regex(index, key.kind, &self.bytes[from..to]) else {
            return looked;
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
    pub(super) fn inside_code(&self, value: &Range<usize>) -> bool {
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
}
