//! Judge: what is open in the blobs of a history is decided for every path they stand at, as a scan of each
//! blob in full at that path would.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::intake::{Intake, stands_in_binary};
use super::looks::Looks;
use super::members;
use super::retold::{self, Pair};
use super::sited::{Held, Model, Sites, path_hash};
use crate::finding::{BlobId, Match, Skip, SourceKind};
use crate::matcher::{Context, Matcher};
use crate::source::Sink;
use crate::source::history::{PathHash, Start, Texts};

/// What was found in a blob at a path.
#[derive(Clone)]
pub(super) enum Seen {
    /// In a stretch of its text that begins there.
    Text(Arc<[Match]>, Start),
    /// In itself or a member of it, at this path.
    Member(Vec<u8>, Box<Match>),
}

/// A blob at a path, by its number in the list that was asked about.
pub(super) struct Site<'s> {
    pub(super) number: usize,
    pub(super) blob: BlobId,
    pub(super) path: &'s [u8],
}

/// Who judges.
pub(super) struct Judge<'j> {
    pub(super) matcher: &'j Matcher,
    pub(super) intake: &'j Intake<'j>,
    pub(super) texts: &'j dyn Texts,
    pub(super) stop: &'j AtomicBool,
    pub(super) looks: Looks,
    /// Blobs of which it is counted already that part of them cannot be read.
    pub(super) missed: &'j Mutex<BTreeSet<BlobId>>,
}

/// A model at a path, and at which sites that is; there it begins.
struct Asked<'s> {
    pair: Pair,
    path: &'s [u8],
    sites: Vec<(usize, Start)>,
}

/// What was decided: where something was found, and where not.
#[derive(Default)]
struct Said<'a> {
    loud: Vec<(Pair, Arc<[Match]>)>,
    quiet: Vec<Pair>,
    /// What could not be read where it was seen first.
    lost: Vec<&'a Asked<'a>>,
}

/// Found by an earlier run, or by this one a moment ago.
const LOST: &str = "something stands in it that cannot be read any more";

