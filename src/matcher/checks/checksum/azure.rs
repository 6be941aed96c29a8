//! Azure: identifiable keys end in Marvin32 of what comes before; legacy DevOps tokens scatter a CRC32.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Seeds are eight ASCII characters; only the default one is tried, so a mismatch proves nothing
/// for services with a seed of their own.
const SEEDS: &[&[u8; 8]] = &[b"Default0"];

/// Keys whose seed is known to be the default one: a mismatch there means a wrong key.
const DEFAULT_SEEDED: &[u8] = b"+ASt";

/// Base64 of bytes whose last four are Marvin32 of the others.
pub(super) fn marvin(value: &[u8]) -> Option<bool> {
    let bytes = STANDARD.decode(value).ok()?;
    let (text, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    let right = SEEDS
        .iter()
        .any(|seed| marvin32(u64::from_be_bytes(**seed), text).to_le_bytes() == sum);
    let sure = memchr::memmem::find(value, DEFAULT_SEEDED).is_some();
    (right || sure).then_some(right)
}

fn marvin32(seed: u64, bytes: &[u8]) -> u32 {
    let mut low = u32::try_from(seed & 0xffff_ffff).unwrap_or(0);
    let mut high = u32::try_from(seed >> 32).unwrap_or(0);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let blocks = bytes.chunks_exact(4);
    let rest = blocks.remainder();
    for block in blocks {
        mix(u32::from_le_bytes([block[0], block[1], block[2], block[3]]));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    mix(u32::from_le_bytes(last));
    mix(0)
}

/// 52 base32 characters: CRC32 over some of the 32 bytes, kept in four others.
pub(super) fn devops(value: &[u8]) -> Option<bool> {
    let bytes = super::plain::base32(value)?;
    if bytes.len() != 32 {
        return None;
    }
    let covered = |at: &usize| !matches!(at, 2 | 7 | 8 | 22);
    let text: Vec<u8> = (0..32).filter(covered).map(|at| bytes[at]).collect();
    let sum = u32::from_le_bytes([bytes[22], bytes[8], bytes[7], bytes[2]]);
    let crc = crc32fast::hash(&text);
    Some(sum == crc ^ 0xE0B9_692D || sum == crc ^ 0x1019_F92E)
}

#[cfg(test)]
mod tests {
    use super::super::verify;

    #[test]
    fn worked_examples() {
        let key = format!("{}+ASt5mnCaw==", "a".repeat(76));
        assert_eq!(verify("azure-marvin32", key.as_bytes()), Some(true));
        let fake = format!("{}RkZG+AStcVJ/Sw==", "RkZG".repeat(18));
        assert_eq!(verify("azure-marvin32", fake.as_bytes()), Some(true));
        let wrong = key.replace("5mnC", "5mnD");
        assert_eq!(verify("azure-marvin32", wrong.as_bytes()), Some(false));
        let pat = b"izqsozkgmfvtiw3bnnsumyllmvdgc23fizqqwzkgmfvwkrtbnmya";
        assert_eq!(verify("azure-devops-crc32", pat), Some(true));
        let mut wrong = *pat;
        wrong[0] = b'j';
        assert_eq!(verify("azure-devops-crc32", &wrong), Some(false));
    }
}
