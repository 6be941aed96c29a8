//! Whether an element of an answer is suspicious: the tests that a pattern file may name. Pure.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::rows::{Lists, Row, filled, texts};
use super::{moment, ports};
use crate::pattern::incident::Test;

/// What elements are compared with.
pub(super) struct Measure<'a> {
    /// Values known everywhere.
    pub(super) base: &'a Row,
    /// What earlier steps kept.
    pub(super) lists: &'a Lists,
    /// What the user knows to be right; empty if he gave no list.
    pub(super) allow: &'a BTreeSet<String>,
    /// When it leaked.
    pub(super) since: i64,
    /// Now.
    pub(super) now: i64,
}

const DAY: i64 = 86_400;
/// Most matches that are named.
const NAMED: usize = 8;

impl Measure<'_> {
    /// True if all tests hold. What matched is left in the row as `matched`.
    pub(super) fn all(&self, tests: &[Test], element: &Value, row: &mut Row) -> bool {
        let mut matched: Vec<String> = Vec::new();
        let hold = tests.iter().all(|test| {
            let found = self.matches(test, element, row);
            let held = found.is_some() != test.not;
            for one in found.filter(|_| !test.not).into_iter().flatten() {
                if !matched.contains(&one) {
                    matched.push(one);
                }
            }
            held
        });
        if hold && !matched.is_empty() {
            let named: Vec<String> = matched.into_iter().take(NAMED).collect();
            row.insert("matched".into(), named.join(", "));
        }
        hold
    }

    /// Some if the test holds, with what is worth telling.
    fn matches(&self, test: &Test, element: &Value, row: &Row) -> Option<Vec<String>> {
        let mut found = texts(&test.at, element, row);
        let of_base = test.at.split(' ').filter(|at| !row.contains_key(*at));
        found.extend(of_base.filter_map(|at| self.base.get(at)).cloned());
        let wanted: Vec<String> = test
            .value
            .iter()
            .map(|value| filled(value, row, self.base))
            .collect();
        let any = |fits: &dyn Fn(&String) -> bool| {
            let fitting: Vec<String> = found.iter().filter(|text| fits(text)).cloned().collect();
            (!fitting.is_empty()).then_some(fitting)
        };
        let quietly = |held: Option<Vec<String>>| held.map(|_| Vec::new());
        match test.test.as_str() {
            "absent" => found.is_empty().then(Vec::new),
            "since-leak" => quietly(any(&|text| {
                moment::parse(text).is_some_and(|at| at >= self.since)
            })),
            "older-than" => {
                let days: i64 = wanted.first()?.parse().ok()?;
                let before = self.now - days.checked_mul(DAY)?;
                quietly(any(&|text| {
                    moment::parse(text).is_some_and(|at| at < before)
                }))
            }
            "equals" | "one-of" => quietly(any(&|text| wanted.contains(text))),
            "contains" => any(&|text| wanted.iter().any(|part| text.contains(part.as_str()))),
            "matches" => {
                let regexes: Vec<Regex> = test
                    .value
                    .iter()
                    .filter_map(|text| Regex::new(text).ok())
                    .collect();
                any(&|text| regexes.iter().any(|regex| regex.is_match(text)))
            }
            "below" => {
                let most: i64 = wanted.first()?.parse().ok()?;
                any(&|text| text.parse::<i64>().is_ok_and(|number| number < most))
            }
            "in" => {
                let known = self.listed(&wanted);
                any(&|text| {
                    let named = text.split_once(':').map_or(text.as_str(), |(_, name)| name);
                    known.contains(text.as_str()) || known.contains(named)
                })
            }
            "unlisted" => {
                let listed = found.iter().any(|text| self.allow.contains(text));
                let asked = !self.allow.is_empty() && !found.is_empty();
                (asked && !listed).then(Vec::new)
            }
            "world" => any(&|text| is_world(text)),
            "outsider" => any(&|text| self.is_outsider(text)),
            "ports" => open(&ports::ranges(&found), &wanted),
            "port-range" => open(&ports::between(&found), &wanted),
            _ => None,
        }
    }

    /// The values of `list.name` in what earlier steps kept.
    fn listed(&self, wanted: &[String]) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        for (list, name) in wanted.iter().filter_map(|word| word.split_once('.')) {
            let rows = self.lists.get(list).into_iter().flatten();
            let values = rows.filter_map(|row| row.get(name));
            all.extend(values.flat_map(|value| value.split_whitespace()));
        }
        all
    }

    /// A principal of another account than the leaked credential's, or everybody.
    fn is_outsider(&self, principal: &str) -> bool {
        // A principal that is an object is looked at field by field.
        if principal == "*" || principal.starts_with('{') {
            return principal == "*";
        }
        if let Some(project) = project_of(principal) {
            let own = self.base.get("project");
            return own.is_some_and(|own| own != project);
        }
        let Some(own) = self.base.get("account") else {
            return false;
        };
        let numbers = principal.split(|c: char| !c.is_ascii_digit());
        let mut accounts = numbers.filter(|number| number.len() >= 9);
        accounts.any(|account| account != own)
    }
}

