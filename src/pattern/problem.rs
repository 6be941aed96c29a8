//! Problem: one thing wrong in a pattern file: where, why, and what to do about it. Rendering it
//! (with the line and a caret) needs nothing but the text of the file. `build.rs` compiles this too.

use std::fmt::{self, Write as _};
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know; nobody refuses it.
    Advice,
    /// Something is missing that our own set must have; a user's file loads without it.
    Incomplete,
    /// It cannot work, or would do harm; the file is not loaded.
    Broken,
}

impl Weight {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Weight::Advice => "advice",
            Weight::Incomplete => "incomplete",
            Weight::Broken => "error",
        }
    }
}

/// One thing wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: String,
    /// Line and column of its first character, from 1; columns count characters.
    pub at: Option<(u32, u32)>,
    /// That line and how many characters of it are meant.
    pub line: Option<Box<(String, usize)>>,
    /// Id of the kind or name of the call it is about.
    pub subject: Option<Box<str>>,
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A longer line is cut around the place that is meant.
const SHOWN: usize = 120;

impl Problem {
    /// A problem of a whole file.
    pub fn new(file: &str, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem {
            file: file.to_string(),
            at: None,
            line: None,
            subject: None,
            weight: Weight::Broken,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// The same problem, pointing at `span` of `text`.
    #[must_use]
    pub fn pointing(mut self, text: &str, span: Range<usize>) -> Problem {
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let before = text[line_start..start].chars().count();
        let meant = text[start..end.min(line_end)].chars().count().max(1);
        let number = text[..start].matches('\n').count() + 1;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.at = Some((count(number), count(before + 1)));
        self.line = Some(Box::new((text[line_start..line_end].to_string(), meant)));
        self
    }

    /// The same problem, about one kind or call.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Problem {
        self.subject = Some(subject.into());
        self
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Text of a file without what could move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.file))?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}: ", self.weight.word())?;
        if let Some(subject) = &self.subject {
            write!(f, "{}: ", plain(subject))?;
        }
        f.write_str(&plain(&self.what))?;
        if let (Some(at), Some(line)) = (self.at, &self.line) {
            f.write_char('\n')?;
            snippet(f, at, &line.0, line.1)?;
        }
        write!(f, "\n  = {}", plain(&self.remedy))
    }
}

/// The line, cut to a readable length around the place, and a caret below.
fn snippet(
    f: &mut fmt::Formatter<'_>,
    (number, column): (u32, u32),
    line: &str,
    meant: usize,
) -> fmt::Result {
    let before = column as usize - 1;
    let skip = before.saturating_sub(SHOWN / 2);
    let shown: String = plain(line).chars().skip(skip).take(SHOWN).collect();
    let caret = before - skip;
    let meant = meant.min(SHOWN - caret);
    let gutter = number.to_string().len();
    writeln!(f, "{:gutter$} |", "")?;
    writeln!(f, "{number} | {shown}")?;
    write!(f, "{:gutter$} | {:caret$}{}", "", "", "^".repeat(meant))
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line_with_a_caret() {
        let text = "id = \"acme\"\nnaem = \"Acme\"\n";
        let problem = Problem::new("acme.toml", "unknown field `naem`", "correct its name")
            .pointing(text, 12..16);
        assert_eq!(
            problem.to_string(),
            "acme.toml:2:1: error: unknown field `naem`\n  |\n2 | naem = \"Acme\"\n  | ^^^^\n  = correct its name"
        );
    }

    #[test]
    fn positions_past_the_end_inside_a_character_and_on_long_lines_are_survived() {
        let text = format!("{}密钥{}\x1b[2J", "x".repeat(300), "y".repeat(300));
        for at in [0, 299, 301, 302, 305, 600, 9999] {
            let shown = Problem::new("f", "w", "r")
                .pointing(&text, at..at + 9999)
                .to_string();
            assert!(!shown.contains('\x1b'));
            assert!(
                shown.lines().all(|line| line.chars().count() <= SHOWN + 10),
                "{shown}"
            );
        }
    }
}
