//! The lines around a candidate: a user name, a host, the same value or name again, other languages, columns of hashes.

use super::Candidate;
use super::features::{F, Sheet};

/// How far around the candidate neighbours are looked for.
const NEAR: usize = 320;

/// The neighbourhood: a user name, a host, the same value or name again, other languages, columns of hashes.
pub(super) fn fill(sheet: &mut Sheet, bytes: &[u8], c: &Candidate, first: usize, last: usize) {
    let from = first.saturating_sub(NEAR);
    let to = bytes.len().min(last + NEAR);
    let (head, tail) = (&bytes[from..first], &bytes[last..to]);
    let has = |list: &[&[u8]]| {
        i16::from(list.iter().any(|w| contains(head, w)))
            + 2 * i16::from(list.iter().any(|w| contains(tail, w)))
    };
    sheet.set(F::NearUser, has(&[b"user", b"login", b"email", b"account"]));
    sheet.set(
        F::NearHost,
        has(&[b"host", b"url", b"port", b"://", b"database"]),
    );
    sheet.set(
        F::NearExample,
        has(&[
            b"example",
            b"sample",
            b"your",
            b"dummy",
            b"changeme",
            b"xxxx",
        ]),
    );
    let foreign = head.iter().chain(tail).filter(|b| **b >= 0x80).count();
    sheet.set(
        F::NearForeign,
        foreign * 100 / (head.len() + tail.len()).max(1),
    );
    let value = &bytes[c.value.clone()];
    let key = &bytes[c.key.clone()];
    sheet.set(
        F::NearSame,
        occurrences(head, value) + occurrences(tail, value),
    );
    sheet.set(F::NearKey, occurrences(head, key) + occurrences(tail, key));
    sheet.set(F::NearHashes, hashes(head) + hashes(tail));
}

fn occurrences(text: &[u8], needle: &[u8]) -> usize {
    if needle.len() < 3 {
        0
    } else {
        memchr::memmem::find_iter(text, needle).take(4).count()
    }
}

/// How many long hexadecimal runs a text has.
fn hashes(text: &[u8]) -> usize {
    text.split(|b| !b.is_ascii_hexdigit())
        .filter(|r| r.len() >= 24)
        .count()
}

/// Whether the text contains the word, whatever its case. The word is in lower case.
pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    let (first, rest) = (word[0], &word[1..]);
    let mut from = 0;
    while let Some(i) = memchr::memchr2(first, first.to_ascii_uppercase(), &text[from..]) {
        let at = from + i + 1;
        if text.len() >= at + rest.len() && text[at..at + rest.len()].eq_ignore_ascii_case(rest) {
            return true;
        }
        from = at;
    }
    false
}
