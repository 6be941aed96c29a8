//! The last lines of the human report: what was found, seen, skipped, and what to do about it.

use std::io::{self, Write};

use super::escape::brief;
use super::style::{Paint, Tone};
use super::view::View;
use crate::finding::{Failure, Skip};

/// At most this many failures are listed one by one.
const FAILURES: usize = 10;

pub(super) fn write(view: &View, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut tone = Tone::Strong;
    if view.findings.is_empty() && !view.incomplete() {
        tone = Tone::Code;
    }
    writeln!(out, "{}", paint.text(tone, &format!("{}.", view.verdict())))?;
    writeln!(out, "{}", looked_at(view))?;
    let skipped: Vec<String> = view
        .tally
        .skipped
        .iter()
        .filter(|(skip, count)| !skip.incomplete() && **count > 0)
        .map(|(skip, count)| format!("{count} {}", words(skip.word())))
        .collect();
    if !skipped.is_empty() {
        writeln!(out, "put aside: {}", skipped.join(", "))?;
    }
    incomplete(view, paint, out)?;
    stale(view, paint, out)?;
    let unchecked = view.findings.iter().any(|item| item.status == "unchecked");
    if unchecked {
        writeln!(
            out,
            "No provider was asked whether these still open anything: --verify does."
        )?;
    }
    Ok(())
}

fn looked_at(view: &View) -> String {
    let tally = &view.tally;
    let counts = [
        (tally.files, "file", "files"),
        (tally.blobs, "blob of the history", "blobs of the history"),
        (tally.commits, "commit", "commits"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    let what = match counts.is_empty() {
        true => "nothing".to_owned(),
        false => counts.join(", "),
    };
    let millis = view.elapsed_ms % 1000;
    let took = format!("{}.{millis:03} s", view.elapsed_ms / 1000);
    let version = brief(&view.version);
    format!(
        "Looked at {what} ({}) in {took} with unleak {version}.",
        size(tally.bytes)
    )
}

/// Bytes in the largest unit of which there is at least one, with one decimal.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or(format!("{bytes} bytes"), |(unit, name)| {
        format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
    })
}

fn incomplete(view: &View, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if view.partial {
        let text = "INTERRUPTED: this is what was known by then.";
        writeln!(out, "{}", paint.text(Tone::Alarm, text))?;
    }
    let missing = view.tally.incomplete();
    if missing.is_empty() {
        return Ok(());
    }
    let text = "INCOMPLETE: part of what was asked for could not be read.";
    writeln!(out, "{}", paint.text(Tone::Alarm, text))?;
    for (skip, count) in missing {
        let remedy = skip
            .remedy()
            .map_or(String::new(), |remedy| format!(": {remedy}"));
        writeln!(out, "  {count} {}{remedy}", words(skip.word()))?;
    }
    // What was not reached is not worth a line each.
    let reached = |failure: &&Failure| failure.reason != Skip::Interrupted;
    let failed: Vec<&Failure> = view.tally.failed.iter().filter(reached).collect();
    for failure in failed.iter().take(FAILURES) {
        let (subject, detail) = (brief(&failure.subject), brief(&failure.detail));
        writeln!(
            out,
            "  {}: {subject}: {detail}",
            words(failure.reason.word())
        )?;
    }
    let left = failed.len().saturating_sub(FAILURES);
    if left > 0 {
        writeln!(out, "  and {left} more; --format json lists them")?;
    }
    Ok(())
}

fn stale(view: &View, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if view.stale.is_empty() {
        return Ok(());
    }
    let text = "Suppressions that no longer do anything:";
    writeln!(out, "{}", paint.text(Tone::Warning, text))?;
    for stale in &view.stale {
        let detail = stale
            .detail
            .as_deref()
            .map_or(String::new(), |d| format!(" ({})", brief(d)));
        let (origin, subject) = (brief(&stale.origin), brief(&stale.subject));
        writeln!(out, "  {origin}: {}: {subject}{detail}", stale.why)?;
    }
    Ok(())
}

/// A word of the contract as people write it.
fn words(word: &str) -> String {
    word.replace('_', " ")
}
