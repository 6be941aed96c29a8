//! `unleak respond`: the guided incident. The plan, the questions, the state that lets it be resumed, the reports; what
//! is done is the library's business.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use unleak::config::{Settings, Sources, Value, identities};
use unleak::finding::{Finding, Status};
use unleak::pattern::incident::Text;
use unleak::pattern::{Lang, Patterns};
use unleak::respond::incident::{self, Answer, Case, Engine, Hands, Options, Person, State};
use unleak::respond::{PATIENCE, Planner, Recorder};
use unleak::verify::Credential;

use super::asking::{self, Desk};
use super::closing::{about, record, trap};
use super::scan::kinds;
use super::{Exit, Failure, World, plain, print, say, verify};

/// An allow-list larger than this is nobody's.
const MOST: u64 = 16 << 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fingerprint, or its beginning, of the finding
    #[arg(value_name = "ID", required_unless_present = "value")]
    id: Option<String>,
    /// A report of format json or jsonl with values in it (--show-secrets); `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: PathBuf,
    /// Standard input is a value, or text with one value in it, and no report
    #[arg(long, conflicts_with_all = ["from", "id"])]
    value: bool,
    /// The kind of the value on standard input, if it is not to be guessed
    #[arg(long, value_name = "KIND", requires = "value")]
    kind: Option<String>,
    /// Print the whole plan and send nothing
    #[arg(long)]
    plan: bool,
    /// Write the plan, for --from-plan (with --plan)
    #[arg(long, value_name = "FILE", requires = "plan")]
    save_plan: Option<PathBuf>,
    /// Carry out exactly this plan, not older than ten minutes, or nothing
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    from_plan: Option<PathBuf>,
    /// When it leaked, if that is not the day of its first commit: 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Users, keys, addresses, … that are known to be right, one a line
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Leave this step out (may be repeated)
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
    /// Say yes to every planned change that can be undone, and to undoing what is the thief's for sure
    #[arg(long)]
    yes: bool,
    /// Say yes to what cannot be undone as well (with --yes)
    #[arg(long = "final", requires = "yes")]
    last: bool,
    /// Also what is your own identity in use
    #[arg(long)]
    including_mine: bool,
    /// Keep the state here, to be resumed [default: below the state directory]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin anew although there is a state
    #[arg(long)]
    fresh: bool,
    /// Write what was sent, answered and seen, chained; an existing record is continued
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Write the report of the incident: markdown=FILE or json=FILE (may be repeated)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    report: Vec<(Format, PathBuf)>,
    /// Language: en or zh [default: the locale's]
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh"])]
    lang: Option<String>,
    /// Give the provider so many seconds to do what it accepted
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs())]
    wait: u64,
    #[command(flatten)]
    asking: asking::Asking,
}

/// Formats of the report.
#[derive(Clone, Copy)]
enum Format {
    Markdown,
    Json,
}

fn report(text: &str) -> Result<(Format, PathBuf), String> {
    match text.split_once('=') {
        Some(("markdown", file)) if !file.is_empty() => Ok((Format::Markdown, file.into())),
        Some(("json", file)) if !file.is_empty() => Ok((Format::Json, file.into())),
        _ => Err("write markdown=FILE or json=FILE".into()),
    }
}

pub(crate) fn run(args: &Args, world: &World) -> Result<Exit, Failure> {
    let settings = settings(args, world)?;
    world.catch_interrupts()?;
    let lang = lang(&settings, world);
    let patterns = kinds::patterns(&settings)?;
    let findings = findings(args, &patterns)?;
    let identities = identities(&settings, &world.env)?;
    let client = asking::client(&settings, world)?;
    let planner = Planner {
        patterns: &patterns,
        client: &client,
        identities: &identities,
        including_mine: args.including_mine,
        deleted: false,
        is_trap: &trap,
    };
    let denied = |why: Text| Failure::new(why.get(lang));
    let case = Case::open(&planner, &findings, world.now()).map_err(denied)?;
    let options = options(args, &case, &findings, lang)?;
    if args.plan {
        print(plain(&incident::script_text(&case, &client, &options, lang)).as_bytes())?;
        if let Some(file) = &args.save_plan {
            let made = incident::save_script(&case, &client, &options, world.now());
            fs::write(file, format!("{made}\n")).map_err(|cause| about(file, cause))?;
        }
        return Ok(Exit::Clean);
    }
    let made = incident::save_script(&case, &client, &options, world.now());
    if let Some(file) = &args.from_plan {
        let text = fs::read_to_string(file).map_err(|cause| about(file, cause))?;
        incident::compare_script(&made, &text)
            .map_err(|why| about(file, why).hint("make the plan again with --plan --save-plan"))?;
    }
    let recorder = args.evidence.as_deref().map(record).transpose()?;
    if let Some(recorder) = &recorder {
        recorder.record("incident", &[("plan", made)])?;
    }
    let desk = Desk::open(&settings, &patterns, world)?;
    let state = act(
        args,
        &case,
        &options,
        (&desk, recorder.as_ref()),
        (world, lang),
    )?;
    desk.close(args.asking.egress_log.as_deref())?;
    write_reports(args, &case, &state, options.since, lang)?;
    if let Some(recorder) = &recorder {
        ended(recorder, &state, lang)?;
    }
    Ok(exit(&state, world))
}

