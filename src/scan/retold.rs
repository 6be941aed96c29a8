//! Retold: the same thing is often found in many stretches and at many paths. What a later run keeps of a
//! stretch at a path is where else each thing was found that is in it, so that each is decided once. No value
//! is kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::sited::{MOST_PATHS, Sites, count};
use crate::finding::{BlobId, Match, Secret, Span};
use crate::source::history::{PathHash, Same, Told, Trace, Traced};

/// A model at a path.
pub(super) type Pair = (u32, PathHash);

/// What was found there.
pub(super) type Loud = HashMap<Pair, Arc<[Match]>>;

/// One thing that was found: the same as at a pair, and there the how manieth, but in another span.
pub(super) struct Like {
    pair: Pair,
    at: u32,
    span: Span,
}

/// Where else everything was found that is at a pair. What it was found at itself is none of these.
pub(super) type Known = HashMap<Pair, Vec<Like>>;

/// What tells things apart but for the rarest.
type Name<'a> = (&'a str, &'a Secret, &'a str);

/// What later runs are told of each model.
pub(super) fn told(sites: &Sites) -> HashMap<u32, Vec<Told>> {
    let mut pairs: Vec<(&Pair, &Arc<[Match]>)> = sites.loud.iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| **pair);
    let mut first: HashMap<Name<'_>, Vec<(Pair, u32, &Match)>> = HashMap::new();
    let mut told: HashMap<u32, Vec<Told>> = HashMap::new();
    for (pair, all) in pairs {
        let same = |found: &Match| {
            let others = first.get(&name(found))?;
            let (other, at, _) = others.iter().find(|(.., other)| is_same(found, other))?;
            let model = sites.models.get(other.0 as usize)?;
            Some(Same {
                of: model.owner,
                nth: model.nth,
                path: other.1,
                at: *at,
                place: words(&found.span),
            })
        };
        let same: Option<Vec<Same>> = all.iter().map(same).collect();
        match same {
            Some(all) => {
                let known = told.entry(pair.0).or_default();
                let path = pair.1;
                let room = known.len() < MOST_PATHS;
                known.extend(room.then_some(Told { path, all }));
            }
            // It has something that none before it had, and is decided by every run.
            None => {
                for (at, found) in (0..).zip(all.iter()) {
                    first
                        .entry(name(found))
                        .or_default()
                        .push((*pair, at, found));
                }
            }
        }
    }
    told
}

/// What an earlier run told; `models`: those that are there.
pub(super) fn known(traces: &[(BlobId, Trace)], models: &HashMap<(BlobId, u32), u32>) -> Known {
    let mut known = Known::new();
    for (owner, trace) in traces.iter().filter(|(_, trace)| !trace.whole) {
        for (nth, traced) in (0..).zip(&trace.clusters) {
            let (Traced::Own { length, told, .. }, Some(model)) =
                (traced, models.get(&(*owner, nth)))
            else {
                continue;
            };
            for Told { path, all } in told {
                let like = |same: &Same| {
                    Some(Like {
                        pair: (*models.get(&(same.of, same.nth))?, same.path),
                        at: same.at,
                        span: span(same.place, *length)?,
                    })
                };
                let all: Option<Vec<Like>> = all.iter().map(like).collect();
                known.extend(all.map(|all| ((*model, *path), all)));
            }
        }
    }
    known
}

/// What is at a pair, if all of it was found elsewhere by this run.
pub(super) fn retell(pair: Pair, sites: &Sites) -> Option<Arc<[Match]>> {
    let like = |like: &Like| {
        let found = sites.loud.get(&like.pair)?.get(like.at as usize)?;
        let span = like.span;
        Some(Match {
            span,
            ..found.clone()
        })
    };
    sites.known.get(&pair)?.iter().map(like).collect()
}

fn name(found: &Match) -> Name<'_> {
    (&found.kind, &found.secret, &found.excerpt)
}

fn is_same(one: &Match, other: &Match) -> bool {
    let span = one.span;
    let moved = || Match {
        span,
        ..other.clone()
    };
    one.reasons == other.reasons && *one == moved()
}

fn words(span: &Span) -> [u32; 6] {
    [
        count(span.start),
        count(span.end),
        span.line,
        span.column,
        span.end_line,
        span.end_column,
    ]
}

/// The span in a stretch of this length, if it lies within.
fn span([start, end, line, column, end_line, end_column]: [u32; 6], length: u32) -> Option<Span> {
    let within = start <= end && end <= length;
    within.then_some(Span {
        start: start as usize,
        end: end as usize,
        line,
        column,
        end_line,
        end_column,
    })
}
