//! Fingerprint: the one identity of a secret for merging, baseline, ledger and reports.
//!
//! It is made from the kind and the value alone, so it stays the same when lines move, files are
//! renamed, commits are rebased or squashed, and on every machine. It does not depend on a
//! repository salt, because a report of one clone must be comparable with a baseline of another.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use sha2::{Digest, Sha256};

/// 128 bits, printed as 32 hexadecimal digits.
///
/// Somebody who holds a committed baseline can compute fingerprints of guesses. For a random token
/// that is hopeless, and one SHA-256 is enough. A value that a person may have thought of goes
/// through Argon2id first (1 MiB, one pass: 0.7 ms where this was measured). A guess then costs
/// some 7,000 times what a plain hash costs, and memory that keeps graphics cards from trying
/// thousands at once: a list of ten million passwords takes two hours of a core instead of a
/// second. More would be felt: a tree with 200 reported passwords spends 0.15 s here, and
/// spent 1.2 s with 8 MiB. What is not reported is not hashed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// How hard a value is to guess; decides which hash a fingerprint is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guessable {
    /// Made by a machine from at least 80 random bits.
    No,
    /// Short, typed by a person, or not known.
    Perhaps,
}

const MEMORY_KIB: u32 = 1024;
const PASSES: u32 = 1;

impl Fingerprint {
    /// The fingerprint of `value` as a secret of `kind`.
    pub fn of(kind: &str, value: &[u8], guessable: Guessable) -> Fingerprint {
        let mut salt = Sha256::new();
        salt.update(b"unleak fingerprint 1\0");
        salt.update(kind.as_bytes());
        let salt = salt.finalize();
        let material = match guessable {
            Guessable::No => value.to_vec(),
            Guessable::Perhaps => slow(value, &salt),
        };
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(material);
        let mut out = [0; 16];
        out.copy_from_slice(&hash.finalize()[..16]);
        Fingerprint(out)
    }
}

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

fn slow(value: &[u8], salt: &[u8]) -> Vec<u8> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32))
        .expect("the parameters are constants within Argon2's bounds");
    let mut out = vec![0; 32];
    // One memory for all that a thread hashes: fresh pages cost as much as the hashing.
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(params.block_count(), Block::default());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(value, salt, &mut out, memory)
            .expect(
                "a 32-byte salt and output are within Argon2's bounds, and a value is far below 4 GiB",
            );
    });
    out
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("'{text}' is not a fingerprint (32 hexadecimal digits)");
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut out = [0; 16];
        for (at, to) in out.iter_mut().enumerate() {
            *to = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| bad())?;
        }
        Ok(Fingerprint(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_fixed_for_ever() {
        let random = Fingerprint::of("github-classic-pat", b"ghp_FakeFake", Guessable::No);
        let typed = Fingerprint::of("generic-password", b"hunter2", Guessable::Perhaps);
        assert_eq!(random.to_string().len(), 32);
        assert_eq!(random.to_string().parse(), Ok(random));
        assert_ne!(random, typed);
        assert_ne!(
            typed,
            Fingerprint::of("generic-password", b"hunter2", Guessable::No)
        );
        assert_ne!(
            typed,
            Fingerprint::of("generic-token", b"hunter2", Guessable::Perhaps)
        );
    }
}
