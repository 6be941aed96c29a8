//! The outcome of an incident as JSON: texts in both languages, a time line, what was found with its evidence and what
//! undoes it, what is left to do. No secrets.

use serde_json::{Value, json};

use super::case::Case;
use super::chain::letter;
use super::moment::iso;
use super::rows::{Row, filled_text, remarked};
use super::state::{Moment, State};
use super::words;
use crate::finding::Finding;
use crate::pattern::incident::Text;

/// The whole outcome.
pub fn json(case: &Case<'_>, state: &State, since: i64, ended: i64) -> Value {
    let finding = case.finding;
    let (places, more) = case.places(200);
    let document = json!({
        "type": "incident", "schema": 1, "version": env!("CARGO_PKG_VERSION"),
        "finding": {
            "fingerprint": finding.fingerprint.to_string(), "provider": finding.provider, "kind": finding.kind,
            "masked": finding.secret.masked(), "places": places, "more_places": more,
        },
        "begun": iso(state.begun), "ended": iso(ended), "leaked": iso(since),
        "account": state.known,
        "timeline": timeline(finding, state).into_iter().map(|one| json!({
            "at": iso(one.at), "event": one.event, "what": { "en": one.what.0, "zh": one.what.1 },
        })).collect::<Vec<_>>(),
        "identities": identities(state),
        "events": events(state),
        "gaps": state.trail.gaps,
        "found": found(state),
        "steps": steps(case, state),
    });
    let text = case.clean(&document.to_string());
    serde_json::from_str(&text).unwrap_or_default()
}

/// When what happened: committed, found, made by the thief, frozen, proven.
pub(super) fn timeline(finding: &Finding, state: &State) -> Vec<Moment> {
    let mut all = state.moments.clone();
    let moment = |at: i64, event: &str, en: String, zh: String| Moment {
        at,
        event: event.to_owned(),
        what: (en, zh),
    };
    let commits = finding
        .places
        .iter()
        .filter_map(|place| Some((place, place.commit.as_ref()?)));
    if let Some((place, commit)) = commits.min_by_key(|(_, commit)| commit.time) {
        let (path, id): (_, String) = (place.path_text(), commit.id.chars().take(12).collect());
        let (en, zh) = (
            format!("committed in {id}: {path}"),
            format!("提交于 {id}：{path}"),
        );
        all.push(moment(commit.time, "committed", en, zh));
    }
    let found = finding
        .verification
        .as_ref()
        .map(|asked| asked.at)
        .filter(|at| *at > 0);
    all.push(moment(
        found.unwrap_or(state.begun),
        "found",
        "found".into(),
        "发现".into(),
    ));
    all.push(moment(
        state.begun,
        "begun",
        "the incident was begun".into(),
        "开始响应".into(),
    ));
    let made = state.trail.nodes.iter().enumerate().skip(1);
    for (at, node) in made.filter(|(_, node)| node.sort != "address") {
        if let Some(when) = super::moment::parse(&node.at) {
            let (name, sort, value) = (letter(at), &node.sort, &node.value);
            let by = letter(node.by.unwrap_or(0));
            let en = format!("{sort} {value} ({name}) made by {by}");
            let zh = format!("{by} 创建 {sort} {value}（{name}）");
            all.push(moment(when, "made", en, zh));
        }
    }
    // What happened in the same second stays in the order in which it was done.
    all.sort_by_key(|one| one.at);
    all
}

/// Everything that was found, the command that undoes it with its remark in English, and the same in Chinese.
fn found(state: &State) -> Vec<Value> {
    let all = state.things.iter().map(|thing| {
        let mut shown = serde_json::to_value(thing).unwrap_or_default();
        if let Some(undo) = thing.undo.as_deref().map(remarked) {
            shown["undo"] = undo.en.into();
            shown["undo_zh"] = undo.zh.into();
        }
        shown
    });
    all.collect()
}

fn identities(state: &State) -> Vec<Value> {
    let nodes = state.trail.nodes.iter().enumerate();
    let all = nodes.map(|(at, node)| {
        json!({
            "letter": letter(at), "sort": node.sort, "value": node.value,
            "by": node.by.map(letter), "at": node.at, "address": node.address,
        })
    });
    all.collect()
}

fn events(state: &State) -> Vec<Value> {
    let all = state.trail.events.iter().map(|event| {
        json!({
            "at": event.at, "event": event.event, "by": letter(event.node), "failed": event.failed(),
            "values": event.row,
        })
    });
    all.collect()
}

fn steps(case: &Case<'_>, state: &State) -> Vec<Value> {
    let all = case.respond.steps().map(|(phase, step)| {
        let ending = state.steps.get(&step.id);
        json!({
            "id": step.id, "phase": phase.id, "title": step.title,
            "ended": ending.map_or("not-reached", |ending| &ending.word),
            "note": ending.map(|ending| &ending.note),
            "at": ending.map(|ending| iso(ending.at)),
        })
    });
    all.collect()
}

/// What is left to do: steps for people, steps that did not end well, things that are not undone.
pub(super) fn left(case: &Case<'_>, state: &State, since: i64) -> Vec<Text> {
    let mut all = Vec::new();
    let mut base: Row = case.base(since, state.begun);
    base.extend(state.known.clone());
    for (_, step) in case.respond.steps() {
        let Some(ending) = state.steps.get(&step.id) else {
            all.push(step.title.clone());
            continue;
        };
        match ending.word.as_str() {
            "by-hand" if !step.hand.is_empty() => {
                all.extend(
                    step.hand
                        .iter()
                        .map(|hand| filled_text(hand, &Row::new(), &base)),
                );
            }
            "by-hand" | "no-yes" | "refused" | "failed" | "partly" | "skipped" => {
                let word = words::word(&ending.word);
                all.push(Text {
                    en: format!("{} ({}) {}", step.title.en, word.en, ending.note.en),
                    zh: format!("{}（{}）{}", step.title.zh, word.zh, ending.note.zh),
                });
            }
            _ => {}
        }
    }
    all
}
