//! Cut: where the words of a text begin and end, 64 bytes at a time. What they mean is the business
//! of `words`. Unsafe is one call here: intrinsics ask for a processor that has SSE2, and every 64-bit
//! one of this kind does.
#![allow(unsafe_code)]

/// What the bytes of a block are, one bit a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// Letters, digits and what is beyond ASCII, which has no case, as digits have none.
    word: u64,
    pub(super) upper: u64,
    pub(super) lower: u64,
    pub(super) digits: u64,
    /// What ends a word but not a row of words.
    gaps: u64,
}

/// A block of text; behind its end stand zeros, which belong to no word.
pub(super) fn block(text: &[u8]) -> [u8; 64] {
    match text.first_chunk() {
        Some(block) => *block,
        None => {
            let mut block = [0; 64];
            block[..text.len()].copy_from_slice(text);
            block
        }
    }
}

/// Sorts the bytes of a block.
#[inline]
pub(super) fn classes(block: &[u8; 64]) -> Classes {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        sse2(block)
    }
    #[cfg(not(target_arch = "x86_64"))]
    plain(block)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn sse2(block: &[u8; 64]) -> Classes {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi8, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_cmpgt_epi8,
        _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_slli_epi16,
    };
    // All bytes from `first` on, `count` of them: as signed numbers the lowest, after a shift.
    let within = |text: __m128i, first: u8, count: i8| {
        let shift = 0x80_u8.wrapping_sub(first).cast_signed();
        let shifted = _mm_add_epi8(text, _mm_set1_epi8(shift));
        _mm_cmpgt_epi8(_mm_set1_epi8(i8::MIN + count), shifted)
    };
    let mask = |text: __m128i| u64::from(_mm_movemask_epi8(text).cast_unsigned());
    let mut all = Classes::default();
    let (parts, _) = block.as_chunks::<16>();
    for (shift, part) in (0..64).step_by(16).zip(parts) {
        let (eights, _) = part.as_chunks::<8>();
        let eight = |at: usize| i64::from_le_bytes(eights[at]);
        let text = _mm_set_epi64x(eight(1), eight(0));
        let is = |byte: u8| _mm_cmpeq_epi8(text, _mm_set1_epi8(byte.cast_signed()));
        let letters = within(_mm_or_si128(text, _mm_set1_epi8(0x20)), b'a', 26);
        let digits = within(text, b'0', 10);
        // The bit that tells small letters from capitals, moved to where masks are taken.
        let small = _mm_slli_epi16::<2>(text);
        // `-`, `.` and `/` stand side by side.
        let gaps = _mm_or_si128(
            _mm_or_si128(is(b' '), is(b'_')),
            _mm_or_si128(is(b':'), within(text, b'-', 3)),
        );
        let word = _mm_or_si128(_mm_or_si128(letters, digits), text);
        all.word |= mask(word) << shift;
        all.upper |= mask(_mm_andnot_si128(small, letters)) << shift;
        all.lower |= mask(_mm_and_si128(small, letters)) << shift;
        all.digits |= mask(digits) << shift;
        all.gaps |= mask(gaps) << shift;
    }
    all
}

/// What [`classes`] says, byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain(block: &[u8; 64]) -> Classes {
    let all = |holds: fn(u8) -> bool| {
        let bits = block.iter().rev();
        bits.fold(0, |mask, byte| mask << 1 | u64::from(holds(*byte)))
    };
    Classes {
        upper: all(|b| b.is_ascii_uppercase()),
        lower: all(|b| b.is_ascii_lowercase()),
        digits: all(|b| b.is_ascii_digit()),
        word: all(|b| b.is_ascii_alphanumeric() || !b.is_ascii()),
        gaps: all(|b| b" _:-./".contains(&b)),
    }
}

