//! The public half of a private key, as SSH sends it: OpenSSH files (encrypted ones too, their public half is in clear),
//! RSA and P-256 in PEM. Pure.

use ring::signature::RsaKeyPair;

use super::super::encode::from_base64;
use super::ssh_wire::{number, string, take_string};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A public key and the names under which it may be offered.
pub(super) struct PublicKey {
    pub(super) blob: Vec<u8>,
    pub(super) algorithms: Vec<String>,
}

/// The public half of `pem`.
pub(super) fn public_half(pem: &str) -> Option<PublicKey> {
    let text = pem.replace("\\r", "").replace("\\n", "\n");
    let start = text.find("-----BEGIN ")?;
    let (label, rest) = text[start + 11..].split_once("-----")?;
    let body = rest.split("-----END").next()?;
    let der = from_base64(body)?;
    if label == "OPENSSH PRIVATE KEY" {
        return openssh(&der);
    }
    let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
    if let Ok(pair) = pair {
        return Some(rsa(pair.public().as_ref()));
    }
    p256(&der)
}

fn openssh(bytes: &[u8]) -> Option<PublicKey> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    for _ in ["cipher", "kdf", "options"] {
        take_string(&mut rest)?;
    }
    let (count, mut rest) = rest.split_at_checked(4)?;
    if count != [0, 0, 0, 1] {
        return None;
    }
    let blob = take_string(&mut rest)?;
    let name = take_string(&mut &*blob)?;
    let name = std::str::from_utf8(name).ok()?;
    let algorithms = match name {
        "ssh-rsa" => vec!["rsa-sha2-512".to_owned(), "rsa-sha2-256".to_owned()],
        other => vec![other.to_owned()],
    };
    Some(PublicKey {
        blob: blob.to_vec(),
        algorithms,
    })
}

/// From the DER of an RSAPublicKey: modulus, exponent.
fn rsa(der: &[u8]) -> PublicKey {
    let outer = super::ber::elements(der);
    let fields = outer.first().map(|(_, inner)| super::ber::elements(inner));
    let fields = fields.unwrap_or_default();
    let part = |at: usize| fields.get(at).map_or(&[][..], |(_, value)| value);
    PublicKey {
        blob: [string(b"ssh-rsa"), number(part(1)), number(part(0))].concat(),
        algorithms: vec!["rsa-sha2-512".to_owned(), "rsa-sha2-256".to_owned()],
    }
}

/// The uncompressed point that a P-256 key carries with it.
fn p256(der: &[u8]) -> Option<PublicKey> {
    let mark = [0x03, 0x42, 0x00, 0x04];
    let at = memchr::memmem::find(der, &mark)? + 3;
    let point = der.get(at..at + 65)?;
    let name = "ecdsa-sha2-nistp256";
    Some(PublicKey {
        blob: [string(name.as_bytes()), string(b"nistp256"), string(point)].concat(),
        algorithms: vec![name.to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::encode::base64;
    use super::*;

    #[test]
    fn the_public_half_is_what_ssh_keygen_prints() {
        // ssh-keygen -y -f FILE, second word.
        let cases = [
            (
                include_str!("../../../fixtures/keys/rsa-pkcs8.pem"),
                include_str!("../../../fixtures/keys/rsa.pub"),
            ),
            (
                include_str!("../../../fixtures/keys/rsa-pkcs1.pem"),
                include_str!("../../../fixtures/keys/rsa.pub"),
            ),
            (
                include_str!("../../../fixtures/keys/ec-sec1.pem"),
                include_str!("../../../fixtures/keys/ec.pub"),
            ),
            (
                include_str!("../../../fixtures/keys/ed25519"),
                include_str!("../../../fixtures/keys/ed25519.pub"),
            ),
            (
                include_str!("../../../fixtures/keys/ed25519-encrypted"),
                include_str!("../../../fixtures/keys/ed25519.pub"),
            ),
        ];
        for (private, public) in cases {
            let wanted = public.split(' ').nth(1).unwrap().trim();
            assert_eq!(base64(public_half(private).unwrap().blob), wanted);
        }
        assert!(public_half("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END").is_none());
    }
}
