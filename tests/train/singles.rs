//! Single candidates for people to look at: the worst mistakes, the secrets nobody reads, every candidate with its points.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::Set;
use crate::figures::family;
use crate::judge::{Levels, counted};
use crate::labels;

/// Prints the mistakes the model is surest of, each pair of name and value once.
pub(crate) fn print_worst(set: &Set, points: &[i32], levels: &Levels, n: usize) {
    let mut order: Vec<usize> = (0..points.len())
        .filter(|i| !set.samples[*i].ignored && counted(set, *i))
        .collect();
    order.sort_by_key(|i| points[*i]);
    let show = |i: &usize| -> Option<String> {
        let s = &set.samples[*i];
        let text = &set.texts[s.text];
        let bytes = std::fs::read(&text.file).ok()?;
        let from = bytes[..s.candidate.value.start.min(s.candidate.key.start)]
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |p| p + 1);
        let line = labels::line_starts(&bytes[..s.candidate.value.start]).len();
        let start = from.max(s.candidate.value.start.saturating_sub(90));
        let context =
            String::from_utf8_lossy(&bytes[start..bytes.len().min(s.candidate.value.end + 30)])
                .replace('\n', "⏎");
        Some(format!(
            "{:6} {:?} {}:{line} | {} | {}",
            points[*i],
            s.candidate.form,
            text.shown,
            String::from_utf8_lossy(&bytes[s.candidate.value.clone()]),
            context
        ))
    };
    let print = |title: &str, items: Vec<usize>| {
        println!("== {title}");
        let mut seen = BTreeSet::new();
        for line in items
            .iter()
            .filter_map(|i| show(i).map(|l| (i, l)))
            .filter(|(i, l)| {
                seen.insert((
                    set.samples[**i].group,
                    l.split(" | ").nth(1).unwrap_or_default().to_string(),
                ))
            })
            .map(|x| x.1)
            .take(n)
        {
            println!("  {line}");
        }
    };
    print(
        "reported and wrong, surest first",
        order
            .iter()
            .rev()
            .copied()
            .filter(|i| !set.samples[*i].truth && points[*i] >= levels.medium)
            .take(n * 8)
            .collect(),
    );
    print(
        "true and not reported, surest first",
        order
            .iter()
            .copied()
            .filter(|i| set.samples[*i].truth && points[*i] < levels.medium)
            .take(n * 8)
            .collect(),
    );
}

/// Prints true labels that no candidate touches.
pub(crate) fn print_unseen(set: &Set) {
    let mut seen: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    set.samples.iter().for_each(|s| {
        seen.entry(s.text)
            .or_default()
            .push((s.candidate.value.start, s.candidate.value.end))
    });
    for (n, text) in set
        .texts
        .iter()
        .enumerate()
        .filter(|(_, t)| t.weight >= 1.0)
    {
        let Ok(bytes) = std::fs::read(&text.file) else {
            continue;
        };
        for l in text
            .labels
            .iter()
            .filter(|l| l.mark == 'T' && family(&l.category) != "ids")
        {
            if !seen
                .get(&n)
                .is_some_and(|v| v.iter().any(|(s, e)| *s < l.span.end && l.span.start < *e))
            {
                let from = l.span.start.saturating_sub(70);
                let value = &bytes[l.span.start..l.span.end.min(l.span.start + 60)];
                println!(
                    "  {} | {} | {} | {}",
                    l.category,
                    text.shown,
                    String::from_utf8_lossy(value),
                    String::from_utf8_lossy(
                        &bytes[from..bytes.len().min(l.span.end.min(l.span.start + 60) + 20)]
                    )
                    .replace('\n', "⏎")
                );
            }
        }
    }
}

/// Every counted candidate with its points by cross-validation: file, line, first column, column after the last, first
/// byte, byte after the last, points, form, whether it is true (1), not (0) or no lesson (-), name, value.
pub(crate) fn every_point(set: &Set, points: &[i32]) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let mut read: (usize, Vec<u8>, Vec<usize>) = (usize::MAX, Vec::new(), Vec::new());
    for (i, s) in set
        .samples
        .iter()
        .enumerate()
        .filter(|(i, _)| counted(set, *i))
    {
        let text = &set.texts[s.text];
        if read.0 != s.text {
            let bytes = std::fs::read(&text.file).unwrap_or_default();
            let starts = labels::line_starts(&bytes);
            read = (s.text, bytes, starts);
        }
        let (bytes, starts) = (&read.1, &read.2);
        let c = &s.candidate;
        let line = starts.partition_point(|at| *at <= c.value.start);
        let from = starts[line - 1];
        let shown = |r: std::ops::Range<usize>| {
            String::from_utf8_lossy(&bytes[r.start..r.end.min(r.start + 80)])
                .replace(['\n', '\t', '\r'], " ")
        };
        let truth = match (s.ignored, s.truth) {
            (true, _) => '-',
            (_, true) => '1',
            _ => '0',
        };
        let _ = writeln!(
            out,
            "{}\t{line}\t{}\t{}\t{}\t{}\t{}\t{:?}\t{truth}\t{}\t{}",
            text.file.display(),
            c.value.start - from + 1,
            c.value.end - from + 1,
            c.value.start,
            c.value.end,
            points[i],
            c.form,
            shown(c.key.clone()),
            shown(c.value.clone())
        );
    }
    out
}
