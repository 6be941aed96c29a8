//! Which of several matches over the same bytes stands: the provider's before the generic one, the
//! more specific before the less. Works on the groups of `merge`; touches nothing else.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::merge::Group;
use crate::finding::{BlobId, Guessable, Place, SourceKind};

/// Matches that overlap at one place are compared with at most this many of their neighbours, so
/// that a hostile file cannot make it quadratic.
const COMPARED: usize = 256;

/// A generic value at least this long is taken for the same credential wherever a provider's kind
/// has the very same bytes; a shorter one that a person may have typed is not.
const LONG: usize = 20;

/// Everything that tells one content from another.
type Where<'a> = (SourceKind, &'a [u8], Option<BlobId>, Option<&'a str>);

/// One occurrence: index of its group, and its place.
type At<'a> = (usize, &'a Place);

/// Removes the occurrences that give way to better ones. A group may be left without any.
pub(super) fn resolve(groups: &mut [Group]) {
    let mut lost: Vec<(usize, Place)> = Vec::new();
    let mut doubts: Vec<(usize, Arc<str>)> = Vec::new();
    for (_, mut here) in by_content(groups) {
        if here.len() < 2 {
            continue;
        }
        drop_parts(groups, &mut here, &mut lost);
        here.sort_by_key(|(group, place)| (place.span.start, Reverse(place.span.end), *group));
        for cluster in clusters(&here) {
            stand(groups, cluster, &mut lost, &mut doubts);
        }
    }
    for (group, place) in lost {
        groups[group].seen.remove(&place);
    }
    for (group, kind) in doubts {
        groups[group].candidates.insert(kind);
    }
    adopt(groups);
}

fn by_content(groups: &[Group]) -> BTreeMap<Where<'_>, Vec<At<'_>>> {
    let mut contents: BTreeMap<Where<'_>, Vec<At<'_>>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        for place in group.seen.keys() {
            let commit = place.commit.as_ref().map(|commit| commit.id.as_str());
            let content = (place.source, place.path.as_slice(), place.blob, commit);
            contents.entry(content).or_default().push((index, place));
        }
    }
    contents
}

/// A value that is a part of a credential in the same content is not a finding of its own, if it
/// is generic or of the same provider (an id alone beside the whole pair).
fn drop_parts(groups: &[Group], here: &mut Vec<At<'_>>, lost: &mut Vec<(usize, Place)>) {
    let present: BTreeSet<usize> = here.iter().map(|(group, _)| *group).collect();
    let parts: BTreeSet<(&[u8], &str)> = present
        .iter()
        .filter(|&&group| !groups[group].info.generic)
        .flat_map(|&group| {
            let provider = groups[group].info.provider.as_str();
            let values = groups[group].part_values();
            values.map(move |value| (value.reveal(), provider))
        })
        .collect();
    if parts.is_empty() {
        return;
    }
    here.retain(|&(index, place)| {
        let group = &groups[index];
        let value = group.secret.reveal();
        let is_part = match group.info.generic {
            true => parts
                .range((value, "")..)
                .next()
                .is_some_and(|(v, _)| *v == value),
            false => parts.contains(&(value, group.info.provider.as_str())) && group.fullest() == 0,
        };
        if is_part {
            lost.push((index, place.clone()));
        }
        !is_part
    });
}

/// Runs of occurrences that touch one another, of at least two.
fn clusters<'a, 'p>(here: &'a [At<'p>]) -> Vec<&'a [At<'p>]> {
    let mut found = Vec::new();
    let (mut first, mut end) = (0, 0);
    for (i, (_, place)) in here.iter().enumerate() {
        if i > first && place.span.start >= end {
            found.push(&here[first..i]);
            first = i;
            end = 0;
        }
        end = end.max(place.span.end);
    }
    found.push(&here[first..]);
    found.retain(|cluster| cluster.len() > 1);
    found
}

