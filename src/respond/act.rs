//! Carries a plan out: several credentials at a time, each for itself, looked at before and after. What the words
//! mean is `proof`'s.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Verb;
use super::evidence::Recorder;
use super::identity::Whom;
use super::look::{self, Diary, Look};
use super::plan::{Deed, Entry, Order, Plan, values};
use super::proof::Ended;
use crate::api::encode::hex;
use crate::api::exchange::{About, Answer, CallError, Client};
use crate::api::fault::Fault;
use crate::api::judge::accepted;
use crate::finding::{Finding, Part, Secret, Status};
use crate::pattern::schema::Call;

/// How long it is looked for what a call did that failed at the server: nearly always nothing, and who is to
/// do it by hand should not wait.
const DOUBT: Duration = Duration::from_secs(15);

/// Headers by which a provider names a request; its support asks for them.
const REQUEST_IDS: [&str; 6] = [
    "x-amzn-requestid",
    "x-acs-request-id",
    "x-github-request-id",
    "x-request-id",
    "request-id",
    "cf-ray",
];

/// With what a plan is carried out.
pub struct Doing<'a> {
    /// Makes the calls.
    pub client: &'a Client,
    /// Asks whether a credential works.
    pub ask: &'a (dyn Fn(&Finding) -> Status + Sync),
    /// Asks whose a credential is.
    pub owner: &'a (dyn Fn(&Finding) -> Option<String> + Sync),
    /// The user wants what belongs to his own identity closed as well.
    pub including_mine: bool,
    /// How long to wait for the proof.
    pub patience: Duration,
    /// Credentials under way at once.
    pub threads: usize,
    /// Set when the user wants an end: nothing new is begun.
    pub stop: &'a AtomicBool,
    /// Where it is written down.
    pub evidence: Option<&'a Recorder>,
}

/// What came of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its position in the plan.
    pub entry: usize,
    /// What came of it.
    pub ended: Ended,
}

