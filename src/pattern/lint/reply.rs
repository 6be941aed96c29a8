//! What is asked of the conditions and recorded replies of a call: both answers can be proved, and
//! every way into a reply leads somewhere.

use std::collections::BTreeSet;

use super::call::Use;
use super::{Check, Spot, expression, known};
use crate::pattern::names;
use crate::pattern::schema::{Call, Condition};

/// Every rule about what is looked at in the replies of a call.
pub(super) fn taken(check: &mut Check<'_>, spot: &Spot<'_>, call: &Call) {
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
    let conditions = [
        ("live", &call.live),
        ("frozen", &call.frozen),
        ("dead", &call.dead),
        ("accepted", &call.accepted),
    ];
    for (field, list) in conditions {
        for (n, one) in list.iter().enumerate() {
            condition(check, &spot.field(field).item(n), one);
            if field == "dead" {
                not_a_firewall(check, &spot.field(field).item(n), one);
            }
        }
    }
}

/// Words that whatever stands before a provider says too.
const ANYBODYS: &[&str] = &[
    "access denied",
    "denied",
    "error",
    "forbidden",
    "invalid",
    "not authorized",
    "permission",
    "permission denied",
    "unauthorized",
];

/// A 403 is a firewall's answer as well; to prove a death it must say more than a firewall would.
fn not_a_firewall(check: &mut Check<'_>, spot: &Spot<'_>, condition: &Condition) {
    let placed = !(condition.json.is_empty()
        && condition.equals.is_empty()
        && condition.xml.is_empty()
        && condition.header.is_empty());
    let anybodys = |text: &String| ANYBODYS.contains(&text.to_lowercase().as_str());
    // Without any text the status alone would be the proof.
    let weak = condition.text.is_empty() || condition.text.iter().any(anybodys);
    if condition.status.contains(&403) && !placed && weak {
        let what = "a firewall's 403 says this as well".to_string();
        let remedy = "state words that only this API uses, or the field they stand in";
        check.broken(&spot.field("text"), what, remedy);
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
        Some(("claim:", rest)) if others && is_claim(rest) => {}
        Some((prefix, name)) if others && prefix != "claim:" && !name.is_empty() => {}
        None if from.is_empty() || from.starts_with('/') => {}
        _ => {
            let remedy = if others {
                "a JSON pointer (/a/0/b), header:NAME, xml:NAME, claim:/token NAME or regex:…"
            } else {
                "a JSON pointer (/a/0/b)"
            };
            check.broken(spot, format!("`{from}` points nowhere"), remedy);
        }
    }
}

/// Where the token stands, and the name of the claim.
fn is_claim(text: &str) -> bool {
    let parts = text.split_once(' ');
    parts.is_some_and(|(at, name)| at.starts_with('/') && !name.is_empty() && !name.contains(' '))
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

/// Conditions and recorded replies prove both answers.
pub(super) fn proven(check: &mut Check<'_>, spot: &Spot<'_>, call: &Call, uses: &BTreeSet<Use>) {
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
    let stated = call.reversible;
    let wrong = uses.contains(&Use::Freeze) && stated != Some(true)
        || uses.contains(&Use::Revoke) && stated.is_none();
    if wrong {
        let what = "`reversible` is missing or wrong".to_string();
        check.broken(
            &spot.field("reversible"),
            what,
            "a freeze is reversible = true, a revoke false (or true with `restore`)",
        );
    }
}
