//! Freeze, thaw, revoke: a plan first, carried out when confirmed, then proven by asking again, everything written
//! down. Knows patterns and calls; who asks again is handed in, because checking is a neighbour's business.

mod act;
mod evidence;
mod identity;
pub mod incident;
mod look;
mod plan;
mod proof;
mod saved;
mod text;

use std::fmt;

pub use act::{Doing, Done, carry_out};
pub use evidence::{Broken, Chain, Recorder, check};
pub use identity::{Identity, Whom};
pub use plan::{Deed, Entry, Order, Plan, Planner, Refusal};
pub use proof::{Ended, PATIENCE};
pub use saved::{Stale, compare, save};
pub use text::{outcome_text, plan_text};

/// What is done to a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Makes it worthless for now.
    Freeze,
    /// Undoes that.
    Thaw,
    /// Makes it worthless for ever.
    Revoke,
}

impl Verb {
    /// The command's word.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Freeze => "freeze",
            Verb::Thaw => "thaw",
            Verb::Revoke => "revoke",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
