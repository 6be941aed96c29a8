//! What is asked of the templates of a call: they can be read, and every slot can be filled in for
//! every kind that uses the call.

use std::collections::BTreeSet;

use super::{Check, Spot, expression};
use crate::pattern::names;
use crate::pattern::schema::{Call, Kind, Provider};
use crate::pattern::template::{FILTERS, Slot, Template};

/// Every text of a call that is a template, with its place.
fn texts<'a>(spot: &Spot<'a>, call: &'a Call) -> Vec<(Spot<'a>, &'a str)> {
    // What is said over a protocol has slots of its own: `call.rs` looks at them.
    let mut texts = vec![(spot.field("url"), call.url.as_str())];
    for (field, map) in [
        ("query", &call.query),
        ("headers", &call.headers),
        ("form", &call.form),
    ] {
        texts.extend(
            map.iter()
                .map(|(key, value)| (spot.field(field).field(key), value.as_str())),
        );
    }
    let optional = [("body", &call.body), ("json", &call.json)];
    texts.extend(
        optional
            .into_iter()
            .filter_map(|(field, text)| Some((spot.field(field), text.as_deref()?))),
    );
    if let Some((user, password)) = &call.basic {
        let spot = spot.field("basic");
        texts.extend([
            (spot.item(0), user.as_str()),
            (spot.item(1), password.as_str()),
        ]);
    }
    if let Some(sign) = &call.sign {
        let spot = spot.field("sign");
        texts.extend(
            sign.settings
                .iter()
                .map(|(key, value)| (spot.field(key), value.as_str())),
        );
    }
    if let Some(find) = &call.find {
        texts.push((spot.field("find").field("value"), &find.value));
    }
    texts
}

pub(super) fn templates<'a>(
    check: &mut Check<'_>,
    spot: &Spot<'a>,
    provider: &'a Provider,
    name: &'a str,
    call: &'a Call,
) {
    let users: Vec<&Kind> = provider
        .secret
        .iter()
        .filter(|kind| reaches(provider, kind, name))
        .collect();
    let earlier = earlier(provider, name);
    for (spot, text) in texts(spot, call) {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => {
                let filters = FILTERS.join(", ");
                check.broken(
                    &spot,
                    error.what,
                    &format!("{{{{name? | filter:argument}}}}; filters: {filters}"),
                );
                continue;
            }
        };
        for slot in template.slots() {
            if always_known(&slot.name) || earlier.contains(slot.name.as_str()) {
                continue;
            }
            filled(check, &spot, slot, provider, &users);
        }
    }
    if let Some(json) = &call.json
        && serde_json::from_str::<serde_json::Value>(json).is_err()
    {
        let what = "is not JSON".to_string();
        check.broken(
            &spot.field("json"),
            what,
            "templates stand inside strings; a raw body goes into `body`",
        );
    }
}

/// The kinds that use the call have a value for the slot. `{{name?}}` may be what only some of them
/// have; a call that needs what a kind lacks can never be made for it.
fn filled(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    slot: &Slot,
    provider: &Provider,
    users: &[&Kind],
) {
    let remedy = "names come from groups, `parts`, or `extract` of a call in `after`; {{name?}} if only some have it";
    if slot.optional {
        let nowhere = |kind| has(kind, &slot.name).is_none();
        if !users.is_empty() && provider.secret.iter().all(nowhere) {
            let what = format!("nothing is ever called `{}`", slot.name);
            check.broken(spot, what, remedy);
        }
        return;
    }
    for kind in users {
        match has(kind, &slot.name) {
            Some(true) => {}
            Some(false) => {
                let what = format!(
                    "is not made for a `{}` without its `{}`",
                    kind.id, slot.name
                );
                check.advice(spot, what, "write {{name?}} if the provider does without");
            }
            None => {
                let what = format!("`{}` has no `{}`", kind.id, slot.name);
                check.broken(spot, what, remedy);
            }
        }
    }
}

/// The call is named by the kind, or comes before one that is.
fn reaches(provider: &Provider, kind: &Kind, name: &str) -> bool {
    let named = [
        &kind.verify,
        &kind.freeze,
        &kind.thaw,
        &kind.revoke,
        &kind.restore,
    ];
    let named = named.into_iter().flatten().chain(&kind.privileges);
    named
        .into_iter()
        .any(|call| call == name || before(provider, call).contains(name))
}

/// Names of all calls that are made before this one.
fn before<'a>(provider: &'a Provider, name: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut next = vec![name];
    while let Some(call) = next.pop().and_then(|name| provider.call.get(name)) {
        for earlier in &call.after {
            if seen.insert(earlier.as_str()) {
                next.push(earlier);
            }
        }
    }
    seen
}

/// Names of the values that calls before this one leave, and its own signer.
fn earlier<'a>(provider: &'a Provider, name: &'a str) -> BTreeSet<&'a str> {
    let calls = before(provider, name);
    let mut names = BTreeSet::new();
    for call in calls.iter().filter_map(|name| provider.call.get(*name)) {
        let taken = call.extract.keys();
        names.extend(taken.map(|name| name.trim_end_matches('?')));
        names.extend(
            call.find
                .iter()
                .flat_map(|find| find.extract.keys().map(String::as_str)),
        );
    }
    let own = provider.call.get(name).into_iter();
    let all = own.chain(calls.iter().filter_map(|name| provider.call.get(*name)));
    if all
        .filter_map(|call| call.sign.as_ref())
        .any(|sign| names::JWT_SIGNERS.contains(&sign.with.as_str()))
    {
        names.insert("jwt");
    }
    names
}

/// The slots of a call and of the calls before it, with the name of the call they stand in.
pub(super) fn slots_of<'a>(provider: &'a Provider, name: &'a str) -> Vec<(&'a str, Slot)> {
    let mut all = Vec::new();
    for name in before(provider, name).into_iter().chain([name]) {
        let Some(call) = provider.call.get(name) else {
            continue;
        };
        for (_, text) in texts(&Spot::new(name), call) {
            // What cannot be read is said where the call itself is looked at.
            let template = Template::parse(text).ok();
            let slots = template
                .iter()
                .flat_map(|template| template.slots().cloned());
            all.extend(slots.map(|slot| (name, slot)));
        }
    }
    all
}

/// The call has the value whoever makes it: it is always known, or an earlier call leaves it.
pub(super) fn is_given(provider: &Provider, call: &str, slot: &str) -> bool {
    always_known(slot) || earlier(provider, call).contains(slot)
}

/// The named groups of a kind's own regex.
pub(super) fn groups(kind: &Kind) -> Vec<String> {
    let regex = kind
        .regex
        .as_deref()
        .and_then(|text| expression::compile(text).ok());
    let names = regex
        .iter()
        .flat_map(|regex| regex.capture_names().flatten());
    names.map(str::to_owned).collect()
}

fn always_known(name: &str) -> bool {
    matches!(name, "secret" | "endpoint" | "now" | "uuid")
        || name.starts_with("me.")
        || name.starts_with("known.")
        || name.starts_with("random:")
}

/// Whether the kind has a value of this name: always, perhaps, or never.
fn has(kind: &Kind, name: &str) -> Option<bool> {
    if let Some(part) = kind.parts.iter().find(|part| part.name == name) {
        return Some(!part.optional);
    }
    let regex = expression::compile(kind.regex.as_deref()?).ok()?;
    regex
        .capture_names()
        .flatten()
        .any(|group| group == name)
        .then_some(true)
}
