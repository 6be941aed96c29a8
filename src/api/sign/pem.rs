//! Private keys as they stand in files and JSON, read far enough to sign with them.

use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::super::encode::from_base64;
use super::SignError;

/// The public half of a key that can sign here; big-endian numbers.
pub(super) enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: Vec<u8>, y: Vec<u8> },
}

/// The public half of an RSA or P-256 key.
pub(super) fn public(pem: &str) -> Result<Public, SignError> {
    let bad = SignError::Key("the private key is neither RSA nor P-256 with its public half");
    let der = der(pem)?;
    let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
    if let Ok(pair) = pair {
        let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        return Ok(Public::Rsa {
            n: parts.n,
            e: parts.e,
        });
    }
    let (_, point) = sec1(&der).ok_or_else(|| bad.clone())?;
    let (x, y) = point.get(1..).ok_or(bad)?.split_at(32);
    Ok(Public::P256 {
        x: x.to_vec(),
        y: y.to_vec(),
    })
}

/// RSA PKCS #1 v1.5 with SHA-256 over `text`.
pub(super) fn rs256(pem: &str, text: &str) -> Result<Vec<u8>, SignError> {
    let bad = SignError::Key("the private key is no RSA key of 2048 to 8192 bits");
    let der = der(pem)?;
    let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
    let pair = pair.map_err(|_| bad.clone())?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .map_err(|_| bad)?;
    Ok(signature)
}

/// ECDSA on P-256 with SHA-256 over `text`, as `r || s`.
pub(super) fn es256(pem: &str, text: &str) -> Result<Vec<u8>, SignError> {
    let bad = SignError::Key("the private key is no P-256 key with its public half");
    let der = der(pem)?;
    let random = SystemRandom::new();
    let with = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = match EcdsaKeyPair::from_pkcs8(with, &der, &random) {
        Ok(pair) => pair,
        Err(_) => {
            let (private, public) = sec1(&der).ok_or_else(|| bad.clone())?;
            EcdsaKeyPair::from_private_key_and_public_key(with, private, public, &random)
                .map_err(|_| bad.clone())?
        }
    };
    let signature = pair.sign(&random, text.as_bytes()).map_err(|_| bad)?;
    Ok(signature.as_ref().to_vec())
}

/// The bytes between the PEM lines; `\n` written as two characters (as JSON and .env files have it) is a line end.
pub(super) fn der(pem: &str) -> Result<Vec<u8>, SignError> {
    let bad = SignError::Key("the private key is no PEM");
    let text = pem.replace("\\r", "").replace("\\n", "\n");
    let start = text.find("-----BEGIN ").ok_or_else(|| bad.clone())?;
    let body = text[start + 11..]
        .split_once("-----")
        .ok_or_else(|| bad.clone())?
        .1;
    let body = body.split("-----END").next().unwrap_or_default();
    if body.contains("ENCRYPTED") {
        return Err(SignError::Key("the private key is encrypted"));
    }
    from_base64(body).ok_or(bad)
}

/// Private scalar and public point of a SEC 1 `ECPrivateKey` on P-256.
fn sec1(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let after = |needle: &[u8]| {
        let at = der.windows(needle.len()).position(|w| w == needle)?;
        Some(&der[at + needle.len()..])
    };
    // version 1, OCTET STRING of 32 bytes; BIT STRING of an uncompressed point.
    let private = after(&[0x02, 0x01, 0x01, 0x04, 0x20])?.get(..32)?;
    let public = after(&[0x03, 0x42, 0x00])?.get(..65)?;
    Some((private, public))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::super::super::encode::sha256_hex;
    use super::*;

    const RSA: [&str; 2] = [
        include_str!("../../../fixtures/keys/rsa-pkcs8.pem"),
        include_str!("../../../fixtures/keys/rsa-pkcs1.pem"),
    ];
    const EC: [&str; 2] = [
        include_str!("../../../fixtures/keys/ec-pkcs8.pem"),
        include_str!("../../../fixtures/keys/ec-sec1.pem"),
    ];

    #[test]
    fn rsa_signatures_are_those_of_openssl() {
        // printf unleak | openssl dgst -sha256 -sign rsa-pkcs8.pem | sha256sum
        let openssl = "f7ce9c152b2fc9cf8f7edbbf7dfa538df6939a35bd7ffb975b27cfbafdb2b83c";
        for pem in RSA {
            for text in [pem.to_owned(), pem.replace('\n', "\\n")] {
                assert_eq!(sha256_hex(rs256(&text, "unleak").unwrap()), openssl);
            }
        }
    }

    #[test]
    fn p256_signatures_verify() {
        let sec1_der = der(EC[1]).unwrap();
        let (_, public) = sec1(&sec1_der).unwrap();
        for pem in EC {
            let signature = es256(pem, "unleak").unwrap();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
            assert!(key.verify(b"unleak", &signature).is_ok());
        }
    }

    #[test]
    fn other_keys_are_refused_without_a_panic() {
        let cases = [
            "",
            "-----BEGIN",
            "-----BEGIN X-----\n!!\n-----END X-----",
            EC[0],
        ];
        for pem in cases {
            assert!(rs256(pem, "x").is_err());
        }
        assert!(es256(RSA[0], "x").is_err());
    }
}
