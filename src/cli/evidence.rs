//! `unleak evidence check`: is a record of what was done whole and unchanged.

use std::path::PathBuf;

use unleak::respond;

use super::{Exit, Failure, World, print, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Follow the chain of a record
    Check {
        /// What --evidence wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The number that was printed at the end of the run; tells whether the end was cut off
        #[arg(long, value_name = "SHA256")]
        head: Option<String>,
    },
}

pub(crate) fn run(args: &Args, _: &World) -> Result<Exit, Failure> {
    let Command::Check { file, head } = &args.command;
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|cause| Failure::new(format!("{name}: {cause}")))?;
    let chain = match respond::check(&text) {
        Ok(chain) => chain,
        Err(broken) => {
            say(&super::plain(&format!("unleak: {name}: {broken}")));
            return Ok(Exit::Found);
        }
    };
    let head = head
        .as_deref()
        .map(|head| head.trim_start_matches("sha256:"));
    let what = match head {
        Some(head) if head != chain.head => "it does not end with the number given",
        _ if chain.records == 0 => "it is empty",
        _ if !chain.ended => "it breaks off: its last run did not come to an end",
        _ => {
            let whole = format!("whole: {} records, sha256:{}\n", chain.records, chain.head);
            print(whole.as_bytes())?;
            return Ok(Exit::Clean);
        }
    };
    say(&super::plain(&format!("unleak: {name}: {what}")));
    Ok(Exit::Found)
}
