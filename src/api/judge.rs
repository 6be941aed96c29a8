//! Reply and call -> verdict and identity. Pure. Live, frozen and dead are proven by what the pattern
//! file says; everything else is unknown, with its reason.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::pick::{View, plain, xml};
use crate::pattern::schema::{Call, Condition};

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// Body, up to the cap.
    pub body: Vec<u8>,
    /// The body was longer than the cap.
    pub truncated: bool,
}

impl Reply {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter();
        let found = found.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn is_html(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        let head: String = self
            .body
            .iter()
            .take(256)
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect();
        let head = head.trim_start();
        if head.starts_with("<!doctype html") || head.contains("<html") {
            return true;
        }
        // Many an API calls its data a page.
        let data = ["{", "[", "<?xml", "<error"];
        let data = data.iter().any(|start| head.starts_with(start));
        kind.to_ascii_lowercase().starts_with("text/html") && !data
    }
}

/// What a reply proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Live,
    /// It is right, but disabled or restricted.
    Frozen,
    /// It opens nothing.
    Dead,
    /// Nothing is proven; why.
    Unknown(String),
}

impl Verdict {
    /// The word used in recorded replies.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Live => "live",
            Verdict::Frozen => "frozen",
            Verdict::Dead => "dead",
            Verdict::Unknown(_) => "unknown",
        }
    }
}

/// A verdict, and what the provider said about the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What is proven.
    pub verdict: Verdict,
    /// Account, owner, scopes, …
    pub identity: BTreeMap<String, String>,
}

/// Judges the reply to a check.
pub fn judge(call: &Call, reply: &Reply) -> Judgement {
    let view = View::new(reply);
    let verdict = verdict(call, &view);
    let identity = match verdict {
        Verdict::Live | Verdict::Frozen => picked(&call.identity, &view),
        _ => BTreeMap::new(),
    };
    Judgement { verdict, identity }
}

/// True if the provider took a freeze, thaw or revoke.
pub fn accepted(call: &Call, reply: &Reply) -> bool {
    let view = View::new(reply);
    call.accepted.iter().any(|c| holds(c, &view))
}

/// The values that a table of expressions names in a reply, as people are shown them.
fn picked(table: &BTreeMap<String, String>, view: &View<'_>) -> BTreeMap<String, String> {
    let found = table.iter();
    let found = found.filter_map(|(name, from)| Some((name.clone(), view.pick(from)?)));
    found.collect()
}

/// The same, as the next call needs them.
pub fn taken(table: &BTreeMap<String, String>, view: &View<'_>) -> BTreeMap<String, String> {
    let found = table.iter();
    let found = found.filter_map(|(name, from)| Some((name.clone(), view.take(from)?)));
    found.collect()
}

fn verdict(call: &Call, view: &View<'_>) -> Verdict {
    let reply = view.reply;
    let any = |conditions: &[Condition]| {
        let mut all = conditions.iter();
        all.any(|c| holds(c, view) && trusted(c, reply))
    };
    if reply.status == 407 {
        return Verdict::Unknown("the proxy wants a password".into());
    }
    // A frozen state is told by something more than what makes a reply live or dead.
    if any(&call.frozen) {
        return Verdict::Frozen;
    }
    match (any(&call.live), any(&call.dead)) {
        (true, true) => Verdict::Unknown("the reply reads as live and as dead".into()),
        (true, false) => Verdict::Live,
        (false, true) => Verdict::Dead,
        (false, false) => Verdict::Unknown(unproven(reply)),
    }
}

/// Overload, a broken server and a redirect prove nothing unless the pattern names what it looks for inside. A web
/// page has many authors (portals, proxies, firewalls) and many words: a text in it counts only where the pattern
/// says by a header what page it is. A login that the network's own gate wants is not the provider's either.
fn trusted(condition: &Condition, reply: &Reply) -> bool {
    if from_a_gate(reply) {
        return false;
    }
    if reply.is_html() {
        return !condition.xml.is_empty() || !condition.header.is_empty();
    }
    let looks_inside = !condition.json.is_empty()
        || !condition.equals.is_empty()
        || !condition.xml.is_empty()
        || !condition.header.is_empty()
        || !condition.text.is_empty();
    let needs_inside =
        reply.status == 429 || reply.status >= 500 || (300..400).contains(&reply.status);
    looks_inside || !needs_inside
}

