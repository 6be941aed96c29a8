//! The steps about the leaked credential itself: closed with the engine of `unleak freeze` and `revoke`, proven dead at
//! the end, and where it stands in the code.

use std::sync::Mutex;

use super::run::{Ended, Engine, both_of};
use super::words::{self, both};
use crate::finding::{Finding, Status};
use crate::pattern::incident::Text;
use crate::respond::look::status as status_of;
use crate::respond::{Deed, Doing, Order, Verb, carry_out};

/// Most places that are printed.
const PLACES: usize = 30;

impl Engine<'_> {
    /// Freezes it, or revokes it where no freeze exists.
    pub(super) fn close(&mut self) -> Ended {
        let plan = &self.case.plan;
        let Some(entry) = plan.entries.first() else {
            return ("failed", Text::default());
        };
        let order = match &entry.deed {
            Deed::Call(order) => order,
            Deed::ByHand(why) => {
                return self.close_by_hand(&words::by_hand(why, self.case.found.kind));
            }
            Deed::Refused(why) => return self.close_by_hand(&words::refusal(why)),
        };
        let reversible = plan.verb == Verb::Freeze;
        self.tell(&told(plan.verb, order, &self.case.short()));
        let question = match plan.verb {
            Verb::Revoke => both!(
                "    Revoke it? (yes / no / stop)",
                "    现在吊销？（yes / no / stop）"
            ),
            _ => both!(
                "    Freeze it? (yes / no / stop)",
                "    现在冻结？（yes / no / stop）"
            ),
        };
        if let Err(ended) = self.consent(&question, reversible, true, self.made) {
            return ended;
        }
        let learnt = Mutex::new(std::collections::BTreeMap::new());
        let look = self.hands.look;
        let ask = |finding: &Finding| {
            let (status, identity) = look(finding);
            if !identity.is_empty() {
                learnt
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .extend(identity);
            }
            status
        };
        let owner = |finding: &Finding| {
            let (_, identity) = look(finding);
            let telling = ["arn", "user_id", "user", "email", "id"];
            telling.iter().find_map(|name| identity.get(*name).cloned())
        };
        let doing = Doing {
            client: self.hands.client,
            ask: &ask,
            owner: &owner,
            including_mine: self.options.including_mine,
            patience: self.options.patience,
            threads: 1,
            stop: self.hands.stop,
            evidence: self.hands.evidence,
        };
        let done = carry_out(plan, &doing);
        let learnt = learnt
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        self.learn(learnt);
        let Some(done) = done.into_iter().next() else {
            return ("failed", Text::default());
        };
        let text = words::ended(&done.ended);
        if done.ended.is_done() {
            let (en, zh) = (&text.en, &text.zh);
            self.moment(
                "closed",
                both!("the leaked credential: {en}", "泄露的凭证：{zh}"),
            );
            return ("done", text);
        }
        self.console();
        ("failed", text)
    }

    /// Values that all later steps, and a later run, have.
    pub(super) fn learn(&mut self, values: std::collections::BTreeMap<String, String>) {
        self.state.known.extend(values.clone());
        self.base.extend(values);
    }

    /// No call closes it: people do.
    fn close_by_hand(&mut self, why: &Text) -> Ended {
        self.console();
        ("by-hand", why.clone())
    }

    fn console(&self) {
        let [en, zh] = [crate::pattern::Lang::En, crate::pattern::Lang::Zh].map(|lang| {
            let rotate = self.case.found.rotate(lang);
            let mut lines: Vec<String> = rotate
                .console
                .into_iter()
                .map(|page| format!("    {page}"))
                .collect();
            lines.extend(
                (1..)
                    .zip(&rotate.steps)
                    .map(|(n, step)| format!("    {n}. {step}")),
            );
            lines.join("\n")
        });
        self.tell(&both_of(en, zh));
    }

    /// Asks it once more.
    pub(super) fn prove(&mut self) -> Ended {
        let ask = |finding: &Finding| (self.hands.look)(finding).0;
        let deed = self.case.plan.entries.first().map(|entry| &entry.deed);
        let status = match deed {
            Some(Deed::Call(order)) => status_of(self.hands.client, &ask, self.case.finding, order),
            _ => ask(self.case.finding),
        };
        let word = status.word();
        let about = serde_json::json!({ "status": word, "why": status.why() });
        if let Err(why) = self.record("proof", about) {
            return ("failed", why);
        }
        let said = words::status(&status);
        let (en, zh) = (&said.en, &said.zh);
        match status {
            Status::Dead | Status::Frozen => {
                self.moment(
                    "proven",
                    both!(
                        "asked again, the leaked credential is {en}",
                        "再次验证，泄露的凭证{zh}"
                    ),
                );
                ("done", both!("the provider says: {en}", "服务商答复：{zh}"))
            }
            _ => ("failed", both!("it is not proven: {en}", "未能证实：{zh}")),
        }
    }

    /// Where the old value stands.
    pub(super) fn places(&mut self) -> Ended {
        let (shown, more) = self.case.places(PLACES);
        let count = shown.len() + more;
        for place in &shown {
            self.tell(&both!("    {place}", "    {place}"));
        }
        ("done", both!("{count} places", "共 {count} 处"))
    }
}

/// The call that closes it, for people.
fn told(verb: Verb, order: &Order<'_>, short: &str) -> Text {
    let (name, method, host) = (order.name, &order.call.method, &order.host);
    let whom = words::whom(&order.whom);
    let said = words::verb(verb);
    let (verb_en, verb_zh) = (&said.en, &said.zh);
    let undo = match verb {
        Verb::Freeze if order.found.kind.thaw.is_some() => format!("`unleak thaw {short}`"),
        _ => String::new(),
    };
    let (whom_en, whom_zh) = (&whom.en, &whom.zh);
    let (undo_en, undo_zh) = match undo.is_empty() {
        true => ("cannot be undone".to_owned(), "无法撤销".to_owned()),
        false => (undo.clone(), undo),
    };
    both!(
        "    {verb_en}: {name}, {method} to {host}, as {whom_en}; undo: {undo_en}",
        "    {verb_zh}：{name}，{method} 至 {host}，身份：{whom_zh}；撤销：{undo_zh}"
    )
}
