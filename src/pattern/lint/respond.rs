//! What is asked of the phases of a guided incident: their words, and that calls and lists exist.

use std::collections::BTreeSet;

use super::{Check, Spot, known};
use crate::pattern::names;
use crate::pattern::schema::{Provider, Suspicion};

/// Every rule about the phases.
pub(super) fn phases(check: &mut Check<'_>, provider: &Provider) {
    let mut kept = BTreeSet::new();
    for (n, phase) in provider.respond.iter().enumerate() {
        let spot = Spot::new(&phase.title).field("respond").item(n);
        known(check, &spot.field("phase"), &phase.phase, names::PHASES);
        match &phase.call {
            Some(call) if !provider.call.contains_key(call) => {
                let what = format!("there is no call `{call}`");
                check.broken(
                    &spot.field("call"),
                    what,
                    "add the [call.NAME] table or correct the name",
                );
            }
            None if phase.steps.is_empty() => {
                check.broken(
                    &spot,
                    "nothing is done".into(),
                    "name a `call`, or say `steps` done by hand",
                );
            }
            _ => {}
        }
        if let Some(each) = &phase.each
            && !kept.contains(each.as_str())
        {
            let what = format!("no earlier phase keeps `{each}`");
            check.broken(
                &spot.field("each"),
                what,
                "add `keep` to the phase that lists them",
            );
        }
        kept.extend(phase.keep.as_deref());
        for (n, suspicion) in phase.suspicious.iter().enumerate() {
            suspicious(check, &spot.field("suspicious").item(n), suspicion);
        }
    }
}

fn suspicious(check: &mut Check<'_>, spot: &Spot<'_>, suspicion: &Suspicion) {
    known(
        check,
        &spot.field("test"),
        &suspicion.test,
        names::SUSPICIONS,
    );
    let alone = matches!(
        suspicion.test.as_str(),
        "absent" | "since-leak" | "not-allowed"
    );
    if alone != suspicion.value.is_empty() {
        let what = format!("`{}` and `value` do not fit", suspicion.test);
        check.broken(
            &spot.field("value"),
            what,
            "absent, since-leak and not-allowed take none, the others do",
        );
    }
    if !suspicion.field.is_empty() && !suspicion.field.starts_with('/') {
        let what = format!("`{}` is no JSON pointer", suspicion.field);
        check.broken(&spot.field("field"), what, "write /a/b, inside the element");
    }
}
