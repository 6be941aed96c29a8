//! Look: what became of a credential after a call, asked again until the answer is final; and the diary in which every
//! look is written down.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Verb;
use super::act::Doing;
use super::evidence::Recorder;
use super::plan::{Order, values};
use super::proof::{Ended, concluded, is_installed, may_show, settled, waits};
use crate::api::exchange::{About, CallError, Client};
use crate::api::judge::{Verdict, judge};
use crate::finding::{Finding, Status};

/// Writes about one finding.
pub(super) struct Diary<'a> {
    pub(super) recorder: Option<&'a Recorder>,
    pub(super) fingerprint: String,
}

impl Diary<'_> {
    pub(super) fn write(&self, event: &str, fields: &[(&str, Value)]) -> std::io::Result<()> {
        let Some(recorder) = self.recorder else {
            return Ok(());
        };
        let mut all = vec![("fingerprint", Value::from(self.fingerprint.clone()))];
        all.extend(fields.iter().cloned());
        recorder.record(event, &all)
    }

    pub(super) fn saw(&self, status: &Status) -> std::io::Result<()> {
        let why = status.why().map_or(Value::Null, Value::from);
        self.write("seen", &[("status", status.word().into()), ("why", why)])
    }
}

/// A call that was made, and what the credential was before it.
pub(super) struct Look<'a> {
    pub(super) verb: Verb,
    pub(super) finding: &'a Finding,
    pub(super) order: &'a Order<'a>,
    pub(super) before: &'a Status,
}

impl Look<'_> {
    /// Looks until the answer is final or patience ends. `made` is the file that people have to put in its place.
    pub(super) fn ended(
        &self,
        doing: &Doing<'_>,
        diary: &Diary<'_>,
        made: Option<String>,
    ) -> std::io::Result<Ended> {
        let in_place = |now: &Status| match self.verb {
            Verb::Thaw => *now == Status::Live,
            _ => is_installed(self.before, now),
        };
        let installed = |now: &Status| made.is_some() && in_place(now);
        let mut status = Status::Unchecked;
        for wait in waits(doing.patience) {
            let until = Instant::now() + wait;
            while Instant::now() < until && !doing.stop.load(Ordering::Relaxed) {
                let left = until.saturating_duration_since(Instant::now());
                std::thread::sleep(left.min(Duration::from_millis(200)));
            }
            status = self.once(doing);
            diary.saw(&status)?;
            let hopeless = made.is_some() && !may_show(self.verb, self.before);
            if settled(self.verb, &status)
                || hopeless
                || installed(&status)
                || doing.stop.load(Ordering::Relaxed)
            {
                break;
            }
        }
        Ok(match made {
            Some(_) if installed(&status) && self.verb == Verb::Thaw => Ended::Live,
            Some(_) if installed(&status) => Ended::Frozen,
            Some(file) => Ended::Made(file),
            None => concluded(self.verb, &status),
        })
    }

    /// One look: at the credential itself, or where that cannot be asked at what the pattern names as proof.
    fn once(&self, doing: &Doing<'_>) -> Status {
        let (finding, order) = (self.finding, self.order);
        match (&order.found.kind.verify, &order.call.proof) {
            (None, Some(proof)) => proven(doing.client, finding, order, proof),
            _ => status(doing.client, doing.ask, finding, order),
        }
    }
}

/// What a credential is. One that says who it is whatever it is denied counts as closed if the call that its pattern
/// names as proof says so.
pub(super) fn status(
    client: &Client,
    ask: &dyn Fn(&Finding) -> Status,
    finding: &Finding,
    order: &Order<'_>,
) -> Status {
    let asked = ask(finding);
    let checked = order.found.kind.verify.is_some() && asked == Status::Live;
    let Some(proof) = order.call.proof.as_deref().filter(|_| checked) else {
        return asked;
    };
    match proven(client, finding, order, proof) {
        closed @ (Status::Frozen | Status::Dead) => closed,
        _ => asked,
    }
}

fn proven(client: &Client, finding: &Finding, order: &Order<'_>, proof: &str) -> Status {
    let about = About {
        provider: order.found.provider,
        kind: order.found.kind,
        spoil_token: false,
    };
    let Some(call) = about.provider.call.get(proof) else {
        return Status::Unknown("its pattern file has no such proof".into());
    };
    let mut values = values(finding, order.found, &order.whom);
    let judgement = match client.call(about, proof, &mut values) {
        Ok(answer) => judge(call, &answer.reply),
        Err(CallError::Decided { judgement, .. }) => *judgement,
        Err(error) => return Status::Unknown(error.to_string()),
    };
    match judgement.verdict {
        Verdict::Live => Status::Live,
        Verdict::Frozen => Status::Frozen,
        Verdict::Dead => Status::Dead,
        Verdict::Unknown(why) => Status::Unknown(why),
    }
}
