//! From what a run brought in to what is said about it: score, threshold, order.

use super::Harvest;
use crate::finding::{Confidence, Urgency};
use crate::report::Results;
use crate::triage;

/// What counts.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Findings below it are counted, not listed.
    pub min_confidence: Confidence,
    /// Findings below it are counted, not listed.
    pub min_urgency: Urgency,
    /// The time, seconds since 1970.
    pub now: i64,
}

/// Judges a harvest.
pub fn conclude(harvest: Harvest, rules: &Rules) -> Results {
    let mut results = Results {
        tally: harvest.tally,
        ..Results::default()
    };
    for merged in harvest.merged {
        let mut finding = merged.finding;
        triage::score(&mut finding, rules.now);
        if finding.confidence < rules.min_confidence || finding.urgency < rules.min_urgency {
            results.below_threshold += 1;
        } else {
            results.findings.push(finding);
        }
    }
    triage::order(&mut results.findings);
    results
}
