//! View: what formats see of the results. Every text in it has had the secrets taken out; values
//! are there only if the user asked for them. Nothing here is escaped yet: that depends on the format.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::api::egress::Contact;
use crate::finding::{Confidence, Severity, SourceKind, Status, Tally, Urgency};

/// A whole report.
pub(crate) struct View {
    pub(super) findings: Vec<Item>,
    pub(super) suppressed: Vec<Silenced>,
    pub(super) stale: Vec<Outdated>,
    pub(super) below_threshold: u64,
    pub(super) tally: Tally,
    pub(super) elapsed_ms: u64,
    pub(super) version: String,
    pub(super) patterns: String,
    pub(super) root: String,
    pub(super) partial: bool,
    pub(super) egress: Vec<Contact>,
}

/// One finding.
pub(super) struct Item {
    pub(super) fingerprint: String,
    pub(super) provider: String,
    pub(super) provider_name: String,
    pub(super) docs: Option<String>,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) status: &'static str,
    pub(super) status_detail: Option<String>,
    pub(super) urgency: Urgency,
    pub(super) score: u8,
    pub(super) reasons: Vec<String>,
    pub(super) secret: Shown,
    pub(super) parts: Vec<(String, Shown)>,
    pub(super) facts: BTreeMap<String, String>,
    pub(super) candidates: Vec<String>,
    pub(super) explain: Vec<(String, i32)>,
    pub(super) places: Vec<Spot>,
    pub(super) excerpt: String,
    pub(super) verification: Option<Check>,
    pub(super) console: Option<String>,
    pub(super) steps: Vec<String>,
}

/// A value as it may be shown.
pub(super) struct Shown {
    pub(super) masked: String,
    /// Only if the user asked for values.
    pub(super) value: Option<String>,
}

/// One place.
pub(super) struct Spot {
    pub(super) source: SourceKind,
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
    pub(super) blob: Option<String>,
    pub(super) commit: Option<Commit>,
    pub(super) last_commit: Option<Commit>,
    pub(super) refs: Vec<String>,
    pub(super) reachable: bool,
    pub(super) in_head: bool,
    pub(super) decoded: Vec<&'static str>,
    pub(super) url: Option<String>,
}

/// One commit.
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) author: String,
    pub(super) email: String,
    pub(super) time: i64,
    pub(super) date: String,
}

/// A live check.
pub(super) struct Check {
    pub(super) at: String,
    pub(super) call: String,
    pub(super) identity: BTreeMap<String, String>,
    pub(super) detail: String,
}

/// A suppressed finding and what silences it.
pub(super) struct Silenced {
    pub(super) item: Item,
    pub(super) by: Vec<By>,
}

/// One silencer.
pub(super) struct By {
    pub(super) sort: &'static str,
    pub(super) origin: String,
    pub(super) reason: Option<String>,
}

/// A stale silencer.
pub(super) struct Outdated {
    pub(super) origin: String,
    pub(super) subject: String,
    pub(super) why: &'static str,
    pub(super) detail: Option<String>,
}

impl Item {
    /// `Acme Cloud: Personal access token`; the provider once.
    pub(super) fn title(&self) -> String {
        let known = self
            .name
            .to_lowercase()
            .contains(&self.provider_name.to_lowercase());
        match known {
            true => self.name.clone(),
            false => format!("{}: {}", self.provider_name, self.name),
        }
    }

    /// The place an editor would open: the first that still exists, or the first of all.
    pub(super) fn main_place(&self) -> Option<&Spot> {
        let present = |spot: &&Spot| spot.present();
        self.places
            .iter()
            .find(present)
            .or_else(|| self.places.first())
    }

    /// The first commit that held it.
    pub(super) fn first_commit(&self) -> Option<&Commit> {
        let commits = self.places.iter().filter_map(|spot| spot.commit.as_ref());
        commits.min_by_key(|commit| (commit.time, &commit.id))
    }

    /// The last commit that held it, where it is gone.
    pub(super) fn last_commit(&self) -> Option<&Commit> {
        let commits = self
            .places
            .iter()
            .filter_map(|spot| spot.last_commit.as_ref());
        commits.max_by_key(|commit| (commit.time, &commit.id))
    }

