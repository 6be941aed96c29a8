//! SCRAM (RFC 5802, RFC 7677), the client's side, for the protocols that carry it. Pure.

use std::num::NonZeroU32;

use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use super::super::encode::{base64, from_base64};

/// Which hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

/// More rounds than any server asks for; a hostile one might.
const MOST_ROUNDS: u32 = 2_000_000;

/// A conversation under way.
pub(super) struct Scram {
    hash: Hash,
    password: Zeroizing<Vec<u8>>,
    nonce: String,
    first: String,
    server_signature: Vec<u8>,
}

impl Scram {
    /// `nonce` is printable and without commas.
    pub(super) fn new(hash: Hash, user: &str, password: &[u8], nonce: String) -> Scram {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Scram {
            hash,
            password: Zeroizing::new(password.to_vec()),
            first: format!("n={user},r={nonce}"),
            nonce,
            server_signature: Vec::new(),
        }
    }

    /// The first message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.first)
    }

    /// The answer to the server's first message; `None` if that is none.
    pub(super) fn answer(&mut self, server_first: &str) -> Option<String> {
        let field = |name: &str| {
            let mut fields = server_first.split(',');
            fields.find_map(|field| field.strip_prefix(name))
        };
        let nonce = field("r=")?;
        let salt = from_base64(field("s=")?)?;
        let rounds: u32 = field("i=")?.parse().ok()?;
        if !nonce.starts_with(&self.nonce) || nonce == self.nonce || rounds > MOST_ROUNDS {
            return None;
        }
        let rounds = NonZeroU32::new(rounds)?;
        let (derive, mac, hash, length) = match self.hash {
            Hash::Sha1 => (
                pbkdf2::PBKDF2_HMAC_SHA1,
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
                20,
            ),
            Hash::Sha256 => (
                pbkdf2::PBKDF2_HMAC_SHA256,
                hmac::HMAC_SHA256,
                &digest::SHA256,
                32,
            ),
        };
        let mut salted = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(derive, rounds, &salt, &self.password, &mut salted);
        let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(mac, key), text);
        let client_key = sign(&salted, b"Client Key");
        let stored = digest::digest(hash, client_key.as_ref());
        let bare = format!("c=biws,r={nonce}");
        let all = format!("{},{server_first},{bare}", self.first);
        let signature = sign(stored.as_ref(), all.as_bytes());
        let pairs = client_key.as_ref().iter().zip(signature.as_ref());
        let proof: Vec<u8> = pairs.map(|(a, b)| a ^ b).collect();
        let server_key = sign(&salted, b"Server Key");
        self.server_signature = sign(server_key.as_ref(), all.as_bytes()).as_ref().to_vec();
        Some(format!("{bare},p={}", base64(proof)))
    }

    /// True if the server's last message proves that it knows the password too.
    pub(super) fn proves(&self, server_final: &str) -> bool {
        let mut fields = server_final.split(',');
        let proof = fields.find_map(|field| field.strip_prefix("v="));
        proof
            .and_then(from_base64)
            .is_some_and(|v| v == self.server_signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7677() {
        let mut scram = Scram::new(
            Hash::Sha256,
            "user",
            b"pencil",
            "rOprNGfwEbeRWgbNEkqO".into(),
        );
        assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let answer = scram.answer(server).unwrap();
        assert!(
            answer.ends_with("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
            "{answer}"
        );
        assert!(scram.proves("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!scram.proves("v=AAAA"));
    }

    #[test]
    fn the_example_of_rfc_5802() {
        let mut scram = Scram::new(
            Hash::Sha1,
            "user",
            b"pencil",
            "fyko+d2lbbFgONRv9qkxdawL".into(),
        );
        let server = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let answer = scram.answer(server).unwrap();
        assert!(
            answer.ends_with("p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
            "{answer}"
        );
    }

    #[test]
    fn a_hostile_server_is_refused() {
        let mut scram = Scram::new(Hash::Sha256, "u", b"p", "abc".into());
        for server in [
            "",
            "r=other,s=AA==,i=1",
            "r=abcd,s=AA==,i=4000000000",
            "r=abc,s=AA==,i=1",
            "r=abcd,s=AA==,i=0",
        ] {
            assert!(scram.answer(server).is_none(), "{server}");
        }
    }
}
