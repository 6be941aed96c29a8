//! The plan of a whole incident: every phase and step, which call to which host, as whom, what changes and how it is
//! undone, what people do; for people, and on disk, so that exactly this is carried out or nothing. Sends nothing.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Options;
use super::case::Case;
use super::rows::{Row, filled_text};
use super::words::{self, both};
use crate::api::exchange::{About, Client};
use crate::api::values::Values;
use crate::pattern::Lang;
use crate::pattern::incident::{Fix, Step, Text};
use crate::respond::{Deed, Stale};

/// A plan that is older may describe what is no longer so.
const OLDEST: i64 = 600;
/// Clocks differ by so much.
const SKEW: i64 = 60;

/// Writes the plan.
struct Writer<'a> {
    case: &'a Case<'a>,
    client: &'a Client,
    lang: Lang,
    base: Row,
    text: String,
}

/// The plan for people.
pub fn text(case: &Case<'_>, client: &Client, options: &Options, lang: Lang) -> String {
    let mut writer = Writer {
        case,
        client,
        lang,
        base: case.base(options.since, super::run::now()),
        text: String::new(),
    };
    writer.head(options);
    for phase in &case.respond.phase {
        let (name, title) = (words::phase(&phase.id), &phase.title);
        let (name_en, name_zh, en, zh) = (&name.en, &name.zh, &title.en, &title.zh);
        writer.line(&both!("\n== {name_en}: {en}", "\n== {name_zh}：{zh}"));
        for step in &phase.step {
            writer.step(step, options.skip.contains(&step.id));
        }
    }
    case.clean(&writer.text)
}

impl Writer<'_> {
    fn line(&mut self, text: &Text) {
        let _ = writeln!(self.text, "{}", text.get(self.lang));
    }

    fn head(&mut self, options: &Options) {
        let finding = self.case.finding;
        let (kind, masked, print) = (&finding.kind, finding.secret.masked(), finding.fingerprint);
        let since = super::moment::iso(options.since);
        let status = words::status(&finding.status);
        let (status_en, status_zh) = (&status.en, &status.zh);
        self.line(&both!(
            "Incident: {kind}  {masked}\n  finding    {print}\n  status     {status_en}\n  leaked     {since}",
            "安全事件：{kind}  {masked}\n  发现       {print}\n  状态       {status_zh}\n  泄露时间   {since}"
        ));
        let whom = match &self.case.responder {
            Some(one) => words::whom(&crate::respond::Whom::Responder(one.clone())),
            None => words::nobody(&self.case.names),
        };
        let (en, zh) = (&whom.en, &whom.zh);
        self.line(&both!("  as         {en}", "  身份       {zh}"));
    }

    fn step(&mut self, step: &Step, skipped: bool) {
        let title = filled_text(&step.title, &Row::new(), &self.base);
        let (id, en, zh) = (&step.id, &title.en, &title.zh);
        self.line(&both!("[{id}] {en}", "[{id}] {zh}"));
        if skipped {
            return self.line(&both!("    skipped", "    跳过"));
        }
        match step.does.as_deref() {
            Some("close") => self.close(),
            Some("prove") => self.line(&both!(
                "    asks the provider again",
                "    再次向服务商验证"
            )),
            Some(_) => self.line(&both!("    prints where it stands", "    列出其所在位置")),
            None => self.calls(step),
        }
        for (number, text) in (1..).zip(&step.hand) {
            let text = filled_text(text, &Row::new(), &self.base);
            let (en, zh) = (text.en, text.zh);
            self.line(&both!(
                "    by hand {number}. {en}",
                "    人工 {number}. {zh}"
            ));
        }
    }

    fn calls(&mut self, step: &Step) {
        let each = step.each.as_ref().map_or(Text::default(), |each| {
            both!(", for each of '{each}'", "，针对 '{each}' 中的每一项")
        });
        let of_follow = step.follow.iter().flat_map(|follow| follow.by.values());
        for name in step.call.iter().chain(of_follow) {
            let at = self.at(name);
            let (en, zh) = (&each.en, &each.zh);
            self.line(&both!("    reads {at}{en}", "    读取 {at}{zh}"));
        }
        let offered = step.suspicious.iter().filter_map(|one| one.fix.as_ref());
        let mut offered: Vec<&String> = offered.collect();
        offered.sort();
        offered.dedup();
        for fix in offered
            .into_iter()
            .filter_map(|name| self.case.respond.fix.get(name))
        {
            self.fix(
                fix,
                &both!("offers, for what is suspicious", "对可疑项提供"),
            );
        }
        if let Some(fix) = step
            .fix
            .as_ref()
            .and_then(|name| self.case.respond.fix.get(name))
        {
            let mut lead = both!("changes", "变更");
            lead.en.push_str(&each.en);
            lead.zh.push_str(&each.zh);
            self.fix(fix, &lead);
        }
    }

    fn fix(&mut self, fix: &Fix, lead: &Text) {
        let at = self.at(&fix.call);
        let call = self.case.found.provider.call.get(&fix.call);
        let undone = call.is_some_and(|call| call.reversible == Some(true));
        let (undo_en, undo_zh) = match (&fix.undo, undone) {
            (Some(undo), true) => (undo.as_str(), undo.as_str()),
            _ => ("cannot be undone", "无法撤销"),
        };
        let (lead_en, lead_zh) = (&lead.en, &lead.zh);
        self.line(&both!(
            "    {lead_en}: {at}, after a yes; undo: {undo_en}",
            "    {lead_zh}：{at}，确认后执行；撤销：{undo_zh}"
        ));
    }

    fn close(&mut self) {
        let Some(entry) = self.case.plan.entries.first() else {
            return;
        };
        let verb = words::verb(self.case.plan.verb);
        let (verb_en, verb_zh) = (&verb.en, &verb.zh);
        match &entry.deed {
            Deed::Call(order) => {
                let (name, host) = (order.name, &order.host);
                let whom = words::whom(&order.whom);
                let (en, zh) = (&whom.en, &whom.zh);
                self.line(&both!(
                    "    {verb_en}: {name} at {host}, as {en}, after a yes",
                    "    {verb_zh}：{name}，{host}，身份：{zh}，确认后执行"
                ));
            }
            Deed::ByHand(why) => {
                let why = words::by_hand(why, self.case.found.kind);
                let (en, zh) = (&why.en, &why.zh);
                self.line(&both!("    by hand: {en}", "    人工：{zh}"));
            }
            Deed::Refused(why) => {
                let why = words::refusal(why);
                let (en, zh) = (&why.en, &why.zh);
                self.line(&both!("    by hand: {en}", "    人工：{zh}"));
            }
        }
    }

    fn at(&self, name: &str) -> String {
        let call = self.case.found.provider.call.get(name);
        let method = call.map_or("", |call| &call.method);
        format!(
            "{name}: {method} {}",
            host(self.case, self.client, name, &self.base)
        )
    }
}

