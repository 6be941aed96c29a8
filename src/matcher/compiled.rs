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
    open: OnceLock<Option<Open>>,
    shape: Slot,
    parts: Vec<Slot>,
}

/// A regex without the upper bounds that make it dear to compile. As long as no match is longer than
/// the least of them, it matches what the bounded one does, and so do its groups: none of them was
/// reached, and the order in which matches are preferred is the same.
struct Open {
    regex: Regex,
    bound: usize,
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

    /// The kind's regex, or one that matches the same in `text`; `None` where it matches nothing, or
    /// if it is no regex (lint says so). Most keywords stand where nothing follows that could be a
    /// secret; a looser regex that costs a twentieth to compile says so.
    pub(super) fn regex(&self, index: &Index, kind: u32, text: &[u8]) -> Option<&Regex> {
        let entry = &index.kinds[kind as usize];
        let source = entry.regex.as_deref()?;
        let regexes = self.of(index, entry.alike);
        if let Some(whole) = regexes.whole.get() {
            return whole.as_ref();
        }
        let loose = regexes.loose.get_or_init(|| loosened(source));
        if loose.as_ref().is_some_and(|loose| !loose.is_match(text)) {
            return None;
        }
        let open = regexes.open.get_or_init(|| opened(source)).as_ref();
        let is_short = |open: &&Open| open.regex.find_iter(text).all(|m| m.len() <= open.bound);
        if let Some(open) = open.filter(is_short) {
            return Some(&open.regex);
        }
        regexes.whole.get_or_init(|| compile(source)).as_ref()
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

/// See [`Open`]; `None` if no bound is worth taking away.
fn opened(source: &str) -> Option<Open> {
    let hir = anchor::parse(source).ok()?;
    let mut bound = usize::MAX;
    let open = open(&hir, &mut bound);
    let regex = (bound < usize::MAX).then(|| compile(&open.to_string()))??;
    Some(Open { regex, bound })
}

fn open(hir: &Hir, bound: &mut usize) -> Hir {
    match hir.kind() {
        HirKind::Repetition(one) => {
            // Each round takes at least a byte, so that a short match had few.
            let counts = one
                .sub
                .properties()
                .minimum_len()
                .is_some_and(|len| len > 0);
            let far = one.max.filter(|max| counts && max - one.min > COUNTED);
            if let Some(max) = far {
                *bound = (*bound).min(max as usize);
            }
            repeated(
                one,
                one.min,
                one.max.filter(|_| far.is_none()),
                open(&one.sub, bound),
            )
        }
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(open(&capture.sub, bound)),
            ..capture.clone()
        }),
        HirKind::Concat(all) => Hir::concat(all.iter().map(|one| open(one, bound)).collect()),
        HirKind::Alternation(all) => {
            Hir::alternation(all.iter().map(|one| open(one, bound)).collect())
        }
        _ => hir.clone(),
    }
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
            let least = if is_far(one) {
                one.min.min(LOOSE)
            } else {
                one.min
            };
            repeated(
                one,
                least,
                one.max.filter(|_| !is_far(one)),
                loosen(&one.sub),
            )
        }
        HirKind::Capture(capture) => loosen(&capture.sub),
        HirKind::Concat(all) => Hir::concat(all.iter().map(loosen).collect()),
        HirKind::Alternation(all) => Hir::alternation(all.iter().map(loosen).collect()),
        _ => hir.clone(),
    }
}

/// The repetition `one` with other counts and another content.
fn repeated(one: &Repetition, min: u32, max: Option<u32>, sub: Hir) -> Hir {
    // Printed side by side, the second of two repetitions would make the first one lazy.
    let nested = matches!(sub.kind(), HirKind::Repetition(_));
    Hir::repetition(Repetition {
        min,
        max,
        greedy: one.greedy,
        sub: Box::new(if nested { grouped(sub) } else { sub }),
    })
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
    use std::ops::Range;

    use super::super::samples::ours;
    use super::super::tests::matcher;
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

    /// A match with its named groups.
    type Told = (Range<usize>, Vec<Option<Range<usize>>>);

    fn told(regex: &Regex, text: &str) -> Vec<Told> {
        let names = || regex.capture_names().flatten();
        let all = regex.captures_iter(text.as_bytes()).map(|found| {
            let named = names().map(|name| found.name(name).map(|m| m.range()));
            (found.get(0).expect("is all of it").range(), named.collect())
        });
        all.collect()
    }

    #[test]
    fn an_open_regex_matches_what_the_bounded_one_does() {
        let mut seen = 0;
        for kind in ours().iter().flat_map(|provider| &provider.secret) {
            let Some((source, open)) = kind
                .regex
                .as_deref()
                .and_then(|source| Some((source, opened(source)?)))
            else {
                continue;
            };
            let whole = compile(source).expect("a regex");
            for text in kind.matches.iter().chain(&kind.ignores) {
                let text = format!("{text}\n{text}{text} {text}");
                let matches = open.regex.find_iter(text.as_bytes());
                if matches.map(|m| m.len()).all(|length| length <= open.bound) {
                    assert_eq!(told(&open.regex, &text), told(&whole, &text), "{source}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 100, "{seen}");
        let open = opened("a[bc]{2,200}?c(?<secret>d{1,60})").expect("has bounds");
        assert_eq!(open.bound, 60);
        assert!(opened("a{64}b{1,9}(?:c{0,9}){1,90}").is_none());
    }

    #[test]
    fn a_match_longer_than_a_bound_asks_for_the_bounds() {
        let acme = r#"
id = "acme"
name = "Acme"
docs = "https://acme.example"
[[secret]]
id = "acme-key"
name = "Key"
severity = "high"
keywords = ["acme_"]
regex = "acme_[a-z0-9]{20,120}"
"#;
        let matcher = matcher(&[acme]);
        let asked = |length| {
            let text = format!("acme_{}", &"q7zr2lm9xc".repeat(20)[..length]);
            let regex = matcher.compiled.regex(&matcher.index, 0, text.as_bytes());
            regex.map(|regex| {
                (
                    regex.as_str() == "acme_[a-z0-9]{20,120}",
                    regex.find(text.as_bytes()).map(|m| m.len()),
                )
            })
        };
        assert_eq!(asked(9), None);
        assert_eq!(asked(19), Some((false, None)));
        assert_eq!(asked(30), Some((false, Some(35))));
        assert_eq!(asked(150), Some((true, Some(125))));
        assert_eq!(asked(30), Some((true, Some(35))));
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