/// Makes every call of the plan and proves what came of it; in the plan's order.
pub fn carry_out(plan: &Plan<'_>, doing: &Doing<'_>) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    let calls = plan.orders().count();
    std::thread::scope(|scope| {
        for _ in 0..doing.threads.clamp(1, calls.max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = plan.entries.get(at) else {
                        break;
                    };
                    let Deed::Call(order) = &entry.deed else {
                        continue;
                    };
                    let ended = one(plan.verb, entry, order, doing);
                    let done = Done { entry: at, ended };
                    all.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(done);
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by_key(|done| done.entry);
    all
}

fn one(verb: Verb, entry: &Entry<'_>, order: &Order<'_>, doing: &Doing<'_>) -> Ended {
    let diary = Diary {
        recorder: doing.evidence,
        fingerprint: entry.finding.fingerprint.to_string(),
    };
    let ended = attempt(verb, entry, order, doing, &diary)
        .unwrap_or_else(|cause| Ended::NotSent(format!("the evidence cannot be written: {cause}")));
    let said = ended.to_string();
    let fields = [("ended", ended.word().into()), ("said", said.into())];
    match diary.write("outcome", &fields) {
        Ok(()) => ended,
        Err(cause) => Ended::Unknown(format!("the evidence cannot be written: {cause} ({ended})")),
    }
}

fn attempt(
    verb: Verb,
    entry: &Entry<'_>,
    order: &Order<'_>,
    doing: &Doing<'_>,
    diary: &Diary<'_>,
) -> std::io::Result<Ended> {
    if doing.stop.load(Ordering::Relaxed) {
        return Ok(Ended::NotSent("interrupted".into()));
    }
    let before = look::status(doing.client, doing.ask, entry.finding, order);
    diary.saw(&before)?;
    if let Some(ended) = already(verb, &before, order) {
        return Ok(ended);
    }
    if let Some(owner) = own_account(verb, entry.finding, order, doing) {
        return Ok(Ended::NotSent(format!(
            "its owner, {owner}, is your own identity in use (--including-mine does it all the same)"
        )));
    }
    diary.write("sent", &sent(order))?;
    let mut failed = None;
    let mut steps = 0;
    let answer = call(entry.finding, order, doing, &mut |name, answer| {
        steps += 1;
        let fields = answered(name, answer, order.found.provider.call.get(name));
        if let Err(cause) = diary.write("answered", &fields) {
            failed.get_or_insert(cause);
        }
    });
    let (mut lost, mut patience) = (None, doing.patience);
    let mut made = None;
    match answer {
        Ok(answer) if accepted(order.call, &answer.reply) => {
            let body: Value = serde_json::from_slice(&answer.reply.body).unwrap_or_default();
            let file = body["made"].as_str().filter(|_| order.call.make.is_some());
            made = file.map(str::to_owned);
        }
        // A server that failed may have carried it out before it did.
        Ok(answer) if answer.reply.status >= 500 => {
            patience = patience.min(DOUBT);
            lost = Some(refusal(order, &answer));
        }
        Ok(answer) => {
            return Ok(Ended::Refused(refusal(order, &answer)));
        }
        // A step says that the credential is closed already; the look below tells whether that is so.
        Err(CallError::Decided { step, .. })
            if verb != Verb::Thaw && !speaks_for_me(order, &step) => {}
        // The call itself went out and its answer was lost: it may have been carried out all the same.
        Err(CallError::Fault(fault))
            if steps == order.call.after.len() && may_have_arrived(&fault) =>
        {
            diary.write("lost", &[("why", fault.to_string().into())])?;
            lost = Some(fault.to_string());
        }
        Err(error) => return Ok(Ended::NotSent(error.to_string())),
    }
    if let Some(cause) = failed {
        return Ok(Ended::Unknown(format!(
            "the evidence cannot be written: {cause}"
        )));
    }
    let look = Look {
        verb,
        finding: entry.finding,
        order,
        before: &before,
    };
    let ended = look.ended(&Doing { patience, ..*doing }, diary, made)?;
    Ok(match lost {
        Some(why) if !ended.is_done() => {
            let now = match ended {
                Ended::StillLive => "live",
                Ended::StillClosed(word) => word,
                _ => "unknown",
            };
            Ended::Refused(format!("{why}; it is {now} now"))
        }
        _ => ended,
    })
}

fn may_have_arrived(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Timeout(_) | Fault::Broken(_) | Fault::Protocol(_)
    )
}

fn call(
    finding: &Finding,
    order: &Order<'_>,
    doing: &Doing<'_>,
    seen: &mut dyn FnMut(&str, &Answer),
) -> Result<Answer, CallError> {
    let about = About {
        provider: order.found.provider,
        kind: order.found.kind,
        spoil_token: false,
    };
    let mut values = values(finding, order.found, &order.whom);
    doing.client.call_seen(about, order.name, &mut values, seen)
}

/// The owner of the leaked key, if that is who would close it: two keys of one user, or a session made from one of
/// them, are told only by asking.
fn own_account(
    verb: Verb,
    finding: &Finding,
    order: &Order<'_>,
    doing: &Doing<'_>,
) -> Option<String> {
    let Whom::Responder(one) = &order.whom else {
        return None;
    };
    let (id, secret) = (one.values.get("id")?, one.values.get("secret")?);
    if verb == Verb::Thaw || doing.including_mine || order.found.alone.is_some() {
        return None;
    }
    let mut me = finding.clone();
    me.secret = secret.clone();
    let part = |name: &str, value: &Secret| Part {
        name: name.to_owned(),
        value: value.clone(),
    };
    let token = one.values.get("session_token");
    let token = token.map(|token| part("session_token", token));
    me.parts = [part("id", id)].into_iter().chain(token).collect();
    let mine = (doing.owner)(&me)?;
    ((doing.owner)(finding)? == mine).then_some(mine)
}

/// What needs no call, so that a plan can be carried out twice. A key that can be frozen may look dead and still be
/// there, so a final call is made all the same unless the dead key itself would have to make it.
fn already(verb: Verb, before: &Status, order: &Order<'_>) -> Option<Ended> {
    let may_come_back = order.found.kind.freeze.is_some();
    let by_itself = matches!(order.whom, Whom::Own);
    match (verb, before) {
        (_, Status::Canary) => Some(Ended::NotSent("it is a canary".into())),
        (Verb::Freeze, Status::Frozen) => Some(Ended::Already("frozen")),
        (Verb::Freeze, Status::Dead) => Some(Ended::Already("dead")),
        (Verb::Revoke, Status::Dead) if !may_come_back || by_itself => Some(Ended::Already("dead")),
        (Verb::Thaw, Status::Live) => Some(Ended::Already("live")),
        _ => None,
    }
}

/// A step made as a responder may find the responder refused; that says nothing about the leaked credential.
fn speaks_for_me(order: &Order<'_>, step: &str) -> bool {
    let call = order.found.provider.call.get(step);
    let text = call.and_then(|call| serde_json::to_string(call).ok());
    !matches!(order.whom, Whom::Own) && text.is_none_or(|text| text.contains("{{me."))
}

/// What a provider that did not take the call is said to have answered.
fn refusal(order: &Order<'_>, answer: &Answer) -> String {
    let (host, whom, status) = (&answer.host, order.whom.text(), answer.reply.status);
    let body: Value = serde_json::from_slice(&answer.reply.body).unwrap_or_default();
    let ours = order.call.protocol.is_some() || order.call.make.is_some();
    match body["error"].as_str().filter(|_| ours) {
        Some(error) => format!("{host} said to {whom}: {error}"),
        _ => format!(
            "{host} answered {status} to {whom}{}",
            missing_right(status)
        ),
    }
}

fn missing_right(status: u16) -> &'static str {
    match status {
        401 => ": it does not know this identity, or wants another way to sign in",
        403 => ": this identity lacks the right, or the provider has restricted it",
        _ => "",
    }
}

/// The call as its pattern file writes it: templates, no values.
fn sent(order: &Order<'_>) -> [(&'static str, Value); 5] {
    [
        ("call", order.name.into()),
        ("method", order.way().into()),
        ("url", order.call.url.clone().into()),
        ("host", order.host.clone().into()),
        ("as", order.whom.word().into()),
    ]
}

/// The reply: its status, its number at the provider, its size and digest; a body may hold a new key.
pub(super) fn answered(
    name: &str,
    answer: &Answer,
    call: Option<&Call>,
) -> Vec<(&'static str, Value)> {
    let reply = &answer.reply;
    let id = REQUEST_IDS.iter().find_map(|name| reply.header(name));
    let id = id.map(|id| id.chars().take(100).collect::<String>());
    let taken = call.filter(|call| !call.accepted.is_empty());
    let taken = taken.map(|call| accepted(call, reply));
    vec![
        ("call", name.into()),
        ("host", answer.host.clone().into()),
        ("status", reply.status.into()),
        ("accepted", taken.map_or(Value::Null, Value::from)),
        ("request_id", id.map_or(Value::Null, Value::from)),
        ("bytes", reply.body.len().into()),
        ("body_sha256", hex(Sha256::digest(&reply.body)).into()),
    ]
}
