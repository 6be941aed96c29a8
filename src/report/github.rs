//! `github`: annotations of a GitHub workflow. GitHub shows at most ten errors and ten warnings a
//! step and drops the rest in silence, so no more are written, and a notice counts what is left.

use std::io::{self, Write};

use super::escape::{command_data, command_property};
use super::view::{Item, View};
use super::{Format, Options};
use crate::finding::Urgency;

pub(super) struct Github;

const SHOWN: usize = 10;

impl Format for Github {
    fn write(&self, view: &View, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let of = |wanted: &'static [Urgency]| {
            view.findings
                .iter()
                .filter(move |item| wanted.contains(&item.urgency))
        };
        let mut errors: Vec<&Item> = of(&[Urgency::Now, Urgency::Soon]).collect();
        let mut warnings: Vec<&Item> = of(&[Urgency::Review]).collect();
        errors.sort_by_key(|item| std::cmp::Reverse((item.urgency, item.score)));
        warnings.sort_by_key(|item| std::cmp::Reverse(item.score));
        // What could not be read is as grave as a finding and takes one of the ten places.
        let missing = view.missing();
        let room = SHOWN - usize::from(!missing.is_empty());
        for item in errors.iter().take(SHOWN) {
            annotate(out, "error", item)?;
        }
        for item in warnings.iter().take(room) {
            annotate(out, "warning", item)?;
        }
        if !missing.is_empty() {
            let text = format!(
                "part of what was asked for was not read: {}",
                missing.join("; ")
            );
            writeln!(
                out,
                "::warning title=unleak%3A incomplete::{}",
                command_data(&[&text])
            )?;
        }
        let left = errors.len().saturating_sub(SHOWN) + warnings.len().saturating_sub(room);
        let mut notice = view.verdict();
        if left > 0 {
            notice.push_str(&format!(
                "; {left} of them are not shown here, see the full report"
            ));
        }
        writeln!(out, "::notice title=unleak::{}", command_data(&[&notice]))
    }
}

fn annotate(out: &mut dyn Write, level: &str, item: &Item) -> io::Result<()> {
    let mut properties = Vec::new();
    let place = item.main_place();
    if let Some(spot) = place.filter(|spot| spot.present()) {
        properties.push(format!("file={}", command_property(&spot.path)));
        properties.push(format!("line={},endLine={}", spot.line, spot.end_line));
        if spot.line == spot.end_line {
            properties.push(format!("col={},endColumn={}", spot.column, spot.end_column));
        }
    }
    properties.push(format!("title={}", command_property(&item.title())));
    let shown = format!("{} ({})", item.shown(), item.status_text());
    let at = match (place, item.first_commit()) {
        (Some(spot), Some(commit)) => {
            let (id, author) = (commit.id.get(..10).unwrap_or(&commit.id), &commit.author);
            format!("at {}, since {id} by {author}", spot.text())
        }
        (Some(spot), None) => format!("at {}", spot.text()),
        _ => String::new(),
    };
    let what = item.steps.first().map_or("Rotate it.", String::as_str);
    let false_alarm = format!(
        "False alarm? Put unleak:ignore {} and a reason beside it.",
        item.kind
    );
    let reasons = item.reasons.join(", ");
    let text = command_data(&[&shown, &at, &reasons, what, &false_alarm]);
    writeln!(out, "::{level} {}::{text}", properties.join(","))
}
