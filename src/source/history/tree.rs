//! Tree objects: their entries, one by one. What follows from them is `trees`' business.

use super::fault::Fault;

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) mode: Mode,
    pub(crate) name: &'a [u8],
    pub(crate) id: &'a [u8],
    /// Where the next entry starts.
    pub(crate) end: usize,
}

/// What an entry is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A subdirectory.
    Tree,
    /// A submodule's commit, which lives in another repository.
    Submodule,
    /// A file or a symbolic link.
    Blob,
}

/// Parses the entry at `at`.
pub(crate) fn entry(tree: &[u8], at: usize, hash: usize) -> Result<Entry<'_>, Fault> {
    const BAD: Fault = Fault::Corrupt("a tree that is cut off or garbled");
    let rest = tree.get(at..).ok_or(BAD)?;
    // Nearly all entries are files or directories of the usual modes.
    let (mode, space) = match rest {
        [
            b'1',
            b'0',
            b'0',
            b'6' | b'7',
            b'4' | b'5',
            b'4' | b'5',
            b' ',
            ..,
        ] => (Mode::Blob, 6),
        [b'4', b'0', b'0', b'0', b'0', b' ', ..] => (Mode::Tree, 5),
        _ => unusual(rest).ok_or(BAD)?,
    };
    let name = &rest[space + 1..];
    // Names are short.
    let zero = name.iter().position(|b| *b == 0).ok_or(BAD)?;
    let id = name.get(zero + 1..zero + 1 + hash).ok_or(BAD)?;
    Ok(Entry {
        mode,
        name: &name[..zero],
        id,
        end: at + space + 1 + zero + 1 + hash,
    })
}

/// What an entry with another mode is, and where the mode ends.
fn unusual(rest: &[u8]) -> Option<(Mode, usize)> {
    let space = memchr::memchr(b' ', &rest[..rest.len().min(8)])?;
    let mode = match &rest[..space] {
        b"40000" | b"040000" => Mode::Tree,
        b"160000" => Mode::Submodule,
        digits if digits.iter().all(u8::is_ascii_digit) => Mode::Blob,
        _ => return None,
    };
    Some((mode, space))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_garbage_is_refused() {
        let mut tree = b"100644 a.txt\0".to_vec();
        tree.extend([1; 20]);
        tree.extend(b"40000 dir\0");
        tree.extend([2; 20]);
        let first = entry(&tree, 0, 20).unwrap();
        assert_eq!((first.mode, first.name), (Mode::Blob, b"a.txt".as_slice()));
        let second = entry(&tree, first.end, 20).unwrap();
        assert_eq!((second.mode, second.id), (Mode::Tree, [2; 20].as_slice()));
        assert_eq!(second.end, tree.len());
        assert!(entry(&tree, second.end, 20).is_err());
        assert!(entry(&tree[..tree.len() - 1], first.end, 20).is_err());
        assert!(entry(b"hello", 0, 20).is_err());
    }
}