    /// It stands in the commit of HEAD, in the working tree, or is about to be committed.
    pub(super) fn present(&self) -> bool {
        self.places.iter().any(Spot::present)
    }

    /// `live`, or `unknown: timeout`.
    pub(super) fn status_text(&self) -> String {
        match &self.status_detail {
            Some(detail) => format!("{}: {detail}", self.status),
            None => self.status.to_owned(),
        }
    }

    /// The value if it may be shown, else its masked form.
    pub(super) fn shown(&self) -> &str {
        self.secret.text()
    }
}

impl Shown {
    /// The value if it may be shown, else its masked form.
    pub(super) fn text(&self) -> &str {
        self.value.as_ref().unwrap_or(&self.masked)
    }
}

impl Spot {
    pub(super) fn present(&self) -> bool {
        self.in_head || matches!(self.source, SourceKind::Tree | SourceKind::Index)
    }

    /// `src/a.py:3`, `standard input:3`, `blob 1a2b3c4d5e:3`.
    pub(super) fn text(&self) -> String {
        format!("{}:{}", self.name(), self.line)
    }

    /// Its path, or what stands for one.
    pub(super) fn name(&self) -> Cow<'_, str> {
        let object = self.blob.as_deref().map(|id| id.get(..10).unwrap_or(id));
        let within = &self.path;
        match (self.source, object) {
            (SourceKind::Stdin, _) => "standard input".into(),
            _ if self.has_path() => within.into(),
            (SourceKind::Message, Some(id)) => format!("{within}message of {id}").into(),
            (_, Some(id)) => format!("{within}blob {id}").into(),
            (_, None) => "unnamed".into(),
        }
    }

    /// False for an object that no tree names; then the path says at most in which repository.
    pub(super) fn has_path(&self) -> bool {
        !self.path.is_empty() && !self.path.ends_with('/')
    }

    /// How to look at what has no path.
    pub(super) fn look(&self) -> Option<String> {
        let id = self.blob.as_deref().filter(|_| !self.has_path())?;
        Some(match self.path.strip_suffix('/') {
            Some(repository) => format!("git -C '{repository}' cat-file -p {id}"),
            None => format!("git cat-file -p {id}"),
        })
    }
}

impl View {
    /// `3 findings (1 now, 2 soon), 1 suppressed`.
    pub(super) fn verdict(&self) -> String {
        let mut text = match self.findings.len() {
            0 if self.incomplete() => "Nothing found in what could be read".to_owned(),
            0 => "Nothing found".to_owned(),
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
        };
        let counts = self
            .by_urgency()
            .into_iter()
            .filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(urgency, n)| format!("{n} {urgency}"))
            .collect();
        if !counts.is_empty() {
            text.push_str(&format!(" ({})", counts.join(", ")));
        }
        if !self.suppressed.is_empty() {
            text.push_str(&format!(", {} suppressed", self.suppressed.len()));
        }
        if self.below_threshold > 0 {
            text.push_str(&format!(", {} below the threshold", self.below_threshold));
        }
        text
    }

    /// Part of what was asked for was not read.
    pub(super) fn incomplete(&self) -> bool {
        self.partial || !self.tally.incomplete().is_empty()
    }

    /// What was not read, and what to do about it; empty if everything was.
    pub(super) fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if self.partial {
            missing.push("the run was interrupted before its end: run it again".to_owned());
        }
        for (skip, count) in self.tally.incomplete() {
            let remedy = skip
                .remedy()
                .map_or(String::new(), |remedy| format!(": {remedy}"));
            missing.push(format!("{count} {}{remedy}", skip.word().replace('_', " ")));
        }
        missing
    }

    /// How many findings there are of each urgency, most urgent first.
    pub(super) fn by_urgency(&self) -> Vec<(Urgency, usize)> {
        let count = |urgency| {
            self.findings
                .iter()
                .filter(|f| f.urgency == urgency)
                .count()
        };
        Urgency::ALL
            .iter()
            .rev()
            .map(|&urgency| (urgency, count(urgency)))
            .collect()
    }

    /// How many findings there are of each status.
    pub(super) fn by_status(&self) -> Vec<(&'static str, usize)> {
        let count = |word| self.findings.iter().filter(|f| f.status == word).count();
        Status::WORDS
            .iter()
            .map(|&word| (word, count(word)))
            .collect()
    }
}
