//! From matches to an ordered answer: merge, score, suppress, baseline. No I/O but the baseline's
//! text, no clock (the time is handed in), no threads (the slow step, `Draft::seal`, is pure so
//! that the caller can spread it over some).

mod baseline;
mod import;
mod marker;
mod merge;
mod overlap;
mod score;
pub mod suggest;
mod suppress;
#[cfg(test)]
pub(crate) mod testing;

use std::cmp::Reverse;

use crate::finding::{Finding, Rotate, Severity};

pub use baseline::{Baseline, BaselineError, Entry};
pub use import::{Import, ImportError, Imported};
pub use merge::{Draft, Merged, Merger};
pub use score::score;
pub use suppress::{Outcome, Silence, Suppression};

/// What triage needs to know of a kind. The caller reads it from the pattern catalogue.
#[derive(Clone, Debug)]
pub struct KindInfo {
    /// Id of the provider.
    pub provider: String,
    /// Name of the kind for people.
    pub name: String,
    /// How much harm it can do.
    pub severity: Severity,
    /// It names no provider (a password, a token of unknown origin) and gives way to kinds that do.
    pub generic: bool,
    /// How it is replaced.
    pub rotate: Rotate,
}

/// Looks a kind up by its id.
pub type Kinds<'a> = dyn Fn(&str) -> Option<KindInfo> + Sync + 'a;

/// Most urgent first; ties are broken by things that do not change from run to run.
pub fn order(findings: &mut [Finding]) {
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
}

fn key(finding: &Finding) -> impl Ord + '_ {
    (
        Reverse((finding.urgency, finding.score)),
        &finding.provider,
        &finding.kind,
        finding.places.first(),
        finding.fingerprint,
    )
}
