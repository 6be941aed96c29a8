//! Reach: the calls of an incident, made as the responder, page by page, each written into the evidence. What the
//! answers mean is not known here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::rows::{Row, elements, gather};
use super::words::{self, both};
use crate::api::exchange::{About, Answer, Client};
use crate::api::judge::{Reply, accepted, holds};
use crate::api::pick::{View, plain};
use crate::api::values::Values;
use crate::api::xml;
use crate::finding::{Finding, Secret};
use crate::pattern::KindRef;
use crate::pattern::incident::{Page, Text};
use crate::pattern::schema::{Call, Condition};
use crate::respond::act::answered;
use crate::respond::plan::values;
use crate::respond::{Identity, Recorder, Whom};

/// Most pages of one list.
const MOST_PAGES: u32 = 40;
/// Waits before a call that the provider throttled is made again.
const PATIENCE: [u64; 3] = [1, 2, 4];
/// Words by which providers say: slower.
const SLOWER: [&str; 5] = [
    "Throttl",
    "RequestLimitExceeded",
    "Rate exceeded",
    "TooManyRequests",
    "secondary rate limit",
];

/// What a reading call is about.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    /// Where the list stands in the reply.
    pub(super) list: Option<&'a str>,
    /// How further pages are asked for.
    pub(super) page: Option<&'a Page>,
    /// Replies that mean: there is none.
    pub(super) none: &'a [Condition],
}

/// What a reading call brought.
#[derive(Default)]
pub(super) struct Found {
    /// The elements.
    pub(super) elements: Vec<Value>,
    /// There were more pages than are read.
    pub(super) cut: bool,
    /// The provider says: there is none.
    pub(super) none: bool,
}

/// Makes the calls of an incident.
pub(super) struct Reach<'a> {
    pub(super) client: &'a Client,
    pub(super) finding: &'a Finding,
    pub(super) found: KindRef<'a>,
    pub(super) responder: Option<&'a Identity>,
    /// Names that `[responder]` may have, for who has none.
    pub(super) names: String,
    pub(super) evidence: Option<&'a Recorder>,
    pub(super) stop: &'a AtomicBool,
}

