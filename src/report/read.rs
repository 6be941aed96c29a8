//! Reads back what `json` and `jsonl` wrote, so that an earlier report can be shown in another
//! format or asked about again. A report is foreign input: every field is checked.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Mutex;

use serde_json::Value;

use super::{About, Results, time, v1};
use crate::finding::{
    BlobId, CommitInfo, Failure, Finding, Part, Place, Rotate, Secret, Silencer, Skip, SourceKind,
    Span, Stale, StaleWhy, Status, Suppressed, Tally, Verification,
};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither a document nor lines of JSON.
    #[error("line {line}: {error}")]
    Syntax {
        /// Line in the text, from 1.
        line: usize,
        /// What the parser said.
        error: serde_json::Error,
    },
    /// JSON, but not ours.
    #[error("this is JSON, but not a report of unleak: {0}")]
    Foreign(String),
    /// Written by a newer program.
    #[error("this report has schema {0}, and this program reads schema 1: use a newer unleak")]
    Newer(u64),
    /// A report that was interrupted while it was written.
    #[error("the last line of the report (its summary) is missing: it was not written to its end")]
    NoSummary,
    /// A field holds something it cannot.
    #[error("finding {finding}: {what}")]
    Field {
        /// Which finding, from 1.
        finding: usize,
        /// What is wrong.
        what: String,
    },
}

/// The results that `text` (of format `json` or `jsonl`) was written from. Values that were
/// masked stay masked.
pub fn read(text: &str) -> Result<Results, ReadError> {
    let document: Result<Value, _> = serde_json::from_str(text);
    let (findings, suppressed, summary) = match document {
        Ok(value) if value.get("findings").is_some_and(Value::is_array) => {
            check_schema(&value)?;
            let report: v1::Report = serde_json::from_value(value).map_err(foreign)?;
            (report.findings, report.suppressed, report.summary)
        }
        _ => lines(text)?,
    };
    let mut results = of_summary(summary);
    for (index, finding) in findings.into_iter().enumerate() {
        about(&mut results, &finding);
        let field = |what| ReadError::Field {
            finding: index + 1,
            what,
        };
        results.findings.push(of_finding(finding).map_err(field)?);
    }
    for (index, mut finding) in suppressed.into_iter().enumerate() {
        about(&mut results, &finding);
        let by = std::mem::take(&mut finding.suppressed_by);
        let field = |what| ReadError::Field {
            finding: index + 1,
            what,
        };
        let finding = of_finding(finding).map_err(field)?;
        let by = by.into_iter().map(of_silencer).collect();
        results.suppressed.push(Suppressed { finding, by });
    }
    Ok(results)
}

type Lines = (Vec<v1::Finding>, Vec<v1::Finding>, v1::Summary);

fn lines(text: &str) -> Result<Lines, ReadError> {
    let (mut findings, mut suppressed, mut summary) = (Vec::new(), Vec::new(), None);
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(line).map_err(|error| ReadError::Syntax {
            line: index + 1,
            error,
        })?;
        check_schema(&value)?;
        match value.get("type").and_then(Value::as_str) {
            Some("finding") => findings.push(serde_json::from_value(value).map_err(foreign)?),
            Some("suppressed") => suppressed.push(serde_json::from_value(value).map_err(foreign)?),
            Some("summary") => summary = Some(serde_json::from_value(value).map_err(foreign)?),
            _ => {
                return Err(ReadError::Foreign(format!(
                    "line {} has no known type",
                    index + 1
                )));
            }
        }
    }
    Ok((findings, suppressed, summary.ok_or(ReadError::NoSummary)?))
}

fn foreign(error: serde_json::Error) -> ReadError {
    // The parser quotes what it did not like, and that may be a value.
    let text = error.to_string();
    let pieces = text.split('"').enumerate();
    let pieces = pieces.map(|(index, piece)| if index % 2 == 0 { piece } else { "…" });
    ReadError::Foreign(pieces.collect())
}

fn check_schema(value: &Value) -> Result<(), ReadError> {
    match value.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(v1::SCHEMA) => Ok(()),
        Some(schema) => Err(ReadError::Newer(schema)),
        None => Err(ReadError::Foreign("it has no \"schema\"".to_owned())),
    }
}

fn of_summary(summary: v1::Summary) -> Results {
    let reason = |word: &str| Skip::ALL.into_iter().find(|skip| skip.word() == word);
    let mut tally = Tally {
        files: summary.seen.files,
        blobs: summary.seen.blobs,
        bytes: summary.seen.bytes,
        commits: summary.seen.commits,
        ..Tally::default()
    };
    let counts = summary.skipped.iter().filter(|(_, count)| **count > 0);
    tally.skipped = counts
        .filter_map(|(word, count)| Some((reason(word)?, *count)))
        .collect();
    let failed = summary.failed.into_iter().filter_map(|failed| {
        Some(Failure {
            reason: reason(&failed.reason)?,
            subject: failed.subject,
            detail: failed.detail,
        })
    });
    tally.failed = failed.collect();
    Results {
        tally,
        stale: summary.stale.into_iter().filter_map(of_stale).collect(),
        below_threshold: summary.below_threshold,
        elapsed_ms: summary.elapsed_ms,
        version: summary.version,
        patterns: summary.patterns,
        root: summary.root,
        partial: summary.partial,
        ..Results::default()
    }
}

