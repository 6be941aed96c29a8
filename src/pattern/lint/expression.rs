//! What is asked of a regular expression: it compiles, stays small, repeats within bounds, and
//! does not begin with anything at all. The facts about it come from its parsed form.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Check, Spot};

/// Our largest (a PEM block of 16 KB in a bounded class) needs half of this.
pub(super) const SIZE_LIMIT: usize = 2 << 20;

/// Compiles `text` as the matcher does: over bytes, ASCII classes.
pub(super) fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .build()
}

/// The parsed form of what `compile` compiles.
pub(super) fn parse(text: &str) -> Option<Hir> {
    let mut parser = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build();
    parser.parse(text).ok()
}

/// Says everything that is wrong with the expression itself, and gives it back compiled.
pub(super) fn sound(check: &mut Check<'_>, spot: &Spot<'_>, text: &str) -> Option<(Regex, Hir)> {
    let regex = match compile(text) {
        Ok(regex) => regex,
        Err(error) => {
            let what = format!("does not compile: {}", one_line(&error.to_string()));
            let remedy =
                "linear engine: no look-around, no back-references, at most 2 MiB compiled";
            check.broken(spot, what, remedy);
            return None;
        }
    };
    let hir = parse(text)?;
    if unbounded(&hir) {
        let what = "repeats without bound".to_string();
        check.broken(
            spot,
            what,
            "write {1,200} instead of + or *, with the documented length",
        );
    }
    if hir.properties().minimum_len() == Some(0) {
        let what = "matches nothing at all".to_string();
        check.broken(spot, what, "say what must be there");
    }
    Some((regex, hir))
}

/// Says that a regex to be looked for in text (a shape is compared with a whole value) would have to
/// be tried everywhere.
pub(super) fn rooted(check: &mut Check<'_>, spot: &Spot<'_>, hir: &Hir) {
    if begins_with_anything(hir) {
        let what = "begins with a repetition of nearly any byte".to_string();
        check.broken(
            spot,
            what,
            "begin with the literal that is the keyword, or with \\b",
        );
    }
}

fn one_line(error: &str) -> String {
    let last = error.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or_default()
        .trim()
        .trim_start_matches("error: ")
        .to_string()
}

fn unbounded(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => repetition.max.is_none() || unbounded(&repetition.sub),
        HirKind::Capture(capture) => unbounded(&capture.sub),
        HirKind::Concat(list) | HirKind::Alternation(list) => list.iter().any(unbounded),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

fn begins_with_anything(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => matches_most(&repetition.sub),
        HirKind::Capture(capture) => begins_with_anything(&capture.sub),
        HirKind::Concat(list) => {
            let first = list
                .iter()
                .find(|hir| !matches!(hir.kind(), HirKind::Look(_)));
            first.is_some_and(begins_with_anything)
        }
        HirKind::Alternation(list) => list.iter().any(begins_with_anything),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// The named group takes part in every match.
pub(super) fn always_captures(hir: &Hir, name: &str) -> bool {
    let inside = |hir: &Hir| always_captures(hir, name);
    match hir.kind() {
        HirKind::Capture(it) => it.name.as_deref() == Some(name) || inside(&it.sub),
        HirKind::Repetition(it) => it.min > 0 && inside(&it.sub),
        HirKind::Concat(list) => list.iter().any(inside),
        HirKind::Alternation(list) => list.iter().all(inside),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// More than half of all bytes.
fn matches_most(hir: &Hir) -> bool {
    let HirKind::Class(Class::Bytes(class)) = hir.kind() else {
        return false;
    };
    let size: usize = class
        .ranges()
        .iter()
        .map(regex_syntax::hir::ClassBytesRange::len)
        .sum();
    size > 128
}
