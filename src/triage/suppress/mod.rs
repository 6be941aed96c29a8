//! What is silenced, by what, and which silencers have lost their use. Markers in the text are
//! weighed in `marker`, the files in `baseline` and `import`; what one entry of the settings fits is
//! said in `entry`, what other tools were told in `foreign`.

mod entry;
mod foreign;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::baseline::Baseline;
use super::import::Import;
use super::marker::{self, Lines};
use super::merge::Merged;
use crate::finding::{Finding, Fingerprint, Silencer, Stale, StaleWhy, Suppressed};
use entry::Ready;
use foreign::Foreign;

pub use entry::Suppression;
pub(super) use entry::is_of;

/// Everything that silences, and how it is applied. A finding is suppressed only if every one of its
/// places is covered; a silencer that covers some of them is no cover for the rest.
///
/// | silencer | covers |
/// |---|---|
/// | settings, by fingerprint or kind | every place of the finding |
/// | settings, by path | the places whose path fits |
/// | baseline | every place of the findings it lists |
/// | `.gitleaksignore`, baseline of detect-secrets | the places of that value at that path |
/// | marker in the text | its place, and older copies as `marker` says |
#[derive(Clone, Debug)]
pub struct Silence {
    /// Entries of the settings.
    pub suppressions: Vec<Suppression>,
    /// Findings known already.
    pub baseline: Option<Baseline>,
    /// What other tools were told to be silent about.
    pub imports: Vec<Import>,
    /// Markers of other tools count as ours do.
    pub foreign_markers: bool,
    /// Everything the silencers may be about was scanned, so that one without use is unused.
    pub whole: bool,
    /// The day it is, for entries that expire.
    pub today: Date,
}

/// The findings sorted into two, and the silencers that are no longer of use.
#[derive(Debug, Default)]
pub struct Outcome {
    /// To be reported.
    pub open: Vec<Finding>,
    /// Silenced.
    pub suppressed: Vec<Suppressed>,
    /// Unused, expired or refused silencers, ordered.
    pub stale: Vec<Stale>,
}

/// What covers the places of one finding.
pub(super) struct Cover {
    pub(super) places: Vec<bool>,
    pub(super) by: BTreeSet<Silencer>,
}

impl Cover {
    /// Covers one place.
    fn add(&mut self, place: usize, by: impl FnOnce() -> Silencer) {
        self.places[place] = true;
        self.by.insert(by());
    }
}

impl Silence {
    /// Nothing is silenced but by markers in the text.
    pub fn is_empty(&self) -> bool {
        self.suppressions.is_empty() && self.baseline.is_none() && self.imports.is_empty()
    }

    /// Sorts findings into open and suppressed ones.
    pub fn apply(&self, merged: Vec<Merged>) -> Outcome {
        let mut ready: Vec<Ready<'_>> = self
            .suppressions
            .iter()
            .map(|e| Ready::of(e, self.today))
            .collect();
        let mut known: BTreeSet<Fingerprint> = BTreeSet::new();
        let mut imports = Foreign::of(&self.imports);
        let lines = Lines::of(&merged, self.foreign_markers, !self.imports.is_empty());
        let mut outcome = Outcome::default();
        outcome.stale.extend(lines.refused(&merged));
        for (index, Merged { finding, .. }) in merged.into_iter().enumerate() {
            let mut cover = Cover {
                places: vec![false; finding.places.len()],
                by: BTreeSet::new(),
            };
            for entry in &mut ready {
                entry.cover(&finding, &mut cover);
            }
            self.known(&finding, &mut cover, &mut known);
            imports.cover(&finding, &mut cover, &lines);
            marker::cover(&finding, lines.honoured(index), &mut cover);
            outcome.file(finding, cover);
        }
        outcome
            .stale
            .extend(ready.iter().filter_map(|entry| entry.stale(self.whole)));
        if self.whole {
            outcome.stale.extend(self.unused(&known, &imports.used));
        }
        outcome.stale.sort();
        outcome.stale.dedup();
        outcome
    }

    fn known(&self, finding: &Finding, cover: &mut Cover, known: &mut BTreeSet<Fingerprint>) {
        let Some(baseline) = &self.baseline else {
            return;
        };
        let Some(entry) = baseline.get(finding.fingerprint) else {
            return;
        };
        known.insert(finding.fingerprint);
        for place in 0..finding.places.len() {
            cover.add(place, || Silencer {
                sort: "baseline",
                origin: baseline.origin().to_owned(),
                reason: (!entry.note.is_empty()).then(|| entry.note.clone()),
            });
        }
    }

    fn unused(&self, known: &BTreeSet<Fingerprint>, imported: &[bool]) -> Vec<Stale> {
        let mut stale = Vec::new();
        for entry in self.baseline.iter().flat_map(Baseline::entries) {
            if !known.contains(&entry.fingerprint) {
                let origin = self.baseline.as_ref().map_or("", Baseline::origin);
                stale.push(Stale {
                    origin: origin.to_owned(),
                    subject: format!("{} {} {}", entry.fingerprint, entry.kind, entry.path),
                    why: StaleWhy::Unused,
                });
            }
        }
        for (import, used) in self.imports.iter().zip(imported) {
            if !used {
                stale.push(Stale {
                    origin: import.origin.clone(),
                    subject: import.path.clone(),
                    why: StaleWhy::Unused,
                });
            }
        }
        stale
    }
}

impl Outcome {
    fn file(&mut self, finding: Finding, cover: Cover) {
        match cover.places.iter().all(|covered| *covered) && !cover.by.is_empty() {
            true => self.suppressed.push(Suppressed {
                finding,
                by: cover.by.into_iter().collect(),
            }),
            false => self.open.push(finding),
        }
    }
}

#[cfg(test)]
mod tests;
