//! Strings that a program joins: `"ab" + 'cd'`, `"ab" . "cd"`, literals on lines that follow each
//! other, and words that go on behind a backslash at the line's end.

use std::ops::Range;

use super::{Layer, REGION};
use crate::pattern::anchor::is_token;

/// What stands between two strings at most.
const GAP: usize = 40;
/// The longest piece, and how many of them.
const PIECE: usize = 120;
const PIECES: usize = 24;

/// The pieces around the closing quote at `at` make a value together: letters and digits up to the
/// quotes, long enough, not only words.
pub(super) fn begins(bytes: &[u8], at: usize) -> bool {
    let left = bytes[..at]
        .iter()
        .rev()
        .take(PIECE)
        .take_while(|b| is_token(**b))
        .count();
    let Some(next) = opening(bytes, at + 1) else {
        return false;
    };
    let right = bytes[next..]
        .iter()
        .take(PIECE)
        .take_while(|b| is_token(**b))
        .count();
    let (before, after) = (&bytes[at - left..at], &bytes[next..next + right]);
    left >= 2 && right >= 2 && left + right >= 10 && no_words(before, after)
}

/// Not only words: enough digits, or one and a case that changes as nobody writes it.
fn no_words(before: &[u8], after: &[u8]) -> bool {
    let count = |holds: fn(&u8) -> bool| {
        let all = before.iter().chain(after);
        all.filter(|b| holds(b)).count()
    };
    let turns = |text: &[u8]| {
        let turn = |pair: &&[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        text.windows(2).filter(turn).count()
    };
    let digits = count(u8::is_ascii_digit);
    digits >= 2 || digits >= 1 && turns(before) + turns(after) >= 3
}

/// The run that ends at `end` ends a literal which the next one continues, or goes on behind a
/// line's end.
pub(super) fn goes_on(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'"' | b'\'') => opening(bytes, end + 1)
            .is_some_and(|next| bytes.get(next).is_some_and(|b| is_token(*b))),
        Some(b'\\') => continued(bytes, end).is_some(),
        _ => false,
    }
}

/// Where the word goes on that a backslash at `at` breaks. Properties and TOML leave out what the
/// next line is indented by; elsewhere that ends the word, so such a one must not be made of words.
fn continued(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 1..)?;
    let rest = rest
        .strip_prefix(b"\r")
        .unwrap_or(rest)
        .strip_prefix(b"\n")?;
    let token = |b: &&u8| is_token(**b);
    let blanks = rest.iter().take(GAP).take_while(|b| b" \t".contains(b));
    let next = bytes.len() - rest.len() + blanks.count();
    let after = bytes[next..].iter().take(PIECE).take_while(token).count();
    let before = bytes[..at].iter().rev().take(PIECE).take_while(token);
    let whole = bytes[next - 1] == b'\n'
        || no_words(&bytes[at - before.count()..at], &bytes[next..next + after]);
    (after > 0 && whole).then_some(next)
}

/// The first byte of the string that follows the operator or the line's end behind `from`.
fn opening(bytes: &[u8], from: usize) -> Option<usize> {
    let gap = bytes[from..].iter().take(GAP);
    let length = gap
        .take_while(|b| b.is_ascii_whitespace() || b"+.&\\_".contains(b))
        .count();
    let quote = from + length;
    let operator = bytes[from..quote].iter().any(|b| b"+.&\n".contains(b));
    (operator && matches!(bytes.get(quote), Some(b'"' | b'\''))).then_some(quote + 1)
}

/// The closing quote of the string that precedes the one opening at `quote`.
fn closing(bytes: &[u8], quote: usize) -> Option<usize> {
    let gap = bytes[..quote].iter().rev().take(GAP);
    let length = gap
        .take_while(|b| b.is_ascii_whitespace() || b"+.&\\_".contains(b))
        .count();
    let at = (quote - length).checked_sub(1)?;
    let operator = bytes[at + 1..quote].iter().any(|b| b"+.&\n".contains(b));
    (operator && matches!(bytes[at], b'"' | b'\'')).then_some(at)
}

/// The string whose closing quote is at `close`.
fn string_before(bytes: &[u8], close: usize) -> Option<Range<usize>> {
    let quote = bytes[close];
    let before = bytes[..close].iter().rev().take(PIECE);
    let length = before.take_while(|b| **b != quote && **b != b'\n').count();
    let open = (close - length).checked_sub(1)?;
    (bytes[open] == quote).then_some(open + 1..close)
}

fn string_from(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let quote = bytes[start - 1];
    let length = bytes[start..]
        .iter()
        .take(PIECE)
        .position(|b| *b == quote || *b == b'\n')?;
    (bytes[start + length] == quote).then_some(start..start + length)
}

/// Undoes what joins at `at`, or behind the run there: a closing quote, or a backslash at a line's
/// end.
pub(super) fn undo(bytes: &[u8], at: usize) -> Result<Layer, Range<usize>> {
    let from = at;
    let run = bytes[at..]
        .iter()
        .take(REGION)
        .take_while(|b| is_token(**b));
    let at = at + run.count();
    let layer = match bytes.get(at) {
        Some(b'\\') => Some(lines(bytes, at)),
        Some(b'"' | b'\'') => strings(bytes, at),
        _ => None,
    };
    layer.ok_or_else(|| from.min(at.saturating_sub(PIECE + 2))..at + 1)
}

/// A word over several lines.
fn lines(bytes: &[u8], at: usize) -> Layer {
    let word = |b: &&u8| is_token(**b);
    let before = bytes[..at]
        .iter()
        .rev()
        .take(PIECE)
        .take_while(word)
        .count();
    let start = at - before;
    let mut text = bytes[start..at].to_vec();
    let mut end = at;
    for _ in 0..PIECES {
        let Some(next) = continued(bytes, end) else {
            break;
        };
        let length = bytes[next..].iter().take(PIECE).take_while(word).count();
        end = next + length;
        text.extend(&bytes[next..end]);
        if bytes.get(end) != Some(&b'\\') {
            break;
        }
    }
    Layer {
        source: start..end,
        text,
        names: vec!["concatenation"],
        beyond: None,
    }
}

fn strings(bytes: &[u8], at: usize) -> Option<Layer> {
    let middle = string_before(bytes, at)?;
    let mut pieces = vec![middle.clone()];
    let mut first = middle;
    while let Some(close) = closing(bytes, first.start - 1).filter(|_| pieces.len() < PIECES) {
        let Some(piece) = string_before(bytes, close) else {
            break;
        };
        first = piece.clone();
        pieces.insert(0, piece);
    }
    let mut close = at;
    while let Some(start) = opening(bytes, close + 1).filter(|_| pieces.len() < PIECES) {
        let Some(piece) = string_from(bytes, start) else {
            break;
        };
        close = piece.end;
        pieces.push(piece);
    }
    let source = pieces[0].start..close;
    let text = pieces
        .iter()
        .flat_map(|piece| bytes[piece.clone()].iter().copied())
        .collect();
    Some(Layer {
        source,
        text,
        names: vec!["concatenation"],
        // More pieces are cut off, elsewhere if asked from another.
        beyond: (pieces.len() < PIECES).then_some(GAP + PIECE + 2),
    })
}
