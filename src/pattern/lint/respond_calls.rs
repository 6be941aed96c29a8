//! What is asked of the calls of a guided incident: they exist, what looks only looks, what changes says how it is undone,
//! and every slot can be filled in where the call is made.

use std::collections::BTreeSet;

use super::respond_words::{named, text, undo};
use super::{Check, Spot, filled};
use crate::pattern::incident::{Fix, Respond, Step};
use crate::pattern::names;
use crate::pattern::schema::Provider;

/// The calls of a step exist, only look, and can be filled in.
pub(super) fn reads(
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
    here.extend(["event", "node"].map(str::to_owned));
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
    for sort in follow.made.keys() {
        match follow.undo.get(sort) {
            Some(said) => undo(check, &spot.field("follow").field("undo"), said, &here),
            None => check.broken(
                &spot.field("follow"),
                format!("does not say what undoes a `{sort}`"),
                "add `undo`: sort to the command or console path",
            ),
        }
    }
    for alarm in &follow.alarms {
        text(check, &spot.field("follow"), &alarm.say, &here);
        undo(check, &spot.field("follow"), &alarm.undo, &here);
    }
}

fn reading(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    name: &str,
    here: &BTreeSet<String>,
) {
    let Some(call) = named(check, spot, provider.call.get(name), ("call", name)) else {
        return;
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

pub(super) fn fix(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, one: &Fix) {
    let call = provider.call.get(&one.call);
    let Some(call) = named(check, &spot.field("call"), call, ("call", &one.call)) else {
        return;
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
pub(super) fn fix_fits(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    respond: &Respond,
    wanted: &str,
    here: &BTreeSet<String>,
) {
    let Some(fix) = named(check, spot, respond.fix.get(wanted), ("fix", wanted)) else {
        return;
    };
    slots(check, spot, provider, &fix.call, here);
    text(check, spot, &fix.title, here);
    if let Some(said) = &fix.undo {
        undo(check, spot, said, here);
    }
    if let Some(proof) = &fix.proof {
        reading(check, spot, provider, &proof.call, here);
    }
}
