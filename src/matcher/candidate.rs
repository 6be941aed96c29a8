//! The cheap stage: from runs, stems and URLs to candidates. Everything here looks at no more than
//! [`RADIUS`] bytes around a candidate's anchor, so that a window says what the whole says.

use std::ops::Range;

use super::prefilter::Sink;
use super::tables::is_host;
use super::{Matcher, context, prefilter};
use crate::pattern::anchor::is_token;
use crate::pattern::index::Key;

/// How far around an anchor the cheap stage looks.
pub const RADIUS: usize = 256;

/// How far from the start of a run anchors inside it are looked for, and how much of a run counts.
const RUN_SEEN: usize = 192;

/// How far a value may go on to either side of a run, for the cheap stage.
pub(super) const FORM_SEEN: usize = 60;

/// A place worth looking at closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Where: the start of a keyword or of a run.
    pub anchor: u32,
    pub(super) what: What,
}

/// Why a place is worth looking at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A keyword and what must follow it are there.
    Key(u32),
    /// A run whose length and alphabet some kind has, beside a word of a provider.
    Shape,
}

/// Collects what the prefilter finds inside `range`.
pub(super) struct Collect<'m, 'b, 'o> {
    pub(super) matcher: &'m Matcher,
    pub(super) bytes: &'b [u8],
    pub(super) range: Range<usize>,
    pub(super) out: &'o mut Vec<Candidate>,
}

impl Collect<'_, '_, '_> {
    /// Looks at the whole range.
    pub(super) fn run_over(mut self) {
        let from = self.range.start.saturating_sub(RUN_SEEN);
        let to = self.bytes.len().min(self.range.end + RUN_SEEN);
        let first = self.out.len();
        let (bytes, matcher) = (self.bytes, self.matcher);
        prefilter::pass(bytes, from, to, &matcher.stems, &mut self);
        for (key, at) in matcher.slow_hits(bytes, &self.range) {
            self.key(key, at);
        }
        let found = &mut self.out[first..];
        found.sort_unstable();
        let kept = dedup(found);
        self.out.truncate(first + kept);
    }

    fn push(&mut self, at: usize, what: What) {
        if let (true, Ok(anchor)) = (self.range.contains(&at), u32::try_from(at)) {
            self.out.push(Candidate { anchor, what });
        }
    }

    /// A keyword may stand at `at`: verifies it and what must follow.
    fn key(&mut self, number: u32, at: usize) {
        let index = &self.matcher.index;
        let key = &index.keys[number as usize];
        if holds(self.bytes, at, key) && self.matcher.steps_hold(self.bytes, at, key) {
            self.push(at, What::Key(number));
        }
    }

    fn keys_from(&mut self, lookups: impl FnOnce(&Matcher, &mut dyn FnMut(u32)), at: usize) {
        let mut found = [0_u32; 64];
        let mut count = 0;
        lookups(self.matcher, &mut |number| {
            if count < found.len() {
                found[count] = number;
                count += 1;
            }
        });
        for number in &found[..count] {
            let offset = usize::from(self.matcher.index.keys[*number as usize].offset);
            if let Some(start) = at.checked_sub(offset) {
                self.key(*number, start);
            }
        }
    }

    fn starts(&mut self, at: usize) {
        let bytes = self.bytes;
        self.keys_from(|m, tell| m.tables.starting(bytes, at, tell), at);
    }

    /// The positions inside a run that looks made by a machine.
    fn inside(&mut self, start: usize, end: usize) {
        let bytes = self.bytes;
        for at in start + 1..end.saturating_sub(3) {
            if bytes[at - 1] == b'_' || bytes[at - 1] == b'-' {
                self.starts(at);
            }
            if self.matcher.tables.middle {
                self.keys_from(|m, tell| m.tables.inside(bytes, at, tell), at);
            }
        }
    }

    fn url(&mut self, at: usize) {
        let bytes = self.bytes;
        self.keys_from(|m, tell| m.tables.scheme(bytes, at, tell), at);
        let start = at + 3;
        let rest = &bytes[start..bytes.len().min(start + 128)];
        let host = &rest[..rest.iter().take_while(|b| is_host(**b)).count()];
        let mut label = 0;
        loop {
            self.keys_from(|m, tell| m.tables.host(&host[label..], tell), start + label);
            match host[label..].iter().position(|b| *b == b'.') {
                Some(dot) => label += dot + 1,
                None => break,
            }
        }
    }
}

