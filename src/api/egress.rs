//! Egress: which hosts were contacted, for which kinds, how often. What was sent is not known here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Counts of one run.
#[derive(Debug, Default)]
pub struct Egress(Mutex<BTreeMap<(String, String), u64>>);

/// One line of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Host and port that were contacted.
    pub host: String,
    /// Kind of secret it was about.
    pub kind: String,
    /// How often.
    pub count: u64,
}

impl Egress {
    /// Counts one contact.
    pub fn record(&self, host: &str, kind: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .entry((host.to_owned(), kind.to_owned()))
            .or_default() += 1;
    }

    /// Every contact, ordered by host and kind.
    pub fn contacts(&self) -> Vec<Contact> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = counts.iter().map(|((host, kind), count)| Contact {
            host: host.clone(),
            kind: kind.clone(),
            count: *count,
        });
        rows.collect()
    }
}
