//! The steps that change something, and the undoing of what was found: shown first, done after a yes, proven by looking
//! again. What is the responder's own is left alone.

use serde_json::{Value, json};

use super::reach::Wanted;
use super::rows::{Row, command, filled_text};
use super::run::{Ended, Engine, both_of, now};
use super::suspect::Measure;
use super::words::both;
use crate::pattern::incident::{Fix, Proof, Step, Text};

/// Waits between the looks for a proof; eventually consistent providers need some.
const LOOKS: [u64; 5] = [0, 1, 2, 4, 8];

impl Engine<'_> {
    /// A planned change, for each row.
    pub(super) fn change(&mut self, step: &Step) -> Ended {
        let name = step.fix.as_deref().unwrap_or_default();
        let Some(fix) = self.case.respond.fix.get(name) else {
            return (
                "failed",
                both!("there is no fix '{name}'", "没有修复 '{name}'"),
            );
        };
        let rows = match self.rows(step) {
            Ok(rows) => rows,
            Err(why) => return ("failed", why),
        };
        let (mine, rows): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| self.is_mine(row));
        for row in &mine {
            let title = filled_text(&fix.title, row, &self.base);
            let (en, zh) = (&title.en, &title.zh);
            self.tell(&both!(
                "    left alone, it is your own identity in use: {en}",
                "    保留，这是您正在使用的身份：{zh}"
            ));
        }
        if rows.is_empty() {
            return ("done", both!("nothing to do", "无需操作"));
        }
        for row in &rows {
            self.announce(fix, row);
        }
        let basis = step.each.as_ref().and_then(|list| self.read_at.get(list));
        let basis = basis.copied().unwrap_or(self.made);
        let count = rows.len();
        let question = both!(
            "    Do this ({count})? (yes / no / stop)",
            "    执行以上 {count} 项？（yes / no / stop）"
        );
        if let Err(ended) = self.consent(&question, self.reversible(fix), true, basis) {
            return ended;
        }
        let (mut good, mut last) = (0, Text::default());
        for row in &rows {
            if self.is_stopped() {
                break;
            }
            let done = self.apply(fix, row);
            self.told(fix, row, &done);
            match done {
                Ok(_) => good += 1,
                Err(why) => last = why,
            }
        }
        let word = match good {
            0 => "failed",
            _ if good < count => "partly",
            _ => "done",
        };
        let (en, zh) = (&last.en, &last.zh);
        match good == count {
            true => (
                word,
                both!("{good} of {count}", "{count} 项中完成 {good} 项"),
            ),
            false => (
                word,
                both!(
                    "{good} of {count}; {en}",
                    "{count} 项中完成 {good} 项；{zh}"
                ),
            ),
        }
    }

    /// Undoes what was found, after a yes.
    pub(super) fn undo(&mut self, at: usize, name: &str, row: &Row, sure: bool) {
        let Some(fix) = self.case.respond.fix.get(name) else {
            return;
        };
        if self.is_mine(row) {
            let why = both!(
                "left alone: it is your own identity in use",
                "保留：这是您正在使用的身份"
            );
            self.state.things[at].ended = Some(why);
            return;
        }
        self.announce(fix, row);
        let question = both!(
            "    Do this? (yes / no / stop)",
            "    执行？（yes / no / stop）"
        );
        let reversible = self.reversible(fix);
        let done = match self.consent(&question, reversible, sure, now()) {
            Ok(()) => self.apply(fix, row),
            Err((_, why)) => {
                let why = both_of(format!("left: {}", why.en), format!("未处置：{}", why.zh));
                self.tell(&both_of(
                    format!("       {}", why.en),
                    format!("       {}", why.zh),
                ));
                self.state.things[at].ended = Some(why);
                return self.keep();
            }
        };
        self.told(fix, row, &done);
        let thing = &mut self.state.things[at];
        thing.closed = done.is_ok();
        thing.ended = Some(match done {
            Ok(said) | Err(said) => said,
        });
        self.keep();
    }

    fn reversible(&self, fix: &Fix) -> bool {
        let call = self.case.found.provider.call.get(&fix.call);
        call.is_some_and(|call| call.reversible == Some(true))
    }

    fn announce(&self, fix: &Fix, row: &Row) {
        let title = filled_text(&fix.title, row, &self.base);
        let host = self
            .reach
            .host(&fix.call, [&self.base, row])
            .unwrap_or_default();
        let undo = fix.undo.as_ref().map(|undo| command(undo, row, &self.base));
        let (en, zh, call) = (&title.en, &title.zh, &fix.call);
        let (undo_en, undo_zh) = match &undo {
            Some(undo) => (undo.as_str(), undo.as_str()),
            None => ("cannot be undone", "无法撤销"),
        };
        self.tell(&both!(
            "    > {en} ({call} at {host}); undo: {undo_en}",
            "    > {zh}（{call}，{host}）；撤销：{undo_zh}"
        ));
    }

    fn told(&mut self, fix: &Fix, row: &Row, done: &Result<Text, Text>) {
        let title = filled_text(&fix.title, row, &self.base);
        let (Ok(said) | Err(said)) = done;
        let (en, zh) = (&said.en, &said.zh);
        self.tell(&both!("      {en}", "      {zh}"));
        if done.is_ok() {
            let (title_en, title_zh) = (&title.en, &title.zh);
            let what = both!("{title_en}: {en}", "{title_zh}：{zh}");
            let what = self.case.clean_text(&what);
            self.moment("changed", what);
        }
        let about =
            json!({ "fix": fix.call, "what": title.en, "good": done.is_ok(), "said": said.en });
        if let Err(why) = self.record("outcome", about) {
            self.tell(&why);
            self.stopped = true;
        }
    }

    /// Makes the change and looks whether it is so.
    fn apply(&mut self, fix: &Fix, row: &Row) -> Result<Text, Text> {
        self.reach.change(&fix.call, [&self.base, row])?;
        let Some(proof) = &fix.proof else {
            return Ok(both!("accepted by the provider", "服务商已受理"));
        };
        let mut why = Text::default();
        for seconds in LOOKS {
            self.reach.wait(seconds);
            match self.is_proven(proof, row) {
                Ok(true) => return Ok(both!("done, seen by looking again", "已完成，复查属实")),
                Ok(false) => why = both!("it does not show yet", "复查时尚未生效"),
                Err(said) => why = said,
            }
            if self.is_stopped() {
                break;
            }
        }
        let (en, zh) = (&why.en, &why.zh);
        Err(both!(
            "accepted, but not proven: {en}",
            "已受理，但未证实：{zh}"
        ))
    }

    fn is_proven(&self, proof: &Proof, row: &Row) -> Result<bool, Text> {
        // Read to its end as the step that lists them reads it: what stands on a later page is not gone.
        let mut steps = self.case.respond.steps().map(|(_, step)| step);
        let lists = |step: &&Step| step.call.as_ref() == Some(&proof.call);
        let wanted = Wanted {
            list: proof.list.as_deref(),
            page: steps.find(lists).and_then(|step| step.page.as_ref()),
            ..Wanted::default()
        };
        let found = self.reach.read(&proof.call, wanted, [&self.base, row])?;
        if found.cut && proof.gone {
            return Err(both!(
                "the list is longer than what is read",
                "列表过长，未读完"
            ));
        }
        let measure = Measure {
            base: &self.base,
            lists: &self.lists,
            allow: &self.options.allow,
            since: self.options.since,
            now: now(),
        };
        let mut elements = found.elements.iter();
        let shows = elements.any(|one: &Value| measure.all(&proof.all, one, &mut row.clone()));
        Ok(shows != proof.gone)
    }

    /// The row is about the responder himself.
    fn is_mine(&self, row: &Row) -> bool {
        if self.options.including_mine {
            return false;
        }
        let own = self
            .case
            .responder
            .iter()
            .filter_map(|one| one.values.get("id"));
        let mut own = own.filter_map(|id| id.reveal_str());
        // `arn:…:user/NAME`, `acs:ram::…:user/NAME`, or the name itself.
        let me = self.base.get("my_arn").map_or("", String::as_str);
        let named = row.get("user_name").filter(|name| !name.is_empty());
        let named = named.is_some_and(|name| me.rsplit(['/', ':']).next() == Some(name));
        named || own.any(|id| row.values().any(|value| value == id))
    }
}
