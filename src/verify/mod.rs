//! Credential -> status: whom to ask, whom never, and when an answer is believed. Each credential once a run.
//! The calls themselves are `api`'s; several at a time are `pool`'s.

mod canary;
mod change;
mod control;
mod pool;
mod privileges;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::api::budget::Budget;
use crate::api::exchange::{About, Answer, CallError, Client};
use crate::api::judge::{Judgement, Verdict, judge};
use crate::api::protocol;
use crate::api::sign::{self, When};
use crate::api::values::Values;
use crate::finding::{Finding, Match, Part, Secret, Status, Verification};
use crate::pattern::schema::{Call, Provider};
use crate::pattern::{KindRef, Patterns};

pub use change::{Change, changes};
pub use pool::{Intake, Outcomes};

/// How checks are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Checks under way at once.
    pub threads: usize,
    /// Attempts a day for one credential where trying counts as an attempt.
    pub attempts: u32,
    /// Where attempts are remembered.
    pub state: Option<PathBuf>,
    /// Look at what a live credential may do, where that takes only reading calls.
    pub privileges: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            threads: 32,
            attempts: 2,
            state: None,
            privileges: false,
        }
    }
}

/// Least time between two calls to one host, unless the user says otherwise.
pub const PACE: Duration = Duration::from_millis(100);

/// What is asked about: one secret with its parts.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Id of its kind.
    pub kind: String,
    /// The value.
    pub secret: Secret,
    /// The values that belong to it.
    pub parts: Vec<Part>,
    /// What it says about itself.
    pub facts: BTreeMap<String, String>,
    /// Kinds it may as well be.
    pub candidates: Vec<String>,
}

/// Names a credential within a run: the same values have the same ticket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket([u8; 32]);

impl Credential {
    /// What the matcher found.
    pub fn of_match(found: &Match) -> Credential {
        Credential {
            kind: found.kind.to_string(),
            secret: found.secret.clone(),
            parts: found.parts.clone(),
            facts: found.facts.clone(),
            candidates: found
                .candidates
                .iter()
                .map(|kind| kind.to_string())
                .collect(),
        }
    }

    /// What was merged.
    pub fn of_finding(finding: &Finding) -> Credential {
        Credential {
            kind: finding.kind.clone(),
            secret: finding.secret.clone(),
            parts: finding.parts.clone(),
            facts: finding.facts.clone(),
            candidates: finding.candidates.clone(),
        }
    }

    /// Its ticket.
    pub fn ticket(&self) -> Ticket {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        add(self.kind.as_bytes());
        add(self.secret.reveal());
        for part in &self.parts {
            add(part.name.as_bytes());
            add(part.value.reveal());
        }
        Ticket(hash.finalize().into())
    }

    fn part(&self, name: &str) -> Option<&str> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.and_then(|part| part.value.reveal_str())
    }

    /// What names it at the provider: its id if it has one, else the value itself.
    fn id(&self) -> &[u8] {
        let named = ["id", "user", "account", "client_id"];
        let part = self
            .parts
            .iter()
            .find(|part| named.contains(&part.name.as_str()));
        part.map_or(self.secret.reveal(), |part| part.value.reveal())
    }
}

/// What a check brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The status.
    pub status: Status,
    /// Set if somebody was asked.
    pub verification: Option<Verification>,
}

impl Outcome {
    fn of(status: Status) -> Outcome {
        Outcome {
            status,
            verification: None,
        }
    }

    /// Writes what was learnt into the finding.
    pub fn apply(&self, finding: &mut Finding) {
        finding.status = self.status.clone();
        if self.verification.is_some() {
            finding.verification.clone_from(&self.verification);
        }
    }
}

/// What is known of a provider's answer to made-up keys; `None` while nobody has asked.
type Controls = Mutex<HashMap<(String, String), Arc<Mutex<Option<bool>>>>>;

/// Asks providers.
pub struct Verifier<'p> {
    patterns: &'p Patterns,
    client: Client,
    options: Options,
    budget: Budget,
    controls: Controls,
}

/// A credential on its way through a check.
struct Case<'a> {
    credential: &'a Credential,
    found: KindRef<'a>,
    /// Name of the call or protocol.
    name: &'a str,
}

