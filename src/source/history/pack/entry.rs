//! The header of one pack entry: kind, size, and what a delta is built on.

use super::super::fault::Fault;

/// The four kinds of git objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    /// From the word in a loose object's header.
    pub(crate) fn from_word(word: &[u8]) -> Option<Kind> {
        Some(match word {
            b"commit" => Kind::Commit,
            b"tree" => Kind::Tree,
            b"blob" => Kind::Blob,
            b"tag" => Kind::Tag,
            _ => return None,
        })
    }

    /// The word git has for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }
}

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// The object itself.
    Whole(Kind),
    /// A delta against the entry that starts at this offset.
    Offset(u64),
    /// A delta against the object with this id.
    Reference(&'a [u8]),
}

/// A parsed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// What follows.
    pub(crate) content: Content<'a>,
    /// Inflated size of what follows: of the object, or of the delta.
    pub(crate) size: u64,
    /// Where the zlib stream starts.
    pub(crate) data: usize,
}

/// Reads the header at `offset`; ids have `hash` bytes.
pub(crate) fn header(pack: &[u8], offset: u64, hash: usize) -> Result<Header<'_>, Fault> {
    const SHORT: Fault = Fault::Corrupt("the entry lies outside its pack");
    let mut at = usize::try_from(offset).map_err(|_| SHORT)?;
    let mut next = || {
        let byte = pack.get(at).copied().ok_or(SHORT)?;
        at += 1;
        Ok(byte)
    };
    let first = next()?;
    let mut size = u64::from(first & 15);
    let mut shift = 4;
    let mut more = first & 0x80 != 0;
    while more {
        let byte = next()?;
        if shift > 57 {
            return Err(Fault::Corrupt("the size of the entry is absurd"));
        }
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        more = byte & 0x80 != 0;
    }
    let content = match first >> 4 & 7 {
        1 => Content::Whole(Kind::Commit),
        2 => Content::Whole(Kind::Tree),
        3 => Content::Whole(Kind::Blob),
        4 => Content::Whole(Kind::Tag),
        6 => {
            let mut byte = next()?;
            let mut back = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = next()?;
                if back >= 1 << 56 {
                    return Err(Fault::Corrupt("the base offset is absurd"));
                }
                back = (back + 1) << 7 | u64::from(byte & 0x7f);
            }
            match offset.checked_sub(back) {
                Some(base) if back > 0 => Content::Offset(base),
                _ => return Err(Fault::Corrupt("the base lies outside the pack")),
            }
        }
        7 => {
            let id = pack.get(at..at + hash).ok_or(SHORT)?;
            at += hash;
            Content::Reference(id)
        }
        _ => return Err(Fault::Corrupt("unknown kind of pack entry")),
    };
    Ok(Header {
        content,
        size,
        data: at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_forms() {
        let whole = header(&[0xb5, 0x01, 0], 0, 20).unwrap();
        assert_eq!(whole.content, Content::Whole(Kind::Blob));
        assert_eq!((whole.size, whole.data), (5 | 1 << 4, 2));
        let mut pack = vec![0; 300];
        pack.extend([0x63, 0x80, 0x02]);
        let offset = header(&pack, 300, 20).unwrap();
        assert_eq!(offset.content, Content::Offset(300 - (1 << 7 | 2)));
        let mut pack = vec![0x73];
        pack.extend([9; 32]);
        let reference = header(&pack, 0, 32).unwrap();
        assert_eq!(reference.content, Content::Reference(&[9; 32]));
        assert_eq!(reference.data, 33);
    }

    #[test]
    fn hostile_headers_are_errors() {
        assert!(header(&[], 0, 20).is_err());
        assert!(header(&[0xff; 40], 0, 20).is_err());
        assert!(header(&[0x60, 0x05], 0, 20).is_err());
        assert!(header(&[0x60, 0x00], 0, 20).is_err());
        assert!(header(&[0x70, 1, 2], 0, 20).is_err());
        assert!(header(&[0x50], 0, 20).is_err());
        assert!(header(&[0x30], u64::MAX, 20).is_err());
    }
}
