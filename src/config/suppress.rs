//! One `[[suppress]]` entry: what it silences, why, and until when. What it does to findings is
//! triage's business.

use std::path::Path;

use jiff::civil::Date;

use super::value::Origin;
use crate::finding::Fingerprint;

/// An entry as it stands in a file. At least one of the first four is stated; all stated must fit.
#[derive(Clone, Debug)]
pub struct Suppress {
    /// Exactly this secret.
    pub fingerprint: Option<Fingerprint>,
    /// Places whose path fits this gitignore glob.
    pub path: Option<String>,
    /// This kind or provider.
    pub kind: Option<String>,
    /// What is set under this name.
    pub key: Option<String>,
    /// Why it is no leak, or why it may wait.
    pub reason: String,
    /// The last day it holds.
    pub expires: Option<Date>,
    /// Where it stands.
    pub origin: Origin,
}

type Wrong = (String, &'static str);

impl Suppress {
    pub(super) fn at(origin: Origin) -> Suppress {
        Suppress {
            fingerprint: None,
            path: None,
            kind: None,
            key: None,
            reason: String::new(),
            expires: None,
            origin,
        }
    }

    pub(super) fn set(&mut self, name: &str, text: String) -> Result<(), Wrong> {
        match name {
            "fingerprint" => {
                let parsed = text.parse();
                self.fingerprint = Some(parsed.map_err(|what| (what, "copy it from a report"))?);
            }
            "path" => {
                if let Err(cause) = globset::Glob::new(&text) {
                    return Err((cause.to_string(), "write a glob such as docs/**"));
                }
                self.path = Some(text);
            }
            "kind" => self.kind = Some(text),
            "key" => self.key = Some(text),
            "reason" => self.reason = text.trim().to_owned(),
            "expires" => {
                let day = text.get(..10).unwrap_or(&text).parse();
                let day = day.map_err(|_| {
                    (
                        format!("'{text}' is no date"),
                        "write a day such as 2027-01-31",
                    )
                })?;
                self.expires = Some(day);
            }
            _ => {
                let what = format!("unknown field `{name}`");
                return Err((
                    what,
                    "an entry has fingerprint, path, kind, key, reason and expires",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn checked(self) -> Result<Suppress, Wrong> {
        if self.reason.is_empty() {
            let what = "a suppression without a reason".to_owned();
            return Err((
                what,
                "say in `reason` why this is no leak, so that others can check it",
            ));
        }
        let stated = [&self.path, &self.kind, &self.key];
        if self.fingerprint.is_none() && stated.iter().all(|one| one.is_none()) {
            let what = "a suppression of everything".to_owned();
            return Err((what, "state fingerprint, path, kind or key"));
        }
        Ok(self)
    }

    /// The file it stands in.
    pub fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(path, _) => Some(path),
            _ => None,
        }
    }
}
