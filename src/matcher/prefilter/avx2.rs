//! The AVX2 classifier, used where the processor has it. The only unsafe code of the matcher:
//! intrinsics need a processor that has them, and 32-byte loads need 32 readable bytes.
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

    use super::super::stems::Nibbles;
    use super::super::{Masks, WORDS};
    use super::Filter;

    /// 64 bytes and the three behind them, rounded up to whole loads.
    const BLOCK: usize = 64 + 32;

    // A byte is a token character if the flags of its two nibbles share a bit:
    // 1: high nibble 3, low 0-9; 2: high 4 or 6, low 1-15; 4: high 5 or 7, low 0-10;
    // 8: '-' (2, 13); 16: '_' (5, 15). Flag 32 marks '+' (2, 11) and '/' (2, 15), which only join runs.
    const LOW: [u8; 16] = [5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 34, 2, 10, 2, 50];
    const HIGH: [u8; 16] = [0, 0, 40, 1, 2, 20, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0];

    struct StemTables {
        low: [__m256i; 4],
        high: [__m256i; 4],
    }

    struct Tables {
        low: __m256i,
        high: __m256i,
        stems: [StemTables; 2],
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
    fn stem_tables(nibbles: &Nibbles) -> StemTables {
        let [l0, l1, l2, l3] = &nibbles.low;
        let [h0, h1, h2, h3] = &nibbles.high;
        StemTables {
            low: [twice(l0), twice(l1), twice(l2), twice(l3)],
            high: [twice(h0), twice(h1), twice(h2), twice(h3)],
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn classify(bytes: &[u8], length: usize, filter: &Filter, out: &mut Masks) {
        assert!(length <= 64 * WORDS && length <= bytes.len());
        let tables = Tables {
            low: twice(&LOW),
            high: twice(&HIGH),
            stems: [stem_tables(&filter[0]), stem_tables(&filter[1])],
            nibble: _mm256_set1_epi8(15),
            joining: _mm256_set1_epi8(32),
        };
        let words = length.div_ceil(64);
        for word in 0..words {
            let start = 64 * word;
            let [tokens, wide, stems] = match bytes[start..].first_chunk::<BLOCK>() {
                Some(block) => block_masks(block, &tables),
                None => {
                    let mut padded = [0; BLOCK];
                    let rest = &bytes[start..];
                    padded[..rest.len()].copy_from_slice(rest);
                    block_masks(&padded, &tables)
                }
            };
            let valid = length - start;
            let keep = if valid >= 64 {
                u64::MAX
            } else {
                (1 << valid) - 1
            };
            out.tokens[word] = tokens & keep;
            out.wide[word] = wide & keep;
            out.stems[word] = stems & keep;
        }
    }

    #[target_feature(enable = "avx2")]
    fn block_masks(block: &[u8; BLOCK], tables: &Tables) -> [u64; 3] {
        let low = half_masks(block, 0, tables);
        let high = half_masks(block, 32, tables);
        [0, 1, 2].map(|at| u64::from(low[at]) | u64::from(high[at]) << 32)
    }

    #[target_feature(enable = "avx2")]
    fn half_masks(block: &[u8; BLOCK], at: usize, tables: &Tables) -> [u32; 3] {
        let (low, high) = split(block, at, tables.nibble);
        let flags = _mm256_and_si256(
            _mm256_shuffle_epi8(tables.low, low),
            _mm256_shuffle_epi8(tables.high, high),
        );
        let [first, second] = &tables.stems;
        let (mut one, mut two) = (pass(first, 0, low, high), pass(second, 0, low, high));
        for position in 1..4 {
            let (low, high) = split(block, at + position, tables.nibble);
            one = _mm256_and_si256(one, pass(first, position, low, high));
            two = _mm256_and_si256(two, pass(second, position, low, high));
        }
        let stem = _mm256_or_si256(one, two);
        let token = _mm256_andnot_si256(tables.joining, flags);
        [nonzero(token), nonzero(flags), nonzero(stem)]
    }

    /// The buckets that allow each byte at a position.
    #[target_feature(enable = "avx2")]
    fn pass(tables: &StemTables, position: usize, low: __m256i, high: __m256i) -> __m256i {
        _mm256_and_si256(
            _mm256_shuffle_epi8(tables.low[position], low),
            _mm256_shuffle_epi8(tables.high[position], high),
        )
    }

    #[target_feature(enable = "avx2")]
    fn split(block: &[u8; BLOCK], at: usize, nibble: __m256i) -> (__m256i, __m256i) {
        assert!(at + 32 <= BLOCK);
        // SAFETY: 32 bytes from `at` lie in the block, as was just asserted.
        let text = unsafe { _mm256_loadu_si256(block.as_ptr().add(at).cast()) };
        let low = _mm256_and_si256(text, nibble);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(text), nibble);
        (low, high)
    }

    #[target_feature(enable = "avx2")]
    fn nonzero(flags: __m256i) -> u32 {
        let zero = _mm256_cmpeq_epi8(flags, _mm256_setzero_si256());
        !_mm256_movemask_epi8(zero).cast_unsigned()
    }
}
