//! Kerberos keys: made from a password (RFC 3962) or read from a keytab, and what is encrypted with them (AES with
//! HMAC-SHA1, the only sorts that are spoken: weaker ones would hand out the password). Pure.

use std::num::NonZeroU32;

use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit, generic_array::GenericArray};
use ring::pbkdf2;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::super::encode::{from_base64, hmac_sha1};

/// AES-128 and AES-256 with HMAC-SHA1.
const AES: [(i64, usize); 2] = [(18, 32), (17, 16)];
const BLOCK: usize = 16;
const MAC: usize = 12;
/// A server that asks for less work wants the password guessed; one that asks for more wants this machine busy.
const ROUNDS: std::ops::RangeInclusive<u32> = 4096..=1 << 20;

/// A key of some sort.
pub(super) struct Key {
    /// Its number in the protocol.
    pub(super) sort: i64,
    bytes: Zeroizing<Vec<u8>>,
}

/// Every sort that is spoken, the best first.
pub(super) fn sorts() -> impl Iterator<Item = i64> {
    AES.iter().map(|(sort, _)| *sort)
}

impl Key {
    /// The key that a password stands for.
    pub(super) fn of_password(sort: i64, password: &str, salt: &[u8], rounds: u32) -> Option<Key> {
        let allowed = ROUNDS.contains(&rounds);
        allowed.then(|| stretched(sort, password, salt, rounds))?
    }

    /// The same key once more.
    pub(super) fn copied(&self) -> Key {
        Key {
            sort: self.sort,
            bytes: self.bytes.clone(),
        }
    }

    /// Encrypts for one use.
    pub(super) fn seal(&self, usage: u32, plain: &[u8]) -> Option<Vec<u8>> {
        let mut text = Zeroizing::new(vec![0; BLOCK]);
        SystemRandom::new().fill(&mut text).ok()?;
        text.extend(plain);
        let mac = hmac_sha1(self.derived(&constant(usage, 0x55)), &*text);
        let mut sealed = cipher(&self.derived(&constant(usage, 0xaa)), &text, true)?;
        sealed.extend(&mac[..MAC]);
        Some(sealed)
    }

    /// Whether something was encrypted with this key for this use.
    pub(super) fn opens(&self, usage: u32, sealed: &[u8]) -> bool {
        let Some(length) = sealed.len().checked_sub(MAC) else {
            return false;
        };
        let (text, mac) = sealed.split_at(length);
        let Some(plain) = cipher(&self.derived(&constant(usage, 0xaa)), text, false) else {
            return false;
        };
        let plain = Zeroizing::new(plain);
        hmac_sha1(self.derived(&constant(usage, 0x55)), &*plain)[..MAC] == *mac
    }

    fn derived(&self, constant: &[u8]) -> Zeroizing<Vec<u8>> {
        derived(&self.bytes, constant)
    }
}

/// PBKDF2, then what RFC 3961 makes of it.
fn stretched(sort: i64, password: &str, salt: &[u8], rounds: u32) -> Option<Key> {
    let (_, length) = AES.into_iter().find(|(known, _)| *known == sort)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    let rounds = NonZeroU32::new(rounds)?;
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA1,
        rounds,
        salt,
        password.as_bytes(),
        &mut bytes,
    );
    let bytes = derived(&bytes, b"kerberos");
    Some(Key { sort, bytes })
}

fn constant(usage: u32, last: u8) -> [u8; 5] {
    let [a, b, c, d] = usage.to_be_bytes();
    [a, b, c, d, last]
}

/// As many blocks as the key is long, each the encryption of the one before; the first is the folded constant.
fn derived(key: &[u8], constant: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(key.len() + BLOCK));
    let mut block = folded(constant, BLOCK);
    while out.len() < key.len() {
        // A single block is one block of the plain cipher. The key's length is one that AES knows.
        block = cipher(key, &block, true).unwrap_or(block);
        out.extend(&block);
    }
    out.truncate(key.len());
    out
}

