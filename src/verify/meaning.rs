//! What answers mean for a status: who is not asked at all, what a control tells, what goes into the report.
//! Pure but for the clock; the asking is in `mod`.

use std::collections::BTreeMap;

use super::credential::Credential;

use super::{Case, Outcome, is_trap};
use crate::api::clock;
use crate::api::exchange::{Answer, CallError};
use crate::api::judge::{Judgement, Verdict, judge};
use crate::api::values::Values;
use crate::finding::{Secret, Status, Verification};
use crate::pattern::KindRef;
use crate::pattern::schema::{Call, Provider};

/// Why nobody is asked, if so.
pub(super) fn refusal(credential: &Credential, found: KindRef<'_>) -> Option<Status> {
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
pub(super) fn chain<'a>(provider: &'a Provider, name: &str) -> Vec<&'a Call> {
    let call = provider.call.get(name);
    let steps = call.map_or(&[][..], |call| &call.after);
    let steps = steps.iter().filter_map(|step| provider.call.get(step));
    steps.chain(call).collect()
}

pub(super) fn is_check(call: &Call) -> bool {
    matches!(
        call.effect.as_deref(),
        None | Some("none" | "audit-log" | "counts-as-attempt")
    )
}

/// What an answer, or its absence, proves.
pub(super) fn conclusion(call: &Call, answer: &Result<Answer, CallError>) -> Judgement {
    match answer {
        Ok(answer) => clock::doubted(call, &answer.reply, judge(call, &answer.reply), now()),
        Err(CallError::Decided { judgement, .. }) => (**judgement).clone(),
        Err(error) => unknown(error.to_string()),
    }
}

/// Whether the answer to a made-up key differs from "live"; an answer that says nothing is an error.
pub(super) fn told_apart(call: &Call, answer: &Result<Answer, CallError>) -> Result<bool, String> {
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

pub(super) fn unknown(why: impl Into<String>) -> Judgement {
    Judgement {
        verdict: Verdict::Unknown(why.into()),
        identity: BTreeMap::new(),
    }
}

pub(super) fn unverifiable(why: &str) -> Status {
    Status::Unverifiable(why.to_owned())
}

pub(super) fn report(case: &Case<'_>, judgement: Judgement, values: &Values) -> Outcome {
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

pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
