//! Strings that a program joins: `"ab" + 'cd'`, `"ab" . "cd"`.

use std::ops::Range;

use super::Layer;
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
    let digits = |text: &[u8]| text.iter().filter(|b| b.is_ascii_digit()).count();
    let both = digits(&bytes[at - left..at]) + digits(&bytes[next..next + right]);
    left >= 2 && right >= 2 && left + right >= 10 && both >= 2
}

/// The first byte of the string that follows the operator behind `from`.
fn opening(bytes: &[u8], from: usize) -> Option<usize> {
    let gap = bytes[from..].iter().take(GAP);
    let length = gap
        .take_while(|b| b.is_ascii_whitespace() || b"+.&\\_".contains(b))
        .count();
    let quote = from + length;
    let operator = bytes[from..quote].iter().any(|b| b"+.&".contains(b));
    (operator && matches!(bytes.get(quote), Some(b'"' | b'\''))).then_some(quote + 1)
}

/// The closing quote of the string that precedes the one opening at `quote`.
fn closing(bytes: &[u8], quote: usize) -> Option<usize> {
    let gap = bytes[..quote].iter().rev().take(GAP);
    let length = gap
        .take_while(|b| b.is_ascii_whitespace() || b"+.&\\_".contains(b))
        .count();
    let at = (quote - length).checked_sub(1)?;
    let operator = bytes[at + 1..quote].iter().any(|b| b"+.&".contains(b));
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

pub(super) fn undo(bytes: &[u8], at: usize) -> Option<Layer> {
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
    })
}
