//! Layers: what decoded texts hold, reported where their code stands.

use std::ops::Range;

use super::candidate::{self, Candidate};
use super::context::{key_before, line_around};
use super::decide::{Work, decide};
use super::decode::{self, Coding, DEPTH, Layer};
use super::{excerpt, marker};
use crate::finding::{Match, Span};

/// All decoded texts of one blob together are no longer than this.
const BUDGET: usize = 16 << 20;

/// Undoes every coding and appends what is found inside and was not found as it stands.
pub(super) fn read(work: &Work<'_>, coded: &[(usize, Coding)], matches: &mut Vec<Match>) {
    if work.depth >= DEPTH {
        return;
    }
    let mut done: Vec<(Coding, Range<usize>)> = Vec::new();
    let mut left = BUDGET;
    let plain = matches.len();
    for (at, coding) in coded {
        if done
            .iter()
            .rev()
            .any(|(c, range)| c == coding && range.contains(at))
        {
            continue;
        }
        let Ok(layer) = decode::undo(work.bytes, *at, *coding) else {
            continue;
        };
        done.push((*coding, layer.source.clone()));
        left = left.saturating_sub(layer.text.len());
        if left == 0 {
            break;
        }
        for found in inside(work, &layer) {
            let known = matches[..plain].iter().any(|m| {
                m.span.start < layer.source.end
                    && layer.source.start < m.span.end
                    && m.secret == found.secret
            });
            if !known {
                matches.push(found);
            }
        }
    }
}

/// A decoded text as it is looked at, its candidates, and how long is what was put before it: the key
/// that the code was assigned to, so that a value alone is known by its name.
pub(super) fn text_of(work: &Work<'_>, layer: &Layer) -> (Vec<u8>, Vec<Candidate>, usize) {
    let bytes = work.bytes;
    let line = line_around(bytes, &layer.source);
    let mut text = bytes[key_before(bytes, &line, &layer.source)].to_vec();
    if !text.is_empty() {
        text.push(b'=');
    }
    let head = text.len();
    text.extend(&layer.text);
    let mut candidates = Vec::new();
    work.matcher
        .candidates(&text, 0..text.len(), &mut candidates);
    candidates.retain(|c| *c != candidate::WIDE || work.depth + 1 < DEPTH);
    (text, candidates, head)
}

/// What a decoded text holds.
fn inside(work: &Work<'_>, layer: &Layer) -> Vec<Match> {
    let bytes = work.bytes;
    let (text, candidates, head) = text_of(work, layer);
    let deeper = Work {
        bytes: &text,
        depth: work.depth + 1,
        ..*work
    };
    let mut matches = decide(&deeper, &candidates);
    matches.retain(|m| m.span.end > head);
    for found in &mut matches {
        found.span = Span::locate(bytes, layer.source.start, layer.source.end);
        let inner = std::mem::take(&mut found.decoded);
        found.decoded = layer.names.iter().copied().chain(inner).collect();
        found.excerpt = excerpt::around(bytes, &layer.source, std::slice::from_ref(&layer.source));
        found.marker = marker::beside(bytes, &layer.source);
    }
    matches
}
