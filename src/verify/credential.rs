//! Credential: what is asked about, and Ticket: its name within a run. Asks nobody.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::finding::{Finding, Match, Part, Secret};

/// What is asked about: one secret with its parts.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Id of its kind.
    pub kind: String,
    /// The value.
    pub secret: Secret,
    /// The values that belong to it.
    pub parts: Vec<Part>,
    /// What it says about itself.
    pub facts: BTreeMap<String, String>,
    /// Kinds it may as well be.
    pub candidates: Vec<String>,
}

/// Names a credential within a run: the same values have the same ticket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket([u8; 32]);

impl Credential {
    /// What the matcher found.
    pub fn of_match(found: &Match) -> Credential {
        Credential {
            kind: found.kind.to_string(),
            secret: found.secret.clone(),
            parts: found.parts.clone(),
            facts: found.facts.clone(),
            candidates: found
                .candidates
                .iter()
                .map(|kind| kind.to_string())
                .collect(),
        }
    }

    /// What was merged.
    pub fn of_finding(finding: &Finding) -> Credential {
        Credential {
            kind: finding.kind.clone(),
            secret: finding.secret.clone(),
            parts: finding.parts.clone(),
            facts: finding.facts.clone(),
            candidates: finding.candidates.clone(),
        }
    }

    /// Its ticket.
    pub fn ticket(&self) -> Ticket {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        add(self.kind.as_bytes());
        add(self.secret.reveal());
        for part in &self.parts {
            add(part.name.as_bytes());
            add(part.value.reveal());
        }
        Ticket(hash.finalize().into())
    }

    pub(super) fn part(&self, name: &str) -> Option<&str> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.and_then(|part| part.value.reveal_str())
    }

    /// What names it at the provider: its id if it has one, else the value itself.
    pub(super) fn id(&self) -> &[u8] {
        let named = ["id", "user", "account", "client_id"];
        let part = self
            .parts
            .iter()
            .find(|part| named.contains(&part.name.as_str()));
        part.map_or(self.secret.reveal(), |part| part.value.reveal())
    }
}
