//! Outlines: which lengths and sorts of characters the shapes of kinds leave room for, prepared with
//! the index. Holding texts against them is the matcher's business. Built into `build.rs`.

use serde::{Deserialize, Serialize};

use super::schema::Kind;

/// What the shape of a kind leaves room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The kind.
    pub kind: u32,
    /// Least length.
    pub min: u32,
    /// Greatest length.
    pub max: u32,
    /// The sorts of characters, see [`SORTS`].
    pub sorts: u16,
    /// Its values have a checksum.
    pub checked: bool,
    /// People choose its values, and what they are assigned to says so.
    pub chosen: bool,
}

/// One of these is in every key of a value that somebody chose.
pub const CHOSEN: [&str; 3] = ["pass", "pwd", "secret"];

impl Outline {
    /// The outline of a kind; `set` are the bytes its shape may hold, one bit a byte value.
    pub fn of(kind: u32, rule: &Kind, (min, max): (u32, u32), set: &[u8]) -> Outline {
        let says_so = |word: &String| CHOSEN.iter().any(|known| word.contains(known));
        let free = max / 2 >= min && !rule.key_words.is_empty();
        Outline {
            kind,
            min,
            max,
            sorts: sorts_in(set),
            checked: rule.checksum.is_some(),
            chosen: free && rule.checksum.is_none() && rule.key_words.iter().all(says_so),
        }
    }
}

/// The sort of each byte, one bit: shapes differ by these.
pub const SORTS: [u16; 256] = {
    let mut sorts = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let byte = at as u8;
        sorts[at] = 1
            << match byte {
                b'a'..=b'f' => 0,
                b'g'..=b'z' => 1,
                b'A'..=b'F' => 2,
                b'G'..=b'Z' => 3,
                b'0'..=b'9' => 4,
                b'_' => 5,
                b'-' => 6,
                b'+' => 7,
                b'/' => 8,
                b'.' => 9,
                b'=' => 10,
                b':' => 11,
                b'~' => 12,
                0x21..=0x7e => 13,
                _ => 14,
            };
        at += 1;
    }
    sorts
};

/// The sorts of which a set of bytes holds any.
fn sorts_in(set: &[u8]) -> u16 {
    let held = (0..=u8::MAX).filter(|byte| set[usize::from(byte >> 3)] & 1 << (byte & 7) != 0);
    held.fold(0, |sorts, byte| sorts | SORTS[usize::from(byte)])
}
