//! How much single words speak for or against a secret: words of the value, the name, the line and the path, with
//! log-odds learnt from labelled text. The trees see their sums.

use super::Candidate;
use super::features::{F, Sheet};
use super::lexicon::{alike, index, words};

/// Where a clue was read; the two top bits of its number.
#[derive(Clone, Copy)]
enum Field {
    Value,
    Name,
    Line,
    Path,
}

/// Longest part of a line before the name that is read.
const BEFORE: usize = 160;
/// Longest part after the value.
const AFTER: usize = 40;

/// The learnt log-odds, in sixteenths, by clue.
#[derive(Clone, Debug, Default)]
pub struct Odds {
    /// Ascending; the upper 24 bits are the clue, the lower 8 the log-odds.
    entries: Vec<u32>,
    /// See [`index`].
    index: Vec<u32>,
}

impl Odds {
    /// A table from pairs of clue and log-odds; the lowest eight bits of a clue are not kept.
    pub fn new(pairs: impl IntoIterator<Item = (u32, i8)>) -> Self {
        Self::stored(
            pairs
                .into_iter()
                .map(|(clue, odds)| clue & !0xff | u32::from(odds as u8))
                .collect(),
        )
    }

    pub(super) fn stored(mut entries: Vec<u32>) -> Self {
        entries.sort_unstable();
        entries.dedup_by_key(|e| *e >> 8);
        let index = index(&entries);
        Self { entries, index }
    }

    pub(super) fn entries(&self) -> &[u32] {
        &self.entries
    }

    /// The log-odds of a clue; 0 when it is not known.
    pub fn of(&self, clue: u32) -> i8 {
        let mut alike = alike(&self.entries, &self.index, clue).iter();
        let same = alike.find(|e| **e >> 8 == clue >> 8);
        same.map_or(0, |e| (e & 0xff) as u8 as i8)
    }
}

/// Sets the features that sum up the clues.
pub(super) fn fill(sheet: &mut Sheet, clues: &[u32], odds: impl Fn(u32) -> i8) {
    let mut sums = [0i16; 4];
    let (mut worst, mut best) = (0i16, 0i16);
    for clue in clues {
        let odds = i16::from(odds(*clue));
        let field = (*clue >> 30) as usize;
        sums[field] = (sums[field] + odds).clamp(-400, 400);
        if field == Field::Value as usize {
            worst = worst.min(odds);
            best = best.max(odds);
        }
    }
    sheet.set(F::OddsValue, sums[Field::Value as usize]);
    sheet.set(F::OddsWorst, worst);
    sheet.set(F::OddsBest, best);
    sheet.set(F::OddsName, sums[Field::Name as usize]);
    sheet.set(F::OddsLine, sums[Field::Line as usize]);
    sheet.set(F::OddsPath, sums[Field::Path as usize]);
}

/// The clues of a candidate, each once.
pub fn clues(bytes: &[u8], c: &Candidate, path: Option<&str>) -> Vec<u32> {
    let mut out = Vec::with_capacity(32);
    let value = &bytes[c.value.start..c.value.end.min(c.value.start + 64)];
    let key = &bytes[c.key.clone()];
    out.push(clue(Field::Value, value));
    words(value, |w| out.push(clue(Field::Value, w)));
    let mut last = 0;
    words(key, |w| {
        let this = clue(Field::Name, w);
        out.push(this);
        // Two words together mean more than each: "access key", "public key", "password field".
        out.push((last ^ this.rotate_left(9)) & 0x3fff_ffff | (Field::Name as u32) << 30);
        last = this;
    });
    let (first, end) = (c.key.start.min(c.value.start), c.value.end.max(c.key.end));
    let before = &bytes[first.saturating_sub(BEFORE)..first];
    let before = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(before, |i| &before[i + 1..]);
    words(before, |w| out.push(clue(Field::Line, w)));
    if c.key.end < c.value.start {
        words(&bytes[c.key.end..c.value.start.min(c.key.end + 80)], |w| {
            out.push(clue(Field::Line, w))
        });
    }
    let after = &bytes[end..bytes.len().min(end + AFTER)];
    let after = after
        .iter()
        .position(|b| *b == b'\n')
        .map_or(after, |i| &after[..i]);
    words(after, |w| out.push(clue(Field::Line, w) ^ 0x1555_0000));
    if let Some(path) = path {
        words(path.as_bytes(), |w| out.push(clue(Field::Path, w)));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// FNV-1a of the lower-case text, with the field in the two top bits.
fn clue(field: Field, text: &[u8]) -> u32 {
    let h = text.iter().fold(0x811c_9dc5u32, |h, b| {
        (h ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    (h ^ h >> 7) & 0x3fff_ffff | (field as u32) << 30
}
