//! What is asked of a guided incident: every text in both languages, every call and list it names exists, what looks
//! only looks, what changes says how it is undone, and every template can be filled in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Spot, filled, known};
use crate::pattern::incident::{Fix, Respond, Step, Suspicion, Test, Text};
use crate::pattern::names;
use crate::pattern::schema::Provider;
use crate::pattern::template::Template;

/// Values that every template of an incident may name.
const ALWAYS: &[&str] = &[
    "since",
    "trail_since",
    "uuid",
    "short",
    "console",
    "matched",
];
/// What no printed text may name.
const SECRET: &[&str] = &["secret", "session_token", "access_token"];

/// What templates may name so far.
#[derive(Default)]
struct Names {
    /// Everywhere.
    base: BTreeSet<String>,
    /// In rows of a list.
    lists: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    fn of_each(&self, each: Option<&str>) -> BTreeSet<String> {
        let rows = each.and_then(|each| self.lists.get(each));
        let rows = rows.into_iter().flatten();
        self.base.iter().chain(rows).cloned().collect()
    }
}

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
        let Some(kind) = provider.secret.iter().find(|kind| kind.id == *id) else {
            let what = format!("there is no kind `{id}` in this file");
            check.broken(&top.field("kinds").item(n), what, "correct its id");
            continue;
        };
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

/// The calls of a step exist, only look, and can be filled in.
fn reads(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    one: &Step,
    here: &BTreeSet<String>,
) {
    let mut here = here.clone();
    here.insert("page".into());
    if let Some(call) = &one.call {
        reading(check, &spot.field("call"), provider, call, &here);
    }
    let Some(follow) = &one.follow else { return };
    here.insert("node".into());
    for (sort, call) in &follow.by {
        reading(
            check,
            &spot.field("follow").field("by").field(sort),
            provider,
            call,
            &here,
        );
    }
    for name in ["event", "at", "error", "address"] {
        if !one.take.contains_key(name) {
            let what = format!("the trail needs `{name}` of each event");
            check.broken(
                &spot.field("take"),
                what,
                "take event, at, error and address",
            );
        }
    }
    for open in &follow.opens {
        let wanted = [
            follow.by.contains_key(&open.sort),
            one.take.contains_key(&open.at),
        ];
        if wanted != [true, true] {
            let what = format!("`{}` cannot be followed by `{}`", open.sort, open.at);
            check.broken(
                &spot.field("follow"),
                what,
                "`sort` is one of `by`, `at` one of `take`",
            );
        }
    }
    for alarm in &follow.alarms {
        text(check, &spot.field("follow"), &alarm.say, &here);
    }
}

fn reading(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    name: &str,
    here: &BTreeSet<String>,
) {
    let Some(call) = provider.call.get(name) else {
        let what = format!("there is no call `{name}`");
        return check.broken(spot, what, "add the [call.NAME] table or correct the name");
    };
    let effect = call.effect.as_deref().unwrap_or_default();
    if effect != "reads" && !names::CHECK_EFFECTS.contains(&effect) {
        let what = format!("`{name}` leaves `{effect}`, but looking changes nothing");
        check.broken(spot, what, "effect = \"reads\", or make it a `fix`");
    }
    if call.accepted.is_empty() && call.live.is_empty() {
        let what = format!("nothing says that `{name}` was answered");
        check.broken(spot, what, "state `accepted` in the call");
    }
    slots(check, spot, provider, name, here);
}

/// The templates of a call that the incident makes.
fn slots(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    name: &str,
    here: &BTreeSet<String>,
) {
    for (_, slot) in filled::slots_of(provider, name) {
        if !slot.optional
            && !filled::is_given(provider, name, &slot.name)
            && !here.contains(&slot.name)
        {
            let what = format!("`{name}` needs `{}`, which nobody knows here", slot.name);
            check.broken(
                spot,
                what,
                "take it in an earlier step, or loop over a list that has it",
            );
        }
    }
}

