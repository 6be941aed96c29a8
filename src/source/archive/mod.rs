//! Archive: what is packed inside other content. Here: which containers are known by their first
//! bytes, and handing their members on, bounded. What a member holds is the sink's business; so is a
//! container inside a container, which comes back here with one level less to go.

mod ar;
mod bounded;
mod office;
mod pdf;
mod png;
mod pyc;
mod sqlite;
mod stream;
mod zipped;

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use super::{Item, Root, Sink};
use crate::finding::{Skip, SourceKind};

/// Containers inside containers are opened this deep.
const DEPTH: u8 = 4;
/// So much is unpacked from one outermost container, however it is nested.
const UNPACKED: u64 = if cfg!(test) { 32 << 20 } else { 1 << 30 };
/// So many members of one container are looked at.
const MEMBERS: usize = 100_000;
/// What stands between a container's path and that of its member, as Java's `jar:` addresses have it.
pub const INSIDE: &[u8] = b"!/";

/// How far a container inside a container may still go.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    depth: u8,
    left: &'a Cell<u64>,
    /// The user named it as an archive, so that everything in it was asked for.
    named: bool,
}

/// A container that can be opened, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// ZIP and what is one: JAR, wheel, APK, Office and OpenDocument files.
    Zip,
    /// A ZIP behind something else: a program that unpacks itself, an executable JAR or zipapp.
    Appended,
    /// Tape archive.
    Tar,
    /// One compressed stream, perhaps of a tar.
    Gzip,
    /// The same, by bzip2.
    Bzip2,
    /// The same, by xz.
    Xz,
    /// The same, by Zstandard.
    Zstd,
    /// The same, by LZMA alone.
    Lzma,
    /// Unix archive: Debian packages, static libraries.
    Ar,
    /// Portable Document Format.
    Pdf,
    /// A picture, for the texts it carries.
    Png,
    /// A database.
    Sqlite,
    /// Compiled Python, for the strings it carries.
    Python,
    /// Known, and not readable here.
    Closed(&'static str),
}

/// What a container begins with.
const MAGIC: &[(&[u8], Container)] = &[
    (b"PK\x03\x04", Container::Zip),
    (b"\x1f\x8b\x08", Container::Gzip),
    (b"\xfd7zXZ\0", Container::Xz),
    (b"\x28\xb5\x2f\xfd", Container::Zstd),
    (b"%PDF-", Container::Pdf),
    (b"\x89PNG\r\n\x1a\n", Container::Png),
    (b"SQLite format 3\0", Container::Sqlite),
    (ar::MAGIC, Container::Ar),
    (b"7z\xbc\xaf\x27\x1c", Container::Closed("7z")),
    (b"Rar!\x1a\x07", Container::Closed("rar")),
    (b"\x04\x22\x4d\x18", Container::Closed("LZ4")),
    (b"\x1f\x9d\x90", Container::Closed("compress")),
    (b"LZIP\x01", Container::Closed("lzip")),
    (b"MSCF\0\0\0\0", Container::Closed("cabinet")),
    (b"\xed\xab\xee\xdb", Container::Closed("RPM")),
    (b"# v2 git bundle\n", Container::BUNDLE),
    (b"# v3 git bundle\n", Container::BUNDLE),
];

impl Container {
    /// Objects of git, packed for the post.
    pub const BUNDLE: Container = Container::Closed("git bundle");

    /// Which container begins like this. A quarter of a kilobyte says it, half a one for a tar.
    pub fn of(head: &[u8]) -> Option<Container> {
        // Text, nearly always: nothing known begins with a letter but these.
        let first = *head.first()?;
        if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(*found);
        }
        if first == b'B' && head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
            return Some(Container::Bzip2);
        }
        if stream::begins_lzma(head) {
            return Some(Container::Lzma);
        }
        if pyc::begins(head) {
            return Some(Container::Python);
        }
        if head.get(257..262) == Some(b"ustar") {
            return Some(Container::Tar);
        }
        zipped::ends(head).then_some(Container::Appended)
    }

    /// The same of a file, of which this is the beginning.
    pub fn of_file(head: &[u8], file: &mut File) -> Option<Container> {
        let mut tail = [0; zipped::END];
        let mut end = || {
            file.seek(SeekFrom::End(-(zipped::END as i64)))?;
            file.read_exact(&mut tail)
        };
        let read = end().is_ok();
        let appended = || (read && zipped::ends(&tail)).then_some(Container::Appended);
        Container::of(head).or_else(appended)
    }

    /// Its members can be had.
    pub fn opens(self) -> bool {
        !matches!(self, Container::Closed(_))
    }

    /// Its own bytes say something that its members do not.
    fn is_document(self) -> bool {
        matches!(
            self,
            Container::Pdf
                | Container::Png
                | Container::Python
                | Container::Sqlite
                | Container::Appended
                | Container::Closed(_)
        )
    }
}

/// Reads a file that the user says is an archive.
pub fn scan(root: &Root, max: u64, sink: &dyn Sink) {
    let mut path = Vec::new();
    root.label(&root.path, &mut path);
    match File::open(&root.path) {
        Ok(mut file) => {
            let item = Item::whole(SourceKind::Archive, &path, &[]);
            super::file::deliver(&mut file, &item, max, &mut Vec::new(), sink);
        }
        Err(cause) => sink.skip(Skip::Unreadable, &path, &cause.to_string()),
    }
}

