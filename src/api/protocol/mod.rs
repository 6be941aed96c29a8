//! Checks that are no HTTP call, by name: each speaks a protocol as far as its answer to a login, reads who it is
//! where that changes nothing, and leaves. Sockets come from `transport`.

mod act;
mod amqp;
mod ber;
mod bson;
mod ftp;
mod imap;
mod kadmin;
mod kerberos;
mod kerberos_key;
mod ldap;
mod mongodb;
mod mqtt;
mod mysql;
mod nats;
mod postgres;
mod redis;
mod scram;
mod smtp;
mod ssh;
mod ssh_key;
mod ssh_wire;
mod statement;
mod target;
mod tds;
mod web;

use std::collections::BTreeMap;

use super::encode::base64;
use super::exchange::{About, CallError, Client};
use super::fault::Fault;
use super::judge::{Judgement, Verdict};
use super::request::HostFrom;
use super::stream::Stream;
use super::values::Values;
use crate::finding::Secret;

pub use act::{account, act, destination};
/// What is said of a key that a server refuses.
pub use ssh::REFUSED as SSH_REFUSED;
use target::Target;

/// What a login over a raw connection brought.
type Answered = Result<Judgement, Fault>;

/// How a protocol is spoken.
#[derive(Clone, Copy)]
enum Speaker {
    /// Over a raw connection to this port unless another is stated.
    Raw(u16, fn(&mut Stream, &Target) -> Answered),
    /// The same, over a new connection for each question.
    Calls(u16, fn(&kerberos::Open<'_>, &Target) -> Answered),
    /// Over HTTP.
    Web(fn(&web::Web<'_>, &Target) -> Result<Judgement, CallError>),
}

struct Protocol {
    name: &'static str,
    speaker: Speaker,
    /// Whether "accepted" is believed only after a made-up password was refused.
    control: bool,
}

const fn raw(
    name: &'static str,
    port: u16,
    control: bool,
    speak: fn(&mut Stream, &Target) -> Answered,
) -> Protocol {
    Protocol {
        name,
        speaker: Speaker::Raw(port, speak),
        control,
    }
}

const fn web(
    name: &'static str,
    control: bool,
    speak: fn(&web::Web<'_>, &Target) -> Result<Judgement, CallError>,
) -> Protocol {
    Protocol {
        name,
        speaker: Speaker::Web(speak),
        control,
    }
}

/// Every protocol. Where the server proves by itself that it looked at the password (it asked for one, knows the
/// user's name afterwards), a second, wrong attempt is not worth its entry in the log.
const PROTOCOLS: &[Protocol] = &[
    raw("amqp", 5672, true, amqp::check),
    web("docker-registry", true, web::docker_registry),
    raw("ftp", 21, true, ftp::check),
    web("http-basic", false, web::http_basic),
    raw("imap", 143, true, imap::check),
    Protocol {
        name: "kerberos",
        speaker: Speaker::Calls(88, kerberos::check),
        control: false,
    },
    web("kubernetes", false, web::kubernetes),
    raw("ldap", 389, true, ldap::check),
    raw("mongodb", 27017, false, mongodb::check),
    raw("mqtt", 1883, true, mqtt::check),
    raw("mssql", 1433, false, tds::check),
    raw("mysql", 3306, false, mysql::check),
    raw("nats", 4222, false, nats::check),
    raw("postgres", 5432, false, postgres::check),
    raw("redis", 6379, false, redis::check),
    raw("smtp", 587, true, smtp::check),
    raw("ssh", 22, false, ssh::check),
];

/// Every protocol's name, ordered.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROTOCOLS.iter().map(|protocol| protocol.name)
}

/// True if "accepted" is believed only after a made-up password was refused.
pub fn needs_control(name: &str) -> bool {
    let found = PROTOCOLS.iter().find(|protocol| protocol.name == name);
    found.is_some_and(|protocol| protocol.control)
}

/// The host that these values name, if they name one.
pub fn host(values: &Values) -> Option<String> {
    Target::of(values, false).map(|target| target.host)
}

/// The public half of a private key as a line of `authorized_keys`.
pub fn ssh_public_line(pem: &str) -> Option<String> {
    let key = ssh_key::public_half(pem)?;
    let name = ssh_wire::take_string(&mut key.blob.as_slice())?.to_vec();
    let name = String::from_utf8(name).ok()?;
    Some(format!("{name} {}", base64(&key.blob)))
}

/// The server that the credential names; without one, the server that the settings or the pattern file name for its
/// provider.
fn aim(client: &Client, about: About<'_>, values: &Values) -> Option<(Target, HostFrom)> {
    let named = Target::of(values, about.kind.facts.as_deref() == Some("url"));
    if let Some(target) = named {
        // A text may say at which of the provider's own hosts a key is used; others need permission.
        let own = about.provider.hosts.contains(&target.host);
        let from = if own {
            HostFrom::Pattern
        } else {
            HostFrom::Text
        };
        return Some((target, from));
    }
    let (address, from) = client.server_of(about.provider)?;
    let mut values = values.clone();
    values.set("url", Secret::new(address));
    Some((Target::of(&values, false)?, from))
}

/// Asks the server whether the credential works.
pub fn check(
    client: &Client,
    about: About<'_>,
    name: &str,
    values: &Values,
) -> Result<Judgement, CallError> {
    let kind = about.kind;
    let found = PROTOCOLS.iter().find(|protocol| protocol.name == name);
    let Some(protocol) = found else {
        return Ok(unknown("this check does not exist"));
    };
    let Some((target, from)) = aim(client, about, values) else {
        return Ok(unknown(format!(
            "no server was found beside it to ask; [endpoints] {} can name one",
            about.provider.id
        )));
    };
    match protocol.speaker {
        Speaker::Web(speak) => speak(&web::Web { client, kind, from }, &target),
        Speaker::Raw(port, speak) => {
            let port = enter(client, &kind.id, &target, (port, from))?;
            let mut stream = client.wire().open(&target.host, port)?;
            Ok(speak(&mut stream, &target)?)
        }
        Speaker::Calls(port, speak) => {
            let port = enter(client, &kind.id, &target, (port, from))?;
            let open = || client.wire().open(&target.host, port);
            Ok(speak(&open, &target)?)
        }
    }
}

/// The port, once the host may be asked and its turn has come.
fn enter(
    client: &Client,
    kind: &str,
    target: &Target,
    (standard, from): (u16, HostFrom),
) -> Result<u16, CallError> {
    let port = target.port.unwrap_or_else(|| target.default_port(standard));
    client.may_ask(&target.host, from)?;
    client.enter(&format!("{}:{port}", target.host), kind)?;
    Ok(port)
}

fn said(verdict: Verdict) -> Judgement {
    Judgement {
        verdict,
        identity: BTreeMap::new(),
    }
}

fn unknown(why: impl Into<String>) -> Judgement {
    said(Verdict::Unknown(why.into()))
}

fn live(identity: impl IntoIterator<Item = (&'static str, String)>) -> Judgement {
    let identity = identity.into_iter();
    let identity = identity.filter(|(_, value)| !value.is_empty());
    Judgement {
        verdict: Verdict::Live,
        identity: identity
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

/// The server let everybody in, so it proves nothing about this password.
fn open_to_all() -> Judgement {
    unknown("the server asks for no password")
}

/// A server's own words, short and without control characters.
fn quoted(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = clean.take(160).collect();
    short.trim().to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_lint_knows_exactly_these_protocols() {
        let ours: Vec<_> = super::names().collect();
        assert_eq!(ours, crate::pattern::names::PROTOCOLS);
    }
}
