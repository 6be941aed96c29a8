//! Percent-encoding, hexadecimal, digests and MACs: the small alphabet that requests and signers share.
//! Knows nothing of requests.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::{digest, hmac};

/// RFC 3986: everything but `A-Za-z0-9-_.~` becomes `%XX`.
pub fn percent(text: impl AsRef<[u8]>) -> String {
    let mut out = String::with_capacity(text.as_ref().len());
    for &byte in text.as_ref() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            push_escape(&mut out, byte);
        }
    }
    out
}

/// What a path or query may not hold literally becomes `%XX`; its structure stays.
pub fn percent_structure(text: &[u8], keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            push_escape(&mut out, byte);
        }
    }
    out
}

fn push_escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// Undoes `%XX`; a `%` that starts no escape stays.
pub fn unpercent(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| digit(at + 1).zip(digit(at + 2)));
        match escape.flatten() {
            Some((high, low)) => {
                out.push(u8::try_from(high << 4 | low).unwrap_or(b'?'));
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// `a=b&c=d`, both sides percent-encoded, in the order given.
pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encoded = pairs
        .into_iter()
        .map(|(k, v)| format!("{}={}", percent(k), percent(v)));
    encoded.collect::<Vec<_>>().join("&")
}

/// Lower-case hexadecimal.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    let digits = bytes.as_ref().iter().map(|b| format!("{b:02x}"));
    digits.collect()
}

/// Hexadecimal of the SHA-256.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(digest::digest(&digest::SHA256, bytes.as_ref()))
}

/// Hexadecimal of the MD5.
pub fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    use md5::Digest as _;
    hex(md5::Md5::digest(bytes.as_ref()))
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    mac(hmac::HMAC_SHA256, key.as_ref(), text.as_ref())
}

/// HMAC-SHA1, for the providers that still want it.
pub fn hmac_sha1(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    mac(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        key.as_ref(),
        text.as_ref(),
    )
}

/// HMAC with one of ring's digests.
pub fn mac(with: hmac::Algorithm, key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(with, key), text)
        .as_ref()
        .to_vec()
}

/// Standard base64 with padding.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// URL-safe base64 without padding, as JWTs use it.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// URL-safe base64 with padding, as Qiniu uses it.
pub fn base64url_padded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE.encode(bytes)
}

/// Decodes URL-safe base64 without padding.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Decodes standard base64, white space ignored.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let solid: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(solid).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_keeps_only_the_unreserved() {
        assert_eq!(percent("a b*~/+é"), "a%20b%2A~%2F%2B%C3%A9");
        assert_eq!(unpercent("a%20b%zz%4"), b"a b%zz%4");
    }
}
