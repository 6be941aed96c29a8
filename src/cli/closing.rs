//! `unleak freeze`, `thaw` and `revoke`: the plan first; with a yes it is carried out, proven and written down.

use std::fs;
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use unleak::config::{Settings, Sources, Value, identities};
use unleak::finding::{Finding, Status};
use unleak::pattern::{KindRef, Lang, Patterns};
use unleak::respond::{
    self, Chain, Doing, Done, Plan, Planner, Recorder, Verb, carry_out, outcome_text, plan_text,
};
use unleak::verify::{Credential, is_trap};

use super::asking::{self, Desk};
use super::certificate::Certificate;
use super::scan::kinds;
use super::{Exit, Failure, World, plain, print, say, verify};

/// Credentials under way at once.
const THREADS: usize = 8;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fingerprints, or their beginnings, of the findings; or one key id (AKIA…, LTAI…) whose secret is not known
    #[arg(value_name = "ID", required_unless_present_any = ["all", "value"])]
    ids: Vec<String>,
    /// Every finding of the report that is not dead
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// A report of format json or jsonl with values in it (--show-secrets); `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: PathBuf,
    /// Standard input is a value, or text with one value in it, and no report
    #[arg(long, conflicts_with_all = ["from", "ids", "all"])]
    value: bool,
    /// The kind of the value on standard input, if it is not to be guessed
    #[arg(long, value_name = "KIND", requires = "value")]
    kind: Option<String>,
    /// Carry the plan out
    #[arg(long)]
    yes: bool,
    /// Carry it out although it cannot be undone (with --yes)
    #[arg(long = "final", requires = "yes")]
    last: bool,
    /// Also what is your own identity in use
    #[arg(long)]
    including_mine: bool,
    /// With thaw: bring back what was revoked, where the provider keeps it for a while
    #[arg(long)]
    deleted: bool,
    /// Carry out exactly this plan, not older than ten minutes, or nothing
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Write the plan, for --plan
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "yes"])]
    save_plan: Option<PathBuf>,
    /// Write what was sent, answered and seen, chained; an existing record is continued
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Give the provider so many seconds to do what it accepted
    #[arg(long, value_name = "SECONDS", default_value_t = respond::PATIENCE.as_secs())]
    wait: u64,
    #[command(flatten)]
    certificate: Certificate,
    #[command(flatten)]
    asking: asking::Asking,
}

pub(crate) fn run(verb: Verb, args: &Args, world: &World) -> Result<Exit, Failure> {
    let settings = settings(args, &[], world)?;
    world.catch_interrupts()?;
    let patterns = kinds::patterns(&settings)?;
    let mut findings = findings(args, &patterns)?;
    let hosts = args
        .certificate
        .attach(&mut findings, &patterns, &world.cwd)?;
    let settings = self::settings(args, &hosts, world)?;
    let identities = identities(&settings, &world.env)?;
    let planner = Planner {
        patterns: &patterns,
        client: &asking::client(&settings, world)?,
        identities: &identities,
        including_mine: args.including_mine,
        deleted: args.deleted,
        is_trap: &trap,
    };
    let plan = planner.plan(verb, &findings, world.now());
    let lang = match settings.text("output.lang") {
        Some("zh") => Lang::Zh,
        _ => Lang::En,
    };
    print(plain(&plan_text(&plan, lang)).as_bytes())?;
    if let Some(file) = &args.plan {
        let text = fs::read_to_string(file).map_err(|cause| about(file, cause))?;
        respond::compare(&plan, &text)
            .map_err(|why| about(file, why).hint("make the plan again with --save-plan"))?;
    }
    if let Some(file) = &args.save_plan {
        fs::write(file, format!("{}\n", respond::save(&plan)))
            .map_err(|cause| about(file, cause))?;
    }
    let calls = plan.orders().count();
    if calls == 0 || !confirmed(args, &plan)? {
        return Ok(match calls == plan.entries.len() {
            true => Exit::Clean,
            false => Exit::Found,
        });
    }
    let done = act(args, &plan, &settings, &patterns, world)?;
    let text = format!("\n{}", outcome_text(&plan, &done, lang));
    print(plain(&text).as_bytes())?;
    Ok(exit(&plan, &done, world))
}

/// The settings; `hosts`, if there are any, are those that may be asked.
fn settings(args: &Args, hosts: &[String], world: &World) -> Result<Settings, Failure> {
    let mut flags = args.asking.flags();
    if !hosts.is_empty() {
        flags.retain(|(name, _)| *name != "network.allow-host");
        flags.push(("network.allow-host", Value::List(hosts.to_vec())));
    }
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    Ok(Settings::load(&world.env, &world.cwd, &sources)?)
}

pub(super) fn trap(finding: &Finding, found: KindRef<'_>) -> bool {
    is_trap(&Credential::of_finding(finding), found)
}

pub(super) fn about(file: &Path, cause: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{}: {cause}", file.display()))
}

/// The findings that are meant: each stated beginning must name exactly one.
fn findings(args: &Args, patterns: &Patterns) -> Result<Vec<Finding>, Failure> {
    if args.value {
        let found = verify::of_values(args.kind.as_deref(), patterns)?.findings;
        if let [_, _, ..] = found.as_slice() {
            let kinds: Vec<_> = found.iter().map(|one| one.kind.as_str()).collect();
            let what = format!("standard input holds several values: {}", kinds.join(", "));
            return Err(Failure::new(what).hint("give one value, or name its kind with --kind"));
        }
        return Ok(found);
    }
    if let [id] = args.ids.as_slice()
        && let Some(finding) = by_key_id(id, patterns)?
    {
        return Ok(vec![finding]);
    }
    let all = verify::of_report(&args.from, &args.ids)?.findings;
    for id in &args.ids {
        let named = |one: &&Finding| one.fingerprint.to_string().starts_with(id.as_str());
        let count = all.iter().filter(named).count();
        if count > 1 || id.is_empty() {
            return Err(Failure::new(format!("'{id}' names {count} findings"))
                .hint("write more of the fingerprint"));
        }
    }
    let wanted = |one: &Finding| !args.all || one.status != Status::Dead;
    Ok(all.into_iter().filter(wanted).collect())
}

