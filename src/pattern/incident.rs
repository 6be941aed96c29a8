//! The shape of a guided incident in a pattern file (`[respond]`), as `patterns/README.md` explains it. Unknown fields
//! are errors. `build.rs` compiles this file too, so it imports nothing of ours but the schema's own types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::schema::Condition;

/// What stands between a command and the remark behind it.
pub const REMARK: &str = "   # ";

/// What a person reads, in both languages; a template over the values known by then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A guided incident.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    /// The kinds of this file that it is for.
    pub kinds: Vec<String>,
    /// How many days back the provider's audit trail can be asked.
    #[serde(default = "ninety")]
    pub trail_days: u32,
    /// Changes that steps and suspicions refer to by name.
    #[serde(default)]
    pub fix: BTreeMap<String, Fix>,
    /// In this order.
    pub phase: Vec<Phase>,
}

fn ninety() -> u32 {
    90
}

/// One phase.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// `freeze`, `stop-the-money`, `sweep`, `harden` or `rotate-and-prove`.
    pub id: String,
    /// Its heading.
    pub title: Text,
    /// In this order.
    pub step: Vec<Step>,
}

/// One step: a call that reads, a change, something done by hand, or one of the engine's own doings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Word, unique in the file; what `--skip` names.
    pub id: String,
    /// What the step is.
    pub title: Text,
    /// `close` (freeze the leaked credential, or revoke where no freeze exists), `prove` (ask it again) or `places`
    /// (where it stands in the code).
    #[serde(default)]
    pub does: Option<String>,
    /// A call of this file that reads.
    #[serde(default)]
    pub call: Option<String>,
    /// Made once for each row of this earlier list.
    #[serde(default)]
    pub each: Option<String>,
    /// Only for the rows for which all of these hold.
    #[serde(default)]
    pub when: Vec<Test>,
    /// JSON pointer to the list in the reply (`*` any element, `**` any depth); without it the reply is one element.
    #[serde(default)]
    pub list: Option<String>,
    /// Values taken from each element: name to JSON pointer. Without `list` and `each` all later steps have them.
    #[serde(default)]
    pub take: BTreeMap<String, String>,
    /// Only the elements for which all of these hold.
    #[serde(default)]
    pub only: Vec<Test>,
    /// Name under which later steps use the rows.
    #[serde(default)]
    pub keep: Option<String>,
    /// How further pages are asked for.
    #[serde(default)]
    pub page: Option<Page>,
    /// Replies that mean: there is none.
    #[serde(default)]
    pub none: Vec<Condition>,
    /// The trail is followed from what the credential did to what its creations did.
    #[serde(default)]
    pub follow: Option<Follow>,
    /// What an element is called when it is suspicious.
    #[serde(default)]
    pub thing: Option<Text>,
    /// Name of the taken value that is looked up in the user's allow-list.
    #[serde(default)]
    pub known: Option<String>,
    /// Why an element is suspicious.
    #[serde(default)]
    pub suspicious: Vec<Suspicion>,
    /// The change that this step makes, for each row.
    #[serde(default)]
    pub fix: Option<String>,
    /// Printed for each row.
    #[serde(default)]
    pub print: Option<Text>,
    /// What people do.
    #[serde(default)]
    pub hand: Vec<Text>,
}

/// How further pages are asked for: the value `page` is taken from the reply, or counted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// JSON pointer or `header:NAME`.
    #[serde(default)]
    pub from: Option<String>,
    /// Counted: the first page is this …
    #[serde(default)]
    pub start: u32,
    /// … the next one so much more …
    #[serde(default)]
    pub by: u32,
    /// … as long as a page has so many elements.
    #[serde(default)]
    pub full: u32,
}

/// A question about one element or row.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// JSON pointers inside the element (`*`, `**`), or names of values, with blanks between.
    pub at: String,
    /// See `patterns/README.md`.
    pub test: String,
    /// What it is compared with; templates.
    #[serde(default)]
    pub value: Vec<String>,
    /// The other way round.
    #[serde(default)]
    pub not: bool,
}

/// Why an element is suspicious.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspicion {
    /// All of these hold.
    pub all: Vec<Test>,
    /// What is said.
    pub say: Text,
    /// The command or console path that undoes it; a template.
    #[serde(default)]
    pub undo: Option<String>,
    /// The change that undoes it.
    #[serde(default)]
    pub fix: Option<String>,
    /// It is the thief's beyond doubt, so that `--yes` may undo it.
    #[serde(default)]
    pub sure: bool,
}

/// A change, its name for people, how it is undone and how it is proven.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// A call of this file that changes something.
    pub call: String,
    /// What it does.
    pub title: Text,
    /// The command that undoes it; a template.
    #[serde(default)]
    pub undo: Option<String>,
    /// How it is seen that it was done.
    #[serde(default)]
    pub proof: Option<Proof>,
}

/// A reading call after which an element of its list shows the change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A call of this file that reads.
    pub call: String,
    /// As in a step.
    #[serde(default)]
    pub list: Option<String>,
    /// One element for which all of these hold; with `gone`, none.
    pub all: Vec<Test>,
    /// The change is that no such element is left.
    #[serde(default)]
    pub gone: bool,
}

/// How the trail is followed. The value `node` is who is asked about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// The sort of what leaked.
    pub sort: String,
    /// Name of the value that leaked.
    pub start: String,
    /// Sort to the call that lists the events of one of that sort.
    pub by: BTreeMap<String, String>,
    /// Events that open a branch.
    #[serde(default)]
    pub opens: Vec<Open>,
    /// Events that are dangerous to see.
    #[serde(default)]
    pub alarms: Vec<Alarm>,
    /// Sort to the name of the list of what was made.
    #[serde(default)]
    pub made: BTreeMap<String, String>,
    /// Sort to the command or console path that undoes one of that sort; `{{node}}` is its name.
    #[serde(default)]
    pub undo: BTreeMap<String, String>,
    /// Name of the list of addresses that are the thief's.
    #[serde(default)]
    pub addresses: Option<String>,
}

/// Events by which the thief makes a new identity.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Names of events.
    pub events: Vec<String>,
    /// Sort of what was made.
    pub sort: String,
    /// Name of the taken value that names it.
    pub at: String,
}

/// Events that are dangerous to see.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Names of events.
    pub events: Vec<String>,
    /// What is said.
    pub say: Text,
    /// The command or console path that undoes it; `{{event}}` is the event, `{{node}}` who made it.
    pub undo: String,
}

impl Text {
    /// Every text of the incident's steps is in both languages.
    pub fn is_whole(&self) -> bool {
        !self.en.trim().is_empty() && !self.zh.trim().is_empty()
    }
}

impl Respond {
    /// Every step with its phase, in order.
    pub fn steps(&self) -> impl Iterator<Item = (&Phase, &Step)> {
        let phases = self.phase.iter();
        phases.flat_map(|phase| phase.step.iter().map(move |step| (phase, step)))
    }

    /// The names of all calls that it makes itself.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        let of_steps = self.steps().flat_map(|(_, step)| {
            let follow = step.follow.iter().flat_map(|follow| follow.by.values());
            step.call.iter().chain(follow)
        });
        let of_fixes = self.fix.values().flat_map(|fix| {
            let proof = fix.proof.iter().map(|proof| &proof.call);
            std::iter::once(&fix.call).chain(proof)
        });
        of_steps.chain(of_fixes).map(String::as_str)
    }
}
