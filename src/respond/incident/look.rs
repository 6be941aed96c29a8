//! The steps that look: lists read row by row, elements judged, the trail followed, what is suspicious shown with what
//! undoes it. Changes nothing by itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::chain::{Asked, Event, Trail, letter};
use super::reach::Wanted;
use super::rows::{Row, command, filled_text, taken};
use super::run::{Ended, Engine, OLDEST, both_of, now};
use super::state::Thing;
use super::suspect::Measure;
use super::words::both;
use crate::pattern::incident::{Follow, Phase, Step, Test, Text};

/// Rows asked about at once.
const THREADS: usize = 8;
/// Most rows of one list that are asked about.
const MOST_ROWS: usize = 2000;

/// What a step read.
#[derive(Default)]
struct Read {
    /// Each element with its row.
    rows: Vec<(Row, Value)>,
    /// What could not be read.
    gaps: Vec<Text>,
    /// How many calls were to be made.
    asked: usize,
}

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

    /// The rows of a list that an earlier step keeps; read anew if they are old.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Row>, Text> {
        let age = self.read_at.get(name).map(|at| now() - at);
        if age.is_none_or(|age| age >= OLDEST) {
            let keeps = |step: &Step| {
                let follow = step.follow.as_ref();
                let made = follow.is_some_and(|follow| {
                    let mut lists = follow.made.values().chain(&follow.addresses);
                    lists.any(|list| list == name)
                });
                made || step.keep.as_deref() == Some(name)
            };
            let case = self.case;
            let mut steps = case.respond.steps().map(|(_, step)| step);
            let Some(step) = steps.find(|step| keeps(step)) else {
                return Err(both!("no step lists '{name}'", "没有步骤列出 '{name}'"));
            };
            let id = &step.id;
            if self.options.skip.contains(id) {
                return Err(both!(
                    "step '{id}', which lists them, was skipped",
                    "列出它们的步骤 '{id}' 已被跳过"
                ));
            }
            self.read(step)?;
        }
        Ok(self.lists.get(name).cloned().unwrap_or_default())
    }

    /// The rows that a step is about: those of its list for which its conditions hold.
    pub(super) fn rows(&mut self, step: &Step) -> Result<Vec<Row>, Text> {
        let mut rows = match &step.each {
            None => vec![Row::new()],
            Some(list) => self.list(list)?,
        };
        self.need(&step.when)?;
        let measure = self.measure();
        rows.retain(|row| measure.all(&step.when, &Value::Null, &mut row.clone()));
        Ok(rows)
    }

    fn measure(&self) -> Measure<'_> {
        Measure {
            base: &self.base,
            lists: &self.lists,
            since: self.options.since,
            now: now(),
        }
    }

    /// Reads the lists that tests compare with.
    fn need(&mut self, tests: &[Test]) -> Result<(), Text> {
        for test in tests.iter().filter(|test| test.test == "in") {
            for list in test
                .value
                .iter()
                .filter_map(|value| value.split('.').next())
            {
                self.list(list)?;
            }
        }
        Ok(())
    }

    /// Makes the calls of a step and keeps what later steps need.
    fn read(&mut self, step: &Step) -> Result<Read, Text> {
        let mut read = match (&step.follow, &step.call) {
            (Some(follow), _) => self.follow(step, follow)?,
            (None, Some(call)) => self.read_call(step, call)?,
            // Nothing is asked; the rows that an earlier step kept are looked at again.
            (None, None) => Read {
                rows: self
                    .rows(step)?
                    .into_iter()
                    .map(|row| (row, Value::Null))
                    .collect(),
                ..Read::default()
            },
        };
        self.need(&step.only)?;
        let measure = self.measure();
        read.rows
            .retain_mut(|(row, element)| measure.all(&step.only, element, row));
        if let Some(keep) = &step.keep {
            let rows = read.rows.iter().filter(|(_, element)| !element.is_null());
            let rows = rows.map(|(row, _)| row.clone()).collect();
            self.lists.insert(keep.clone(), rows);
            self.read_at.insert(keep.clone(), now());
        }
        if step.list.is_none() && step.each.is_none() && step.follow.is_none() {
            let learnt = read.rows.first().map(|(row, _)| row.clone());
            self.learn(learnt.unwrap_or_default());
        }
        Ok(read)
    }

    fn read_call(&mut self, step: &Step, call: &str) -> Result<Read, Text> {
        let mut rows = self.rows(step)?;
        let mut read = Read {
            asked: rows.len(),
            ..Read::default()
        };
        if rows.len() > MOST_ROWS {
            read.gaps.push(both!(
                "only the first {MOST_ROWS} are asked about",
                "只查询前 {MOST_ROWS} 项"
            ));
            rows.truncate(MOST_ROWS);
        }
        let (reach, base) = (&self.reach, &self.base);
        let wanted = Wanted {
            list: step.list.as_deref(),
            page: step.page.as_ref(),
            none: &step.none,
        };
        let answers = many(&rows, &|row: &Row| reach.read(call, wanted, [base, row]));
        for (row, answer) in rows.iter().zip(answers) {
            match answer {
                Err(why) => read.gaps.push(why),
                Ok(found) => {
                    // "There is none" is an answer about the row itself, unless a list was asked for.
                    if found.none && step.list.is_none() {
                        read.rows.push((row.clone(), Value::Null));
                    }
                    if found.cut {
                        read.gaps.push(both!(
                            "the list is longer than what is read",
                            "列表过长，未读完"
                        ));
                    }
                    let elements = found.elements.into_iter();
                    read.rows
                        .extend(elements.map(|one| (taken(row, &step.take, &one), one)));
                }
            }
        }
        match (read.rows.is_empty(), read.gaps.pop()) {
            (true, Some(why)) if read.gaps.len() + 1 >= read.asked.max(1) => Err(why),
            (_, last) => {
                read.gaps.extend(last);
                Ok(read)
            }
        }
    }

    /// Follows the trail from the leaked credential.
    fn follow(&mut self, step: &Step, follow: &Follow) -> Result<Read, Text> {
        let Some(start) = self.base.get(&follow.start).cloned() else {
            let name = &follow.start;
            return Err(both!("its '{name}' is not known", "未知的 '{name}'"));
        };
        let rows = self.rows(step)?;
        let asked_of = rows.len();
        let (reach, base) = (&self.reach, &self.base);
        let wanted = Wanted {
            list: step.list.as_deref(),
            page: step.page.as_ref(),
            none: &step.none,
        };
        let mut ask = |call: &str, node: &super::chain::Node| -> Result<Asked, Text> {
            let one = |row: &Row| {
                let mut row = row.clone();
                row.insert("node".into(), node.value.clone());
                reach.read(call, wanted, [base, &row])
            };
            let (mut seen, mut gaps) = (Vec::new(), Vec::new());
            let answers = many(&rows, &one);
            let asked = answers.len();
            for (row, answer) in rows.iter().zip(answers) {
                match answer {
                    Err(why) => gaps.push(why),
                    Ok(found) => {
                        if found.cut {
                            gaps.push(both!(
                                "the trail is longer than what is read",
                                "审计日志过长，未读完"
                            ));
                        }
                        let rows = found.elements.iter().map(|one| taken(row, &step.take, one));
                        seen.extend(rows);
                    }
                }
            }
            match gaps.len() >= asked && seen.is_empty() {
                true => Err(gaps.pop().unwrap_or_default()),
                false => Ok((seen, gaps)),
            }
        };
        let mut trail = Trail::follow(follow, &start, &mut ask)?;
        trail.keep(follow, &mut self.lists);
        for list in follow.made.values().chain(&follow.addresses) {
            self.read_at.insert(list.clone(), now());
        }
        let rows = trail
            .events
            .iter()
            .map(|event| (event.row.clone(), Value::Bool(true)));
        let read = Read {
            rows: rows.collect(),
            gaps: trail.gaps.clone(),
            asked: trail.nodes.len() * asked_of.max(1),
        };
        let asked_since = self
            .base
            .get("trail_since")
            .and_then(|at| at.parse::<i64>().ok());
        if let Some(at) = asked_since.filter(|at| *at > self.options.since) {
            let from = super::moment::iso(at);
            let gap = both!(
                "the provider's trail reaches back to {from} only, not to the leak",
                "服务商的审计日志只能追溯到 {from}，早于此的泄露期无法查看"
            );
            self.tell(&both_of(
                format!("    {}", gap.en),
                format!("    {}", gap.zh),
            ));
            trail.gaps.push(gap);
        }
        self.state.trail = trail;
        Ok(read)
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
            let why = both!(
                "made by {by} at {when} from {from}",
                "由 {by} 于 {when} 从 {from} 创建"
            );
            things.push((thing(what, why, true), Row::new()));
        }
        for alarm in &follow.alarms {
            for ((event, node), seen) in trail.counted(&alarm.events) {
                let name = letter(node);
                let what = both!("{event} by {name}", "{name} 调用 {event}");
                let mut why = filled_text(&alarm.say, &Row::new(), &self.base);
                let told = counted(&seen);
                why.en.push_str(&format!(": {}", told.en));
                why.zh.push_str(&format!("：{}", told.zh));
                things.push((thing(what, why, false), Row::new()));
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
        if let Some(undo) = &thing.undo {
            self.tell(&both!("       undo: {undo}", "       处置：{undo}"));
        }
        self.record(
            "found",
            json!({
                "step": thing.step, "what": thing.what.en, "why": en, "sure": thing.sure,
                "values": thing.values, "undo": thing.undo,
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

/// Does `one` for every row, several at a time; the answers in the rows' order.
fn many<T: Send>(rows: &[Row], one: &(dyn Fn(&Row) -> T + Sync)) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::with_capacity(rows.len()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(rows.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(row) = rows.get(at) else { break };
                    let answer = one(row);
                    all.lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((at, answer));
                }
            });
        }
    });
    let mut all = all
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, answer)| answer).collect()
}