/// Where a call goes; a slot that a list fills stays as it is written.
fn host(case: &Case<'_>, client: &Client, name: &str, base: &Row) -> String {
    let mut values = Values::of(&case.finding.secret, &case.finding.parts);
    for (name, value) in base {
        values.set(name.clone(), crate::finding::Secret::new(value));
    }
    let about = About {
        provider: case.found.provider,
        kind: case.found.kind,
        spoil_token: false,
    };
    let written = || {
        let call = case.found.provider.call.get(name);
        let url = call.map_or("", |call| &call.url);
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default().to_owned()
    };
    client
        .destination(about, name, &values)
        .unwrap_or_else(written)
}

/// The plan as JSON; templates and hosts, no values.
pub fn save(case: &Case<'_>, client: &Client, options: &Options, now: i64) -> Value {
    let base = case.base(options.since, now);
    let steps: Vec<Value> = rows(case, client, options, &base);
    json!({
        "type": "incident-plan", "schema": 1, "made": now,
        "fingerprint": case.finding.fingerprint.to_string(), "kind": case.finding.kind,
        "since": options.since, "steps": steps,
    })
}

fn rows(case: &Case<'_>, client: &Client, options: &Options, base: &Row) -> Vec<Value> {
    let steps = case.respond.steps().map(|(phase, step)| {
        let fixes = step.suspicious.iter().filter_map(|one| one.fix.as_ref()).chain(&step.fix);
        let fixes = fixes.filter_map(|name| case.respond.fix.get(name)).map(|fix| &fix.call);
        let of_follow = step.follow.iter().flat_map(|follow| follow.by.values());
        let calls: Vec<String> = step
            .call
            .iter()
            .chain(of_follow)
            .chain(fixes)
            .map(|name| format!("{name} {}", host(case, client, name, base)))
            .collect();
        json!({
            "id": step.id, "phase": phase.id, "does": step.does, "calls": calls,
            "as": case.responder.as_ref().map(|one| &one.name), "skipped": options.skip.contains(&step.id),
        })
    });
    steps.collect()
}

/// Whether the plan made just now is the one that was saved, and that one is young enough.
pub fn compare(made: &Value, text: &str) -> Result<(), Stale> {
    let saved: Value = serde_json::from_str(text).map_err(|_| Stale::Unreadable)?;
    let at = saved["made"].as_i64().ok_or(Stale::Unreadable)?;
    if saved["type"] != "incident-plan" || saved["schema"] != 1 {
        return Err(Stale::Unreadable);
    }
    let age = made["made"].as_i64().unwrap_or_default().saturating_sub(at);
    if age > OLDEST {
        return Err(Stale::Old(age));
    }
    if age < -SKEW {
        return Err(Stale::Future);
    }
    let fields = ["fingerprint", "kind", "since", "steps"];
    match fields
        .into_iter()
        .find(|field| made[*field] != saved[*field])
    {
        Some(field) => Err(Stale::Changed(field.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_carried_out_young_and_whole_or_not_at_all() {
        let plan = |made: i64, since: i64| json!({"type": "incident-plan", "schema": 1, "made": made, "since": since});
        let saved = plan(1000, 1).to_string();
        assert_eq!(compare(&plan(1600, 1), &saved), Ok(()));
        assert_eq!(compare(&plan(1601, 1), &saved), Err(Stale::Old(601)));
        assert_eq!(compare(&plan(900, 1), &saved), Err(Stale::Future));
        assert_eq!(
            compare(&plan(1000, 2), &saved),
            Err(Stale::Changed("since".into()))
        );
        assert_eq!(compare(&plan(1000, 1), "{}"), Err(Stale::Unreadable));
    }
}