impl Sink for Collect<'_, '_, '_> {
    fn run(&mut self, start: usize, end: usize) {
        let bytes = self.bytes;
        self.keys_from(|m, tell| m.tables.before(bytes, start, tell), start);
        let seen = end.min(start + RUN_SEEN);
        let dashes = bytes[start..seen]
            .iter()
            .take_while(|b| !b.is_ascii_alphanumeric())
            .count();
        let first = start + dashes;
        self.starts(first);
        if let Some(skip) = escape_before(bytes, start) {
            self.starts(start + skip);
        }
        if !machine_made(&bytes[first..seen]) {
            return;
        }
        self.inside(first, seen);
        if self.matcher.shape_fits(bytes, first, seen)
            && context::word_near(self.matcher, bytes, first, seen)
        {
            self.push(first, What::Shape);
        }
    }

    fn stem(&mut self, at: usize, stem: usize) {
        let bytes = self.bytes;
        match stem {
            super::STEM_URL => self.url(at),
            super::STEM_PEM => {
                self.keys_from(|m, tell| m.tables.pem.iter().for_each(|n| tell(*n)), at);
            }
            _ => debug_assert!(at < bytes.len()),
        }
    }
}

/// The keyword stands at `at`.
pub(super) fn holds(bytes: &[u8], at: usize, key: &Key) -> bool {
    let text = bytes.get(at..at + key.text.len());
    text.is_some_and(|text| match key.ignore_case {
        true => text.eq_ignore_ascii_case(key.text.as_bytes()),
        false => text == key.text.as_bytes(),
    })
}

/// How many characters at `start` belong to an escape that began before it: the `n` of `\n`, the
/// `u003d` of `\u003d`, the `3D` of `%3D`.
pub(super) fn escape_before(bytes: &[u8], start: usize) -> Option<usize> {
    let before = *bytes.get(start.checked_sub(1)?)?;
    let hex = |count| {
        let digits = bytes.get(start..start + count)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(count)
    };
    match (before, *bytes.get(start)?) {
        (b'%', _) => hex(2),
        (b'\\', b'u') => Some(5),
        (b'\\', b'x') => Some(3),
        (b'\\', b'n' | b't' | b'r' | b'b' | b'f') => Some(1),
        _ => None,
    }
}

/// Letters and digits alternate, or upper and lower case do in a way no identifier has.
pub(super) fn machine_made(run: &[u8]) -> bool {
    let (mut digits, mut islands, mut changes) = (0_u32, 0_u32, 0_u32);
    let mut last = b'_';
    let mut before = b'_';
    for &byte in run {
        digits += u32::from(last.is_ascii_digit() != byte.is_ascii_digit());
        let upper = byte.is_ascii_uppercase();
        changes += u32::from(last.is_ascii_lowercase() && upper);
        islands += u32::from(upper && last.is_ascii_lowercase() && before.is_ascii_uppercase());
        before = last;
        last = byte;
    }
    digits >= 3 || (digits >= 1 && changes >= 2) || islands >= 2
}

/// Removes repeated neighbours of a sorted slice; returns how many are left.
fn dedup(sorted: &mut [Candidate]) -> usize {
    let mut kept = 0;
    for at in 0..sorted.len() {
        if kept == 0 || sorted[kept - 1] != sorted[at] {
            sorted[kept] = sorted[at];
            kept += 1;
        }
    }
    kept
}

/// The values that a run may be, or be part of: itself, with the characters of base64 and dotted
/// tokens, and all up to the next blank, quote or bracket. Each looks at `limit` bytes at most.
pub(super) fn forms(bytes: &[u8], start: usize, end: usize, limit: usize) -> [Range<usize>; 5] {
    let dotted = |b: &u8| is_token(*b) || b"+/.~".contains(b);
    let loose = |b: &u8| b.is_ascii_graphic() && !b"\"'`<>(){}[],;=|&\\".contains(b);
    let left = |fits: fn(&u8) -> bool| {
        let before = bytes[..start].iter().rev().take(limit);
        start - before.take_while(|b| fits(b)).count()
    };
    let right = |fits: fn(&u8) -> bool| {
        let behind = bytes[end..].iter().take(limit);
        let end = end + behind.take_while(|b| fits(b)).count();
        end + bytes[end..]
            .iter()
            .take(2)
            .take_while(|b| **b == b'=')
            .count()
    };
    let padded = end
        + bytes[end..]
            .iter()
            .take(2)
            .take_while(|b| **b == b'=')
            .count();
    let (near, far) = (left(dotted), right(dotted));
    let joined = |b: &u8| b.is_ascii_graphic() && !b"\"'`<>(){}[],;|&\\".contains(b);
    let stop = end
        + bytes[end..]
            .iter()
            .take(limit)
            .take_while(|b| joined(b))
            .count();
    let full = far
        - bytes[near..far]
            .iter()
            .rev()
            .take_while(|b| **b == b'.')
            .count();
    [
        start..end,
        start..padded,
        near..full,
        start..far,
        left(loose)..stop,
    ]
}
