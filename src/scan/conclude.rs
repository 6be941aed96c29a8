//! From what a run brought in to what is said about it: suppression, score, threshold, order.

use super::Harvest;
use crate::finding::{Confidence, Finding, Urgency};
use crate::report::Results;
use crate::triage::{self, Silence};

/// Asks whether findings are alive, and writes the answers in.
pub type Ask<'a> = dyn Fn(&mut [Finding]) + 'a;

/// What counts.
pub struct Rules<'r> {
    /// What is silenced.
    pub silence: &'r Silence,
    /// Comments in the text may silence.
    pub markers: bool,
    /// Findings below it are counted, not listed.
    pub min_confidence: Confidence,
    /// Findings below it are counted, not listed.
    pub min_urgency: Urgency,
    /// The time, seconds since 1970.
    pub now: i64,
    /// Asks whether findings are alive; only those that may be listed are asked about.
    pub ask: Option<&'r Ask<'r>>,
}

/// Judges a harvest.
pub fn conclude(harvest: Harvest, rules: &Rules<'_>) -> Results {
    let mut merged = harvest.merged;
    if !rules.markers {
        merged.iter_mut().for_each(|one| one.markers.clear());
    }
    let outcome = rules.silence.apply(merged);
    let mut results = Results {
        tally: harvest.tally,
        suppressed: outcome.suppressed,
        stale: outcome.stale,
        below_threshold: harvest.unsure,
        ..Results::default()
    };
    let (mut open, unsure): (Vec<_>, Vec<_>) = outcome
        .open
        .into_iter()
        .partition(|finding| finding.confidence >= rules.min_confidence);
    results.below_threshold += unsure.len() as u64;
    if let Some(ask) = rules.ask {
        ask(&mut open);
    }
    for mut finding in open {
        triage::score(&mut finding, rules.now);
        if finding.urgency < rules.min_urgency {
            results.below_threshold += 1;
        } else {
            results.findings.push(finding);
        }
    }
    for one in &mut results.suppressed {
        triage::score(&mut one.finding, rules.now);
    }
    triage::order(&mut results.findings);
    results
}
