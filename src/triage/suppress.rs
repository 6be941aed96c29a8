//! What is silenced, by what, and which silencers have lost their use. Markers in the text are
//! weighed in `marker`, the files in `baseline` and `import`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::civil::Date;

use super::baseline::Baseline;
use super::import::Import;
use super::marker::{self, Lines};
use super::merge::Merged;
use crate::finding::{Finding, Fingerprint, Place, Silencer, Stale, StaleWhy, Suppressed};

/// One entry of the settings. At least one of the first three is stated; all stated must fit.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Exactly this secret.
    pub fingerprint: Option<Fingerprint>,
    /// Places whose path fits this glob, as `.gitignore` reads it.
    pub path: Option<String>,
    /// This kind, or all kinds of this provider.
    pub kind: Option<String>,
    /// Why it is no leak, or why it may wait.
    pub reason: String,
    /// The last day it holds.
    pub expires: Option<Date>,
    /// Where it stands (`.unleak.toml:12`), for people.
    pub origin: String,
}

/// Everything that silences, and how it is applied. A finding is suppressed only if every one of its
/// places is covered; a silencer that covers some of them is no cover for the rest.
///
/// | silencer | covers |
/// |---|---|
/// | settings, by fingerprint or kind | every place of the finding |
/// | settings, by path | the places whose path fits |
/// | baseline | every place of the findings it lists |
/// | `.gitleaksignore`, baseline of detect-secrets | the places of that value at that path |
/// | marker in the text | its place, and older copies as `marker` says |
#[derive(Clone, Debug)]
pub struct Silence {
    /// Entries of the settings.
    pub suppressions: Vec<Suppression>,
    /// Findings known already.
    pub baseline: Option<Baseline>,
    /// What other tools were told to be silent about.
    pub imports: Vec<Import>,
    /// Markers of other tools count as ours do.
    pub foreign_markers: bool,
    /// Everything the silencers may be about was scanned, so that one without use is unused.
    pub whole: bool,
    /// The day it is, for entries that expire.
    pub today: Date,
}

/// The findings sorted into two, and the silencers that are no longer of use.
#[derive(Debug, Default)]
pub struct Outcome {
    /// To be reported.
    pub open: Vec<Finding>,
    /// Silenced.
    pub suppressed: Vec<Suppressed>,
    /// Unused, expired or refused silencers, ordered.
    pub stale: Vec<Stale>,
}

/// What covers the places of one finding.
pub(super) struct Cover {
    pub(super) places: Vec<bool>,
    pub(super) by: BTreeSet<Silencer>,
}

impl Cover {
    /// Covers one place.
    fn add(&mut self, place: usize, by: impl FnOnce() -> Silencer) {
        self.places[place] = true;
        self.by.insert(by());
    }
}

/// An entry ready to be matched.
struct Ready<'a> {
    entry: &'a Suppression,
    glob: Option<Gitignore>,
    expired: bool,
    used: bool,
}

impl Silence {
    /// Nothing is silenced but by markers in the text.
    pub fn is_empty(&self) -> bool {
        self.suppressions.is_empty() && self.baseline.is_none() && self.imports.is_empty()
    }

    /// Sorts findings into open and suppressed ones.
    pub fn apply(&self, merged: Vec<Merged>) -> Outcome {
        let mut ready: Vec<Ready<'_>> = self.suppressions.iter().map(|e| self.ready(e)).collect();
        let mut known: BTreeSet<Fingerprint> = BTreeSet::new();
        let mut imports = Imports::of(&self.imports);
        let lines = Lines::of(&merged, self.foreign_markers, !self.imports.is_empty());
        let mut outcome = Outcome::default();
        outcome.stale.extend(lines.refused(&merged));
        for (index, Merged { finding, .. }) in merged.into_iter().enumerate() {
            let mut cover = Cover {
                places: vec![false; finding.places.len()],
                by: BTreeSet::new(),
            };
            for entry in &mut ready {
                entry.cover(&finding, &mut cover);
            }
            self.known(&finding, &mut cover, &mut known);
            imports.cover(&finding, &mut cover, &lines);
            marker::cover(&finding, lines.honoured(index), &mut cover);
            outcome.file(finding, cover);
        }
        outcome
            .stale
            .extend(ready.iter().filter_map(|entry| entry.stale(self.whole)));
        if self.whole {
            outcome.stale.extend(self.unused(&known, &imports.used));
        }
        outcome.stale.sort();
        outcome.stale.dedup();
        outcome
    }