fn fix(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, one: &Fix) {
    let Some(call) = provider.call.get(&one.call) else {
        let what = format!("there is no call `{}`", one.call);
        return check.broken(&spot.field("call"), what, "add it or correct the name");
    };
    let changing = ["changes", "freezes", "revokes", "thaws"];
    if !changing.contains(&call.effect.as_deref().unwrap_or_default()) {
        let what = format!("`{}` changes nothing by what it says", one.call);
        check.broken(&spot.field("call"), what, "state its `effect`");
    }
    if call.accepted.is_empty() {
        let what = format!("nothing says that `{}` was accepted", one.call);
        check.broken(&spot.field("call"), what, "state `accepted` in the call");
    }
    match call.reversible {
        None => check.broken(
            &spot.field("call"),
            format!("whether `{}` can be undone is not said", one.call),
            "state `reversible` in the call",
        ),
        Some(true) if one.undo.is_none() => check.broken(
            spot,
            "how it is undone is not said".into(),
            "add `undo`: the command that brings it back",
        ),
        _ => {}
    }
    if !one.title.is_whole() {
        check.broken(
            &spot.field("title"),
            "not in both languages".into(),
            "{ en = …, zh = … }",
        );
    }
}

/// The change can be made where it is referred to.
fn fix_fits(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    respond: &Respond,
    wanted: &str,
    here: &BTreeSet<String>,
) {
    let Some(fix) = respond.fix.get(wanted) else {
        let what = format!("there is no fix `{wanted}`");
        return check.broken(
            spot,
            what,
            "add the [respond.fix.NAME] table or correct the name",
        );
    };
    slots(check, spot, provider, &fix.call, here);
    text(check, spot, &fix.title, here);
    if let Some(undo) = &fix.undo {
        template(check, spot, undo, here);
    }
    if let Some(proof) = &fix.proof {
        reading(check, spot, provider, &proof.call, here);
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
        Some(undo) => template(check, &spot.field("undo"), undo, here),
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

fn questions(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    all: &[Test],
    names: &Names,
    here: &BTreeSet<String>,
) {
    for (n, one) in all.iter().enumerate() {
        let spot = spot.item(n);
        known(check, &spot.field("test"), &one.test, names::TESTS);
        if names::LONE_TESTS.contains(&one.test.as_str()) != one.value.is_empty() {
            let what = format!("`{}` and `value` do not fit", one.test);
            let remedy = format!("{} take none, the others do", names::LONE_TESTS.join(", "));
            check.broken(&spot.field("value"), what, &remedy);
        }
        for at in one.at.split(' ') {
            if !at.starts_with('/') && !here.contains(at) {
                let what = format!("`{at}` is no JSON pointer and no value");
                check.broken(
                    &spot.field("at"),
                    what,
                    "write /a/b, or a name that was taken",
                );
            }
        }
        for value in &one.value {
            template(check, &spot.field("value"), value, here);
            let list = value.split('.').next().unwrap_or_default();
            if one.test == "in" && !names.lists.contains_key(list) {
                let what = format!("no earlier step keeps `{list}`");
                check.broken(
                    &spot.field("value"),
                    what,
                    "write list.value of an earlier list",
                );
            }
        }
        let broken = |value: &&String| one.test == "matches" && regex::Regex::new(value).is_err();
        if let Some(value) = one.value.iter().find(broken) {
            let what = format!("`{value}` does not compile");
            check.broken(&spot.field("value"), what, "write a regular expression");
        }
    }
}

/// Both languages, readable templates, nothing secret.
fn text(check: &mut Check<'_>, spot: &Spot<'_>, said: &Text, here: &BTreeSet<String>) {
    if !said.is_whole() {
        check.broken(spot, "not in both languages".into(), "{ en = …, zh = … }");
    }
    template(check, spot, &said.en, here);
    template(check, spot, &said.zh, here);
}

fn template(check: &mut Check<'_>, spot: &Spot<'_>, text: &str, here: &BTreeSet<String>) {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return check.broken(spot, error.what, "{{name}} or {{name?}}"),
    };
    for slot in template.slots() {
        let name = slot.name.as_str();
        if SECRET.contains(&name) || name.starts_with("me.") {
            let what = format!("`{name}` would be printed");
            check.broken(spot, what, "print `short` or an id instead");
        } else if !slot.optional && !here.contains(name) {
            let what = format!("nothing is called `{name}` here");
            check.broken(
                spot,
                what,
                "take it in this or an earlier step, or write {{name?}}",
            );
        }
    }
}