/// Lets the best of a cluster stand, and what does not conflict with it.
fn stand(
    groups: &[Group],
    cluster: &[At<'_>],
    lost: &mut Vec<(usize, Place)>,
    doubts: &mut Vec<(usize, Arc<str>)>,
) {
    let mut ranked: Vec<At<'_>> = cluster.to_vec();
    ranked.sort_by(|a, b| rank(groups, *b).cmp(&rank(groups, *a)));
    let mut kept: Vec<At<'_>> = Vec::new();
    for at in ranked {
        let mut better = kept.iter().take(COMPARED);
        match better.find(|kept| conflict(groups, **kept, at)) {
            None => kept.push(at),
            Some(&winner) => {
                if in_doubt(groups, winner, at) {
                    doubts.push((winner.0, Arc::clone(&groups[at.0].kind)));
                }
                lost.push((at.0, at.1.clone()));
            }
        }
    }
}

/// The greater stands.
fn rank<'a>(groups: &'a [Group], (index, place): At<'a>) -> impl Ord + 'a {
    let group = &groups[index];
    (
        !group.info.generic,
        group.seen[place].confidence,
        group.fullest(),
        group.candidates.is_empty(),
        group.secret.len(),
        Reverse((&group.kind, place)),
    )
}

/// Whether two occurrences claim the same bytes. What was decoded has the span of the encoded
/// text, in which several secrets may stand side by side; there only the values can tell.
fn conflict(groups: &[Group], a: At<'_>, b: At<'_>) -> bool {
    if a.1.span.start >= b.1.span.end || b.1.span.start >= a.1.span.end {
        return false;
    }
    let (one, other) = (&groups[a.0], &groups[b.0]);
    if a.1.decoded != b.1.decoded {
        return one.info.generic || other.info.generic;
    }
    a.1.decoded.is_empty()
        || holds(one.secret.reveal(), other.secret.reveal())
        || holds(other.secret.reveal(), one.secret.reveal())
}

fn holds(long: &[u8], short: &[u8]) -> bool {
    memchr::memmem::find(long, short).is_some()
}

/// Two providers claim the same value with the same confidence: the one that stands says so, and
/// no check will send the value to either.
fn in_doubt(groups: &[Group], winner: At<'_>, loser: At<'_>) -> bool {
    let (one, other) = (&groups[winner.0], &groups[loser.0]);
    !other.info.generic
        && one.info.provider != other.info.provider
        && one.secret == other.secret
        && one.seen[winner.1].confidence == other.seen[loser.1].confidence
}

/// A generic finding whose value is known elsewhere as a provider's key hands its places over.
fn adopt(groups: &mut [Group]) {
    let mut named: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        if group.info.generic || group.seen.is_empty() {
            continue;
        }
        let sure = |index: usize| {
            let confidence = groups[index]
                .seen
                .values()
                .map(|seen| seen.confidence)
                .max();
            (confidence, groups[index].fullest(), Reverse(index))
        };
        let best = named.entry(group.secret.reveal()).or_insert(index);
        if sure(index) > sure(*best) {
            *best = index;
        }
    }
    let moves: Vec<(usize, usize)> = groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.info.generic && !group.seen.is_empty())
        .filter(|(_, group)| group.guessable == Guessable::No || group.secret.len() >= LONG)
        .filter_map(|(from, group)| Some((from, *named.get(group.secret.reveal())?)))
        .collect();
    for (from, to) in moves {
        for (place, seen) in std::mem::take(&mut groups[from].seen) {
            groups[to].saw(place, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{kinds, matched, tree};
    use super::super::{Merged, Merger};
    use crate::finding::{Confidence, Guessable, Match, Part};

    const TOKEN: &str = "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P";

    fn run(matches: Vec<(Match, &str)>) -> Vec<Merged> {
        let mut merger = Merger::default();
        for (found, path) in matches {
            merger.add(found, tree(path));
        }
        let drafts = merger.finish(&kinds);
        drafts.into_iter().map(|draft| draft.seal()).collect()
    }

    fn names(found: &[Merged]) -> Vec<&str> {
        found.iter().map(|m| m.finding.kind.as_str()).collect()
    }

    #[test]
    fn a_provider_beats_a_generic_kind_over_the_same_bytes() {
        let mut generic = matched("generic-token", TOKEN, 0);
        generic.confidence = Confidence::High;
        let found = run(vec![(generic, "a"), (matched("acme-pat", TOKEN, 0), "a")]);
        assert_eq!(names(&found), ["acme-pat"]);
        let inner = matched("generic-password", &TOKEN[4..], 4);
        let found = run(vec![(inner, "a"), (matched("acme-pat", TOKEN, 0), "a")]);
        assert_eq!(names(&found), ["acme-pat"]);
    }

    #[test]
    fn neighbours_on_a_line_do_not_touch_each_other() {
        let next = matched("generic-password", "another one", TOKEN.len());
        let found = run(vec![(next, "a"), (matched("acme-pat", TOKEN, 0), "a")]);
        assert_eq!(names(&found), ["acme-pat", "generic-password"]);
    }

    #[test]
    fn the_same_long_value_elsewhere_is_the_same_credential() {
        let found = run(vec![
            (matched("generic-token", TOKEN, 3), "b"),
            (matched("acme-pat", TOKEN, 0), "a"),
        ]);
        assert_eq!(names(&found), ["acme-pat"]);
        assert_eq!(found[0].finding.places.len(), 2);
    }

    #[test]
    fn a_short_typed_value_elsewhere_is_not() {
        let typed = |kind, at| {
            let mut found = matched(kind, "hunter22", at);
            found.guessable = Guessable::Perhaps;
            found
        };
        let found = run(vec![
            (typed("generic-password", 3), "b"),
            (typed("acme-pat", 0), "a"),
        ]);
        assert_eq!(names(&found), ["acme-pat", "generic-password"]);
    }

    #[test]
    fn two_secrets_inside_one_encoded_text_both_stand() {
        let decoded = |kind, value| {
            let mut found = matched(kind, value, 0);
            found.decoded = vec!["base64"];
            found.span.end = 80;
            found
        };
        let found = run(vec![
            (decoded("acme-pat", TOKEN), "a"),
            (decoded("beta-key", "beta_0123456789abcdef"), "a"),
            (decoded("generic-token", &TOKEN[9..]), "a"),
        ]);
        assert_eq!(names(&found), ["acme-pat", "beta-key"]);
    }

    #[test]
    fn two_providers_in_doubt_are_named_together() {
        let found = run(vec![
            (matched("acme-pat", TOKEN, 0), "a"),
            (matched("beta-key", TOKEN, 0), "a"),
        ]);
        assert_eq!(names(&found), ["acme-pat"]);
        assert_eq!(found[0].finding.candidates, ["beta-key"]);
    }

    #[test]
    fn a_part_is_not_reported_beside_its_whole() {
        let mut whole = matched("acme-pat", TOKEN, 0);
        whole.parts = vec![Part {
            name: "id".to_owned(),
            value: "ACMEID0123456789".into(),
        }];
        let found = run(vec![
            (whole, "a"),
            (matched("acme-id-alone", "ACMEID0123456789", 100), "a"),
            (matched("generic-token", "ACMEID0123456789", 100), "a"),
            (matched("acme-id-alone", "ACMEID0123456789", 5), "elsewhere"),
        ]);
        assert_eq!(names(&found), ["acme-id-alone", "acme-pat"]);
        assert_eq!(found[0].finding.places.len(), 1);
    }

    #[test]
    fn a_crowd_over_the_same_bytes_is_settled_quickly() {
        let crowd = (0..5_000).map(|i| {
            let mut found = matched("beta-key", &format!("beta_{i:016}"), 0);
            found.decoded = vec!["base64"];
            found.span.end = 80;
            (found, "a")
        });
        assert_eq!(run(crowd.collect()).len(), 5_000);
    }

    /// A small generator of numbers that are the same on every run.
    fn next(state: &mut u64) -> usize {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap()
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let kinds = [
            "acme-pat",
            "acme-id-alone",
            "beta-key",
            "generic-token",
            "generic-password",
        ];
        let mut state = 7;
        let mut all: Vec<(Match, &str)> = (0..300)
            .map(|_| {
                let from = next(&mut state) % 20;
                let to = from + 1 + next(&mut state) % (TOKEN.len() - from - 1);
                let mut found = matched(kinds[next(&mut state) % 5], &TOKEN[from..to], from);
                found.confidence = Confidence::ALL[next(&mut state) % 3];
                if next(&mut state).is_multiple_of(4) {
                    found.decoded = vec!["base64"];
                }
                if next(&mut state).is_multiple_of(5) {
                    let value = TOKEN[next(&mut state) % 9..].into();
                    let name = "id".to_owned();
                    found.parts = vec![Part { name, value }];
                }
                found.excerpt = format!("line {}", next(&mut state));
                (found, ["a", "b", "c"][next(&mut state) % 3])
            })
            .collect();
        let first = format!("{:?}", run(all.clone()));
        for _ in 0..20 {
            for i in (1..all.len()).rev() {
                all.swap(i, next(&mut state) % (i + 1));
            }
            assert_eq!(format!("{:?}", run(all.clone())), first);
        }
    }
}
