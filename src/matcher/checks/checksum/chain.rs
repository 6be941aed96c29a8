//! Base58Check, Bech32 and NATS nkeys: encodings that carry their checksum with them.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// A Bitcoin private key in wallet import format.
pub(super) fn wif(value: &[u8]) -> Option<bool> {
    let Some(text) = base58_check(value) else {
        return Some(false);
    };
    let form = text.len() == 33 || (text.len() == 34 && text[33] == 1);
    Some(form && matches!(text[0], 0x80 | 0xef))
}

/// A Bitcoin address: the hash of a public key (version 0) or of a script (5).
pub(in crate::matcher) fn is_account(value: &[u8]) -> bool {
    let begins = matches!(value.first(), Some(b'1' | b'3')) && (26..=35).contains(&value.len());
    let text = begins.then(|| base58_check(value)).flatten();
    text.is_some_and(|text| text.len() == 21 && matches!(text[0], 0 | 5))
}

/// The bytes in front of a right checksum.
fn base58_check(value: &[u8]) -> Option<Vec<u8>> {
    const LONGEST: usize = 64;
    let mut bytes = (value.len() <= LONGEST).then(|| base58(value))??;
    let sum = bytes.split_off(bytes.len().checked_sub(4)?);
    let digest = Sha256::digest(Sha256::digest(&bytes));
    (!bytes.is_empty() && digest[..4] == *sum).then_some(bytes)
}

fn base58(value: &[u8]) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::with_capacity(40);
    for byte in value {
        let digit = BASE58.iter().position(|b| b == byte)?;
        let mut carry = u32::try_from(digit).ok()?;
        for place in &mut bytes {
            carry += u32::from(*place) * 58;
            *place = (carry & 0xff).try_into().ok()?;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff).try_into().ok()?);
            carry >>= 8;
        }
    }
    let zeros = value.iter().take_while(|b| **b == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

/// A mnemonic of English words; the last bits are a hash of the others.
pub(super) fn bip39(value: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(value).to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|w| !w.is_empty())
        .collect();
    let phrase = words.join(" ");
    Some(bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &phrase).is_ok())
}

/// `AGE-SECRET-KEY-1…`: Bech32 with that human-readable part.
pub(super) fn age(value: &[u8]) -> Option<bool> {
    let lower = value.to_ascii_lowercase();
    let at = lower.iter().rposition(|b| *b == b'1')?;
    let (name, data) = (&lower[..at], &lower[at + 1..]);
    let mut sum = 1;
    name.iter().for_each(|b| step(&mut sum, u32::from(b >> 5)));
    step(&mut sum, 0);
    name.iter().for_each(|b| step(&mut sum, u32::from(b & 31)));
    for byte in data {
        let digit = BECH32.iter().position(|b| b == byte)?;
        step(&mut sum, u32::try_from(digit).ok()?);
    }
    Some(sum == 1)
}

fn step(sum: &mut u32, digit: u32) {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = *sum >> 25;
    *sum = (*sum & 0x01ff_ffff) << 5 ^ digit;
    for (bit, part) in GENERATOR.iter().enumerate() {
        if top >> bit & 1 == 1 {
            *sum ^= part;
        }
    }
}

/// A NATS seed or private key: base32 whose last two bytes are CRC16 of the others.
pub(super) fn nkey(value: &[u8]) -> Option<bool> {
    let Some(bytes) = super::plain::base32(value) else {
        return Some(false);
    };
    let (text, sum) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
    let mut crc = 0_u16;
    for byte in text {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 {
                crc << 1 ^ 0x1021
            } else {
                crc << 1
            };
        }
    }
    Some(crc.to_le_bytes() == sum)
}

#[cfg(test)]
mod tests {
    use super::super::verify;

    #[test]
    fn worked_examples() {
        let wif = b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
        assert_eq!(verify("wif", wif), Some(true));
        assert_eq!(
            verify(
                "wif",
                b"KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617"
            ),
            Some(true)
        );
        assert_eq!(
            verify(
                "wif",
                b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK"
            ),
            Some(false)
        );
        assert_eq!(verify("wif", b""), Some(false));
    }

    #[test]
    fn a_mnemonic_has_a_right_last_word() {
        // The all-zero entropy of the standard's first test vector.
        let phrase = format!("{}about", "abandon ".repeat(11));
        assert_eq!(verify("bip39", phrase.as_bytes()), Some(true));
        assert_eq!(
            verify("bip39", phrase.replace("about", "above").as_bytes()),
            Some(false)
        );
        assert_eq!(
            verify("bip39", b"twelve words that are no mnemonic at all"),
            Some(false)
        );
    }

    #[test]
    fn bech32_of_the_standard() {
        // From BIP-173: valid strings of any human-readable part.
        assert_eq!(verify("age-bech32", b"A12UEL5L"), Some(true));
        assert_eq!(
            verify(
                "age-bech32",
                b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
            ),
            Some(true)
        );
        assert_eq!(
            verify(
                "age-bech32",
                b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxq"
            ),
            Some(false)
        );
    }

    #[test]
    fn nkeys_by_construction() {
        // 0x90 << 8 is the prefix of an nkey seed of a user; the CRC is XMODEM's.
        let body = [0x95_u8, 0x40]
            .iter()
            .copied()
            .chain(1..=32)
            .collect::<Vec<u8>>();
        let mut crc = 0_u32;
        for byte in &body {
            crc ^= u32::from(*byte) << 8;
            for _ in 0..8 {
                crc = if crc & 0x8000 != 0 {
                    (crc << 1 ^ 0x1021) & 0xffff
                } else {
                    crc << 1 & 0xffff
                };
            }
        }
        let mut bytes = body;
        bytes.extend(u16::try_from(crc).unwrap().to_le_bytes());
        let text = encode(&bytes);
        assert_eq!(verify("nats-nkey", text.as_bytes()), Some(true));
        assert_eq!(
            verify("nats-nkey", text.replacen('A', "B", 1).as_bytes()),
            Some(false)
        );
    }

    fn encode(bytes: &[u8]) -> String {
        let bits = bytes
            .iter()
            .flat_map(|b| (0..8).rev().map(move |i| b >> i & 1))
            .collect::<Vec<_>>();
        let letter = |five: &[u8]| {
            let value = five.iter().fold(0, |v, b| v << 1 | b) << (5 - five.len());
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)])
        };
        bits.chunks(5).map(letter).collect()
    }
}
