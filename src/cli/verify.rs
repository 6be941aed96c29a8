//! `unleak verify`: asks again about findings of an earlier report, or about values on standard input, and prints what
//! changed.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use unleak::config::{Settings, Sources, Value};
use unleak::finding::{Finding, Place, Secret, SourceKind, Span, Status};
use unleak::matcher::{Context, Matcher, Options};
use unleak::report::{self, Results};
use unleak::triage::{self, Merger};
use unleak::verify::{Change, Outcomes, changes};

use super::asking::{self, Desk};
use super::scan::{self, Output, kinds};
use super::{Exit, Failure, World, plain, say};

/// Larger input is nobody's.
const MOST: u64 = 1 << 30;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fingerprints, or their beginnings, of the findings to ask about [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// A report of format json or jsonl with values in it (--show-secrets); `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: PathBuf,
    /// Standard input is a value, or text with values in it, and no report
    #[arg(long, conflicts_with = "from")]
    value: bool,
    /// The kind of the value on standard input, if it is not to be guessed
    #[arg(long, value_name = "KIND", requires = "value")]
    kind: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    asking: asking::Asking,
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    let mut flags = args.asking.flags();
    if let Some(format) = &args.output.format {
        flags.push(("scan.format", Value::Text(format.clone())));
    }
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    let settings = Settings::load(&world.env, &world.cwd, &sources)?;
    world.catch_interrupts()?;
    let patterns = kinds::patterns(&settings)?;
    let mut results = match args.value {
        true => of_values(args.kind.as_deref(), &patterns)?,
        false => of_report(&args.from, &args.ids)?,
    };
    let before: BTreeMap<_, _> = results
        .findings
        .iter()
        .map(|finding| (finding.fingerprint, finding.status.clone()))
        .collect();
    let desk = Desk::open(&settings, &patterns, world)?;
    desk.verifier
        .check_all(&mut results.findings, &Outcomes::new(), &world.stop_flag());
    for finding in &mut results.findings {
        triage::score(finding, world.now());
    }
    triage::order(&mut results.findings);
    kinds::describe(&mut results, &patterns);
    results.egress = desk.close(args.asking.egress_log.as_deref())?;
    scan::write(&results, &args.output, &settings, world)?;
    tell(&changes(&results.findings, &before));
    if world.stopped() {
        return Ok(Exit::Interrupted);
    }
    let alive = |finding: &Finding| finding.status == Status::Live;
    Ok(match results.findings.iter().any(alive) {
        true => Exit::Found,
        false => Exit::Clean,
    })
}

fn input(file: &PathBuf) -> Result<String, Failure> {
    let name = file.display().to_string();
    let failed = |cause: std::io::Error| Failure::new(format!("{name}: {cause}"));
    let mut text = String::new();
    match name.as_str() {
        "-" => std::io::stdin().take(MOST).read_to_string(&mut text),
        _ => std::fs::File::open(file)
            .map_err(failed)?
            .take(MOST)
            .read_to_string(&mut text),
    }
    .map_err(failed)?;
    Ok(text)
}

/// The wanted findings of a report; how many of them are without their values is said.
pub(crate) fn of_report(from: &PathBuf, ids: &[String]) -> Result<Results, Failure> {
    let results = wanted(from, ids)?;
    let masked = results.findings.iter().filter(|f| f.secret.is_empty());
    let masked = masked.count();
    if masked > 0 {
        say(&format!(
            "unleak: {masked} findings have no value in the report and are not asked about"
        ));
    }
    Ok(results)
}

/// The wanted findings of a report; those without their values cannot be asked about.
pub(crate) fn wanted(from: &PathBuf, ids: &[String]) -> Result<Results, Failure> {
    let text = input(from)?;
    let name = from.display();
    let mut results = report::read(&text).map_err(|cause| {
        Failure::new(format!("{name}: {cause}"))
            .hint("give a JSON report with --from FILE, or a single value with --value")
    })?;
    for id in ids {
        let named = |finding: &Finding| finding.fingerprint.to_string().starts_with(id.as_str());
        if !results.findings.iter().any(named) {
            return Err(Failure::new(format!("{name} has no finding '{id}'")));
        }
    }
    results.findings.retain(|finding| {
        let id = finding.fingerprint.to_string();
        ids.is_empty() || ids.iter().any(|wanted| id.starts_with(wanted.as_str()))
    });
    let masked = results
        .findings
        .iter()
        .filter(|f| f.secret.is_empty())
        .count();
    if masked > 0 && masked == results.findings.len() {
        return Err(Failure::new(format!("{name} holds no values to ask about"))
            .hint("write it with `unleak scan --format json --show-secrets`"));
    }
    Ok(results)
}

/// What standard input holds: one value of a stated kind, or whatever the matcher finds in it.
pub(crate) fn of_values(
    kind: Option<&str>,
    patterns: &unleak::pattern::Patterns,
) -> Result<Results, Failure> {
    let text = input(&PathBuf::from("-"))?;
    if let Some(kind) = kind.filter(|kind| patterns.find(kind).is_none()) {
        return Err(Failure::new(format!("there is no kind '{kind}'"))
            .hint("`unleak patterns list` shows them"));
    }
    let results = of_text(&text, kind, patterns);
    if results.findings.is_empty() {
        return Err(
            Failure::new("standard input holds nothing that is known as a secret")
                .hint("name its kind with --kind"),
        );
    }
    Ok(results)
}

/// The same of any text; the kind, if one is stated, is known.
pub(crate) fn of_text(
    text: &str,
    kind: Option<&str>,
    patterns: &unleak::pattern::Patterns,
) -> Results {
    let mut merger = Merger::default();
    let matcher = Matcher::new(Arc::new(patterns.index()), Options { only: Vec::new() });
    let context = Context {
        path: b"",
        source: SourceKind::Stdin,
    };
    let mut found = matcher.scan(text.as_bytes(), &context);
    if let Some(known) = kind.and_then(|kind| patterns.find(kind)) {
        found.retain(|one| *one.kind == *known.id());
        if found.is_empty() {
            found.push(stated(known.id(), text.trim_end_matches(['\r', '\n'])));
        }
    }
    for one in found {
        let place = Place::new(SourceKind::Stdin, "", one.span);
        merger.add(one, place);
    }
    let about = |id: &str| kinds::info(patterns, id);
    let merged = merger
        .finish(&about)
        .into_iter()
        .map(|draft| draft.seal().finding);
    Results {
        findings: merged.collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        patterns: kinds::digest(patterns),
        ..Results::default()
    }
}

/// A value whose kind the user states.
fn stated(kind: &str, value: &str) -> unleak::finding::Match {
    unleak::finding::Match {
        kind: Arc::from(kind),
        secret: Secret::new(value),
        parts: Vec::new(),
        confidence: unleak::finding::Confidence::High,
        guessable: unleak::finding::Guessable::Perhaps,
        span: Span::locate(value.as_bytes(), 0, value.len()),
        decoded: Vec::new(),
        facts: BTreeMap::new(),
        provider: None,
        candidates: Vec::new(),
        reasons: Vec::new(),
        excerpt: String::new(),
        marker: None,
    }
}

/// What changed, one line each, on standard error.
fn tell(changes: &[Change]) {
    for change in changes {
        let Change {
            fingerprint,
            kind,
            masked,
            what,
        } = change;
        say(&plain(&format!("{what}: {kind} {masked} ({fingerprint})")));
    }
}