/// n-fold of RFC 3961: the input, turned by 13 bits each time, added up in ones' complement.
fn folded(input: &[u8], length: usize) -> Vec<u8> {
    let (bits, size) = (input.len() * 8, input.len());
    let all = length * size / gcd(length, size);
    let mut out = vec![0_u8; length];
    let mut carry = 0_u32;
    for at in (0..all).rev() {
        let bit = ((bits - 1) + (bits + 13) * (at / size) + ((size - at % size) << 3)) % bits;
        let upper = u32::from(input[(2 * size - 1 - (bit >> 3)) % size]);
        let lower = u32::from(input[(2 * size - (bit >> 3)) % size]);
        carry += ((upper << 8 | lower) >> ((bit & 7) + 1)) & 0xff;
        carry += u32::from(out[at % length]);
        out[at % length] = u8::try_from(carry & 0xff).unwrap_or_default();
        carry >>= 8;
    }
    for byte in out.iter_mut().rev() {
        carry += u32::from(*byte);
        *byte = u8::try_from(carry & 0xff).unwrap_or_default();
        carry >>= 8;
    }
    out
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// AES in CBC mode from a zero vector, the last two blocks in the order of ciphertext stealing.
fn cipher(key: &[u8], text: &[u8], encrypt: bool) -> Option<Vec<u8>> {
    match key.len() {
        16 => steal(&aes::Aes128::new_from_slice(key).ok()?, text, encrypt),
        32 => steal(&aes::Aes256::new_from_slice(key).ok()?, text, encrypt),
        _ => None,
    }
}

fn steal<C: BlockEncrypt + BlockDecrypt>(
    cipher: &C,
    text: &[u8],
    encrypt: bool,
) -> Option<Vec<u8>> {
    let blocks = text.len().div_ceil(BLOCK);
    if text.len() < BLOCK {
        return None;
    }
    let one = |block: &mut [u8; BLOCK]| match encrypt {
        true => cipher.encrypt_block(GenericArray::from_mut_slice(block)),
        false => cipher.decrypt_block(GenericArray::from_mut_slice(block)),
    };
    let block = |at: usize| {
        let mut out = [0; BLOCK];
        let end = text.len().min((at + 1) * BLOCK);
        out[..end - at * BLOCK].copy_from_slice(&text[at * BLOCK..end]);
        out
    };
    let mix = |a: &mut [u8; BLOCK], b: &[u8; BLOCK]| a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    let mut out = Vec::with_capacity(text.len());
    let mut before = [0; BLOCK];
    if blocks == 1 {
        let mut only = block(0);
        one(&mut only);
        return Some(only.to_vec());
    }
    for at in 0..blocks - 2 {
        let theirs = block(at);
        let mut now = theirs;
        if encrypt {
            mix(&mut now, &before);
            one(&mut now);
            before = now;
        } else {
            one(&mut now);
            mix(&mut now, &before);
            before = theirs;
        }
        out.extend(now);
    }
    let left = text.len() - (blocks - 1) * BLOCK;
    let (mut first, mut last) = (block(blocks - 2), block(blocks - 1));
    if encrypt {
        mix(&mut first, &before);
        one(&mut first);
        mix(&mut last, &first);
        one(&mut last);
        out.extend(last);
        out.extend(&first[..left]);
    } else {
        one(&mut first);
        // What was cut off of the last block stands at the end of the one before.
        let mut whole = first;
        whole[..left].copy_from_slice(&last[..left]);
        mix(&mut first, &last);
        let tail = first[..left].to_vec();
        one(&mut whole);
        mix(&mut whole, &before);
        out.extend(whole);
        out.extend(tail);
    }
    Some(out)
}

/// Whose keys a keytab holds, and those of them that are spoken. The last principal counts.
pub(super) fn keytab(base64: &str) -> Option<(String, Vec<Key>)> {
    let bytes = Zeroizing::new(from_base64(base64)?);
    let mut rest = bytes.strip_prefix(&[5, 2])?;
    let (mut owner, mut keys) = (String::new(), Vec::new());
    while let Some((size, after)) = rest.split_at_checked(4) {
        let size = i32::from_be_bytes(size.try_into().ok()?);
        let length = usize::try_from(size.unsigned_abs()).ok()?;
        let (entry, after) = after.split_at_checked(length)?;
        rest = after;
        // A hole where a key was removed, or padding.
        if size == 0 {
            break;
        }
        if size < 0 {
            continue;
        }
        let (principal, key) = entry_of(entry)?;
        if owner != principal {
            keys.clear();
            owner = principal;
        }
        // A later one of the same sort is a newer one.
        if sorts().any(|sort| sort == key.sort) {
            keys.retain(|known: &Key| known.sort != key.sort);
            keys.push(key);
        }
    }
    (!owner.is_empty()).then_some((owner, keys))
}

fn entry_of(mut entry: &[u8]) -> Option<(String, Key)> {
    let number = |entry: &mut &[u8]| {
        let (two, rest) = entry.split_at_checked(2)?;
        *entry = rest;
        Some(usize::from(u16::from_be_bytes([two[0], two[1]])))
    };
    let counted = |entry: &mut &[u8]| {
        let length = number(entry)?;
        let (value, rest) = entry.split_at_checked(length)?;
        *entry = rest;
        Some(value.to_vec())
    };
    let parts = number(&mut entry)?;
    let realm = String::from_utf8(counted(&mut entry)?).ok()?;
    let mut names = Vec::new();
    for _ in 0..parts.min(16) {
        names.push(String::from_utf8(counted(&mut entry)?).ok()?);
    }
    // Sort of name, time, version.
    entry = entry.get(9..)?;
    let sort = i64::try_from(number(&mut entry)?).ok()?;
    let bytes = Zeroizing::new(counted(&mut entry)?);
    let sound = AES.contains(&(sort, bytes.len())) || !sorts().any(|known| known == sort);
    let principal = format!("{}@{realm}", names.join("/"));
    sound.then_some((principal, Key { sort, bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::encode::{base64, hex};

    #[test]
    fn the_vectors_of_rfc_3961_and_3962() {
        assert_eq!(hex(folded(b"012345", 8)), "be072631276b1955");
        assert_eq!(
            hex(folded(b"kerberos", 16)),
            "6b65726265726f737b9b5b2b93132b93"
        );
        let made = |sort, rounds| stretched(sort, "password", b"ATHENA.MIT.EDUraeburn", rounds);
        let said = |sort, rounds| made(sort, rounds).map(|key| hex(&*key.bytes));
        assert_eq!(
            said(17, 1).as_deref(),
            Some("42263c6e89f4fc28b8df68ee09799f15")
        );
        assert_eq!(
            said(18, 1).as_deref(),
            Some("fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161")
        );
        let chicken = b"chicken teriyaki";
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        let sealed = cipher(chicken, &text[..17], true).expect("a key of 16 bytes");
        assert_eq!(hex(&sealed), "c6353568f2bf8cb4d8a580362da7ff7f97");
        for length in [16, 17, 31, 32, 47, 48, 64] {
            let sealed = cipher(chicken, &text[..length], true).expect("a key of 16 bytes");
            let opened = cipher(chicken, &sealed, false).expect("a key of 16 bytes");
            assert_eq!(opened, &text[..length], "{length}");
        }
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_use_alone() {
        let key = stretched(18, "Tr0ub4dor", b"ACME.EXAMPLEweb", 4096).expect("a sort");
        let other = stretched(18, "Tr0ub4dos", b"ACME.EXAMPLEweb", 4096).expect("a sort");
        let sealed = key.seal(1, b"20260102030405Z").expect("random bytes");
        assert!(key.opens(1, &sealed));
        assert!(!key.opens(3, &sealed) && !other.opens(1, &sealed));
        assert!(!key.opens(1, &sealed[..20]) && !key.opens(1, b""));
        for rounds in [0, 1, 4095, u32::MAX] {
            assert!(Key::of_password(18, "x", b"", rounds).is_none(), "{rounds}");
        }
        assert!(Key::of_password(23, "x", b"", 4096).is_none());
    }

    #[test]
    fn a_keytab_tells_its_principal_and_keys() {
        let counted = |text: &[u8]| {
            [
                &u16::try_from(text.len()).expect("short").to_be_bytes(),
                text,
            ]
            .concat()
        };
        let entry = |sort: u16, key: &[u8]| {
            let mut one = [
                &[0, 2][..],
                &counted(b"ACME.EXAMPLE"),
                &counted(b"HTTP"),
                &counted(b"web"),
                &[0; 9],
            ]
            .concat();
            one.extend(sort.to_be_bytes());
            one.extend(counted(key));
            [
                &i32::try_from(one.len()).expect("short").to_be_bytes()[..],
                &one,
            ]
            .concat()
        };
        let hole = [&(-3_i32).to_be_bytes()[..], &[0; 3]].concat();
        let whole = [
            &[5, 2][..],
            &entry(18, &[7; 32]),
            &hole,
            &entry(23, &[1; 16]),
            &entry(17, &[8; 16]),
        ]
        .concat();
        let (owner, keys) = keytab(&base64(&whole)).expect("a keytab");
        assert_eq!(owner, "HTTP/web@ACME.EXAMPLE");
        assert_eq!(
            keys.iter().map(|key| key.sort).collect::<Vec<_>>(),
            [18, 17]
        );
        for broken in [&whole[..30], &[5, 1], &[5, 2], b""] {
            assert!(keytab(&base64(broken)).is_none());
        }
        assert!(keytab(&base64([&[5, 2][..], &entry(18, &[7; 3])].concat())).is_none());
    }
}
