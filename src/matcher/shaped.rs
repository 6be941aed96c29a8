//! Shaped: values without a keyword, told by their length and letters and by what stands around them.

use std::ops::Range;

use super::bare;
use super::checks::{self, Verdict};
use super::context::{self, Evidence, Surroundings};
use super::decide::{AROUND, BY_SHAPE, Work, distance, word};
use super::forms::forms;
use super::generic::reads_like_name;
use super::keyed::CODE;
use super::outline::{Allowed, Outlines};
use super::value::{Found, Rank};
use crate::finding::{Confidence, Guessable};

/// How far a value without a prefix may reach to either side.
const LONGEST_VALUE: usize = 8 * 1024;

/// To tell filler of at most this length costs less than to read what stands around it.
const SHORT: usize = 64;

impl Work<'_> {
    /// A run that looks like a kind's value, near a provider's word. Tells how far it looked.
    pub(super) fn shape(&self, start: usize, found: &mut Vec<Found>) -> usize {
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
        if !self.may_have_shape(&self.bytes[value.clone()]) || self.amid_code(&value) {
            return;
        }
        if self.anywhere.is_some() {
            self.shape_anywhere(value, found);
        } else {
            let around = self.around(&value);
            self.shape_among(&around, value, found);
        }
    }

    /// A stretch of base64 between two of its signs: what looks like a key there does so by chance.
    fn amid_code(&self, value: &Range<usize>) -> bool {
        let sign = |at: Option<usize>| {
            at.and_then(|at| self.bytes.get(at))
                .is_some_and(|b| matches!(b, b'/' | b'+'))
        };
        if !sign(value.start.checked_sub(1)) && !sign(Some(value.end)) {
            return false;
        }
        self.note(value, CODE);
        self.inside_code(value)
    }

    /// As [`may_be_value`], and it stands for nothing else.
    fn may_have_shape(&self, text: &[u8]) -> bool {
        let outlines = self.matcher.words.outlines(&self.matcher.index);
        let short = text.len() <= SHORT;
        let plain = match may_be_value(outlines, text) {
            None => return false,
            Some(Origin::Checked) => false,
            Some(Origin::Made) => short && checks::filler(text).is_some(),
            Some(Origin::Chosen) => {
                short && (checks::identifier(text) || checks::filler(text).is_some())
            }
        };
        !plain
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
            let entry = self.entry(kind);
            let shape = entry.shape.as_ref();
            if !self.wanted(kind) || !shape.is_some_and(|shape| context::fits(shape, text)) {
                continue;
            }
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
            // A token's provider somewhere around says nothing of a password.
            let token = || entry.key_words.iter().any(|word| word == "token");
            if evidence < Evidence::Line && around.is_password() && token() {
                continue;
            }
            let shown = |word: &String| word.starts_with("public") || word == "site";
            if around.is_public_key() && !entry.key_words.iter().any(shown) {
                continue;
            }
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
            // Last, since a regex is compiled when it is first asked.
            let regex = self.matcher.compiled.shape(index, kind);
            if !regex.is_some_and(|regex| regex.is_match(text)) {
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
}

/// The value holds its provider's name or no digit at all: it is a name itself.
pub(super) fn named_after(text: &[u8], provider: &str) -> bool {
    let name = provider.bytes().filter(u8::is_ascii_alphanumeric);
    let name: Vec<u8> = name.collect();
    let holds = || memchr::memmem::find(&context::folded(&[text]), &name).is_some();
    let digits = text.iter().any(u8::is_ascii_digit);
    !digits && is_words(text) || (name.len() >= 5 && holds())
}

/// Where a value may come from as far as it tells by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Made by a machine, perhaps with a checksum, which says more than how it reads.
    Checked,
    /// Made by a machine.
    Made,
    /// Nothing but chosen by somebody; then its key says that such are kept there.
    Chosen,
}

/// Some kind's shape may fit, as far as the value alone tells: most values that a name calls secret and
/// most long names are words, and whatever stands around those they are no provider's.
pub(super) fn may_be_value(outlines: &Outlines, text: &[u8]) -> Option<Origin> {
    let allowed = outlines.allow(text);
    if !(allowed.made || allowed.chosen) || !allowed.digits && is_words(text) {
        return None;
    }
    let name = || {
        let number = is_number_with_marks(text);
        text.len() <= SHORT && (number || checks::identifier(text) || reads_like_name(text))
    };
    match allowed {
        Allowed {
            made: true,
            checked: true,
            ..
        } => Some(Origin::Checked),
        Allowed { made: true, .. } if !name() => Some(Origin::Made),
        _ => allowed.chosen.then_some(Origin::Chosen),
    }
}

/// Digits that marks divide, or a number with an exponent: `9_223_372_036_854`, `2204460492503131e-16f`.
fn is_number_with_marks(text: &[u8]) -> bool {
    let other = |b: &u8| !b.is_ascii_digit() && *b != b'_';
    match text.iter().position(other) {
        None => text.contains(&b'_'),
        Some(at) => match &text[at..] {
            [b'e' | b'E', b'-' | b'+', rest @ ..] => {
                let exponent = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                (1..=4).contains(&exponent) && rest.len() <= exponent + 1
            }
            _ => false,
        },
    }
}

/// Short, and nearly all of it small letters: words, whosever, if there is no digit.
fn is_words(text: &[u8]) -> bool {
    let letters = || text.iter().filter(|b| b.is_ascii_lowercase()).count();
    text.len() < 40 && letters() * 4 >= text.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_marks_are_told_from_values() {
        for (text, number) in [
            ("9_223_372_036_854_775_807", true),
            ("2204460492503131e-16", true),
            ("56285367130089991594E+02f", true),
            ("2204460492503131e-16x9", false),
            ("22044604925031319416", false),
            ("3f1c9a7be25d08461f7a", false),
        ] {
            assert_eq!(is_number_with_marks(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn names_that_people_write_are_no_values_that_machines_make() {
        for (text, name) in [
            ("npyv_reinterpret_u16_u8", true),
            ("manylinux_2_28_interface", true),
            ("test_fixedpoint_d2string", true),
            ("kX9vTq2Lm7Zr4Nb8Wc1Yp5Hd", false),
            ("e9cadb3f0512847796abface", false),
            ("7q2zr-lm9xc_4tb8vn1kc5wy3p", false),
        ] {
            assert_eq!(reads_like_name(text.as_bytes()), name, "{text}");
        }
    }
}
