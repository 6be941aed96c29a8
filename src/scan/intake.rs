//! Intake: what stands between sources and matcher. It counts what comes in, shows it to the
//! matcher, puts matches where they are in the whole content, and leaves out what is not new.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use memchr::memmem;

use super::{Exclude, Tools};
use crate::finding::{Confidence, Match, Place, Skip, SourceKind, Span, Tally};
use crate::matcher::{BY_SHAPE, Context, Matcher, WIDE_STRING};
use crate::source::archive;
use crate::source::{Item, Sink, Window};
use crate::triage::Merger;

pub(super) struct Intake<'t> {
    tools: &'t Tools<'t>,
    exclude: &'t Exclude,
    /// A match is rare and merged in a microsecond: no thread waits for another here.
    merger: Mutex<Merger>,
    files: AtomicU64,
    blobs: AtomicU64,
    bytes: AtomicU64,
    commits: AtomicU64,
    tally: Mutex<Tally>,
}

impl<'t> Intake<'t> {
    pub(super) fn new(tools: &'t Tools<'t>, exclude: &'t Exclude) -> Intake<'t> {
        Intake {
            tools,
            exclude,
            merger: Mutex::default(),
            files: AtomicU64::new(0),
            blobs: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            tally: Mutex::default(),
        }
    }

    /// Ends the intake: what was found and what was counted.
    pub(super) fn close(self) -> (Merger, Tally) {
        let mut tally = Tally {
            files: self.files.into_inner(),
            blobs: self.blobs.into_inner(),
            bytes: self.bytes.into_inner(),
            commits: self.commits.into_inner(),
            ..Tally::default()
        };
        let kept = self.tally.into_inner();
        tally.add(kept.unwrap_or_else(PoisonError::into_inner));
        if self.tools.stop.load(Ordering::Relaxed) {
            tally.skip(Skip::Interrupted);
        }
        let merger = self.merger.into_inner();
        (merger.unwrap_or_else(PoisonError::into_inner), tally)
    }

    /// Merges a match with what was found already.
    pub(super) fn hand_on(&self, found: Match, place: Place) {
        let mut merger = self.merger.lock().unwrap_or_else(PoisonError::into_inner);
        merger.add(found, place);
    }

    /// Shows matches of one content to whoever asks about them meanwhile.
    pub(super) fn meanwhile(&self, found: &[Match]) {
        if let Some(show) = self.tools.meanwhile
            && !found.is_empty()
        {
            show(found);
        }
    }

    /// Counts what another engine counted.
    pub(super) fn add(&self, tally: Tally) {
        self.tally(|mine| mine.add(tally));
    }

    fn tally(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally);
    }

    fn count(&self, item: &Item<'_>) {
        let first = item.window.first();
        let counter = match item.source {
            SourceKind::Message => None,
            SourceKind::History => Some(&self.blobs),
            _ => Some(&self.files),
        };
        if let Some(counter) = counter {
            counter.fetch_add(u64::from(first), Ordering::Relaxed);
        }
        // What windows see twice is counted once.
        let bytes =
            item.window.until.min(item.bytes.len()) - item.window.from.min(item.bytes.len());
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.tools.progress.content(bytes, first);
    }
}

impl Sink for Intake<'_> {
    fn wants(&self, path: &[u8]) -> bool {
        let left_out = self.exclude.covers(path);
        if left_out {
            self.tally(|tally| tally.skip(Skip::Excluded));
        }
        !left_out
    }

    fn content(&self, item: &Item<'_>) {
        if is_lfs_pointer(item.bytes) {
            return self.skip(Skip::LfsPointer, item.path, "a Git LFS pointer");
        }
        self.count(item);
        if archive::opened(item, self) {
            return;
        }
        let found = look(self.tools.matcher, item);
        self.meanwhile(&found);
        for one in found {
            let place = Place {
                blob: item.blob,
                commit: item.commit.cloned(),
                in_head: item.in_head.is_some_and(|still| still(one.secret.reveal())),
                ..Place::new(item.source, item.path, one.span)
            };
            self.hand_on(one, place);
        }
    }

    fn skip(&self, reason: Skip, subject: &[u8], detail: &str) {
        let subject = String::from_utf8_lossy(subject).into_owned();
        self.tally(|tally| tally.fail(reason, subject, detail));
    }

    fn commits(&self, count: u64) {
        self.commits.fetch_add(count, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.tools.stop.load(Ordering::Relaxed)
    }
}

