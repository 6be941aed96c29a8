//! Baseline: the findings that were known on the day somebody drew a line. One line a finding,
//! ordered by fingerprint, no times, no values. Reading and writing the file is the caller's business.

use std::collections::BTreeMap;

use crate::finding::{Finding, Fingerprint, Redactor};

/// First line of a file; the number is that of the format.
const HEADER: &str = "# unleak baseline 1: fingerprint, kind, first path, note, separated by tabs";
/// How two branches that both add lines merge without a conflict.
const HINT: &str =
    "# In .gitattributes: this file's name, then merge=union. Order and doubles do not matter.";

/// A list of known findings.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    origin: String,
    entries: BTreeMap<Fingerprint, Entry>,
}

/// One known finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which secret.
    pub fingerprint: Fingerprint,
    /// Id of its kind, for people.
    pub kind: String,
    /// The first path it was seen at, for people.
    pub path: String,
    /// What somebody wrote about it.
    pub note: String,
}

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It does not begin as one of ours does.
    #[error(
        "{origin} is no baseline of unleak: its first line is not \"{HEADER}\"; --update-baseline writes one"
    )]
    Foreign {
        /// Name of the file.
        origin: String,
    },
    /// Made by a newer program.
    #[error("{origin} was written by a newer unleak ({version}): use that one")]
    Newer {
        /// Name of the file.
        origin: String,
        /// The number in its first line.
        version: String,
    },
    /// Left over from a merge.
    #[error(
        "{origin}:{line}: a merge conflict: keep the lines of both sides and delete the markers"
    )]
    Conflict {
        /// Name of the file.
        origin: String,
        /// Line, from 1.
        line: usize,
    },
    /// A line that is none.
    #[error("{origin}:{line}: {what}")]
    Line {
        /// Name of the file.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

impl Baseline {
    /// Reads a baseline; `origin` is its name for messages.
    pub fn parse(text: &str, origin: &str) -> Result<Baseline, BaselineError> {
        let origin = origin.to_owned();
        check_header(text, &origin)?;
        let mut entries = BTreeMap::new();
        for (index, row) in text.lines().enumerate() {
            let line = index + 1;
            let row = row.trim_end_matches('\r');
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
                .iter()
                .any(|mark| row.starts_with(mark))
            {
                return Err(BaselineError::Conflict { origin, line });
            }
            if row.trim().is_empty() || row.starts_with('#') {
                continue;
            }
            let entry = entry(row).map_err(|what| BaselineError::Line {
                origin: origin.clone(),
                line,
                what,
            })?;
            keep(&mut entries, entry);
        }
        Ok(Baseline { origin, entries })
    }

    /// The baseline of these findings. Notes of `self` are kept; what `self` lists and the findings
    /// lack is dropped if everything was scanned (`whole`), and kept otherwise.
    pub fn updated<'a>(
        &self,
        findings: impl Iterator<Item = &'a Finding> + Clone,
        whole: bool,
    ) -> Baseline {
        let redactor = Redactor::everywhere(findings.clone());
        let mut entries = match whole {
            true => BTreeMap::new(),
            false => self.entries.clone(),
        };
        for finding in findings {
            let path = finding.places.first().map_or(String::new(), |place| {
                let path = place.path_text();
                let own = Redactor::own(finding);
                own.clean(&redactor.clean(&path)).into_owned()
            });
            let known = self.entries.get(&finding.fingerprint);
            let entry = Entry {
                fingerprint: finding.fingerprint,
                kind: finding.kind.clone(),
                path,
                note: known.map_or(String::new(), |known| known.note.clone()),
            };
            entries.insert(entry.fingerprint, entry);
        }
        let origin = self.origin.clone();
        Baseline { origin, entries }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n{HINT}\n");
        for entry in self.entries.values() {
            let fields = [&entry.kind, &entry.path, &entry.note].map(|field| one_line(field));
            let row = format!("{}\t{}", entry.fingerprint, fields.join("\t"));
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }

    /// The entry of a secret.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.entries.get(&fingerprint)
    }

    /// Every entry, ordered.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Name of the file it was read from.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

fn check_header(text: &str, origin: &str) -> Result<(), BaselineError> {
    let first = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches('\u{feff}');
    let origin = || origin.to_owned();
    let Some(rest) = first.strip_prefix("# unleak baseline ") else {
        // An empty file is a baseline of nothing, so that a new one can be made with `touch`.
        return match text.trim().is_empty() {
            true => Ok(()),
            false => Err(BaselineError::Foreign { origin: origin() }),
        };
    };
    match rest.split(':').next().unwrap_or_default().trim() {
        "1" => Ok(()),
        version => Err(BaselineError::Newer {
            origin: origin(),
            version: version
                .chars()
                .take(20)
                .filter(|c| c.is_ascii_alphanumeric())
                .collect(),
        }),
    }
}

fn entry(row: &str) -> Result<Entry, String> {
    let mut fields = row.split('\t');
    let print = fields.next().unwrap_or_default();
    // The message names no content: what stands here by mistake may be a secret.
    let fingerprint = print
        .parse()
        .map_err(|_| "it does not begin with a fingerprint (32 hexadecimal digits)".to_owned())?;
    let mut next = || fields.next().unwrap_or_default().to_owned();
    let (kind, path, note) = (next(), next(), next());
    match fields.next() {
        None => Ok(Entry {
            fingerprint,
            kind,
            path,
            note,
        }),
        Some(_) => Err("it has more than four fields".to_owned()),
    }
}

/// A union merge can bring a line twice; the one with a note wins.
fn keep(entries: &mut BTreeMap<Fingerprint, Entry>, entry: Entry) {
    match entries.get(&entry.fingerprint) {
        Some(old) if old.note >= entry.note => {}
        _ => {
            entries.insert(entry.fingerprint, entry);
        }
    }
}

/// Tabs, line ends and other control characters would make a second field or line of it.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{finding, tree};
    use super::*;

    fn made() -> (Finding, Finding, Baseline) {
        let one = finding("acme-pat", "acme_pat_0123456789", vec![tree("src/a.py")]);
        let two = finding(
            "beta-key",
            "beta_0123456789",
            vec![tree("x\ty/beta_0123456789")],
        );
        let baseline = Baseline::default().updated([&one, &two].into_iter(), true);
        (one, two, baseline)
    }

    #[test]
    fn it_is_one_ordered_line_a_finding_without_values() {
        let (one, two, baseline) = made();
        let text = baseline.to_text();
        let mut rows: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows.is_sorted());
        rows.retain(|row| row.starts_with(&one.fingerprint.to_string()));
        assert_eq!(rows, [format!("{}\tacme-pat\tsrc/a.py", one.fingerprint)]);
        assert!(
            !text.contains("0123456789") && text.contains("x\u{fffd}y/bet…"),
            "{text}"
        );
        let again = Baseline::parse(&text, "b").unwrap();
        assert_eq!(again.to_text(), text);
        assert!(again.get(two.fingerprint).is_some());
    }

    #[test]
    fn an_update_keeps_notes_and_drops_what_is_gone() {
        let (one, two, baseline) = made();
        let noted = baseline
            .to_text()
            .replace("\tsrc/a.py", "\tsrc/a.py\tticket 7");
        let noted = Baseline::parse(&noted, "b").unwrap();
        let whole = noted.updated([&one].into_iter(), true);
        assert_eq!(whole.entries().count(), 1);
        assert_eq!(whole.get(one.fingerprint).unwrap().note, "ticket 7");
        let part = noted.updated([&one].into_iter(), false);
        assert!(part.get(two.fingerprint).is_some());
    }

    #[test]
    fn two_branches_merge_as_a_union() {
        let (one, _, baseline) = made();
        let text = baseline.to_text();
        let doubled = format!(
            "{text}{}\tacme-pat\tsrc/a.py\tour note\r\n",
            one.fingerprint
        );
        let read = Baseline::parse(&doubled, "b").unwrap();
        assert_eq!(read.entries().count(), 2);
        assert_eq!(read.get(one.fingerprint).unwrap().note, "our note");
    }

    #[test]
    fn what_cannot_be_read_says_where_and_what_to_do() {
        let say = |text: &str| Baseline::parse(text, "known.txt").unwrap_err().to_string();
        assert!(say("hello").contains("known.txt is no baseline"));
        assert!(say("# unleak baseline 2: x").contains("newer unleak (2)"));
        let conflict = format!("{HEADER}\n<<<<<<< HEAD\n");
        assert!(say(&conflict).starts_with("known.txt:2: a merge conflict"));
        let secret = say(&format!("{HEADER}\n\nhunter2hunter2\n"));
        assert!(secret.starts_with("known.txt:3: it does not begin") && !secret.contains("hunter"));
        assert!(say(&format!("{HEADER}\n{}\ta\tb\tc\td", "0".repeat(32))).contains("four fields"));
        assert!(Baseline::parse("", "new").is_ok());
    }
}
