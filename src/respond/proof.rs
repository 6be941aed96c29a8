//! Proof: the credential asked about again until the answer is what it should be or patience ends; and the word for
//! what came of it. "Accepted" and "dead" are different words.

use std::fmt;
use std::time::Duration;

use super::Verb;
use crate::api::protocol::SSH_REFUSED;
use crate::finding::Status;

/// How long a provider is given to do what it accepted.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What came of one entry of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It opens nothing any more.
    Dead,
    /// Closed in a way that can be undone.
    Frozen,
    /// Thawed, and it works.
    Live,
    /// Nothing had to be done.
    Already(&'static str),
    /// A file was made that has yet to be put where it counts.
    Made(String),
    /// The provider took the call, and the credential still works.
    StillLive,
    /// The provider took the thaw, and the credential does not work.
    StillClosed(&'static str),
    /// The provider did not take the call; what it said.
    Refused(String),
    /// The provider took the call; what became of it is not known, and why.
    Unknown(String),
    /// No call was made; why.
    NotSent(String),
}

impl Ended {
    /// What was wanted has happened, proven by asking.
    pub fn is_done(&self) -> bool {
        matches!(
            self,
            Ended::Dead | Ended::Frozen | Ended::Live | Ended::Already(_)
        )
    }

    /// One word, for the evidence.
    pub fn word(&self) -> &'static str {
        match self {
            Ended::Dead => "dead",
            Ended::Frozen => "frozen",
            Ended::Live => "live",
            Ended::Already(_) => "already",
            Ended::Made(_) => "made",
            Ended::StillLive => "accepted-but-still-live",
            Ended::StillClosed(_) => "accepted-but-still-closed",
            Ended::Refused(_) => "refused",
            Ended::Unknown(_) => "unknown",
            Ended::NotSent(_) => "not-sent",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Dead => f.write_str("dead"),
            Ended::Frozen => f.write_str("frozen"),
            Ended::Live => f.write_str("live again"),
            Ended::Already(word) => write!(f, "nothing to do: already {word}"),
            Ended::Made(file) => write!(f, "made {file}, which has yet to be put in its place"),
            Ended::StillLive => f.write_str("accepted but still live"),
            Ended::StillClosed(word) => write!(f, "accepted but still {word}"),
            Ended::Refused(why) => write!(f, "refused: {why}"),
            Ended::Unknown(why) => write!(f, "unknown: accepted, but {why}"),
            Ended::NotSent(why) => write!(f, "not sent: {why}"),
        }
    }
}

/// Waits before each look: none, 1 s, 2 s, 4 s, …, altogether no more than `patience`.
pub(super) fn waits(patience: Duration) -> impl Iterator<Item = Duration> {
    let mut left = patience;
    let mut next = Duration::from_secs(1);
    let later = std::iter::from_fn(move || {
        let wait = next.min(left);
        left -= wait;
        next *= 2;
        (!wait.is_zero()).then_some(wait)
    });
    std::iter::once(Duration::ZERO).chain(later)
}

/// True if a further look could change nothing.
pub(super) fn settled(verb: Verb, status: &Status) -> bool {
    match status {
        Status::Dead | Status::Frozen => verb != Verb::Thaw,
        Status::Live => verb == Verb::Thaw,
        Status::Unverifiable(_) | Status::Canary => true,
        Status::Unknown(_) | Status::Unchecked => false,
    }
}

/// True if a server that took the key refuses it now: the file that people had to install is in its place.
pub(super) fn is_installed(before: &Status, now: &Status) -> bool {
    let refused = match now {
        Status::Unknown(why) => why == SSH_REFUSED,
        other => matches!(other, Status::Frozen | Status::Dead),
    };
    *before == Status::Live && refused
}

/// True if a server was asked before that can show what installing a file comes to.
pub(super) fn may_show(verb: Verb, before: &Status) -> bool {
    match verb {
        Verb::Thaw => {
            before.why() == Some(SSH_REFUSED) || matches!(before, Status::Frozen | Status::Dead)
        }
        _ => *before == Status::Live,
    }
}

/// What an accepted call came to, by what the last look saw. After a freeze a refusal is "frozen": it can be undone.
pub(super) fn concluded(verb: Verb, status: &Status) -> Ended {
    match (verb, status) {
        (Verb::Freeze, Status::Dead | Status::Frozen) => Ended::Frozen,
        (Verb::Revoke, Status::Dead) => Ended::Dead,
        (Verb::Revoke, Status::Frozen) => {
            Ended::Unknown("the provider shows it as disabled, not as gone".into())
        }
        (Verb::Thaw, Status::Live) => Ended::Live,
        (Verb::Thaw, Status::Dead) => Ended::StillClosed("dead"),
        (Verb::Thaw, Status::Frozen) => Ended::StillClosed("frozen"),
        (Verb::Freeze | Verb::Revoke, Status::Live) => Ended::StillLive,
        (_, Status::Unverifiable(why)) => {
            Ended::Unknown(format!("whether it works cannot be asked ({why})"))
        }
        (_, Status::Unknown(why)) => Ended::Unknown(why.clone()),
        (_, Status::Unchecked) => Ended::Unknown("nobody asked again".into()),
        (_, Status::Canary) => Ended::Unknown("it is a canary".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_two_minutes_and_no_more() {
        let all: Vec<u64> = waits(PATIENCE).map(|wait| wait.as_secs()).collect();
        assert_eq!(all, [0, 1, 2, 4, 8, 16, 32, 57]);
        assert_eq!(waits(Duration::ZERO).count(), 1);
    }

    #[test]
    fn a_file_counts_when_a_server_that_took_the_key_refuses_it() {
        let refused = Status::Unknown(SSH_REFUSED.into());
        assert!(is_installed(&Status::Live, &refused));
        assert!(!is_installed(
            &Status::Live,
            &Status::Unknown("offline".into())
        ));
        assert!(!is_installed(&refused, &refused));
        assert!(!is_installed(&Status::Live, &Status::Live));
    }

    #[test]
    fn accepted_is_not_dead() {
        let said = |verb, status| concluded(verb, &status).to_string();
        assert_eq!(said(Verb::Revoke, Status::Live), "accepted but still live");
        assert_eq!(said(Verb::Revoke, Status::Dead), "dead");
        assert_eq!(said(Verb::Freeze, Status::Dead), "frozen");
        assert_eq!(said(Verb::Thaw, Status::Dead), "accepted but still dead");
        let offline = Status::Unknown("offline".into());
        assert_eq!(
            said(Verb::Revoke, offline),
            "unknown: accepted, but offline"
        );
        assert!(!concluded(Verb::Revoke, &Status::Frozen).is_done());
        assert!(!settled(Verb::Revoke, &Status::Live));
        assert!(settled(Verb::Thaw, &Status::Live));
    }
}
