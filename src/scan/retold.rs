//! Retold: the same thing is often found in many stretches and at many paths. What a later run keeps of a
//! stretch at a path is where else each thing was found that is in it, so that each is decided once. No value
//! is kept.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
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
    why: Vec<[u32; 3]>,
}

/// Where else everything was found that is at a pair. What it was found at itself is none of these.
pub(super) type Known = HashMap<Pair, Vec<Like>>;

/// The words that say why something was found, by their hashes.
pub(super) type Words = HashMap<[u32; 2], String>;

/// What tells things apart but for the rarest.
type Name<'a> = (&'a str, &'a Secret, &'a str);

/// What later runs are told of each model.
pub(super) fn told(sites: &Sites) -> HashMap<u32, Vec<Told>> {
    let mut pairs: Vec<(&Pair, &Arc<[Match]>)> = sites.loud.iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| **pair);
    let mut first: HashMap<Name<'_>, Vec<(Pair, u32, &Match)>> = HashMap::new();
    let mut told: HashMap<u32, Vec<Told>> = HashMap::new();
    let mut words: HashSet<&str> = HashSet::new();
    for (pair, all) in pairs {
        let same = |found: &Match| {
            let others = first.get(&name(found))?;
            let (other, at, first) = others.iter().find(|(.., other)| is_same(found, other))?;
            let model = sites.models.get(other.0 as usize)?;
            let why: &[_] = match first.reasons == found.reasons {
                true => &[],
                false => &found.reasons,
            };
            let known = why.iter().all(|(word, _)| words.contains(word.as_str()));
            let why = why.iter().map(|(word, points)| {
                let [low, high] = hashed(word);
                [low, high, points.cast_unsigned()]
            });
            known.then(|| Same {
                of: model.owner,
                nth: model.nth,
                path: other.1,
                at: *at,
                place: place(&found.span),
                why: why.collect(),
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
                    words.extend(found.reasons.iter().map(|(word, _)| word.as_str()));
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
                        why: same.why.clone(),
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
pub(super) fn retell(pair: Pair, sites: &Sites, words: &Words) -> Option<Arc<[Match]>> {
    let like = |like: &Like| {
        let found = sites.loud.get(&like.pair)?.get(like.at as usize)?;
        let why = |[low, high, points]: &[u32; 3]| {
            Some((words.get(&[*low, *high])?.clone(), points.cast_signed()))
        };
        let span = like.span;
        let mut found = Match {
            span,
            ..found.clone()
        };
        if !like.why.is_empty() {
            found.reasons = like.why.iter().map(why).collect::<Option<_>>()?;
        }
        Some(found)
    };
    sites.known.get(&pair)?.iter().map(like).collect()
}

fn name(found: &Match) -> Name<'_> {
    (&found.kind, &found.secret, &found.excerpt)
}

/// All but where it stands and why it was found. To be found for no reason is another thing.
fn is_same(one: &Match, other: &Match) -> bool {
    let moved = || Match {
        span: one.span,
        reasons: one.reasons.clone(),
        ..other.clone()
    };
    one.reasons.is_empty() == other.reasons.is_empty() && *one == moved()
}

/// The words that say why things were found.
pub(super) fn words(loud: &Loud) -> Words {
    let all = loud.values().flat_map(|all| all.iter());
    let words = all.flat_map(|found| &found.reasons);
    let mut known = Words::new();
    for (word, _) in words {
        let hash = hashed(word);
        known.entry(hash).or_insert_with(|| word.clone());
    }
    known
}

fn hashed(word: &str) -> [u32; 2] {
    let mut hash = DefaultHasher::new();
    word.hash(&mut hash);
    let bytes = hash.finish().to_le_bytes();
    let half = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
    [half(0), half(4)]
}

fn place(span: &Span) -> [u32; 6] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::history::Cluster;
    use crate::triage::testing::matched;

    const HERE: PathHash = [1; 16];
    const THERE: PathHash = [2; 16];

    fn found(value: &str, start: usize, why: &[(&str, i32)]) -> Match {
        let reasons = why
            .iter()
            .map(|(word, points)| ((*word).to_owned(), *points));
        Match {
            reasons: reasons.collect(),
            ..matched("acme-pat", value, start)
        }
    }

    fn blob(number: u8) -> BlobId {
        BlobId::from_bytes(&[number; 20]).unwrap()
    }

    /// Two stretches of twenty bytes: one with two things, another with one of them.
    fn sites() -> (Sites, [Arc<[Match]>; 2]) {
        let mut sites = Sites::default();
        for number in [0, 1] {
            let cluster = Cluster {
                range: 0..20,
                print: number.into(),
                candidates: Vec::new(),
            };
            sites.keep(blob(number), (&[b'x'; 20], false), &[cluster]);
        }
        let first = [
            found("one", 0, &[("a", 1), ("b", -2)]),
            found("two", 9, &[("a", 5)]),
        ];
        let all: [Arc<[Match]>; 2] = [first.into(), [found("two", 16, &[("b", -7)])].into()];
        sites.loud.insert((0, HERE), all[0].clone());
        sites.loud.insert((1, THERE), all[1].clone());
        (sites, all)
    }

    /// What a later run knows, when it found what this one did at the first.
    fn later(change: impl FnOnce(&mut Told), all: &[Arc<[Match]>; 2]) -> Option<Arc<[Match]>> {
        let (sites, _) = sites();
        let mut traces = sites.traces(&[blob(0), blob(1)]);
        let mut trace = traces.pop().flatten().unwrap();
        let Traced::Own { told, .. } = &mut trace.clusters[0] else {
            panic!("it has a model of its own");
        };
        change(&mut told[0]);
        let first = traces.pop().flatten().unwrap();
        let mut again = Sites::default();
        again.recall(vec![(blob(0), first), (blob(1), trace)]);
        assert!(!again.known.contains_key(&(0, HERE)));
        assert!(retell((1, THERE), &again, &words(&sites.loud)).is_none());
        again.loud.insert((0, HERE), all[0].clone());
        retell((1, THERE), &again, &words(&again.loud))
    }

    #[test]
    fn what_was_found_elsewhere_is_found_again_where_and_why_it_was() {
        let (_, all) = sites();
        assert_eq!(later(|_| {}, &all).as_deref(), Some(&*all[1]));
    }

    #[test]
    fn what_does_not_fit_is_not_believed() {
        let (_, all) = sites();
        let changes: [fn(&mut Same); 7] = [
            |same| same.of = blob(7),
            |same| same.nth = 1,
            |same| same.path = THERE,
            |same| same.at = 2,
            |same| same.place[1] = 21,
            |same| same.place[0] = u32::MAX,
            |same| same.why[0][1] ^= 1,
        ];
        for change in changes {
            assert_eq!(later(|told| change(&mut told.all[0]), &all), None);
        }
        // A run that does not say the words cannot tell them.
        let silent: Arc<[Match]> = [found("one", 0, &[]), found("two", 9, &[("a", 5)])].into();
        assert_eq!(later(|_| {}, &[silent, all[1].clone()]), None);
    }
}
