//! `unleak respond`: the guided incident. The plan, the questions, the state that lets it be resumed, the reports; what
//! is done is the library's business.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;

use unleak::config::{Settings, identities};
use unleak::finding::{Finding, Status};
use unleak::pattern::Lang;
use unleak::pattern::incident::Text;
use unleak::respond::incident::{self, Case, Engine, Hands, Options, State};
use unleak::respond::{PATIENCE, Planner, Recorder};
use unleak::verify::Credential;

use super::asking::{self, Desk};
use super::closing::{about, record, trap};
use super::respond_person::Terminal;
use super::respond_wanted::{findings, lang, options, settings};
use super::scan::kinds;
use super::{Exit, Failure, World, plain, print, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fingerprint, or its beginning, of the finding
    #[arg(value_name = "ID", required_unless_present = "value")]
    pub(super) id: Option<String>,
    /// A report of format json or jsonl with values in it (--show-secrets); `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) from: PathBuf,
    /// Standard input is a value, or text with one value in it, and no report
    #[arg(long, conflicts_with_all = ["from", "id"])]
    pub(super) value: bool,
    /// The kind of the value on standard input, if it is not to be guessed
    #[arg(long, value_name = "KIND", requires = "value")]
    pub(super) kind: Option<String>,
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
    pub(super) since: Option<String>,
    /// Users, keys, addresses, … that are known to be right, one a line
    #[arg(long, value_name = "FILE")]
    pub(super) allow: Option<PathBuf>,
    /// Leave this step out (may be repeated)
    #[arg(long, value_name = "STEP")]
    pub(super) skip: Vec<String>,
    /// Say yes to every planned change that can be undone, and to undoing what is the thief's for sure
    #[arg(long)]
    pub(super) yes: bool,
    /// Say yes to what cannot be undone as well (with --yes)
    #[arg(long = "final", requires = "yes")]
    pub(super) last: bool,
    /// Also what is your own identity in use
    #[arg(long)]
    pub(super) including_mine: bool,
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
    pub(super) lang: Option<String>,
    /// Give the provider so many seconds to do what it accepted
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs())]
    pub(super) wait: u64,
    #[command(flatten)]
    pub(super) asking: asking::Asking,
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
    go(args, world, &settings, lang).map_err(|failure| match lang {
        Lang::En => failure,
        Lang::Zh => failure.said(incident::in_chinese),
    })
}

fn go(args: &Args, world: &World, settings: &Settings, lang: Lang) -> Result<Exit, Failure> {
    let patterns = kinds::patterns(settings)?;
    let findings = findings(args, &patterns, lang)?;
    let identities = identities(settings, &world.env)?;
    let client = asking::client(settings, world)?;
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
        incident::compare_script(&made, &text).map_err(|why| {
            about(file, why).hint(match lang {
                Lang::En => "make the plan again with --plan --save-plan",
                Lang::Zh => "请用 --plan --save-plan 重新生成计划",
            })
        })?;
    }
    let recorder = args.evidence.as_deref().map(record).transpose()?;
    if let Some(recorder) = &recorder {
        recorder.record("incident", &[("plan", made)])?;
    }
    let desk = Desk::to_prove(settings, &patterns, world)?;
    let state = act(
        args,
        &case,
        &options,
        (&desk, recorder.as_ref()),
        (world, lang),
    )?;
    desk.close_in(args.asking.egress_log.as_deref(), lang)?;
    write_reports(args, &case, &state, options.since, lang)?;
    if let Some(recorder) = &recorder {
        ended(recorder, &state, lang)?;
    }
    Ok(exit(&state, world))
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
            about(file, why).hint(match lang {
                Lang::En => "--fresh begins anew, --state names another file",
                Lang::Zh => "--fresh 重新开始，--state 指定另一个文件",
            })
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
