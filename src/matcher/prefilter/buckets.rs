//! Buckets: which stems share one, so that few bytes of ordinary text pass the filter. Measured on
//! source code with 79 stems: 14 in 100 bytes pass when neighbours are lumped evenly, 3 when they
//! are divided as here.

use super::stems::nibbles;

/// Two sets of eight.
pub(super) const BUCKETS: usize = 16;

/// Divides sorted stems into at most [`BUCKETS`] stretches of least expected passes; tells the
/// bucket of each.
pub(super) fn divide(sorted: &[&[u8]]) -> Vec<usize> {
    let masks: Vec<[Mask; 4]> = sorted.iter().map(|stem| masks(stem)).collect();
    let costs: Vec<Vec<f32>> = (0..masks.len())
        .map(|from| costs_from(&masks[from..]))
        .collect();
    // best[n]: the least cost of the first n stems in the buckets so far.
    let mut best = vec![f32::MAX; sorted.len() + 1];
    best[0] = 0.0;
    let mut cuts: Vec<Vec<usize>> = Vec::new();
    for _ in 0..BUCKETS {
        let mut next = best.clone();
        let mut cut: Vec<usize> = (0..=sorted.len()).collect();
        for (from, costs) in costs.iter().enumerate() {
            for (length, cost) in costs.iter().enumerate() {
                let (to, sum) = (from + length + 1, best[from] + cost);
                if sum < next[to] {
                    next[to] = sum;
                    cut[to] = from;
                }
            }
        }
        best = next;
        cuts.push(cut);
    }
    let mut buckets = vec![0; sorted.len()];
    let mut to = sorted.len();
    for (bucket, cut) in cuts.iter().enumerate().rev() {
        buckets[cut[to]..to].fill(bucket);
        to = cut[to];
    }
    buckets
}

/// Low and high nibbles that are allowed, one bit each.
type Mask = (u16, u16);

/// More stems than this never share a bucket with profit.
const MOST: usize = 16;

fn masks(stem: &[u8]) -> [Mask; 4] {
    [0, 1, 2, 3].map(|position| nibbles(stem.get(position)))
}

/// What a bucket of the first stem costs, of the first two, and so on.
fn costs_from(stems: &[[Mask; 4]]) -> Vec<f32> {
    let mut all = [(0, 0); 4];
    let cost = |stem: &[Mask; 4]| {
        for (sum, mask) in all.iter_mut().zip(stem) {
            *sum = (sum.0 | mask.0, sum.1 | mask.1);
        }
        all.iter().map(|(low, high)| share(*low, *high)).product()
    };
    stems.iter().take(MOST).map(cost).collect()
}

/// Parts of words that source code is full of, far more often than their letters let expect, or that
/// share a bucket with such; measured on 30 MB of it. Without the second half a third more bytes of six
/// trees pass the filter, half of them lines of hyphens.
const EVERYDAY: [&[u8; 4]; 24] = [
    b"----", b".com", b"auth", b"chtw", b"clav", b"cont", b"cure", b"d by", b"ect(", b"ecur",
    b"enha", b"fied", b"ion(", b"l_us", b"mark", b"nd-l", b"nd_l", b"oken", b"ontr", b"ord=",
    b"ostm", b"ring", b"wach", b"word",
];

/// The share of places where these four bytes are to be expected, in any case, as if each byte came
/// by itself; more for those known to be common.
pub(super) fn expected(bytes: &[u8]) -> f32 {
    let everyday = |common: &&[u8; 4]| {
        bytes
            .first_chunk()
            .is_some_and(|four: &[u8; 4]| four.eq_ignore_ascii_case(*common))
    };
    if EVERYDAY.iter().any(everyday) {
        return 1.0;
    }
    let weight = |byte: &u8| f32::from(WEIGHTS[usize::from(byte.to_ascii_lowercase())]);
    let shares = bytes.iter().take(4).map(|byte| weight(byte) / TOTAL as f32);
    shares.product()
}

/// The share of text bytes whose nibbles are allowed.
fn share(low: u16, high: u16) -> f32 {
    if (low, high) == (u16::MAX, u16::MAX) {
        return 1.0;
    }
    let row = |high: usize| {
        let [first, second] = &ROWS[high];
        u32::from(first[usize::from(low & 0xff)] + second[usize::from(low >> 8)])
    };
    let allowed = (0..16).filter(|bit| high >> bit & 1 == 1);
    let weight: u32 = allowed.map(row).sum();
    weight as f32 / TOTAL as f32
}

/// For each high nibble what the bytes weigh whose low nibbles a mask allows: by the mask's lower
/// eight bits, and by its upper ones.
static ROWS: [[[u16; 256]; 2]; 16] = {
    let mut rows = [[[0; 256]; 2]; 16];
    let mut at = 0;
    while at < 16 * 256 {
        let (high, mask) = (at >> 8, at & 0xff);
        let mut low = 0;
        while low < 8 {
            if mask >> low & 1 == 1 {
                rows[high][0][mask] += WEIGHTS[high << 4 | low];
                rows[high][1][mask] += WEIGHTS[high << 4 | 8 | low];
            }
            low += 1;
        }
        at += 1;
    }
    rows
};

/// The same of the small letters.
const LETTERS: [u16; 26] = [
    45, 10, 26, 24, 75, 17, 14, 18, 46, 3, 8, 29, 19, 45, 42, 22, 2, 46, 48, 60, 21, 9, 8, 6, 11, 2,
];

/// Roughly how frequent each byte is in source code.
const WEIGHTS: [u16; 256] = {
    let mut weights = [1; 256];
    let mut byte = 0;
    while byte < 128 {
        weights[byte] = match byte {
            0x20 => 160,
            0x0a => 30,
            0x61..=0x7a => LETTERS[byte - 0x61],
            0x30..=0x39 | 0x41..=0x5a => 8,
            0x21..=0x7e => 6,
            _ => 1,
        };
        byte += 1;
    }
    weights
};

const TOTAL: u32 = {
    let mut total = 0;
    let mut byte = 0;
    while byte < 256 {
        total += WEIGHTS[byte] as u32;
        byte += 1;
    }
    total
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_weight_of_the_bytes_that_are_allowed() {
        for (low, high) in [(0, 1), (1, 0x40), (0x8421, 0x5aa5), (0xffff, 0x00f0)] {
            let allowed = (0..256).filter(|byte| high >> (byte >> 4) & low >> (byte & 15) & 1 == 1);
            let weight: u32 = allowed.map(|byte| u32::from(WEIGHTS[byte])).sum();
            let (low, high) = (low as u16, high as u16);
            assert!((share(low, high) - weight as f32 / TOTAL as f32).abs() < 1e-6);
        }
    }

    #[test]
    fn every_stem_has_a_bucket_and_order_is_kept() {
        let words: Vec<Vec<u8>> = (0..60_u8)
            .map(|n| vec![b'a' + n % 26, b'a' + n / 26, b'x', b'y'])
            .collect();
        let mut stems: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        stems.sort_unstable();
        let buckets = divide(&stems);
        assert_eq!(buckets.len(), 60);
        assert!(buckets.is_sorted() && buckets.iter().all(|bucket| *bucket < BUCKETS));
        assert!(divide(&[]).is_empty());
        assert_eq!(divide(&stems[..1]).len(), 1);
    }
}
