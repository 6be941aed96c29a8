//! Values that must decode to something: JWT, macaroons, JSON in base64, PEM.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Decodes either alphabet, padded or not.
pub(in crate::matcher) fn base64(value: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(value).or_else(|_| URL.decode(value)).ok()
}

/// Header and payload are JSON objects, and the header names an algorithm.
pub(super) fn jwt(value: &[u8]) -> Option<bool> {
    let mut parts = value.split(|b| *b == b'.');
    let mut object = || {
        let json = base64(parts.next()?)?;
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&json).ok()
    };
    let header = object();
    let payload = object();
    let named = header.is_some_and(|header| header.contains_key("alg"));
    // Encrypted ones (five parts) have a key in the place of the payload.
    let encrypted = value.iter().filter(|b| **b == b'.').count() == 4;
    // Well-formed is not proof: anybody can write one. Only the contrary is said.
    (!(named && (payload.is_some() || encrypted))).then_some(false)
}

/// A version 1 or 2 macaroon behind an optional prefix that ends in `-` or `_`.
pub(super) fn macaroon(value: &[u8]) -> Option<bool> {
    let cut = |at: usize| base64(value.get(at..)?);
    let starts = std::iter::once(0).chain(
        value
            .iter()
            .enumerate()
            .take(16)
            .filter(|(_, b)| b"-_".contains(b))
            .map(|(at, _)| at + 1),
    );
    let is_macaroon = |bytes: Vec<u8>| {
        let first = bytes.get(4..12).is_some_and(|b| b.starts_with(b"location"));
        first || (bytes.first() == Some(&2) && bytes.len() > 40 && matches!(bytes[1], 1 | 2))
    };
    Some(starts.filter_map(cut).any(is_macaroon))
}

/// Base64 of a JSON object.
pub(super) fn base64_json(value: &[u8]) -> Option<bool> {
    let json = base64(value).unwrap_or_default();
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&json);
    Some(object.is_ok_and(|object| !object.is_empty()))
}

/// Base64 of `user:password` (RFC 7617). As with a JWT, only the contrary is said.
pub(super) fn basic_credentials(value: &[u8]) -> Option<bool> {
    let pair = base64(value).and_then(|text| String::from_utf8(text).ok());
    let printable = |text: String| text.contains(':') && !text.chars().any(char::is_control);
    (!pair.is_some_and(printable)).then_some(false)
}

/// Base64 of a private key of PKCS#1 (RFC 8017), PKCS#8 (RFC 5958) or SEC 1 (RFC 5915), as it stands
/// without PEM lines: a DER sequence whose stated length is its own, that begins with a version.
pub(super) fn der_private_key(value: &[u8]) -> Option<bool> {
    let bytes = base64(value).unwrap_or_default();
    let Some((inner, length)) = sequence(&bytes) else {
        return Some(false);
    };
    // What follows the version: the modulus, the algorithm, or the key itself.
    let version = matches!(inner, [2, 1, 0 | 1, 2 | 4 | 0x30, ..]);
    Some(version && inner.len() == length)
}

/// Base64 that begins as a public key or a certificate does without PEM lines: X.509 (RFC 5280) or the
/// public key of PKCS#1.
pub(in crate::matcher) fn der_public(value: &[u8]) -> bool {
    const ENOUGH: usize = 64;
    let begins = value.len() >= ENOUGH && value[0] == b'M' && value[1].is_ascii_uppercase();
    let Some(head) = begins.then(|| base64(&value[..ENOUGH])).flatten() else {
        return false;
    };
    match sequence(&head).map(|(inner, _)| inner) {
        // A modulus, which is longer than a version.
        Some([2, length, ..]) => *length > 1,
        // A certificate says its version first.
        Some([0x30, 0x82, _, _, rest @ ..] | [0x30, 0x81, _, rest @ ..]) => {
            rest.starts_with(&[0xa0, 3, 2, 1])
        }
        // The algorithm, and behind it the bits of the key; those under a password are octets.
        Some([0x30, length, rest @ ..]) => rest.get(usize::from(*length)) == Some(&3),
        _ => false,
    }
}

/// What is inside a DER sequence, and how long that says it is.
fn sequence(bytes: &[u8]) -> Option<(&[u8], usize)> {
    match bytes {
        [0x30, 0x82, high, low, inner @ ..] => {
            Some((inner, usize::from(*high) << 8 | usize::from(*low)))
        }
        [0x30, 0x81, length, inner @ ..] => Some((inner, usize::from(*length))),
        [0x30, length @ ..=0x7f, inner @ ..] => Some((inner, usize::from(*length))),
        _ => None,
    }
}

