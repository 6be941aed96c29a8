//! SQLite: the rows of a database, since values stand side by side there without anything between. What
//! was deleted and not overwritten is read where it stands. (sqlite.org/fileformat2.html, sections 1.3,
//! 1.5, 1.6, 2.1.)

use super::{Opener, Trouble};

/// The text of one database is no longer than this.
const MOST: usize = 32 << 20;
/// Pages that hold the rows of a table.
const TABLE_LEAF: u8 = 0x0d;
/// Of a longer row the beginning is read.
const LONGEST_ROW: usize = 16 << 20;

/// Hands on the rows as lines, their values separated by tabs.
pub(super) fn read(bytes: &[u8], opener: &Opener<'_>) -> Result<(), Trouble> {
    let file = File::of(bytes).ok_or(Trouble::new("damaged: no page size"))?;
    let mut text = Vec::new();
    for number in 0..bytes.len() / file.page {
        file.rows(number, &mut text);
        if text.len() > MOST || opener.done() {
            text.truncate(MOST);
            opener.text(b"rows", &text);
            return Err(Trouble::new("it holds more than is looked at"));
        }
    }
    opener.text(b"rows", &text);
    Ok(())
}

struct File<'f> {
    bytes: &'f [u8],
    page: usize,
    /// How much of a page is used.
    usable: usize,
}

impl<'f> File<'f> {
    fn of(bytes: &'f [u8]) -> Option<File<'f>> {
        let page = match number(bytes, 16, 2)? {
            1 => 65536,
            size => size,
        };
        let usable = page.checked_sub(usize::from(*bytes.get(20)?))?;
        (page >= 512 && usable >= 480).then_some(File {
            bytes,
            page,
            usable,
        })
    }

    /// Appends the rows of a page, if it holds any. What is damaged is left out.
    fn rows(&self, page: usize, to: &mut Vec<u8>) {
        let start = page * self.page;
        let head = start + if page == 0 { 100 } else { 0 };
        if self.bytes.get(head) != Some(&TABLE_LEAF) {
            return;
        }
        let cells = number(self.bytes, head + 3, 2).unwrap_or(0);
        for cell in 0..cells.min(self.page / 4) {
            let at = number(self.bytes, head + 8 + 2 * cell, 2);
            let row = at.and_then(|at| self.payload(start + at, start + self.usable));
            if let Some(row) = row.filter(|_| to.len() <= MOST) {
                values(&row, to);
            }
        }
    }

    /// The bytes of the row whose cell is at `at`, those on overflow pages as well.
    fn payload(&self, at: usize, end: usize) -> Option<Vec<u8>> {
        let (length, at) = varint(self.bytes, at)?;
        let (_row, at) = varint(self.bytes, at)?;
        let length = usize::try_from(length).ok()?;
        let most = self.usable - 35;
        if length <= most {
            return Some(
                self.bytes
                    .get(at..at + length)
                    .filter(|_| at + length <= end)?
                    .to_vec(),
            );
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let kept = least + (length - least) % (self.usable - 4);
        let here = if kept <= most { kept } else { least };
        let mut row = self.bytes.get(at..at + here)?.to_vec();
        let mut next = number(self.bytes, at + here, 4)?;
        let length = length.min(LONGEST_ROW);
        while row.len() < length && next > 0 {
            let page = next.checked_sub(1)?.checked_mul(self.page)?;
            next = number(self.bytes, page, 4)?;
            let more = (length - row.len()).min(self.usable - 4);
            row.extend(self.bytes.get(page + 4..page + 4 + more)?);
        }
        Some(row)
    }
}

/// Appends the texts of a row, and blobs that are one.
fn values(row: &[u8], to: &mut Vec<u8>) {
    let Some((header, mut at)) = varint(row, 0) else {
        return;
    };
    let header = usize::try_from(header).unwrap_or(usize::MAX).min(row.len());
    let mut body = header;
    while at < header {
        let Some((kind, next)) = varint(row, at) else {
            return;
        };
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).unwrap_or(0),
            5 => 6,
            6 | 7 => 8,
            _ => usize::try_from(kind.saturating_sub(12) / 2).unwrap_or(usize::MAX),
        };
        let Some(value) = row.get(body..body.saturating_add(length)) else {
            return;
        };
        body += length;
        if kind >= 12 && !value.is_empty() {
            to.extend(value);
            to.push(b'\t');
        }
    }
    to.push(b'\n');
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().fold(0, |all, b| all << 8 | usize::from(*b)))
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for step in 0..8 {
        let byte = *bytes.get(at.checked_add(step)?)?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at + step + 1));
        }
    }
    let last = *bytes.get(at + 8)?;
    Some((value << 8 | u64::from(last), at + 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_row_are_kept_apart() {
        let row = b"\x05\x01\x17\x00\x13\x07tokenabc";
        let mut text = Vec::new();
        values(row, &mut text);
        assert_eq!(text, b"token\tabc\t\n");
    }

    #[test]
    fn numbers_of_any_length() {
        assert_eq!(varint(&[0x7f], 0), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00], 0), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9], 0), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0xff], 0), None);
    }
}
