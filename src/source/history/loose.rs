//! Loose objects: one zlib file each. Which exist, and what is in one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::finding::BlobId;

use super::digest::digest;
use super::fault::Fault;
use super::inflate::Inflater;
use super::map::Map;
use super::pack::entry::Kind;

/// Longest header: kind, space, twenty digits, zero.
const HEADER: usize = 32;

/// Lists the loose objects below an object directory, unordered.
pub(crate) fn list(objects: &Path, hash: usize, into: &mut Vec<BlobId>) {
    for first in 0..=255u8 {
        let Ok(entries) = fs::read_dir(objects.join(format!("{first:02x}"))) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let rest = name.to_str().filter(|rest| rest.len() == hash * 2 - 2);
            let id = rest.and_then(|rest| BlobId::from_hex(&format!("{first:02x}{rest}")));
            into.extend(id);
        }
    }
}

/// The file of a loose object.
pub(crate) fn path(objects: &Path, id: &BlobId) -> PathBuf {
    let hex = id.to_string();
    objects.join(&hex[..2]).join(&hex[2..])
}

/// Reads one; `out` gets its content.
pub(crate) fn read(
    path: &Path,
    inflater: &mut Inflater,
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<Kind, Fault> {
    let map = Map::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Fault::Missing,
        _ => Fault::Corrupt("the loose object cannot be opened"),
    })?;
    inflater.growing(map.bytes(), out, limit.saturating_add(HEADER))?;
    let bad = Fault::Corrupt("not a loose object");
    let zero = memchr::memchr(0, &out[..out.len().min(HEADER)]).ok_or(bad)?;
    let mut words = out[..zero].splitn(2, |b| *b == b' ');
    let kind = words.next().and_then(Kind::from_word).ok_or(bad)?;
    let size = words
        .next()
        .and_then(|digits| std::str::from_utf8(digits).ok());
    let size: usize = size.and_then(|digits| digits.parse().ok()).ok_or(bad)?;
    if out.len() - zero - 1 != size {
        return Err(Fault::Corrupt("the object has another size than it says"));
    }
    if size > limit {
        return Err(Fault::TooLarge);
    }
    out.drain(..=zero);
    Ok(kind)
}

/// An object is what its id says. A broken file system may give a file the content of another.
pub(crate) fn is(id: &BlobId, kind: Kind, content: &[u8]) -> bool {
    let header = format!("{} {}\0", kind.word(), content.len());
    let found = digest(id.as_bytes().len(), &[header.as_bytes(), content]);
    found == id.as_bytes()
}
