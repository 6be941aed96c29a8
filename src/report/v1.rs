//! The machine contract, schema 1, as it is written and read: frozen. Fields are added, never
//! renamed or given another meaning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The number of this contract.
pub(super) const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    #[serde(rename = "type")]
    pub(super) sort: String,
    pub(super) schema: u32,
    pub(super) findings: Vec<Finding>,
    #[serde(default)]
    pub(super) suppressed: Vec<Finding>,
    pub(super) summary: Summary,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Finding {
    #[serde(rename = "type")]
    pub(super) sort: String,
    pub(super) schema: u32,
    pub(super) fingerprint: String,
    pub(super) provider: String,
    #[serde(default)]
    pub(super) provider_name: String,
    pub(super) kind: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) docs: Option<String>,
    pub(super) severity: String,
    pub(super) confidence: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) status_detail: Option<String>,
    pub(super) urgency: String,
    pub(super) score: u8,
    #[serde(default)]
    pub(super) reasons: Vec<String>,
    pub(super) secret: Value,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) candidates: Vec<String>,
    #[serde(default)]
    pub(super) explain: Vec<(String, i32)>,
    #[serde(default)]
    pub(super) excerpt: String,
    pub(super) places: Vec<Place>,
    pub(super) verification: Option<Verification>,
    #[serde(default)]
    pub(super) rotate: Rotate,
    /// Only of a suppressed finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) suppressed_by: Vec<Silencer>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) masked: String,
    pub(super) value: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) masked: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) source: String,
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
    pub(super) commit: Option<String>,
    pub(super) blob: Option<String>,
    pub(super) author: Option<String>,
    pub(super) email: Option<String>,
    pub(super) date: Option<String>,
    #[serde(default)]
    pub(super) last_commit: Option<LastCommit>,
    #[serde(default)]
    pub(super) refs: Vec<String>,
    pub(super) reachable: bool,
    pub(super) in_head: bool,
    #[serde(default)]
    pub(super) decoded: Vec<String>,
    #[serde(default)]
    pub(super) url: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LastCommit {
    pub(super) commit: String,
    pub(super) author: String,
    pub(super) email: String,
    pub(super) date: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Verification {
    pub(super) at: String,
    pub(super) call: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) identity: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) detail: String,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Rotate {
    pub(super) console: Option<String>,
    #[serde(default)]
    pub(super) steps: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Silencer {
    pub(super) sort: String,
    pub(super) origin: String,
    pub(super) reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Summary {
    #[serde(rename = "type")]
    pub(super) sort: String,
    pub(super) schema: u32,
    pub(super) seen: Seen,
    pub(super) skipped: BTreeMap<String, u64>,
    pub(super) failed: Vec<Failed>,
    pub(super) findings: u64,
    #[serde(default)]
    pub(super) suppressed: u64,
    #[serde(default)]
    pub(super) below_threshold: u64,
    pub(super) by_status: BTreeMap<String, u64>,
    pub(super) by_urgency: BTreeMap<String, u64>,
    #[serde(default)]
    pub(super) incomplete: Vec<String>,
    #[serde(default)]
    pub(super) partial: bool,
    #[serde(default)]
    pub(super) stale: Vec<Stale>,
    /// Empty unless providers were asked.
    #[serde(default)]
    pub(super) egress: Vec<Contact>,
    #[serde(default)]
    pub(super) root: String,
    pub(super) elapsed_ms: u64,
    pub(super) version: String,
    pub(super) patterns: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Contact {
    pub(super) host: String,
    pub(super) kind: String,
    pub(super) calls: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) files: u64,
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    pub(super) commits: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) reason: String,
    pub(super) subject: String,
    pub(super) detail: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Stale {
    pub(super) origin: String,
    pub(super) subject: String,
    pub(super) why: String,
    pub(super) detail: Option<String>,
}