    fn ready<'a>(&self, entry: &'a Suppression) -> Ready<'a> {
        Ready {
            entry,
            glob: entry.path.as_deref().map(glob),
            expired: entry.expires.is_some_and(|day| day < self.today),
            used: false,
        }
    }

    fn known(&self, finding: &Finding, cover: &mut Cover, known: &mut BTreeSet<Fingerprint>) {
        let Some(baseline) = &self.baseline else {
            return;
        };
        let Some(entry) = baseline.get(finding.fingerprint) else {
            return;
        };
        known.insert(finding.fingerprint);
        for place in 0..finding.places.len() {
            cover.add(place, || Silencer {
                sort: "baseline",
                origin: baseline.origin().to_owned(),
                reason: (!entry.note.is_empty()).then(|| entry.note.clone()),
            });
        }
    }

    fn unused(&self, known: &BTreeSet<Fingerprint>, imported: &[bool]) -> Vec<Stale> {
        let mut stale = Vec::new();
        for entry in self.baseline.iter().flat_map(Baseline::entries) {
            if !known.contains(&entry.fingerprint) {
                let origin = self.baseline.as_ref().map_or("", Baseline::origin);
                stale.push(Stale {
                    origin: origin.to_owned(),
                    subject: format!("{} {} {}", entry.fingerprint, entry.kind, entry.path),
                    why: StaleWhy::Unused,
                });
            }
        }
        for (import, used) in self.imports.iter().zip(imported) {
            if !used {
                stale.push(Stale {
                    origin: import.origin.clone(),
                    subject: import.path.clone(),
                    why: StaleWhy::Unused,
                });
            }
        }
        stale
    }
}

impl Outcome {
    fn file(&mut self, finding: Finding, cover: Cover) {
        match cover.places.iter().all(|covered| *covered) && !cover.by.is_empty() {
            true => self.suppressed.push(Suppressed {
                finding,
                by: cover.by.into_iter().collect(),
            }),
            false => self.open.push(finding),
        }
    }
}

impl Ready<'_> {
    fn cover(&mut self, finding: &Finding, cover: &mut Cover) {
        let entry = self.entry;
        let about = entry
            .fingerprint
            .is_none_or(|print| print == finding.fingerprint)
            && entry
                .kind
                .as_deref()
                .is_none_or(|kind| is_of(finding, kind));
        if !about {
            return;
        }
        for (index, place) in finding.places.iter().enumerate() {
            if self.glob.as_ref().is_some_and(|glob| !fits(glob, place)) {
                continue;
            }
            self.used = true;
            if !self.expired {
                cover.add(index, || Silencer {
                    sort: "config",
                    origin: entry.origin.clone(),
                    reason: Some(entry.reason.clone()),
                });
            }
        }
    }

    fn stale(&self, whole: bool) -> Option<Stale> {
        let why = match self.entry.expires {
            Some(day) if self.expired => StaleWhy::Expired(day.to_string()),
            _ if whole && !self.used => StaleWhy::Unused,
            _ => return None,
        };
        let print = self.entry.fingerprint.map(|print| print.to_string());
        let stated = [&self.entry.path, &self.entry.kind, &print];
        let stated: Vec<&str> = stated.into_iter().flatten().map(String::as_str).collect();
        Some(Stale {
            origin: self.entry.origin.clone(),
            subject: stated.join(" "),
            why,
        })
    }
}

/// The finding is of that kind, or of a kind of that provider.
pub(super) fn is_of(finding: &Finding, kind: &str) -> bool {
    finding.kind == kind || finding.provider == kind
}

/// A glob that cannot be read fits nothing; the settings' reader has said so before.
fn glob(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    match builder.add_line(None, text) {
        Ok(builder) => builder.build().unwrap_or_else(|_| Gitignore::empty()),
        Err(_) => Gitignore::empty(),
    }
}

fn fits(glob: &Gitignore, place: &Place) -> bool {
    // The matcher insists on relative paths, and a forged tree can hold any name.
    let path = place.path_text();
    let path = path.trim_start_matches('/');
    !path.is_empty() && glob.matched_path_or_any_parents(path, false).is_ignore()
}

/// Foreign entries by the path they are about, so that thousands of them cost little.
struct Imports<'a> {
    by_path: BTreeMap<&'a str, Vec<usize>>,
    all: &'a [Import],
    used: Vec<bool>,
}

