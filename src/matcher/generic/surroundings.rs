//! What stands between name and value and on the line: separators, quotes, calls, comments, messages. Value and name
//! themselves are judged elsewhere, and so are the lines around.

use std::sync::LazyLock;

use super::Candidate;
use super::features::{F, Sheet};
use super::text::is_quote;
use super::wordset::WordSet;

/// Longest part of a line that is read on either side.
pub(super) const LINE: usize = 400;

pub(super) fn fill(sheet: &mut Sheet, bytes: &[u8], c: &Candidate) {
    sheet.set(F::Form, c.form as u8);
    between(sheet, bytes, c);
    let first = c.key.start.min(c.value.start);
    let last = c.key.end.max(c.value.end);
    line(sheet, bytes, c, first, last);
}

/// Quotes, separator, blanks and calls between name and value.
fn between(sheet: &mut Sheet, bytes: &[u8], c: &Candidate) {
    let gap = if c.key.end <= c.value.start {
        &bytes[c.key.end..c.value.start]
    } else {
        &[]
    };
    let before = c
        .value
        .start
        .checked_sub(1)
        .and_then(|i| bytes.get(i))
        .copied()
        .unwrap_or(0);
    let escaped = before != 0 && c.value.start >= 2 && bytes[c.value.start - 2] == b'\\';
    let quote = match before {
        b'"' if escaped => 4,
        b'"' => 1,
        b'\'' => 2,
        b'`' => 3,
        b';' => 5,
        _ => 0,
    };
    sheet.set(F::Quote, quote);
    sheet.set(
        F::KeyQuoted,
        i16::from(gap.first().is_some_and(|b| is_quote(*b) || *b == b'\\')),
    );
    sheet.set(F::GapLength, gap.len().min(255));
    let sign = gap.iter().position(|b| {
        matches!(
            b,
            b'=' | b':' | b',' | b'(' | b'>' | b'|' | b'!' | b'<' | b'%'
        )
    });
    let code = match sign.map(|i| (gap[i], gap.get(i + 1).copied().unwrap_or(0))) {
        Some((b'=', b'=')) => 1,
        Some((b'!', b'=')) => 2,
        Some((b'=', b'>')) => 3,
        Some((b':', b'=')) => 4,
        Some((b'=', _)) => 5,
        Some((b':', _)) => 6,
        Some((b',', _)) => 7,
        Some((b'(', _)) => 8,
        Some((b'>', _)) => 9,
        Some((b'|', _)) => 10,
        Some(_) => 11,
        None => 0,
    };
    sheet.set(F::Separator, code);
    if let Some(i) = sign {
        sheet.set(F::SpaceBefore, i16::from(i > 0 && gap[i - 1] == b' '));
        let after = gap[i..]
            .iter()
            .skip_while(|b| matches!(b, b'=' | b':' | b'>' | b'!'))
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        sheet.set(F::SpaceAfter, after.min(3));
    }
    sheet.set(
        F::Wrapper,
        wrapper(&gap[sign.map_or(0, |i| i + 1).min(gap.len())..]),
    );
}

/// Sorts of calls that a value may stand in; where several fit, the least counts.
static CALLS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[
        (
            1 << 2,
            &[
                b"getenv",
                b"environ",
                b"env.",
                b"env(",
                b"env[",
                b"config",
                b"property",
                b"fetch",
                b"lookup",
                b"get(",
            ],
        ),
        (
            1 << 3,
            &[
                b"translate",
                b"i18n",
                b"gettext",
                b"_(",
                b"t(",
                b"trans",
                b"label",
                b"msg",
                b"locale",
                b"tr(",
            ],
        ),
        (
            1 << 4,
            &[
                b"hash", b"sha", b"md5", b"bcrypt", b"encrypt", b"digest", b"hmac",
            ],
        ),
        (
            1 << 5,
            &[
                b"decode",
                b"base64",
                b"b64",
                b"fromhex",
                b"hex",
                b"unhex",
                b"bytes",
                b"buffer",
                b"getbytes",
            ],
        ),
        (
            1 << 6,
            &[
                b"string",
                b"some",
                b"str(",
                b"new ",
                b"ptr",
                b"value",
                b"secure",
                b"tochararray",
                b"just",
                b"ok(",
            ],
        ),
        (
            1 << 7,
            &[
                b"error",
                b"exception",
                b"print",
                b"log",
                b"assert",
                b"raise",
                b"throw",
                b"warn",
            ],
        ),
        (
            1 << 8,
            &[
                b"read", b"open", b"load", b"find", b"file", b"path", b"require", b"import",
                b"by(", b"query", b"select",
            ],
        ),
    ])
});

