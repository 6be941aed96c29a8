//! Client: one named call of a pattern file carried out, with the steps before it, at the right pace,
//! written into the account. What the replies mean is `judge`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use super::build::{BuildError, Ingredients, build, sign_settings};
use super::clock;
use super::destination::is_a_tenant;
use super::egress::Egress;
use super::fault::Fault;
use super::find::{NotFound, find};
use super::judge::{Judgement, Reply, Verdict, accepted, judge, seconds, taken};
use super::make;
use super::pace::Pace;
use super::pick::View;
use super::protocol;
use super::request::{HostFrom, Request};
use super::sign::{self, Stamp, When};
use super::transport::Wire;
use super::values::Values;
use crate::finding::Secret;
use crate::pattern::schema::{Call, Kind, Provider};
use crate::pattern::template::Template;

/// Most steps before a call.
const MOST_STEPS: usize = 4;
/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often a call is made again because the server asked to wait.
const RETRIES: u32 = 2;

/// Whose calls are made, about what.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The provider whose calls these are.
    pub provider: &'a Provider,
    /// The kind of secret.
    pub kind: &'a Kind,
    /// Spoil the token a key signs; see [`Ingredients`].
    pub spoil_token: bool,
}

/// Why a call brought no reply of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The pattern has no such call.
    #[error("the pattern has no call named '{0}'")]
    NoCall(String),
    /// More steps than allowed.
    #[error("the call needs more than four steps")]
    Steps,
    /// The request could not be made.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// No reply.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// A step did not bring the value that the next one needs.
    #[error("step '{step}' did not bring '{value}' (status {status})")]
    Value {
        /// The step.
        step: String,
        /// The value.
        value: String,
        /// Its reply's status.
        status: u16,
    },
    /// A look-up did not find the credential itself.
    #[error("step '{step}': {why}")]
    NotFound {
        /// The step.
        step: String,
        /// Why.
        why: NotFound,
    },
    /// A step's reply says all there is to say.
    #[error("step '{step}' already decided")]
    Decided {
        /// The step.
        step: String,
        /// What it said.
        judgement: Box<Judgement>,
    },
    /// The run's time is over.
    #[error("the run's deadline came first")]
    Overdue,
}

/// The reply to a call, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The call's own reply.
    pub reply: Reply,
    /// Host and port.
    pub host: String,
}

/// Makes calls.
pub struct Client {
    wire: Box<dyn Wire>,
    pace: Pace,
    egress: Egress,
    pub(super) endpoints: BTreeMap<String, String>,
}

impl Client {
    /// `endpoints`: provider id, or host, to the address its calls go to instead.
    pub fn new(wire: Box<dyn Wire>, pace: Pace, endpoints: BTreeMap<String, String>) -> Client {
        Client {
            wire,
            pace,
            egress: Egress::default(),
            endpoints,
        }
    }

    /// The user's `[endpoints]` says where this provider's calls go.
    pub fn is_sent_elsewhere(&self, provider: &Provider) -> bool {
        self.endpoints.contains_key(&provider.id)
    }

    /// Who was contacted.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// The raw door, for the protocol checks.
    pub fn wire(&self) -> &dyn Wire {
        &*self.wire
    }

    /// Whether a host may be asked; what it is asked is another matter.
    pub fn may_ask(&self, host: &str, from: HostFrom) -> Result<(), CallError> {
        Ok(self.wire.may_ask(host, from)?)
    }

    /// Waits for a host's turn and writes the contact down.
    pub fn enter(&self, host: &str, kind: &str) -> Result<(), CallError> {
        self.pace.wait(host).map_err(|_| CallError::Overdue)?;
        self.egress.record(host, kind);
        Ok(())
    }

    /// Carries out the call named `name`: first the steps before it, whose extracted values are added to
    /// `values`.
    pub fn call(
        &self,
        about: About<'_>,
        name: &str,
        values: &mut Values,
    ) -> Result<Answer, CallError> {
        self.call_seen(about, name, values, &mut |_, _| {})
    }

