//! The steps that look: what `read` brought is judged, what is suspicious shown with what undoes it. Changes nothing by
//! itself.

use serde_json::json;

use super::chain::{Event, letter};
use super::read::Read;
use super::rows::{Row, command, filled_text, remarked};
use super::run::{Ended, Engine, both_of};
use super::state::Thing;
use super::words::both;
use crate::pattern::incident::{Follow, Phase, Step, Text};

impl Engine<'_> {
    /// Reads, judges, shows, and offers what undoes it.
    pub(super) fn look(&mut self, phase: &Phase, step: &Step) -> Ended {
        let read = match self.read(step) {
            Ok(read) => read,
            Err(why) => return ("failed", why),
        };
        if let Some(print) = &step.print {
            for (row, _) in &read.rows {
                let text = filled_text(print, row, &self.base);
                self.tell(&both_of(
                    format!("    {}", text.en),
                    format!("    {}", text.zh),
                ));
            }
        }
        let mut things = match self.judged(phase, step, &read) {
            Ok(things) => things,
            Err(why) => return ("failed", why),
        };
        if let Some(follow) = &step.follow {
            things.extend(self.of_trail(phase, step, follow));
        }
        let (seen, suspicious) = (read.rows.len(), things.len());
        for (thing, row) in things {
            if let Err(why) = self.show(thing, &row) {
                return ("failed", why);
            }
            if self.is_stopped() {
                break;
            }
        }
        let (gaps, asked) = (read.gaps.len(), read.asked);
        let mut note = match suspicious {
            0 => both!("{seen} looked at", "查看 {seen} 项"),
            _ => both!(
                "{suspicious} suspicious of {seen} looked at",
                "查看 {seen} 项，{suspicious} 项可疑"
            ),
        };
        let word = match (suspicious, gaps) {
            (0, 0) => "clean",
            (_, 0) => "found",
            _ => "partly",
        };
        if let Some(first) = read.gaps.first() {
            let (en, zh) = (&first.en, &first.zh);
            let more = both!(
                "; {gaps} of {asked} could not be read whole: {en}",
                "；{asked} 项中有 {gaps} 项未能完整读取：{zh}"
            );
            note.en.push_str(&more.en);
            note.zh.push_str(&more.zh);
        }
        (word, note)
    }

    /// The suspicious ones among what was read.
    fn judged(
        &mut self,
        phase: &Phase,
        step: &Step,
        read: &Read,
    ) -> Result<Vec<(Thing, Row)>, Text> {
        for suspicion in &step.suspicious {
            self.need(&suspicion.all)?;
        }
        let measure = self.measure();
        let mut things = Vec::new();
        for (row, element) in &read.rows {
            let known = step.known.as_ref().and_then(|name| row.get(name));
            let known = known.is_some_and(|value| self.options.allow.contains(value));
            let mut thing = Thing {
                step: step.id.clone(),
                phase: phase.id.clone(),
                ..Thing::default()
            };
            let mut seen = row.clone();
            for suspicion in step.suspicious.iter().filter(|one| !known || one.sure) {
                let mut row = row.clone();
                if measure.all(&suspicion.all, element, &mut row) {
                    thing
                        .why
                        .push(filled_text(&suspicion.say, &row, &self.base));
                    let undo = suspicion
                        .undo
                        .as_ref()
                        .map(|undo| command(undo, &row, &self.base));
                    thing.undo = thing.undo.or(undo);
                    thing.fix = thing.fix.or_else(|| suspicion.fix.clone());
                    thing.sure |= suspicion.sure;
                    seen.extend(row);
                }
            }
            if let (false, Some(name)) = (thing.why.is_empty(), &step.thing) {
                thing.what = filled_text(name, &seen, &self.base);
                let told = |(name, _): &(&String, &String)| {
                    step.take.contains_key(*name) || *name == "matched"
                };
                let told = seen.iter().filter(told);
                thing.values = told
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                things.push((thing, seen));
            }
        }
        Ok(things)
    }

    /// What the trail itself says: whom it made, and what is dangerous to see.
    fn of_trail(&self, phase: &Phase, step: &Step, follow: &Follow) -> Vec<(Thing, Row)> {
        let trail = &self.state.trail;
        let mut things = Vec::new();
        let thing = |what, why, sure| Thing {
            step: step.id.clone(),
            phase: phase.id.clone(),
            what,
            why: vec![why],
            sure,
            ..Thing::default()
        };
        for (at, node) in trail.nodes.iter().enumerate().skip(1) {
            let is_made = follow.made.contains_key(&node.sort);
            if !is_made || self.options.allow.contains(&node.value) {
                continue;
            }
            let (name, sort, value) = (letter(at), &node.sort, &node.value);
            let (by, when, from) = (letter(node.by.unwrap_or(0)), &node.at, &node.address);
            let what = both!("{name}: {sort} {value}", "{name}：{sort} {value}");
            let certain = trail.is_certain(follow, at);
            let why = match certain {
                true => both!(
                    "made by {by} at {when} from {from}",
                    "由 {by} 于 {when} 从 {from} 创建"
                ),
                false => both!(
                    "made at {when} from {from}, an address of the thief's; somebody else may be behind it too",
                    "于 {when} 从攻击者使用过的地址 {from} 创建；该地址也可能有其他人使用"
                ),
            };
            let row = Row::from([("node".into(), node.value.clone())]);
            let undo = follow.undo.get(&node.sort);
            let undo = undo.map(|undo| command(undo, &row, &self.base));
            let mut thing = thing(what, why, certain);
            thing.undo = undo;
            things.push((thing, Row::new()));
        }
        for alarm in &follow.alarms {
            for ((event, node), seen) in trail.counted(&alarm.events) {
                let name = letter(node);
                let what = both!("{event} by {name}", "{name} 调用 {event}");
                let mut why = filled_text(&alarm.say, &Row::new(), &self.base);
                let told = counted(&seen);
                why.en.push_str(&format!(": {}", told.en));
                why.zh.push_str(&format!("：{}", told.zh));
                let who = trail.nodes.get(node).map(|node| node.value.clone());
                let row = Row::from([
                    ("event".into(), event),
                    ("node".into(), who.unwrap_or_default()),
                ]);
                let mut thing = thing(what, why, false);
                thing.undo = Some(command(&alarm.undo, &row, &self.base));
                things.push((thing, Row::new()));
            }
        }
        things
    }

    /// Shows a thing, keeps it, and undoes it if that is wanted.
    fn show(&mut self, mut thing: Thing, row: &Row) -> Result<(), Text> {
        thing.what = self.case.clean_text(&thing.what);
        let join = |lang: fn(&Text) -> &String| {
            let all: Vec<&str> = thing.why.iter().map(|why| lang(why).as_str()).collect();
            all.join("; ")
        };
        let (en, zh) = (join(|why| &why.en), join(|why| &why.zh));
        let mark = if thing.sure { "!!" } else { "!" };
        let (what_en, what_zh) = (&thing.what.en, &thing.what.zh);
        self.tell(&both!(
            "    {mark} {what_en}: {en}",
            "    {mark} {what_zh}：{zh}"
        ));
        if let Some(undo) = thing.undo.as_deref().map(remarked) {
            let (en, zh) = (&undo.en, &undo.zh);
            self.tell(&both!("       undo: {en}", "       处置：{zh}"));
        }
        self.record(
            "found",
            json!({
                "step": thing.step, "what": thing.what.en, "why": en, "sure": thing.sure,
                "values": thing.values, "undo": thing.undo.as_deref().map(|undo| remarked(undo).en),
            }),
        )?;
        let fix = thing.fix.clone();
        let sure = thing.sure;
        let at = self.state.add(thing);
        if let Some(fix) = fix
            && !self.state.things[at].closed
        {
            self.undo(at, &fix, row, sure);
        }
        Ok(())
    }
}

/// How often, when, from where, and how many of them the provider refused.
fn counted(seen: &[&Event]) -> Text {
    let count = seen.len();
    let refused = seen.iter().filter(|event| event.failed()).count();
    let first = seen
        .iter()
        .map(|event| event.at.as_str())
        .min()
        .unwrap_or_default();
    let last = seen
        .iter()
        .map(|event| event.at.as_str())
        .max()
        .unwrap_or_default();
    let mut from: Vec<&str> = seen
        .iter()
        .filter_map(|event| event.row.get("address"))
        .map(String::as_str)
        .collect();
    from.sort_unstable();
    from.dedup();
    from.truncate(5);
    let from = from.join(" ");
    both!(
        "{count}, of which {refused} were refused; {first} to {last}; from {from}",
        "{count} 次，其中 {refused} 次被拒绝；{first} 至 {last}；来自 {from}"
    )
}