/// The project of a service account of Google Cloud that a customer made; Google's own agents belong to nobody.
fn project_of(principal: &str) -> Option<&str> {
    let (_, domain) = principal.split_once('@')?;
    let project = domain.strip_suffix(".iam.gserviceaccount.com")?;
    (!project.starts_with("gcp-sa-")).then_some(project)
}

fn open(ranges: &[(u16, u16)], watched: &[String]) -> Option<Vec<String>> {
    let ports = ports::open(ranges, watched);
    let named = ports.iter().map(u16::to_string).collect();
    (!ports.is_empty()).then_some(named)
}

fn is_world(text: &str) -> bool {
    let text = text.trim();
    text == "*"
        || text == "::/0"
        || text == "0:0:0:0:0:0:0:0/0"
        || text.ends_with("/0")
        || text.ends_with(".0/1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(test: &str, at: &str, value: &[&str], element: &Value) -> Option<String> {
        let base = Row::from([
            ("account".into(), "111122223333".into()),
            ("project".into(), "acme-shop".into()),
        ]);
        let allow = BTreeSet::from(["alice".to_owned()]);
        let thief = Row::from([("node".into(), "mallory".into())]);
        let lists = Lists::from([("made".into(), vec![thief])]);
        let measure = Measure {
            base: &base,
            lists: &lists,
            allow: &allow,
            since: 1_767_323_045,
            now: 1_767_323_045 + 100 * DAY,
        };
        let test = Test {
            at: at.into(),
            test: test.into(),
            value: value.iter().map(|text| (*text).to_owned()).collect(),
            not: false,
        };
        let mut row = Row::from([("user".into(), "mallory".into())]);
        let held = measure.all(std::slice::from_ref(&test), element, &mut row);
        let other = Test { not: true, ..test };
        assert_ne!(held, measure.all(&[other], element, &mut row.clone()));
        held.then(|| row.get("matched").cloned().unwrap_or_default())
    }

    #[test]
    fn every_test_says_yes_and_no() {
        let rule = json!({
            "made": "2026-01-03T00:00:00Z", "old": "2026-01-01T00:00:00Z", "from": "0.0.0.0/0", "ports": "20-25",
            "first": "3306", "last": "3306", "trust": ["arn:aws:iam::999988887777:root"],
            "own": "arn:aws:iam::111122223333:user/ci", "length": 8, "docs": {"Action": "*"},
            "ours": "serviceAccount:ci@acme-shop.iam.gserviceaccount.com",
            "theirs": "serviceAccount:x@evil-1.iam.gserviceaccount.com",
            "google": "serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com",
            "member": "user:mallory", "user": "alice",
        });
        let yes = [
            ("since-leak", "/made", vec![], ""),
            ("older-than", "/old", vec!["100"], ""),
            ("equals", "/from", vec!["0.0.0.0/0"], ""),
            ("one-of", "user", vec!["x", "mallory"], ""),
            (
                "contains",
                "/trust",
                vec!["9999"],
                "arn:aws:iam::999988887777:root",
            ),
            ("matches", "/ports", vec!["^20"], "20-25"),
            ("below", "/length", vec!["12"], "8"),
            ("in", "user", vec!["made.node"], "mallory"),
            ("in", "/member", vec!["made.node"], "user:mallory"),
            ("unlisted", "user", vec![], ""),
            (
                "outsider",
                "/theirs",
                vec![],
                "serviceAccount:x@evil-1.iam.gserviceaccount.com",
            ),
            ("world", "/from", vec![], "0.0.0.0/0"),
            (
                "outsider",
                "/trust",
                vec![],
                "arn:aws:iam::999988887777:root",
            ),
            ("ports", "/ports", vec!["remote"], "22, 23"),
            ("port-range", "/first /last", vec!["database"], "3306"),
            ("absent", "/gone", vec![], ""),
        ];
        for (test, at, value, said) in yes {
            assert_eq!(
                holds(test, at, &value, &rule).as_deref(),
                Some(said),
                "{test}"
            );
        }
        let no = [
            ("since-leak", "/old", vec![]),
            ("older-than", "/made", vec!["100"]),
            ("equals", "/from", vec!["x"]),
            ("in", "/from", vec!["made.node"]),
            ("world", "/own", vec![]),
            ("outsider", "/own", vec![]),
            ("outsider", "/ours", vec![]),
            ("outsider", "/google", vec![]),
            ("unlisted", "/user", vec![]),
            ("unlisted", "/gone", vec![]),
            ("ports", "/ports", vec!["database"]),
            ("port-range", "/first /last", vec!["remote"]),
            ("below", "/length", vec!["8"]),
            ("absent", "/from", vec![]),
        ];
        for (test, at, value) in no {
            assert_eq!(holds(test, at, &value, &rule), None, "{test}");
        }
    }

    #[test]
    fn every_name_of_the_table_is_known() {
        for name in crate::pattern::names::TESTS {
            let source = include_str!("suspect.rs");
            assert!(source.contains(&format!("\"{name}\" ")), "{name}");
        }
    }
}
