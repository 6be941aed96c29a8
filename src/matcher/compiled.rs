//! Compiled: the regex of each kind, shape and part, compiled when first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use crate::pattern::anchor;
use crate::pattern::index::{Index, Shape};

/// No regex may grow larger than this, whatever a user's pattern file says.
const SIZE_LIMIT: usize = 4 << 20;

/// Repetitions counted farther than this are what makes a regex take milliseconds to compile.
const COUNTED: u32 = 48;

/// What is left of the least count of one.
const LOOSE: u32 = 16;

type Slot = OnceLock<Option<Regex>>;

/// One slot a kind: most are never filled.
pub(super) struct Compiled(Vec<OnceLock<Box<Regexes>>>);

/// What a kind may need.
#[derive(Default)]
struct Regexes {
    whole: Slot,
    loose: Slot,
    shape: Slot,
    parts: Vec<Slot>,
}

fn compile(regex: &str) -> Option<Regex> {
    RegexBuilder::new(regex)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
        .ok()
}

fn slots<T>(count: usize) -> Vec<OnceLock<T>> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

impl Compiled {
    pub(super) fn new(index: &Index) -> Compiled {
        Compiled(slots(index.kinds.len()))
    }

    fn of(&self, index: &Index, kind: u32) -> &Regexes {
        self.0[kind as usize].get_or_init(|| {
            Box::new(Regexes {
                parts: slots(index.kinds[kind as usize].parts.len()),
                ..Regexes::default()
            })
        })
    }

    /// The kind's regex; `None` if it has none or it is no regex (lint says so).
    pub(super) fn regex(&self, index: &Index, kind: u32) -> Option<&Regex> {
        let entry = &index.kinds[kind as usize];
        let source = entry.regex.as_deref()?;
        let slot = &self.of(index, entry.alike).whole;
        slot.get_or_init(|| compile(source)).as_ref()
    }

    /// The kind's regex may match in `text`. Most keywords stand where nothing follows that could be
    /// a secret; a looser regex that costs a twentieth to compile says so.
    pub(super) fn may_match(&self, index: &Index, kind: u32, text: &[u8]) -> bool {
        let entry = &index.kinds[kind as usize];
        let Some(source) = entry.regex.as_deref() else {
            return false;
        };
        let regexes = self.of(index, entry.alike);
        if regexes.whole.get().is_some() {
            return true;
        }
        let loose = regexes.loose.get_or_init(|| loosened(source));
        loose.as_ref().is_none_or(|loose| loose.is_match(text))
    }

    /// The kind's shape, anchored at both ends.
    pub(super) fn shape(&self, index: &Index, kind: u32) -> Option<&Regex> {
        let shape = index.kinds[kind as usize].shape.as_ref()?;
        let slot = &self.of(index, kind).shape;
        slot.get_or_init(|| whole(shape)).as_ref()
    }

    /// The shape of a kind's part, not anchored: where it begins and ends is the caller's care.
    pub(super) fn part(&self, index: &Index, kind: u32, part: usize) -> Option<&Regex> {
        let shape = &index.kinds[kind as usize].parts[part].shape;
        let slot = &self.of(index, kind).parts[part];
        slot.get_or_init(|| compile(&shape.regex)).as_ref()
    }
}

fn whole(shape: &Shape) -> Option<Regex> {
    compile(&format!("^(?:{})$", shape.regex))
}

/// A regex that matches wherever `source` does, without its long counts; `None` if it has none.
fn loosened(source: &str) -> Option<Regex> {
    let hir = anchor::parse(source).ok()?;
    counts_far(&hir).then(|| compile(&loosen(&hir).to_string()))?
}

fn is_far(one: &Repetition) -> bool {
    one.min > COUNTED || one.max.is_some_and(|max| max > COUNTED)
}

fn counts_far(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(one) => is_far(one) || counts_far(&one.sub),
        HirKind::Capture(capture) => counts_far(&capture.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().any(counts_far),
        _ => false,
    }
}

fn loosen(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(one) => {
            let sub = loosen(&one.sub);
            // Printed side by side, the second of two repetitions would make the first one lazy.
            let nested = matches!(sub.kind(), HirKind::Repetition(_));
            Hir::repetition(Repetition {
                min: if is_far(one) {
                    one.min.min(LOOSE)
                } else {
                    one.min
                },
                max: one.max.filter(|_| !is_far(one)),
                greedy: one.greedy,
                sub: Box::new(if nested { grouped(sub) } else { sub }),
            })
        }
        HirKind::Capture(capture) => loosen(&capture.sub),
        HirKind::Concat(all) => Hir::concat(all.iter().map(loosen).collect()),
        HirKind::Alternation(all) => Hir::alternation(all.iter().map(loosen).collect()),
        _ => hir.clone(),
    }
}

fn grouped(hir: Hir) -> Hir {
    Hir::capture(Capture {
        index: 1,
        name: None,
        sub: Box::new(hir),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Patterns;

    #[test]
    fn a_loosened_regex_matches_what_the_strict_one_does() {
        let strict = r"\b(?<secret>key-[a-f0-9]{64})\b(?:=[^\s]{0,300}x)?";
        let loose = loosened(strict).expect("has long counts");
        let strict = compile(strict).expect("a regex");
        let digits = "0123456789abcdef".repeat(8);
        for length in [0, 15, 16, 63, 64, 65, 128] {
            for text in [
                format!("key-{}", &digits[..length]),
                format!(" key-{}=yx", &digits[..length]),
            ] {
                let (strict, loose) = (
                    strict.is_match(text.as_bytes()),
                    loose.is_match(text.as_bytes()),
                );
                assert!(loose || !strict, "{text}");
                assert_eq!(loose, length >= 16, "{text}");
            }
        }
        assert!(loosened("abc[0-9]{8}").is_none());
    }

    #[test]
    fn every_long_regex_of_ours_has_a_looser_one() {
        let index = Patterns::builtin().index();
        let sources = index.kinds.iter().filter_map(|kind| kind.regex.as_deref());
        for source in sources {
            let hir = anchor::parse(source).expect("ours are regexes");
            assert_eq!(loosened(source).is_some(), counts_far(&hir), "{source}");
        }
    }
}
