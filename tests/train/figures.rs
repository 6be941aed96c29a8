//! The figures: precision, recall and F1 by category and in total, and the repositories where the mistakes sit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::data::{ID_LIKE, Set};
use crate::judge::{Levels, counted};
use crate::labels::{self, Labelled};

/// Right, wrong and missed.
#[derive(Clone, Copy, Default)]
struct Tally {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Tally {
    fn line(&self) -> String {
        let share = |a: usize, b: usize| {
            if a + b == 0 {
                0.0
            } else {
                100.0 * a as f64 / (a + b) as f64
            }
        };
        let (p, r) = (
            share(self.right, self.wrong),
            share(self.right, self.missed),
        );
        let f1 = if p + r == 0.0 {
            0.0
        } else {
            2.0 * p * r / (p + r)
        };
        format!(
            "P {p:5.1}  R {r:5.1}  F1 {f1:5.1}  ({} right, {} wrong, {} missed)",
            self.right, self.wrong, self.missed
        )
    }
}

/// The family a category is counted in: ids, what a pattern of a provider or a key format finds, the rest.
pub(crate) fn family(category: &str) -> &'static str {
    const SHAPED: &[&str] = &[
        "PEM Private Key",
        "JWK",
        "AWS Client ID",
        "AWS Multi",
        "Google Multi",
        "Twilio",
        "Google",
        "Slack",
        "Stripe",
        "Grafana",
        "MailGun",
        "BASE64",
        "Akamai",
        "Azure",
        "Dropbox",
        "NKEY",
    ];
    if ID_LIKE.contains(&category) {
        "ids"
    } else if SHAPED.iter().any(|s| category.starts_with(s)) {
        "provider and key formats"
    } else {
        "generic"
    }
}

/// Prints precision, recall and F1 at both levels, by category of the missed and the found.
pub(crate) fn print(set: &Set, points: &[i32], levels: &Levels) {
    println!(
        "levels: medium from {}, high from {}",
        levels.medium, levels.high
    );
    for (name, at) in [("high", levels.high), ("medium and above", levels.medium)] {
        let spans: Vec<(usize, usize, usize)> = (0..points.len())
            .filter(|i| points[*i] >= at && counted(set, *i))
            .map(|i| {
                (
                    set.samples[i].text,
                    set.samples[i].candidate.value.start,
                    set.samples[i].candidate.value.end,
                )
            })
            .collect();
        println!("== {name}");
        figures(&set.texts, &spans, name == "high");
    }
    println!("== repositories with most mistakes, by candidate");
    by_group(set, points, levels.medium);
    let reachable = |i: &usize| set.samples[*i].truth && counted(set, *i);
    println!(
        "true samples among the candidates: {}",
        (0..points.len()).filter(reachable).count()
    );
}

/// Prints right, wrong and missed by repository: where the mistakes sit.
fn by_group(set: &Set, points: &[i32], at: i32) {
    let mut groups: BTreeMap<&str, Tally> = BTreeMap::new();
    for (s, p) in set
        .samples
        .iter()
        .zip(points)
        .enumerate()
        .filter(|(i, (s, _))| !s.ignored && counted(set, *i))
        .map(|(_, x)| x)
    {
        let tally = groups.entry(&set.groups[s.group]).or_default();
        tally.right += usize::from(s.truth && *p >= at);
        tally.missed += usize::from(s.truth && *p < at);
        tally.wrong += usize::from(!s.truth && *p >= at);
    }
    let mut order: Vec<_> = groups.into_iter().collect();
    order.sort_by_key(|(_, t)| std::cmp::Reverse(t.missed + t.wrong));
    order
        .iter()
        .take(25)
        .for_each(|(g, t)| println!("  {g:12} {}", t.line()));
}

