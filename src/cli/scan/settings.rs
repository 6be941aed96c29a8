//! From flags to settings: what the command line says goes over every other layer.

use std::path::Path;

use unleak::config::{Settings, Sources, Value};

use super::args::Args;
use crate::cli::{Failure, World, config};

/// The settings of a scan.
pub(crate) fn load(args: &Args, world: &World) -> Result<Settings, Failure> {
    let local = args.paths.iter().find(|path| !unleak::source::is_url(path));
    let first = local.map_or(".", String::as_str);
    // A remote repository's own file is not looked at: nothing of it is checked out.
    let repository =
        (local.is_some() || args.paths.is_empty()).then(|| config::top_of(Path::new(first)));
    let sources = Sources {
        named: args.limits.config.clone(),
        repository,
        flags: flags(args),
    };
    Ok(Settings::load(&world.env, &world.cwd, &sources)?)
}

fn flags(args: &Args) -> Vec<(&'static str, Value)> {
    let (output, limits) = (&args.output, &args.limits);
    let mut flags = Vec::new();
    let mut text = |name, value: &Option<String>| {
        if let Some(value) = value {
            flags.push((name, Value::Text(value.clone())));
        }
    };
    text("scan.format", &output.format);
    text("scan.min-urgency", &limits.min_urgency);
    text("scan.min-confidence", &limits.min_confidence);
    let baseline = limits.baseline.as_ref();
    text(
        "scan.baseline",
        &baseline.map(|path| path.display().to_string()),
    );
    let mut list = |name, values: Vec<String>| {
        if !values.is_empty() {
            flags.push((name, Value::List(values)));
        }
    };
    list("scan.kinds", limits.kinds.clone());
    list("scan.exclude", limits.exclude.clone());
    let patterns = limits.patterns.iter();
    let imports = limits.import.iter();
    list(
        "scan.import",
        imports.map(|path| path.display().to_string()).collect(),
    );
    list(
        "patterns.dirs",
        patterns.map(|path| path.display().to_string()).collect(),
    );
    let mut flag = |name, said: bool, value: bool| {
        if said {
            flags.push((name, Value::Flag(value)));
        }
    };
    flag("scan.no-ignore", limits.no_ignore, true);
    flag("scan.cache", limits.no_cache, false);
    flag("scan.strict-suppressions", limits.strict_suppressions, true);
    flag("scan.allow-incomplete", limits.allow_incomplete, true);
    if limits.no_markers {
        flags.push(("scan.markers", Value::Text("none".to_owned())));
    }
    if let Some(size) = limits.max_file_size {
        flags.push(("scan.max-file-size", Value::Number(size)));
    }
    if args.verify {
        flags.push(("scan.verify", Value::Flag(true)));
    }
    flags.extend(args.asking.flags());
    if let Some(jobs) = limits.jobs {
        flags.push(("scan.jobs", Value::Number(jobs)));
    }
    flags
}
