//! `sarif`: SARIF 2.1.0 as GitHub code scanning reads it. Written by hand rather than through a
//! crate of generated types: those bring a dozen packages for the twenty fields used here.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape::markdown;
use super::view::{Item, Silenced, Spot, View};
use super::{Format, Options, escape, visible};
use crate::finding::{Severity, SourceKind, Urgency};

pub(super) struct Sarif;

/// The schema the standard's committee publishes.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// GitHub refuses a result with more than a thousand locations and shows a hundred.
const RELATED: usize = 99;
/// Longest short description GitHub takes.
const SHORT: usize = 1024;

impl Format for Sarif {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let silenced = match options.list_suppressed {
            true => view.suppressed.as_slice(),
            false => &[],
        };
        let items = view.findings.iter().chain(silenced.iter().map(|s| &s.item));
        let mut kinds: BTreeMap<&str, &Item> = BTreeMap::new();
        for item in items {
            kinds.entry(&item.kind).or_insert(item);
        }
        let index: BTreeMap<&str, usize> = kinds
            .keys()
            .enumerate()
            .map(|(index, kind)| (*kind, index))
            .collect();
        let mut results: Vec<Value> = view
            .findings
            .iter()
            .map(|item| result(item, index[item.kind.as_str()]))
            .collect();
        results.extend(
            silenced
                .iter()
                .map(|s| suppressed(s, index[s.item.kind.as_str()])),
        );
        let report = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "unleak",
                    "semanticVersion": version(&view.version),
                    "rules": kinds.values().map(|item| rule(item)).collect::<Vec<_>>(),
                }},
                "invocations": [{
                    "executionSuccessful": !view.partial,
                    "toolExecutionNotifications": notifications(view),
                }],
                "results": results,
            }],
        });
        let text = serde_json::to_string_pretty(&report)?;
        writeln!(out, "{}", escape::json(&text))
    }
}

fn version(version: &str) -> &str {
    if version.is_empty() { "0.0.0" } else { version }
}

/// What was not read is part of the answer.
fn notifications(view: &View) -> Vec<Value> {
    let missing = view.missing().into_iter();
    missing
        .map(|text| json!({ "level": "warning", "message": { "text": plain(&text) } }))
        .collect()
}

fn rule(item: &Item) -> Value {
    let mut rule = json!({
        "id": item.kind,
        "name": item.kind,
        "shortDescription": { "text": cut(&format!("{} in the code or its history", item.title())) },
        "fullDescription": { "text": cut(&format!(
            "{}: whoever can read the repository, now or in any old clone, can use it.", item.title()
        )) },
        "help": { "text": help(item, plain), "markdown": help(item, markdown) },
        "defaultConfiguration": { "level": level(item.severity) },
        "properties": {
            "tags": ["security", "secret", item.provider],
            "precision": item.confidence.word(),
            "security-severity": number(item.severity),
        },
    });
    if let Some(docs) = item
        .docs
        .as_ref()
        .filter(|docs| docs.starts_with("https://"))
    {
        rule["helpUri"] = json!(docs);
    }
    rule
}

fn help(item: &Item, write: fn(&str) -> String) -> String {
    let steps = item.steps.iter().enumerate();
    let mut lines: Vec<String> = steps
        .map(|(index, step)| format!("{}. {}", index + 1, write(step)))
        .collect();
    if lines.is_empty() {
        lines.push("1. Replace it.\n2. Take the old one out of use.".to_owned());
    }
    lines.extend(
        item.console
            .as_deref()
            .map(|console| format!("\n{}", write(console))),
    );
    lines.push(format!(
        "\nA false alarm: put unleak:ignore {} and a reason beside it.",
        item.kind
    ));
    lines.join("\n")
}

