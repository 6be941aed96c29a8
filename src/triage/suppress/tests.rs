//! Findings against each sort of silencer.

use super::super::testing::{history, kinds, marked, matched, tree};
use super::super::{Imported, Merger};
use super::*;
use crate::finding::{Match, Place, SourceKind};

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
        key: None,
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
