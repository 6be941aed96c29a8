//! Judge: what is open in the blobs of a history is decided for every path they stand at, as a scan of each
//! blob in full at that path would.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::intake::{Intake, stands_in_binary};
use super::members;
use super::sited::{Held, Model, PathHash, Sites, path_hash};
use crate::finding::{BlobId, Match, SourceKind};
use crate::matcher::{Context, Matcher};
use crate::source::history::{Start, Texts};

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
}

/// Sites by their numbers, and where a model begins there.
type Standing = Vec<(usize, Start)>;

/// A path, and the sites that have it.
type AtPath<'s> = (&'s [u8], Standing);

/// A model, and at which sites it stands, by path.
type Asked<'s> = (u32, Vec<AtPath<'s>>);

/// The same while it is gathered.
type Gathered<'s> = HashMap<u32, HashMap<&'s [u8], Standing>>;

/// What was said: of which site what, and where a model or a blob is nothing.
#[derive(Default)]
struct Said {
    seen: Vec<(usize, Seen)>,
    quiet: Vec<(u32, PathHash)>,
}

impl Judge<'_> {
    /// Everything that is something, by the number of its site.
    pub(super) fn all(&self, sites: &mut Sites, asked: &[Site<'_>]) -> HashMap<usize, Vec<Seen>> {
        sites.close();
        let mut by_model = Gathered::new();
        let mut wholes: HashMap<BlobId, Vec<&Site<'_>>> = HashMap::new();
        for site in asked {
            match sites.held.get(&site.blob) {
                Some(Held::Pieces(pieces)) => {
                    for piece in pieces {
                        let model = by_model.entry(piece.model).or_default();
                        let here = model.entry(site.path).or_default();
                        here.push((site.number, piece.start));
                    }
                }
                Some(Held::Whole(_)) => wholes.entry(site.blob).or_default().push(site),
                None => {}
            }
        }
        let mut by_owner: HashMap<BlobId, Vec<Asked<'_>>> = HashMap::new();
        for (model, paths) in by_model {
            let owner = sites.models[model as usize].owner;
            let paths = paths.into_iter().collect();
            by_owner.entry(owner).or_default().push((model, paths));
        }
        let by_owner: Vec<_> = by_owner.into_iter().collect();
        let models = &sites.models;
        let said: Vec<Said> = by_owner
            .par_iter()
            .map(|(owner, asked)| self.models(models, *owner, asked))
            .collect();
        let mut seen: HashMap<usize, Vec<Seen>> = HashMap::new();
        for said in said {
            for (site, one) in said.seen {
                seen.entry(site).or_default().push(one);
            }
            for (model, hash) in said.quiet {
                sites.models[model as usize].quiet.push(hash);
            }
        }
        for (blob, asked) in wholes {
            self.whole(sites, blob, &asked, &mut seen);
        }
        seen
    }

    /// Models that one blob has; it is read again if any of their texts is needed and not at hand.
    fn models(&self, models: &[Model], owner: BlobId, asked: &[Asked<'_>]) -> Said {
        let mut said = Said::default();
        let open: Vec<(u32, Vec<_>)> = asked
            .iter()
            .map(|(number, paths)| {
                let quiet = &models[*number as usize].quiet;
                let paths = paths
                    .iter()
                    .filter(|(path, _)| quiet.is_empty() || !quiet.contains(&path_hash(path)));
                (*number, paths.collect::<Vec<_>>())
            })
            .filter(|(_, paths)| !paths.is_empty())
            .collect();
        let away = |(number, _): &(u32, _)| models[*number as usize].is_away();
        let mut decide = |bytes: Option<&[u8]>| {
            for (number, paths) in &open {
                let model = &models[*number as usize];
                self.model((*number, model), bytes, paths, &mut said);
            }
        };
        match open.iter().any(away) {
            // Reading takes time, which nobody has who wants to end.
            true if self.stop.load(Ordering::Relaxed) => {}
            true => {
                self.texts.read(owner, &mut |bytes| decide(Some(bytes)));
            }
            false => decide(None),
        }
        said
    }

    fn model(
        &self,
        (number, model): (u32, &Model),
        blob: Option<&[u8]>,
        paths: &[&AtPath<'_>],
        said: &mut Said,
    ) {
        let Some((text, candidates)) = model.text(self.matcher, blob) else {
            return;
        };
        for (path, sites) in paths {
            let context = Context {
                path,
                source: SourceKind::History,
            };
            let mut found = self.matcher.decide(text, &candidates, &context);
            if model.binary {
                found.retain(stands_in_binary);
            }
            if found.is_empty() {
                said.quiet.push((number, path_hash(path)));
                continue;
            }
            self.intake.meanwhile(&found);
            let found: Arc<[Match]> = found.into();
            let seen = |(site, start): &(usize, Start)| (*site, Seen::Text(found.clone(), *start));
            said.seen.extend(sites.iter().map(seen));
        }
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
            let Some(found) = members::at(self.matcher, self.texts, (blob, site.path), self.stop)
            else {
                continue;
            };
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
