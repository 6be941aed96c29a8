//! What is asked of the calls of a provider: a check changes nothing and can prove both answers,
//! a freeze or revoke says what it does, and every template can be filled in.

use std::collections::BTreeSet;

use super::{Check, Spot, address, expression, known};
use crate::pattern::names;
use crate::pattern::schema::{Call, Condition, Kind, Provider};
use crate::pattern::template::{Slot, Template};

/// What a call is used for; a call may be used for several things.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Check,
    Privileges,
    Freeze,
    Thaw,
    Revoke,
    Before,
    Respond,
}

/// Every rule about every call.
pub(super) fn calls(check: &mut Check<'_>, provider: &Provider) {
    for (name, call) in &provider.call {
        let spot = Spot::new(name).field("call").field(name);
        let uses = uses(provider, name);
        if uses.is_empty() {
            check.broken(
                &spot,
                "nothing uses this call".into(),
                "refer to it or remove it",
            );
        }
        shape(check, &spot, provider, call);
        effect(check, &spot, call, &uses);
        replies(check, &spot, call, &uses);
        templates(check, &spot, provider, name, call);
    }
}

fn uses(provider: &Provider, name: &str) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    let named = |call: &Option<String>| call.as_deref() == Some(name);
    for kind in &provider.secret {
        let each = [
            (named(&kind.verify), Use::Check),
            (
                kind.privileges.iter().any(|call| call == name),
                Use::Privileges,
            ),
            (named(&kind.freeze), Use::Freeze),
            (named(&kind.thaw), Use::Thaw),
            (named(&kind.revoke), Use::Revoke),
        ];
        uses.extend(
            each.into_iter()
                .filter_map(|(used, what)| used.then_some(what)),
        );
    }
    if provider
        .call
        .values()
        .any(|call| call.after.iter().any(|before| before == name))
    {
        uses.insert(Use::Before);
    }
    if provider.respond.iter().any(|phase| named(&phase.call)) {
        uses.insert(Use::Respond);
    }
    uses
}

/// Method, address, signer, steps before it, and what is taken from replies.
fn shape(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, call: &Call) {
    known(check, &spot.field("method"), &call.method, names::METHODS);
    address(check, &spot.field("url"), &call.url);
    if call.url.contains("{{endpoint") && provider.endpoint.is_none() {
        let what = "`{{endpoint}}` has no default".to_string();
        check.advice(
            &spot.field("url"),
            what,
            "add `endpoint` to the file, unless the user must set it",
        );
    }
    let bodies = [
        call.body.is_some(),
        !call.form.is_empty(),
        call.json.is_some(),
    ];
    if bodies.into_iter().filter(|body| *body).count() > 1 {
        check.broken(
            spot,
            "more than one body".into(),
            "keep one of `body`, `form` and `json`",
        );
    }
    if let Some(sign) = &call.sign {
        known(
            check,
            &spot.field("sign").field("with"),
            &sign.with,
            names::SIGNERS,
        );
    }
    for (n, before) in call.after.iter().enumerate() {
        if !provider.call.contains_key(before) {
            let what = format!("there is no call `{before}`");
            check.broken(
                &spot.field("after").item(n),
                what,
                "add it or correct the name",
            );
        }
    }
    if let Some(find) = &call.find {
        let spot = spot.field("find");
        known(check, &spot.field("by"), &find.by, names::FIND_BY);
        for (field, pointer) in [("list", &find.list), ("field", &find.field)] {
            pick(check, &spot.field(field), pointer, false);
        }
        find.extract
            .iter()
            .for_each(|(name, from)| pick(check, &spot.field("extract").field(name), from, false));
    }
    for (field, map) in [("extract", &call.extract), ("identity", &call.identity)] {
        map.iter()
            .for_each(|(name, from)| pick(check, &spot.field(field).field(name), from, true));
    }
    if let Some(source) = &call.source {
        known(check, &spot.field("source"), source, names::SOURCES);
    }
    if let Some(docs) = &call.docs {
        address(check, &spot.field("docs"), docs);
    }
    let conditions = [
        ("live", &call.live),
        ("frozen", &call.frozen),
        ("dead", &call.dead),
        ("accepted", &call.accepted),
    ];
    for (field, list) in conditions {
        for (n, one) in list.iter().enumerate() {
            condition(check, &spot.field(field).item(n), one);
        }
    }
}

/// A JSON pointer, or where allowed one of the other ways of taking a value from a reply.
fn pick(check: &mut Check<'_>, spot: &Spot<'_>, from: &str, others: bool) {
    let other = names::PICKS
        .iter()
        .find_map(|prefix| Some((*prefix, from.strip_prefix(prefix)?)));
    match other {
        Some(("regex:", text)) if others => {
            if expression::compile(text).is_ok_and(|regex| regex.captures_len() == 2) {
                return;
            }
            let what = "no regex with exactly one group".to_string();
            check.broken(
                spot,
                what,
                "put parentheses around the value, and only there",
            );
        }
        Some((_, name)) if others && !name.is_empty() => {}
        None if from.is_empty() || from.starts_with('/') => {}
        _ => {
            let remedy = if others {
                "a JSON pointer (/a/0/b), header:NAME, xml:NAME or regex:…"
            } else {
                "a JSON pointer (/a/0/b)"
            };
            check.broken(spot, format!("`{from}` points nowhere"), remedy);
        }
    }
}

