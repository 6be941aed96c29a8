//! Members: what the containers of a history hold. A history's blobs are read before it is known where
//! they stand, so a match in a member waits with the member's name.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::intake::{Intake, look};
use crate::finding::{BlobId, Match, Skip, SourceKind};
use crate::matcher::Matcher;
use crate::source::archive::{self, Container};
use crate::source::history::Subject;
use crate::source::{Item, Sink, scan_reader};

/// A match and where in its blob's containers it stands.
#[derive(Clone)]
pub(super) struct Inside {
    /// What is to be put behind the blob's path; empty for the blob itself.
    pub(super) member: Vec<u8>,
    pub(super) found: Match,
}

impl Inside {
    /// A match in the blob itself.
    pub(super) fn not(found: Match) -> Inside {
        Inside {
            member: Vec::new(),
            found,
        }
    }
}

/// What the members of a container brought.
#[derive(Default)]
pub(super) struct Unpacked {
    pub(super) found: Vec<Inside>,
    /// The container's own bytes need no look besides.
    pub(super) all: bool,
    /// Part of it could not be opened, which every run has to count.
    pub(super) missed: bool,
}

/// Looks into the container that a blob is.
pub(super) fn read(
    matcher: &Matcher,
    intake: &Intake<'_>,
    subject: &Subject,
    (container, bytes): (Container, &[u8]),
) -> Unpacked {
    let name = match subject {
        Subject::Blob(id) => id.to_string(),
        _ => String::new(),
    };
    let members = Members::new(matcher, intake, name.as_bytes());
    let blob = Item::whole(SourceKind::History, b"", bytes);
    let all = archive::open(container, &blob, &members);
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
    let name = blob.to_string();
    let members = Members::new(matcher, intake, name.as_bytes());
    let item = Item::whole(SourceKind::History, b"", &[]);
    // The engine hands on nothing that is too large.
    scan_reader(input, &item, u64::MAX, &members);
    members.done()
}

/// Looks at the members of one blob.
struct Members<'m> {
    matcher: &'m Matcher,
    intake: &'m Intake<'m>,
    /// The blob's id, for what cannot be read.
    name: &'m [u8],
    found: Mutex<Vec<Inside>>,
    missed: AtomicBool,
}

impl<'m> Members<'m> {
    fn new(matcher: &'m Matcher, intake: &'m Intake<'m>, name: &'m [u8]) -> Members<'m> {
        Members {
            matcher,
            intake,
            name,
            found: Mutex::default(),
            missed: AtomicBool::new(false),
        }
    }

    fn done(self) -> Unpacked {
        let found = self.found.into_inner();
        Unpacked {
            found: found.unwrap_or_else(PoisonError::into_inner),
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
        if archive::opened(item, self) {
            return;
        }
        let inside = look(self.matcher, item).into_iter().map(|found| Inside {
            member: item.path.to_vec(),
            found,
        });
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(inside);
    }

    fn skip(&self, reason: Skip, subject: &[u8], detail: &str) {
        self.missed.store(true, Ordering::Relaxed);
        let subject = [self.name, subject].concat();
        self.intake.skip(reason, &subject, detail);
    }

    fn commits(&self, count: u64) {
        self.intake.commits(count);
    }

    fn stopped(&self) -> bool {
        self.intake.stopped()
    }
}