/// The part of a line that is key: without quotes, and the signs by which programs join it to the next.
fn key_in(line: &str) -> &str {
    let pieces = line.split(|c: char| !c.is_ascii_alphanumeric() && !"+/= ".contains(c));
    let longest = pieces.map(str::trim).max_by_key(|piece| piece.len());
    longest.filter(|piece| *piece != "+").unwrap_or_default()
}

/// The body between the PEM lines is base64 of a DER sequence or of an OpenSSH key, or the block is
/// marked as encrypted the old way.
pub(super) fn pem(value: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(value)
        .replace("\\r", "")
        .replace("\\n", "\n");
    let after = text.split_once("-----BEGIN ")?.1.split_once("-----")?.1;
    let inside = after.split("-----END").next()?;
    let is_body = |line: &&str| !line.contains(':') && !line.trim_start().starts_with('=');
    let body: String = inside.split('\n').filter(is_body).map(key_in).collect();
    let Some(bytes) = base64(body.as_bytes()) else {
        return Some(false);
    };
    let der = bytes.first() == Some(&0x30) && bytes.len() > 32;
    let encrypted = inside.contains("Proc-Type: 4,ENCRYPTED");
    let pgp = bytes.first().is_some_and(|b| b & 0x80 != 0)
        && bytes.len() > 32
        && text.contains("PGP PRIVATE");
    Some(der || bytes.starts_with(b"openssh-key-v1\0") || (encrypted && bytes.len() > 32) || pgp)
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::super::verify;

    #[test]
    fn public_halves_are_told_from_private_ones() {
        let public = [
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUeJFH4tAalEpIRM1FsQN8r/iQkgRp6hkPc++3ixmPd+3yUyO4tlR",
            "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMIYx4ECXjyNbOpGoD8O/pnxdryR1qcsBzmefNrJUm78OPvp5B2DblCT",
            "MIIB9DCCAV2gAwIBAgIUBp8Fm9ZWqv7d1dmGlx2ZJNliNCAwDQYJKoZIhvcNAQELBQAwDDEKMAgGA1UEAwwBYTAe",
            "MIGJAoGBAM1A4fdGsz4vqTWLTvno6L7E3x0OwDMLZ3y39/4+DRBJLtteuWnOQY4ZfSJE3hnUFTFeeGmKq8FgXEb4",
        ];
        let private = [
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgD/B3tsopJpRq4nO54DhviYclAs/ZUaeXwFYSZQKL",
            "MIICXQIBAAKBgQCq9pHezZD2ddl5LXG9q/uz/aX4uZM9p0IlrzAkzpv1E+wRVwT3Nwj5va9W1VhHSn68WypkWhd9",
            "MC4CAQAwBQYDK2VwBCIEIJEd9DJ04gnkcbiTYENAvmn2/iTUO4OrXkLy6gmqU6fz",
            "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgrTuy6jz6+cAICCAAwDAYIKoZIhvcNAgkFADAdBglg",
            "MIIEsomebodysPasswordThatOnlyBeginsAsAKeyDoesAndIsNone/0123456789",
        ];
        for value in public {
            assert!(super::der_public(value.as_bytes()), "{value}");
        }
        for value in private {
            assert!(!super::der_public(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn structure_is_seen() {
        let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl";
        assert_eq!(verify("jwt", token), None);
        assert_eq!(
            verify("jwt", b"eyJabcdefghijk.eyJabcdefghijk.abc"),
            Some(false)
        );
        assert_eq!(verify("der-private-key", b"MIIBAQIBADAA"), Some(false));
        let mut key = vec![0x30, 0x81, 40, 2, 1, 0, 0x30];
        key.resize(43, 7);
        let key = super::STANDARD.encode(key);
        assert_eq!(verify("der-private-key", key.as_bytes()), Some(true));
        assert_eq!(verify("base64-json", b"eyJzdWIiOiI3In0="), Some(true));
        assert_eq!(verify("base64-json", b"aGVsbG8gd29ybGQ="), Some(false));
        assert_eq!(
            verify(
                "pem",
                b"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKC\n-----END RSA PRIVATE KEY-----"
            ),
            Some(false)
        );
        let der = b"-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIHc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3\\n-----END PRIVATE KEY-----";
        assert_eq!(verify("pem", der), Some(true));
        let joined = b"-----BEGIN PRIVATE KEY-----\\n\"\n  + \"MC4CAQAwBQYDK2VwBCIEIHc3Nzc3Nzc3Nzc3\\n\"\n  + \"Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3\\n\"\n  + \"-----END PRIVATE KEY-----";
        assert_eq!(verify("pem", joined), Some(true));
    }
}