fn result(item: &Item, index: usize) -> Value {
    let level = match item.urgency {
        Urgency::Done => "note",
        _ => level(item.severity),
    };
    let mut result = json!({
        "ruleId": item.kind,
        "ruleIndex": index,
        "level": level,
        "message": { "text": message(item) },
        "locations": item.main_place().map(|spot| vec![location(spot, columns(item))]).unwrap_or_default(),
        "partialFingerprints": {
            "unleakFingerprint/v1": item.fingerprint,
            "primaryLocationLineHash": format!("{}:1", item.fingerprint),
        },
        "properties": {
            "urgency": item.urgency.word(),
            "score": item.score,
            "status": item.status,
            "confidence": item.confidence.word(),
            "security-severity": number(item.severity),
        },
    });
    let main = item.main_place().map(std::ptr::from_ref);
    let others = item
        .places
        .iter()
        .filter(|spot| Some(std::ptr::from_ref(*spot)) != main);
    let others = others.take(RELATED).enumerate();
    let related: Vec<Value> = others
        .map(|(id, spot)| {
            let mut location = location(spot, false);
            location["id"] = json!(id + 1);
            location["message"] = json!({ "text": plain(&whence(spot)) });
            location
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn suppressed(silenced: &Silenced, index: usize) -> Value {
    let mut result = result(&silenced.item, index);
    let by = silenced.by.iter().map(|by| {
        let reason = by.reason.as_deref().unwrap_or("no reason given");
        json!({
            "kind": if by.sort == "marker" { "inSource" } else { "external" },
            "justification": visible(&format!("{}: {reason}", by.origin)),
        })
    });
    result["suppressions"] = json!(by.collect::<Vec<_>>());
    result
}

fn message(item: &Item) -> String {
    let mut text = format!("{} {}, {}", item.title(), item.shown(), item.status_text());
    text.push_str(&format!(
        ", {} (score {}): {}.",
        item.urgency,
        item.score,
        item.reasons.join(", ")
    ));
    if let Some(commit) = item.first_commit() {
        text.push_str(&format!(" Since {} by {}.", commit.date, commit.author));
    }
    plain(&text)
}

fn whence(spot: &Spot) -> String {
    match &spot.commit {
        Some(commit) => format!("{} in commit {}", spot.source.word(), commit.id),
        None => spot.source.word().to_owned(),
    }
}

/// Columns count UTF-16 units here and bytes with us: they agree where the line is ASCII, and the
/// line of the first place is known.
fn columns(item: &Item) -> bool {
    let first = item.places.first().map(std::ptr::from_ref);
    let main = item.main_place().map(std::ptr::from_ref);
    first == main && item.excerpt.chars().all(|c| c.is_ascii() || c == '…')
}

fn location(spot: &Spot, columns: bool) -> Value {
    let mut region =
        json!({ "startLine": spot.line.max(1), "endLine": spot.end_line.max(spot.line).max(1) });
    if columns && spot.column > 0 && spot.end_column > 0 {
        region["startColumn"] = json!(spot.column);
        region["endColumn"] = json!(spot.end_column);
    }
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(spot), "uriBaseId": "%SRCROOT%" },
        "region": region,
    }})
}

/// GitHub wants a relative path; what has none gets a name that no file has.
fn uri(spot: &Spot) -> String {
    let path = escape::uri_path(spot.path.trim_start_matches('/'));
    match spot.source {
        SourceKind::Stdin => "standard-input".to_owned(),
        _ if spot.has_path() => path,
        _ => match &spot.commit {
            Some(commit) => format!("commit-{}", escape::uri_path(&commit.id)),
            None => match &spot.blob {
                Some(blob) => format!("blob-{}", escape::uri_path(blob)),
                None => "unnamed".to_owned(),
            },
        },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium, below low.
fn number(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.1",
    }
}

/// Plain text of SARIF, in which only brackets could make a link.
fn plain(text: &str) -> String {
    visible(text)
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

fn cut(text: &str) -> String {
    plain(text).chars().take(SHORT).collect()
}
