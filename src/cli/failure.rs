//! Failure: why a command could not run, and what to do about it.

use std::fmt::Display;

/// Said on standard error; the exit code is 2.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    remedy: Option<String>,
}

impl Failure {
    /// What failed, on what, why.
    pub(crate) fn new(what: impl Display) -> Failure {
        Failure {
            what: what.to_string(),
            remedy: None,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(mut self, remedy: impl Display) -> Failure {
        self.remedy = Some(remedy.to_string());
        self
    }

    /// In other words.
    pub(crate) fn said(self, words: impl Fn(&str) -> String) -> Failure {
        Failure {
            what: words(&self.what),
            remedy: self.remedy.as_deref().map(words),
        }
    }

    /// Both, for a terminal, where a file name may not move the cursor.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("unleak: {}", plain(&self.what));
        if let Some(remedy) = &self.remedy {
            text.push_str(&format!("\n  help: {}", plain(remedy)));
        }
        text
    }
}

/// Text without what could move a terminal's cursor or turn its writing round; lines stay lines.
pub(crate) fn plain(text: &str) -> String {
    let hostile = |c: char| {
        c != '\n'
            && (c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
    };
    text.chars()
        .map(|c| if hostile(c) { '\u{fffd}' } else { c })
        .collect()
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(cause: E) -> Failure {
        Failure::new(cause)
    }
}
