//! `human`: for reading in a terminal, most urgent first. Colours and links only if the caller says
//! that the output is a terminal; the summary at the end is in `summary`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::escape::{brief, visible};
use super::style::{Paint, Tone};
use super::view::{Commit, Item, Silenced, Spot, View};
use super::{Format, Options, summary, time};
use crate::finding::{SourceKind, Urgency};

/// At most this many places of one finding are listed; the machine formats list all.
const PLACES: usize = 5;
/// At most this many refs of one finding are listed.
const REFS: usize = 4;

pub(super) struct Human;

impl Format for Human {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let paint = Paint::new(options.terminal);
        let mut page = Page {
            paint,
            options,
            told: BTreeSet::new(),
            out,
        };
        for (urgency, count) in view.by_urgency() {
            if count == 0 {
                continue;
            }
            page.heading(urgency, count)?;
            for item in view.findings.iter().filter(|item| item.urgency == urgency) {
                page.finding(item)?;
            }
        }
        if options.list_suppressed && !view.suppressed.is_empty() {
            page.suppressed(&view.suppressed)?;
        }
        summary::write(view, paint, page.out)
    }
}

struct Page<'a> {
    paint: Paint,
    options: &'a Options,
    /// Kinds whose steps were printed already.
    told: BTreeSet<String>,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn heading(&mut self, urgency: Urgency, count: usize) -> io::Result<()> {
        let text = match urgency {
            Urgency::Now => "NOW: rotate today",
            Urgency::Soon => "SOON: rotate this week",
            Urgency::Review => "REVIEW: somebody should look",
            Urgency::Done => "DONE: nothing left to do",
        };
        let heading = self.paint.text(tone(urgency), text);
        writeln!(self.out, "{heading} ({count})\n")
    }

    fn finding(&mut self, item: &Item) -> io::Result<()> {
        let title = self.paint.text(tone(item.urgency), &brief(&item.title()));
        let kind = self.paint.text(Tone::Faint, &brief(&item.kind));
        writeln!(self.out, "{title}  {kind}")?;
        self.row("secret", &self.secret(item))?;
        self.row(
            "why",
            &format!("{} (score {})", brief(&item.reasons.join(", ")), item.score),
        )?;
        self.status(item)?;
        self.places(item)?;
        self.people(item)?;
        self.facts(item)?;
        self.explain(item)?;
        self.what_to_do(item)?;
        self.row("id", &item.fingerprint)?;
        writeln!(self.out)
    }

    fn row(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = self.paint.text(Tone::Faint, &format!("{label:<8}"));
        writeln!(self.out, "  {label} {text}")
    }

    fn more(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "           {text}")
    }

    fn secret(&self, item: &Item) -> String {
        let mut text = visible(item.shown()).into_owned();
        for (name, part) in &item.parts {
            text.push_str(&format!(", {} {}", brief(name), visible(part.text())));
        }
        format!(
            "{text}  ({}, {} confidence)",
            item.severity, item.confidence
        )
    }

    fn status(&mut self, item: &Item) -> io::Result<()> {
        if item.status == "unchecked" {
            return Ok(());
        }
        let mut text = brief(&item.status_text()).into_owned();
        if let Some(check) = &item.verification {
            text.push_str(&format!(" (asked {}", check.at));
            match check.detail.is_empty() {
                true => text.push(')'),
                false => text.push_str(&format!(": {})", brief(&check.detail))),
            }
        }
        self.row("status", &text)?;
        let identity = item.verification.as_ref().map(|check| &check.identity);
        for (name, value) in identity.into_iter().flatten() {
            self.more(&format!("{}: {}", brief(name), brief(value)))?;
        }
        Ok(())
    }

    fn places(&mut self, item: &Item) -> io::Result<()> {
        let mut seen = BTreeSet::new();
        let distinct = item
            .places
            .iter()
            .filter(|spot| seen.insert((spot.source, spot.name(), spot.line)));
        let distinct: Vec<&Spot> = distinct.collect();
        for (index, spot) in distinct.iter().take(PLACES).enumerate() {
            let text = self.place(spot);
            match index {
                0 => self.row("where", &text)?,
                _ => self.more(&text)?,
            }
            if index == 0 && !item.excerpt.trim().is_empty() {
                let excerpt = brief(item.excerpt.trim());
                let excerpt = self.paint.text(Tone::Code, &excerpt);
                self.more(&format!("  {excerpt}"))?;
            }
            if let Some(look) = spot.look() {
                self.more(&format!("  to look at it: {}", brief(&look)))?;
            }
        }
        let left = distinct.len().saturating_sub(PLACES);
        if left > 0 {
            self.more(&format!("and {left} more; --format json lists all"))?;
        }
        Ok(())
    }

    fn place(&self, spot: &Spot) -> String {
        let name = spot.name();
        let path = brief(&name);
        let mut text = format!("{path}:{}:{}", spot.line, spot.column);
        if let Some(url) = &spot.url {
            text = self.paint.link(url, &text);
        }
        let mut notes = Vec::new();
        match spot.source {
            SourceKind::Tree | SourceKind::Stdin => {}
            SourceKind::Index => notes.push("staged".to_owned()),
            SourceKind::Archive => notes.push("in an archive".to_owned()),
            SourceKind::Message if !spot.has_path() => {}
            SourceKind::Message => notes.push("in a name".to_owned()),
            SourceKind::History if !spot.has_path() => {
                notes.push("history; no path leads to it".to_owned());
            }
            SourceKind::History => notes.push("history".to_owned()),
        }
        if let Some(commit) = spot.commit.as_ref().filter(|_| spot.has_path()) {
            notes.push(short(&commit.id).to_owned());
        }
        if !spot.decoded.is_empty() {
            notes.push(format!("inside {}", brief(&spot.decoded.join(" in "))));
        }
        if !notes.is_empty() {
            text.push_str(&format!(" ({})", notes.join(", ")));
        }
        text
    }

    /// Who brought it in and when, until when it was there, and where it still is.
    fn people(&mut self, item: &Item) -> io::Result<()> {
        let Some(first) = item.first_commit() else {
            if item.places.iter().all(|spot| spot.reachable) {
                return Ok(());
            }
            let text = "unknown: no commit, branch or tag leads to it; until git removes it, it can be read";
            return self.row("since", text);
        };
        let author = brief(&first.author);
        let by = match first.email.is_empty() {
            true => author.into_owned(),
            false => format!("{author} <{}>", brief(&first.email)),
        };
        let since = format!("{} by {by} in {}", self.when(first), short(&first.id));
        self.row("since", &since)?;
        self.row("until", &self.until(item))
    }

    fn until(&self, item: &Item) -> String {
        let refs: BTreeSet<&str> = item
            .places
            .iter()
            .flat_map(|spot| &spot.refs)
            .map(String::as_str)
            .collect();
        let mut text = if item.places.iter().any(|spot| spot.in_head) {
            "still in HEAD".to_owned()
        } else if let Some(last) = item.last_commit() {
            format!(
                "{}, last in {}; not in HEAD",
                self.when(last),
                short(&last.id)
            )
        } else {
            "not in HEAD".to_owned()
        };
        if !item.places.iter().any(|spot| spot.reachable) {
            text.push_str("; no branch or tag reaches it");
        } else if !refs.is_empty() {
            let names: Vec<_> = refs.iter().take(REFS).map(|name| brief(name)).collect();
            text.push_str(&format!("; in {}", names.join(", ")));
            if refs.len() > REFS {
                text.push_str(&format!(" and {} more refs", refs.len() - REFS));
            }
        }
        text
    }

    fn when(&self, commit: &Commit) -> String {
        let day = time::day(commit.time);
        match self.options.now {
            Some(now) => format!("{day} ({})", time::ago(commit.time, now)),
            None => day,
        }
    }

    fn facts(&mut self, item: &Item) -> io::Result<()> {
        let facts = item.facts.iter();
        let facts: Vec<_> = facts
            .map(|(name, value)| format!("{} {}", brief(name), brief(value)))
            .collect();
        if !facts.is_empty() {
            self.row("says", &facts.join(", "))?;
        }
        if !item.candidates.is_empty() {
            let kinds = brief(&item.candidates.join(", ")).into_owned();
            self.row("or", &format!("{kinds} (nothing near it says whose it is)"))?;
        }
        Ok(())
    }

    fn explain(&mut self, item: &Item) -> io::Result<()> {
        if !self.options.explain || item.explain.is_empty() {
            return Ok(());
        }
        let reasons = item.explain.iter();
        let reasons: Vec<_> = reasons
            .map(|(why, points)| format!("{} {points:+}", brief(why)))
            .collect();
        self.row("moved by", &reasons.join(", "))
    }

    fn what_to_do(&mut self, item: &Item) -> io::Result<()> {
        if item.urgency == Urgency::Done || (item.steps.is_empty() && item.console.is_none()) {
            return Ok(());
        }
        if !self.told.insert(item.kind.clone()) {
            return self.row("do", "as for the first of this kind above");
        }
        let count = item.steps.len();
        for (index, step) in item.steps.iter().enumerate() {
            let step = brief(step);
            let text = match count {
                1 => step.into_owned(),
                _ => format!("{}. {step}", index + 1),
            };
            match index {
                0 => self.row("do", &text)?,
                _ => self.more(&text)?,
            }
        }
        match &item.console {
            Some(console) if count == 0 => self.row("do", &self.paint.link(console, console)),
            Some(console) => self.more(&self.paint.link(console, console)),
            None => Ok(()),
        }
    }

    fn suppressed(&mut self, list: &[Silenced]) -> io::Result<()> {
        let heading = self.paint.text(Tone::Strong, "SUPPRESSED");
        writeln!(self.out, "{heading} ({})\n", list.len())?;
        for silenced in list {
            let item = &silenced.item;
            let place = item
                .places
                .first()
                .map_or(String::new(), |spot| self.place(spot));
            let (kind, masked) = (brief(&item.kind), brief(&item.secret.masked));
            writeln!(
                self.out,
                "  {kind}  {masked}  {place}  {}",
                item.fingerprint
            )?;
            for by in &silenced.by {
                let reason = by.reason.as_deref().unwrap_or("no reason given");
                let (origin, reason) = (brief(&by.origin), brief(reason));
                writeln!(self.out, "    by {} {origin}: {reason}", by.sort)?;
            }
        }
        writeln!(self.out)
    }
}

fn tone(urgency: Urgency) -> Tone {
    match urgency {
        Urgency::Now => Tone::Alarm,
        Urgency::Soon => Tone::Warning,
        Urgency::Review => Tone::Strong,
        Urgency::Done => Tone::Faint,
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
