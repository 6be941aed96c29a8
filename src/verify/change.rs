//! What a second look changed: came back alive, newly dead, frozen. Pure.

use std::collections::BTreeMap;

use crate::finding::{Finding, Fingerprint, Status};

/// One finding whose status is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which finding.
    pub fingerprint: Fingerprint,
    /// Its kind.
    pub kind: String,
    /// Its value, masked.
    pub masked: String,
    /// What happened to it, for people.
    pub what: String,
}

/// The findings that changed, in their order.
pub fn changes(findings: &[Finding], before: &BTreeMap<Fingerprint, Status>) -> Vec<Change> {
    let changed = findings.iter().filter_map(|finding| {
        let old = before.get(&finding.fingerprint)?;
        let what = what(old, &finding.status)?;
        Some(Change {
            fingerprint: finding.fingerprint,
            kind: finding.kind.clone(),
            masked: finding.secret.masked(),
            what: what.to_owned(),
        })
    });
    changed.collect()
}

fn what(old: &Status, new: &Status) -> Option<&'static str> {
    match (old, new) {
        (old, new) if old.word() == new.word() => None,
        (Status::Dead | Status::Frozen, Status::Live) => Some("came back alive"),
        (_, Status::Live) => Some("is alive"),
        (_, Status::Dead) => Some("newly dead"),
        (_, Status::Frozen) => Some("is frozen now"),
        (Status::Live, Status::Unknown(_)) => Some("was alive, not known now"),
        (_, Status::Canary) => Some("is a canary"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_news() {
        let unknown = || Status::Unknown("offline".into());
        assert_eq!(what(&Status::Dead, &Status::Live), Some("came back alive"));
        assert_eq!(what(&Status::Live, &Status::Dead), Some("newly dead"));
        assert_eq!(
            what(&Status::Unchecked, &Status::Frozen),
            Some("is frozen now")
        );
        assert_eq!(what(&Status::Live, &Status::Live), None);
        assert_eq!(what(&Status::Dead, &unknown()), None);
        assert_eq!(what(&unknown(), &unknown()), None);
    }
}
