//! Suppressed, Silencer, Stale: what was silenced, by what, and which silencers have lost their
//! use. How one is matched with the other is triage's business, how it is shown is report's.

use super::Finding;

/// A finding that somebody asked not to be told about. It is counted and can be listed.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// What was found.
    pub finding: Finding,
    /// What silences it, ordered; together they cover every place.
    pub by: Vec<Silencer>,
}

/// One thing that silences a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Silencer {
    /// `marker`, `config`, `baseline` or `import`.
    pub sort: &'static str,
    /// Where it is written: `src/a.py:3`, `.unleak.toml:12`, the baseline's path.
    pub origin: String,
    /// The reason it gives.
    pub reason: Option<String>,
}

/// A silencer that silences nothing, or no longer may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// Where it is written.
    pub origin: String,
    /// What it is about: a fingerprint, a path, a kind, a marker's word.
    pub subject: String,
    /// What is wrong with it.
    pub why: StaleWhy,
}

/// What is wrong with a silencer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaleWhy {
    /// Nothing was found that it is about.
    Unused,
    /// Its date has passed; the text is that date.
    Expired(String),
    /// It stands beside a secret and does not silence it; the text says why.
    Refused(String),
}

impl StaleWhy {
    /// The contract's word.
    pub fn word(&self) -> &'static str {
        match self {
            StaleWhy::Unused => "unused",
            StaleWhy::Expired(_) => "expired",
            StaleWhy::Refused(_) => "refused",
        }
    }

    /// The date or the explanation, where there is one.
    pub fn detail(&self) -> Option<&str> {
        match self {
            StaleWhy::Unused => None,
            StaleWhy::Expired(detail) | StaleWhy::Refused(detail) => Some(detail),
        }
    }
}