/// Which sort of call stands around the value.
fn wrapper(gap: &[u8]) -> i16 {
    if !gap.iter().any(u8::is_ascii_alphabetic) {
        return i16::from(gap.contains(&b'('));
    }
    match CALLS.held(gap) {
        0 => 9,
        sorts => sorts.trailing_zeros() as i16,
    }
}

const DECLARED: u32 = 1;
const FUNCTION: u32 = 2;
const ASSERTED: u32 = 4;
const PRINTED: u32 = 8;
const EXAMPLE: u32 = 16;

/// What a line says of the value on it.
static LINE_WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[
        (
            DECLARED,
            &[
                b"const ",
                b"let ",
                b"var ",
                b"string ",
                b"val ",
                b"private ",
                b"static ",
                b"final ",
                b"export ",
                b"set ",
                b"def ",
                b"func",
                b"define",
                b"env ",
            ],
        ),
        (
            FUNCTION,
            &[b"def ", b"func", b"fn ", b"function", b"public "],
        ),
        (
            ASSERTED,
            &[
                b"assert", b"expect", b"should", b"equal", b"if ", b"if(", b"==", b"match",
                b"verify", b"when(",
            ],
        ),
        (
            PRINTED,
            &[
                b"print",
                b"log",
                b"error",
                b"throw",
                b"raise",
                b"warn",
                b"message",
                b"puts ",
                b"echo",
                b"help",
                b"usage",
                b"description",
                b"title",
                b"label",
                b"exception",
            ],
        ),
        (
            EXAMPLE,
            &[b"example", b"e.g.", b"sample", b"placeholder", b"your"],
        ),
    ])
});

/// The line the candidate stands on.
fn line(sheet: &mut Sheet, bytes: &[u8], c: &Candidate, first: usize, last: usize) {
    let start = bytes[first.saturating_sub(LINE)..first]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(first.saturating_sub(LINE), |i| {
            first.saturating_sub(LINE) + i + 1
        });
    let stop = bytes.len().min(last + LINE);
    let end = bytes[last..stop]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(stop, |i| last + i);
    let (before, after) = (&bytes[start..first], &bytes[last..end]);
    let trimmed = before.trim_ascii_start();
    sheet.set(F::LineLength, (end - start).min(2000));
    sheet.set(F::Column, (first - start).min(400));
    sheet.set(F::Comment, comment(trimmed));
    let said = LINE_WORDS.held(before);
    let has = |bit| i16::from(said & bit > 0);
    sheet.set(F::Declared, has(DECLARED) + has(FUNCTION));
    sheet.set(F::Asserted, has(ASSERTED));
    sheet.set(F::Printed, has(PRINTED));
    let next = after
        .iter()
        .find(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\\'))
        .copied()
        .unwrap_or(0);
    sheet.set(
        F::After,
        after_class(next)
            + 16 * i16::from(!after.first().is_some_and(|b| is_quote(*b) || *b == b'\\')),
    );
    sheet.set(F::AfterWords, count_words(after));
    sheet.set(F::BeforeWords, count_words(trimmed));
    let inside = before.iter().filter(|b| **b == b'"').count() % 2
        + 2 * (before.iter().filter(|b| **b == b'\'').count() % 2)
        + 4 * (before.iter().filter(|b| **b == b'`').count() % 2);
    sheet.set(F::InText, inside);
    let example = (said | LINE_WORDS.held(after)) & EXAMPLE > 0;
    sheet.set(
        F::LineExample,
        i16::from(example) + i16::from(c.value.start < c.key.start),
    );
}

fn comment(line: &[u8]) -> i16 {
    match line {
        [b'/', b'/', ..] | [b'/', b'*', ..] => 1,
        [b'#', ..] => 2,
        [b'*', ..] => 3,
        [b'-', b'-', ..] | [b';', ..] | [b'<', b'!', ..] | [b'%', ..] => 4,
        [b'-', b' ', ..] => 5,
        [b'>', ..] | [b'$', ..] | [b'|', ..] => 6,
        _ => 0,
    }
}

fn after_class(b: u8) -> i16 {
    match b {
        0 | b'\r' | b'\n' => 0,
        b';' => 1,
        b',' => 2,
        b')' => 3,
        b'}' | b']' => 4,
        b' ' | b'\t' => 5,
        b'.' => 6,
        b'+' => 7,
        b'<' | b'/' => 8,
        b'&' => 9,
        b':' | b'=' => 10,
        b'(' | b'[' | b'{' => 11,
        b'@' => 12,
        b'|' | b'\\' => 13,
        _ => 14,
    }
}

fn count_words(text: &[u8]) -> i16 {
    let n = text
        .split(|b| !b.is_ascii_alphabetic() && *b < 0x80)
        .filter(|w| w.len() > 1)
        .count();
    n.min(40) as i16
}
