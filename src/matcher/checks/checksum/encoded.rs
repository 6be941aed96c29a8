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

/// Base64 of a DER sequence whose stated length is its own, as a key without PEM lines is.
pub(super) fn der_private_key(value: &[u8]) -> Option<bool> {
    let bytes = base64(value).unwrap_or_default();
    let whole = match bytes[..] {
        [0x30, 0x82, high, low, ..] => {
            4 + usize::from(high) * 256 + usize::from(low) == bytes.len()
        }
        [0x30, 0x81, length, ..] => 3 + usize::from(length) == bytes.len(),
        _ => false,
    };
    // The version number of PKCS#1 and PKCS#8 keys; a public key has none there.
    let after = if bytes.get(1) == Some(&0x82) { 4 } else { 3 };
    let version = bytes.get(after..after + 3) == Some(&[2, 1, 0]);
    Some(whole && version)
}

/// The body between the PEM lines is base64 of a DER sequence or of an OpenSSH key, or the block is
/// marked as encrypted the old way.
pub(super) fn pem(value: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(value)
        .replace("\\r", "")
        .replace("\\n", "\n");
    let after = text.split_once("-----BEGIN ")?.1.split_once("-----")?.1;
    let inside = after.split("-----END").next()?;
    let lines = inside
        .split('\n')
        .map(|line| line.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c)));
    let is_body = |line: &&str| !line.contains(':') && !line.starts_with('=');
    let body: String = lines.filter(is_body).collect();
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
    fn structure_is_seen() {
        let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl";
        assert_eq!(verify("jwt", token), None);
        assert_eq!(
            verify("jwt", b"eyJabcdefghijk.eyJabcdefghijk.abc"),
            Some(false)
        );
        assert_eq!(verify("der-private-key", b"MIIBAQIBADAA"), Some(false));
        let mut key = vec![0x30, 0x81, 40, 2, 1, 0];
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
    }
}