/// Something that can be read from any position.
trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// Opens the container that `item` is, if all of it is at hand and it is one. True if its own bytes need
/// not be looked at besides.
pub fn opened(item: &Item<'_>, sink: &dyn Sink) -> bool {
    item.window == super::Window::whole(item.bytes.len())
        && Container::of(item.bytes).is_some_and(|container| open(container, item, sink))
}

/// Opens the container that `item` is. True if its own bytes need not be looked at besides.
pub fn open(container: Container, item: &Item<'_>, sink: &dyn Sink) -> bool {
    begin(item, sink, |opener| match container {
        Container::Pdf => pdf::read(item.bytes, opener),
        Container::Png => png::read(item.bytes, opener),
        Container::Python => pyc::read(item.bytes, opener),
        Container::Sqlite => sqlite::read(item.bytes, opener),
        _ => opener.unpack(container, &mut Cursor::new(item.bytes)),
    }) && !container.is_document()
}

/// Opens a container that is too long to be held in memory. False if that cannot be done.
pub(super) fn open_file(file: &mut File, head: &[u8], item: &Item<'_>, sink: &dyn Sink) -> bool {
    let container = Container::of_file(head, file);
    let opens = |found: &Container| *found == Container::Appended || !found.is_document();
    if let Some(container) = container.filter(opens)
        && file.rewind().is_ok()
        && begin(item, sink, |o| {
            o.unpack(container, &mut BufReader::new(&*file))
        })
        && !container.is_document()
    {
        return true;
    }
    // Read as it stands, from where the caller had come to.
    let _ = file.seek(SeekFrom::Start(head.len() as u64));
    false
}

/// Runs `work` with one level less to go; counts what could not be opened.
fn begin(
    item: &Item<'_>,
    sink: &dyn Sink,
    work: impl FnOnce(&Opener<'_>) -> Result<(), Trouble>,
) -> bool {
    let left = Cell::new(UNPACKED);
    let within = item.within.unwrap_or(Within {
        depth: DEPTH,
        left: &left,
        named: item.source == SourceKind::Archive,
    });
    let opener = Opener { item, sink, within };
    let outcome = match within.depth {
        0 => Err(Trouble::new("containers are nested deeper than is looked")),
        _ => work(&opener),
    };
    match outcome {
        Ok(()) => true,
        Err(trouble) => {
            opener.missed(item.path, &trouble.0);
            false
        }
    }
}

/// Why a container or a member could not be read.
struct Trouble(String);

impl Trouble {
    fn new(why: &str) -> Trouble {
        Trouble(why.to_owned())
    }
}

/// Hands on the members of one container.
struct Opener<'o> {
    item: &'o Item<'o>,
    sink: &'o dyn Sink,
    within: Within<'o>,
}

impl Opener<'_> {
    fn unpack(&self, container: Container, input: &mut dyn Source) -> Result<(), Trouble> {
        match container {
            Container::Zip | Container::Appended => zipped::read(self, input),
            Container::Ar => ar::read(self, input),
            Container::BUNDLE => Err(Trouble::new(
                "a git bundle is not opened where it is met: clone it and scan the clone",
            )),
            Container::Closed(name) => {
                Err(Trouble(format!("a {name} archive cannot be opened here")))
            }
            _ => stream::read(self, container, input),
        }
    }

    /// Hands on one member that is read from `input`.
    fn member(&self, name: &[u8], input: &mut dyn Read) {
        let path = self.path(name);
        if !self.sink.wants(&path) {
            return;
        }
        let mut input = bounded::Bounded::new(input, self.within.left);
        let item = self.inner(&path);
        super::file::deliver_stream(&mut input, &item, UNPACKED, self.sink);
        if let Some(why) = input.trouble() {
            self.missed(&path, why);
        }
    }

    /// Hands on a member, or a text made of one, that is at hand.
    fn text(&self, name: &[u8], bytes: &[u8]) {
        let path = self.path(name);
        self.sink.content(&Item {
            bytes,
            window: super::Window::whole(bytes.len()),
            ..self.inner(&path)
        });
    }

    fn inner<'i>(&'i self, path: &'i [u8]) -> Item<'i> {
        let source = match self.item.source {
            SourceKind::Tree | SourceKind::Stdin => SourceKind::Archive,
            other => other,
        };
        Item {
            source,
            path,
            window: super::Window::whole(0),
            added: None,
            in_head: None,
            within: Some(Within {
                depth: self.within.depth - 1,
                ..self.within
            }),
            ..*self.item
        }
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        if name.is_empty() {
            return self.item.path.to_vec();
        }
        // Others may take what a report says for a path; it must not lead out of the archive.
        let parts = name.split(|b| matches!(b, b'/' | b'\\'));
        let parts: Vec<&[u8]> = parts
            .filter(|part| !matches!(*part, b"" | b"." | b".."))
            .collect();
        [self.item.path, INSIDE, &parts.join(&b'/')].concat()
    }

    /// Counts what could not be opened. What the user named as an archive was asked for.
    fn missed(&self, path: &[u8], why: &str) {
        let reason = match self.within.named {
            true => Skip::Unreadable,
            false => Skip::Archive,
        };
        self.sink.skip(reason, path, why);
    }

    /// The run is to end, or nothing more may be unpacked.
    fn done(&self) -> bool {
        self.sink.stopped() || self.within.left.get() == 0
    }
}

#[cfg(test)]
mod tests;