/// True if something between here and the provider answered, by what such gates say of themselves.
fn from_a_gate(reply: &Reply) -> bool {
    let login = reply.header("www-authenticate").unwrap_or_default();
    let login = login.to_ascii_lowercase();
    let windows = login.starts_with("negotiate") || login.starts_with("ntlm");
    let blocked = reply.body.starts_with(b"error code: 1");
    reply.status == 511 || windows || blocked || reply.header("cf-mitigated").is_some()
}

fn unproven(reply: &Reply) -> String {
    let status = reply.status;
    match status {
        429 => match reply.header("retry-after").and_then(seconds) {
            Some(wait) => format!("rate limited for {wait} s"),
            None => "rate limited".into(),
        },
        _ if from_a_gate(reply) => format!("the network's own gate answered (status {status})"),
        300..=399 => "redirected elsewhere, not followed".into(),
        500.. => format!("the provider's server failed (status {status})"),
        _ if reply.is_html() => format!("a web page answered instead of the API (status {status})"),
        _ if reply.truncated => format!("the answer is too large to judge (status {status})"),
        _ => format!("the answer proves nothing (status {status})"),
    }
}

/// `Retry-After` in seconds; a date is not worth waiting for.
pub fn seconds(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// True if everything the condition states holds. One that states nothing never does.
pub fn holds(condition: &Condition, view: &View<'_>) -> bool {
    let reply = view.reply;
    let stated = !condition.status.is_empty()
        || !condition.json.is_empty()
        || !condition.equals.is_empty()
        || !condition.absent.is_empty()
        || !condition.xml.is_empty()
        || !condition.header.is_empty()
        || !condition.text.is_empty()
        || !condition.not_text.is_empty();
    // What is absent can only be told of a whole reply.
    let whole = condition.absent.is_empty() && condition.not_text.is_empty() || !reply.truncated;
    stated
        && whole
        && (condition.status.is_empty() || condition.status.contains(&reply.status))
        && condition.json.iter().all(|p| view.at(p).is_some_and(full))
        && condition.equals.iter().all(|(p, v)| equals(view, p, v))
        && (condition.absent.is_empty() || absent(condition, view))
        && condition.xml.iter().all(|(name, v)| has_xml(view, name, v))
        && condition
            .header
            .iter()
            .all(|(name, v)| has_header(reply, name, v))
        && (condition.text.is_empty() || condition.text.iter().any(|t| has_text(reply, t)))
        && !condition.not_text.iter().any(|t| has_text(reply, t))
}

fn full(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn equals(view: &View<'_>, pointer: &str, wanted: &str) -> bool {
    let found = view.at(pointer).and_then(plain);
    found.is_some_and(|found| found == wanted)
}

fn absent(condition: &Condition, view: &View<'_>) -> bool {
    let missing = |pointer: &String| view.at(pointer).is_none_or(Value::is_null);
    view.json().is_some() && condition.absent.iter().all(missing)
}

fn has_xml(view: &View<'_>, name: &str, wanted: &str) -> bool {
    xml(&view.text(), name).any(|text| wanted.is_empty() || text == wanted)
}

fn has_header(reply: &Reply, name: &str, pattern: &str) -> bool {
    let value = reply.header(name);
    value.is_some_and(|value| Regex::new(pattern).is_ok_and(|regex| regex.is_match(value)))
}

fn has_text(reply: &Reply, wanted: &str) -> bool {
    memchr::memmem::find(&reply.body, wanted.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(toml: &str) -> Call {
        toml::from_str(toml).unwrap()
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            body: body.as_bytes().to_vec(),
            ..Reply::default()
        }
    }

    fn word(call: &Call, status: u16, body: &str) -> &'static str {
        judge(call, &reply(status, body)).verdict.word()
    }

    #[test]
    fn only_what_is_proven_is_said() {
        let call = call(
            r#"
            live = [{ status = [200], json = ["/id"] }]
            frozen = [{ status = [403], text = ["suspended"] }, { status = [200], equals = { "/state" = "off" } }]
            dead = [{ status = [401, 403] }]
            identity = { account = "/mail" }
            "#,
        );
        assert_eq!(word(&call, 200, r#"{"id":7}"#), "live");
        assert_eq!(word(&call, 200, r#"{"id":7,"state":"off"}"#), "frozen");
        assert_eq!(word(&call, 200, "{}"), "unknown");
        assert_eq!(word(&call, 200, r#"{"id":""}"#), "unknown");
        assert_eq!(word(&call, 200, "<html>"), "unknown");
        assert_eq!(word(&call, 401, ""), "dead");
        assert_eq!(word(&call, 403, "account suspended"), "frozen");
        assert_eq!(
            word(&call, 403, "<!DOCTYPE html><p>Access denied"),
            "unknown"
        );
        for status in [302, 404, 407, 429, 500, 503] {
            assert_eq!(word(&call, status, ""), "unknown", "{status}");
        }
        let live = judge(&call, &reply(200, r#"{"id":7,"mail":"a@b"}"#));
        assert_eq!(live.identity["account"], "a@b");
    }

    #[test]
    fn what_stands_between_here_and_the_provider_proves_nothing() {
        let call = call(
            r#"
            live = [{ status = [200], text = ["ok"] }, { status = [200], header = { x-team = ".+" } }]
            dead = [{ status = [401] }, { status = [403], text = ["Forbidden"] }]
            "#,
        );
        assert_eq!(word(&call, 403, r#"{"message":"Forbidden"}"#), "dead");
        let page = "<html><h1>403 Forbidden</h1>blocked by your company: ok</html>";
        assert_eq!(word(&call, 403, page), "unknown");
        assert_eq!(word(&call, 200, page), "unknown");
        assert_eq!(word(&call, 403, "error code: 1020 Forbidden"), "unknown");
        assert_eq!(word(&call, 511, "Forbidden"), "unknown");
        let with = |status, name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            let reply = Reply {
                headers,
                ..reply(status, "<html>")
            };
            judge(&call, &reply).verdict.word()
        };
        assert_eq!(with(401, "WWW-Authenticate", "Negotiate"), "unknown");
        assert_eq!(with(401, "WWW-Authenticate", "NTLM abc"), "unknown");
        assert_eq!(with(200, "X-Team", "T1"), "live");
        let data = Reply {
            headers: vec![("Content-Type".into(), "text/html".into())],
            ..reply(403, r#"{"message":"Forbidden"}"#)
        };
        assert_eq!(judge(&call, &data).verdict.word(), "dead");
    }

    #[test]
    fn overload_and_failures_are_never_dead_by_their_status() {
        let call = call("dead = [{ status = [429, 500, 503, 302] }, { text = [\"revoked\"] }]");
        for status in [302, 429, 500, 503] {
            assert_eq!(word(&call, status, ""), "unknown");
        }
        assert_eq!(word(&call, 500, "key revoked"), "dead");
    }

    #[test]
    fn a_cut_reply_cannot_prove_that_something_is_absent() {
        let call = call("live = [{ status = [200], not_text = [\"error\"] }]");
        assert_eq!(word(&call, 200, "fine"), "live");
        let cut = Reply {
            truncated: true,
            ..reply(200, "fine")
        };
        assert_eq!(judge(&call, &cut).verdict.word(), "unknown");
    }

    #[test]
    fn live_and_dead_at_once_is_neither() {
        let call = call("live = [{ status = [200] }]\ndead = [{ text = [\"invalid\"] }]");
        assert_eq!(word(&call, 200, "invalid"), "unknown");
    }

    #[test]
    fn a_condition_that_states_nothing_never_holds() {
        let call = call("live = [{}]");
        assert_eq!(word(&call, 200, ""), "unknown");
    }
}
