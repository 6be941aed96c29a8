//! Results as hostile and as complete as they come, for the tests of all formats.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{About, Results};
use crate::api::egress::Contact;
use crate::finding::{
    BlobId, CommitInfo, Confidence, Finding, Fingerprint, Guessable, Part, Place, Rotate, Secret,
    Severity, Silencer, Skip, SourceKind, Span, Stale, StaleWhy, Status, Suppressed, Tally,
    Urgency, Verification,
};

pub(super) const NOW: i64 = 1_795_000_000;

/// A secret that must never be printed.
pub(super) const SECRET: &str = "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P";
/// A part that must never be printed.
pub(super) const PART: &str = "ACMEID0123456789";
/// A secret that was suppressed, and must not be printed either.
pub(super) const SILENCED: &str = "hunter2hunter2";
/// Everything a terminal, a page, a sheet or a workflow could obey.
pub(super) const HOSTILE: &str = "=cmd|'/C calc'!A0\u{1b}[2J\u{1b}]8;;http://evil\u{7}\u{202e}\u{2066}\u{9b}31m<script>alert(1)</script>\"'`|@team]]>\u{0}\u{b}\u{fffe}\r\n::error::injected##[add-mask]%0A::warning::x \u{200b}\u{7f}";

fn span(line: u32, column: u32, length: u32) -> Span {
    Span {
        start: 100,
        end: 100 + usize::try_from(length).unwrap(),
        line,
        column,
        end_line: line,
        end_column: column + length,
    }
}

fn commit(id: char, author: &str, time: i64) -> Arc<CommitInfo> {
    Arc::new(CommitInfo {
        id: id.to_string().repeat(40),
        author: author.to_owned(),
        email: "alice@example.com".to_owned(),
        time,
    })
}

fn text_map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    entries.iter().map(owned).collect()
}

/// A calm finding with two places and every field filled.
pub(super) fn finding() -> Finding {
    let mut tree = Place::new(SourceKind::Tree, "src/config.py", span(3, 12, 33));
    tree.in_head = true;
    let mut history = Place::new(SourceKind::History, "old/config.py", span(2, 9, 33));
    history.blob = BlobId::from_bytes(&[7; 20]);
    history.commit = Some(commit('a', "Alice", 1_767_323_045));
    history.last_commit = Some(commit('b', "Bob", 1_777_323_045));
    history.refs = vec!["main".to_owned(), "v1.0".to_owned()];
    history.decoded = vec!["base64"];
    Finding {
        fingerprint: Fingerprint::of("acme-pat", SECRET.as_bytes(), Guessable::No),
        provider: "acme".to_owned(),
        kind: "acme-pat".to_owned(),
        name: "Personal access token".to_owned(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        status: Status::Live,
        urgency: Urgency::Now,
        score: 93,
        reasons: vec![
            "live".to_owned(),
            "in HEAD".to_owned(),
            "scope repo".to_owned(),
        ],
        secret: Secret::from(SECRET),
        parts: vec![Part {
            name: "id".to_owned(),
            value: Secret::from(PART),
        }],
        facts: text_map(&[("region", "eu")]),
        candidates: vec!["beta-key".to_owned()],
        explain: vec![
            ("looks random".to_owned(), 1200),
            ("near a word".to_owned(), -3),
        ],
        places: vec![tree, history],
        excerpt: "  TOKEN = \"acme_pat…\"".to_owned(),
        verification: Some(Verification {
            at: 1_794_000_000,
            call: "whoami".to_owned(),
            identity: text_map(&[("account", "alice@example.com")]),
            detail: "the provider knows it".to_owned(),
        }),
        rotate: Rotate {
            console: Some("https://console.acme.example/tokens".to_owned()),
            steps: vec![
                "Create a new token.".to_owned(),
                "Revoke the old one.".to_owned(),
            ],
        },
    }
}

/// The same with the secret, its part and hostile text in every field that a stranger can fill.
pub(super) fn hostile() -> Finding {
    let bad = format!("{HOSTILE} {SECRET} {PART} YWNtZV9wYXRfN0dxMkxtWDladDRSYjhWbjFLYzVXeTNQ");
    let mut finding = finding();
    finding.severity = Severity::High;
    finding.status = Status::Unknown(bad.clone());
    finding.urgency = Urgency::Soon;
    finding.score = 60;
    finding.reasons = vec![bad.clone()];
    finding.facts = text_map(&[("owner", &bad), (&bad, "x")]);
    finding.excerpt = format!("::error::{bad}");
    finding.explain = vec![(bad.clone(), 3)];
    finding.fingerprint = Fingerprint::of("acme-pat", b"another", Guessable::No);
    for place in &mut finding.places {
        place.path = format!("::notice::{bad}/a.py").into_bytes();
        place.refs = vec![bad.clone()];
        for commit in place.commit.iter_mut().chain(&mut place.last_commit) {
            let commit = Arc::make_mut(commit);
            commit.author = bad.clone();
            commit.email = bad.clone();
        }
    }
    finding.verification = Some(Verification {
        at: 1_794_000_000,
        call: "whoami".to_owned(),
        identity: text_map(&[("account", &bad)]),
        detail: bad,
    });
    finding
}

/// Three findings, one silenced, and a tally with everything in it.
pub(super) fn results() -> Results {
    let mut silenced = finding();
    silenced.kind = "generic-password".to_owned();
    silenced.secret = Secret::from(SILENCED);
    silenced.fingerprint = Fingerprint::of("generic-password", b"x", Guessable::No);
    let mut plain = finding();
    plain.fingerprint = Fingerprint::of("acme-pat", b"third", Guessable::No);
    plain.secret = Secret::from("acme_pat_0000111122223333");
    plain.status = Status::Unchecked;
    plain.urgency = Urgency::Review;
    plain.verification = None;
    plain.score = 40;
    let bad = format!("{HOSTILE} {SECRET} {SILENCED}");
    let mut tally = Tally {
        files: 12,
        blobs: 340,
        bytes: 5_000_000,
        commits: 50,
        ..Tally::default()
    };
    tally.skip(Skip::Binary);
    tally.fail(Skip::Shallow, bad.clone(), bad.clone());
    let about = About {
        provider_name: "Acme Cloud".to_owned(),
        docs: "https://docs.acme.example/tokens".to_owned(),
    };
    Results {
        findings: vec![finding(), hostile(), plain],
        suppressed: vec![Suppressed {
            finding: silenced,
            by: vec![Silencer {
                sort: "config",
                origin: ".unleak.toml:12".to_owned(),
                reason: Some(bad.clone()),
            }],
        }],
        stale: vec![Stale {
            origin: bad.clone(),
            subject: bad,
            why: StaleWhy::Expired("2026-01-01".to_owned()),
        }],
        below_threshold: 4,
        egress: vec![Contact {
            host: "api.acme.example".to_owned(),
            kind: "acme-pat".to_owned(),
            count: 3,
        }],
        tally,
        elapsed_ms: 1234,
        version: "0.1.0".to_owned(),
        patterns: "sha256:0011".to_owned(),
        root: ".".to_owned(),
        web: Some("https://git.example/o/r".to_owned()),
        partial: false,
        kinds: BTreeMap::from([(("acme".to_owned(), "acme-pat".to_owned()), about)]),
    }
}
