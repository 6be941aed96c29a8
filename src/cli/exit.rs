//! Exit: how a run ended, in the contract's numbers.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above the threshold, and everything was read.
    Clean,
    /// Findings, or a look that ended badly.
    Found,
    /// The command could not run.
    Failed,
    /// Nothing found, but part of what was asked for could not be read.
    Incomplete,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The contract's number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::Incomplete => 3,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