/// The settings, with our own deadline: an incident takes as long as it takes.
fn settings(args: &Args, world: &World) -> Result<Settings, Failure> {
    let mut flags = args.asking.flags();
    if args.asking.deadline.is_none() {
        flags.push(("network.deadline", Value::Number(0)));
    }
    if let Some(lang) = &args.lang {
        flags.push(("output.lang", Value::Text(lang.clone())));
    }
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    Ok(Settings::load(&world.env, &world.cwd, &sources)?)
}

/// The language of the settings, or of the locale.
fn lang(settings: &Settings, world: &World) -> Lang {
    let stated = settings.text("output.lang").filter(|text| !text.is_empty());
    let locale = || {
        let all = ["LC_ALL", "LC_MESSAGES", "LANG"];
        all.iter().find_map(|name| world.env.get(name))
    };
    match stated.or_else(locale) {
        Some(text) if text.starts_with("zh") => Lang::Zh,
        _ => Lang::En,
    }
}

fn findings(args: &Args, patterns: &Patterns) -> Result<Vec<Finding>, Failure> {
    let found = match &args.id {
        None => verify::of_values(args.kind.as_deref(), patterns)?.findings,
        Some(id) if id.is_empty() => return Err(Failure::new("an empty ID names every finding")),
        Some(id) => verify::of_report(&args.from, std::slice::from_ref(id))?.findings,
    };
    match found.len() {
        1 => Ok(found),
        count => Err(Failure::new(format!("{count} findings are meant"))
            .hint("an incident is about one: write more of its fingerprint")),
    }
}

fn options(
    args: &Args,
    case: &Case<'_>,
    findings: &[Finding],
    lang: Lang,
) -> Result<Options, Failure> {
    let stated = args.since.as_deref().map(|text| {
        let moment = text
            .parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_second);
        let day = || {
            Some(
                format!("{text}T00:00:00Z")
                    .parse::<jiff::Timestamp>()
                    .ok()?
                    .as_second(),
            )
        };
        let bad = || {
            Failure::new(format!("--since {text}: no date"))
                .hint("write 2026-01-31 or 2026-01-31T12:00:00Z")
        };
        moment.ok().or_else(day).ok_or_else(bad)
    });
    let committed = findings.first().and_then(Case::committed);
    let since = stated.transpose()?.or(committed).ok_or_else(|| {
        let what = match lang {
            Lang::En => "no commit says when it leaked",
            Lang::Zh => "没有提交记录说明何时泄露",
        };
        Failure::new(what).hint("--since 2026-01-31")
    })?;
    let known: Vec<&str> = case.steps().collect();
    if let Some(bad) = args.skip.iter().find(|id| !known.contains(&id.as_str())) {
        return Err(Failure::new(format!("there is no step '{bad}'")).hint(known.join(", ")));
    }
    Ok(Options {
        since,
        allow: args
            .allow
            .as_deref()
            .map(allowed)
            .transpose()?
            .unwrap_or_default(),
        skip: args.skip.iter().cloned().collect(),
        yes: args.yes,
        last: args.last,
        including_mine: args.including_mine,
        patience: Duration::from_secs(args.wait),
    })
}

