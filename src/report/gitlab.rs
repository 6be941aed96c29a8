//! `gitlab`: the report that GitLab reads as `artifacts:reports:secret_detection`, schema 15.0.7,
//! which every GitLab since 16 accepts.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::view::{Item, View};
use super::{Format, Options, escape, time, visible};
use crate::finding::{Severity, Urgency};

pub(super) struct Gitlab;

const SCHEMA: &str = "15.0.7";
/// Longest name the schema allows.
const NAME: usize = 255;
/// Longest solution the schema allows.
const SOLUTION: usize = 7000;

impl Format for Gitlab {
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let end = options.now.unwrap_or_default();
        let seconds = i64::try_from(view.elapsed_ms / 1000).unwrap_or_default();
        let version = match view.version.is_empty() {
            true => "unknown",
            false => &view.version,
        };
        let tool = json!({
            "id": "unleak", "name": "unleak", "version": version, "vendor": { "name": "unleak" },
        });
        let messages = view.missing().into_iter();
        let messages: Vec<Value> = messages
            .map(|text| json!({ "level": "warn", "value": visible(&text) }))
            .collect();
        let report = json!({
            "version": SCHEMA,
            "scan": {
                "analyzer": tool, "scanner": tool, "type": "secret_detection",
                "start_time": local(end.saturating_sub(seconds)), "end_time": local(end),
                "status": if view.partial { "failure" } else { "success" },
                "messages": messages,
            },
            "vulnerabilities": view.findings.iter().map(vulnerability).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&report)?;
        writeln!(out, "{}", escape::json(&text))
    }
}

/// The schema wants no zone and no fraction.
fn local(seconds: i64) -> String {
    time::iso(seconds).trim_end_matches('Z').to_owned()
}

fn vulnerability(item: &Item) -> Value {
    let mut value = json!({
        "id": uuid(&item.fingerprint),
        "category": "secret_detection",
        "name": cut(&item.title(), NAME),
        "description": description(item),
        "severity": severity(item),
        "solution": cut(&solution(item), SOLUTION),
        "identifiers": [
            { "type": "unleak_kind", "name": format!("unleak {}", item.kind), "value": item.kind },
            {
                "type": "cwe", "name": "CWE-798", "value": "798",
                "url": "https://cwe.mitre.org/data/definitions/798.html",
            },
        ],
        "location": location(item),
        "raw_source_code_extract": visible(&item.excerpt),
    });
    if let Some(docs) = item
        .docs
        .as_ref()
        .filter(|docs| docs.starts_with("https://"))
    {
        value["links"] = json!([{ "url": docs }]);
    }
    value
}

/// GitLab has no word for what is dealt with.
fn severity(item: &Item) -> &'static str {
    match item.severity {
        _ if item.urgency == Urgency::Done => "Info",
        Severity::Info => "Info",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// GitLab renders it as Markdown.
fn description(item: &Item) -> String {
    format!(
        "{} {}, {}. {} confidence. {}. Fingerprint {}.",
        escape::markdown(&item.title()),
        escape::markdown(item.shown()),
        escape::markdown(&item.status_text()),
        item.confidence,
        escape::markdown(&item.reasons.join(", ")),
        item.fingerprint,
    )
}

fn solution(item: &Item) -> String {
    let steps = item.steps.iter().enumerate();
    let steps: Vec<String> = steps
        .map(|(i, step)| format!("{}. {step}", i + 1))
        .collect();
    let console = item.console.iter().map(String::as_str);
    let text = steps
        .iter()
        .map(String::as_str)
        .chain(console)
        .collect::<Vec<_>>()
        .join(" ");
    match text.is_empty() {
        true => "Replace the secret and take the old one out of use.".to_owned(),
        false => text,
    }
}

fn location(item: &Item) -> Value {
    let Some(spot) = item.main_place() else {
        return json!({ "commit": { "sha": "0000000" } });
    };
    let commit = spot.commit.as_ref().or_else(|| item.first_commit());
    let commit = match commit {
        Some(commit) => json!({
            "sha": commit.id, "date": commit.date, "author": visible(&commit.author),
        }),
        None => json!({ "sha": "0000000" }),
    };
    json!({
        "file": visible(&spot.name()), "start_line": spot.line, "end_line": spot.end_line,
        "commit": commit,
    })
}

fn cut(text: &str, longest: usize) -> String {
    visible(text).chars().take(longest).collect()
}

/// The schema recommends a UUID; ours is the fingerprint in a UUID's clothes.
fn uuid(fingerprint: &str) -> String {
    let cuts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let groups = cuts.map(|(from, to)| fingerprint.get(from..to).unwrap_or_default());
    groups.join("-")
}
