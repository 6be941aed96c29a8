//! `markdown`: for a step summary, an issue or a comment.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::escape::{markdown, markdown_code};
use super::view::{Item, View};
use super::{Format, Options, time};
use crate::finding::Urgency;

pub(super) struct Markdown;

/// A step summary holds one megabyte; this many rows stay well below it.
const ROWS: usize = 500;

impl Format for Markdown {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## unleak: {}\n", markdown(&view.verdict()))?;
        for missing in view.missing() {
            writeln!(out, "> **Incomplete**: {}\n", markdown(&missing))?;
        }
        if !view.findings.is_empty() {
            writeln!(out, "| Urgency | What | Secret | Where | Since | Status |")?;
            writeln!(out, "|---|---|---|---|---|---|")?;
        }
        for item in view.findings.iter().take(ROWS) {
            row(out, item)?;
        }
        let left = view.findings.len().saturating_sub(ROWS);
        if left > 0 {
            writeln!(
                out,
                "\n{left} more findings are left out here; the JSON report has them all."
            )?;
        }
        what_to_do(out, view)?;
        if options.list_suppressed {
            suppressed(out, view)?;
        }
        stale(out, view)?;
        let tally = &view.tally;
        writeln!(
            out,
            "\nLooked at {} files, {} blobs of the history and {} commits with unleak {}.",
            tally.files,
            tally.blobs,
            tally.commits,
            markdown(&view.version)
        )
    }
}

fn row(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    let place = item
        .main_place()
        .map_or(String::new(), |spot| match &spot.url {
            Some(url) => format!(
                "<a href=\"{}\">{}</a>",
                super::escape::markup(url),
                markdown_code(&spot.text())
            ),
            None => markdown_code(&spot.text()),
        });
    let more = match item.places.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let since = item.first_commit().map_or(String::new(), |commit| {
        format!("{} {}", time::day(commit.time), markdown(&commit.author))
    });
    writeln!(
        out,
        "| {} | {}<br>{} | {} | {place}{more} | {since} | {} |",
        urgency(item.urgency),
        markdown(&item.title()),
        markdown_code(&item.kind),
        markdown_code(item.shown()),
        markdown(&item.status_text()),
    )
}

fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Now => "**now**",
        Urgency::Soon => "**soon**",
        Urgency::Review => "review",
        Urgency::Done => "done",
    }
}

fn what_to_do(out: &mut dyn Write, view: &View) -> io::Result<()> {
    let mut told = BTreeSet::new();
    for item in view
        .findings
        .iter()
        .filter(|item| item.urgency != Urgency::Done)
    {
        if item.steps.is_empty() || !told.insert(&item.kind) {
            continue;
        }
        writeln!(out, "\n### {}\n", markdown(&item.title()))?;
        for (index, step) in item.steps.iter().enumerate() {
            writeln!(out, "{}. {}", index + 1, markdown(step))?;
        }
        if let Some(console) = item.console.as_ref().filter(|c| c.starts_with("https://")) {
            let url = super::escape::markup(console);
            writeln!(out, "\n<a href=\"{url}\">{}</a>", markdown(console))?;
        }
    }
    Ok(())
}

fn suppressed(out: &mut dyn Write, view: &View) -> io::Result<()> {
    if view.suppressed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Suppressed\n")?;
    for silenced in view.suppressed.iter().take(ROWS) {
        let item = &silenced.item;
        let by = silenced.by.iter().map(|by| {
            let reason = by.reason.as_deref().unwrap_or("no reason given");
            format!("{}: {}", markdown(&by.origin), markdown(reason))
        });
        let by: Vec<String> = by.collect();
        let (kind, fingerprint) = (markdown_code(&item.kind), &item.fingerprint);
        writeln!(out, "- {kind} {fingerprint}, by {}", by.join("; "))?;
    }
    Ok(())
}

fn stale(out: &mut dyn Write, view: &View) -> io::Result<()> {
    if view.stale.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Suppressions that no longer do anything\n")?;
    for stale in view.stale.iter().take(ROWS) {
        let detail = stale
            .detail
            .as_deref()
            .map_or(String::new(), |d| format!(" ({})", markdown(d)));
        let (origin, subject) = (markdown_code(&stale.origin), markdown_code(&stale.subject));
        writeln!(out, "- {origin}: {}: {subject}{detail}", stale.why)?;
    }
    Ok(())
}
