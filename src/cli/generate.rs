//! `unleak generate`: the man page and the completions, made from the command line's own definition.

use std::io::Write;

use clap::Subcommand;

use super::{Exit, Failure, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The man page, in roff
    Man,
    /// Completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    match &args.what {
        What::Man => man(&mut command, &mut text)?,
        What::Completions { shell } => {
            clap_complete::generate(*shell, &mut command, "unleak", &mut text);
        }
    }
    print(&text)?;
    Ok(Exit::Clean)
}

/// One page: the program, then every command.
fn man(command: &mut clap::Command, to: &mut Vec<u8>) -> std::io::Result<()> {
    command.build();
    clap_mangen::Man::new(command.clone()).render(to)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let page = clap_mangen::Man::new(sub.clone());
        writeln!(to, ".SH \"{}\"", sub.get_name().to_uppercase())?;
        page.render_description_section(to)?;
        page.render_options_section(to)?;
    }
    Ok(())
}
