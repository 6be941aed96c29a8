//! The guided incident that a pattern file declares: freeze, stop the money, sweep, harden, rotate and prove. Nothing
//! changes without a yes; what is asked, answered and seen is written down; a run that breaks off is resumed. Whom it
//! speaks to, and who asks whether the credential works, is handed in.

mod case;
mod chain;
mod change;
mod chinese;
mod close;
mod look;
mod markdown;
mod moment;
mod outcome;
mod ports;
mod reach;
mod read;
mod rows;
mod run;
mod script;
mod sentences;
mod state;
mod suspect;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use case::Case;
pub use chinese::in_chinese;
pub use markdown::markdown;
pub use outcome::json;
pub use run::Engine;
pub use script::{compare as compare_script, save as save_script, text as script_text};
pub use state::{Ending, Moment, State, Thing, Unusable, write_private};

use crate::api::exchange::Client;
use crate::finding::{Finding, Status};
use crate::pattern::Lang;
use crate::pattern::incident::Text;
use crate::respond::Recorder;

/// What somebody says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
    /// End the incident here.
    Stop,
    /// Nobody is there to be asked.
    Nobody,
}

/// Who watches and decides.
pub trait Person {
    /// Shows a text.
    fn tell(&self, text: &Text);
    /// Asks a question.
    fn ask(&self, question: &Text) -> Answer;
}

/// How an incident is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When the credential leaked, seconds since 1970.
    pub since: i64,
    /// Names, ids and addresses that are known to be right.
    pub allow: BTreeSet<String>,
    /// Steps that are left out.
    pub skip: BTreeSet<String>,
    /// Every reversible change that is planned, or undoes what is the thief's for sure, is wanted.
    pub yes: bool,
    /// What cannot be undone is wanted too.
    pub last: bool,
    /// The responder's own identity may be closed too.
    pub including_mine: bool,
    /// How long a provider is given to do what it accepted.
    pub patience: Duration,
}

/// Whether a credential works, and what the provider said about it.
pub type Look<'a> = dyn Fn(&Finding) -> (Status, BTreeMap<String, String>) + Sync + 'a;

/// With what an incident is run.
pub struct Hands<'a> {
    /// Makes the calls.
    pub client: &'a Client,
    /// Asks whether the credential works.
    pub look: &'a Look<'a>,
    /// Set when the user wants an end.
    pub stop: &'a AtomicBool,
    /// Where it is written down.
    pub evidence: Option<&'a Recorder>,
    /// Who watches and decides.
    pub person: &'a dyn Person,
    /// Keeps the state; the text is clean.
    pub keep: &'a dyn Fn(&str) -> std::io::Result<()>,
}

impl Text {
    /// In one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}
