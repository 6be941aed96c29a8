//! `csv`: one row a place, for a spreadsheet; safe from formulas.

use std::io::{self, Write};

use super::view::{Item, Spot, View};
use super::{Format, Options, escape};

pub(super) struct Csv;

/// The columns; new ones are added at the end.
const COLUMNS: [&str; 22] = [
    "fingerprint",
    "urgency",
    "score",
    "severity",
    "confidence",
    "status",
    "provider",
    "kind",
    "name",
    "secret",
    "source",
    "path",
    "line",
    "column",
    "in_head",
    "commit",
    "author",
    "email",
    "date",
    "last_commit",
    "reasons",
    "suppressed",
];

impl Format for Csv {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        row(out, &COLUMNS.map(str::to_owned))?;
        for item in &view.findings {
            rows(out, item, "no")?;
        }
        if options.list_suppressed {
            for silenced in &view.suppressed {
                rows(out, &silenced.item, "yes")?;
            }
        }
        Ok(())
    }
}

fn rows(out: &mut dyn Write, item: &Item, suppressed: &str) -> io::Result<()> {
    for spot in &item.places {
        row(out, &fields(item, spot, suppressed))?;
    }
    Ok(())
}

fn fields(item: &Item, spot: &Spot, suppressed: &str) -> [String; 22] {
    let commit = spot.commit.as_ref();
    [
        item.fingerprint.clone(),
        item.urgency.word().to_owned(),
        item.score.to_string(),
        item.severity.word().to_owned(),
        item.confidence.word().to_owned(),
        item.status_text(),
        item.provider.clone(),
        item.kind.clone(),
        item.name.clone(),
        item.shown().to_owned(),
        spot.source.word().to_owned(),
        spot.path.clone(),
        spot.line.to_string(),
        spot.column.to_string(),
        spot.in_head.to_string(),
        commit.map_or(String::new(), |commit| commit.id.clone()),
        commit.map_or(String::new(), |commit| commit.author.clone()),
        commit.map_or(String::new(), |commit| commit.email.clone()),
        commit.map_or(String::new(), |commit| commit.date.clone()),
        spot.last_commit
            .as_ref()
            .map_or(String::new(), |commit| commit.id.clone()),
        item.reasons.join("; "),
        suppressed.to_owned(),
    ]
}

fn row(out: &mut dyn Write, fields: &[String; 22]) -> io::Result<()> {
    let fields = fields.each_ref().map(|field| escape::csv(field));
    writeln!(out, "{}", fields.join(","))
}
