//! Merger: matches and their places become findings, one for each kind and value. Matches may come
//! in any order and from any thread's work; what comes out is the same. Which of two overlapping
//! matches stands is decided in `overlap`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{KindInfo, Kinds, overlap};
use crate::finding::{
    Confidence, Finding, Fingerprint, Guessable, Marker, Match, Part, Place, Rotate, SETTING,
    Secret, Severity, Status, Urgency,
};

/// Collects matches.
#[derive(Default)]
pub struct Merger {
    groups: BTreeMap<(Arc<str>, Secret), Group>,
}

/// All occurrences of one value as one kind.
pub(super) struct Group {
    pub(super) kind: Arc<str>,
    pub(super) secret: Secret,
    pub(super) info: KindInfo,
    pub(super) guessable: Guessable,
    pub(super) candidates: BTreeSet<Arc<str>>,
    /// Whose it is by its surroundings, at any place.
    owners: BTreeSet<Arc<str>>,
    pub(super) seen: BTreeMap<Place, Seen>,
    part_sets: BTreeSet<Vec<Part>>,
    facts: BTreeMap<String, String>,
    /// The name that every occurrence has, or nothing.
    setting: String,
    explain: BTreeMap<Confidence, Vec<(String, i32)>>,
}

/// What is kept of one occurrence.
pub(super) struct Seen {
    pub(super) confidence: Confidence,
    excerpt: Box<str>,
    marker: Option<Marker>,
}

impl Merger {
    /// Adds one match at one place; the place's span and decoders are taken from the match.
    pub fn add(&mut self, found: Match, mut place: Place) {
        place.span = found.span;
        place.decoded = found.decoded;
        let key = (found.kind, found.secret);
        let group = self.groups.entry(key).or_insert_with_key(|(kind, secret)| {
            Group::new(Arc::clone(kind), secret.clone(), found.guessable)
        });
        if found.guessable == Guessable::Perhaps {
            group.guessable = Guessable::Perhaps;
        }
        group.candidates.extend(found.candidates);
        group.owners.extend(found.provider);
        if !found.parts.is_empty() {
            group.part_sets.insert(found.parts);
        }
        let mut facts = found.facts;
        let setting = facts.remove(SETTING).unwrap_or_default();
        if !group.seen.is_empty() && group.setting != setting {
            group.setting.clear();
        } else {
            group.setting = setting;
        }
        for (name, value) in facts {
            keep_smallest(&mut group.facts, name, value);
        }
        let explain = group.explain.entry(found.confidence).or_default();
        if explain.is_empty() || (!found.reasons.is_empty() && found.reasons < *explain) {
            *explain = found.reasons;
        }
        let seen = Seen {
            confidence: found.confidence,
            excerpt: found.excerpt.into(),
            marker: found.marker,
        };
        group.saw(place, seen);
    }

    /// True if nothing was added.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Decides overlaps and returns one draft a finding, ordered by kind and value. No fingerprint
    /// has been computed yet: that is [`Draft::seal`], which may run on several threads.
    pub fn finish(self, kinds: &Kinds<'_>) -> Vec<Draft> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        for group in &mut groups {
            if let Some(info) = kinds(&group.kind) {
                group.info = info;
            }
        }
        overlap::resolve(&mut groups);
        groups.retain(|group| !group.seen.is_empty());
        groups.into_iter().map(Draft).collect()
    }
}

/// Of two values for one name the smaller is kept, so that the order of arrival does not matter.
fn keep_smallest(facts: &mut BTreeMap<String, String>, name: String, value: String) {
    match facts.get(&name) {
        Some(old) if *old <= value => {}
        _ => {
            facts.insert(name, value);
        }
    }
}

impl Group {
    fn new(kind: Arc<str>, secret: Secret, guessable: Guessable) -> Group {
        let info = KindInfo {
            provider: "unknown".to_owned(),
            name: kind.to_string(),
            severity: Severity::Medium,
            generic: true,
            rotate: Rotate::default(),
        };
        Group {
            kind,
            secret,
            info,
            guessable,
            candidates: BTreeSet::new(),
            owners: BTreeSet::new(),
            seen: BTreeMap::new(),
            part_sets: BTreeSet::new(),
            facts: BTreeMap::new(),
            setting: String::new(),
            explain: BTreeMap::new(),
        }
    }

    /// Files one occurrence. The same place twice keeps the surer one, and any marker.
    pub(super) fn saw(&mut self, place: Place, seen: Seen) {
        match self.seen.get_mut(&place) {
            Some(old) => {
                old.confidence = old.confidence.max(seen.confidence);
                if seen.excerpt < old.excerpt {
                    old.excerpt = seen.excerpt;
                }
                if old.marker.is_none() || (seen.marker.is_some() && seen.marker < old.marker) {
                    old.marker = seen.marker;
                }
            }
            None => {
                self.seen.insert(place, seen);
            }
        }
    }

    fn confidence(&self) -> Confidence {
        let all = self.seen.values().map(|seen| seen.confidence);
        all.max().unwrap_or(Confidence::Low)
    }

    /// The values of every part in any of its sets.
    pub(super) fn part_values(&self) -> impl Iterator<Item = &Secret> {
        self.part_sets.iter().flatten().map(|part| &part.value)
    }