impl<'p> Verifier<'p> {
    /// Asks nobody yet.
    pub fn new(patterns: &'p Patterns, client: Client, options: Options) -> Verifier<'p> {
        let budget = Budget::open(options.attempts, options.state.clone(), now());
        Verifier {
            patterns,
            client,
            options,
            budget,
            controls: Mutex::default(),
        }
    }

    /// The calls' account and door.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Remembers the attempts that were made.
    pub fn save(&self) -> std::io::Result<()> {
        self.budget.save()
    }

    /// The status of one credential.
    pub fn check(&self, credential: &Credential) -> Outcome {
        let Some(found) = self.patterns.find(&credential.kind) else {
            return Outcome::of(unverifiable("no pattern file knows this kind"));
        };
        if let Some(status) = refusal(credential, found) {
            return Outcome::of(status);
        }
        let case = |name| Case {
            credential,
            found,
            name,
        };
        match (&found.kind.verify, &found.kind.protocol) {
            (Some(call), _) => self.by_call(&case(call)),
            (None, Some(protocol)) => self.by_protocol(&case(protocol)),
            (None, None) => {
                let why = found.kind.unverifiable.as_deref();
                Outcome::of(unverifiable(why.unwrap_or("no safe check is known")))
            }
        }
    }

    fn by_call(&self, case: &Case<'_>) -> Outcome {
        let provider = case.found.provider;
        let calls = chain(provider, case.name);
        let Some(call) = provider.call.get(case.name) else {
            return Outcome::of(unverifiable("its pattern file has no such call"));
        };
        if !is_check(call) {
            return Outcome::of(unverifiable("its check would change something"));
        }
        let counts = |call: &&Call| call.effect.as_deref() == Some("counts-as-attempt");
        if calls.iter().any(counts) && !self.may_try(case) {
            return Outcome::of(self.spent());
        }
        let credential = case.credential;
        let mut values = Values::of(&credential.secret, &credential.parts);
        let about = About {
            provider,
            kind: case.found.kind,
            spoil_token: false,
        };
        let answer = self.client.call(about, case.name, &mut values);
        let mut judgement = conclusion(call, &answer);
        if judgement.verdict == Verdict::Live
            && call.no_control.is_none()
            && let Err(why) = self.believed(case, call, &answer)
        {
            judgement = unknown(why);
        }
        if judgement.verdict == Verdict::Live && self.options.privileges {
            let more = privileges::look(&self.client, about, &mut values);
            judgement.identity.extend(more);
        }
        report(case, judgement, &values)
    }

    fn by_protocol(&self, case: &Case<'_>) -> Outcome {
        if !self.may_try(case) {
            return Outcome::of(self.spent());
        }
        let credential = case.credential;
        let values = Values::of(&credential.secret, &credential.parts);
        let about = About {
            provider: case.found.provider,
            kind: case.found.kind,
            spoil_token: false,
        };
        let ask = |values: &Values| protocol::check(&self.client, about, case.name, values);
        let mut judgement = ask(&values).unwrap_or_else(|error| unknown(error.to_string()));
        if judgement.verdict == Verdict::Live && protocol::needs_control(case.name) {
            let host = protocol::host(&values).unwrap_or_default();
            let made_up = || {
                let values = control::mutated(&credential.secret, &credential.parts, None);
                let values = values.ok_or("no made-up password of the same shape can be made")?;
                match ask(&values).map(|judgement| judgement.verdict) {
                    Ok(Verdict::Live) => Ok(false),
                    Ok(Verdict::Dead | Verdict::Frozen) => Ok(true),
                    Ok(Verdict::Unknown(why)) => Err(why),
                    Err(error) => Err(error.to_string()),
                }
            };
            if let Err(why) = self.controlled((case.name.to_owned(), host), made_up) {
                judgement = unknown(why);
            }
        }
        report(case, judgement, &values)
    }

    /// Whether the provider's "live" means anything: a made-up key must not get the same answer.
    fn believed(
        &self,
        case: &Case<'_>,
        call: &Call,
        answer: &Result<Answer, CallError>,
    ) -> Result<(), String> {
        let host = answer.as_ref().map_or("", |answer| answer.host.as_str());
        let provider = case.found.provider;
        let by_token = chain(provider, case.name).iter().any(|call| {
            let sign = call.sign.as_ref();
            sign.is_some_and(|sign| sign::when(&sign.with) == Some(When::Before))
        });
        let credential = case.credential;
        let made_up = || {
            let mut values = if by_token {
                Values::of(&credential.secret, &credential.parts)
            } else {
                let checksum = case.found.kind.checksum.as_deref();
                let made = control::mutated(&credential.secret, &credential.parts, checksum);
                made.ok_or("no made-up key of the same shape can be made")?
            };
            let about = About {
                provider,
                kind: case.found.kind,
                spoil_token: by_token,
            };
            told_apart(call, &self.client.call(about, case.name, &mut values))
        };
        let key = (format!("{} {}", provider.id, case.name), host.to_owned());
        self.controlled(key, made_up)
    }

    /// Runs the control once for each provider and host; the others wait for it.
    fn controlled(
        &self,
        key: (String, String),
        made_up: impl FnOnce() -> Result<bool, String>,
    ) -> Result<(), String> {
        let cell = {
            let mut all = self.controls.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key).or_default())
        };
        let mut known = cell.lock().unwrap_or_else(PoisonError::into_inner);
        let apart = match *known {
            Some(apart) => apart,
            None => {
                let apart = made_up().map_err(|why| {
                    format!(
                        "it was accepted, but whether a made-up key is refused is not known: {why}"
                    )
                })?;
                *known = Some(apart);
                apart
            }
        };
        if apart {
            Ok(())
        } else {
            Err("the provider accepts anything: a made-up key got the same answer".into())
        }
    }

    fn may_try(&self, case: &Case<'_>) -> bool {
        let kind = &case.found.kind.id;
        self.budget.take(kind, case.credential.id(), now())
    }

    fn spent(&self) -> Status {
        let most = self.options.attempts;
        Status::Unknown(format!(
            "not asked: {most} attempts in 24 hours are spent, and trying counts as an attempt there"
        ))
    }
}

