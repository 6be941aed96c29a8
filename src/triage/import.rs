//! What other tools were told to be silent about: `.gitleaksignore` and detect-secrets baselines.
//! They name places or hashes in their own words; here they become silencers of ours.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha1::{Digest, Sha1};

use crate::finding::{Finding, Place};

/// One imported entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Whose it was.
    pub tool: &'static str,
    /// Path it is about.
    pub path: String,
    /// Where it is written (`.gitleaksignore:3`).
    pub origin: String,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    /// The only secret of this line, in this commit if one is named.
    Line { line: u32, commit: Option<String> },
    /// The value with this SHA-1.
    Hash([u8; 20]),
}

/// What was read, and what was left out on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The entries.
    pub entries: Vec<Import>,
    /// How many entries an auditor had called true secrets; those stay reported.
    pub true_secrets: usize,
}

/// Why a foreign file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line of `.gitleaksignore` that is none.
    #[error("{origin}:{line}: expected path:rule:line or commit:path:rule:line")]
    Line {
        /// Name of the file.
        origin: String,
        /// Line, from 1.
        line: usize,
    },
    /// Not a baseline of detect-secrets.
    #[error("{origin} is no baseline of detect-secrets: {error}")]
    Json {
        /// Name of the file.
        origin: String,
        /// What the parser said.
        error: serde_json::Error,
    },
}

impl Imported {
    /// Reads a `.gitleaksignore`.
    pub fn gitleaksignore(text: &str, origin: &str) -> Result<Imported, ImportError> {
        let mut entries = Vec::new();
        for (index, row) in text.lines().enumerate() {
            let row = row.trim();
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            let line = index + 1;
            let (path, about) = ignored(row).ok_or_else(|| ImportError::Line {
                origin: origin.to_owned(),
                line,
            })?;
            entries.push(Import {
                tool: "gitleaks",
                path,
                origin: format!("{origin}:{line}"),
                about,
            });
        }
        Ok(Imported {
            entries,
            true_secrets: 0,
        })
    }

    /// Reads a baseline of detect-secrets (`.secrets.baseline`).
    pub fn detect_secrets(text: &str, origin: &str) -> Result<Imported, ImportError> {
        let read: Result<Foreign, _> = serde_json::from_str(text);
        let foreign = read.map_err(|error| ImportError::Json {
            origin: origin.to_owned(),
            error,
        })?;
        let mut imported = Imported::default();
        for (path, rows) in foreign.results {
            for row in rows {
                if row.is_secret == Some(true) {
                    imported.true_secrets += 1;
                    continue;
                }
                imported.entries.extend(row.about().map(|about| Import {
                    tool: "detect-secrets",
                    path: path.replace('\\', "/"),
                    origin: format!("{origin}: {path}"),
                    about,
                }));
            }
        }
        Ok(imported)
    }
}

fn ignored(row: &str) -> Option<(String, About)> {
    let mut fields = row.rsplitn(3, ':');
    let line: u32 = fields.next()?.parse().ok()?;
    let rule = fields.next()?;
    let rest = fields.next()?;
    let commit = rest.split_once(':').filter(|(commit, _)| {
        [40, 64].contains(&commit.len()) && commit.bytes().all(|b| b.is_ascii_hexdigit())
    });
    let (commit, path) = match commit {
        Some((commit, path)) => (Some(commit.to_ascii_lowercase()), path),
        None => (None, rest),
    };
    let path = path.trim_start_matches("./");
    (!rule.is_empty() && !path.is_empty()).then(|| (path.to_owned(), About::Line { line, commit }))
}

#[derive(Deserialize)]
struct Foreign {
    results: BTreeMap<String, Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    sort: String,
    hashed_secret: String,
    #[serde(default)]
    line_number: Option<u32>,
    #[serde(default)]
    is_secret: Option<bool>,
}

impl Row {
    /// A private key is hashed there by its first line only, so its line has to do.
    fn about(&self) -> Option<About> {
        if self.sort == "Private Key" {
            return Some(About::Line {
                line: self.line_number?,
                commit: None,
            });
        }
        let mut hash = [0; 20];
        let hex = self.hashed_secret.as_bytes();
        if hex.len() != 40 {
            return None;
        }
        for (to, pair) in hash.iter_mut().zip(hex.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *to = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(About::Hash(hash))
    }
}

impl Import {
    /// The entry is about the value of this finding, or of one of its parts.
    pub(super) fn by_value(&self, finding: &Finding) -> bool {
        let About::Hash(wanted) = &self.about else {
            return false;
        };
        let parts = finding.parts.iter().map(|part| &part.value);
        parts
            .chain([&finding.secret])
            .any(|value| Sha1::digest(value.reveal())[..] == wanted[..])
    }

    /// The entry is about the line of this place.
    pub(super) fn by_line(&self, place: &Place) -> bool {
        let About::Line { line, commit } = &self.about else {
            return false;
        };
        let introduced = place.commit.as_ref().map(|commit| commit.id.as_str());
        *line == place.span.line
            && place.path_text() == self.path
            && commit
                .as_deref()
                .is_none_or(|commit| introduced == Some(commit))
    }
}