    /// The same; `seen` is told the name of each step that was made, and what was answered.
    pub fn call_seen(
        &self,
        about: About<'_>,
        name: &str,
        values: &mut Values,
        seen: &mut dyn FnMut(&str, &Answer),
    ) -> Result<Answer, CallError> {
        let call = lookup(about.provider, name)?;
        if values.get("endpoint").is_none()
            && let Some(endpoint) = &about.provider.endpoint
        {
            values.set("endpoint", Secret::new(endpoint));
        }
        if call.after.len() > MOST_STEPS {
            return Err(CallError::Steps);
        }
        for step in &call.after {
            self.step(about, step, values, seen)?;
        }
        let answer = self.once(about, call, values)?;
        seen(name, &answer);
        if accepted(call, &answer.reply) {
            for next in &call.then {
                // What it comes to decides nothing: the credential is asked about afterwards in any case.
                if let Ok(answer) = self.once(about, lookup(about.provider, next)?, values) {
                    seen(next, &answer);
                }
            }
        }
        Ok(answer)
    }

    fn step(
        &self,
        about: About<'_>,
        name: &str,
        values: &mut Values,
        seen: &mut dyn FnMut(&str, &Answer),
    ) -> Result<(), CallError> {
        let call = lookup(about.provider, name)?;
        let answer = self.once(about, call, values)?;
        seen(name, &answer);
        let reply = answer.reply;
        let view = View::new(&reply);
        let judgement = clock::doubted(call, &reply, judge(call, &reply), Stamp::now().at);
        if matches!(judgement.verdict, Verdict::Dead | Verdict::Frozen) {
            return Err(CallError::Decided {
                step: name.to_owned(),
                judgement: Box::new(judgement),
            });
        }
        let taken = taken(&call.extract, &view);
        let needed = call.extract.keys().filter(|name| !name.ends_with('?'));
        if let Some(missing) = needed.into_iter().find(|name| !taken.contains_key(*name)) {
            return Err(CallError::Value {
                step: name.to_owned(),
                value: missing.clone(),
                status: reply.status,
            });
        }
        for (name, value) in taken {
            values.set(name.trim_end_matches('?'), Secret::new(value));
        }
        if let Some(rule) = &call.find {
            let stamp = Stamp::now();
            let wanted = Template::parse(&rule.value).map_err(BuildError::from)?;
            let wanted = wanted.render(&|name| values.lookup(name, &stamp));
            let wanted = wanted.map_err(BuildError::from)?;
            let common = common_prefix(about.kind, &wanted);
            let found = find(rule, &view, &wanted, common).map_err(|why| CallError::NotFound {
                step: name.to_owned(),
                why,
            })?;
            for (name, value) in found {
                values.set(name, Secret::new(value));
            }
        }
        Ok(())
    }

    /// One call without its steps; made again when the server names a time to wait.
    fn once(&self, about: About<'_>, call: &Call, values: &Values) -> Result<Answer, CallError> {
        if call.protocol.is_some() {
            return protocol::act(self, about, call, values);
        }
        if let Some(make) = &call.make {
            return Ok(make::make(make, values));
        }
        let mut left = RETRIES;
        loop {
            let ingredients = Ingredients {
                values,
                endpoint: self.endpoint(about.provider, call),
                stamp: Stamp::now(),
                spoil_token: about.spoil_token,
            };
            let mut request = build(call, &ingredients)?;
            if request.host_from == HostFrom::Text && is_a_tenant(&request.url, about.provider) {
                request.host_from = HostFrom::Pattern;
            }
            let host = request.url.host_header();
            let mut reply = self.send(&request, about.kind)?;
            if let Some(challenge) = challenge(call, &reply) {
                let settings = sign_settings(call, &ingredients)?;
                let stamp = &ingredients.stamp;
                sign::answer_digest(&mut request, &settings, stamp, &challenge)
                    .map_err(BuildError::from)?;
                reply = self.send(&request, about.kind)?;
            }
            if let Some(sign) = &call.sign
                && let Some(nonce) = sign::another_nonce(&sign.with, &reply)
            {
                let mut settings = sign_settings(call, &ingredients)?;
                settings.0.insert("nonce".into(), nonce.into());
                sign::sign(&sign.with, &mut request, &settings, &ingredients.stamp)
                    .map_err(BuildError::from)?;
                reply = self.send(&request, about.kind)?;
            }
            let wait = reply.header("retry-after").and_then(seconds);
            let wait = wait.map(Duration::from_secs).filter(|w| *w <= LONGEST_WAIT);
            match wait {
                Some(wait) if matches!(reply.status, 429 | 503) && left > 0 => {
                    left -= 1;
                    self.pace.pause(&host, wait);
                }
                _ => return Ok(Answer { reply, host }),
            }
        }
    }