/// True for a credential that is known to be laid out as a trap; nobody is asked about it, and nothing done to it.
pub fn is_trap(credential: &Credential, found: KindRef<'_>) -> bool {
    let texts = credential
        .parts
        .iter()
        .filter_map(|part| part.value.reveal_str());
    let texts = texts.chain(credential.secret.reveal_str());
    let texts = texts.chain(credential.facts.values().map(String::as_str));
    let is_aws = found.provider.id == "aws";
    let id = credential.part("id").filter(|_| is_aws);
    let account = credential.facts.get("account").filter(|_| is_aws);
    canary::is_canary(id, account.map(String::as_str), texts)
}

/// Why nobody is asked, if so.
fn refusal(credential: &Credential, found: KindRef<'_>) -> Option<Status> {
    if is_trap(credential, found) {
        return Some(Status::Canary);
    }
    if !credential.candidates.is_empty() {
        let others = credential.candidates.join(", ");
        let why = format!("not asked, because it may as well be: {others}");
        return Some(Status::Unknown(why));
    }
    if let Some(why) = &found.kind.harmless {
        return Some(unverifiable(why));
    }
    let lonely = "the values that belong to it were not found beside it";
    found.alone.map(|_| unverifiable(lonely))
}

/// The call and the steps before it.
fn chain<'a>(provider: &'a Provider, name: &str) -> Vec<&'a Call> {
    let call = provider.call.get(name);
    let steps = call.map_or(&[][..], |call| &call.after);
    let steps = steps.iter().filter_map(|step| provider.call.get(step));
    steps.chain(call).collect()
}

fn is_check(call: &Call) -> bool {
    matches!(
        call.effect.as_deref(),
        None | Some("none" | "audit-log" | "counts-as-attempt")
    )
}

/// What an answer, or its absence, proves.
fn conclusion(call: &Call, answer: &Result<Answer, CallError>) -> Judgement {
    match answer {
        Ok(answer) => judge(call, &answer.reply),
        Err(CallError::Decided { judgement, .. }) => (**judgement).clone(),
        Err(error) => unknown(error.to_string()),
    }
}

/// Whether the answer to a made-up key differs from "live"; an answer that says nothing is an error.
fn told_apart(call: &Call, answer: &Result<Answer, CallError>) -> Result<bool, String> {
    match answer {
        Ok(answer) => match judge(call, &answer.reply).verdict {
            Verdict::Live => Ok(false),
            Verdict::Dead | Verdict::Frozen => Ok(true),
            Verdict::Unknown(_) if refused(answer.reply.status) => Ok(true),
            Verdict::Unknown(_) if answer.reply.status == 200 => Ok(true),
            Verdict::Unknown(why) => Err(why),
        },
        Err(CallError::Decided { .. } | CallError::NotFound { .. }) => Ok(true),
        Err(CallError::Value { status, .. }) if *status == 200 || refused(*status) => Ok(true),
        Err(error) => Err(error.to_string()),
    }
}

/// A refusal that is the provider's own: not the proxy's, not for lack of time.
fn refused(status: u16) -> bool {
    (400..429).contains(&status) && !matches!(status, 407 | 408)
}

fn unknown(why: impl Into<String>) -> Judgement {
    Judgement {
        verdict: Verdict::Unknown(why.into()),
        identity: BTreeMap::new(),
    }
}

fn unverifiable(why: &str) -> Status {
    Status::Unverifiable(why.to_owned())
}

fn report(case: &Case<'_>, judgement: Judgement, values: &Values) -> Outcome {
    let name = &case.found.provider.name;
    let (status, said) = match judgement.verdict {
        Verdict::Live => (Status::Live, format!("{name} accepts it")),
        Verdict::Frozen => (
            Status::Frozen,
            format!("{name} knows it, but it is disabled or restricted"),
        ),
        Verdict::Dead => (Status::Dead, format!("{name} refuses it")),
        Verdict::Unknown(why) => (Status::Unknown(why.clone()), why),
    };
    let identity = judgement.identity.into_iter();
    let identity = identity.map(|(name, value)| (name, without_secrets(value, values)));
    let verification = Verification {
        at: now(),
        call: case.name.to_owned(),
        identity: identity.collect(),
        detail: said,
    };
    Outcome {
        status,
        verification: Some(verification),
    }
}

/// A provider may repeat the key in its answer; the report may not.
fn without_secrets(text: String, values: &Values) -> String {
    let long = values.all().filter(|value| value.len() >= 8);
    let long = long.filter_map(|value| Some((value, value.reveal_str()?)));
    let secret = values.get("secret").map(Secret::reveal).unwrap_or_default();
    let mut out = text;
    for (value, plain) in long {
        // An id may be repeated; only the secret and what is as long as a token may not.
        if (value.reveal() == secret || value.len() >= 32) && out.contains(plain) {
            out = out.replace(plain, &value.masked());
        }
    }
    out
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
