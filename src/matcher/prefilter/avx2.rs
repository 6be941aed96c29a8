//! The AVX2 classifier, used where the processor has it. Unsafe: intrinsics need a processor that has
//! them, and 32-byte loads need 32 readable bytes.
#![allow(unsafe_code)]

use super::Masks;
use super::stems::Filter;

/// Whether this processor can run [`classify`]'s fast path.
pub(super) fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// As [`super::scalar::classify`].
pub(super) fn classify(bytes: &[u8], length: usize, filter: &Filter, out: &mut Masks) {
    #[cfg(target_arch = "x86_64")]
    if available() {
        // SAFETY: the processor has AVX2, as was just asked.
        unsafe { x86::classify(bytes, length, filter, out) };
        return;
    }
    super::scalar::classify(bytes, length, filter, out);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_andnot_si256,
        _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
        _mm256_srli_epi16,
    };

    use super::super::{Masks, WORDS};
    use super::Filter;

    /// 64 bytes and the three behind them, rounded up to whole loads.
    const BLOCK: usize = 64 + 32;

    // A byte is a token character if the flags of its two nibbles share a bit:
    // 1: high nibble 3, low 0-9; 2: high 4 or 6, low 1-15; 4: high 5 or 7, low 0-10;
    // 8: '-' (2, 13); 16: '_' (5, 15). Flag 32 marks '+' (2, 11) and '/' (2, 15), which only join runs.
    const LOW: [u8; 16] = [5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 34, 2, 10, 2, 50];
    const HIGH: [u8; 16] = [0, 0, 40, 1, 2, 20, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0];

    /// What the two sets of buckets allow at one of the four positions.
    struct Position {
        low: [__m256i; 2],
        high: [__m256i; 2],
    }

    struct Tables {
        low: __m256i,
        high: __m256i,
        positions: [Position; 4],
        nibble: __m256i,
        joining: __m256i,
    }

    #[target_feature(enable = "avx2")]
    fn twice(table: &[u8; 16]) -> __m256i {
        // SAFETY: the array holds the 16 bytes that are read.
        let half = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
        _mm256_broadcastsi128_si256(half)
    }

    #[target_feature(enable = "avx2")]
    fn position(filter: &Filter, at: usize) -> Position {
        let [one, two] = filter;
        Position {
            low: [twice(&one.low[at]), twice(&two.low[at])],
            high: [twice(&one.high[at]), twice(&two.high[at])],
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn classify(bytes: &[u8], length: usize, filter: &Filter, out: &mut Masks) {
        assert!(length <= 64 * WORDS && length <= bytes.len());
        let tables = Tables {
            low: twice(&LOW),
            high: twice(&HIGH),
            positions: [
                position(filter, 0),
                position(filter, 1),
                position(filter, 2),
                position(filter, 3),
            ],
            nibble: _mm256_set1_epi8(15),
            joining: _mm256_set1_epi8(32),
        };
        let words = length.div_ceil(64);
        for word in 0..words {
            let start = 64 * word;
            let mut padded = [0; BLOCK];
            let block = match bytes[start..].first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    let rest = &bytes[start..];
                    padded[..rest.len()].copy_from_slice(rest);
                    &padded
                }
            };
            let masks = block_masks(block, &tables);
            let valid = length - start;
            let keep = if valid >= 64 {
                u64::MAX
            } else {
                (1 << valid) - 1
            };
            out.tokens[word] = masks.tokens & keep;
            out.wide[word] = masks.wide & keep;
            out.stems[word] = masks.stems & keep;
        }
    }

    /// One bit a byte of a block.
    struct Block {
        tokens: u64,
        wide: u64,
        stems: u64,
    }

    /// Both halves of a block side by side, so that each table is loaded once. Plain code without
    /// arrays of masks and closures: those made the compiler take the masks apart bit by bit.
    #[target_feature(enable = "avx2")]
    fn block_masks(block: &[u8; BLOCK], tables: &Tables) -> Block {
        let (low, high) = split(block, 0, tables.nibble);
        let (low2, high2) = split(block, 32, tables.nibble);
        let flags = pass(tables.low, tables.high, low, high);
        let flags2 = pass(tables.low, tables.high, low2, high2);
        let [first, second, third, fourth] = &tables.positions;
        let mut one = pass(first.low[0], first.high[0], low, high);
        let mut two = pass(first.low[1], first.high[1], low, high);
        let mut one2 = pass(first.low[0], first.high[0], low2, high2);
        let mut two2 = pass(first.low[1], first.high[1], low2, high2);
        for (at, position) in [(1, second), (2, third), (3, fourth)] {
            let (low, high) = split(block, at, tables.nibble);
            let (low2, high2) = split(block, 32 + at, tables.nibble);
            one = _mm256_and_si256(one, pass(position.low[0], position.high[0], low, high));
            two = _mm256_and_si256(two, pass(position.low[1], position.high[1], low, high));
            one2 = _mm256_and_si256(one2, pass(position.low[0], position.high[0], low2, high2));
            two2 = _mm256_and_si256(two2, pass(position.low[1], position.high[1], low2, high2));
        }
        let token = _mm256_andnot_si256(tables.joining, flags);
        let token2 = _mm256_andnot_si256(tables.joining, flags2);
        Block {
            tokens: nonzero(token, token2),
            wide: nonzero(flags, flags2),
            stems: nonzero(_mm256_or_si256(one, two), _mm256_or_si256(one2, two2)),
        }
    }

    /// What both tables allow of each byte.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn pass(low_table: __m256i, high_table: __m256i, low: __m256i, high: __m256i) -> __m256i {
        _mm256_and_si256(
            _mm256_shuffle_epi8(low_table, low),
            _mm256_shuffle_epi8(high_table, high),
        )
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn split(block: &[u8; BLOCK], at: usize, nibble: __m256i) -> (__m256i, __m256i) {
        assert!(at + 32 <= BLOCK);
        // SAFETY: 32 bytes from `at` lie in the block, as was just asserted.
        let text = unsafe { _mm256_loadu_si256(block.as_ptr().add(at).cast()) };
        let low = _mm256_and_si256(text, nibble);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(text), nibble);
        (low, high)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn nonzero(first: __m256i, second: __m256i) -> u64 {
        let zero = _mm256_setzero_si256();
        let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(first, zero)).cast_unsigned();
        let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(second, zero)).cast_unsigned();
        !(u64::from(low) | u64::from(high) << 32)
    }
}