    /// Sends one request, at the host's pace, and writes it down.
    pub fn send(&self, request: &Request, kind: &Kind) -> Result<Reply, CallError> {
        self.may_ask(&request.url.host, request.host_from)?;
        self.enter(&request.url.host_header(), &kind.id)?;
        Ok(self.wire.send(request)?)
    }
}

fn lookup<'a>(provider: &'a Provider, name: &str) -> Result<&'a Call, CallError> {
    let call = provider.call.get(name);
    call.ok_or_else(|| CallError::NoCall(name.to_owned()))
}

/// How many bytes at the beginning of a credential are a keyword of its kind, and so tell nothing.
fn common_prefix(kind: &Kind, value: &str) -> usize {
    let fixed = kind
        .keywords
        .iter()
        .filter(|word| value.starts_with(word.as_str()));
    fixed.map(String::len).max().unwrap_or(0)
}

/// The server's challenge, if this call answers one.
fn challenge(call: &Call, reply: &Reply) -> Option<String> {
    let sign = call.sign.as_ref()?;
    if reply.status != 401 || sign::when(&sign.with) != Some(When::Challenge) {
        return None;
    }
    reply.header("www-authenticate").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::stream::Stream;
    use std::sync::{Arc, Mutex};

    /// Answers from a list and keeps what it was asked.
    struct Fake {
        replies: Mutex<Vec<Reply>>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Wire for Fake {
        fn send(&self, request: &Request) -> Result<Reply, Fault> {
            let line = format!("{} {}", request.method, request.url.whole());
            let extra = request.header("authorization").unwrap_or_default();
            self.asked.lock().unwrap().push(format!("{line} {extra}"));
            let mut replies = self.replies.lock().unwrap();
            if replies.is_empty() {
                return Err(Fault::Unreachable("fake".into()));
            }
            Ok(replies.remove(0))
        }

        fn may_ask(&self, _: &str, _: HostFrom) -> Result<(), Fault> {
            Ok(())
        }

        fn open(&self, host: &str, _: u16) -> Result<Stream, Fault> {
            Err(Fault::Unreachable(host.into()))
        }
    }

    const ACME: &str = r#"
        id = "acme"
        name = "Acme"
        docs = "https://docs.acme.example"
        hosts = ["acme.example"]
        tenants = ["acme.example"]
        endpoint = "https://api.acme.example"
        [[secret]]
        id = "acme-key"
        name = "Key"
        severity = "high"
        keywords = ["acme_"]
        regex = '(?<secret>acme_[a-z]{8})'
        [call.list]
        method = "GET"
        url = "{{endpoint}}/keys"
        effect = "reads"
        find = { list = "/keys", field = "/tail", by = "suffix-of", value = "{{secret}}", extract = { key_id = "/id" } }
        [call.token]
        method = "POST"
        url = "{{endpoint}}/token"
        extract = { access = "/token" }
        dead = [{ status = [401] }]
        [call.drop]
        after = ["list"]
        method = "DELETE"
        url = "{{endpoint}}/keys/{{key_id}}"
        [call.who]
        after = ["token"]
        method = "GET"
        url = "{{endpoint}}/me"
        headers = { Authorization = "Bearer {{access}}" }
        live = [{ status = [200], json = ["/id"] }]
        [call.digest]
        method = "GET"
        url = "{{endpoint}}/me"
        sign = { with = "digest", user = "u", password = "{{secret}}" }
    "#;

    fn reply(status: u16, body: &str, headers: &[(&str, &str)]) -> Reply {
        let headers = headers.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        Reply {
            status,
            body: body.as_bytes().to_vec(),
            headers: headers.collect(),
            truncated: false,
        }
    }

    fn called(name: &str, replies: Vec<Reply>) -> (Result<Reply, CallError>, Vec<String>, Client) {
        let asked = Arc::default();
        let wire = Fake {
            replies: Mutex::new(replies),
            asked: Arc::clone(&asked),
        };
        let client = Client::new(Box::new(wire), Pace::default(), BTreeMap::new());
        let provider: Provider = toml::from_str(ACME).unwrap();
        let about = About {
            provider: &provider,
            kind: &provider.secret[0],
            spoil_token: false,
        };
        let mut values = Values::of(&Secret::from("acme_abcdwxyz"), &[]);
        let result = client.call(about, name, &mut values);
        let asked = asked.lock().unwrap().clone();
        (result.map(|answer| answer.reply), asked, client)
    }

    #[test]
    fn steps_hand_their_values_on() {
        let token = reply(200, r#"{"token":"t1"}"#, &[]);
        let (result, asked, client) = called("who", vec![token, reply(200, "{}", &[])]);
        assert_eq!(result.unwrap().status, 200);
        assert_eq!(asked[1], "GET https://api.acme.example/me Bearer t1");
        assert_eq!(client.egress().contacts()[0].count, 2);
    }

    #[test]
    fn a_step_that_proves_death_ends_it() {
        let (result, asked, _) = called("who", vec![reply(401, "", &[])]);
        let Err(CallError::Decided { judgement, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(judgement.verdict, Verdict::Dead);
        assert_eq!(asked.len(), 1);
    }

    #[test]
    fn a_missing_value_is_named_and_proves_nothing() {
        let (result, ..) = called("who", vec![reply(200, "<html>", &[])]);
        let error = result.unwrap_err().to_string();
        assert_eq!(error, "step 'token' did not bring 'access' (status 200)");
    }

    #[test]
    fn the_wrong_key_is_never_picked() {
        let list = r#"{"keys":[{"id":"k1","tail":"abcd"},{"id":"k2","tail":"wxyz"}]}"#;
        let (_, asked, _) = called("drop", vec![reply(200, list, &[]), reply(204, "", &[])]);
        assert_eq!(asked[1].trim(), "DELETE https://api.acme.example/keys/k2");
        let other = r#"{"keys":[{"id":"k1","tail":"abcd"}]}"#;
        let (result, asked, _) = called("drop", vec![reply(200, other, &[])]);
        assert!(matches!(result, Err(CallError::NotFound { .. })));
        assert_eq!(asked.len(), 1);
    }

    #[test]
    fn a_digest_challenge_is_answered_once() {
        let ask = [(
            "WWW-Authenticate",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
        )];
        let replies = vec![reply(401, "", &ask), reply(401, "", &ask)];
        let (result, asked, _) = called("digest", replies);
        assert_eq!(result.unwrap().status, 401);
        assert!(asked.len() == 2 && asked[1].contains("Digest username=\"u\""));
    }

    #[test]
    fn a_named_wait_is_kept_and_then_it_is_tried_again() {
        let busy = reply(429, "", &[("Retry-After", "1")]);
        let start = std::time::Instant::now();
        let replies = vec![busy, reply(200, r#"{"token":"t"}"#, &[])];
        let (result, asked, _) = called("token", replies);
        assert_eq!((result.unwrap().status, asked.len()), (200, 2));
        assert!(start.elapsed() >= Duration::from_millis(900));
        let long = reply(429, "", &[("Retry-After", "3600")]);
        let (result, asked, _) = called("token", vec![long]);
        assert_eq!((result.unwrap().status, asked.len()), (429, 1));
    }
}