impl Reach<'_> {
    /// Reads a list to its end, or to a bound.
    pub(super) fn read(
        &self,
        name: &str,
        wanted: Wanted<'_>,
        rows: [&Row; 2],
    ) -> Result<Found, Text> {
        let mut found = Found::default();
        let mut page = wanted
            .page
            .filter(|page| page.from.is_none())
            .map(|page| page.start);
        let mut token = page.map(|page| page.to_string());
        for _ in 0..MOST_PAGES {
            let mut values = self.values(rows)?;
            if let Some(token) = &token {
                values.set("page", Secret::new(token));
            }
            let answer = self.send(name, &mut values)?;
            if wanted
                .none
                .iter()
                .any(|one| holds(one, &View::new(&answer.reply)))
            {
                found.none = true;
                return Ok(found);
            }
            let reply = self.taken(name, &answer)?;
            let answered = json(reply, &answer)?;
            let all = elements(&answered, wanted.list);
            let count = all.len();
            found.elements.extend(all);
            token = match (wanted.page, &mut page) {
                (None, _) => None,
                (Some(how), Some(page)) => {
                    *page += how.by;
                    (how.full > 0 && count >= how.full as usize).then(|| page.to_string())
                }
                (Some(how), None) => next_page(how, &answer.reply, &answered),
            };
            if token.is_none() {
                return Ok(found);
            }
        }
        found.cut = true;
        Ok(found)
    }

    /// Makes a change; what the provider says if it does not take it.
    pub(super) fn change(&self, name: &str, rows: [&Row; 2]) -> Result<(), Text> {
        let mut values = self.values(rows)?;
        let answer = self.send(name, &mut values)?;
        self.taken(name, &answer).map(drop)
    }

    /// The host that a call goes to, as far as it is known.
    pub(super) fn host(&self, name: &str, rows: [&Row; 2]) -> Option<String> {
        let values = self.values(rows).ok()?;
        self.client.destination(self.about(), name, &values)
    }

    fn about(&self) -> About<'_> {
        About {
            provider: self.found.provider,
            kind: self.found.kind,
            spoil_token: false,
        }
    }

    fn call(&self, name: &str) -> Option<&Call> {
        self.found.provider.call.get(name)
    }

    fn values(&self, rows: [&Row; 2]) -> Result<Values, Text> {
        let Some(me) = self.responder else {
            return Err(words::nobody(&self.names));
        };
        let mut values = values(self.finding, self.found, &Whom::Responder(me.clone()));
        for (name, value) in rows.into_iter().flatten() {
            values.set(name.clone(), Secret::new(value));
        }
        Ok(values)
    }

    /// One call with its steps; made again if the provider asks for patience.
    fn send(&self, name: &str, values: &mut Values) -> Result<Answer, Text> {
        let mut waits = PATIENCE.into_iter();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(both!("interrupted", "已中断"));
            }
            self.note("asked", &self.asked(name))?;
            let mut failed = None;
            let sent = self
                .client
                .call_seen(self.about(), name, values, &mut |step, answer| {
                    let fields = answered(step, answer, self.call(step));
                    if let Err(cause) = self.note("answered", &fields) {
                        failed.get_or_insert(cause);
                    }
                });
            if let Some(cause) = failed {
                return Err(cause);
            }
            let answer = sent.map_err(|error| words::call_error(&error))?;
            match waits.next() {
                Some(seconds) if is_throttled(&answer.reply) => self.wait(seconds),
                _ => return Ok(answer),
            }
        }
    }

    /// Waits, unless the user wants an end.
    pub(super) fn wait(&self, seconds: u64) {
        let until = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < until && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The reply, if the provider took the call.
    fn taken<'r>(&self, name: &str, answer: &'r Answer) -> Result<&'r Reply, Text> {
        let reply = &answer.reply;
        let live = self.call(name).is_some_and(|call| {
            let view = View::new(reply);
            accepted(call, reply) || call.live.iter().any(|one| holds(one, &view))
        });
        if live {
            return Ok(reply);
        }
        let (host, status) = (&answer.host, reply.status);
        let said = code(reply);
        let right = matches!(status, 401 | 403);
        let mut why = both!(
            "{host} answered {status}{said}",
            "{host} 返回 {status}{said}"
        );
        if right {
            why.en.push_str(": this identity may lack the right");
            why.zh.push_str("：该身份可能缺少权限");
        }
        Err(why)
    }

    /// The call as its pattern file writes it: templates, no values.
    fn asked(&self, name: &str) -> Vec<(&'static str, Value)> {
        let Some(call) = self.call(name) else {
            return Vec::new();
        };
        vec![
            ("call", name.into()),
            ("method", call.method.clone().into()),
            ("url", call.url.clone().into()),
            ("effect", call.effect.clone().into()),
            ("as", self.responder.map_or("", |one| &one.name).into()),
        ]
    }

    /// Writes a record; without one nothing may be sent.
    pub(super) fn note(&self, event: &str, fields: &[(&str, Value)]) -> Result<(), Text> {
        let Some(recorder) = self.evidence else {
            return Ok(());
        };
        let mut all = vec![(
            "fingerprint",
            Value::from(self.finding.fingerprint.to_string()),
        )];
        all.extend(fields.iter().cloned());
        let written = recorder.record(event, &all);
        written.map_err(|cause| {
            both!(
                "the evidence cannot be written: {cause}",
                "无法写入证据：{cause}"
            )
        })
    }
}

fn is_throttled(reply: &Reply) -> bool {
    let text = View::new(reply);
    let text = text.text();
    reply.status == 429 || (reply.status >= 400 && SLOWER.iter().any(|word| text.contains(word)))
}

fn json(reply: &Reply, answer: &Answer) -> Result<Value, Text> {
    let host = &answer.host;
    if reply.truncated {
        return Err(both!(
            "the answer of {host} is too large",
            "{host} 的应答过大"
        ));
    }
    if reply.body.is_empty() {
        return Ok(Value::Null);
    }
    let text = String::from_utf8_lossy(&reply.body);
    let value = serde_json::from_str(&text)
        .ok()
        .or_else(|| xml::to_json(&text));
    value.ok_or_else(|| {
        both!(
            "{host} answered neither JSON nor XML",
            "{host} 的应答既非 JSON 也非 XML"
        )
    })
}

fn next_page(how: &Page, reply: &Reply, answered: &Value) -> Option<String> {
    let from = how.from.as_deref()?;
    let found = match from.strip_prefix("header:") {
        Some(name) => reply.header(name).map(str::to_owned),
        None => gather(answered, from).first().and_then(plain),
    };
    found.filter(|token| !token.is_empty() && token != "null")
}

/// The provider's word for what is wrong, if it has one.
fn code(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.body);
    let body = serde_json::from_str(&text)
        .ok()
        .or_else(|| xml::to_json(&text));
    let Some(body) = body else {
        return String::new();
    };
    let places = [
        "/**/Code",
        "/**/code",
        "/__type",
        "/**/status",
        "/message",
        "/error",
    ];
    let mut found = places.iter().flat_map(|at| gather(&body, at));
    let word = found.find_map(|value| value.as_str().map(str::to_owned));
    word.map_or_else(String::new, |word| {
        format!(" {}", word.chars().take(100).collect::<String>())
    })
}
