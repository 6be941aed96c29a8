//! Findings -> bytes, one format a file. A format writes only to the writer it is given and sees
//! findings only through `view`, from which every secret has been taken out.

mod cleaned;
mod contract;
mod csv;
mod escape;
mod github;
mod gitlab;
mod html;
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod read;
mod restore;
mod sarif;
mod style;
mod summary;
mod time;
mod v1;
mod view;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::finding::{Finding, Stale, Suppressed, Tally};

pub use escape::visible;
pub use read::{ReadError, read};
use view::View;

/// Everything one run has to say.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// What was found, most urgent first.
    pub findings: Vec<Finding>,
    /// What was found and silenced.
    pub suppressed: Vec<Suppressed>,
    /// Silencers that are unused, expired or refused.
    pub stale: Vec<Stale>,
    /// How many findings were left out because they are below the threshold asked for.
    pub below_threshold: u64,
    /// What was seen, skipped and failed.
    pub tally: Tally,
    /// How long it took.
    pub elapsed_ms: u64,
    /// The program's version.
    pub version: String,
    /// `sha256:…` of the patterns used.
    pub patterns: String,
    /// What was scanned, as the user named it.
    pub root: String,
    /// Address of the repository at its code host (`https://github.com/o/r`), for links.
    pub web: Option<String>,
    /// The run was interrupted before its end.
    pub partial: bool,
    /// What the pattern files say, by provider and kind of the findings.
    pub kinds: BTreeMap<(String, String), About>,
}

/// What reports say about a kind beside the finding itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Name of the provider for people.
    pub provider_name: String,
    /// Address of the provider's documentation.
    pub docs: String,
}

/// How to write; everything is off by default.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Print the values themselves.
    pub show_secrets: bool,
    /// List suppressed findings one by one, not only their count.
    pub list_suppressed: bool,
    /// Print what moved the confidence of each finding.
    pub explain: bool,
    /// The time, seconds since 1970, for ages ("3 days ago").
    pub now: Option<i64>,
    /// What the terminal can do, if the output goes to one.
    pub terminal: Terminal,
}

/// What may be written to a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Colours and bold text.
    pub colours: bool,
    /// Links (OSC 8).
    pub links: bool,
}

/// One report format.
pub(crate) trait Format: Sync {
    /// Writes all of a report.
    fn write(&self, view: &View, options: &Options, out: &mut dyn Write) -> io::Result<()>;
}

/// One row of the table of formats.
pub struct FormatEntry {
    /// The word for `--format`.
    pub name: &'static str,
    /// What a file of it is usually called.
    pub file: &'static str,
    /// What it is for.
    pub about: &'static str,
    format: &'static dyn Format,
}

/// Every format. The flag's values, the help and the tests are driven by this table.
pub static FORMATS: &[FormatEntry] = &[
    FormatEntry {
        name: "human",
        file: "unleak.txt",
        about: "for reading in a terminal",
        format: &human::Human,
    },
    FormatEntry {
        name: "json",
        file: "unleak.json",
        about: "the machine contract in one document; `unleak report` reads it back",
        format: &json::Json,
    },
    FormatEntry {
        name: "jsonl",
        file: "unleak.jsonl",
        about: "the machine contract, one finding a line, then a summary line",
        format: &jsonl::Jsonl,
    },
    FormatEntry {
        name: "sarif",
        file: "unleak.sarif",
        about: "SARIF 2.1.0, for GitHub code scanning and editors",
        format: &sarif::Sarif,
    },
    FormatEntry {
        name: "html",
        file: "unleak.html",
        about: "one page for a browser, without scripts",
        format: &html::Html,
    },
    FormatEntry {
        name: "markdown",
        file: "unleak.md",
        about: "for a step summary, an issue or a comment",
        format: &markdown::Markdown,
    },
    FormatEntry {
        name: "csv",
        file: "unleak.csv",
        about: "one row a place, for a spreadsheet",
        format: &csv::Csv,
    },
    FormatEntry {
        name: "github",
        file: "unleak.log",
        about: "annotations of a GitHub workflow",
        format: &github::Github,
    },
    FormatEntry {
        name: "gitlab",
        file: "gl-secret-detection-report.json",
        about: "GitLab's secret detection report, schema 15",
        format: &gitlab::Gitlab,
    },
    FormatEntry {
        name: "junit",
        file: "unleak.xml",
        about: "JUnit XML, one test case a finding",
        format: &junit::Junit,
    },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static FormatEntry> {
    FORMATS.iter().find(|entry| entry.name == name)
}

impl FormatEntry {
    /// Writes `results` in this format.
    pub fn write(
        &self,
        results: &Results,
        options: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let view = View::of(results, options);
        self.format.write(&view, options, out)
    }
}
