//! `unleak report`: an earlier JSON report in another format.

use std::io::Read;
use std::path::PathBuf;

use unleak::config::{Settings, Sources};
use unleak::report;

use super::scan::{self, Output};
use super::{Exit, Failure, World};

/// A report larger than this is nobody's.
const MOST: u64 = 4 << 30;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A report of format json or jsonl; `-` is standard input
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let failed = |cause: std::io::Error| Failure::new(format!("{name}: {cause}"));
    let mut text = String::new();
    match name.as_str() {
        "-" => std::io::stdin().take(MOST).read_to_string(&mut text),
        _ => std::fs::File::open(&args.file)
            .map_err(failed)?
            .take(MOST)
            .read_to_string(&mut text),
    }
    .map_err(failed)?;
    let results = report::read(&text).map_err(|cause| {
        Failure::new(format!("{name}: {cause}")).hint("write one with `unleak scan --format json`")
    })?;
    let mut flags = Vec::new();
    if let Some(format) = &args.output.format {
        flags.push(("scan.format", unleak::config::Value::Text(format.clone())));
    }
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    let settings = Settings::load(&world.env, &world.cwd, &sources)?;
    scan::write(&results, &args.output, &settings, world)?;
    Ok(Exit::Clean)
}