    /// How many parts its fullest set has.
    pub(super) fn fullest(&self) -> usize {
        self.part_sets.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The fullest set of parts. Sets are never mixed: the user of one host with the name of
    /// another would be a credential that nobody wrote down.
    fn take_parts(&mut self) -> Vec<Part> {
        let sets = std::mem::take(&mut self.part_sets);
        if sets.len() > 1 {
            let count = sets.len().to_string();
            keep_smallest(&mut self.facts, "sets of parts".to_owned(), count);
        }
        let best = |a: &Vec<Part>, b: &Vec<Part>| a.len().cmp(&b.len()).then_with(|| b.cmp(a));
        sets.into_iter().max_by(best).unwrap_or_default()
    }
}

/// A finding that still lacks its fingerprint.
pub struct Draft(Group);

/// A finding and the markers beside its places.
#[derive(Debug)]
pub struct Merged {
    /// The finding; not yet verified nor scored.
    pub finding: Finding,
    /// Index into `finding.places`, and the marker that stands there.
    pub markers: Vec<(usize, Marker)>,
}

impl Draft {
    /// The best of all its places.
    pub fn confidence(&self) -> Confidence {
        self.0.confidence()
    }

    /// Some comment beside it asks for silence.
    pub fn has_marker(&self) -> bool {
        self.0.seen.values().any(|seen| seen.marker.is_some())
    }

    /// Computes the fingerprint, which takes milliseconds for a guessable value, and makes the finding.
    pub fn seal(self) -> Merged {
        let mut group = self.0;
        let fingerprint = Fingerprint::of(&group.kind, group.secret.reveal(), group.guessable);
        let parts = group.take_parts();
        if !group.setting.is_empty() {
            let setting = std::mem::take(&mut group.setting);
            group.facts.insert(SETTING.to_owned(), setting);
        }
        let confidence = group.confidence();
        // Two places that speak of two providers leave it open.
        let owner = match (group.owners.pop_first(), group.owners.is_empty()) {
            (Some(owner), true) => owner.to_string(),
            _ => group.info.provider,
        };
        let explain = group.explain.remove(&confidence).unwrap_or_default();
        let excerpt = group.seen.values().next();
        let excerpt = excerpt.map_or(String::new(), |seen| seen.excerpt.to_string());
        let mut places = Vec::with_capacity(group.seen.len());
        let mut markers = Vec::new();
        for (place, seen) in group.seen {
            markers.extend(seen.marker.map(|marker| (places.len(), marker)));
            places.push(place);
        }
        let finding = Finding {
            fingerprint,
            provider: owner,
            kind: group.kind.to_string(),
            name: group.info.name,
            severity: group.info.severity,
            confidence,
            status: Status::Unchecked,
            urgency: Urgency::Review,
            score: 0,
            reasons: Vec::new(),
            secret: group.secret,
            parts,
            facts: group.facts,
            candidates: group
                .candidates
                .iter()
                .map(|kind| kind.to_string())
                .collect(),
            explain,
            places,
            excerpt,
            verification: None,
            rotate: group.info.rotate,
        };
        Merged { finding, markers }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{history, kinds, matched, tree};
    use super::*;
    use crate::finding::SourceKind;

    const TOKEN: &str = "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P";

    fn sealed(merger: Merger) -> Vec<Finding> {
        let drafts = merger.finish(&kinds);
        drafts
            .into_iter()
            .map(|draft| draft.seal().finding)
            .collect()
    }

    #[test]
    fn one_secret_in_tree_and_history_is_one_finding_whatever_the_order() {
        let at = [
            (4, tree("src/a.py")),
            (9, history("src/a.py", 2, 200)),
            (4, history("old/a.py", 1, 100)),
        ];
        let forward = {
            let mut merger = Merger::default();
            for (start, place) in at.clone() {
                merger.add(matched("acme-pat", TOKEN, start), place);
            }
            sealed(merger)
        };
        let backward = {
            let mut merger = Merger::default();
            for (start, place) in at.into_iter().rev() {
                merger.add(matched("acme-pat", TOKEN, start), place);
            }
            sealed(merger)
        };
        assert_eq!(forward.len(), 1);
        assert_eq!(forward[0].places.len(), 3);
        assert_eq!(forward[0].places[0].source, SourceKind::Tree);
        assert_eq!(forward[0].places[0].span.start, 4);
        assert_eq!(format!("{forward:?}"), format!("{backward:?}"));
    }

    #[test]
    fn the_fullest_set_of_parts_wins_and_sets_are_not_mixed() {
        let part = |name: &str, value: &str| Part {
            name: name.to_owned(),
            value: value.into(),
        };
        let mut merger = Merger::default();
        let mut one = matched("acme-pat", TOKEN, 0);
        one.parts = vec![part("host", "a.example")];
        let mut two = matched("acme-pat", TOKEN, 0);
        two.parts = vec![part("host", "b.example"), part("user", "bob")];
        merger.add(one, tree("a"));
        merger.add(two.clone(), tree("b"));
        let found = sealed(merger);
        assert_eq!(found[0].parts, two.parts);
        assert_eq!(found[0].facts["sets of parts"], "2");
    }

    #[test]
    fn an_unknown_kind_is_still_reported() {
        let mut merger = Merger::default();
        merger.add(matched("not-in-the-catalogue", TOKEN, 0), tree("a"));
        let found = sealed(merger);
        assert_eq!(found[0].name, "not-in-the-catalogue");
        assert_eq!(found[0].severity, Severity::Medium);
    }
}
