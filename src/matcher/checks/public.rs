//! Public: what is made to be shown, whatever its name: public keys, certificates, addresses on chains.

use super::checksum::{der_public, is_account};

/// How the base64 of `-----BEGIN ` begins.
const PEM: &[u8] = b"LS0tLS1CRUdJTi";

/// A public key, a certificate or an address of Bitcoin; also PEM in base64, which is looked into
/// elsewhere, so that as it stands it is no secret.
pub fn public(value: &[u8]) -> bool {
    value.starts_with(PEM) || der_public(value) || is_account(value)
}

/// Twenty bytes as Ethereum writes its addresses.
pub fn is_address(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"0x").unwrap_or_default();
    digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_to_be_shown_is_told() {
        let shown: [&[u8]; 3] = [
            b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
            b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUeJFH4tAalEpIRM1FsQN8r/iQkgRp6hkPc++3ixm",
        ];
        assert!(shown.into_iter().all(public));
        let hidden: [&[u8]; 3] = [
            b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
            b"LS0tLQ",
            b"MIICXQIBAAKBgQCq9pHezZD2ddl5LXG9q/uz/aX4uZM9p0IlrzAkzpv1E+wRVwT3Nwj5va9W1Vhs",
        ];
        assert!(!hidden.into_iter().any(public));
        assert!(is_address(b"0x36435796Ca9be2bf150CE0dECc2D8Fab5C4d6E13"));
        assert!(!is_address(b"0x36435796Ca9be2bf150CE0dECc2D8Fab5C4d6E1"));
        assert!(!is_address(b"0x36435796Ca9be2bf150CE0dECc2D8Fab5C4d6Exx"));
    }
}
