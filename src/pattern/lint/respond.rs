//! What is asked of a guided incident: every text in both languages, every call and list it names exists, what looks
//! only looks, what changes says how it is undone, and every template can be filled in.

use std::collections::BTreeSet;

use super::respond_calls::{fix, fix_fits, reads};
use super::respond_words::{Names, named, questions, text, undo};
use super::{Check, Spot, filled, known};
use crate::pattern::incident::{Respond, Step, Suspicion};
use crate::pattern::names;
use crate::pattern::schema::{Kind, Provider};

/// Values that every template of an incident may name.
const ALWAYS: &[&str] = &[
    "since",
    "trail_since",
    "uuid",
    "short",
    "console",
    "matched",
];
/// Every rule about the incident.
pub(super) fn incident(check: &mut Check<'_>, provider: &Provider) {
    let Some(respond) = &provider.respond else {
        return;
    };
    let top = Spot::new(&provider.id).field("respond");
    let mut names = Names {
        base: base(check, &top, provider, respond),
        ..Names::default()
    };
    let mut seen = BTreeSet::new();
    for (p, phase) in respond.phase.iter().enumerate() {
        let spot = top.field("phase").item(p);
        known(check, &spot.field("id"), &phase.id, names::PHASES);
        text(check, &spot.field("title"), &phase.title, &names.base);
        for (n, one) in phase.step.iter().enumerate() {
            let spot = spot.field("step").item(n);
            if !seen.insert(one.id.as_str()) {
                let what = format!("a second step `{}`", one.id);
                check.broken(&spot.field("id"), what, "`--skip` names steps by their id");
            }
            step(check, &spot, provider, respond, one, &mut names);
        }
    }
    for (name, one) in &respond.fix {
        fix(check, &top.field("fix").field(name), provider, one);
    }
}

/// The names known from the start: the kinds' own parts, and what their checks say about the credential.
fn base(
    check: &mut Check<'_>,
    top: &Spot<'_>,
    provider: &Provider,
    respond: &Respond,
) -> BTreeSet<String> {
    let mut base: BTreeSet<String> = ALWAYS.iter().map(|name| (*name).to_owned()).collect();
    for (n, id) in respond.kinds.iter().enumerate() {
        let spot = top.field("kinds").item(n);
        let kind = provider.secret.iter().find(|kind| kind.id == *id);
        let Some(kind) = named(check, &spot, kind, ("kind", id)) else {
            continue;
        };
        in_both_languages(check, &spot, provider, kind);
        base.extend(kind.parts.iter().map(|part| part.name.clone()));
        base.extend(filled::groups(kind));
        let asked = kind
            .verify
            .as_ref()
            .and_then(|name| provider.call.get(name));
        base.extend(
            asked
                .into_iter()
                .flat_map(|call| call.identity.keys().cloned()),
        );
    }
    if respond.kinds.is_empty() {
        check.broken(top, "it is for no kind".into(), "name the kinds it is for");
    }
    base
}

/// What the incident prints of a kind is in both languages: why people close it by hand, and how it is replaced.
fn in_both_languages(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, kind: &Kind) {
    if kind.by_hand.is_some() != kind.by_hand_zh.is_some() {
        let what = format!("`by_hand` of `{}` is not in both languages", kind.id);
        check.broken(spot, what, "add `by_hand_zh` to the kind");
    }
    let rotate = kind.rotate.as_ref().unwrap_or(&provider.rotate);
    if rotate.steps_zh.is_empty() {
        let what = format!("how `{}` is replaced is not said in Chinese", kind.id);
        check.broken(spot, what, "add `steps_zh` to [rotate]");
    }
}

fn step(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    respond: &Respond,
    one: &Step,
    names: &mut Names,
) {
    let doings = [
        one.does.is_some(),
        one.call.is_some(),
        one.follow.is_some(),
        one.fix.is_some(),
    ];
    let doings = doings.into_iter().filter(|does| *does).count();
    let looks_again = one.each.is_some() && !one.suspicious.is_empty();
    if doings > 1 || (doings == 0 && one.hand.is_empty() && !looks_again) {
        let what = "does nothing, or several things".to_string();
        check.broken(spot, what, "one of `does`, `call`, `follow`, `fix`, `hand`");
    }
    if let Some(does) = &one.does {
        known(check, &spot.field("does"), does, names::DOINGS);
    }
    if let Some(each) = &one.each
        && !names.lists.contains_key(each)
    {
        let what = format!("no earlier step keeps `{each}`");
        check.broken(
            &spot.field("each"),
            what,
            "add `keep` to the step that lists them",
        );
    }
    let mut here = names.of_each(one.each.as_deref());
    questions(check, &spot.field("when"), &one.when, names, &here);
    reads(check, spot, provider, one, &here);
    here.extend(one.take.keys().cloned());
    questions(check, &spot.field("only"), &one.only, names, &here);
    for (field, texts) in [
        ("title", std::slice::from_ref(&one.title)),
        ("hand", one.hand.as_slice()),
    ] {
        for (n, said) in texts.iter().enumerate() {
            text(check, &spot.field(field).item(n), said, &here);
        }
    }
    for (field, said) in [("thing", &one.thing), ("print", &one.print)] {
        if let Some(said) = said {
            text(check, &spot.field(field), said, &here);
        }
    }
    if !one.suspicious.is_empty() && one.thing.is_none() {
        let what = "does not say what is suspicious".to_string();
        check.broken(
            spot,
            what,
            "add `thing`, with the name of the element in it",
        );
    }
    if let Some(known) = &one.known
        && !here.contains(known)
    {
        let what = format!("nothing is called `{known}` here");
        check.broken(&spot.field("known"), what, "name one of `take`");
    }
    for (n, suspicion) in one.suspicious.iter().enumerate() {
        let spot = spot.field("suspicious").item(n);
        suspicious(check, &spot, respond, suspicion, names, &here);
    }
    for wanted in one
        .suspicious
        .iter()
        .filter_map(|it| it.fix.as_ref())
        .chain(&one.fix)
    {
        fix_fits(check, spot, provider, respond, wanted, &here);
    }
    keeps(one, here, names);
}

/// What later steps can name.
fn keeps(one: &Step, here: BTreeSet<String>, names: &mut Names) {
    if let Some(follow) = &one.follow {
        let mut row = here.clone();
        row.extend(["node", "by", "letter"].map(str::to_owned));
        for list in follow.made.values().chain(&follow.addresses) {
            names.lists.insert(list.clone(), row.clone());
        }
    }
    if one.list.is_none() && one.each.is_none() {
        names.base.extend(one.take.keys().cloned());
    }
    if let Some(keep) = &one.keep {
        names.lists.insert(keep.clone(), here);
    }
}

fn suspicious(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    respond: &Respond,
    one: &Suspicion,
    names: &Names,
    here: &BTreeSet<String>,
) {
    questions(check, &spot.field("all"), &one.all, names, here);
    text(check, &spot.field("say"), &one.say, here);
    if one.all.is_empty() {
        check.broken(
            spot,
            "everything is suspicious".into(),
            "state the tests in `all`",
        );
    }
    match &one.undo {
        Some(said) => undo(check, &spot.field("undo"), said, here),
        None if one
            .fix
            .as_ref()
            .is_none_or(|fix| !respond.fix.contains_key(fix)) =>
        {
            check.broken(
                spot,
                "does not say what undoes it".into(),
                "add `undo` (a command or console path) or `fix`",
            )
        }
        None => {}
    }
}
