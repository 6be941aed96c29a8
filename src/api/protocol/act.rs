//! A call that is no HTTP: somebody who may do so logs in over one of the protocols, at the server of the leaked
//! credential, and says the statements of the pattern file. What came of it is told as a reply, so that judge and
//! evidence need to know nothing of protocols.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::super::exchange::{About, Answer, CallError, Client};
use super::super::fault::Fault;
use super::super::judge::{Judgement, Reply, Verdict};
use super::super::stream::Stream;
use super::super::values::Values;
use super::kadmin::{self, Admin};
use super::target::Target;
use super::{aim, kerberos, ldap, mysql, postgres, redis, statement, unknown};
use crate::finding::Secret;
use crate::pattern::schema::{Call, Statement};

/// Most rows for which a statement is said.
const MOST_ROWS: usize = 1000;

/// What a server made of a statement.
pub(super) enum Said {
    /// It did it; what it brought.
    Rows(Vec<Vec<String>>),
    /// It did not; its words.
    Refused(String),
}

/// How statements are said over a protocol.
struct Speech {
    name: &'static str,
    port: u16,
    /// Statements are SQL, one word each.
    sql: bool,
    by: By,
}

enum By {
    /// Over a connection of ours, after logging in.
    Line {
        enter: fn(&mut Stream, &Target) -> Result<Option<Judgement>, Fault>,
        say: fn(&mut Stream, &[&str]) -> Result<Said, Fault>,
    },
    /// By the user's own program; the port is that of the server which the check asks.
    Program(fn(&Admin, &[&str]) -> Said),
}

/// Says a statement of one or more words.
type Say<'a> = dyn FnMut(&[&str]) -> Result<Said, Fault> + 'a;

const SPEECHES: &[Speech] = &[
    Speech {
        name: "kadmin",
        port: 88,
        sql: false,
        by: By::Program(kadmin::say),
    },
    Speech {
        name: "ldap",
        port: 389,
        sql: false,
        by: By::Line {
            enter: ldap::enter,
            say: ldap::say,
        },
    },
    Speech {
        name: "mysql",
        port: 3306,
        sql: true,
        by: By::Line {
            enter: mysql::enter,
            say: mysql::say,
        },
    },
    Speech {
        name: "postgres",
        port: 5432,
        sql: true,
        by: By::Line {
            enter: postgres::enter,
            say: postgres::say,
        },
    },
    Speech {
        name: "redis",
        port: 6379,
        sql: false,
        by: By::Line {
            enter: redis::enter,
            say: redis::say,
        },
    },
];

/// Where the call goes: host and port.
pub fn destination(
    client: &Client,
    about: About<'_>,
    call: &Call,
    values: &Values,
) -> Option<String> {
    let speech = speech(call)?;
    let (target, _) = aim(client, about, values)?;
    let port = target
        .port
        .unwrap_or_else(|| target.default_port(speech.port));
    Some(format!("{}:{port}", target.host))
}

/// The account that the call is about, as the server knows it.
pub fn account(client: &Client, about: About<'_>, values: &Values) -> Option<String> {
    aim(client, about, values).map(|(target, _)| named(&target))
}

/// Logs in as whoever makes the call and says what the pattern file says.
pub fn act(
    client: &Client,
    about: About<'_>,
    call: &Call,
    values: &Values,
) -> Result<Answer, CallError> {
    let name = call.protocol.as_deref().unwrap_or_default();
    let speech = speech(call).ok_or_else(|| CallError::NoCall(name.to_owned()))?;
    let Some((target, from)) = aim(client, about, values) else {
        return Ok(answer(
            String::new(),
            400,
            &json!({ "error": "no server was found beside it" }),
        ));
    };
    let port = target
        .port
        .unwrap_or_else(|| target.default_port(speech.port));
    let host = format!("{}:{port}", target.host);
    let me = |name: &str| {
        values
            .me(name)
            .and_then(Secret::reveal_str)
            .unwrap_or_default()
    };
    // An identity that says where it belongs is shown to nobody else.
    let home = me("host");
    if !home.is_empty() && home != target.host && home != host {
        let error = format!("the responder's identity belongs to {home}");
        return Ok(answer(host, 400, &json!({ "error": error })));
    }
    client.may_ask(&target.host, from)?;
    client.enter(&host, &about.kind.id)?;
    // A program opens connections of its own; this one says whether it may.
    let mut stream = client.wire().open(&target.host, port)?;
    let all = |say: &mut Say<'_>| all(say, call, speech, &named(&target));
    let done = match &speech.by {
        By::Line { enter, say } => match enter(&mut stream, &login(&target, speech, &me))? {
            Some(no) => Err(turned_away(&no.verdict)),
            None => all(&mut |words| say(&mut stream, words))?,
        },
        By::Program(say) => {
            let admin = admin(&host, &me);
            client.enter(&admin.server, &about.kind.id)?;
            all(&mut |words| Ok(say(&admin, words)))?
        }
    };
    Ok(match done {
        Ok(()) => answer(host, 200, &json!({ "done": call.statements.len() })),
        Err((status, error)) => answer(host, status, &json!({ "error": error })),
    })
}