/// Tells of each word of `text` where it begins and ends, and whether it goes on the row of words
/// before it: nothing but gaps stand between. A word ends at a separator and where case changes as
/// in camelCase, not at digits.
#[inline]
pub(super) fn cut(text: &[u8], mut tell: impl FnMut(usize, usize, bool)) {
    // The word that goes on from block to block.
    let mut begun: Option<usize> = None;
    let (mut word_before, mut upper_before, mut lower_before) = (0, 0, 0);
    // Nothing but gaps stand since the last word.
    let mut joined = false;
    // A last block, perhaps of nothing, ends what is begun.
    for base in (0..=text.len()).step_by(64) {
        let rest = &text[base..];
        if rest.is_empty() && begun.is_none() {
            break;
        }
        let Classes {
            word,
            upper,
            lower,
            gaps,
            ..
        } = match rest.first_chunk() {
            Some(block) => classes(block),
            None => classes(&block(rest)),
        };
        let lower_next = rest.get(64).is_some_and(u8::is_ascii_lowercase);
        let small_behind = lower >> 1 | u64::from(lower_next) << 63;
        let camel =
            upper & (lower << 1 | lower_before | (upper << 1 | upper_before) & small_behind);
        let behind_word = word << 1 | word_before;
        let mut begins = word & (!behind_word | camel);
        let ends = begins | !word;
        let walls = !(word | gaps);
        (word_before, upper_before, lower_before) = (word >> 63, upper >> 63, lower >> 63);
        // What stands in this block since the last word ended.
        let mut between = u64::MAX;
        // One place tells, so that what is done with a word is done here and not in a call.
        loop {
            let (start, behind) = match begun.take() {
                Some(start) => (start, ends),
                None if begins == 0 => break,
                None => {
                    let bit = begins & begins.wrapping_neg();
                    let start = base + begins.trailing_zeros() as usize;
                    joined &= walls & between & (bit - 1) == 0;
                    begins &= begins - 1;
                    (start, ends & !(bit - 1) & !bit)
                }
            };
            if behind == 0 {
                begun = Some(start);
                break;
            }
            let end = behind.trailing_zeros();
            tell(start, base + end as usize, joined);
            (between, joined) = (u64::MAX << end, true);
        }
        if begun.is_none() {
            joined &= walls & between == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`cut`] says, word by word.
    fn slowly(text: &[u8]) -> Vec<(usize, usize, bool)> {
        let is_word = |b: u8| b.is_ascii_alphanumeric() || !b.is_ascii();
        let (mut all, mut at, mut joined) = (Vec::new(), 0, false);
        while at < text.len() {
            if !is_word(text[at]) {
                joined &= b" _:-./".contains(&text[at]);
                at += 1;
                continue;
            }
            let camel = |at: usize| {
                let small = |at: usize| text.get(at).is_some_and(u8::is_ascii_lowercase);
                let capital = text[at - 1].is_ascii_uppercase() && small(at + 1);
                text[at].is_ascii_uppercase() && (small(at - 1) || capital)
            };
            let ends = |end: &usize| *end == text.len() || !is_word(text[*end]) || camel(*end);
            let end = (at + 1..).find(ends).expect("the text ends");
            all.push((at, end, joined));
            (at, joined) = (end, true);
        }
        all
    }

    #[test]
    fn words_are_cut_as_one_by_one() {
        let alphabets: [&[u8]; 5] = [
            b"aB",
            b"abC1_ ",
            b"aBc\xc3\xa9-./:;=\"",
            b"aaaaaaaaaaaB.",
            b"a",
        ];
        let mut state = 7_u64;
        for round in 0..400 {
            let alphabet = alphabets[round % alphabets.len()];
            let text: Vec<u8> = (0..round % 201)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    alphabet[(state >> 33) as usize % alphabet.len()]
                })
                .collect();
            let mut told = Vec::new();
            cut(&text, |start, end, joins| told.push((start, end, joins)));
            assert_eq!(told, slowly(&text), "{:?}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn every_byte_has_its_class() {
        for first in (0..=255).step_by(64) {
            let bytes: Vec<u8> = (first..=u8::MAX).take(64).collect();
            assert_eq!(classes(&block(&bytes)), plain(&block(&bytes)));
        }
    }
}
