//! Azure: identifiable keys end in Marvin32 of what comes before; legacy DevOps tokens scatter a CRC32.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What a service's keys hold, and the seeds that it uses: eight ASCII characters each. As far as
/// Microsoft's own generator of such keys says.
const SEEDS: &[(&[u8], &[&[u8; 8]])] = &[
    (b"+ASt", &[b"Default0"]),
    (b"+ABa", &[b"AbAcct00"]),
    (b"AzFu", &[b"Master00", b"System00", b"Functi00"]),
    (
        b"ACDb",
        &[
            b"SysAll00",
            b"Resour00",
            b"MastRO00",
            b"SystRO00",
            b"Encryp00",
            b"MastRW00",
            b"SystRW00",
        ],
    ),
    (b"AzCa", &[b"Access00"]),
    (b"AzSe", &[b"Query000", b"PAdmin00"]),
    (b"+AMC", &[b"Classic0"]),
    (b"+ACR", &[b"ACRDflt0"]),
    (b"AIoT", &[b"IoTHub00", b"DpsKey00", b"Device00"]),
    (
        b"APIM",
        &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"],
    ),
    (b"+ASb", MESSAGING),
    (b"+AEh", MESSAGING),
    (b"+ARm", MESSAGING),
];

const MESSAGING: &[&[u8; 8]] = &[
    b"System00",
    b"Unknown0",
    b"Send0000",
    b"Manage00",
    b"Listen00",
];

/// Keys that have one seed everywhere: a mismatch there means a wrong key. Elsewhere a service may
/// have got another seed since, so a mismatch says nothing.
const ONE_SEED: &[u8] = b"+ASt";

/// Base64 of bytes whose last four are Marvin32 of the others.
pub(super) fn marvin(value: &[u8]) -> Option<bool> {
    let signed = |(signature, _): &&(&[u8], _)| memchr::memmem::find(value, signature).is_some();
    let plain: Vec<u8> = value
        .trim_ascii_end()
        .iter()
        .filter(|b| **b != b'=')
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            b => *b,
        })
        .collect();
    let bytes = STANDARD_NO_PAD.decode(plain).ok()?;
    let (text, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    let holds = |seed: &[u8; 8]| marvin32(u64::from_be_bytes(*seed), text).to_le_bytes() == sum;
    let mut services = SEEDS.iter().filter(signed);
    let right = services.any(|(_, seeds)| seeds.iter().any(|seed| holds(seed)));
    let sure = memchr::memmem::find(value, ONE_SEED).is_some();
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

    #[test]
    fn every_service_has_seeds_of_its_own() {
        use super::*;
        for (signature, seeds) in SEEDS {
            for seed in *seeds {
                // 76 characters and a signature are 60 bytes; the checksum's four follow.
                let text = [b"a".repeat(76).as_slice(), signature].concat();
                let mut bytes = STANDARD_NO_PAD.decode(&text).unwrap();
                let sum = marvin32(u64::from_be_bytes(**seed), &bytes).to_le_bytes();
                bytes.extend(sum);
                let key = format!("{}==", STANDARD_NO_PAD.encode(&bytes));
                assert_eq!(
                    verify("azure-marvin32", key.as_bytes()),
                    Some(true),
                    "{key}"
                );
                let other = key.replacen("aaaa", "aaab", 1);
                assert_ne!(verify("azure-marvin32", other.as_bytes()), Some(true));
            }
        }
    }
}
