//! Credential -> status: whom to ask, whom never, and when an answer is believed. Each credential once a run.
//! The calls themselves are `api`'s; several at a time are `pool`'s.

mod canary;
mod change;
mod control;
mod credential;
mod meaning;
mod pool;
mod privileges;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::api::budget::Budget;
use crate::api::exchange::{About, Answer, CallError, Client};
use crate::api::judge::{Judgement, Verdict};
use crate::api::protocol;
use crate::api::sign::{self, When};
use crate::api::values::Values;
use crate::finding::{Finding, Status, Verification};
use crate::pattern::schema::Call;
use crate::pattern::{KindRef, Patterns};

pub use change::{Change, changes};
pub use credential::{Credential, Ticket};
pub use pool::{Intake, Outcomes};

use meaning::{
    chain, conclusion, is_check, now, refusal, report, told_apart, unknown, unverifiable,
};

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
    /// What was live in this run: its address is the right one.
    lived: Mutex<HashSet<Ticket>>,
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
            lived: Mutex::default(),
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
        let mut judgement = self.asked(case, call, &mut values);
        if judgement.verdict == Verdict::Dead && !self.client.is_sent_elsewhere(provider) {
            judgement = self.refused(case, call, &mut values);
        }
        if judgement.verdict == Verdict::Live {
            self.lived().insert(credential.ticket());
        }
        if judgement.verdict == Verdict::Live && self.options.privileges {
            let about = About {
                provider,
                kind: case.found.kind,
                spoil_token: false,
            };
            let more = privileges::look(&self.client, about, &mut values);
            judgement.identity.extend(more);
        }
        judgement.identity.extend(values.known());
        report(case, judgement, &values)
    }

    /// What one site answers, if it can be believed.
    fn asked(&self, case: &Case<'_>, call: &Call, values: &mut Values) -> Judgement {
        let about = About {
            provider: case.found.provider,
            kind: case.found.kind,
            spoil_token: false,
        };
        let answer = self.client.call(about, case.name, values);
        let judgement = conclusion(call, &answer);
        if judgement.verdict == Verdict::Live
            && call.no_control.is_none()
            && let Err(why) = self.believed(case, call, &answer)
        {
            return unknown(why);
        }
        judgement
    }

    /// What a refusal proves where nobody has said which address is the right one: the provider's
    /// other sites are asked, and there may be more that no file can name.
    fn refused(&self, case: &Case<'_>, call: &Call, values: &mut Values) -> Judgement {
        let (provider, credential) = (case.found.provider, case.credential);
        let calls = chain(provider, case.name);
        let moves = calls.iter().any(|call| call.url.contains("{{endpoint"));
        for site in provider.site.iter().filter(|_| moves) {
            let there = provider.at(site);
            let found = KindRef {
                provider: &there,
                ..case.found
            };
            let mut own = Values::of(&credential.secret, &credential.parts);
            let judgement = self.asked(&Case { found, ..*case }, call, &mut own);
            match judgement.verdict {
                Verdict::Dead => {}
                Verdict::Unknown(why) => {
                    let first = provider.endpoint.as_deref().unwrap_or_default();
                    let other = &site.endpoint;
                    return unknown(format!(
                        "{first} refuses it, and {other} does not say: {why}"
                    ));
                }
                Verdict::Live | Verdict::Frozen => {
                    *values = own;
                    return judgement;
                }
            }
        }
        match &call.regional {
            Some(why) if !self.lived().contains(&credential.ticket()) => unknown(format!(
                "refused, but {why}: name the right address under [endpoints] {}",
                provider.id
            )),
            _ => Judgement {
                verdict: Verdict::Dead,
                identity: Default::default(),
            },
        }
    }

    fn lived(&self) -> MutexGuard<'_, HashSet<Ticket>> {
        self.lived.lock().unwrap_or_else(PoisonError::into_inner)
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
        if judgement.verdict == Verdict::Live && self.options.privileges {
            let more = privileges::look(&self.client, about, &mut values.clone());
            judgement.identity.extend(more);
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