fn of_stale(stale: v1::Stale) -> Option<Stale> {
    let detail = stale.detail.unwrap_or_default();
    let why = match stale.why.as_str() {
        "unused" => StaleWhy::Unused,
        "expired" => StaleWhy::Expired(detail),
        "refused" => StaleWhy::Refused(detail),
        _ => return None,
    };
    Some(Stale {
        origin: stale.origin,
        subject: stale.subject,
        why,
    })
}

fn of_silencer(silencer: v1::Silencer) -> Silencer {
    const SORTS: [&str; 4] = ["marker", "config", "baseline", "import"];
    let sort = SORTS.into_iter().find(|sort| *sort == silencer.sort);
    Silencer {
        sort: sort.unwrap_or("config"),
        origin: silencer.origin,
        reason: silencer.reason,
    }
}

/// What the report says beside the finding itself.
fn about(results: &mut Results, finding: &v1::Finding) {
    let about = About {
        provider_name: finding.provider_name.clone(),
        docs: finding.docs.clone().unwrap_or_default(),
    };
    if results.web.is_none() {
        results.web = finding.places.iter().find_map(web);
    }
    if !about.provider_name.is_empty() {
        results.kinds.entry(finding.kind.clone()).or_insert(about);
    }
}

/// The repository's address at its code host, from the address of one of its lines.
fn web(place: &v1::Place) -> Option<String> {
    let commit = place.commit.as_ref()?;
    let (web, _) = place
        .url
        .as_ref()?
        .split_once(&format!("/blob/{commit}/"))?;
    (web.starts_with("https://") || web.starts_with("http://")).then(|| web.to_owned())
}

fn of_finding(from: v1::Finding) -> Result<Finding, String> {
    let detail = from.status_detail.unwrap_or_default();
    let status = status(&from.status, detail)?;
    let places: Result<Vec<Place>, String> = from.places.into_iter().map(of_place).collect();
    let parts = from.parts.into_iter().map(|part| Part {
        name: part.name,
        value: of_value(part.masked, part.value),
    });
    let verification = from.verification.map(|check| Verification {
        at: time::seconds(&check.at).unwrap_or_default(),
        call: check.call,
        identity: check.identity,
        detail: check.detail,
    });
    Ok(Finding {
        fingerprint: from.fingerprint.parse()?,
        provider: from.provider,
        kind: from.kind,
        name: from.name,
        severity: word(&from.severity, "severity")?,
        confidence: word(&from.confidence, "confidence")?,
        status,
        urgency: word(&from.urgency, "urgency")?,
        score: from.score,
        reasons: from.reasons,
        secret: of_value(from.secret.masked, from.secret.value),
        parts: parts.collect(),
        facts: from.facts,
        candidates: from.candidates,
        explain: from.explain,
        places: places?,
        excerpt: from.excerpt,
        verification,
        rotate: Rotate {
            console: from.rotate.console,
            steps: from.rotate.steps,
        },
    })
}

fn word<T: FromStr<Err = String>>(text: &str, field: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{field}: {error}"))
}

fn status(word: &str, detail: String) -> Result<Status, String> {
    Ok(match word {
        "live" => Status::Live,
        "frozen" => Status::Frozen,
        "dead" => Status::Dead,
        "canary" => Status::Canary,
        "unverifiable" => Status::Unverifiable(detail),
        "unknown" => Status::Unknown(detail),
        "unchecked" => Status::Unchecked,
        other => {
            return Err(format!(
                "status: '{other}' is not one of: {}",
                Status::WORDS.join(", ")
            ));
        }
    })
}

fn of_value(masked: String, value: Option<String>) -> Secret {
    match value {
        Some(value) => Secret::new(value),
        None => Secret::withheld(masked),
    }
}

fn of_place(from: v1::Place) -> Result<Place, String> {
    const SOURCES: [SourceKind; 6] = [
        SourceKind::Tree,
        SourceKind::Index,
        SourceKind::History,
        SourceKind::Stdin,
        SourceKind::Archive,
        SourceKind::Message,
    ];
    let source = SOURCES
        .into_iter()
        .find(|source| source.word() == from.source);
    let source = source.ok_or_else(|| format!("source: '{}' is not known", from.source))?;
    let span = Span {
        line: from.line,
        column: from.column,
        end_line: from.end_line,
        end_column: from.end_column,
        ..Span::default()
    };
    let date = |text: &str| time::seconds(text).unwrap_or_default();
    let commit = from.commit.map(|id| CommitInfo {
        id,
        author: from.author.unwrap_or_default(),
        email: from.email.unwrap_or_default(),
        time: from.date.as_deref().map(date).unwrap_or_default(),
    });
    let last_commit = from.last_commit.map(|last| CommitInfo {
        id: last.commit,
        author: last.author,
        email: last.email,
        time: date(&last.date),
    });
    let mut place = Place::new(source, from.path, span);
    place.blob = from.blob.as_deref().and_then(BlobId::from_hex);
    place.commit = commit;
    place.last_commit = last_commit;
    place.refs = from.refs;
    place.reachable = from.reachable;
    place.in_head = from.in_head;
    place.decoded = from.decoded.iter().map(|word| decoder(word)).collect();
    Ok(place)
}

/// Names of decoders live as long as the program. A report can name any; the first few short ones
/// are kept, which bounds what a hostile report can make us hold.
fn decoder(word: &str) -> &'static str {
    const KEPT: usize = 64;
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = match WORDS.lock() {
        Ok(words) => words,
        Err(poisoned) => poisoned.into_inner(),
    };
    if let Some(known) = words.get(word) {
        return known;
    }
    if words.len() >= KEPT || word.len() > 32 {
        return "encoded";
    }
    let kept: &'static str = String::from(word).leak();
    words.insert(kept);
    kept
}
