//! `unleak patterns`: the kinds there are, and the checks for people who write pattern files.

mod lint;
mod list;
mod show;
mod suggest;
mod test;

use std::path::PathBuf;

use clap::Subcommand;
use unleak::config::{Settings, Sources, Value};
use unleak::pattern::Patterns;

use super::scan::kinds::patterns;
use super::{Exit, Failure, World, config};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every kind of secret there is
    List {
        /// For people, one JSON object a kind, or a table of providers
        #[arg(long, value_enum, default_value_t)]
        format: list::Format,
        #[command(flatten)]
        further: Further,
    },
    /// Everything known about a kind or a provider
    Show {
        /// Id of a kind or a provider
        id: String,
        /// Language of the steps
        #[arg(long, value_enum, default_value_t)]
        lang: show::Language,
        #[command(flatten)]
        further: Further,
    },
    /// Run the samples and recorded replies of pattern files, without a network
    Test {
        /// Pattern files, or directories of them
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Rules in place of many single suppressions, from a report that lists what was suppressed
    Suggest {
        /// A report of format json or jsonl
        report: PathBuf,
    },
    /// Check pattern files: every mistake with its line and the remedy
    Lint {
        /// Pattern files, or directories of them
        #[arg(default_value = "patterns")]
        files: Vec<PathBuf>,
        /// Mention what could be better, too
        #[arg(long)]
        advice: bool,
    },
}

/// Which files beside the built-in ones.
#[derive(clap::Args)]
struct Further {
    /// Further pattern files or directories of them; may be repeated
    #[arg(long, value_name = "DIR")]
    patterns: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    match &args.what {
        What::List { format, further } => list::run(&further.read(world)?, *format),
        What::Show { id, lang, further } => show::run(&further.read(world)?, id, *lang),
        What::Test { files } => test::run(files),
        What::Suggest { report } => suggest::run(report),
        What::Lint { files, advice } => lint::run(files, *advice),
    }
}

impl Further {
    /// The patterns a scan started here would use.
    fn read(&self, world: &World) -> Result<Patterns, Failure> {
        let named = self.patterns.iter().map(|path| path.display().to_string());
        let flags = match self.patterns.is_empty() {
            true => Vec::new(),
            false => vec![("patterns.dirs", Value::List(named.collect()))],
        };
        let repository = Some(config::top_of(&world.cwd));
        let sources = Sources {
            named: None,
            repository,
            flags,
        };
        patterns(&Settings::load(&world.env, &world.cwd, &sources)?)
    }
}