fn condition(check: &mut Check<'_>, spot: &Spot<'_>, condition: &Condition) {
    let Condition {
        status,
        json,
        equals,
        absent,
        xml,
        header,
        text,
        not_text,
    } = condition;
    let stated = !(json.is_empty()
        && equals.is_empty()
        && xml.is_empty()
        && header.is_empty()
        && text.is_empty());
    if !stated && status.is_empty() {
        let what = "a condition that says nothing for itself".to_string();
        check.broken(spot, what, "state a status, or what the reply holds");
    }
    if !status.iter().all(|status| (100..600).contains(status)) {
        check.broken(&spot.field("status"), "no HTTP status".into(), "100 to 599");
    }
    for (field, list) in [("json", json), ("absent", absent)] {
        list.iter()
            .enumerate()
            .for_each(|(n, at)| pick(check, &spot.field(field).item(n), at, false));
    }
    equals
        .keys()
        .for_each(|at| pick(check, &spot.field("equals").field(at), at, false));
    for (name, text) in header {
        if let Err(error) = expression::compile(text) {
            let what = format!("`{text}` does not compile: {error}");
            check.broken(
                &spot.field("header").field(name),
                what,
                "write a regular expression",
            );
        }
    }
    if text.iter().chain(not_text).any(String::is_empty) {
        let what = "an empty text is in every reply".to_string();
        check.broken(&spot.field("text"), what, "state the text");
    }
}

fn effect(check: &mut Check<'_>, spot: &Spot<'_>, call: &Call, uses: &BTreeSet<Use>) {
    let spot = spot.field("effect");
    let Some(effect) = call.effect.as_deref() else {
        let what = "does not say what it leaves at the provider".to_string();
        let all = [names::CHECK_EFFECTS, names::OTHER_EFFECTS].concat();
        check.broken(
            &spot,
            what,
            &format!("`effect` is one of: {}", all.join(", ")),
        );
        return;
    };
    let harmless: Vec<&str> = [names::CHECK_EFFECTS, &["reads"]].concat();
    for used in uses {
        let (allowed, why): (&[&str], _) = match used {
            Use::Check => (names::CHECK_EFFECTS, "a check changes nothing"),
            Use::Privileges => (&harmless, "looking at rights changes nothing"),
            Use::Freeze => (&["freezes"], "it is named by `freeze`"),
            Use::Thaw => (&["thaws"], "it is named by `thaw`"),
            Use::Revoke => (&["revokes"], "it is named by `revoke`"),
            Use::Before | Use::Respond => continue,
        };
        if !allowed.contains(&effect) {
            let what = format!("`{effect}`, but {why}");
            check.broken(&spot, what, &format!("one of: {}", allowed.join(", ")));
        }
    }
    if !names::CHECK_EFFECTS.contains(&effect) {
        known(check, &spot, effect, names::OTHER_EFFECTS);
    }
}

/// Conditions and recorded replies prove both answers.
fn replies(check: &mut Check<'_>, spot: &Spot<'_>, call: &Call, uses: &BTreeSet<Use>) {
    let acts = [Use::Freeze, Use::Thaw, Use::Revoke]
        .iter()
        .any(|used| uses.contains(used));
    let checks = uses.contains(&Use::Check);
    let table = if checks {
        names::CHECK_REPLIES
    } else {
        names::OTHER_REPLIES
    };
    if checks || acts {
        for (n, reply) in call.replies.iter().enumerate() {
            known(
                check,
                &spot.field("replies").item(n).field("means"),
                &reply.means,
                table,
            );
        }
    }
    let documented = call.source.as_deref() == Some("documented");
    let recorded = |means: &str| call.replies.iter().any(|reply| reply.means == means);
    if checks {
        for (field, list) in [("live", &call.live), ("dead", &call.dead)] {
            if list.is_empty() {
                let what = format!("nothing would prove it {field}");
                check.broken(
                    &spot.field(field),
                    what,
                    "state the condition; what is not stated is unknown",
                );
            } else if !(recorded(field) || field == "live" && documented) {
                let what = format!("no recorded reply means {field}");
                check.incomplete(
                    &spot.field("replies"),
                    what,
                    "add the shape of one, without secrets",
                );
            }
        }
    }
    if acts && call.accepted.is_empty() {
        let what = "nothing says that it was accepted".to_string();
        check.broken(&spot.field("accepted"), what, "state the condition");
    }
    let needed = match (uses.contains(&Use::Freeze), uses.contains(&Use::Revoke)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    if needed.is_some() && call.reversible != needed {
        let what = "`reversible` is missing or wrong".to_string();
        check.broken(
            &spot.field("reversible"),
            what,
            "a freeze is reversible = true, a revoke false",
        );
    }
}

/// Every text of a call that is a template, with its place.
fn texts<'a>(spot: &Spot<'a>, call: &'a Call) -> Vec<(Spot<'a>, &'a str)> {
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

fn templates<'a>(
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
                let filters = crate::pattern::template::FILTERS.join(", ");
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
    let named = [&kind.verify, &kind.freeze, &kind.thaw, &kind.revoke];
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
        names.extend(call.extract.keys().map(String::as_str));
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

fn always_known(name: &str) -> bool {
    matches!(name, "secret" | "endpoint" | "now" | "uuid")
        || name.starts_with("me.")
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
