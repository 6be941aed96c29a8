//! Checks that are HTTP calls of a fixed shape: Basic with and without the password compared, container registries,
//! Kubernetes. The address comes from the scanned text and is asked only if the user allowed it.

use serde_json::Value;

use super::super::encode::{base64, from_base64, percent};
use super::super::exchange::{CallError, Client};
use super::super::judge::{Judgement, Reply, Verdict};
use super::super::pick::View;
use super::super::request::{HostFrom, Request};
use super::super::url::Url;
use super::target::Target;
use super::{live, open_to_all, quoted, said, unknown};
use crate::pattern::schema::Kind;

/// Sends what these checks ask.
pub(super) struct Web<'a> {
    pub(super) client: &'a Client,
    pub(super) kind: &'a Kind,
    /// Who named the host.
    pub(super) from: HostFrom,
}

impl Web<'_> {
    fn ask(
        &self,
        method: &str,
        url: &Url,
        authorization: Option<&str>,
        json: &str,
    ) -> Result<Reply, CallError> {
        let mut request = Request {
            method: method.to_owned(),
            url: url.clone(),
            headers: Vec::new(),
            body: json.as_bytes().to_vec(),
            host_from: self.from,
        };
        if let Some(value) = authorization {
            request.set_header("Authorization", value);
        }
        if !json.is_empty() {
            request.set_header("Content-Type", "application/json");
        }
        self.client.send(&request, self.kind)
    }
}

fn address(target: &Target, path: &str) -> Result<Url, Judgement> {
    // Docker too speaks to a registry on this very machine without TLS.
    let here =
        target.scheme.is_empty() && matches!(target.host.as_str(), "localhost" | "127.0.0.1");
    let scheme = if here || target.scheme == "http" {
        "http"
    } else {
        "https"
    };
    let host = if target.host.contains(':') {
        format!("[{}]", target.host)
    } else {
        target.host.clone()
    };
    let port = target.port.map_or(String::new(), |port| format!(":{port}"));
    Url::parse(&format!("{scheme}://{host}{port}{path}")).map_err(unknown)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}")))
}

/// A password is alive only if the same page is refused without it.
pub(super) fn http_basic(web: &Web<'_>, target: &Target) -> Result<Judgement, CallError> {
    let url = match address(target, &format!("/{}", target.database)) {
        Ok(url) => url,
        Err(why) => return Ok(why),
    };
    let without = web.ask("GET", &url, None, "")?;
    if (200..300).contains(&without.status) {
        return Ok(open_to_all());
    }
    if without.status != 401 {
        return Ok(unknown(format!(
            "without a password the answer is {} and not 401",
            without.status
        )));
    }
    let ask = |password: &str| {
        let login = basic(&target.user, password);
        Ok::<u16, CallError>(web.ask("GET", &url, Some(&login), "")?.status)
    };
    let with = ask(&target.password)?;
    if with == 401 {
        return Ok(said(Verdict::Dead));
    }
    if !matches!(with, 200..300 | 403) {
        return Ok(unknown(format!(
            "the answer proves nothing (status {with})"
        )));
    }
    // Some servers say 403 to a wrong password, some to a right one that may not read this page.
    Ok(match (with, ask(&neighbour(&target.password))?) {
        (200..300, 401 | 403) | (403, 401) => live([("user", target.user.clone())]),
        (200..300, 200..300) => unknown("the server accepts any password"),
        (_, other) => unknown(format!(
            "a made-up password gets status {other}, this one {with}: that proves nothing"
        )),
    })
}

/// A password of the same shape that is another one.
fn neighbour(password: &str) -> String {
    let next = |c: char| match c {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(c as u32 + 1).unwrap_or('x'),
        _ => c,
    };
    let other: String = password.chars().map(next).collect();
    if other == password {
        format!("{password}x")
    } else {
        other
    }
}

/// The Docker registry's own way: `/v2/`, then the token service it names.
pub(super) fn docker_registry(web: &Web<'_>, target: &Target) -> Result<Judgement, CallError> {
    let login = login_of(target);
    let Some((user, password)) = login else {
        return Ok(unknown("the entry holds no user and password"));
    };
    let url = match address(target, "/v2/") {
        Ok(url) => url,
        Err(why) => return Ok(why),
    };
    let first = web.ask("GET", &url, None, "")?;
    if first.status == 200 {
        return Ok(open_to_all());
    }
    let challenge = first.header("www-authenticate").unwrap_or_default();
    let login = basic(&user, &password);
    let identity = [("user", quoted(&user))];
    if challenge.to_ascii_lowercase().starts_with("bearer ") {
        let field = |name: &str| quoted_field(challenge, name);
        let Some(mut realm) = field("realm").and_then(|realm| Url::parse(realm).ok()) else {
            return Ok(unknown("the registry names no token service"));
        };
        if !realm.https && url.https || !related(&url.host, &realm.host) {
            let host = quoted(&realm.host);
            return Ok(unknown(format!(
                "the registry sends logins to another host: {host}"
            )));
        }
        if let Some(service) = field("service") {
            realm.push_query(&format!("service={}", percent(service)));
        }
        realm.push_query(&format!("account={}", percent(&user)));
        let allowed = web.client.may_ask(&url.host, web.from).is_ok();
        let reply = web.token(&realm, &login, allowed)?;
        let view = View::new(&reply);
        let token = view.at("/token").or(view.at("/access_token"));
        return Ok(match reply.status {
            200 if token.is_some_and(Value::is_string) => live(identity),
            401 => said(Verdict::Dead),
            status => unknown(format!(
                "the token service's answer proves nothing (status {status})"
            )),
        });
    }
    let reply = web.ask("GET", &url, Some(&login), "")?;
    Ok(match reply.status {
        200 => live(identity),
        401 => said(Verdict::Dead),
        status => unknown(format!("the answer proves nothing (status {status})")),
    })
}

