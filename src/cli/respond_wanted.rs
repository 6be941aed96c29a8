//! What `unleak respond` is asked to do: its settings and language, the one finding it is about, since when, who is known
//! to be right. Says in the user's language what is wrong with that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use unleak::config::{Settings, Sources, Value};
use unleak::finding::Finding;
use unleak::pattern::{Lang, Patterns};
use unleak::respond::incident::{Case, Options};

use super::closing::about;
use super::respond::Args;
use super::{Failure, World, verify};

/// An allow-list larger than this is nobody's.
const MOST: u64 = 16 << 20;

fn said<'t>(lang: Lang, en: &'t str, zh: &'t str) -> &'t str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// The settings, with our own deadline: an incident takes as long as it takes.
pub(super) fn settings(args: &Args, world: &World) -> Result<Settings, Failure> {
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
pub(super) fn lang(settings: &Settings, world: &World) -> Lang {
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

pub(super) fn findings(
    args: &Args,
    patterns: &Patterns,
    lang: Lang,
) -> Result<Vec<Finding>, Failure> {
    let found = match &args.id {
        None => verify::of_values(args.kind.as_deref(), patterns)?.findings,
        Some(id) if id.is_empty() => {
            return Err(Failure::new(said(
                lang,
                "an empty ID names every finding",
                "空 ID 会匹配所有发现",
            )));
        }
        Some(id) => verify::wanted(&args.from, std::slice::from_ref(id))?.findings,
    };
    match found.len() {
        1 => Ok(found),
        count => {
            let (en, zh) = (
                format!("{count} findings are meant"),
                format!("匹配到 {count} 项发现"),
            );
            Err(Failure::new(said(lang, &en, &zh)).hint(said(
                lang,
                "an incident is about one: write more of its fingerprint",
                "一次事件只处理一项：请写出更长的指纹",
            )))
        }
    }
}

pub(super) fn options(
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
            let (en, zh) = (
                format!("--since {text}: no date"),
                format!("--since {text}：不是日期"),
            );
            Failure::new(said(lang, &en, &zh)).hint("2026-01-31, 2026-01-31T12:00:00Z")
        };
        moment.ok().or_else(day).ok_or_else(bad)
    });
    let committed = findings.first().and_then(Case::committed);
    let since = stated.transpose()?.or(committed).ok_or_else(|| {
        let what = said(
            lang,
            "no commit says when it leaked",
            "没有提交记录说明何时泄露",
        );
        Failure::new(what).hint("--since 2026-01-31")
    })?;
    let known: Vec<&str> = case.steps().collect();
    if let Some(bad) = args.skip.iter().find(|id| !known.contains(&id.as_str())) {
        let (en, zh) = (
            format!("there is no step '{bad}'"),
            format!("没有步骤 '{bad}'"),
        );
        return Err(Failure::new(said(lang, &en, &zh)).hint(known.join(", ")));
    }
    Ok(Options {
        since,
        allow: args
            .allow
            .as_deref()
            .map(|file| allowed(file, lang))
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
fn allowed(file: &Path, lang: Lang) -> Result<BTreeSet<String>, Failure> {
    let failed = |cause: std::io::Error| about(file, cause);
    if fs::metadata(file).map_err(failed)?.len() > MOST {
        let what = said(
            lang,
            "it is too large for an allow-list",
            "作为允许列表过大",
        );
        return Err(about(file, what));
    }
    let text = fs::read_to_string(file).map_err(failed)?;
    let lines = text
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}