/// What a responder knows who was told no more than a key's id. None if this may be the beginning of a fingerprint.
fn by_key_id(id: &str, patterns: &Patterns) -> Result<Option<Finding>, Failure> {
    if id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let known = verify::of_text(id, None, patterns).findings;
    let alone = |one: &&Finding| {
        let kind = patterns.find(&one.kind);
        one.secret.reveal_str() == Some(id) && kind.is_some_and(|kind| kind.alone.is_some())
    };
    let found: Vec<&Finding> = known.iter().filter(alone).collect();
    match found.as_slice() {
        [one] => Ok(Some((*one).clone())),
        [] => Err(
            Failure::new("this is neither a fingerprint nor a key id that is known")
                .hint("give a value on standard input with --value, never as an argument"),
        ),
        several => {
            let kinds: Vec<_> = several.iter().map(|one| one.kind.as_str()).collect();
            Err(Failure::new(format!(
                "this key id may be of several kinds: {}",
                kinds.join(", ")
            )))
        }
    }
}

/// A yes, and a second one for what cannot be undone: by flag, or at a terminal by word.
fn confirmed(args: &Args, plan: &Plan<'_>) -> Result<bool, Failure> {
    let verb = plan.verb;
    let last = plan.is_final();
    if args.yes && (args.last || !last) {
        return Ok(true);
    }
    let report_is_input = args.value || args.from.as_os_str() == "-";
    let asked = !report_is_input
        && std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal()
        && args.save_plan.is_none();
    if !asked {
        if args.yes {
            return Err(
                Failure::new("nothing was sent: part of the plan cannot be undone")
                    .hint(format!("`unleak {verb} … --yes --final` carries it out")),
            );
        }
        let more = if last { " --final" } else { "" };
        say(&format!(
            "unleak: nothing was sent; --yes{more} carries the plan out"
        ));
        return Ok(false);
    }
    Ok((args.yes || answered("Carry this out? Type yes:", "yes")?)
        && (!last || answered("It cannot be undone. Type final:", "final")?))
}

fn answered(question: &str, word: &str) -> Result<bool, Failure> {
    say(question);
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == word)
}

fn act(
    args: &Args,
    plan: &Plan<'_>,
    settings: &Settings,
    patterns: &Patterns,
    world: &World,
) -> Result<Vec<Done>, Failure> {
    let recorder = args.evidence.as_deref().map(record).transpose()?;
    if let Some(recorder) = &recorder {
        let fields = [("plan", respond::save(plan))];
        recorder.record("plan", &fields)?;
    }
    let desk = Desk::to_prove(settings, patterns, world)?;
    let ask = |finding: &Finding| {
        let credential = Credential::of_finding(finding);
        desk.verifier.check(&credential).status
    };
    let owner = |finding: &Finding| {
        let outcome = desk.verifier.check(&Credential::of_finding(finding));
        let identity = outcome.verification?.identity;
        let telling = ["arn", "user_id", "user", "email", "id"];
        telling.iter().find_map(|name| identity.get(*name).cloned())
    };
    let doing = Doing {
        client: desk.verifier.client(),
        ask: &ask,
        owner: &owner,
        including_mine: args.including_mine,
        patience: Duration::from_secs(args.wait),
        threads: THREADS,
        stop: &world.stop_flag(),
        evidence: recorder.as_ref(),
    };
    let done = carry_out(plan, &doing);
    desk.close(args.asking.egress_log.as_deref())?;
    if let Some(recorder) = &recorder {
        let good = done.iter().filter(|one| one.ended.is_done()).count();
        recorder.record("end", &[("done", good.into()), ("of", done.len().into())])?;
        let Chain { records, head, .. } = recorder.chain();
        say(&format!(
            "unleak: evidence of {records} records, sha256:{head} (keep this number elsewhere)"
        ));
    }
    Ok(done)
}

/// A record that goes on where the file ends, if that is whole.
pub(super) fn record(file: &Path) -> Result<Recorder, Failure> {
    let another = |failure: Failure| failure.hint(ANOTHER);
    let mut options = fs::OpenOptions::new();
    let open = options.create(true).read(true).append(true).open(file);
    let mut open = open.map_err(|cause| about(file, cause))?;
    if !open.metadata()?.is_file() {
        return Err(another(about(file, "it is no file")));
    }
    // Two runs that write to one chain would break it; it is open for as long as the run.
    open.try_lock()
        .map_err(|_| another(about(file, "another run writes to it")))?;
    let mut text = String::new();
    let read = open.read_to_string(&mut text);
    read.map_err(|cause| about(file, cause))?;
    let known = respond::check(&text).map_err(|why| another(about(file, why)))?;
    Ok(Recorder::new(Box::new(open), known))
}

/// What helps when a record cannot be continued, in a hurry.
const ANOTHER: &str = "name another file with --evidence";

fn exit(plan: &Plan<'_>, done: &[Done], world: &World) -> Exit {
    let all = done.len() == plan.entries.len() && done.iter().all(|one| one.ended.is_done());
    match all {
        _ if world.stopped() => Exit::Interrupted,
        true => Exit::Clean,
        false => Exit::Found,
    }
}
