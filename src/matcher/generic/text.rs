//! Reading bytes without knowing the language: classes of bytes, string literals, a window that cannot be left.
//! Nothing here knows what a secret is.

use std::ops::Range;

/// The part of a blob that `extract` may read, with positions counted in the blob.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    bytes: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Window<'a> {
    #[inline]
    pub(super) fn around(bytes: &'a [u8], hit: usize, radius: usize) -> Self {
        Self {
            bytes,
            start: hit.saturating_sub(radius),
            end: hit.saturating_add(radius).min(bytes.len()),
        }
    }

    /// The byte at `i`, or 0 outside the window.
    #[inline]
    pub(super) fn at(&self, i: usize) -> u8 {
        if i >= self.start && i < self.end {
            self.bytes[i]
        } else {
            0
        }
    }

    /// The byte before `i`, or 0 outside the window.
    #[inline]
    pub(super) fn before(&self, i: usize) -> u8 {
        if i == 0 { 0 } else { self.at(i - 1) }
    }

    #[inline]
    pub(super) fn slice(&self, r: Range<usize>) -> &'a [u8] {
        let end = r.end.clamp(self.start, self.end);
        &self.bytes[r.start.clamp(self.start, end)..end]
    }

    #[inline]
    pub(super) fn starts(&self, i: usize, with: &[u8]) -> bool {
        // Most texts differ in the first byte.
        let first = with.first().is_none_or(|b| self.at(i) | 0x20 == b | 0x20);
        first && self.slice(i..i + with.len()).eq_ignore_ascii_case(with)
    }

    /// The first position from `i` on whose byte does not satisfy `f`, at most `limit` bytes on.
    #[inline]
    pub(super) fn skip(&self, i: usize, limit: usize, f: impl Fn(u8) -> bool) -> usize {
        let stop = self.end.min(i + limit);
        let mut j = i;
        while j < stop && f(self.bytes[j]) {
            j += 1;
        }
        j
    }

    #[inline]
    pub(super) fn skip_blank(&self, i: usize) -> usize {
        self.skip(i, 64, |b| b == b' ' || b == b'\t')
    }

    /// The first position, going back from `i`, whose previous byte does not satisfy `f`.
    #[inline]
    pub(super) fn skip_back(&self, i: usize, limit: usize, f: impl Fn(u8) -> bool) -> usize {
        let stop = self.start.max(i.saturating_sub(limit));
        let mut j = i;
        while j > stop && f(self.bytes[j - 1]) {
            j -= 1;
        }
        j
    }

    /// Where the line that contains `i` begins, as far as the window shows.
    pub(super) fn line_start(&self, i: usize) -> usize {
        self.skip_back(i, usize::MAX, |b| b != b'\n' && b != b'\r')
    }
}

/// A byte that can be part of a name.
#[inline]
pub(super) fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

#[inline]
pub(super) fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// A byte of the alphabets machines write keys in.
#[inline]
pub(super) fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~')
}

/// A string literal: what is between its quotes, where reading goes on, and whether its end was out of sight.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) inner: Range<usize>,
    pub(super) next: usize,
    pub(super) open: bool,
}

/// The literal that starts at `i`, if one does: plain, escaped (`\"…\"`), tripled, as an entity, or with a prefix letter.
pub(super) fn literal(w: &Window<'_>, i: usize) -> Option<Literal> {
    let i = prefix(w, i);
    if w.at(i) == b'\\' {
        let backslashes = w.skip(i, 8, |b| b == b'\\') - i;
        let quote = w.at(i + backslashes);
        return is_quote(quote)
            .then(|| escaped(w, i + backslashes + 1, quote, backslashes))
            .flatten();
    }
    for entity in [&b"&quot;"[..], b"&#34;", b"&#39;"] {
        if w.at(i) == b'&' && w.starts(i, entity) {
            return until(w, i + entity.len(), entity);
        }
    }
    let quote = w.at(i);
    if !is_quote(quote) {
        return None;
    }
    if w.at(i + 1) == quote && w.at(i + 2) == quote {
        return until(w, i + 3, &[quote; 3]);
    }
    plain(w, i + 1, quote)
}

/// Letters and signs that languages put before a quote: `b"`, `r"`, `@"`, `L"`, `$"`, `&"`, `#"`.
fn prefix(w: &Window<'_>, i: usize) -> usize {
    let j = w.skip(i, 2, |b| {
        matches!(
            b,
            b'b' | b'B'
                | b'r'
                | b'R'
                | b'u'
                | b'U'
                | b'f'
                | b'L'
                | b'@'
                | b'$'
                | b'&'
                | b'#'
                | b'N'
                | b'n'
        )
    });
    if is_quote(w.at(j)) { j } else { i }
}

fn plain(w: &Window<'_>, from: usize, quote: u8) -> Option<Literal> {
    let mut i = from;
    while i < w.end {
        match w.at(i) {
            b if b == quote => {
                return Some(Literal {
                    inner: from..i,
                    next: i + 1,
                    open: false,
                });
            }
            b'\\' => i += 2,
            b'\n' | b'\r' => return None,
            _ => i += 1,
        }
    }
    Some(Literal {
        inner: from..w.end,
        next: w.end,
        open: true,
    })
}

fn escaped(w: &Window<'_>, from: usize, quote: u8, backslashes: usize) -> Option<Literal> {
    let mut i = from;
    while i < w.end {
        match w.at(i) {
            b'\\' => {
                let run = w.skip(i, 16, |b| b == b'\\') - i;
                if run == backslashes && w.at(i + run) == quote {
                    return Some(Literal {
                        inner: from..i,
                        next: i + run + 1,
                        open: false,
                    });
                }
                i += run + 1;
            }
            b if b == quote || b == b'\n' || b == b'\r' => return None,
            _ => i += 1,
        }
    }
    Some(Literal {
        inner: from..w.end,
        next: w.end,
        open: true,
    })
}

fn until(w: &Window<'_>, from: usize, end: &[u8]) -> Option<Literal> {
    let mut i = from;
    while i < w.end {
        if w.starts(i, end) {
            return Some(Literal {
                inner: from..i,
                next: i + end.len(),
                open: false,
            });
        }
        if matches!(w.at(i), b'\n' | b'\r') {
            return None;
        }
        i += 1;
    }
    Some(Literal {
        inner: from..w.end,
        next: w.end,
        open: true,
    })
}
