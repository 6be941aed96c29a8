//! From settings and files to what triage silences.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unleak::config::{Origin, Settings, Suppress};
use unleak::finding::Suppressed;
use unleak::report::Results;
use unleak::triage::{Baseline, Import, Imported, Silence, Suppression};

use super::args::Args;
use crate::cli::{Failure, World, config};

/// A list larger than this is nobody's.
const MOST: u64 = 256 << 20;

pub(crate) fn load(args: &Args, settings: &Settings, world: &World) -> Result<Silence, Failure> {
    let mut imports = Vec::new();
    let names = settings.list("scan.import").iter();
    for (path, name) in settings.paths("scan.import").iter().zip(names) {
        imports.extend(import(path, name)?);
    }
    let now = Timestamp::from_second(world.now())?;
    Ok(Silence {
        suppressions: settings
            .suppress
            .iter()
            .map(|entry| suppression(entry, world))
            .collect(),
        baseline: baseline(args, settings)?,
        imports,
        foreign_markers: settings.text("scan.markers") == Some("all"),
        whole: args.what.unsaid() && args.paths.len() < 2 && args.limits.kinds.is_empty(),
        today: now.to_zoned(TimeZone::UTC).date(),
    })
}

fn suppression(entry: &Suppress, world: &World) -> Suppression {
    let origin = match &entry.origin {
        // The same words on every machine.
        Origin::File(path, line) => {
            let top = config::top_of(path);
            let short = path.strip_prefix(&top).or(path.strip_prefix(&world.cwd));
            format!("{}:{line}", short.unwrap_or(path).display())
        }
        other => other.to_string(),
    };
    Suppression {
        fingerprint: entry.fingerprint,
        path: entry.path.clone(),
        kind: entry.kind.clone(),
        key: entry.key.clone(),
        reason: entry.reason.clone(),
        expires: entry.expires,
        origin,
    }
}

fn baseline(args: &Args, settings: &Settings) -> Result<Option<Baseline>, Failure> {
    let Some(path) = settings.path("scan.baseline") else {
        return Ok(None);
    };
    let name = settings.text("scan.baseline").unwrap_or_default();
    if args.limits.update_baseline && !path.exists() {
        return Ok(None);
    }
    let text = read(&path)
        .map_err(|failure| failure.hint("--update-baseline makes it from what is found now"))?;
    Ok(Some(Baseline::parse(&text, name)?))
}

fn import(path: &Path, name: &str) -> Result<Vec<Import>, Failure> {
    let text = read(path)?;
    let imported = match text.trim_start().starts_with('{') {
        true => Imported::detect_secrets(&text, name)?,
        false => Imported::gitleaksignore(&text, name)?,
    };
    Ok(imported.entries)
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |cause: std::io::Error| Failure::new(format!("{}: {cause}", path.display()));
    let size = path.metadata().map_err(failed)?.len();
    if size > MOST {
        return Err(Failure::new(format!(
            "{}: {size} bytes are no list",
            path.display()
        )));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// Writes the findings of a run, the known ones among them, to the baseline file.
pub(crate) fn update_baseline(
    results: &Results,
    silence: &Silence,
    settings: &Settings,
) -> Result<(), Failure> {
    let path = settings.path("scan.baseline").ok_or_else(|| {
        Failure::new("--update-baseline: no baseline file is named").hint("add --baseline FILE")
    })?;
    let name = settings.text("scan.baseline").unwrap_or_default();
    let known = match &silence.baseline {
        Some(known) => known.clone(),
        None => Baseline::parse("", name)?,
    };
    let by_baseline = |one: &&Suppressed| one.by.iter().any(|by| by.sort == "baseline");
    let silenced = results
        .suppressed
        .iter()
        .filter(by_baseline)
        .map(|one| &one.finding);
    let updated = known.updated(results.findings.iter().chain(silenced), silence.whole);
    std::fs::write(&path, updated.to_text())
        .map_err(|cause| Failure::new(format!("{}: {cause}", path.display())))
}
