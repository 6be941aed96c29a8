//! The lines around a candidate: a user name, a host, the same value or name again, other languages, columns of hashes.

use std::sync::LazyLock;

use super::Candidate;
use super::features::{F, Sheet};
use super::spoken;
use super::wordset::WordSet;

/// How far around the candidate neighbours are looked for.
const NEAR: usize = 320;

const USER: u32 = 1;
const HOST: u32 = 2;
const EXAMPLE: u32 = 4;
const TEST: u32 = 8;

/// How far around the candidate the value is searched for: no farther than the matcher promises to look.
const FILE: usize = 1400;
/// How many lines on either side are read for sentences.
const LINES: usize = 6;

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
        (
            TEST,
            &[
                b"assert",
                b"expect",
                b"describe",
                b"should",
                b"test",
                b"mock",
            ],
        ),
    ])
});

/// The neighbourhood: a user name, a host, the same value or name again, other languages, columns of hashes.
pub(super) fn fill(sheet: &mut Sheet, bytes: &[u8], c: &Candidate) {
    let first = c.key.start.min(c.value.start);
    let last = c.key.end.max(c.value.end);
    let from = first.saturating_sub(NEAR);
    let to = bytes.len().min(last + NEAR);
    let (head, tail) = (&bytes[from..first], &bytes[last..to]);
    let (before, behind) = (WORDS.held(head), WORDS.held(tail));
    let has = |bit| i16::from(before & bit > 0) + 2 * i16::from(behind & bit > 0);
    sheet.set(F::NearUser, has(USER));
    sheet.set(F::NearHost, has(HOST));
    sheet.set(F::NearExample, has(EXAMPLE));
    sheet.set(F::NearTests, has(TEST));
    let foreign = foreign(head) + foreign(tail);
    sheet.set(
        F::NearForeign,
        foreign * 100 / (head.len() + tail.len()).max(1),
    );
    let value = &bytes[c.value.clone()];
    let key = &bytes[c.key.clone()];
    sheet.set(F::NearSame, occurrences([head, tail], value));
    sheet.set(F::NearKey, occurrences([head, tail], key));
    sheet.set(F::NearHashes, hashes(head) + hashes(tail));
    let above = head.split(|b| *b == b'\n').rev().skip(1).take(LINES);
    let below = tail.split(|b| *b == b'\n').skip(1).take(LINES);
    let told = |line: &&[u8]| is_told(line);
    sheet.set(F::NearPhrases, above.chain(below).filter(told).count());
    let (left, right) = (first.saturating_sub(FILE), bytes.len().min(last + FILE));
    let far = [&bytes[left..first], &bytes[last..right]];
    sheet.set(F::FileSame, occurrences(far, value));
    sheet.set(
        F::UserSame,
        i16::from(user_says(head, value) || user_says(tail, value)),
    );
}

/// A line that sets a name to a sentence: `forgot_password = Zapomenuté heslo?`.
fn is_told(line: &[u8]) -> bool {
    let Some(sign) = line.iter().position(|b| matches!(b, b'=' | b':' | b'>')) else {
        return false;
    };
    let text = &line[sign + 1..];
    let text = &text[..text.len().min(120)];
    let start = text.iter().position(|b| !b" >\"'`".contains(b));
    start.is_some_and(|start| spoken::words(&text[start..]) > 1)
}

/// The text has the value right after a user's name: `username: "bob", password: "bob"`.
fn user_says(text: &[u8], value: &[u8]) -> bool {
    if value.len() < 3 {
        return false;
    }
    memchr::memmem::find_iter(text, value).any(|at| {
        let name = &text[at.saturating_sub(16)..at];
        name.windows(4)
            .any(|x| x.eq_ignore_ascii_case(b"user") || x.eq_ignore_ascii_case(b"name"))
    })
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

/// How many bytes are beyond ASCII; summed up in bytes, which many are at a time.
fn foreign(text: &[u8]) -> usize {
    let few = text.chunks(128);
    few.map(|few| usize::from(few.iter().map(|b| b >> 7).sum::<u8>()))
        .sum()
}

/// A run of so many hexadecimal digits is long.
const LONG: usize = 24;

/// How many long hexadecimal runs a text has. One covers every place of so many, so most bytes need
/// not be read.
fn hashes(text: &[u8]) -> usize {
    let (mut count, mut start) = (0, 0);
    while let Some(probe) = text.get(start..start + LONG) {
        match probe.iter().rposition(|b| !b.is_ascii_hexdigit()) {
            Some(at) => start += at + 1,
            None => {
                count += 1;
                let rest = &text[start + LONG..];
                let more = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
                start += LONG + more;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_and_foreign_bytes_are_counted() {
        let run = "0123456789abcdefABCDEF00";
        for (text, n) in [
            (run.to_owned(), 1),
            (run[1..].to_owned(), 0),
            (format!("x {run}{run}"), 1),
            (format!("{run}-{} {run}g{run}", &run[1..]), 3),
            (format!("{} {}", &run[3..], &run[1..]), 0),
        ] {
            assert_eq!(hashes(text.as_bytes()), n, "{text}");
        }
        assert_eq!(foreign("hasło".repeat(200).as_bytes()), 400);
    }
}
