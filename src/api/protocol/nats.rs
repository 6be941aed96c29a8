//! NATS: INFO, CONNECT, and what comes back. A server that asks for no login proves nothing.

use serde_json::{Value, json};

use super::super::judge::Verdict;
use super::super::stream::Stream;
use super::target::Target;
use super::{Answered, live, open_to_all, quoted, said, unknown};

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    if target.scheme == "tls" {
        stream.start_tls()?;
    }
    let info = stream.read_line()?;
    let info: Option<Value> = info
        .strip_prefix("INFO ")
        .and_then(|i| serde_json::from_str(i).ok());
    let Some(info) = info else {
        return Ok(unknown("this is no NATS server"));
    };
    let flag = |name: &str| info.get(name).and_then(Value::as_bool) == Some(true);
    if !flag("auth_required") {
        return Ok(open_to_all());
    }
    if flag("tls_required") && !stream.is_tls() {
        stream.start_tls()?;
    }
    let mut options = json!({ "verbose": true, "pedantic": false, "lang": "rust", "version": "1", "protocol": 1 });
    if target.user.is_empty() {
        options["auth_token"] = json!(target.password.as_str());
    } else {
        options["user"] = json!(target.user);
        options["pass"] = json!(target.password.as_str());
    }
    stream.write(format!("CONNECT {options}\r\n").as_bytes())?;
    let answer = stream.read_line()?;
    Ok(match answer.as_str() {
        "+OK" => {
            let server = info.get("server_name").and_then(Value::as_str);
            live([
                ("user", target.user.clone()),
                ("server", quoted(server.unwrap_or_default())),
            ])
        }
        text if text.contains("Authorization Violation") || text.contains("Expired") => {
            said(Verdict::Dead)
        }
        text => unknown(format!("the server says: {}", quoted(text))),
    })
}
