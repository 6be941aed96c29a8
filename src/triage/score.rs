//! Score: how soon somebody has to act on a finding, from 0 to 100, and why. All rules stand in
//! one table. The time is handed in.

use jiff::Timestamp;

use crate::finding::{Confidence, Finding, Severity, SourceKind, Status, Urgency};

/// A rule: what it adds to the score, and the reason it prints if it applies.
type Rule = (i32, fn(&Case<'_>) -> Option<String>);

/// Every rule, in the order in which reasons are printed. The points of those that apply add up;
/// the sum is cut to 0..=100. [`verdict`] turns it into an urgency.
const RULES: &[Rule] = &[
    (30, |case| case.is(&Status::Live).then(|| "live".to_owned())),
    (-20, |case| {
        case.is(&Status::Frozen)
            .then(|| "frozen at the provider".to_owned())
    }),
    (-100, |case| {
        case.is(&Status::Dead).then(|| "dead".to_owned())
    }),
    (-100, |case| {
        case.is(&Status::Canary)
            .then(|| "a canary: leave it alone".to_owned())
    }),
    (60, |case| case.severity(Severity::Critical)),
    (50, |case| case.severity(Severity::High)),
    (38, |case| case.severity(Severity::Medium)),
    (22, |case| case.severity(Severity::Low)),
    (0, |case| case.severity(Severity::Info)),
    (10, |case| case.confidence(Confidence::High)),
    (0, |case| case.confidence(Confidence::Medium)),
    (-20, |case| case.confidence(Confidence::Low)),
    (10, |case| case.still_there()),
    (0, |case| case.only_in_history()),
    (-10, |case| case.unreachable()),
    (5, |case| case.fresh()),
    (-10, |case| case.old()),
    (-15, |case| case.in_tests()),
    (-40, |case| case.expired()),
    (-20, |case| case.test_mode()),
    (8, |case| case.powerful()),
];

/// From this score on somebody acts today.
const NOW: u8 = 75;
/// From this score on somebody acts this week.
const SOON: u8 = 50;
/// A credential committed at most this long ago was probably not yet noticed by its owner.
const FRESH_DAYS: i64 = 30;
/// One that left HEAD and was committed this long ago was probably replaced since.
const OLD_DAYS: i64 = 3 * 365;
const DAY: i64 = 86_400;

/// Fills `score`, `urgency` and `reasons`. `now` is in seconds since 1970.
pub fn score(finding: &mut Finding, now: i64) {
    let case = Case { finding, now };
    let mut sum = 0;
    let mut reasons = Vec::new();
    for (points, rule) in RULES {
        if let Some(reason) = rule(&case) {
            sum += points;
            reasons.push(reason);
        }
    }
    let score = u8::try_from(sum.clamp(0, 100)).expect("clamped to 0..=100");
    let urgency = verdict(finding, score);
    finding.score = score;
    finding.urgency = urgency;
    finding.reasons = reasons;
}

/// Nothing is `done` by a low score alone: only by proof, by being a trap, or by being harmless.
fn verdict(finding: &Finding, score: u8) -> Urgency {
    match finding.status {
        Status::Dead | Status::Canary => Urgency::Done,
        Status::Frozen => Urgency::Review,
        Status::Live if finding.severity > Severity::Info && score >= SOON => match score {
            NOW.. => Urgency::Now,
            _ => Urgency::Soon,
        },
        Status::Live => Urgency::Review,
        _ if finding.severity == Severity::Info => Urgency::Done,
        _ => match score {
            NOW.. => Urgency::Now,
            SOON.. => Urgency::Soon,
            _ => Urgency::Review,
        },
    }
}

/// A finding as the rules look at it.
struct Case<'a> {
    finding: &'a Finding,
    now: i64,
}

impl Case<'_> {
    fn is(&self, status: &Status) -> bool {
        self.finding.status == *status
    }

    fn live(&self) -> bool {
        self.is(&Status::Live)
    }

    fn severity(&self, severity: Severity) -> Option<String> {
        (self.finding.severity == severity).then(|| match severity {
            Severity::Info => "harmless by design".to_owned(),
            _ => format!("{severity} severity"),
        })
    }

    /// A live credential is one; how it looked before it was asked no longer counts.
    fn confidence(&self, confidence: Confidence) -> Option<String> {
        let found = match self.live() {
            true => Confidence::High,
            false => self.finding.confidence,
        };
        (found == confidence).then(|| format!("{confidence} confidence"))
    }

    fn still_there(&self) -> Option<String> {
        let places = &self.finding.places;
        let has = |source| places.iter().any(|place| place.source == source);
        if places.iter().any(|place| place.in_head) {
            Some("in HEAD".to_owned())
        } else if has(SourceKind::Tree) {
            Some("in the working tree".to_owned())
        } else if has(SourceKind::Index) {
            Some("about to be committed".to_owned())
        } else if has(SourceKind::Stdin) || has(SourceKind::Archive) {
            Some("in the text that was read".to_owned())
        } else {
            None
        }
    }

    fn only_in_history(&self) -> Option<String> {
        let gone = self.still_there().is_none() && self.finding.places.iter().any(|p| p.reachable);
        gone.then(|| "in history only".to_owned())
    }

    fn unreachable(&self) -> Option<String> {
        let places = &self.finding.places;
        let lost = !places.is_empty() && !places.iter().any(|place| place.reachable);
        (lost && self.still_there().is_none())
            .then(|| "no branch or tag reaches it any more".to_owned())
    }

    /// Days since the first commit that held it.
    fn age_days(&self) -> Option<i64> {
        let commits = self.finding.places.iter().filter_map(|p| p.commit.as_ref());
        let first = commits.map(|commit| commit.time).min()?;
        (first <= self.now).then(|| (self.now - first) / DAY)
    }

    fn fresh(&self) -> Option<String> {
        let days = self.age_days()?;
        (days <= FRESH_DAYS).then(|| format!("committed in the last {FRESH_DAYS} days"))
    }

    fn old(&self) -> Option<String> {
        let days = self.age_days()?;
        (days >= OLD_DAYS && !self.live() && self.still_there().is_none())
            .then(|| "committed more than three years ago and removed since".to_owned())
    }

    fn in_tests(&self) -> Option<String> {
        let places = &self.finding.places;
        let all = !places.is_empty() && places.iter().all(|place| aside(&place.path_text()));
        (all && !self.live()).then(|| "only in tests, examples or documentation".to_owned())
    }

    fn fact(&self, names: &[&str]) -> Option<&str> {
        let identity = self.finding.verification.as_ref().map(|v| &v.identity);
        let told = identity.into_iter().chain([&self.finding.facts]);
        let mut values = told.flat_map(|facts| names.iter().filter_map(|name| facts.get(*name)));
        values.next().map(String::as_str)
    }

    fn expired(&self) -> Option<String> {
        let until = self.fact(&["expires", "expiry", "expires_at", "not_after", "exp"])?;
        let until = seconds(until)?;
        let day = Timestamp::from_second(until).ok()?.strftime("%Y-%m-%d");
        (until < self.now && !self.live()).then(|| format!("expired {day}"))
    }

    fn test_mode(&self) -> Option<String> {
        if self.fact(&["livemode"]) == Some("false") {
            return Some("test mode".to_owned());
        }
        let mode = self
            .fact(&["mode", "environment", "env"])?
            .to_ascii_lowercase();
        matches!(mode.as_str(), "test" | "sandbox" | "development" | "dev")
            .then(|| format!("{mode} mode"))
    }

    fn powerful(&self) -> Option<String> {
        const STRONG: [&str; 10] = [
            "admin",
            "administrator",
            "owner",
            "root",
            "write",
            "repo",
            "workflow",
            "delete",
            "sudo",
            "*",
        ];
        const TOLD: [&str; 7] = [
            "scopes",
            "scope",
            "permissions",
            "role",
            "roles",
            "type",
            "arn",
        ];
        if self.fact(&["admin"]) == Some("true") {
            return Some("scope admin".to_owned());
        }
        let told = TOLD.iter().filter_map(|name| self.fact(&[name]));
        let words =
            told.flat_map(|text| text.split(|c: char| c.is_whitespace() || ",;|:\"[]".contains(c)));
        let mut strong = words.filter(|word| STRONG.contains(&word.to_ascii_lowercase().as_str()));
        strong.next().map(|word| format!("scope {word}"))
    }
}