impl Judge<'_> {
    /// Everything that is something, by the number of its site.
    pub(super) fn all(&self, sites: &mut Sites, all: &[Site<'_>]) -> HashMap<usize, Vec<Seen>> {
        sites.close();
        let asked = asked(sites, all);
        let (told, fresh): (Vec<&Asked<'_>>, Vec<&Asked<'_>>) = asked
            .iter()
            .partition(|asked| sites.known.contains_key(&asked.pair));
        self.decide(sites, all, fresh);
        // What an earlier run knew is only believed where this one found all that it speaks of.
        let mut doubtful = Vec::new();
        let words = match told.is_empty() {
            true => retold::Words::new(),
            false => retold::words(&sites.loud),
        };
        for asked in told {
            match retold::retell(asked.pair, sites, &words) {
                Some(found) => drop(sites.loud.insert(asked.pair, found)),
                None => doubtful.push(asked),
            }
        }
        self.decide(sites, all, doubtful);
        let mut seen: HashMap<usize, Vec<Seen>> = HashMap::new();
        for asked in asked {
            if let Some(found) = sites.loud.get(&asked.pair) {
                for (site, start) in asked.sites {
                    let one = Seen::Text(found.clone(), start);
                    seen.entry(site).or_default().push(one);
                }
            }
        }
        let mut wholes: BTreeMap<BlobId, Vec<&Site<'_>>> = BTreeMap::new();
        for site in all {
            wholes.entry(site.blob).or_default().push(site);
        }
        wholes.retain(|blob, _| matches!(sites.held.get(blob), Some(Held::Whole(_))));
        for (blob, asked) in wholes {
            self.whole(sites, blob, &asked, &mut seen);
        }
        seen
    }

    fn missed(&self) -> MutexGuard<'_, BTreeSet<BlobId>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides models at paths, those of one blob together.
    fn decide<'a>(&self, sites: &mut Sites, all: &[Site<'_>], asked: Vec<&'a Asked<'a>>) {
        let models = &sites.models;
        let mut by_owner: BTreeMap<BlobId, Vec<&'a Asked<'a>>> = BTreeMap::new();
        for asked in asked {
            let owner = models[asked.pair.0 as usize].owner;
            by_owner.entry(owner).or_default().push(asked);
        }
        let mut by_owner: Vec<_> = by_owner.into_iter().collect();
        by_owner.sort_by_cached_key(|(owner, _)| (self.texts.place(*owner), *owner));
        let mut said: Vec<Said<'_>> = by_owner
            .par_iter()
            .map(|(owner, asked)| self.models(models, *owner, asked))
            .collect();
        self.elsewhere(models, all, &mut said);
        for said in said {
            sites.loud.extend(said.loud);
            for (model, path) in said.quiet {
                sites.models[model as usize].quiet.push(path);
            }
        }
    }

    /// Models that one blob has; it is read again if any of their texts is needed and not at hand.
    fn models<'a>(&self, models: &[Model], owner: BlobId, asked: &[&'a Asked<'a>]) -> Said<'a> {
        let mut said = Said::default();
        let model = |asked: &&Asked<'_>| asked.pair.0 as usize;
        let mut decide = |bytes: Option<&[u8]>| {
            for asked in asked.chunk_by(|a, b| a.pair.0 == b.pair.0) {
                let model = &models[model(&asked[0])];
                let blob = bytes.map(|bytes| (bytes, model.start));
                if !self.model(model, blob, asked, &mut said) {
                    said.lost.extend(asked);
                }
            }
        };
        match asked.iter().any(|asked| models[model(asked)].is_away()) {
            // Reading takes time, which nobody has who wants to end.
            true if self.stop.load(Ordering::Relaxed) => {}
            true => {
                if !self.texts.read(owner, &mut |bytes| decide(Some(bytes))) {
                    // What is at hand is decided all the same.
                    decide(None);
                }
            }
            false => decide(None),
        }
        said
    }

    /// What was lost with one blob is looked for in the others that had it at the same path; what none of
    /// them has is counted.
    fn elsewhere(&self, models: &[Model], all: &[Site<'_>], said: &mut Vec<Said<'_>>) {
        let lost: Vec<&Asked<'_>> = said.iter().flat_map(|said| &said.lost).copied().collect();
        let mut gone = BTreeSet::new();
        let mut more = Said::default();
        for asked in lost {
            let model = &models[asked.pair.0 as usize];
            let mut tried = BTreeSet::from([model.owner]);
            let found = asked.sites.iter().any(|(number, start)| {
                let site = all.binary_search_by_key(number, |site| site.number);
                let blob = site.map_or(model.owner, |at| all[at].blob);
                let mut had = false;
                if tried.insert(blob) && !self.stop.load(Ordering::Relaxed) {
                    self.texts.read(blob, &mut |bytes| {
                        had = self.model(model, Some((bytes, *start)), &[asked], &mut more);
                    });
                }
                had
            });
            if !found {
                gone.insert(model.owner);
            }
        }
        for blob in gone.iter().filter(|_| !self.stop.load(Ordering::Relaxed)) {
            let name = blob.to_string();
            self.intake.skip(Skip::Corrupt, name.as_bytes(), LOST);
        }
        said.push(more);
    }

    /// One model at some paths; false if its text cannot be had.
    fn model(
        &self,
        model: &Model,
        blob: Option<(&[u8], Start)>,
        asked: &[&Asked<'_>],
        said: &mut Said<'_>,
    ) -> bool {
        let Some((text, candidates)) = model.text(self.matcher, blob) else {
            return false;
        };
        let prints = self.looks.prints(text, &candidates);
        let what = (&candidates[..], &prints[..]);
        for asked in asked {
            let context = Context {
                path: asked.path,
                source: SourceKind::History,
            };
            let at = (&context, &asked.pair.1);
            let mut found = self.looks.decide(self.matcher, text, what, at);
            if model.binary {
                found.retain(stands_in_binary);
            }
            if found.is_empty() {
                said.quiet.push(asked.pair);
                continue;
            }
            self.intake.meanwhile(&found);
            said.loud.push((asked.pair, found.into()));
        }
        true
    }

    /// A container, or what is too large to be held: looked at once more, with each path.
    fn whole(
        &self,
        sites: &mut Sites,
        blob: BlobId,
        asked: &[&Site<'_>],
        seen: &mut HashMap<usize, Vec<Seen>>,
    ) {
        let Some(Held::Whole(quiet)) = sites.held.get_mut(&blob) else {
            return;
        };
        for site in asked {
            let hash = path_hash(site.path);
            if quiet.contains(&hash) || self.stop.load(Ordering::Relaxed) {
                continue;
            }
            let at = (blob, site.path);
            let (found, whole) = members::at(self.matcher, self.texts, at, self.stop);
            let stopped = self.stop.load(Ordering::Relaxed);
            if !whole && !stopped && self.missed().insert(blob) {
                let name = blob.to_string();
                self.intake.skip(Skip::Corrupt, name.as_bytes(), LOST);
            }
            if found.is_empty() {
                quiet.insert(hash);
                continue;
            }
            let matches: Vec<Match> = found.iter().map(|(_, found)| found.clone()).collect();
            self.intake.meanwhile(&matches);
            let all = found.into_iter();
            let all = all.map(|(path, found)| Seen::Member(path, Box::new(found)));
            seen.entry(site.number).or_default().extend(all);
        }
    }
}

/// The models at all sites, ordered, but for those that are known to be nothing.
fn asked<'s>(sites: &Sites, all: &[Site<'s>]) -> Vec<Asked<'s>> {
    let mut hashes: HashMap<&[u8], PathHash> = HashMap::new();
    let mut asked: BTreeMap<Pair, Asked<'s>> = BTreeMap::new();
    for site in all {
        let Some(Held::Pieces(pieces)) = sites.held.get(&site.blob) else {
            continue;
        };
        let path = site.path;
        let hash = *hashes.entry(path).or_insert_with(|| path_hash(path));
        for piece in pieces {
            let pair = (piece.model, hash);
            if !sites.models[piece.model as usize].quiet.contains(&hash) {
                let asked = asked.entry(pair).or_insert_with(|| Asked {
                    pair,
                    path,
                    sites: Vec::new(),
                });
                asked.sites.push((site.number, piece.start));
            }
        }
    }
    asked.into_values().collect()
}
