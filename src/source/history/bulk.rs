//! Bulk: every blob of a store, shown to a scanner once. Trees, commits and where things come from
//! are other passes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::finding::{BlobId, Tally};

use super::blobs::{Blobs, Gathered};
use super::chain::{Class, Forest};
use super::fault::Fault;
use super::inflate::Inflater;
use super::loose;
use super::memo::Memo;
use super::meter::Meter;
use super::pack::entry::Kind;
use super::scanner::BlobScanner;
use super::store::Store;
use super::timings::Timings;
use super::walk::{Limits, Visitor, Walk};

/// What a pass over a store needs to know.
pub(crate) struct Pass<'a> {
    pub(crate) store: &'a Store,
    /// How the entries of each pack hang together.
    pub(crate) forests: &'a [Forest],
    /// By number: another copy of the object comes first. Empty if there are no copies.
    pub(crate) copies: &'a [bool],
    /// By number: known to be clean from an earlier run. Empty if nothing is known.
    pub(crate) clean: &'a [bool],
    /// Texts are shown to the scanner; else only the structure is read.
    pub(crate) texts: bool,
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a AtomicBool,
    /// Counts the objects whose texts are read.
    pub(crate) meter: &'a Meter,
    pub(crate) timed: bool,
}

/// Which objects are further copies of one that stands in an earlier pack.
pub(crate) fn copies(store: &Store) -> Vec<bool> {
    if store.packs.len() < 2 {
        return Vec::new();
    }
    let mut copies = vec![false; store.first_loose() as usize];
    let mut heads: BinaryHeap<Reverse<(&[u8], usize, usize)>> = BinaryHeap::new();
    for (pack, file) in store.packs.iter().enumerate() {
        if file.len() > 0 {
            heads.push(Reverse((file.id(0), pack, 0)));
        }
    }
    let mut last: &[u8] = &[];
    while let Some(Reverse((id, pack, i))) = heads.pop() {
        copies[store.number(pack, i) as usize] = id == last;
        last = id;
        if i + 1 < store.packs[pack].len() {
            heads.push(Reverse((store.packs[pack].id(i + 1), pack, i + 1)));
        }
    }
    copies
}

impl Pass<'_> {
    /// Id and number of an entry, and whether it is wanted.
    pub(crate) fn named(&self, pack: usize, node: u32) -> Option<(BlobId, u32, bool)> {
        let i = self.forests[pack].named(node)?;
        let id = BlobId::from_bytes(self.store.packs[pack].id(i))?;
        let number = self.store.number(pack, i);
        Some((
            id,
            self.first_copy(pack, i),
            self.texts && self.wants(number),
        ))
    }

    /// The object is neither a copy nor known to be clean.
    pub(crate) fn wants(&self, number: u32) -> bool {
        let set = |bits: &[bool]| bits.get(number as usize).is_some_and(|bit| *bit);
        !set(self.copies) && !set(self.clean)
    }

    /// The number under which an object of a pack is known: that of its first copy.
    pub(crate) fn first_copy(&self, pack: usize, i: usize) -> u32 {
        let number = self.store.number(pack, i);
        if self.copies.get(number as usize).is_some_and(|copy| *copy) {
            let id = self.store.packs[pack].id(i);
            return self.store.find(id).unwrap_or(number);
        }
        number
    }

    /// Walks the entries of one kind in one pack.
    pub(crate) fn walk<V: Visitor>(
        &self,
        pack: usize,
        kind: Kind,
        visitor: &V,
        lane: &Mutex<()>,
    ) -> Vec<V::Local> {
        let forest = &self.forests[pack];
        let needed = self.needed(pack);
        Walk {
            pack: &self.store.packs[pack],
            forest,
            kind,
            elsewhere: &|node| self.elsewhere(pack, node),
            limits: self.limits,
            cancel: self.cancel,
            meter: self.texts.then_some(self.meter),
            needed: needed.as_deref(),
            lane,
        }
        .run(visitor)
    }

    /// An entry whose base is not in its pack, or another copy of a damaged one.
    fn elsewhere(&self, pack: usize, node: u32) -> Result<(Kind, Vec<u8>), Fault> {
        let forest = &self.forests[pack];
        let (inflater, limit) = (&mut Inflater::new(), self.limits.base);
        if forest.class(node) == Class::Foreign {
            let offset = forest.offset(node);
            if let Ok(object) = self.store.entry(pack, offset, inflater, limit) {
                return Ok(object);
            }
        }
        let (id, ..) = self.named(pack, node).ok_or(Fault::Missing)?;
        self.store
            .read_elsewhere(id.as_bytes(), pack, inflater, limit)
    }

    /// Which entries are wanted or lie below one that is; `None` if all are.
    fn needed(&self, pack: usize) -> Option<Vec<bool>> {
        if self.copies.is_empty() && self.clean.is_empty() {
            return None;
        }
        let forest = &self.forests[pack];
        let mut needed = vec![false; forest.len()];
        for node in 0..u32::try_from(forest.len()).unwrap_or(0) {
            let number = forest.named(node).map(|i| self.store.number(pack, i));
            if !number.is_some_and(|number| self.wants(number)) {
                continue;
            }
            let mut at = Some(node);
            while let Some(node) = at.filter(|node| !needed[*node as usize]) {
                needed[node as usize] = true;
                at = forest.base(node);
            }
        }
        Some(needed)
    }
}