impl Web<'_> {
    /// The token service is asked on the strength of the registry that the user allowed.
    fn token(&self, realm: &Url, login: &str, allowed: bool) -> Result<Reply, CallError> {
        let mut request = Request {
            method: "GET".to_owned(),
            url: realm.clone(),
            headers: Vec::new(),
            body: Vec::new(),
            host_from: if allowed {
                HostFrom::Pattern
            } else {
                HostFrom::Text
            },
        };
        request.set_header("Authorization", login);
        self.client.send(&request, self.kind)
    }
}

/// User and password, from the parts or from the `auth` of a Docker configuration.
fn login_of(target: &Target) -> Option<(String, String)> {
    if !target.user.is_empty() {
        return Some((target.user.clone(), target.password.to_string()));
    }
    let decoded = String::from_utf8(from_base64(&target.password)?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

fn quoted_field<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let at = challenge.find(&format!("{name}=\""))? + name.len() + 2;
    challenge[at..].split('"').next()
}

/// The same host, or both below the same domain of at least two labels.
fn related(registry: &str, realm: &str) -> bool {
    if registry == realm {
        return true;
    }
    let parent = match registry.split_once('.') {
        Some((_, parent)) if parent.contains('.') => parent,
        _ => registry,
    };
    super::super::address::below(realm, parent)
}

/// Kubernetes: who the token is, by a review that stores nothing.
pub(super) fn kubernetes(web: &Web<'_>, target: &Target) -> Result<Judgement, CallError> {
    if target.password.starts_with("LS0tLS1") || target.password.starts_with("-----") {
        return Ok(unknown(
            "a client key is tried only together with its certificate, which is not done here",
        ));
    }
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let url = match address(target, path) {
        Ok(url) => url,
        Err(why) => return Ok(why),
    };
    let token = format!("Bearer {}", *target.password);
    let body = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;
    let reply = web.ask("POST", &url, Some(&token), body)?;
    let view = View::new(&reply);
    let is_kubernetes = view.pick("/apiVersion").is_some();
    Ok(match reply.status {
        200 | 201 => {
            let user = view.pick("/status/userInfo/username").unwrap_or_default();
            if user.is_empty() || user == "system:anonymous" {
                unknown("the cluster does not say who this is")
            } else {
                let groups = view.pick("/status/userInfo/groups").unwrap_or_default();
                live([("user", user), ("groups", groups)])
            }
        }
        401 if is_kubernetes => said(Verdict::Dead),
        // Older clusters have no review; a refusal that names the user proves that it is known.
        403 | 404 if is_kubernetes => named_in_refusal(web, target, &token)?,
        status => unknown(format!("the answer proves nothing (status {status})")),
    })
}

fn named_in_refusal(web: &Web<'_>, target: &Target, token: &str) -> Result<Judgement, CallError> {
    let url = match address(target, "/api/v1/namespaces") {
        Ok(url) => url,
        Err(why) => return Ok(why),
    };
    let reply = web.ask("GET", &url, Some(token), "")?;
    let view = View::new(&reply);
    let message = view.pick("/message").unwrap_or_default();
    let user = message.split('"').nth(1).unwrap_or_default();
    Ok(match reply.status {
        401 => said(Verdict::Dead),
        403 if user.starts_with("system:serviceaccount:") => live([("user", quoted(user))]),
        200 if view.pick("/kind").as_deref() == Some("NamespaceList") => live([]),
        status => unknown(format!("the answer proves nothing (status {status})")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_service_must_be_the_registrys_own() {
        assert!(related("registry-1.docker.example", "auth.docker.example"));
        assert!(related("registry.gitlab.example", "gitlab.example"));
        assert!(related("ghcr.example", "ghcr.example"));
        assert!(!related("ghcr.example", "evil.example"));
        assert!(!related("registry.a.example", "registry.b.example"));
    }

    #[test]
    fn a_made_up_password_is_another_one_of_the_same_shape() {
        assert_eq!(neighbour("zZ9-aB1"), "aA0-bC2");
        assert_eq!(neighbour("---"), "---x");
        assert_eq!(neighbour(""), "x");
    }

    #[test]
    fn the_fields_of_a_challenge_are_found() {
        let challenge = "Bearer realm=\"https://auth.example/token\",service=\"reg\"";
        assert_eq!(
            quoted_field(challenge, "realm"),
            Some("https://auth.example/token")
        );
        assert_eq!(quoted_field(challenge, "scope"), None);
    }
}