/// A date or a time as tokens and providers write it.
fn seconds(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        // Milliseconds, seconds, or a duration that says nothing about when.
        return match number {
            100_000_000_000.. => Some(number / 1000),
            1_000_000_000.. => Some(number),
            _ => None,
        };
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(start.timestamp().as_second() + DAY)
}

/// Whether a path belongs to tests, examples or documentation.
fn aside(path: &str) -> bool {
    const FOLDERS: [&str; 17] = [
        "test",
        "tests",
        "testing",
        "testdata",
        "spec",
        "specs",
        "__tests__",
        "fixture",
        "fixtures",
        "mock",
        "mocks",
        "example",
        "examples",
        "sample",
        "samples",
        "doc",
        "docs",
    ];
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = name.split('.').next().unwrap_or(name);
    folders.split('/').any(|folder| FOLDERS.contains(&folder))
        || [".md", ".rst", ".adoc"]
            .iter()
            .any(|end| name.ends_with(end))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || [".test.", ".spec.", ".example", ".sample"]
            .iter()
            .any(|mid| name.contains(mid))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{finding, history, tree};
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn scored(mut finding: Finding) -> Finding {
        score(&mut finding, NOON);
        finding
    }

    #[test]
    fn a_live_key_is_for_today_wherever_it_is() {
        for path in ["src/a.py", "tests/a.py"] {
            let mut found = finding("acme-pat", "acme_pat_0123456789", vec![tree(path)]);
            found.status = Status::Live;
            found.confidence = Confidence::Low;
            let found = scored(found);
            assert_eq!(found.urgency, Urgency::Now, "{path}: {:?}", found.reasons);
            assert_eq!(found.reasons[0], "live");
        }
    }

    #[test]
    fn the_scale_of_unchecked_findings() {
        let at = |kind, place| scored(finding(kind, "acme_pat_0123456789", vec![place]));
        let old = NOON - 800 * DAY;
        let cases = [
            (at("beta-key", tree("src/a.py")), 80, Urgency::Now),
            (
                at("beta-key", history("src/a.py", 1, old)),
                70,
                Urgency::Soon,
            ),
            (at("acme-pat", tree("src/a.py")), 70, Urgency::Soon),
            (at("acme-pat", tree("docs/a.md")), 55, Urgency::Soon),
            (at("generic-token", tree("tests/a.py")), 43, Urgency::Review),
            (at("acme-publishable", tree("src/a.js")), 20, Urgency::Done),
        ];
        for (found, score, urgency) in cases {
            assert_eq!(
                (found.score, found.urgency),
                (score, urgency),
                "{:?}",
                found.reasons
            );
        }
    }

    #[test]
    fn only_proof_makes_it_done() {
        let mut found = finding("beta-key", "acme_pat_0123456789", vec![tree("src/a.py")]);
        found.status = Status::Dead;
        assert_eq!(scored(found.clone()).urgency, Urgency::Done);
        found.status = Status::Unknown("timeout".to_owned());
        assert_eq!(scored(found.clone()).urgency, Urgency::Now);
        found.status = Status::Frozen;
        assert_eq!(scored(found.clone()).urgency, Urgency::Review);
        found.status = Status::Unchecked;
        found.confidence = Confidence::Low;
        found
            .facts
            .insert("expires".into(), "2020-01-01T00:00:00Z".into());
        let found = scored(found);
        assert_eq!(seconds("3600"), None);
        assert_eq!(seconds("1700000000123"), seconds("1700000000"));
        assert_eq!(seconds("2020-02-29"), Some(1_582_934_400 + DAY));
        assert_eq!(found.urgency, Urgency::Review);
        assert!(found.reasons.contains(&"expired 2020-01-01".to_owned()));
    }

    #[test]
    fn what_a_token_says_of_itself_counts() {
        let mut found = finding("acme-pat", "acme_pat_0123456789", vec![tree("src/a.py")]);
        found.facts.insert("scope".into(), "read:user, repo".into());
        let strong = scored(found.clone());
        assert!(strong.reasons.contains(&"scope repo".to_owned()));
        found.facts.insert("mode".into(), "test".into());
        assert_eq!(scored(found).score + 20, strong.score);
    }

    #[test]
    fn age_and_reach_count() {
        let fresh = scored(finding("acme-pat", "v", vec![history("a", 1, NOON - DAY)]));
        let old = scored(finding(
            "acme-pat",
            "v",
            vec![history("a", 1, NOON - 2000 * DAY)],
        ));
        let mut lost = history("a", 1, NOON - 400 * DAY);
        lost.reachable = false;
        let lost = scored(finding("acme-pat", "v", vec![lost]));
        assert_eq!((fresh.score, old.score, lost.score), (65, 50, 50));
        let future = scored(finding("acme-pat", "v", vec![history("a", 1, NOON + DAY)]));
        assert_eq!(future.score, 60);
    }

    #[test]
    fn paths_that_are_aside() {
        for path in [
            "tests/a.py",
            "a/fixtures/k.pem",
            "README.md",
            "x/test_a.py",
            "a.test.js",
            ".env.example",
        ] {
            assert!(aside(path), "{path}");
        }
        for path in [
            "src/contest/a.py",
            "latest.py",
            "src/attestation.go",
            ".env",
        ] {
            assert!(!aside(path), "{path}");
        }
    }
}