/// One a line; `#` begins a remark.
fn allowed(file: &Path) -> Result<BTreeSet<String>, Failure> {
    let failed = |cause: std::io::Error| about(file, cause);
    if fs::metadata(file).map_err(failed)?.len() > MOST {
        return Err(about(file, "it is too large for an allow-list"));
    }
    let text = fs::read_to_string(file).map_err(failed)?;
    let lines = text
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

/// Runs it, from where an earlier run ended.
fn act(
    args: &Args,
    case: &Case<'_>,
    options: &Options,
    (desk, recorder): (&Desk<'_>, Option<&Recorder>),
    (world, lang): (&World, Lang),
) -> Result<State, Failure> {
    let print = case.fingerprint();
    let short = print.get(..12).unwrap_or(&print);
    let home = world.env.state_home();
    let home = home.map(|home| home.join("respond").join(format!("{short}.json")));
    let file = args.state.clone().or(home);
    let earlier = match &file {
        Some(file) if !args.fresh => State::load(file, &print).map_err(|why| {
            about(file, why).hint("--fresh begins anew, --state names another file")
        })?,
        _ => None,
    };
    let state = earlier.unwrap_or_else(|| State::new(print.clone(), world.now()));
    let keep = |text: &str| match &file {
        Some(file) => incident::write_private(file, text),
        None => Ok(()),
    };
    let look = |finding: &Finding| -> (Status, BTreeMap<String, String>) {
        let outcome = desk.verifier.check(&Credential::of_finding(finding));
        let identity = outcome.verification.map(|asked| asked.identity);
        (outcome.status, identity.unwrap_or_default())
    };
    let report_is_input = args.value || args.from.as_os_str() == "-";
    let person = Terminal {
        lang,
        answers: !report_is_input
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal(),
    };
    let hands = Hands {
        client: desk.verifier.client(),
        look: &look,
        stop: &world.stop_flag(),
        evidence: recorder,
        person: &person,
        keep: &keep,
    };
    Ok(Engine::new(case, options, &hands, state).run())
}

/// Who sits before the terminal, if anybody does.
struct Terminal {
    lang: Lang,
    answers: bool,
}

impl Person for Terminal {
    fn tell(&self, text: &Text) {
        // If nobody can be told, the incident goes on all the same; the report says it again.
        drop(print(
            plain(&format!("{}\n", text.get(self.lang))).as_bytes(),
        ));
    }

    fn ask(&self, question: &Text) -> Answer {
        if !self.answers {
            return Answer::Nobody;
        }
        say(&plain(question.get(self.lang)));
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).is_err() || line.is_empty() {
            return Answer::Stop;
        }
        match line.trim().to_lowercase().as_str() {
            "yes" | "y" | "是" => Answer::Yes,
            "stop" | "q" | "停止" => Answer::Stop,
            _ => Answer::No,
        }
    }
}

fn write_reports(
    args: &Args,
    case: &Case<'_>,
    state: &State,
    since: i64,
    lang: Lang,
) -> Result<(), Failure> {
    for (format, file) in &args.report {
        let text = match format {
            Format::Markdown => incident::markdown(case, state, since, lang),
            Format::Json => format!(
                "{:#}\n",
                incident::json(case, state, since, jiff::Timestamp::now().as_second())
            ),
        };
        incident::write_private(file, &text).map_err(|cause| about(file, cause))?;
    }
    Ok(())
}

fn ended(recorder: &Recorder, state: &State, lang: Lang) -> Result<(), Failure> {
    let over = state.steps.values().filter(|step| step.is_over()).count();
    recorder.record(
        "end",
        &[("done", over.into()), ("of", state.steps.len().into())],
    )?;
    let chain = recorder.chain();
    let (records, head) = (chain.records, chain.head);
    say(&match lang {
        Lang::En => format!(
            "unleak: evidence of {records} records, sha256:{head} (keep this number elsewhere)"
        ),
        Lang::Zh => format!("unleak：证据共 {records} 条，sha256:{head}（请另行保存此摘要）"),
    });
    Ok(())
}

/// 0 if everything that was to be done by calls is done and nothing suspicious is left.
fn exit(state: &State, world: &World) -> Exit {
    let bad = |word: &str| matches!(word, "failed" | "partly" | "no-yes" | "refused");
    let steps = state.steps.values().any(|step| bad(&step.word));
    let things = state.things.iter().any(|thing| !thing.closed);
    match steps || things {
        _ if world.stopped() => Exit::Interrupted,
        true => Exit::Found,
        false => Exit::Clean,
    }
}
