//! `html`: one page for a browser. Nothing is loaded and nothing runs: the page forbids itself
//! everything but its own style.

use std::io::{self, Write};

use super::escape::markup;
use super::view::{Item, Silenced, View};
use super::{Format, Options, time};
use crate::finding::Urgency;

pub(super) struct Html;

/// At most this many places of a finding are listed.
const PLACES: usize = 50;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>unleak</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --now: #c62828; --soon: #b26a00; --review: #33691e; --done: #777; }
@media (prefers-color-scheme: dark) { :root { --now: #ff6b61; --soon: #ffb74d; --review: #9ccc65; --done: #999; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 1rem; }
article { border: 1px solid var(--line); border-left: .4rem solid var(--tone); border-radius: .4rem; padding: .8rem 1rem; margin: 1rem 0; break-inside: avoid; }
article h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
.now { --tone: var(--now); } .soon { --tone: var(--soon); } .review { --tone: var(--review); } .done { --tone: var(--done); }
h2 { color: var(--tone, inherit); }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .15rem 1rem; margin: 0; }
dt { opacity: .7; } dd { margin: 0; min-width: 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; background: var(--soft); border-radius: .2rem; padding: .1em .3em; }
pre { white-space: pre-wrap; margin: .3rem 0; padding: .4em .6em; }
ul, ol { margin: 0; padding-left: 1.3rem; }
.warn { border: 2px solid var(--now); border-radius: .4rem; padding: .6rem 1rem; }
footer { margin-top: 3rem; opacity: .8; font-size: .9em; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } }
</style>
</head>
<body>
"#;

impl Format for Html {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())?;
        writeln!(out, "<h1>{}</h1>", markup(&view.verdict()))?;
        if view.incomplete() {
            writeln!(
                out,
                "<div class=\"warn\"><b>Part of what was asked for was not read.</b>"
            )?;
            list(out, view.missing().iter().map(|text| markup(text)))?;
            writeln!(out, "</div>")?;
        }
        for (urgency, count) in view.by_urgency() {
            if count > 0 {
                writeln!(
                    out,
                    "<h2 class=\"{urgency}\">{} ({count})</h2>",
                    heading(urgency)
                )?;
            }
            for item in view.findings.iter().filter(|item| item.urgency == urgency) {
                finding(out, item, options)?;
            }
        }
        if options.list_suppressed && !view.suppressed.is_empty() {
            writeln!(out, "<h2>Suppressed ({})</h2>", view.suppressed.len())?;
            list(out, view.suppressed.iter().map(suppressed))?;
        }
        if !view.stale.is_empty() {
            writeln!(out, "<h2>Suppressions that no longer do anything</h2>")?;
            list(
                out,
                view.stale.iter().map(|stale| {
                    let detail = stale.detail.as_deref().unwrap_or_default();
                    let text = format!(
                        "{}: {}: {} {detail}",
                        stale.origin, stale.why, stale.subject
                    );
                    markup(&text)
                }),
            )?;
        }
        footer(out, view)?;
        writeln!(out, "</body>\n</html>")
    }
}

fn heading(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Now => "Rotate today",
        Urgency::Soon => "Rotate this week",
        Urgency::Review => "Somebody should look",
        Urgency::Done => "Nothing left to do",
    }
}

fn list(out: &mut dyn Write, items: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(out, "<ul>")?;
    for item in items {
        writeln!(out, "<li>{item}</li>")?;
    }
    writeln!(out, "</ul>")
}

fn row(out: &mut dyn Write, label: &str, html: &str) -> io::Result<()> {
    writeln!(out, "<dt>{label}</dt><dd>{html}</dd>")
}

fn finding(out: &mut dyn Write, item: &Item, options: &Options) -> io::Result<()> {
    writeln!(
        out,
        "<article class=\"{}\" id=\"f-{}\">",
        item.urgency, item.fingerprint
    )?;
    writeln!(out, "<h3>{}</h3>\n<dl>", markup(&item.title()))?;
    let scale = format!(
        "{}, {} confidence, {}",
        item.severity,
        item.confidence,
        item.status_text()
    );
    row(
        out,
        "Secret",
        &format!("<code>{}</code> {}", markup(item.shown()), markup(&scale)),
    )?;
    for (name, part) in &item.parts {
        row(
            out,
            &markup(name),
            &format!("<code>{}</code>", markup(part.text())),
        )?;
    }
    let why = format!("{} (score {})", item.reasons.join(", "), item.score);
    row(out, "Why", &markup(&why))?;
    asked(out, item)?;
    if !item.excerpt.trim().is_empty() {
        row(
            out,
            "Line",
            &format!("<pre>{}</pre>", markup(item.excerpt.trim())),
        )?;
    }
    writeln!(out, "<dt>Where</dt><dd>")?;
    places(out, item)?;
    writeln!(out, "</dd>")?;
    since(out, item, options)?;
    for (name, value) in &item.facts {
        row(out, &markup(name), &markup(value))?;
    }
    if item.urgency != Urgency::Done {
        what_to_do(out, item)?;
    }
    row(out, "Kind", &format!("<code>{}</code>", markup(&item.kind)))?;
    row(
        out,
        "Fingerprint",
        &format!("<code>{}</code>", item.fingerprint),
    )?;
    writeln!(out, "</dl>\n</article>")
}