/// Figures of reported spans (text, start, end) against the labels of the counted texts.
fn figures(texts: &[Labelled], spans: &[(usize, usize, usize)], brief: bool) {
    let mut by_text: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    spans
        .iter()
        .for_each(|(t, s, e)| by_text.entry(*t).or_default().push((*s, *e)));
    let mut categories: BTreeMap<String, Tally> = BTreeMap::new();
    let mut families: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut wrong_labelled, mut wrong_unlabelled) = (0, 0);
    for (n, text) in texts.iter().enumerate().filter(|(_, t)| t.weight >= 1.0) {
        let reported = by_text.get(&n).map_or(&[][..], Vec::as_slice);
        for label in text.labels.iter().filter(|l| l.mark == 'T') {
            let hit = reported
                .iter()
                .any(|(s, e)| *s < label.span.end && label.span.start < *e);
            for tally in [
                categories.entry(label.category.clone()).or_default(),
                families.entry(family(&label.category)).or_default(),
            ] {
                tally.right += usize::from(hit);
                tally.missed += usize::from(!hit);
            }
        }
        for (s, e) in reported {
            let touching: BTreeSet<char> = text
                .labels
                .iter()
                .filter(|l| l.span.start < *e && *s < l.span.end)
                .map(|l| l.mark)
                .collect();
            if !touching.contains(&'T') {
                wrong_labelled += usize::from(!touching.is_empty());
                wrong_unlabelled += usize::from(touching.is_empty());
                let category = text
                    .labels
                    .iter()
                    .find(|l| l.span.start < *e && *s < l.span.end)
                    .map_or("(unlabelled)", |l| l.category.as_str());
                categories.entry(category.to_string()).or_default().wrong += 1;
            }
        }
    }
    if !brief {
        for (c, t) in categories
            .iter()
            .filter(|(_, t)| t.right + t.missed + t.wrong >= 8)
        {
            println!("  {c:42} {}", t.line());
        }
    }
    let wrong = wrong_labelled + wrong_unlabelled;
    let get = |f: &str| families.get(f).copied().unwrap_or_default();
    let (generic, shaped, ids) = (get("generic"), get("provider and key formats"), get("ids"));
    println!(
        "  generic categories, every report not on a true label wrong     {}",
        Tally { wrong, ..generic }.line()
    );
    println!(
        "  generic categories, only reports on false labels wrong         {}",
        Tally {
            wrong: wrong_labelled,
            ..generic
        }
        .line()
    );
    let both = Tally {
        right: generic.right + shaped.right,
        missed: generic.missed + shaped.missed,
        wrong,
    };
    println!(
        "  all without the id-like categories                             {}",
        both.line()
    );
    println!(
        "  all                                                            {}",
        Tally {
            right: both.right + ids.right,
            missed: both.missed + ids.missed,
            wrong
        }
        .line()
    );
}

/// Figures of another program's findings: lines of file, line, first column, column after the last, counted from 1.
pub(crate) fn outside(texts: &[Labelled], findings: &Path) -> Result<(), String> {
    let content = std::fs::read_to_string(findings).map_err(|e| e.to_string())?;
    let at: BTreeMap<String, usize> = texts
        .iter()
        .enumerate()
        .map(|(i, t)| (t.file.to_string_lossy().to_string(), i))
        .collect();
    let mut starts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut spans = BTreeSet::new();
    for line in content.lines() {
        let f: Vec<&str> = line.split('\t').collect();
        let [file, line, from, to] = f[..] else {
            return Err(format!("not a finding: {line}"));
        };
        let Some(text) = at.get(file) else { continue };
        let lines = starts.entry(*text).or_insert_with(|| {
            std::fs::read(file)
                .map(|b| labels::line_starts(&b))
                .unwrap_or_default()
        });
        let number = |t: &str| t.parse::<usize>().unwrap_or(0);
        let n = number(line).max(1) - 1;
        let (Some(start), end) = (
            lines.get(n),
            lines.get(n + 1).copied().unwrap_or(usize::MAX),
        ) else {
            continue;
        };
        // A program that gives no columns means the line.
        let span = if number(from) == 0 {
            (*text, *start, end)
        } else {
            (*text, start + number(from) - 1, start + number(to) - 1)
        };
        spans.insert(span);
    }
    figures(texts, &spans.into_iter().collect::<Vec<_>>(), false);
    Ok(())
}