/// What a pass over all blobs found out.
pub(crate) struct BlobPass {
    pub(crate) tally: Tally,
    pub(crate) timings: Timings,
    /// Blobs in which something is open, ascending.
    pub(crate) found: Vec<BlobId>,
    /// Numbers of those in which nothing was.
    pub(crate) clean: Vec<u32>,
    /// The kinds of the loose objects, by their place in the store's list.
    pub(crate) loose: Vec<Option<Kind>>,
    /// Those that are too large to be held.
    pub(crate) large: Vec<BlobId>,
}

/// Shows every blob to the scanner; `recalled`: those that it knows already.
pub(crate) fn scan_blobs<S>(pass: &Pass<'_>, scanner: &S, recalled: Vec<BlobId>) -> BlobPass
where
    S: BlobScanner,
{
    let lane = Mutex::new(());
    let known = pass.clean.iter().filter(|clean| **clean).count();
    let memo = Memo::new(pass.store.len().saturating_sub(known));
    let mut all = BlobPass {
        tally: Tally::default(),
        timings: Timings::new(pass.timed),
        found: recalled,
        clean: Vec::new(),
        loose: Vec::new(),
        large: Vec::new(),
    };
    for pack in 0..pass.forests.len() {
        let blobs = Blobs {
            scanner,
            memo: &memo,
            timed: pass.timed,
            named: |node| pass.named(pack, node),
        };
        for local in pass.walk(pack, Kind::Blob, &blobs, &lane) {
            let failed = local.failed.iter().map(|(node, fault)| {
                let id = pass.named(pack, *node).map(|(id, ..)| id);
                (id, *fault)
            });
            all.count(failed);
            all.take(local);
        }
        all.broken(pass, pack, (scanner, &memo));
    }
    all.loose(pass, (scanner, &memo));
    all
}

impl BlobPass {
    fn take<S: BlobScanner>(&mut self, local: Gathered<'_, S>) {
        self.tally.blobs += local.blobs;
        self.tally.bytes += local.bytes;
        self.timings.add(&local.reader.timings);
        self.found.extend(local.found);
        self.clean.extend(local.clean);
    }

    fn count(&mut self, failed: impl Iterator<Item = (Option<BlobId>, Fault)>) {
        for (id, fault) in failed {
            match (id, fault) {
                (None, _) => {}
                (Some(id), Fault::TooLarge) => self.large.push(id),
                (Some(id), fault) => {
                    self.tally
                        .fail(fault.skip(), id.to_string(), fault.to_string());
                }
            }
        }
    }

    /// Entries whose header is damaged: their kind is unknown, another copy may be sound.
    fn broken<S: BlobScanner>(
        &mut self,
        pass: &Pass<'_>,
        pack: usize,
        (scanner, memo): Eyes<'_, S>,
    ) {
        let forest = &pass.forests[pack];
        let mut local = Gathered::new(scanner, memo, pass.timed);
        for node in 0..u32::try_from(forest.len()).unwrap_or(0) {
            if forest.class(node) != Class::Broken {
                continue;
            }
            let Some((id, number, true)) = pass.named(pack, node) else {
                continue;
            };
            match pass.elsewhere(pack, node) {
                Ok((Kind::Blob, bytes)) if bytes.len() <= pass.limits.object => {
                    local.alone((id, number), &bytes);
                }
                Ok(_) => {}
                Err(_) => {
                    let fault = Fault::Corrupt("a damaged pack entry");
                    self.count(std::iter::once((Some(id), fault)));
                }
            }
        }
        self.take(local);
    }

    /// The loose objects.
    fn loose<S: BlobScanner>(&mut self, pass: &Pass<'_>, eyes: Eyes<'_, S>) {
        const PORTION: usize = 64;
        let portions: Vec<_> = pass
            .store
            .loose
            .par_chunks(PORTION)
            .enumerate()
            .map(|(portion, ids)| {
                let first = pass.store.first_loose() as usize + portion * PORTION;
                loose_portion(pass, eyes, ids, first)
            })
            .collect();
        for (local, kinds, failed) in portions {
            self.loose.extend(kinds);
            self.take(local);
            self.count(failed.into_iter().map(|(id, fault)| (Some(id), fault)));
        }
    }
}

/// A scanner and what it said before.
type Eyes<'a, S> = (&'a S, &'a Memo<<S as BlobScanner>::Candidate>);

type Portion<'a, S> = (Gathered<'a, S>, Vec<Option<Kind>>, Vec<(BlobId, Fault)>);

