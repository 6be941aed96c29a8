//! Inflater: zlib streams into reused buffers. Knows nothing of objects.

use libdeflater::{DecompressionError, Decompressor};

use super::fault::Fault;

/// One thread's decompressor.
pub(crate) struct Inflater(Decompressor);

impl Inflater {
    /// A new one; it holds about 30 KB.
    pub(crate) fn new() -> Inflater {
        Inflater(Decompressor::new())
    }

    /// Inflates the stream at the start of `packed` into `out`, which it must fill exactly.
    pub(crate) fn exact(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(), Fault> {
        match self.0.zlib_decompress(packed, out) {
            Ok(got) if got == out.len() => Ok(()),
            Ok(_) => Err(Fault::Corrupt("the object is shorter than it says")),
            Err(DecompressionError::InsufficientSpace) => {
                Err(Fault::Corrupt("the object is longer than it says"))
            }
            Err(DecompressionError::BadData) => Err(Fault::Corrupt("bad zlib data")),
        }
    }

    /// Inflates a stream of unknown length into `out`, growing it up to `limit`.
    pub(crate) fn growing(
        &mut self,
        packed: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Fault> {
        let mut room = packed.len().saturating_mul(4).max(1 << 10).min(limit);
        loop {
            out.resize(room, 0);
            match self.0.zlib_decompress(packed, out) {
                Ok(got) => {
                    out.truncate(got);
                    return Ok(());
                }
                Err(DecompressionError::InsufficientSpace) if room >= limit => {
                    return Err(Fault::TooLarge);
                }
                Err(DecompressionError::InsufficientSpace) => {
                    room = room.saturating_mul(4).min(limit);
                }
                Err(DecompressionError::BadData) => return Err(Fault::Corrupt("bad zlib data")),
            }
        }
    }
}
