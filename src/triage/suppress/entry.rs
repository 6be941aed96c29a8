//! One entry of the settings: what it states, which places it fits, and whether it has lost its use. Files of other
//! tools are read in `foreign`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::civil::Date;

use super::Cover;
use crate::finding::{Finding, Fingerprint, Place, SETTING, Silencer, Stale, StaleWhy};

/// One entry of the settings. At least one of the first four is stated; all stated must fit.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Exactly this secret.
    pub fingerprint: Option<Fingerprint>,
    /// Places whose path fits this glob, as `.gitignore` reads it.
    pub path: Option<String>,
    /// This kind, or all kinds of this provider.
    pub kind: Option<String>,
    /// What is set under this name, wherever it stands.
    pub key: Option<String>,
    /// Why it is no leak, or why it may wait.
    pub reason: String,
    /// The last day it holds.
    pub expires: Option<Date>,
    /// Where it stands (`.unleak.toml:12`), for people.
    pub origin: String,
}

/// An entry ready to be matched.
pub(super) struct Ready<'a> {
    entry: &'a Suppression,
    glob: Option<Gitignore>,
    expired: bool,
    used: bool,
}

impl<'a> Ready<'a> {
    /// The entry as it stands on the day `today`.
    pub(super) fn of(entry: &'a Suppression, today: Date) -> Ready<'a> {
        Ready {
            entry,
            glob: entry.path.as_deref().map(glob),
            expired: entry.expires.is_some_and(|day| day < today),
            used: false,
        }
    }
}

impl Ready<'_> {
    pub(super) fn cover(&mut self, finding: &Finding, cover: &mut Cover) {
        let entry = self.entry;
        let about = entry
            .fingerprint
            .is_none_or(|print| print == finding.fingerprint)
            && entry
                .kind
                .as_deref()
                .is_none_or(|kind| is_of(finding, kind))
            && (entry.key.is_none() || entry.key.as_ref() == finding.facts.get(SETTING));
        if !about {
            return;
        }
        for (index, place) in finding.places.iter().enumerate() {
            if self.glob.as_ref().is_some_and(|glob| !fits(glob, place)) {
                continue;
            }
            self.used = true;
            if !self.expired {
                cover.add(index, || Silencer {
                    sort: "config",
                    origin: entry.origin.clone(),
                    reason: Some(entry.reason.clone()),
                });
            }
        }
    }

    pub(super) fn stale(&self, whole: bool) -> Option<Stale> {
        let why = match self.entry.expires {
            Some(day) if self.expired => StaleWhy::Expired(day.to_string()),
            _ if whole && !self.used => StaleWhy::Unused,
            _ => return None,
        };
        let print = self.entry.fingerprint.map(|print| print.to_string());
        let stated = [&self.entry.path, &self.entry.kind, &self.entry.key, &print];
        let stated: Vec<&str> = stated.into_iter().flatten().map(String::as_str).collect();
        Some(Stale {
            origin: self.entry.origin.clone(),
            subject: stated.join(" "),
            why,
        })
    }
}

/// The finding is of that kind, or of a kind of that provider.
pub(in crate::triage) fn is_of(finding: &Finding, kind: &str) -> bool {
    finding.kind == kind || finding.provider == kind
}

/// A glob that cannot be read fits nothing; the settings' reader has said so before.
fn glob(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    match builder.add_line(None, text) {
        Ok(builder) => builder.build().unwrap_or_else(|_| Gitignore::empty()),
        Err(_) => Gitignore::empty(),
    }
}

fn fits(glob: &Gitignore, place: &Place) -> bool {
    // The matcher insists on relative paths, and a forged tree can hold any name.
    let path = place.path_text();
    let path = path.trim_start_matches('/');
    !path.is_empty() && glob.matched_path_or_any_parents(path, false).is_ignore()
}
