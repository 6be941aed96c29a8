//! `unleak patterns list`: a line or a JSON object a kind.

use clap::ValueEnum;
use serde::Serialize;
use unleak::pattern::names::GENERIC;
use unleak::pattern::schema::{Kind, Provider};
use unleak::pattern::{KindRef, Patterns};

use crate::cli::{Exit, Failure, plain, print};

/// For whom.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// A table
    #[default]
    Human,
    /// An array of objects, one a line
    Json,
    /// A table of providers, for the README
    Markdown,
}

/// What programs are told of a kind. Fields are added, never renamed.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    provider: &'a str,
    name: &'a str,
    provider_name: &'a str,
    severity: &'static str,
    /// Call or protocol that asks whether it is alive.
    verify: Option<&'a str>,
    unverifiable: Option<&'a str>,
    freeze: Option<&'a str>,
    thaw: Option<&'a str>,
    revoke: Option<&'a str>,
    by_hand: Option<&'a str>,
    checksum: Option<&'a str>,
    facts: Option<&'a str>,
    harmless: Option<&'a str>,
    /// Values that belong to it, beside the secret.
    parts: Vec<&'a str>,
    /// The whole kind of which this id is an incomplete one.
    alone_of: Option<&'a str>,
    docs: &'a str,
    console: Option<String>,
}

pub(super) fn run(patterns: &Patterns, format: Format) -> Result<Exit, Failure> {
    let rows = rows(patterns);
    let text = match format {
        Format::Human => table(&rows),
        Format::Json => json(&rows)?,
        Format::Markdown => markdown(patterns),
    };
    print(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn rows(patterns: &Patterns) -> Vec<Row<'_>> {
    patterns
        .ids()
        .filter_map(|id| patterns.find(id))
        .map(|found| row(&found))
        .collect()
}

fn row<'a>(found: &KindRef<'a>) -> Row<'a> {
    let kind = found.kind;
    let alone_of = found.alone.map(|_| kind.id.as_str());
    // What is incomplete cannot be asked about, nor acted upon.
    let whole = |name: &'a Option<String>| name.as_deref().filter(|_| alone_of.is_none());
    let parts = kind.parts.iter().map(|part| part.name.as_str());
    Row {
        id: found.id(),
        provider: &found.provider.id,
        name: found.name(),
        provider_name: &found.provider.name,
        severity: found.severity().word(),
        verify: whole(&kind.verify).or(whole(&kind.protocol)),
        unverifiable: whole(&kind.unverifiable),
        freeze: whole(&kind.freeze),
        thaw: whole(&kind.thaw),
        revoke: whole(&kind.revoke),
        by_hand: whole(&kind.by_hand),
        checksum: kind.checksum.as_deref(),
        facts: kind.facts.as_deref(),
        harmless: kind.harmless.as_deref(),
        parts: parts.filter(|name| *name != "secret").collect(),
        alone_of,
        docs: &found.provider.docs,
        console: found.rotate(unleak::pattern::Lang::En).console,
    }
}

fn json(rows: &[Row<'_>]) -> Result<String, Failure> {
    let lines = rows
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

fn table(rows: &[Row<'_>]) -> String {
    let mut text = String::new();
    let mut providers: Vec<&str> = rows.iter().map(|row| row.provider).collect();
    providers.sort_unstable();
    providers.dedup();
    for row in rows {
        let can = [
            ("check", row.verify.is_some()),
            ("freeze", row.freeze.is_some()),
            ("revoke", row.revoke.is_some()),
            ("checksum", row.checksum.is_some()),
        ];
        let can: Vec<&str> = can
            .iter()
            .filter(|(_, can)| *can)
            .map(|(word, _)| *word)
            .collect();
        let line = format!(
            "{:<44} {:<9} {:<34} {}",
            row.id,
            row.severity,
            can.join(" "),
            row.provider_name
        );
        text.push_str(plain(&line).trim_end());
        text.push('\n');
    }
    text.push_str(&format!(
        "{} kinds of {} providers\n",
        rows.len(),
        providers.len()
    ));
    text
}

/// A row for each provider that more is known of than a shape; the others in one sentence.
fn markdown(patterns: &Patterns) -> String {
    let mut text =
        String::from("| Provider | Check | Freeze | Revoke | Checksum |\n|---|:-:|:-:|:-:|:-:|\n");
    let mut plain: Vec<&str> = Vec::new();
    let named = |provider: &&Provider| provider.id != GENERIC;
    let mut providers: Vec<&Provider> = patterns.providers().filter(named).collect();
    providers.sort_by_key(|provider| (provider.name.to_lowercase(), &provider.id));
    for provider in providers {
        let any = |has: fn(&Kind) -> bool| {
            if provider.secret.iter().any(has) {
                "✓"
            } else {
                ""
            }
        };
        let can = [
            any(|kind| kind.verify.is_some() || kind.protocol.is_some()),
            any(|kind| kind.freeze.is_some()),
            any(|kind| kind.revoke.is_some()),
            any(|kind| kind.checksum.is_some()),
        ];
        if can.iter().all(|mark| mark.is_empty())
            && provider.secret.iter().all(|kind| kind.regex.is_none())
        {
            plain.push(&provider.name);
            continue;
        }
        text.push_str(&format!("| {} | {} |\n", provider.name, can.join(" | ")));
    }
    if !plain.is_empty() {
        text.push_str(&format!(
            "\nBy shape and name alone, {} more: {}.\n",
            plain.len(),
            plain.join(", ")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_one_object_with_the_fields_of_the_contract() {
        let patterns = Patterns::builtin();
        let text = json(&rows(&patterns)).unwrap();
        let objects: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(objects.len(), patterns.ids().count());
        assert_eq!(text.lines().count(), objects.len() + 2);
        for field in [
            "id", "provider", "severity", "verify", "freeze", "revoke", "checksum",
        ] {
            assert!(
                objects.iter().all(|object| object.get(field).is_some()),
                "{field}"
            );
        }
        assert!(table(&rows(&patterns)).contains(" kinds of "));
        let markdown = markdown(&patterns);
        let names = patterns
            .providers()
            .filter(|it| markdown.contains(&it.name));
        assert_eq!(names.count() + 1, patterns.providers().count());
    }
}
