//! The command line: the only user of clap, standard output, standard error and exit codes. One
//! file a command; a new one is a line in [`Command`] and a line in [`Cli::run`].

mod asking;
mod certificate;
mod closing;
mod config;
mod evidence;
mod exit;
mod failure;
mod generate;
mod hook;
mod patterns;
mod report;
mod respond;
mod respond_person;
mod respond_wanted;
mod scan;
mod verify;
mod world;

use clap::{CommandFactory, Parser, Subcommand};
use unleak::respond::Verb;

pub(crate) use exit::Exit;
pub(crate) use failure::{Failure, plain};
pub(crate) use world::{World, print, printed, say};

/// Finds hardcoded secrets in working trees and git history.
#[derive(Parser)]
#[command(
    name = "unleak",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    scan: scan::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Find secrets in a tree and its history (this is what `unleak PATH` does too)
    Scan(Box<scan::Args>),
    /// Ask again whether findings of a report, or single values, are alive
    Verify(verify::Args),
    /// Make leaked credentials worthless for now: shows the plan, --yes carries it out
    Freeze(Box<closing::Args>),
    /// Undo a freeze
    Thaw(Box<closing::Args>),
    /// Make leaked credentials worthless for ever: shows the plan, --yes --final carries it out
    Revoke(Box<closing::Args>),
    /// The guided incident: freeze, stop the money, sweep for back doors, harden, rotate, prove
    Respond(Box<respond::Args>),
    /// Check a record of what was done
    Evidence(evidence::Args),
    /// List, show, test and check the kinds of secrets that are known
    Patterns(patterns::Args),
    /// Show an earlier JSON report in another format
    Report(report::Args),
    /// Check what is committed or pushed: install, uninstall, run
    Hook(hook::Args),
    /// Show the settings and where each came from
    Config(config::Args),
    /// Print the man page or completions for a shell
    #[command(hide = true)]
    Generate(generate::Args),
}

impl Cli {
    fn run(self, world: &World) -> Result<Exit, Failure> {
        let Some(command) = self.command else {
            return scan::run(&self.scan, world);
        };
        match command {
            Command::Scan(args) => scan::run(&args, world),
            Command::Verify(args) => verify::run(&args, world),
            Command::Freeze(args) => closing::run(Verb::Freeze, &args, world),
            Command::Thaw(args) => closing::run(Verb::Thaw, &args, world),
            Command::Revoke(args) => closing::run(Verb::Revoke, &args, world),
            Command::Respond(args) => respond::run(&args, world),
            Command::Evidence(args) => evidence::run(&args, world),
            Command::Patterns(args) => patterns::run(&args, world),
            Command::Report(args) => report::run(&args, world),
            Command::Hook(args) => hook::run(&args, world),
            Command::Config(args) => config::run(&args, world),
            Command::Generate(args) => generate::run(&args, Cli::command()),
        }
    }
}

/// Parses the command line, runs the command, says why if it could not.
pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(cause) => {
            let code = cause.exit_code();
            drop(cause.print());
            return if code == 0 { Exit::Clean } else { Exit::Failed };
        }
    };
    let ended = World::new().and_then(|world| cli.run(&world));
    ended.unwrap_or_else(|failure| {
        say(&failure.text());
        Exit::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
