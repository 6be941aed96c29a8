//! Blob and BlobId: content once, however often it occurs. Reading it is the sources' business.

use std::fmt;

/// A git object id (20 or 32 bytes), or the same hash computed over a file that git does not hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId {
    bytes: [u8; 32],
    len: u8,
}

impl BlobId {
    /// From the raw bytes of an object id: 20 (SHA-1) or 32 (SHA-256).
    pub fn from_bytes(raw: &[u8]) -> Option<BlobId> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        let len = u8::try_from(raw.len()).ok()?;
        Some(BlobId { bytes, len })
    }

    /// From hexadecimal text of 40 or 64 digits.
    pub fn from_hex(hex: &str) -> Option<BlobId> {
        let hex = hex.as_bytes();
        if hex.len() != 40 && hex.len() != 64 {
            return None;
        }
        let digit = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        let mut raw = [0; 32];
        for (to, pair) in raw.iter_mut().zip(hex.chunks_exact(2)) {
            *to = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        BlobId::from_bytes(&raw[..hex.len() / 2])
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        let pairs = text.as_chunks_mut::<2>().0;
        for (pair, byte) in pairs.iter_mut().zip(self.as_bytes()) {
            *pair = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        }
        let text = &text[..2 * self.as_bytes().len()];
        f.write_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Content handed from a source to the matcher.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its id, where one is known without extra work.
    pub id: Option<BlobId>,
    /// The bytes.
    pub bytes: Vec<u8>,
}