fn asked(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    if let Some(check) = &item.verification {
        let identity = check
            .identity
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        let identity: Vec<String> = identity.collect();
        row(
            out,
            "Asked",
            &markup(&format!(
                "{} {} {}",
                check.at,
                identity.join(", "),
                check.detail
            )),
        )?;
    }
    Ok(())
}

fn since(out: &mut dyn Write, item: &Item, options: &Options) -> io::Result<()> {
    if let Some(commit) = item.first_commit() {
        let age = options.now.map_or(String::new(), |now| {
            format!(" ({})", time::ago(commit.time, now))
        });
        let text = format!(
            "{}{age} by {} <{}>",
            time::day(commit.time),
            commit.author,
            commit.email
        );
        row(out, "Since", &markup(&text))?;
        row(
            out,
            "Still there",
            if item.present() {
                "yes"
            } else {
                "no, in the history only"
            },
        )?;
    }
    Ok(())
}

fn places(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    list(
        out,
        item.places.iter().take(PLACES).map(|spot| {
            let text = markup(&format!("{}:{}", spot.text(), spot.column));
            let text = match &spot.url {
                Some(url) => link(url, &text),
                None => text,
            };
            let commit = spot
                .commit
                .as_ref()
                .map(|c| c.id.get(..10).unwrap_or(&c.id));
            let note = format!("{} {}", spot.source.word(), commit.unwrap_or_default());
            format!("{text} <small>{}</small>", markup(note.trim_end()))
        }),
    )?;
    let left = item.places.len().saturating_sub(PLACES);
    if left > 0 {
        writeln!(out, "<p>and {left} more; the JSON report has them all.</p>")?;
    }
    Ok(())
}

/// A link, if the address is one of the web; `text` is markup.
fn link(url: &str, text: &str) -> String {
    let web = url.starts_with("https://") || url.starts_with("http://");
    match web {
        true => format!("<a rel=\"noreferrer\" href=\"{}\">{text}</a>", markup(url)),
        false => text.to_owned(),
    }
}

fn what_to_do(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    if item.steps.is_empty() && item.console.is_none() {
        return Ok(());
    }
    let steps: String = item
        .steps
        .iter()
        .map(|step| format!("<li>{}</li>", markup(step)))
        .collect();
    let console = item
        .console
        .as_ref()
        .map_or(String::new(), |url| link(url, &markup(url)));
    row(out, "To do", &format!("<ol>{steps}</ol>{console}"))
}

fn suppressed(silenced: &Silenced) -> String {
    let item = &silenced.item;
    let by = silenced.by.iter().map(|by| {
        let reason = by.reason.as_deref().unwrap_or("no reason given");
        format!("{}: {reason}", by.origin)
    });
    let by: Vec<String> = by.collect();
    let text = format!("{} {}", item.title(), item.fingerprint);
    format!(
        "{} <small>{}</small>",
        markup(&text),
        markup(&by.join("; "))
    )
}

fn footer(out: &mut dyn Write, view: &View) -> io::Result<()> {
    let tally = &view.tally;
    writeln!(
        out,
        "<footer>Looked at {} files, {} blobs of the history and {} commits of {} with unleak {}, patterns {}.",
        tally.files,
        tally.blobs,
        tally.commits,
        markup(&view.root),
        markup(&view.version),
        markup(&view.patterns),
    )?;
    let skipped = tally.skipped.iter().filter(|(_, count)| **count > 0);
    let skipped: Vec<String> = skipped
        .map(|(skip, count)| format!("{count} {}", skip.word().replace('_', " ")))
        .collect();
    if !skipped.is_empty() {
        writeln!(out, " Not read: {}.", skipped.join(", "))?;
    }
    writeln!(out, "</footer>")
}
