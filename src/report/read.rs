//! Reads back what `json` and `jsonl` wrote, so that an earlier report can be shown in another
//! format or asked about again. A report is foreign input: every field is checked.

use serde_json::Value;

use super::restore::{about, finding_of, silencer_of, summary_of};
use super::{Results, v1};
use crate::finding::Suppressed;

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
    let mut results = summary_of(summary);
    for (index, finding) in findings.into_iter().enumerate() {
        about(&mut results, &finding);
        let field = |what| ReadError::Field {
            finding: index + 1,
            what,
        };
        results.findings.push(finding_of(finding).map_err(field)?);
    }
    for (index, mut finding) in suppressed.into_iter().enumerate() {
        about(&mut results, &finding);
        let by = std::mem::take(&mut finding.suppressed_by);
        let field = |what| ReadError::Field {
            finding: index + 1,
            what,
        };
        let finding = finding_of(finding).map_err(field)?;
        let by = by.into_iter().map(silencer_of).collect();
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
