//! The portable classifier: what `avx2` must agree with, bit for bit.

use super::stems::{Filter, Nibbles};
use super::{Masks, WORDS};

/// Classifies `bytes[..length]`; up to three bytes behind it are read for stems.
pub(super) fn classify(bytes: &[u8], length: usize, filter: &Filter, out: &mut Masks) {
    debug_assert!(length <= 64 * WORDS);
    for word in 0..length.div_ceil(64) {
        let start = 64 * word;
        let (mut tokens, mut wide, mut stems) = (0, 0, 0);
        for bit in 0..(length - start).min(64) {
            let at = start + bit;
            let byte = bytes[at];
            let token = TOKEN[usize::from(byte)];
            tokens |= u64::from(token) << bit;
            wide |= u64::from(token || byte == b'+' || byte == b'/') << bit;
            let passes = |nibbles: &Nibbles| {
                let buckets = (0..4).fold(0xff, |buckets, position| {
                    let byte = bytes.get(at + position).copied().unwrap_or(0);
                    buckets
                        & nibbles.low[position][usize::from(byte & 15)]
                        & nibbles.high[position][usize::from(byte >> 4)]
                });
                buckets != 0
            };
            stems |= u64::from(filter.iter().any(passes)) << bit;
        }
        out.tokens[word] = tokens;
        out.wide[word] = wide;
        out.stems[word] = stems;
    }
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        byte += 1;
    }
    table
};
