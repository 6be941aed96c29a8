//! What git's hooks call: look at what is about to leave, stop what is surely a secret, warn of what
//! may be one.

use unleak::config::Settings;
use unleak::finding::Skip;
use unleak::report::Results;
use unleak::source::Wanted;

use super::{Hook, message};
use crate::cli::scan::{self, Args, Thresholds};
use crate::cli::{Exit, Failure, World, say};

pub(super) fn run(hook: Hook, arguments: &[String], world: &World) -> Result<Exit, Failure> {
    let wanted = wanted(hook, arguments, world)?;
    // The framework runs one hook at every stage; commits that exist already are about to leave.
    let hook = match wanted {
        Wanted::Range(_) => Hook::PrePush,
        _ => hook,
    };
    let mut args = Args {
        wanted: Some(wanted),
        ..Args::default()
    };
    args.limits.quiet = true;
    let settings = scan::load_settings(&args, world)?;
    world.catch_interrupts()?;
    let mut results = look(&args, &settings, world)?;
    if hook == Hook::PreCommit && results.tally.files == 0 && !arguments.is_empty() {
        // `pre-commit run --all-files`: nothing is staged, and the files are named.
        let files = Args {
            paths: arguments.to_vec(),
            wanted: None,
            ..args
        };
        results = look(&files, &settings, world)?;
    }
    if world.stopped() {
        return Ok(Exit::Interrupted);
    }
    judge(hook, &results, &settings)
}

fn look(args: &Args, settings: &Settings, world: &World) -> Result<Results, Failure> {
    let thresholds = Thresholds {
        confidence: settings
            .confidence("hook.warn")
            .min(settings.confidence("hook.block")),
        ..Thresholds::of(settings)
    };
    scan::results(args, settings, &thresholds, world)
}

fn judge(hook: Hook, results: &Results, settings: &Settings) -> Result<Exit, Failure> {
    let block = settings.confidence("hook.block");
    let blocked = results.findings.iter().any(|one| one.confidence >= block);
    if !results.findings.is_empty() {
        say(&message::findings(hook, results, block));
    }
    let unread = unread(results, settings);
    if !unread.is_empty() {
        say(&message::unread(&results.tally));
    }
    Ok(match (blocked, unread.is_empty()) {
        (true, _) => Exit::Found,
        (false, false) => Exit::Incomplete,
        (false, true) => Exit::Clean,
    })
}

/// What could not be read although it is here. What is elsewhere (LFS, submodules) or too large is no
/// reason to stop a commit.
fn unread(results: &Results, settings: &Settings) -> Vec<(Skip, u64)> {
    if settings.flag("scan.allow-incomplete") {
        return Vec::new();
    }
    let stops = |reason: Skip| matches!(reason, Skip::Unreadable | Skip::Missing | Skip::Corrupt);
    let all = results.tally.incomplete().into_iter();
    all.filter(|(reason, _)| stops(*reason)).collect()
}

fn wanted(hook: Hook, arguments: &[String], world: &World) -> Result<Wanted, Failure> {
    // The pre-commit framework says so when it is asked about a range.
    let from = world.env.get("PRE_COMMIT_FROM_REF");
    let to = world.env.get("PRE_COMMIT_TO_REF");
    if let (Some(from), Some(to)) = (from, to)
        && hook != Hook::PreReceive
    {
        return Ok(match from.bytes().all(|b| b == b'0') {
            true => Wanted::Range(to.to_owned()),
            false => Wanted::Range(format!("{from}..{to}")),
        });
    }
    match hook {
        Hook::PreCommit => Ok(Wanted::Staged),
        Hook::PreReceive => Ok(Wanted::Received(scan::received(
            &mut std::io::stdin().lock(),
        )?)),
        Hook::PrePush => {
            let remote = arguments.first().map_or("origin", String::as_str);
            let refs = scan::pushing(&mut std::io::stdin().lock())?;
            Ok(Wanted::Pushing(remote.to_owned(), refs))
        }
    }
}
