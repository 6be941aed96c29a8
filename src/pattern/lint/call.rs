//! What is asked of the calls of a provider: a check changes nothing and can prove both answers,
//! a freeze or revoke says what it does, and every template can be filled in.

use std::collections::BTreeSet;

use super::{Check, Spot, address, filled, known, reply};
use crate::pattern::names;
use crate::pattern::schema::{Call, Provider};
use crate::pattern::template::Template;

/// What a call is used for; a call may be used for several things.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
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
        reply::taken(check, &spot, call);
        effect(check, &spot, call, &uses);
        reply::proven(check, &spot, call, &uses);
        filled::templates(check, &spot, provider, name, call);
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
            (named(&kind.thaw) || named(&kind.restore), Use::Thaw),
            (named(&kind.revoke), Use::Revoke),
        ];
        uses.extend(
            each.into_iter()
                .filter_map(|(used, what)| used.then_some(what)),
        );
    }
    if provider.call.values().any(|call| {
        call.after
            .iter()
            .chain(&call.then)
            .chain(&call.proof)
            .any(|other| other == name)
    }) {
        uses.insert(Use::Before);
    }
    let mut respond = provider.respond.iter().flat_map(|respond| respond.calls());
    if respond.any(|call| call == name) {
        uses.insert(Use::Respond);
    }
    uses
}

/// Method, address, signer, steps before it, and what is taken from replies.
fn shape(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, call: &Call) {
    match (&call.protocol, &call.make) {
        (Some(protocol), _) => spoken(check, spot, call, protocol),
        (None, Some(make)) => known(check, &spot.field("make"), make, names::MAKES),
        (None, None) => {
            known(check, &spot.field("method"), &call.method, names::METHODS);
            address(check, &spot.field("url"), &call.url);
        }
    }
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
    let proof: Vec<String> = call.proof.iter().cloned().collect();
    for (field, names) in [
        ("after", &call.after),
        ("then", &call.then),
        ("proof", &proof),
    ] {
        for (n, other) in names.iter().enumerate() {
            if !provider.call.contains_key(other) {
                let what = format!("there is no call `{other}`");
                let spot = spot.field(field).item(n);
                check.broken(&spot, what, "add it or correct the name");
            }
        }
    }
    if let Some(source) = &call.source {
        known(check, &spot.field("source"), source, names::SOURCES);
    }
    if let Some(docs) = &call.docs {
        address(check, &spot.field("docs"), docs);
    }
}

/// A call that is no HTTP: a known protocol, something to say, and slots that can be filled in safely.
fn spoken(check: &mut Check<'_>, spot: &Spot<'_>, call: &Call, protocol: &str) {
    known(check, &spot.field("protocol"), protocol, names::SPOKEN);
    if !call.url.is_empty() || !call.method.is_empty() || call.statements.is_empty() {
        let what = "a call over a protocol has `statements`, no `url` and no `method`".to_string();
        check.broken(spot, what, "say what is to be said there");
    }
    for (n, one) in call.statements.iter().enumerate() {
        let spot = spot.field("statements").item(n);
        for text in one.each.iter().chain([&one.say]) {
            // Where commands are words a blank ends a word, so none may stand within a slot.
            let words: Vec<&str> = match protocol {
                "redis" | "ldap" | "kadmin" => text.split_ascii_whitespace().collect(),
                _ => vec![text],
            };
            let fits = |name: &str| name == "user" || name.starts_with("row.");
            let sound = words.iter().all(|word| {
                Template::parse(word).is_ok_and(|one| one.slots().all(|slot| fits(&slot.name)))
            });
            if !sound || text.contains(['|', '\\']) {
                let what = "only {{user}} and {{row.N}} stand here, without filters".to_string();
                check.broken(
                    &spot,
                    what,
                    "in SQL inside quotes; a backslash is not written",
                );
            }
        }
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
