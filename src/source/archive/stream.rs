//! Streams: gzip, bzip2, xz, Zstandard and LZMA, each of one content or of a tar, and the tar itself. Read
//! from front to end, whatever their size.

use std::cell::Cell;
use std::io::{Chain, Cursor, Read};

use tar::{Archive, EntryType};

use super::bounded::Bounded;
use super::{Container, MEMBERS, Opener, Trouble};

/// So much of a stream says whether it is a tar.
const HEAD: usize = 512;
/// A longer name than this is cut; nothing depends on it but the report.
const LONGEST_NAME: u64 = 4096;
/// Memory that the dictionary of an xz or LZMA stream may take, in KiB.
const XZ_MEMORY: u32 = 128 << 10;

/// Hands on the members of a stream.
pub(super) fn read(
    opener: &Opener<'_>,
    container: Container,
    input: &mut dyn Read,
) -> Result<(), Trouble> {
    match container {
        Container::Gzip => packed(opener, &mut flate2::read::MultiGzDecoder::new(input)),
        Container::Bzip2 => packed(opener, &mut bzip2::read::MultiBzDecoder::new(input)),
        Container::Xz => packed(
            opener,
            &mut lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY),
        ),
        Container::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(input);
            packed(
                opener,
                &mut decoder.map_err(|cause| Trouble(cause.to_string()))?,
            )
        }
        Container::Lzma => {
            let decoder = lzma_rust2::LzmaReader::new_mem_limit(input, XZ_MEMORY, None);
            packed(
                opener,
                &mut decoder.map_err(|cause| Trouble(cause.to_string()))?,
            )
        }
        _ => members(opener, input, opener.within.left),
    }
}

/// LZMA alone has no magic number: the usual properties, a dictionary of a usual size, and a length
/// that is unknown or below a terabyte.
pub(super) fn begins_lzma(head: &[u8]) -> bool {
    let [0x5d, rest @ ..] = head else {
        return false;
    };
    let Some((dictionary, rest)) = rest.split_first_chunk::<4>() else {
        return false;
    };
    let dictionary = u32::from_le_bytes(*dictionary);
    let usual = dictionary.is_power_of_two() && dictionary >= 1 << 12;
    let length = rest
        .first_chunk::<8>()
        .map(|eight| u64::from_le_bytes(*eight));
    usual && length.is_some_and(|length| length == u64::MAX || length >> 40 == 0)
}

/// One compressed stream.
fn packed(opener: &Opener<'_>, input: &mut dyn Read) -> Result<(), Trouble> {
    let mut head = Vec::new();
    let begun = input.take(HEAD as u64).read_to_end(&mut head);
    if let Err(cause) = begun {
        // What came before is looked at all the same.
        let name = unpacked_name(opener.item.path);
        opener.member(name, &mut Cursor::new(head));
        return Err(Trouble(format!("damaged: {cause}")));
    }
    let tar = Container::of(&head) == Some(Container::Tar);
    let mut all: Chain<Cursor<Vec<u8>>, &mut dyn Read> = Cursor::new(head).chain(input);
    if !tar {
        opener.member(unpacked_name(opener.item.path), &mut all);
        return Ok(());
    }
    // What a tar skips is unpacked as well.
    let unpacked = Cell::new(super::UNPACKED);
    let mut all = Bounded::new(&mut all, &unpacked);
    members(opener, &mut all, opener.within.left)?;
    match all.trouble() {
        Some(why) => Err(Trouble(why.to_owned())),
        None => Ok(()),
    }
}

/// The name without what says how it is packed.
fn unpacked_name(path: &[u8]) -> &[u8] {
    let from = path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    let name = &path[from..];
    match name.iter().rposition(|b| *b == b'.') {
        Some(at) if at > 0 => &name[..at],
        _ => b"content",
    }
}

/// What is no file by its type, and what nobody knows, may hold something all the same.
fn has_content(kind: EntryType) -> bool {
    let named = kind.is_dir() || kind.is_symlink() || kind.is_hard_link();
    let device = kind.is_character_special() || kind.is_block_special() || kind.is_fifo();
    let about = kind.is_pax_global_extensions() || kind.is_pax_local_extensions();
    !(named || device || about || kind.is_gnu_longname() || kind.is_gnu_longlink())
}

/// The files of a tar. Names are only ever shown, so what they say of other directories is harmless.
fn members(opener: &Opener<'_>, input: &mut dyn Read, left: &Cell<u64>) -> Result<(), Trouble> {
    let damaged = |cause: std::io::Error| Trouble(format!("damaged: {cause}"));
    let mut archive = Archive::new(input);
    // As they stand: the reader would otherwise hold names of any length in memory.
    let entries = archive.entries().map_err(damaged)?.raw(true);
    let mut long_name = None;
    for (number, entry) in entries.enumerate() {
        if opener.done() || number == MEMBERS {
            let why = if left.get() == 0 || number == MEMBERS {
                "it holds more than is looked at"
            } else {
                return Ok(());
            };
            return Err(Trouble::new(why));
        }
        let mut entry = entry.map_err(damaged)?;
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = Vec::new();
                let got = (&mut entry).take(LONGEST_NAME).read_to_end(&mut name);
                got.map_err(damaged)?;
                name.truncate(name.iter().position(|b| *b == 0).unwrap_or(name.len()));
                long_name = Some(name);
            }
            kind if has_content(kind) => {
                let name = long_name.take();
                let name = name.unwrap_or_else(|| entry.header().path_bytes().into_owned());
                opener.member(&name, &mut entry);
            }
            kind if kind.is_pax_local_extensions() => {}
            _ => long_name = None,
        }
    }
    Ok(())
}
