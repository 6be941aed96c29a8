//! Status: what is known about whether a secret still opens anything. Never a bool, never an HTTP number.

use std::fmt;

/// What the provider (or nobody yet) said about a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It opens something, proven by the provider's answer.
    Live,
    /// Right, but disabled or restricted at the provider; it can come back.
    Frozen,
    /// The provider says it opens nothing.
    Dead,
    /// A trap laid by somebody who wants to hear of its use; never touched.
    Canary,
    /// No safe way to ask exists; the text says why.
    Unverifiable(String),
    /// Somebody asked and the answer proves nothing; the text says why.
    Unknown(String),
    /// Nobody asked.
    #[default]
    Unchecked,
}

impl Status {
    /// Every word a status can be, in the order reports list them.
    pub const WORDS: [&'static str; 7] = [
        "live",
        "frozen",
        "dead",
        "canary",
        "unverifiable",
        "unknown",
        "unchecked",
    ];

    /// The contract's word.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Live => "live",
            Status::Frozen => "frozen",
            Status::Dead => "dead",
            Status::Canary => "canary",
            Status::Unverifiable(_) => "unverifiable",
            Status::Unknown(_) => "unknown",
            Status::Unchecked => "unchecked",
        }
    }

    /// Why, for the states that have a reason.
    pub fn why(&self) -> Option<&str> {
        match self {
            Status::Unverifiable(why) | Status::Unknown(why) => Some(why),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why() {
            Some(why) => write!(f, "{}: {why}", self.word()),
            None => f.write_str(self.word()),
        }
    }
}