/// The administrator; his server is where the check's is, unless he names another.
fn admin<'v>(centre: &str, me: &dyn Fn(&str) -> &'v str) -> Admin {
    let host = centre.rsplit_once(':').map_or(centre, |(host, _)| host);
    let server = match me("server") {
        "" => format!("{host}:749"),
        named => named.to_owned(),
    };
    Admin {
        principal: me("user").to_owned(),
        password: Zeroizing::new(me("secret").to_owned()),
        centre: centre.to_owned(),
        server,
    }
}

fn all(
    speak: &mut Say<'_>,
    call: &Call,
    speech: &Speech,
    user: &str,
) -> Result<Result<(), (u16, String)>, CallError> {
    for one in &call.statements {
        if let Err(no) = say(speak, speech, one, user)? {
            return Ok(Err(no));
        }
    }
    Ok(Ok(()))
}

fn speech(call: &Call) -> Option<&'static Speech> {
    let name = call.protocol.as_deref()?;
    SPEECHES.iter().find(|speech| speech.name == name)
}

/// The account of a credential; Redis calls the one without a name `default`, a keytab names it inside.
fn named(target: &Target) -> String {
    let redis = matches!(target.scheme.as_str(), "redis" | "rediss");
    match target.user.as_str() {
        "" if redis => "default".to_owned(),
        "" => kerberos::principal(target).unwrap_or_default(),
        user => user.to_owned(),
    }
}

fn login<'v>(target: &Target, speech: &Speech, me: &dyn Fn(&str) -> &'v str) -> Target {
    let database = match me("database") {
        "" if speech.name == "postgres" => "postgres",
        named => named,
    };
    let local = ["127.0.0.1", "::1", "[::1]", "localhost"].contains(&target.host.as_str());
    Target {
        host: target.host.clone(),
        port: target.port,
        scheme: target.scheme.clone(),
        user: me("user").to_owned(),
        password: Zeroizing::new(me("secret").to_owned()),
        database: database.to_owned(),
        guarded: !local && me("plain") != "yes",
    }
}

/// Says one statement, or one for each row; a refusal is a status and words.
fn say(
    speak: &mut Say<'_>,
    speech: &Speech,
    one: &Statement,
    user: &str,
) -> Result<Result<(), (u16, String)>, CallError> {
    let mut rows = vec![Vec::new()];
    if let Some(each) = &one.each {
        rows = match once(speak, speech, each, user, &[])? {
            Said::Rows(rows) => rows,
            Said::Refused(_) if one.optional => return Ok(Ok(())),
            Said::Refused(why) => return Ok(Err((403, why))),
        };
        if let (true, Some(none)) = (rows.is_empty(), &one.none) {
            return Ok(Err((404, none.clone())));
        }
    }
    for row in rows.iter().take(MOST_ROWS) {
        match once(speak, speech, &one.say, user, row)? {
            Said::Refused(why) if !one.optional => return Ok(Err((403, why))),
            _ => {}
        }
    }
    Ok(Ok(()))
}

fn once(
    speak: &mut Say<'_>,
    speech: &Speech,
    text: &str,
    user: &str,
    row: &[String],
) -> Result<Said, CallError> {
    let lookup = |name: &str| {
        if name == "user" {
            return Some(Secret::new(user));
        }
        let column: usize = name.strip_prefix("row.")?.parse().ok()?;
        row.get(column.checked_sub(1)?).map(Secret::new)
    };
    let filled = match speech.sql {
        true => vec![statement::sql(text, &lookup)?],
        false => statement::words(text, &lookup)?,
    };
    let words: Vec<&str> = filled.iter().map(|word| word.as_str()).collect();
    Ok(speak(&words)?)
}

/// What it means that the responder was not let in.
fn turned_away(verdict: &Verdict) -> (u16, String) {
    match verdict {
        Verdict::Dead => (401, "it does not let this identity in".into()),
        Verdict::Frozen => (401, "the responder's own account is locked".into()),
        Verdict::Unknown(why) => (400, why.clone()),
        Verdict::Live => (400, "the login came to no end".into()),
    }
}

/// A responder's password would have to be sent in the clear.
pub(super) fn unguarded() -> Judgement {
    unknown(
        "it speaks no TLS, and a responder's password is sent in the clear only to this machine (plain = yes in the responder's file allows it)",
    )
}

fn answer(host: String, status: u16, body: &Value) -> Answer {
    let reply = Reply {
        status,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.to_string().into_bytes(),
        truncated: false,
    };
    Answer { reply, host }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_lint_knows_exactly_the_protocols_that_take_statements() {
        let ours: Vec<_> = super::SPEECHES.iter().map(|one| one.name).collect();
        assert_eq!(ours, crate::pattern::names::SPOKEN);
    }
}
