//! `unleak hook`: puts itself before a commit or a push, takes itself away again, and is what git
//! then runs.

mod install;
mod message;
mod run;

use clap::{Subcommand, ValueEnum};

use super::{Exit, Failure, World};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Put the hooks into this repository; a hook that is there already runs first
    Install {
        /// Which hooks [default: pre-commit pre-push]
        hooks: Vec<Hook>,
    },
    /// Take the hooks away and put back what was there
    Uninstall {
        /// Which hooks [default: all]
        hooks: Vec<Hook>,
    },
    /// Check what is about to be committed or pushed; this is what the hooks call
    Run {
        /// Which hook
        hook: Hook,
        /// What git or pre-commit hands to it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// The hooks of git that unleak can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(clippy::enum_variant_names, reason = "these are git's names")]
pub(super) enum Hook {
    /// Before a commit: the index
    PreCommit,
    /// Before a push: the commits that the other side has not
    PrePush,
    /// On a server, before a push is accepted
    PreReceive,
}

impl Hook {
    const ALL: [Hook; 3] = [Hook::PreCommit, Hook::PrePush, Hook::PreReceive];

    /// The name of its file.
    fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrePush => "pre-push",
            Hook::PreReceive => "pre-receive",
        }
    }
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    match &args.what {
        What::Install { hooks } if hooks.is_empty() => {
            install::install(&[Hook::PreCommit, Hook::PrePush])
        }
        What::Install { hooks } => install::install(hooks),
        What::Uninstall { hooks } if hooks.is_empty() => install::uninstall(&Hook::ALL),
        What::Uninstall { hooks } => install::uninstall(hooks),
        What::Run { hook, arguments } => run::run(*hook, arguments, world),
    }
}
