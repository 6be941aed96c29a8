//! State: what an incident has done and seen so far, so that it can be resumed. On disk it is readable for its owner
//! only and holds no secrets: whoever saves it hands in a text that was cleaned.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chain::Trail;
use super::rows::Row;
use crate::pattern::incident::Text;

/// A larger file is nobody's.
const MOST: u64 = 64 << 20;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// `done`, `clean`, `found`, `partly`, `by-hand`, `hand-done`, `skipped`, `no-yes`, `refused` or `failed`.
    pub word: String,
    /// For people.
    pub note: Text,
    /// When.
    pub at: i64,
}

impl Ending {
    /// It need not be done again.
    pub fn is_over(&self) -> bool {
        matches!(self.word.as_str(), "done" | "clean" | "found" | "hand-done")
    }
}

/// Something suspicious.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// The step that saw it.
    pub step: String,
    /// Its phase.
    pub phase: String,
    /// What.
    pub what: Text,
    /// Why.
    pub why: Vec<Text>,
    /// It is the thief's beyond doubt.
    pub sure: bool,
    /// What the provider said about it.
    pub values: Row,
    /// What undoes it.
    pub undo: Option<String>,
    /// The change that undoes it, by name.
    pub fix: Option<String>,
    /// What became of it.
    pub ended: Option<Text>,
    /// It is undone, proven.
    pub closed: bool,
}

/// One line of the time line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970.
    pub at: i64,
    /// A word for programs.
    pub event: String,
    /// For people: English, Chinese.
    pub what: (String, String),
}

/// Everything about one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// 1.
    pub schema: u32,
    /// Of the finding.
    pub fingerprint: String,
    /// When it was begun.
    pub begun: i64,
    /// How each step ended.
    pub steps: BTreeMap<String, Ending>,
    /// What was found.
    pub things: Vec<Thing>,
    /// When what happened.
    pub moments: Vec<Moment>,
    /// What was learnt about the credential: account, owner, …
    pub known: Row,
    pub(super) trail: Trail,
}

/// Why an earlier state is not taken up.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is no state of an incident")]
    Foreign,
    /// It is about another credential.
    #[error("it is the state of another finding ({0})")]
    Other(String),
}

impl State {
    /// A new one.
    pub fn new(fingerprint: String, now: i64) -> State {
        State {
            schema: 1,
            fingerprint,
            begun: now,
            ..State::default()
        }
    }

    /// The one of this finding in `file`; `None` if there is no such file.
    pub fn load(file: &Path, fingerprint: &str) -> Result<Option<State>, Unusable> {
        match std::fs::metadata(file) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(cause.into()),
            Ok(meta) if meta.len() > MOST => return Err(Unusable::Foreign),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(file)?;
        let state: State = serde_json::from_str(&text).map_err(|_| Unusable::Foreign)?;
        if state.schema != 1 {
            return Err(Unusable::Foreign);
        }
        if state.fingerprint != fingerprint {
            return Err(Unusable::Other(state.fingerprint));
        }
        Ok(Some(state))
    }

    /// A thing that was seen; one that was known keeps what became of it.
    pub(super) fn add(&mut self, thing: Thing) -> usize {
        let same = |known: &Thing| known.step == thing.step && known.what == thing.what;
        match self.things.iter().position(same) {
            Some(at) => {
                let known = &mut self.things[at];
                let (ended, closed) = (known.ended.take(), known.closed);
                *known = Thing {
                    ended,
                    closed,
                    ..thing
                };
                at
            }
            None => {
                self.things.push(thing);
                self.things.len() - 1
            }
        }
    }
}

/// Writes a cleaned text so that a break leaves the old or the new one, readable for its owner only.
pub fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let home = file.parent().filter(|home| !home.as_os_str().is_empty());
    let home = home.unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(home)?;
    // A file that tempfile makes has mode 0600.
    let mut new = tempfile::NamedTempFile::new_in(home)?;
    new.write_all(text.as_bytes())?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_private_and_its_own() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("below/state.json");
        assert!(State::load(&file, "f1").unwrap().is_none());
        let mut state = State::new("f1".into(), 7);
        let thing = |ended: Option<Text>| Thing {
            step: "users".into(),
            ended,
            ..Thing::default()
        };
        assert_eq!(state.add(thing(Some(Text::default()))), 0);
        assert_eq!(state.add(thing(None)), 0);
        assert!(state.things[0].ended.is_some());
        write_private(&file, &serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(State::load(&file, "f1").unwrap(), Some(state));
        assert!(matches!(State::load(&file, "f2"), Err(Unusable::Other(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        write_private(&file, "{}").unwrap();
        assert!(State::load(&file, "f1").is_err());
    }
}
