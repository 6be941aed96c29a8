//! Plans and outcomes in words, for people. Only masked values; whoever prints makes the text harmless for a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Verb;
use super::act::Done;
use super::identity::Whom;
use super::plan::{Deed, Entry, Order, Plan};
use super::proof::Ended;
use crate::pattern::Lang;

/// More entries than this are shown as a table only, without the details of each.
const DETAILED: usize = 5;

/// The plan: a table if there are several, then the details of each, then what is done by hand.
pub fn plan_text(plan: &Plan<'_>, lang: Lang) -> String {
    let mut text = String::new();
    let many = plan.entries.len();
    if many > 1 {
        let calls = plan.orders().count();
        let _ = writeln!(
            text,
            "Plan: {} {many} credentials, {calls} by a call\n",
            plan.verb
        );
        text.push_str(&table(plan));
    }
    if many > DETAILED {
        let impact = |(entry, order): (&Entry<'_>, &Order<'_>)| {
            let impact = order.call.impact.as_ref()?;
            Some(format!("{}: {impact}", entry.finding.kind))
        };
        let all: BTreeSet<String> = plan.orders().filter_map(impact).collect();
        all.iter().for_each(|line| {
            let _ = write!(text, "\n{line}");
        });
        text.push('\n');
    }
    for entry in &plan.entries {
        match &entry.deed {
            Deed::Call(order) if many <= DETAILED => {
                heading(&mut text, plan.verb, entry);
                order_text(&mut text, plan.verb, entry, order);
            }
            Deed::ByHand(why) => {
                heading(&mut text, plan.verb, entry);
                let _ = writeln!(text, "  by hand    {why}");
                hand(&mut text, entry, lang);
            }
            Deed::Refused(why) => {
                heading(&mut text, plan.verb, entry);
                let _ = writeln!(text, "  refused    {why}");
                if matches!(why, super::Refusal::Nobody(_)) {
                    hand(&mut text, entry, lang);
                }
            }
            Deed::Call(_) => {}
        }
    }
    text
}

fn heading(text: &mut String, verb: Verb, entry: &Entry<'_>) {
    let finding = entry.finding;
    let word = verb.word();
    let _ = writeln!(
        text,
        "{}{word} {}  {}\n  finding    {}",
        if text.is_empty() { "" } else { "\n" },
        finding.kind,
        finding.secret.masked(),
        finding.fingerprint
    );
    for part in finding.parts.iter().filter(|part| part.name == "id") {
        let _ = writeln!(text, "  id         {}", part.value.masked());
    }
    let _ = writeln!(text, "  status     {}", finding.status);
}

fn order_text(text: &mut String, verb: Verb, entry: &Entry<'_>, order: &Order<'_>) {
    for (step, host) in &order.steps {
        let _ = writeln!(text, "  first      {step} at {host}");
    }
    let (name, way, host) = (order.name, order.way(), &order.host);
    let _ = match order.call.make {
        Some(_) => writeln!(text, "  make       {name}: {way} on {host}"),
        None => writeln!(text, "  call       {name}: {way} to {host}"),
    };
    for (step, host) in &order.then {
        let _ = writeln!(text, "  then       {step} at {host}");
    }
    let _ = writeln!(text, "  as         {}", order.whom.text());
    if let Some(impact) = &order.call.impact {
        let _ = writeln!(text, "  effect     {impact}");
    }
    let _ = writeln!(text, "  undo       {}", undo(verb, entry, order));
}

fn undo(verb: Verb, entry: &Entry<'_>, order: &Order<'_>) -> String {
    let id = entry.finding.fingerprint.to_string();
    let short = id.get(..12).unwrap_or(&id);
    match (verb, order.call.reversible) {
        _ if order.call.make.is_some() => "do not install the file, or take it away again".into(),
        (Verb::Thaw, _) => format!("`unleak freeze {short}`"),
        (Verb::Revoke, Some(true)) => format!("`unleak thaw --deleted {short}`"),
        (_, Some(true)) if order.found.kind.thaw.is_some() => format!("`unleak thaw {short}`"),
        (_, Some(true)) => "in the provider's console".into(),
        _ => "cannot be undone".into(),
    }
}

/// What people do when no call can.
fn hand(text: &mut String, entry: &Entry<'_>, lang: Lang) {
    let Some(found) = entry.found else { return };
    let rotate = found.rotate(lang);
    if let Some(console) = &rotate.console {
        let _ = writeln!(text, "  console    {console}");
    }
    for (number, step) in (1..).zip(&rotate.steps) {
        let _ = writeln!(text, "  {number:>2}. {step}");
    }
}

fn table(plan: &Plan<'_>) -> String {
    let head = [
        "FINDING",
        "KIND",
        "CREDENTIAL",
        "CALL",
        "HOST",
        "AS",
        "UNDO",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for entry in &plan.entries {
        let finding = entry.finding;
        let id = finding.fingerprint.to_string();
        let short = id.get(..12).unwrap_or(&id).to_owned();
        let [call, host, whom, undo] = match &entry.deed {
            Deed::Call(order) => [
                order.name.to_owned(),
                order.host.clone(),
                order.whom.word().to_owned(),
                match undo(plan.verb, entry, order).as_str() {
                    "cannot be undone" => "no".into(),
                    _ => "yes".into(),
                },
            ],
            Deed::ByHand(_) => ["by hand", "", "", ""].map(str::to_owned),
            Deed::Refused(_) => ["refused", "", "", ""].map(str::to_owned),
        };
        let (kind, masked) = (finding.kind.clone(), finding.secret.masked());
        rows.push([short, kind, masked, call, host, whom, undo]);
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("{cell:<width$}  "))
            .collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What came of the plan, one line each; below a refusal what is left to do by hand.
pub fn outcome_text(plan: &Plan<'_>, done: &[Done], lang: Lang) -> String {
    let mut text = String::new();
    for one in done {
        let Some(entry) = plan.entries.get(one.entry) else {
            continue;
        };
        let finding = entry.finding;
        let (kind, masked) = (&finding.kind, finding.secret.masked());
        let _ = writeln!(text, "{kind}  {masked}  {}", one.ended);
        let needs_hands = matches!(
            one.ended,
            Ended::Refused(_) | Ended::NotSent(_) | Ended::StillLive | Ended::Made(_)
        );
        if needs_hands {
            if let Deed::Call(order) = &entry.deed {
                rights(&mut text, order);
            }
            hand(&mut text, entry, lang);
        }
    }
    text
}

/// Which call the identity must be allowed to make.
fn rights(text: &mut String, order: &Order<'_>) {
    if order.call.make.is_some() {
        return;
    }
    let whom = match &order.whom {
        Whom::Own => "the leaked credential",
        Whom::Public => return,
        Whom::Responder(one) => &one.name,
    };
    let docs = order
        .call
        .docs
        .as_ref()
        .unwrap_or(&order.found.provider.docs);
    let _ = writeln!(
        text,
        "  right      {whom} must be allowed to make `{}`: {docs}",
        order.name
    );
}
