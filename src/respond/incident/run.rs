//! Engine: goes through the phases, step by step; what a step does is in files of their own. Keeps the state after each.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::case::Case;
use super::reach::Reach;
use super::rows::{Lists, Row, filled_text};
use super::state::{Ending, Moment, State};
use super::words::{self, both};
use super::{Answer, Hands, Options};
use crate::pattern::incident::{Phase, Step, Text};

/// What is older than this may no longer be so.
pub(super) const OLDEST: i64 = 600;

/// One run of an incident.
pub struct Engine<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) options: &'a Options,
    pub(super) hands: &'a Hands<'a>,
    pub(super) reach: Reach<'a>,
    pub(super) state: State,
    /// Values known everywhere.
    pub(super) base: Row,
    pub(super) lists: Lists,
    /// When each list was read.
    pub(super) read_at: BTreeMap<String, i64>,
    /// When this run began, which is when its plan was made.
    pub(super) made: i64,
    /// The person wants an end.
    pub(super) stopped: bool,
}

/// How a step ended: a word, and what is said about it.
pub(super) type Ended = (&'static str, Text);

pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl<'a> Engine<'a> {
    /// Nothing is sent yet.
    pub fn new(
        case: &'a Case<'a>,
        options: &'a Options,
        hands: &'a Hands<'a>,
        state: State,
    ) -> Engine<'a> {
        let made = now();
        let mut base = case.base(options.since, made);
        base.extend(state.known.clone());
        Engine {
            case,
            options,
            hands,
            reach: Reach {
                client: hands.client,
                finding: case.finding,
                found: case.found,
                responder: case.responder.as_ref(),
                names: case.names.clone(),
                evidence: hands.evidence,
                stop: hands.stop,
            },
            state,
            base,
            lists: Lists::new(),
            read_at: BTreeMap::new(),
            made,
            stopped: false,
        }
    }

    /// Goes through all steps; the state at the end.
    pub fn run(mut self) -> State {
        let case = self.case;
        for phase in &case.respond.phase {
            let name = words::phase(&phase.id);
            let title = &phase.title;
            self.tell(&Text {
                en: format!("\n== {}: {}", name.en, title.en),
                zh: format!("\n== {}：{}", name.zh, title.zh),
            });
            for step in &phase.step {
                if self.is_stopped() {
                    return self.state;
                }
                self.one(phase, step);
            }
        }
        self.sum_up();
        self.state
    }

    /// What was found and what is left, in one line.
    fn sum_up(&self) {
        let found = self.state.things.len();
        let undone = self
            .state
            .things
            .iter()
            .filter(|thing| thing.closed)
            .count();
        let hand = self
            .state
            .steps
            .values()
            .filter(|step| step.word == "by-hand")
            .count();
        self.tell(&both!(
            "\n{found} suspicious, {undone} of them undone; {hand} steps are left to people",
            "\n可疑 {found} 项，其中 {undone} 项已处置；另有 {hand} 个步骤需人工处理"
        ));
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped || self.hands.stop.load(Ordering::Relaxed)
    }

    fn one(&mut self, phase: &Phase, step: &Step) {
        let title = filled_text(&step.title, &Row::new(), &self.base);
        let id = &step.id;
        if let Some(known) = self.state.steps.get(id).filter(|known| known.is_over()) {
            let at = super::moment::iso(known.at);
            let word = words::word(&known.word);
            let text = Text {
                en: format!("[{id}] {}: {} at {at}, not done again", title.en, word.en),
                zh: format!("[{id}] {}：{}（{at}），不再重复", title.zh, word.zh),
            };
            return self.tell(&text);
        }
        let (en, zh) = (&title.en, &title.zh);
        self.tell(&both_of(format!("[{id}] {en}"), format!("[{id}] {zh}")));
        let (word, note) = match self.options.skip.contains(id) {
            true => ("skipped", Text::default()),
            false => self.does(phase, step),
        };
        let said = words::word(word);
        let tail = |word: &str, note: &str| match note.is_empty() {
            true => format!("    -> {word}"),
            false => format!("    -> {word}: {note}"),
        };
        self.tell(&both_of(tail(&said.en, &note.en), tail(&said.zh, &note.zh)));
        self.ended(id, word, note);
    }

    fn does(&mut self, phase: &Phase, step: &Step) -> Ended {
        let ended = match step.does.as_deref() {
            Some("close") => self.close(),
            Some("prove") => self.prove(),
            Some("places") => self.places(),
            _ if step.fix.is_some() => self.change(step),
            _ if step.call.is_some() || step.follow.is_some() || step.each.is_some() => {
                self.look(phase, step)
            }
            _ => return self.by_hand(step),
        };
        // What people add to what the engine did; it does not colour how that ended.
        if !step.hand.is_empty() {
            self.say_hand(step);
        }
        ended
    }

    fn say_hand(&self, step: &Step) {
        for (number, text) in (1..).zip(&step.hand) {
            let text = filled_text(text, &Row::new(), &self.base);
            let (en, zh) = (text.en, text.zh);
            self.tell(&both!("    {number}. {en}", "    {number}. {zh}"));
        }
    }

    /// What people do: printed, and asked whether it is done.
    fn by_hand(&mut self, step: &Step) -> Ended {
        self.say_hand(step);
        if self.options.yes {
            return ("by-hand", Text::default());
        }
        let question = both!(
            "    Is this done? (yes / no: later / stop)",
            "    这些都完成了吗？（yes 完成 / no 稍后 / stop 停止）"
        );
        match self.ask(&question) {
            Answer::Yes => ("hand-done", Text::default()),
            _ => ("by-hand", Text::default()),
        }
    }

    /// Keeps how a step ended, in the state and in the evidence.
    fn ended(&mut self, id: &str, word: &str, note: Text) {
        let note = self.case.clean_text(&note);
        let fields = [
            ("step", id.into()),
            ("ended", word.into()),
            ("said", note.en.clone().into()),
        ];
        if let Err(why) = self.reach.note("step", &fields) {
            self.tell(&why);
            self.stopped = true;
        }
        let ending = Ending {
            word: word.to_owned(),
            note,
            at: now(),
        };
        self.state.steps.insert(id.to_owned(), ending);
        self.keep();
    }

    /// Writes the state down.
    pub(super) fn keep(&mut self) {
        let text = serde_json::to_string(&self.state).unwrap_or_default();
        if let Err(cause) = (self.hands.keep)(&self.case.clean(&text)) {
            self.tell(&both!(
                "the state cannot be kept: {cause}; a second run would begin anew",
                "无法保存状态：{cause}；再次运行将从头开始"
            ));
        }
    }

    /// A line of the time line.
    pub(super) fn moment(&mut self, event: &str, what: Text) {
        self.state.moments.push(Moment {
            at: now(),
            event: event.to_owned(),
            what: (what.en, what.zh),
        });
    }

    pub(super) fn tell(&self, text: &Text) {
        self.hands.person.tell(&self.case.clean_text(text));
    }

    pub(super) fn ask(&mut self, question: &Text) -> Answer {
        let answer = self.hands.person.ask(&self.case.clean_text(question));
        self.stopped |= answer == Answer::Stop;
        answer
    }

    /// A yes to a change: by flag, or by word. `Err` says why not.
    pub(super) fn consent(
        &mut self,
        question: &Text,
        reversible: bool,
        sure: bool,
        basis: i64,
    ) -> Result<(), Ended> {
        let no = |en: &str, zh: &str| ("no-yes", both_of(en.into(), zh.into()));
        if self.options.yes && !sure {
            return Err(no(
                "it is not the thief's for sure; answer at a terminal, or use the command above",
                "不能确定是攻击者所为；请在终端中确认，或使用上面的命令",
            ));
        }
        if self.options.yes && !reversible && !self.options.last {
            return Err(no(
                "it cannot be undone: --yes --final does it",
                "无法撤销：需要 --yes --final",
            ));
        }
        if !self.options.yes {
            match self.ask(question) {
                Answer::Yes => {}
                Answer::Nobody => return Err(no("--yes does it", "加 --yes 执行")),
                _ => return Err(no("", "")),
            }
            let twice = both!(
                "    It cannot be undone. Type yes again:",
                "    此操作无法撤销。请再次输入 yes："
            );
            if !reversible && self.ask(&twice) != Answer::Yes {
                return Err(no("", ""));
            }
        }
        let age = now() - basis;
        if age > OLDEST {
            return Err((
                "refused",
                both!(
                    "what this rests on is {age} seconds old; begin again (what was done is not done again)",
                    "所依据的信息已过去 {age} 秒，请重新运行（已完成的步骤不会重复）"
                ),
            ));
        }
        Ok(())
    }

    /// A record about what was seen, cleaned.
    pub(super) fn record(&self, event: &str, fields: Value) -> Result<(), Text> {
        let text = self.case.clean(&fields.to_string());
        let fields: Value = serde_json::from_str(&text).unwrap_or_default();
        self.reach.note(event, &[("about", fields)])
    }
}

pub(super) fn both_of(en: String, zh: String) -> Text {
    Text { en, zh }
}
