//! Traced: what the scanner keeps of a blob from one run to the next, as words.

use crate::finding::BlobId;

use super::scanner::{PathHash, Same, Start, Told, Trace, Traced};
use super::store::Store;
use super::trees::ABSENT;
use super::words::{Words, Writer};

/// What a trace is, besides its clusters.
const WHOLE: u32 = 1;
const BINARY: u32 = 2;

impl Writer {
    /// What is kept of a blob, by its number.
    pub(crate) fn trace(&mut self, blob: u32, trace: &Trace, store: &Store) {
        self.place(blob);
        let (whole, binary) = (u32::from(trace.whole), u32::from(trace.binary));
        self.word(WHOLE * whole + BINARY * binary);
        self.count(trace.clusters.len());
        for traced in &trace.clusters {
            self.traced(traced, store);
        }
    }

    fn traced(&mut self, traced: &Traced, store: &Store) {
        match traced {
            Traced::Like { of, nth, start } => {
                self.blob(of, store);
                self.words(&[*nth, 0, start.offset, start.lines, start.column]);
            }
            Traced::Own {
                start,
                length,
                anchors,
                quiet,
                told,
            } => {
                self.word(ABSENT);
                self.words(&[0, *length, start.offset, start.lines, start.column]);
                self.count(anchors.len());
                self.words(anchors.as_flattened());
                self.count(quiet.len());
                self.out.extend(quiet.as_flattened());
                self.count(told.len());
                for told in told {
                    self.told(told, store);
                }
            }
        }
    }

    fn told(&mut self, told: &Told, store: &Store) {
        self.out.extend(told.path);
        self.count(told.all.len());
        for same in &told.all {
            self.blob(&same.of, store);
            self.word(same.nth);
            self.out.extend(same.path);
            self.word(same.at);
            self.words(&same.place);
            self.count(same.why.len());
            self.words(same.why.as_flattened());
        }
    }

    /// What is nowhere has no place.
    fn blob(&mut self, blob: &BlobId, store: &Store) {
        self.place(store.find(blob.as_bytes()).unwrap_or(ABSENT));
    }
}

/// What is kept of a blob; nothing inside if that is gone, or is like one that is.
pub(crate) fn trace(
    words: &mut Words<'_>,
    blob: impl Fn(u32) -> Option<BlobId>,
) -> Option<Option<(BlobId, Trace)>> {
    let (id, kind) = (blob(words.next()?), words.next()?);
    let clusters = words.list(|words| traced(words, &blob))?;
    let clusters: Option<Vec<Traced>> = clusters.into_iter().collect();
    let trace = |clusters| Trace {
        whole: kind & WHOLE > 0,
        binary: kind & BINARY > 0,
        clusters,
    };
    Some(id.zip(clusters.map(trace)))
}

fn traced(words: &mut Words<'_>, blob: &impl Fn(u32) -> Option<BlobId>) -> Option<Option<Traced>> {
    let like = words.next()?;
    let [nth, length, offset, lines, column] = words.some()?;
    let start = Start {
        offset,
        lines,
        column,
    };
    if like != ABSENT {
        return Some(blob(like).map(|of| Traced::Like { of, nth, start }));
    }
    let anchors = words.list(Words::some)?;
    let quiet = words.list(path)?;
    let told = words.list(|words| told(words, blob))?;
    Some(Some(Traced::Own {
        start,
        length,
        anchors,
        quiet,
        // What was found in a blob that is gone is found again without it.
        told: told.into_iter().flatten().collect(),
    }))
}

fn told(words: &mut Words<'_>, blob: &impl Fn(u32) -> Option<BlobId>) -> Option<Option<Told>> {
    let here = path(words)?;
    let all = words.list(|words| {
        let (of, nth) = (blob(words.next()?), words.next()?);
        let (path, at) = (path(words)?, words.next()?);
        let (place, why) = (words.some()?, words.list(Words::some)?);
        Some(of.map(|of| Same {
            of,
            nth,
            path,
            at,
            place,
            why,
        }))
    })?;
    let all: Option<Vec<Same>> = all.into_iter().collect();
    Some(all.map(|all| Told { path: here, all }))
}

fn path(words: &mut Words<'_>) -> Option<PathHash> {
    let mut hash = [0; 16];
    for (four, word) in hash.as_chunks_mut().0.iter_mut().zip(words.some::<4>()?) {
        *four = word.to_le_bytes();
    }
    Some(hash)
}
