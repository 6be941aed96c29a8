//! Compiled Python: the strings of a `.pyc`. They stand there without ends, each behind its length and
//! before the type of what follows, so that a token seems to go on. (CPython, `Python/marshal.c`.)

use super::{Opener, Trouble};

/// Marshal's types of byte strings and of texts, with a length of one byte and of four.
const SHORT: &[u8] = b"zZ";
const LONG: &[u8] = b"saAtu";
/// Set in a type whose value is referred to later.
const REFERRED: u8 = 0x80;
/// No string of a program is longer than this.
const MOST: usize = 1 << 20;

/// The file begins as CPython's compiled files do: a version, a line break, and behind a header of 8
/// (Python 2), 12 (to 3.6) or 16 bytes a code object.
pub(super) fn begins(head: &[u8]) -> bool {
    let code = |at: usize| head.get(at).is_some_and(|b| b & !REFERRED == b'c');
    head.get(2..4) == Some(b"\r\n")
        && head.get(4..16).is_some_and(|rest| rest.contains(&0))
        && [8, 12, 16].into_iter().any(code)
}

/// Hands on the strings, one a line.
pub(super) fn read(bytes: &[u8], opener: &Opener<'_>) -> Result<(), Trouble> {
    let mut text = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        match string(bytes, at) {
            Some((from, string)) => {
                text.extend(string);
                text.push(b'\n');
                at = from + string.len();
            }
            None => at += 1,
        }
    }
    let left = &opener.within.left;
    left.set(left.get().saturating_sub(text.len() as u64));
    opener.text(b"strings", &text);
    Ok(())
}

/// The printable string whose type stands at `at`, and where its bytes begin.
fn string(bytes: &[u8], at: usize) -> Option<(usize, &[u8])> {
    let kind = bytes[at] & !REFERRED;
    let (from, length) = if SHORT.contains(&kind) {
        (at + 2, usize::from(*bytes.get(at + 1)?))
    } else if LONG.contains(&kind) {
        let length = bytes.get(at + 1..at + 5)?.try_into().ok()?;
        (at + 5, usize::try_from(u32::from_le_bytes(length)).ok()?)
    } else {
        return None;
    };
    let string = bytes.get(from..from.checked_add(length)?)?;
    let plain = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0x80..);
    ((2..=MOST).contains(&length) && string.iter().all(plain)).then_some((from, string))
}
