//! Secret: the bytes of a credential. No Display, no Serialize; Debug prints stars; zeroed on drop.
//! `reveal` and `masked` are the only doors.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The bytes of one secret value. Comparing and hashing work on the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    bytes: Vec<u8>,
    /// What a report printed in its place, if the bytes are not known.
    withheld: Option<String>,
}

/// At most this many leading characters are shown of a masked secret.
const SHOWN: usize = 8;

impl Secret {
    /// Takes a copy of `bytes`.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Secret {
            bytes: bytes.as_ref().to_vec(),
            withheld: None,
        }
    }

    /// A secret of an earlier report that printed only its masked form; it reveals nothing.
    pub fn withheld(masked: impl Into<String>) -> Self {
        Secret {
            bytes: Vec::new(),
            withheld: Some(masked.into()),
        }
    }

    /// True if only the masked form is known.
    pub fn is_withheld(&self) -> bool {
        self.withheld.is_some()
    }

    /// The secret itself. Callers hand it to a matcher, a signer or a request, never to a writer.
    pub fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    /// The secret as text, if it is UTF-8.
    pub fn reveal_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True for a secret of no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A form that may be printed: the first characters (at most eight and at most a quarter of
    /// the length, so that a short password shows at most one or two) and an ellipsis. A value of several
    /// lines (a private key) shows its first line only, which names its type.
    pub fn masked(&self) -> String {
        match &self.withheld {
            Some(masked) => masked.clone(),
            None => mask(&self.bytes),
        }
    }
}

/// See [`Secret::masked`].
pub fn mask(bytes: &[u8]) -> String {
    if let Some(header) = pem_header(bytes) {
        return format!("{header}…");
    }
    let text = String::from_utf8_lossy(bytes);
    let count = text.chars().count();
    let shown = if count < 8 { 0 } else { SHOWN.min(count / 4) };
    let head: String = text
        .chars()
        .take(shown)
        .map(|c| if c.is_control() { '.' } else { c })
        .collect();
    format!("{head}…")
}

fn pem_header(bytes: &[u8]) -> Option<&str> {
    let end = bytes
        .iter()
        .position(|&b| b == b'\n' || b == b'\r' || b == b'\\')?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?.trim();
    let plain = line.len() <= 64 && line.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    (plain && line.starts_with("-----BEGIN ") && line.ends_with("-----")).then_some(line)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_stars() {
        assert_eq!(
            format!("{:?}", Secret::from("hunter2hunter2")),
            "Secret(***)"
        );
    }

    #[test]
    fn a_mask_shows_little() {
        assert_eq!(Secret::from("hunter2").masked(), "…");
        assert_eq!(Secret::from("correct horse").masked(), "cor…");
        assert_eq!(
            Secret::from("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").masked(),
            "ghp_Fake…"
        );
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIB";
        assert_eq!(
            Secret::from(pem).masked(),
            "-----BEGIN RSA PRIVATE KEY-----…"
        );
    }
}
