//! Members: what the containers of a history hold. A blob is first asked whether anything in it may be
//! something wherever it stands; if so, it is looked at once more at each of its paths.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::intake::{Intake, is_lfs_pointer, look};
use crate::finding::{BlobId, Match, Skip, SourceKind};
use crate::matcher::{Matcher, Settled};
use crate::source::archive::{self, Container};
use crate::source::history::Texts;
use crate::source::{Item, Sink, scan_reader};

/// What a first look at a container brought.
#[derive(Default)]
pub(super) struct Unpacked {
    /// Something in it may be something.
    pub(super) open: bool,
    /// The container's own bytes need no look besides.
    pub(super) all: bool,
    /// Part of it could not be opened, which every run has to count.
    pub(super) missed: bool,
}

/// Looks into the container that a blob is.
pub(super) fn read(
    matcher: &Matcher,
    intake: &Intake<'_>,
    blob: BlobId,
    (container, bytes): (Container, &[u8]),
) -> Unpacked {
    let members = Members::new(matcher, intake, blob);
    let item = Item::whole(SourceKind::History, b"", bytes);
    let all = archive::open(container, &item, &members);
    Unpacked {
        all,
        ..members.done()
    }
}

/// Looks at a blob piece by piece, as at a large file of a tree.
pub(super) fn stream(
    matcher: &Matcher,
    intake: &Intake<'_>,
    blob: BlobId,
    input: &mut dyn Read,
) -> Unpacked {
    let members = Members::new(matcher, intake, blob);
    let item = Item::whole(SourceKind::History, b"", &[]);
    // The engine hands on nothing that is too large.
    scan_reader(input, &item, u64::MAX, &members);
    members.done()
}

/// Asks of every member of one blob whether it may hold something.
struct Members<'m> {
    matcher: &'m Matcher,
    intake: &'m Intake<'m>,
    /// The blob's id, for what cannot be read.
    name: String,
    open: AtomicBool,
    missed: AtomicBool,
}

impl<'m> Members<'m> {
    fn new(matcher: &'m Matcher, intake: &'m Intake<'m>, blob: BlobId) -> Members<'m> {
        Members {
            matcher,
            intake,
            name: blob.to_string(),
            open: AtomicBool::new(false),
            missed: AtomicBool::new(false),
        }
    }

    fn done(self) -> Unpacked {
        Unpacked {
            open: self.open.into_inner(),
            all: false,
            missed: self.missed.into_inner(),
        }
    }
}

impl Sink for Members<'_> {
    /// Which paths the blob has, and so whether they are left out, is not known yet.
    fn wants(&self, _path: &[u8]) -> bool {
        true
    }

    fn content(&self, item: &Item<'_>) {
        if archive::opened(item, self) || self.open.load(Ordering::Relaxed) {
            return;
        }
        let (bytes, mut candidates, mut settled) = (item.bytes, Vec::new(), Vec::new());
        self.matcher
            .candidates(bytes, 0..bytes.len(), &mut candidates);
        self.matcher.settle(bytes, &candidates, &mut settled);
        let is_open = |one: &Settled| matches!(one, Settled::Open { .. });
        if settled.iter().any(is_open) {
            self.open.store(true, Ordering::Relaxed);
        }
    }

    fn skip(&self, reason: Skip, subject: &[u8], detail: &str) {
        self.missed.store(true, Ordering::Relaxed);
        let subject = [self.name.as_bytes(), subject].concat();
        self.intake.skip(reason, &subject, detail);
    }

    fn commits(&self, count: u64) {
        self.intake.commits(count);
    }

    fn stopped(&self) -> bool {
        self.intake.stopped()
    }
}

/// What a blob holds at a path, each with its own path; and whether it could be read to its end.
pub(super) fn at(
    matcher: &Matcher,
    texts: &dyn Texts,
    (blob, path): (BlobId, &[u8]),
    stop: &AtomicBool,
) -> (Vec<(Vec<u8>, Match)>, bool) {
    let sited = Sited {
        matcher,
        stop,
        found: Mutex::default(),
    };
    let had = texts.read(blob, &mut |bytes| {
        sited.content(&Item::whole(SourceKind::History, path, bytes));
    }) || texts.stream(blob, &mut |input| {
        let item = Item::whole(SourceKind::History, path, &[]);
        scan_reader(input, &item, u64::MAX, &sited);
    });
    let found = sited.found.into_inner();
    (found.unwrap_or_else(PoisonError::into_inner), had)
}

/// Looks at one blob, and everything in it, where it stands.
struct Sited<'m> {
    matcher: &'m Matcher,
    stop: &'m AtomicBool,
    found: Mutex<Vec<(Vec<u8>, Match)>>,
}

impl Sink for Sited<'_> {
    fn wants(&self, _path: &[u8]) -> bool {
        true
    }

    fn content(&self, item: &Item<'_>) {
        if is_lfs_pointer(item.bytes) || archive::opened(item, self) {
            return;
        }
        let all = look(self.matcher, item).into_iter();
        let all = all.map(|found| (item.path.to_vec(), found));
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(all);
    }

    /// It was counted when the blob was first looked at.
    fn skip(&self, _reason: Skip, _subject: &[u8], _detail: &str) {}

    /// A blob holds none.
    fn commits(&self, _count: u64) {}

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