fn loose_portion<'a, S: BlobScanner>(
    pass: &Pass<'_>,
    (scanner, memo): Eyes<'a, S>,
    ids: &[BlobId],
    first: usize,
) -> Portion<'a, S> {
    let mut local = Gathered::new(scanner, memo, pass.timed);
    let mut inflater = Inflater::new();
    let mut bytes = Vec::new();
    let mut failed = Vec::new();
    let mut kinds = Vec::with_capacity(ids.len());
    for (number, id) in (first..).zip(ids) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut kind = None;
        if pass.cancel.load(Ordering::Relaxed) {
            failed.push((*id, Fault::Cancelled));
        } else if pass.wants(number) {
            let read = read_loose(pass, id, &mut inflater, &mut bytes);
            pass.meter.pass(bytes.len());
            let sound = read.is_err() || read.is_ok_and(|kind| loose::is(id, kind, &bytes));
            if !sound {
                failed.push((*id, Fault::Corrupt("another object than its name says")));
            }
            match read {
                Ok(Kind::Blob) => {
                    kind = Some(Kind::Blob);
                    // What is looked at in its place says nothing of it to later runs.
                    let number = if sound { number } else { u32::MAX };
                    local.alone((*id, number), &bytes);
                }
                Ok(other) => kind = sound.then_some(other),
                Err(fault) => failed.push((*id, fault)),
            }
        }
        kinds.push(kind);
    }
    (local, kinds, failed)
}

/// A loose object; if its file has gone or is damaged, another copy.
fn read_loose(
    pass: &Pass<'_>,
    id: &BlobId,
    inflater: &mut Inflater,
    bytes: &mut Vec<u8>,
) -> Result<Kind, Fault> {
    let limit = pass.limits.object;
    let path = pass.store.loose_path(id).ok_or(Fault::Missing);
    let first = path.and_then(|path| loose::read(&path, inflater, bytes, limit));
    match first {
        Err(Fault::Corrupt(_) | Fault::Missing) => {
            match pass.store.read(id.as_bytes(), inflater, limit) {
                Ok((kind, other)) => {
                    *bytes = other;
                    Ok(kind)
                }
                Err(_) => first,
            }
        }
        other => other,
    }
}
