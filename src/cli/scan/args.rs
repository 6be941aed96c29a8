//! What `unleak scan` can be told.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use unleak::finding::{Confidence, Urgency};
use unleak::report::FORMATS;
use unleak::source::Wanted;

use crate::cli::asking;

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Directories, files, git repositories, or addresses that git can clone [default: .]
    ///
    /// A directory in a git repository is scanned with its whole history; a file by itself.
    #[arg(value_name = "PATH|URL")]
    pub(crate) paths: Vec<String>,

    #[command(flatten)]
    pub(crate) what: What,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) limits: Limits,

    /// Ask providers whether findings are alive; without it nothing leaves the machine
    #[arg(long, help_heading = "Asking providers")]
    pub(crate) verify: bool,

    #[command(flatten)]
    pub(crate) asking: asking::Asking,

    /// Changes that a hook asks for instead of what the flags say.
    #[arg(skip)]
    pub(crate) wanted: Option<Wanted>,
}

/// What is read.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "What is read")]
pub(crate) struct What {
    /// Only the working tree
    #[arg(long)]
    pub(crate) tree: bool,
    /// Only the history: every object of the repository, reached by a ref or not
    #[arg(long)]
    pub(crate) history: bool,
    /// What the next commit would bring
    #[arg(long)]
    pub(crate) staged: bool,
    /// What the work tree has and the index has not, new files included
    #[arg(long)]
    pub(crate) unstaged: bool,
    /// What the commits of a range brought (A..B, A...B)
    #[arg(long, value_name = "A..B")]
    pub(crate) range: Option<String>,
    /// What commits brought since a revision or a date (2026-01-31, "2 weeks ago")
    #[arg(long, value_name = "REV|DATE")]
    pub(crate) since: Option<String>,
    /// A ZIP file, tar or compressed file, member by member (may be repeated). Archives met in a tree
    /// or a history are opened without being named
    #[arg(long, value_name = "FILE")]
    pub(crate) archive: Vec<PathBuf>,
    /// Standard input
    #[arg(long)]
    pub(crate) stdin: bool,
    /// What a push brings; lines of `old new ref` on standard input, as git gives them to a
    /// pre-receive hook
    #[arg(long)]
    pub(crate) pre_receive: bool,
}

impl What {
    /// Nothing was said, so tree and history are meant.
    pub(crate) fn unsaid(&self) -> bool {
        !self.tree && !self.history && !self.stdin && self.archive.is_empty() && !self.changes()
    }

    /// Index, work tree, range or push.
    pub(crate) fn changes(&self) -> bool {
        self.staged
            || self.unstaged
            || self.range.is_some()
            || self.since.is_some()
            || self.pre_receive
    }
}

/// How it is reported.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Report")]
pub(crate) struct Output {
    /// Format on standard output [default: human]
    #[arg(long, short, value_parser = formats())]
    pub(crate) format: Option<String>,
    /// Write it to this file instead
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a further report: sarif=out.sarif (may be repeated)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = further)]
    pub(crate) report: Vec<(String, PathBuf)>,
    /// Print the values themselves
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// List what was suppressed, with its reasons
    #[arg(long)]
    pub(crate) show_suppressed: bool,
    /// Print what moved the confidence of each finding
    #[arg(long)]
    pub(crate) explain: bool,
}

/// What is left out, and how far to go.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Leave findings below this urgency out
    #[arg(long, value_name = "URGENCY", value_parser = PossibleValuesParser::new(Urgency::ALL.iter().map(|u| u.word())))]
    pub(crate) min_urgency: Option<String>,
    /// Leave findings below this confidence out
    #[arg(long, value_name = "CONFIDENCE", value_parser = PossibleValuesParser::new(Confidence::ALL.iter().map(|c| c.word())))]
    pub(crate) min_confidence: Option<String>,
    /// Print where the time went, on standard error
    #[arg(long)]
    pub(crate) timings: bool,
    /// No progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Only these kinds or providers; -NAME leaves one out (comma-separated, may be repeated)
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub(crate) kinds: Vec<String>,
    /// Leave out paths that match this gitignore glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Read what git ignores
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Read objects of the history again that an earlier run found clean
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Keep the ids of clean objects in this directory [default: ~/.cache/unleak]
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Larger content is counted and not read [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_file_size: Option<u64>,
    /// Known findings, one a line; they are counted and not listed
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found now to the baseline
    #[arg(long)]
    pub(crate) update_baseline: bool,
    /// A `.gitleaksignore` or detect-secrets baseline that counts too (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) import: Vec<PathBuf>,
    /// Comments in the text silence nothing
    #[arg(long)]
    pub(crate) no_markers: bool,
    /// Exit 1 if a suppression is unused, expired or refused
    #[arg(long)]
    pub(crate) strict_suppressions: bool,
    /// Exit 0 although something could not be read
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// Directory or file of further patterns (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) patterns: Vec<PathBuf>,
    /// Settings file that stands for the repository's and is trusted like your own
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Threads [default: one for each processor]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<u64>,
}

/// The names of the report formats, for the flag and its help.
pub(crate) fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(
        FORMATS
            .iter()
            .map(|format| clap::builder::PossibleValue::new(format.name).help(format.about)),
    )
}

fn further(text: &str) -> Result<(String, PathBuf), String> {
    let (format, file) = text
        .split_once('=')
        .ok_or("write FORMAT=FILE, such as sarif=out.sarif")?;
    if !FORMATS.iter().any(|known| known.name == format) {
        let names: Vec<&str> = FORMATS.iter().map(|known| known.name).collect();
        return Err(format!("'{format}' is not one of: {}", names.join(", ")));
    }
    Ok((format.to_owned(), PathBuf::from(file)))
}

fn size(text: &str) -> Result<u64, String> {
    unleak::config::size(text).ok_or_else(|| format!("'{text}' is not a size such as 200MiB"))
}
