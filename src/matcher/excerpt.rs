//! Excerpt: the line around a secret for people, with every secret on it masked.

use std::ops::Range;

use super::context::line_around;
use crate::finding::mask;

/// How much is shown to either side of the secret.
const SIDE: usize = 80;

/// The line of `value`; every range of `masked` that touches it is masked.
pub(super) fn around(bytes: &[u8], value: &Range<usize>, masked: &[Range<usize>]) -> String {
    let first_line_end =
        memchr::memchr(b'\n', &bytes[value.clone()]).map_or(value.end, |at| value.start + at);
    let shown_value = value.start..first_line_end;
    let line = line_around(bytes, &shown_value);
    let from = line.start.max(value.start.saturating_sub(SIDE));
    let to = line.end.min(shown_value.end + SIDE);
    let mut hidden: Vec<&Range<usize>> = masked
        .iter()
        .filter(|r| r.start < to && from < r.end)
        .collect();
    hidden.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut text = String::new();
    if from > line.start {
        text.push('…');
    }
    let mut at = from;
    for range in hidden {
        if range.end <= at {
            continue;
        }
        if range.start > at {
            text.push_str(&plain(&bytes[at..range.start]));
        }
        // A secret that began earlier was cut or overlaps one already masked: show nothing of it.
        text.push_str(&if range.start >= at {
            mask(&bytes[range.clone()])
        } else {
            "…".to_owned()
        });
        at = range.end;
    }
    if at < to {
        text.push_str(&plain(&bytes[at..to]));
    }
    if to < line.end {
        text.push('…');
    }
    text.trim().to_owned()
}

/// Readable text without control characters.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_the_line_is_shown() {
        let text = b"first\n a=hunter2hunter2 b=wordpass99 \x1b[31m\nlast";
        let at = |word: &[u8]| {
            let start = memchr::memmem::find(text, word).unwrap();
            start..start + word.len()
        };
        let (one, two) = (at(b"hunter2hunter2"), at(b"wordpass99"));
        let shown = around(text, &one, &[one.clone(), two]);
        assert_eq!(shown, "a=hun… b=wo…  [31m");
    }
}
