//! What a new version of a file brings: the lines of which it has more copies than any earlier
//! version. Order does not count, so what merely moved is not new, and no diff program is needed.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// Shorter lines (brackets, blanks) hold no secret and occur too often to mean anything.
const SHORTEST: usize = 3;

/// The byte ranges of `new` that none of `old` has, in order and not touching.
pub(super) fn added(new: &[u8], old: &[Vec<u8>]) -> Vec<Range<usize>> {
    // Keyed at random, so that nobody can craft a line that collides with an old one.
    let hasher = RandomState::new();
    let mut known: HashMap<u64, u32> = HashMap::new();
    for version in old {
        for (line, count) in counts(version, &hasher) {
            let most = known.entry(line).or_default();
            *most = count.max(*most);
        }
    }
    let mine = counts(new, &hasher);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for line in lines(new) {
        let text = trimmed(&new[line.clone()]);
        if text.len() < SHORTEST {
            continue;
        }
        let hash = hasher.hash_one(text);
        let before = known.get(&hash).copied().unwrap_or(0);
        if mine.get(&hash).copied().unwrap_or(0) <= before {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == line.start => last.end = line.end,
            _ => ranges.push(line),
        }
    }
    ranges
}

fn counts(text: &[u8], hasher: &RandomState) -> HashMap<u64, u32> {
    let mut counts = HashMap::new();
    for line in lines(text) {
        *counts
            .entry(hasher.hash_one(trimmed(&text[line])))
            .or_default() += 1;
    }
    counts
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

/// The lines of `text`, each with its end.
fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    ends.chain(Some(text.len())).filter_map(move |end| {
        let line = start..end;
        start = end;
        (!line.is_empty()).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(new: &str, old: &[&str]) -> Vec<String> {
        let old: Vec<Vec<u8>> = old.iter().map(|o| o.as_bytes().to_vec()).collect();
        added(new.as_bytes(), &old)
            .into_iter()
            .map(|r| new[r].to_owned())
            .collect()
    }

    #[test]
    fn only_new_lines_count() {
        assert_eq!(text("one\ntwo\nthree\n", &["one\nthree\n"]), ["two\n"]);
        assert_eq!(text("one\ntwo\n", &[]), ["one\ntwo\n"]);
        assert_eq!(text("two\none\n", &["one\ntwo\n"]), [""; 0]);
        assert_eq!(text("one\none", &["one\n"]), ["one\none"]);
    }

    #[test]
    fn a_merge_brings_what_no_parent_has() {
        let merged = "left\nright\nevil\n";
        assert_eq!(text(merged, &["left\n", "right\n"]), ["evil\n"]);
    }
}
