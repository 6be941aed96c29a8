//! The lines around a candidate: a user name, a host, the same value or name again, other languages, columns of hashes.

use std::sync::LazyLock;

use super::Candidate;
use super::features::{F, Sheet};
use super::wordset::WordSet;

/// How far around the candidate neighbours are looked for.
const NEAR: usize = 320;

const USER: u32 = 1;
const HOST: u32 = 2;
const EXAMPLE: u32 = 4;

static WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[
        (USER, &[b"user", b"login", b"email", b"account"]),
        (HOST, &[b"host", b"url", b"port", b"://", b"database"]),
        (
            EXAMPLE,
            &[
                b"example",
                b"sample",
                b"your",
                b"dummy",
                b"changeme",
                b"xxxx",
            ],
        ),
    ])
});

/// The neighbourhood: a user name, a host, the same value or name again, other languages, columns of hashes.
pub(super) fn fill(sheet: &mut Sheet, bytes: &[u8], c: &Candidate, first: usize, last: usize) {
    let from = first.saturating_sub(NEAR);
    let to = bytes.len().min(last + NEAR);
    let (head, tail) = (&bytes[from..first], &bytes[last..to]);
    let (before, behind) = (WORDS.held(head), WORDS.held(tail));
    let has = |bit| i16::from(before & bit > 0) + 2 * i16::from(behind & bit > 0);
    sheet.set(F::NearUser, has(USER));
    sheet.set(F::NearHost, has(HOST));
    sheet.set(F::NearExample, has(EXAMPLE));
    let foreign = head.iter().chain(tail).filter(|b| **b >= 0x80).count();
    sheet.set(
        F::NearForeign,
        foreign * 100 / (head.len() + tail.len()).max(1),
    );
    let value = &bytes[c.value.clone()];
    let key = &bytes[c.key.clone()];
    sheet.set(F::NearSame, occurrences([head, tail], value));
    sheet.set(F::NearKey, occurrences([head, tail], key));
    sheet.set(F::NearHashes, hashes(head) + hashes(tail));
}

/// How often the texts have it, four in each at most.
fn occurrences(texts: [&[u8]; 2], needle: &[u8]) -> usize {
    if needle.len() < 3 {
        return 0;
    }
    let finder = memchr::memmem::Finder::new(needle);
    let count = |text| finder.find_iter(text).take(4).count();
    texts.map(count).iter().sum()
}

/// How many long hexadecimal runs a text has.
fn hashes(text: &[u8]) -> usize {
    text.split(|b| !b.is_ascii_hexdigit())
        .filter(|r| r.len() >= 24)
        .count()
}