impl<'a> Imports<'a> {
    fn of(all: &'a [Import]) -> Imports<'a> {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, import) in all.iter().enumerate() {
            by_path.entry(&import.path).or_default().push(index);
        }
        let used = vec![false; all.len()];
        Imports { by_path, all, used }
    }

    fn cover(&mut self, finding: &Finding, cover: &mut Cover, lines: &Lines) {
        let mut paths: BTreeMap<Cow<'_, str>, Vec<usize>> = BTreeMap::new();
        if self.all.is_empty() {
            return;
        }
        for (index, place) in finding.places.iter().enumerate() {
            paths.entry(place.path_text()).or_default().push(index);
        }
        for (path, places) in paths {
            for &index in self.by_path.get(&*path).into_iter().flatten() {
                let import = &self.all[index];
                let by_line = |place: &Place| import.by_line(place) && lines.alone(place);
                let vouched = import.by_value(finding)
                    || places.iter().any(|place| by_line(&finding.places[*place]));
                if !vouched {
                    continue;
                }
                self.used[index] = true;
                for &place in &places {
                    cover.add(place, || Silencer {
                        sort: "import",
                        origin: import.origin.clone(),
                        reason: Some(format!("known to {}", import.tool)),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{history, kinds, marked, matched, tree};
    use super::super::{Imported, Merger};
    use super::*;
    use crate::finding::{Match, SourceKind};

    const TOKEN: &str = "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P";
    const OTHER: &str = "beta_0123456789abcdef";

    fn merged(found: Vec<(Match, Place)>) -> Vec<Merged> {
        let mut merger = Merger::default();
        for (found, place) in found {
            merger.add(found, place);
        }
        let drafts = merger.finish(&kinds);
        drafts.into_iter().map(|draft| draft.seal()).collect()
    }

    fn silence() -> Silence {
        Silence {
            suppressions: Vec::new(),
            baseline: None,
            imports: Vec::new(),
            foreign_markers: true,
            whole: true,
            today: "2026-11-22".parse().unwrap(),
        }
    }

    fn entry(kind: Option<&str>, path: Option<&str>, expires: Option<&str>) -> Suppression {
        Suppression {
            fingerprint: None,
            path: path.map(str::to_owned),
            kind: kind.map(str::to_owned),
            reason: "made up".to_owned(),
            expires: expires.map(|day| day.parse().unwrap()),
            origin: ".unleak.toml:3".to_owned(),
        }
    }

    fn with(entries: Vec<Suppression>) -> Silence {
        Silence {
            suppressions: entries,
            ..silence()
        }
    }

    /// Kinds still open, number suppressed, words of what is stale.
    fn run(silence: &Silence, found: Vec<(Match, Place)>) -> (Vec<String>, usize, Vec<String>) {
        let outcome = silence.apply(merged(found));
        let open = outcome.open.iter().map(|finding| finding.kind.clone());
        let stale = outcome
            .stale
            .iter()
            .map(|stale| stale.why.word().to_owned());
        (open.collect(), outcome.suppressed.len(), stale.collect())
    }

    fn token(path: &str) -> (Match, Place) {
        (matched("acme-pat", TOKEN, 0), tree(path))
    }

    #[test]
    fn a_path_silences_its_places_and_no_others() {
        let silence = with(vec![entry(None, Some("tests/**"), None)]);
        assert_eq!(run(&silence, vec![token("tests/a.py")]).1, 1);
        let (open, suppressed, _) = run(&silence, vec![token("tests/a.py"), token("src/a.py")]);
        assert_eq!((open.len(), suppressed), (1, 0));
        let old = (matched("acme-pat", TOKEN, 0), history("src/a.py", 1, 5));
        assert_eq!(run(&silence, vec![token("tests/a.py"), old]).1, 0);
    }

    #[test]
    fn all_that_an_entry_states_must_fit() {
        let kind = with(vec![entry(Some("acme-pat"), Some("src/"), None)]);
        assert_eq!(run(&kind, vec![token("src/a.py")]).1, 1);
        assert_eq!(run(&kind, vec![token("lib/a.py")]).1, 0);
        let provider = with(vec![entry(Some("acme"), None, None)]);
        assert_eq!(run(&provider, vec![token("lib/a.py")]).1, 1);
        let mut exact = entry(None, None, None);
        exact.fingerprint = Some(merged(vec![token("a")])[0].finding.fingerprint);
        let other = (matched("beta-key", OTHER, 50), tree("a"));
        let (open, suppressed, _) = run(&with(vec![exact]), vec![token("a"), other]);
        assert_eq!((open, suppressed), (vec!["beta-key".to_owned()], 1));
    }

    #[test]
    fn expired_and_unused_entries_are_listed() {
        let last_day = with(vec![entry(Some("acme"), None, Some("2026-11-22"))]);
        assert_eq!(run(&last_day, vec![token("a")]), (vec![], 1, vec![]));
        let past = with(vec![entry(Some("acme"), None, Some("2026-11-21"))]);
        let (open, _, stale) = run(&past, vec![token("a")]);
        assert_eq!((open.len(), stale), (1, vec!["expired".to_owned()]));
        let unused = with(vec![entry(Some("beta"), None, None)]);
        assert_eq!(run(&unused, vec![token("a")]).2, ["unused"]);
        let part = Silence {
            whole: false,
            ..unused
        };
        assert!(run(&part, vec![token("a")]).2.is_empty());
    }

    #[test]
    fn hostile_globs_and_paths_do_no_harm() {
        for glob in ["[", "!a", "#a", "", "/", "**/../a", "\\"] {
            let silence = with(vec![entry(None, Some(glob), None)]);
            for path in ["/etc/passwd", "//a", "../a", "", "a/../b"] {
                run(&silence, vec![token(path)]);
            }
        }
        let rooted = with(vec![entry(None, Some("etc/"), None)]);
        assert_eq!(run(&rooted, vec![token("/etc/passwd")]).1, 1);
    }

    #[test]
    fn a_baseline_silences_what_it_lists_and_tells_what_is_gone() {
        let known = merged(vec![token("a")]);
        let baseline = Baseline::default().updated([&known[0].finding].into_iter(), true);
        let silence = Silence {
            baseline: Some(baseline),
            ..silence()
        };
        let moved = (matched("acme-pat", TOKEN, 70), tree("elsewhere/b"));
        assert_eq!(run(&silence, vec![moved]).1, 1);
        let new = (matched("beta-key", OTHER, 0), tree("a"));
        let (open, suppressed, stale) = run(&silence, vec![new]);
        assert_eq!(
            (open.len(), suppressed, stale),
            (1, 0, vec!["unused".to_owned()])
        );
    }

    fn imported(text: &str) -> Silence {
        let read = match text.starts_with('{') {
            true => Imported::detect_secrets(text, ".secrets.baseline"),
            false => Imported::gitleaksignore(text, ".gitleaksignore"),
        };
        Silence {
            imports: read.unwrap().entries,
            ..silence()
        }
    }

    #[test]
    fn a_gitleaksignore_silences_the_only_secret_of_a_line() {
        let silence = imported("# why\n\nsrc/a.py:some-rule:1\n");
        assert_eq!(run(&silence, vec![token("src/a.py")]).1, 1);
        assert_eq!(run(&silence, vec![token("src/b.py")]).1, 0);
        let beside = (matched("beta-key", OTHER, 60), tree("src/a.py"));
        assert_eq!(run(&silence, vec![token("src/a.py"), beside]).1, 0);
        let commit = format!("{:040x}:src/a.py:rule:1", 7);
        let at = |blob| (matched("acme-pat", TOKEN, 0), history("src/a.py", blob, 5));
        assert_eq!(run(&imported(&commit), vec![at(7), at(8)]).1, 1);
        assert_eq!(
            run(&imported(&commit), vec![at(8)]),
            (vec!["acme-pat".to_owned()], 0, vec!["unused".to_owned()])
        );
        assert!(Imported::gitleaksignore("nonsense", "f").is_err());
    }

    #[test]
    fn a_baseline_of_detect_secrets_silences_by_hash() {
        let row = |sha1: &str, more: &str| {
            format!(
                "{{\"results\":{{\"src/a.py\":[{{\"type\":\"T\",\"hashed_secret\":\"{sha1}\",\"line_number\":99{more}}}]}}}}"
            )
        };
        let digest = "d99b9e6dda3d5cd9a38ddf2c1d8e44bcb1d21e56";
        let silence = imported(&row(SHA1_OF_TOKEN, ""));
        assert_eq!(run(&silence, vec![token("src/a.py")]).1, 1);
        assert_eq!(
            run(&silence, vec![token("src/a.py"), token("src/b.py")]).1,
            0
        );
        assert_eq!(
            run(&imported(&row(digest, "")), vec![token("src/a.py")]).1,
            0
        );
        let audited = Imported::detect_secrets(&row(SHA1_OF_TOKEN, ",\"is_secret\":true"), "f");
        let audited = audited.unwrap();
        assert_eq!((audited.entries.len(), audited.true_secrets), (0, 1));
        assert!(Imported::detect_secrets("{}", "f").is_err());
    }

    /// `printf acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P | sha1sum`
    const SHA1_OF_TOKEN: &str = "2b561913ece7f73884ef708d65e187d9c24731fa";

    #[test]
    fn a_marker_silences_the_only_secret_of_its_line() {
        let alone = || {
            (
                marked(matched("acme-pat", TOKEN, 0), "unleak:ignore", None),
                tree("a"),
            )
        };
        assert_eq!(run(&silence(), vec![alone()]), (vec![], 1, vec![]));
        let beside = marked(matched("beta-key", OTHER, 60), "unleak:ignore", None);
        let (open, suppressed, stale) = run(&silence(), vec![alone(), (beside, tree("a"))]);
        assert_eq!(
            (open.len(), suppressed, stale),
            (2, 0, vec!["refused".to_owned()])
        );
    }

    #[test]
    fn a_marker_that_names_a_kind_silences_that_one_only() {
        let on = |found, kind| (marked(found, "unleak:ignore", Some(kind)), tree("a"));
        let both = |kind| {
            vec![
                on(matched("acme-pat", TOKEN, 0), kind),
                on(matched("beta-key", OTHER, 60), kind),
            ]
        };
        assert_eq!(
            run(&silence(), both("acme-pat")),
            (vec!["beta-key".to_owned()], 1, vec![])
        );
        let (open, _, stale) = run(&silence(), both("gamma"));
        assert_eq!(
            (open.len(), stale),
            (2, vec!["refused".to_owned(), "refused".to_owned()])
        );
        let twins = vec![
            on(matched("acme-pat", TOKEN, 0), "acme-pat"),
            on(
                matched("acme-pat", "acme_pat_zzzzzzzzzzzzzzzzzzzzzzzz", 60),
                "acme-pat",
            ),
        ];
        assert_eq!(run(&silence(), twins).0.len(), 2);
    }

    #[test]
    fn markers_of_other_tools_can_be_turned_off() {
        let foreign = || {
            vec![(
                marked(matched("acme-pat", TOKEN, 0), "gitleaks:allow", None),
                tree("a"),
            )]
        };
        assert_eq!(run(&silence(), foreign()).1, 1);
        let off = Silence {
            foreign_markers: false,
            ..silence()
        };
        assert_eq!(
            run(&off, foreign()),
            (vec!["acme-pat".to_owned()], 0, vec![])
        );
    }

    #[test]
    fn a_marker_covers_earlier_versions_and_no_other_present_copy() {
        let with_marker = || {
            (
                marked(matched("acme-pat", TOKEN, 0), "unleak:ignore", None),
                tree("a"),
            )
        };
        let plain = |place| (matched("acme-pat", TOKEN, 0), place);
        let mut head = history("a", 2, 50);
        head.in_head = true;
        let versions = vec![
            with_marker(),
            plain(head.clone()),
            plain(history("old/a", 1, 5)),
        ];
        assert_eq!(run(&silence(), versions).1, 1);
        let elsewhere = vec![
            with_marker(),
            plain(history("old/a", 1, 5)),
            plain(tree("b")),
        ];
        assert_eq!(run(&silence(), elsewhere).1, 0);
        let mut second = vec![with_marker(), (matched("acme-pat", TOKEN, 90), tree("a"))];
        second[1].0.span.line = 5;
        assert_eq!(run(&silence(), second).1, 0);
        let removed = vec![plain(history("a", 1, 5)), {
            let (found, _) = with_marker();
            (found, history("a", 2, 6))
        }];
        assert_eq!(run(&silence(), removed).1, 1);
        let mut staged = plain(tree("a"));
        staged.1.source = SourceKind::Index;
        let unsaved = vec![staged, {
            let (found, _) = with_marker();
            (found, head)
        }];
        assert_eq!(run(&silence(), unsaved).1, 0);
    }

    #[test]
    fn several_silencers_together_can_cover_a_finding() {
        let silence = with(vec![entry(None, Some("b"), None)]);
        let found = vec![
            (
                marked(matched("acme-pat", TOKEN, 0), "unleak:ignore", None),
                tree("a"),
            ),
            token("b"),
        ];
        let outcome = silence.apply(merged(found));
        let by: Vec<_> = outcome.suppressed[0].by.iter().map(|by| by.sort).collect();
        assert_eq!(by, ["config", "marker"]);
    }
}
