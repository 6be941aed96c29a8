//! From what somebody said no to, one finding at a time, to rules that say it once: a kind below a folder, a kind in
//! files with one ending, a kind under one name, a value wherever it stands. Proposals only; nothing is silenced here.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Fingerprint, SETTING, Suppressed};

/// A rule needs at least this many different values behind it, so that one mistake is no habit.
const LEAST: usize = 2;

/// A proposed `[[suppress]]` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The glob its places share, with the kind.
    pub path: Option<String>,
    /// The name its values are set under, with the kind.
    pub key: Option<String>,
    /// The kind it is about.
    pub kind: String,
    /// The value it is about.
    pub fingerprint: Option<Fingerprint>,
    /// How many findings, or places of the one value, it stands for.
    pub covers: usize,
}

/// A kind, and what its findings share.
type Rule = (String, Shared);

/// What several findings have in common. Of equals the later is proposed: places are narrower than a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shared {
    Key(String),
    Path(String),
}

/// Rules that cover several silenced findings and no open one, those that cover most first.
pub fn suggest(silenced: &[Suppressed], open: &[Finding]) -> Vec<Proposal> {
    let forbidden: BTreeSet<Rule> = open.iter().flat_map(any_place).collect();
    let mut left: BTreeMap<usize, BTreeSet<Rule>> = silenced
        .iter()
        .enumerate()
        .map(|(i, s)| {
            (
                i,
                every_place(&s.finding)
                    .difference(&forbidden)
                    .cloned()
                    .collect(),
            )
        })
        .collect();
    let mut proposals = Vec::new();
    while let Some((rule, covers)) = widest(&left) {
        left.retain(|_, rules| !rules.contains(&rule));
        let (path, key) = match rule.1 {
            Shared::Path(glob) => (Some(glob), None),
            Shared::Key(name) => (None, Some(name)),
        };
        proposals.push(Proposal {
            path,
            key,
            kind: rule.0,
            fingerprint: None,
            covers,
        });
    }
    let values = left.keys().map(|i| &silenced[*i].finding);
    proposals.extend(
        values
            .filter(|f| f.places.len() >= LEAST)
            .map(|f| Proposal {
                path: None,
                key: None,
                kind: f.kind.clone(),
                fingerprint: Some(f.fingerprint),
                covers: f.places.len(),
            }),
    );
    proposals
}

/// The rule most findings have in common; of equals the narrowest, which is the longest.
fn widest(left: &BTreeMap<usize, BTreeSet<Rule>>) -> Option<(Rule, usize)> {
    let mut counts: BTreeMap<&Rule, usize> = BTreeMap::new();
    for rule in left.values().flatten() {
        *counts.entry(rule).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(_, n)| *n >= LEAST)
        .max_by_key(|(rule, n)| match &rule.1 {
            Shared::Path(glob) => (*n, 1, glob.len()),
            Shared::Key(name) => (*n, 0, name.len()),
        })
        .map(|(rule, n)| (rule.clone(), n))
}

/// The rules that would cover every place of a finding.
fn every_place(finding: &Finding) -> BTreeSet<Rule> {
    let mut places = finding.places.iter().map(|p| globs(&p.path_text()));
    let first = places.next().unwrap_or_default();
    let common: BTreeSet<String> =
        places.fold(first, |all, one| all.intersection(&one).cloned().collect());
    let paths = common.into_iter().map(Shared::Path);
    paths
        .chain(key(finding))
        .map(|shared| (finding.kind.clone(), shared))
        .collect()
}

/// The name its value is set under at every place.
fn key(finding: &Finding) -> Option<Shared> {
    finding.facts.get(SETTING).cloned().map(Shared::Key)
}

/// The rules that would cover some place of a finding.
fn any_place(finding: &Finding) -> Vec<Rule> {
    let globs = finding.places.iter().flat_map(|p| globs(&p.path_text()));
    globs
        .map(Shared::Path)
        .chain(key(finding))
        .map(|shared| (finding.kind.clone(), shared))
        .collect()
}

/// The file, every folder above it, and its ending. Paths that a glob would misread give nothing.
fn globs(path: &str) -> BTreeSet<String> {
    if path.is_empty() || path.contains(['*', '?', '[', ']', '!', '\\', '#', '\u{fffd}']) {
        return BTreeSet::new();
    }
    let folders = path
        .match_indices('/')
        .map(|(i, _)| format!("/{}/**", &path[..i]));
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name
        .split_once('.')
        .filter(|(stem, _)| !stem.is_empty())
        .map(|(_, ending)| format!("*.{ending}"));
    folders.chain(ending).chain([format!("/{path}")]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, tree};
    use super::*;

    fn finding(value: &str, paths: &[&str]) -> Finding {
        let places = paths.iter().map(|path| tree(path)).collect();
        testing::finding("generic-password", value, places)
    }

    fn silenced(value: &str, paths: &[&str]) -> Suppressed {
        Suppressed {
            finding: finding(value, paths),
            by: Vec::new(),
        }
    }

    #[test]
    fn what_several_alarms_share_is_proposed_once_and_narrowly() {
        let no = [
            silenced("Wint3rKraken", &["app/tests/a/one.py"]),
            silenced("Summ3rFalcon", &["app/tests/a/two.py"]),
            silenced("Spr1ngTiger", &["app/tests/b.py"]),
        ];
        let got = suggest(&no, &[]);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].path.as_deref(), Some("/app/tests/**"));
        assert_eq!(got[0].covers, 3);
    }

    #[test]
    fn a_rule_never_covers_an_open_finding() {
        let no = [
            silenced("Wint3rKraken", &["app/tests/one.py"]),
            silenced("Summ3rFalcon", &["app/tests/two.py"]),
        ];
        let open = [finding("Spr1ngTiger", &["app/tests/three.py"])];
        assert_eq!(suggest(&no, &open), Vec::new());
    }

    #[test]
    fn a_name_in_many_places_is_proposed_as_a_key() {
        let called = |mut one: Finding, name: &str| {
            one.facts.insert(SETTING.to_owned(), name.to_owned());
            one
        };
        let no = [
            silenced("Wint3rKraken", &["a/one.py"]),
            silenced("Summ3rFalcon", &["b/two.rb"]),
        ]
        .map(|one| Suppressed {
            finding: called(one.finding, "LABEL_PASSWORD"),
            ..one
        });
        let other = [called(finding("Spr1ngTiger", &["c.go"]), "password")];
        let got = suggest(&no, &other);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].key.as_deref(), Some("LABEL_PASSWORD"));
        let same = [called(finding("Spr1ngTiger", &["c.go"]), "LABEL_PASSWORD")];
        assert_eq!(suggest(&no, &same), Vec::new());
    }

    #[test]
    fn a_value_in_many_places_is_proposed_as_a_value() {
        let no = [silenced("Wint3rKraken", &["a/x.py", "b/y.rb"])];
        let got = suggest(&no, &[]);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].fingerprint, Some(no[0].finding.fingerprint));
        assert_eq!(got[0].covers, 2);
    }
}
