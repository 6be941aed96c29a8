//! PNG: the texts that a picture carries, compressed ones included. (PNG specification, third edition,
//! section 11.3.3: `tEXt`, `zTXt`, `iTXt`.)

use std::io::Read;

use super::{Opener, Trouble};

/// No text of a picture is longer than this.
const MOST: u64 = 1 << 20;

/// Hands on the compressed texts; the others are read where they stand.
pub(super) fn read(bytes: &[u8], opener: &Opener<'_>) -> Result<(), Trouble> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, t0, t1, t2, t3, data @ ..] = rest {
        let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
        let Some(chunk) = data.get(..length) else {
            return Err(Trouble::new("damaged: a chunk reaches past the end"));
        };
        if opener.done() {
            return Ok(());
        }
        if let Some(packed) = packed(&[*t0, *t1, *t2, *t3], chunk) {
            let mut text = Vec::new();
            let most = MOST.min(opener.within.left.get());
            // What came before the damage is looked at.
            let _ = flate2::read::ZlibDecoder::new(packed)
                .take(most)
                .read_to_end(&mut text);
            opener
                .within
                .left
                .set(opener.within.left.get().saturating_sub(text.len() as u64));
            opener.text(b"text", &text);
        }
        rest = data.get(length + 4..).unwrap_or_default();
    }
    Ok(())
}

/// The compressed part of a text chunk.
fn packed<'c>(kind: &[u8; 4], chunk: &'c [u8]) -> Option<&'c [u8]> {
    let keyword = chunk.iter().position(|b| *b == 0)?;
    let rest = &chunk[keyword + 1..];
    match (kind, rest) {
        (b"zTXt", [0, packed @ ..]) => Some(packed),
        (b"iTXt", [1, 0, rest @ ..]) => {
            let language = rest.iter().position(|b| *b == 0)?;
            let rest = &rest[language + 1..];
            let translated = rest.iter().position(|b| *b == 0)?;
            Some(&rest[translated + 1..])
        }
        _ => None,
    }
}
