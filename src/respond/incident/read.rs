//! What the looking steps read: lists asked for row by row, kept for later steps, and the trail followed from the leaked
//! credential. Judges nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::chain::{Asked, Trail};
use super::reach::Wanted;
use super::rows::{Row, taken};
use super::run::{Engine, OLDEST, both_of, now};
use super::suspect::Measure;
use super::words::both;
use crate::pattern::incident::{Follow, Step, Test, Text};

/// Rows asked about at once.
const THREADS: usize = 8;
/// Most rows of one list that are asked about.
const MOST_ROWS: usize = 2000;

/// What a step read.
#[derive(Default)]
pub(super) struct Read {
    /// Each element with its row.
    pub(super) rows: Vec<(Row, Value)>,
    /// What could not be read.
    pub(super) gaps: Vec<Text>,
    /// How many calls were to be made.
    pub(super) asked: usize,
}

impl Engine<'_> {
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

    pub(super) fn measure(&self) -> Measure<'_> {
        Measure {
            base: &self.base,
            lists: &self.lists,
            allow: &self.options.allow,
            since: self.options.since,
            now: now(),
        }
    }

    /// Reads the lists that tests compare with.
    pub(super) fn need(&mut self, tests: &[Test]) -> Result<(), Text> {
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
    pub(super) fn read(&mut self, step: &Step) -> Result<Read, Text> {
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