/// What an item holds that is its own business and new.
pub(super) fn look(matcher: &Matcher, item: &Item<'_>) -> Vec<Match> {
    let context = Context {
        path: item.path,
        source: item.source,
    };
    let mut found = matcher.scan(item.bytes, &context);
    let binary = !found.is_empty() && is_binary(item.bytes);
    let mine = item.window.from..item.window.until;
    found.retain(|one| {
        mine.contains(&one.span.start)
            && (!binary || stands_in_binary(one))
            && item
                .added
                .is_none_or(|added| is_new(one, added, item.bytes))
    });
    for one in &mut found {
        one.span = moved(one.span, &item.window);
    }
    found
}

/// Where a span of a window is in the whole content.
fn moved(span: Span, window: &Window) -> Span {
    span.moved(window.offset, window.lines, window.column)
}

/// True if the secret, or a value that belongs to it, stands on an added line.
fn is_new(found: &Match, added: &[Range<usize>], bytes: &[u8]) -> bool {
    let touches =
        |range: &Range<usize>| range.start < found.span.end && found.span.start < range.end;
    if added.iter().any(touches) {
        return true;
    }
    let mut values = found.parts.iter().map(|part| part.value.reveal());
    values.any(|value| {
        let holds = |range: &Range<usize>| memmem::find(&bytes[range.clone()], value).is_some();
        !value.is_empty() && added.iter().any(holds)
    })
}

/// As git judges it: a NUL near the beginning.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some()
}

/// Bytes that are no text look like anything; only what proves itself, or what a decoder
/// understood, counts there.
pub(super) fn stands_in_binary(found: &Match) -> bool {
    // A shape beside a word is no proof where every run of bytes has some shape.
    let shaped = found.reasons.iter().any(|(why, _)| why == BY_SHAPE);
    // A string of a program is as little a proof as one of plain bytes.
    let understood = found.decoded.first().is_some_and(|how| *how != WIDE_STRING);
    found.confidence == Confidence::High && !shaped || understood
}

/// Such a file and nothing else: it is put aside unread, so it must not hold anything but what belongs there.
pub(super) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/v";
    let all = |text: &[u8], is: fn(&u8) -> bool| text.iter().all(is);
    let digest = |text: &[u8]| {
        let hex = text.strip_prefix(b"sha256:");
        hex.is_some_and(|hex| hex.len() <= 64 && all(hex, u8::is_ascii_hexdigit))
    };
    let short = |text: &[u8]| text.len() <= 20 && all(text, u8::is_ascii_digit);
    let belongs = |line: &[u8]| {
        let mut words = line.splitn(2, |b| *b == b' ');
        match (words.next(), words.next()) {
            (Some(b""), None) => true,
            (Some(b"oid"), Some(value)) => digest(value),
            (Some(b"size"), Some(value)) => short(value),
            (Some(word), Some(value)) if word.starts_with(b"ext-") => {
                word.len() <= 32 && digest(value)
            }
            _ => line.strip_prefix(VERSION).is_some_and(short),
        }
    };
    bytes.len() < 1024
        && bytes.starts_with(VERSION)
        && bytes
            .split(|b| *b == b'\n')
            .all(|line| belongs(line.trim_ascii_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_a_window_are_moved_to_the_whole() {
        let window = Window {
            offset: 100,
            lines: 7,
            column: 5,
            from: 0,
            until: 50,
        };
        let first = moved(Span::locate(b"abcdef\nxyz", 2, 4), &window);
        assert_eq!((first.start, first.line, first.column), (102, 8, 8));
        let second = moved(Span::locate(b"abcdef\nxyz", 8, 9), &window);
        assert_eq!((second.line, second.column, second.end_column), (9, 2, 3));
    }

    #[test]
    fn pointers_and_binaries_are_recognised() {
        assert!(is_lfs_pointer(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0"
        ));
        let whole = b"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:ab\noid sha256:12\r\nsize 12345\n";
        assert!(is_lfs_pointer(whole));
        assert!(!is_lfs_pointer(b"version 1"));
        for more in [
            "key = x\n",
            "size 1 x\n",
            "oid sha256:zz\n",
            "x\n",
            "size\n",
        ] {
            assert!(
                !is_lfs_pointer(&[whole, more.as_bytes()].concat()),
                "{more}"
            );
        }
        assert!(is_binary(b"\x7fELF\0"));
        assert!(!is_binary("text é".as_bytes()));
    }
}
