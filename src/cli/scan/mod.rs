//! `unleak scan`: the default command.

mod args;
pub(super) mod kinds;
mod output;
mod plan;
mod settings;
mod silence;
mod since;
mod told;
mod watch;

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unleak::config::Settings;
use unleak::finding::{Confidence, Finding, Match, Tally, Urgency};
use unleak::matcher::{Matcher, Options};
use unleak::report::Results;
use unleak::scan::{self, Ask, Meanwhile, Progress, Rules, Tools};
use unleak::source::Changes;
use unleak::source::history::{Cache, Timings};
use unleak::verify::Outcomes;

pub(crate) use args::{Args, Output};
pub(crate) use output::write;
pub(crate) use settings::load as load_settings;
pub(crate) use told::{pushing, received};

use super::asking::Desk;
use super::{Exit, Failure, World, say};

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    let settings = settings::load(args, world)?;
    world.catch_interrupts()?;
    for (name, origin) in &settings.refused {
        say(&format!(
            "unleak: {origin}: {name} is ignored: a scanned repository may not set it"
        ));
    }
    output::check(&args.output, &settings)?;
    let results = results(args, &settings, &Thresholds::of(&settings), world)?;
    output::write(&results, &args.output, &settings, world)?;
    if args.limits.update_baseline && !world.stopped() {
        return Ok(Exit::Clean);
    }
    Ok(exit(&results, &settings, world))
}

/// From where on findings are listed.
pub(crate) struct Thresholds {
    pub(crate) confidence: Confidence,
    pub(crate) urgency: Urgency,
}

impl Thresholds {
    /// Those of a scan.
    pub(crate) fn of(settings: &Settings) -> Thresholds {
        Thresholds {
            confidence: settings.confidence("scan.min-confidence"),
            urgency: settings.urgency("scan.min-urgency"),
        }
    }
}

/// Scans, merges and judges; writes nothing.
pub(crate) fn results(
    args: &Args,
    settings: &Settings,
    thresholds: &Thresholds,
    world: &World,
) -> Result<Results, Failure> {
    let started = Instant::now();
    let mut plan = plan::make(args, settings, world)?;
    plan.request.changes.iter_mut().for_each(Changes::begin);
    let patterns = kinds::patterns(settings)?;
    let only = kinds::only(settings, &patterns)?;
    if settings.flag("scan.cache") && !plan.is_temporary() {
        let dir = args.limits.cache_dir.clone();
        let dir = dir.or_else(|| world.env.cache_home());
        plan.request.cache = dir.map(|dir| Cache::new(dir, &kinds::decisive(&patterns, &only)));
    }
    // It lives as long as the process: taking it apart would be a tenth of a hook's time.
    let silence = silence::load(args, settings, world)?;
    plan.request.least = silence.is_empty().then_some(thresholds.confidence);
    let matcher = ManuallyDrop::new(Matcher::new(Arc::new(patterns.index()), Options { only }));
    let prepared = started.elapsed();
    let (progress, stop) = (Progress::default(), world.stop_flag());
    let about = |id: &str| kinds::info(&patterns, id);
    let tools = Tools {
        matcher: &matcher,
        kinds: &about,
        stop: &stop,
        progress: &progress,
        meanwhile: None,
    };
    let desk = match settings.flag("scan.verify") {
        true => Some(Desk::open(settings, &patterns, world)?),
        false => None,
    };
    let tree = plan.request.tree.clone();
    let work = || match &desk {
        Some(desk) => desk.verifier.during(&stop, |intake| {
            let meanwhile = |found: &[Match]| intake.offer(found);
            let meanwhile: Option<&Meanwhile<'_>> = Some(&meanwhile);
            scan::scan(&plan.request, &Tools { meanwhile, ..tools })
        }),
        None => (scan::scan(&plan.request, &tools), Outcomes::default()),
    };
    let (harvest, asked) = match world.watched() && !args.limits.quiet {
        true => watch::watched(&progress, tree.as_ref(), work),
        false => work(),
    };
    let harvest = harvest?;
    let read = started.elapsed();
    let past = harvest.timings.clone();
    let ask = desk
        .as_ref()
        .map(|desk| |found: &mut [Finding]| desk.verifier.check_all(found, &asked, &stop));
    let ask: Option<&Ask<'_>> = match &ask {
        Some(ask) => Some(ask),
        None => None,
    };
    let rules = Rules {
        silence: &silence,
        markers: settings.text("scan.markers") != Some("none"),
        min_confidence: thresholds.confidence,
        min_urgency: thresholds.urgency,
        now: world.now(),
        ask,
    };
    let mut results = scan::conclude(harvest, &rules);
    if let Some(desk) = &desk {
        results.egress = desk.close(args.asking.egress_log.as_deref())?;
    }
    results.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    results.version = env!("CARGO_PKG_VERSION").to_owned();
    results.patterns = kinds::digest(&patterns);
    if args.limits.update_baseline {
        silence::update_baseline(&results, &silence, settings)?;
    }
    results.root = plan.root;
    results.partial = world.stopped();
    kinds::describe(&mut results, &patterns);
    if args.limits.timings {
        let judged = started.elapsed();
        timings(&[
            ("prepare", prepared),
            ("read", read - prepared),
            ("judge", judged - read),
        ]);
        for past in &past {
            history_timings(past);
        }
    }
    Ok(results)
}

fn timings(steps: &[(&str, Duration)]) {
    for (name, took) in steps {
        say(&format!("{name:<10} {:>9.1} ms", took.as_secs_f64() * 1e3));
    }
}

/// Steps are summed over threads; the last two are wall time.
fn history_timings(past: &Timings) {
    timings(&[
        ("  decode", past.decode),
        ("  window", past.window),
        ("  prefilter", past.prefilter),
        ("  regex", past.regex),
        ("  structure", past.structure),
        ("  history", past.total),
    ]);
    say(&format!(
        "  looked for candidates in {} bytes, decided about {} texts",
        past.scanned, past.decided
    ));
}

/// The contract's exit code for these results.
pub(crate) fn exit(results: &Results, settings: &Settings, world: &World) -> Exit {
    if world.stopped() {
        return Exit::Interrupted;
    }
    let refused = settings.flag("scan.strict-suppressions") && !results.stale.is_empty();
    if refused || !results.findings.is_empty() {
        return Exit::Found;
    }
    match settings.flag("scan.allow-incomplete") {
        false if !whole(&results.tally) => Exit::Incomplete,
        _ => Exit::Clean,
    }
}

fn whole(tally: &Tally) -> bool {
    tally.incomplete().is_empty()
}
