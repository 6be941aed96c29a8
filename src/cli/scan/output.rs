//! Writing reports: the one on standard output or in `--output`, and the further ones.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use unleak::config::Settings;
use unleak::report::{self, FormatEntry, Options, Results, Terminal};

use super::args::Output;
use crate::cli::{Failure, World, printed};

pub(crate) fn write(
    results: &Results,
    output: &Output,
    settings: &Settings,
    world: &World,
) -> Result<(), Failure> {
    let options = Options {
        show_secrets: output.show_secrets,
        list_suppressed: output.show_suppressed,
        explain: output.explain,
        now: Some(world.now()),
        ..Options::default()
    };
    let format = named(settings.text("scan.format").unwrap_or("human"))?;
    match &output.output {
        Some(file) => to_file(file, format, results, &options)?,
        None => {
            let colours = world.colours(settings);
            let terminal = Terminal {
                colours,
                links: colours,
            };
            let options = Options {
                terminal,
                ..options.clone()
            };
            printed(|out| format.write(results, &options, out))?;
        }
    }
    for (name, file) in &output.report {
        to_file(file, named(name)?, results, &options)?;
    }
    Ok(())
}

/// What would keep a report from being written is said before the scan and not after it.
pub(crate) fn check(output: &Output, settings: &Settings) -> Result<(), Failure> {
    named(settings.text("scan.format").unwrap_or("human"))?;
    let mut seen: Vec<&Path> = Vec::new();
    let reports = output.report.iter();
    for (name, _) in reports.clone() {
        named(name)?;
    }
    for file in output.output.iter().chain(reports.map(|(_, file)| file)) {
        let place = file.display();
        if seen.contains(&file.as_path()) {
            return Err(
                Failure::new(format!("{place}: two reports would be written to it"))
                    .hint("give each a file of its own"),
            );
        }
        seen.push(file);
        if file.is_dir() {
            return Err(Failure::new(format!("{place}: a directory, not a file")));
        }
        let parent = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
            let name = parent.display();
            return Err(Failure::new(format!(
                "{place}: there is no directory {name}"
            )));
        }
    }
    Ok(())
}

fn named(name: &str) -> Result<&'static FormatEntry, Failure> {
    report::format(name).ok_or_else(|| {
        let names: Vec<&str> = report::FORMATS.iter().map(|format| format.name).collect();
        Failure::new(format!("there is no report format '{name}'"))
            .hint(format!("there are {}", names.join(", ")))
    })
}

fn to_file(
    file: &Path,
    format: &FormatEntry,
    results: &Results,
    options: &Options,
) -> Result<(), Failure> {
    let failed = |cause| Failure::new(format!("{}: {cause}", file.display()));
    let mut open = OpenOptions::new();
    open.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if options.show_secrets {
        use std::os::unix::fs::OpenOptionsExt;
        // Values in clear are for nobody else's eyes.
        open.mode(0o600);
    }
    let open = open.open(file).map_err(failed)?;
    #[cfg(unix)]
    if options.show_secrets && open.metadata().map_err(failed)?.is_file() {
        use std::os::unix::fs::PermissionsExt;
        // Nor where there was a file already.
        let mode = std::fs::Permissions::from_mode(0o600);
        open.set_permissions(mode).map_err(failed)?;
    }
    let mut out = BufWriter::new(open);
    format.write(results, options, &mut out).map_err(failed)?;
    out.flush().map_err(failed)
}
