//! Unfiled: the keywords that no lookup of `tables` finds. Most hold a stem that is looked for anyway and are
//! found around it; the rest are stems of their own, or, if a user brings very many, left to an automaton.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::{RADIUS, generic};
use crate::pattern::anchor::How;
use crate::pattern::index::Index;

/// More stems than this are left to an automaton.
const MOST_STEMS: usize = 64;

/// A keyword around a stem.
pub(super) struct Around {
    pub(super) key: u32,
    /// Where the stem stands in it.
    pub(super) offset: usize,
    /// Bytes of it that say at once of most places that it is not there: how far from where the stem begins,
    /// and in either case if it may be written so.
    signs: [(isize, [u8; 2]); 3],
}

impl Around {
    /// The keyword may stand around the stem at `at`; tells where.
    #[inline]
    pub(super) fn start(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let fits = |(distance, either): &(isize, [u8; 2])| {
            let byte = at
                .checked_add_signed(*distance)
                .and_then(|at| bytes.get(at));
            byte.is_some_and(|byte| either.contains(byte))
        };
        let start = at.checked_sub(self.offset)?;
        self.signs.iter().all(fits).then_some(start)
    }
}

/// Keywords that no lookup finds, by what finds them.
pub(super) struct Unfiled {
    /// By the number of a stem of `generic`; empty where those are not looked for.
    around: Vec<Vec<Around>>,
    /// The texts to be looked for, each with a stretch of `keys`.
    pub(super) stems: Vec<(String, u32, u32)>,
    pub(super) keys: Vec<u32>,
    /// What finds `keys` if there are too many for stems.
    automaton: Option<AhoCorasick>,
}

impl Unfiled {
    /// Divides them; `generic` tells whether the stems of `generic` are looked for.
    pub(super) fn new(index: &Index, generic: bool) -> Unfiled {
        let stems: &[&[u8]] = if generic { generic::STEMS } else { &[] };
        let mut around: Vec<Vec<Around>> = stems.iter().map(|_| Vec::new()).collect();
        let mut by_text: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let unfiled = (0..).zip(&index.keys);
        for (number, key) in unfiled.filter(|(_, key)| key.how == How::Fallback) {
            match around_one(stems, number, key.text.as_bytes(), key.ignore_case) {
                Some((stem, found)) => around[stem].push(found),
                None => {
                    let text = key.text.to_ascii_lowercase();
                    by_text.entry(text).or_default().push(number);
                }
            }
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut stems, mut keys) = (Vec::new(), Vec::new());
        for (text, numbers) in by_text {
            stems.push((text, count(keys.len()), count(numbers.len())));
            keys.extend(numbers);
        }
        let mut automaton = None;
        if stems.len() > MOST_STEMS {
            stems.clear();
            let texts = keys.iter().map(|n| index.keys[*n as usize].text.as_bytes());
            automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(texts)
                .ok();
        }
        Unfiled {
            around,
            stems,
            keys,
            automaton,
        }
    }

    /// The keywords around a stem of `generic`.
    #[inline]
    pub(super) fn around(&self, stem: u8) -> &[Around] {
        self.around
            .get(usize::from(stem))
            .map_or(&[], Vec::as_slice)
    }

    /// What the automaton finds: keyword number and place.
    pub(super) fn hits(&self, bytes: &[u8], range: &Range<usize>) -> Vec<(u32, usize)> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let end = bytes.len().min(range.end + RADIUS);
        let hits = automaton.find_overlapping_iter(&bytes[range.start..end]);
        hits.map(|hit| {
            (
                self.keys[hit.pattern().as_usize()],
                range.start + hit.start(),
            )
        })
        .collect()
    }
}

/// The longest of `stems`, which is met least often, that a keyword's text holds beside other bytes; and
/// where the keyword stands around it.
fn around_one(
    stems: &[&[u8]],
    key: u32,
    text: &[u8],
    ignore_case: bool,
) -> Option<(usize, Around)> {
    let lower = text.to_ascii_lowercase();
    let held = stems.iter().enumerate().filter_map(|(number, stem)| {
        // Short texts, and hundreds of stems: what prepares to search would cost more than the search.
        let mut places = 0..lower
            .len()
            .checked_sub(stem.len())
            .filter(|left| *left > 0)?
            + 1;
        let offset = places.find(|at| lower[*at..].starts_with(stem))?;
        Some((stem.len(), number, offset))
    });
    let (length, stem, offset) = held.max()?;
    let sign = |at: usize| {
        let either = match ignore_case {
            true => [lower[at], lower[at].to_ascii_uppercase()],
            false => [text[at]; 2],
        };
        (at.cast_signed() - offset.cast_signed(), either)
    };
    let beside = offset.checked_sub(1).unwrap_or(offset + length);
    let far = if offset > 0 { 0 } else { text.len() - 1 };
    let around = Around {
        key,
        offset,
        signs: [sign(beside), sign(offset), sign(far)],
    };
    Some((stem, around))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::samples::ours;
    use super::super::tests::NOWHERE;
    use super::super::{Matcher, Options};
    use super::*;

    #[test]
    fn a_keyword_is_found_around_a_stem_or_by_itself() {
        let stems: [&[u8]; 3] = [b"pass", b"assword", b"key"];
        let at = |text: &str| {
            let found = around_one(&stems, 7, text.as_bytes(), false);
            found.map(|(stem, around)| (stem, around.offset, around.signs))
        };
        let signs = [(-1, [b'P'; 2]), (0, [b'a'; 2]), (-1, [b'P'; 2])];
        assert_eq!(at("Password="), Some((1, 1, signs)));
        let signs = [(3, [b'-'; 2]), (0, [b'k'; 2]), (7, [b'a'; 2])];
        assert_eq!(at("key-data"), Some((2, 0, signs)));
        assert_eq!(at("key"), None);
        assert_eq!(at("kinit"), None);
    }

    #[test]
    fn what_holds_a_stem_is_told_like_what_holds_none() {
        let acme = |keyword: &str| {
            format!(
                r#"
id = "acme"
name = "Acme"
docs = "https://acme.example"
[[secret]]
id = "acme-key"
name = "Key"
severity = "high"
keywords = ["{keyword}"]
regex = '{keyword}[ =](?<secret>[a-z0-9]{{20}})'
"#
            )
        };
        let ours = ours();
        let generic = ours.iter().find(|provider| provider.id == "generic");
        for keyword in ["_auth", "Tokens", "kinit"] {
            let mut all = vec![toml::from_str(&acme(keyword)).expect("a pattern file")];
            let alone = Index::build(&all).expect("can be indexed");
            all.extend(generic.cloned());
            let among = Index::build(&all).expect("can be indexed");
            for index in [alone, among] {
                let matcher = Matcher::new(Arc::new(index), Options::default());
                let told = |text: &str| {
                    let found = matcher.scan(text.as_bytes(), &NOWHERE);
                    found.iter().filter(|one| &*one.kind == "acme-key").count()
                };
                let text = format!(
                    "-{keyword}=k7zr2lm9xc4tb8vn1kc5, {keyword} q7zr2lm9xc4tb8vn1kc5 and {keyword}"
                );
                assert_eq!(told(&text), 2, "{keyword}");
                assert_eq!(told(&text.to_ascii_uppercase()), 0, "{keyword}");
            }
        }
    }
}
