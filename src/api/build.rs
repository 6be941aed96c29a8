//! Call and values -> Request: templates rendered, everything percent-encoded where it stands, signed. Sends nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use super::encode::{base64, form, percent, percent_structure};
use super::request::{HostFrom, Request};
use super::sign::{self, Settings, SignError, Stamp, When};
use super::url::Url;
use super::values::Values;
use crate::finding::Secret;
use crate::pattern::schema::Call;
use crate::pattern::template::{Malformed, Template, Unfilled};

/// Why a request could not be made. Names, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A template of the pattern file is broken.
    #[error("a template of the pattern file cannot be read: {0}")]
    Template(#[from] Malformed),
    /// A value is missing.
    #[error("{0}")]
    Unfilled(#[from] Unfilled),
    /// The address is refused.
    #[error("{0}")]
    Url(&'static str),
    /// The JSON body of the pattern is not JSON.
    #[error("the JSON body of the pattern file is not JSON")]
    Json,
    /// A value would break out of its header.
    #[error("the value of header '{0}' holds a control character")]
    Header(String),
    /// A value that must not stand in a statement.
    #[error("a value holds a character that cannot safely stand in a statement")]
    Statement,
    /// Signing failed.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// What a request is made from besides the call.
pub struct Ingredients<'a> {
    /// What the templates stand for.
    pub values: &'a Values,
    /// Where the user wants this provider's calls to go instead: a template of an address.
    pub endpoint: Option<&'a str>,
    /// Time and nonce.
    pub stamp: Stamp,
    /// Spoil the token that a key signs, for the negative control of kinds whose key cannot be mutated.
    pub spoil_token: bool,
}

struct Kitchen<'a> {
    ingredients: &'a Ingredients<'a>,
    jwt: Option<Secret>,
}

impl Kitchen<'_> {
    fn lookup(&self, name: &str) -> Option<Secret> {
        match (name, &self.jwt) {
            ("jwt", Some(jwt)) => Some(jwt.clone()),
            _ => self
                .ingredients
                .values
                .lookup(name, &self.ingredients.stamp),
        }
    }

    fn render(&self, text: &str) -> Result<Zeroizing<String>, BuildError> {
        Ok(Template::parse(text)?.render(&|name| self.lookup(name))?)
    }

    /// Rendered fields; one that is empty because of an optional slot is left out.
    fn fields(
        &self,
        templates: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, Zeroizing<String>)>, BuildError> {
        let mut out = Vec::new();
        for (name, text) in templates {
            let template = Template::parse(text)?;
            let value = template.render(&|name| self.lookup(name))?;
            if value.is_empty() && template.slots().any(|slot| slot.optional) {
                continue;
            }
            out.push((name.clone(), value));
        }
        Ok(out)
    }

    fn settings(&self, templates: &BTreeMap<String, String>) -> Result<Settings, BuildError> {
        let mut settings = Settings::default();
        for (name, value) in self.fields(templates)? {
            settings.0.insert(name, value.as_str().to_owned());
        }
        Ok(settings)
    }

    fn url(&self, call: &Call) -> Result<(Url, HostFrom), BuildError> {
        let template = Template::parse(&call.url)?;
        let lookup = |name: &str| match (name, self.ingredients.endpoint) {
            ("endpoint", Some(own)) => {
                let own = Template::parse(own).ok()?;
                let own = own.render(&|name| self.lookup(name)).ok()?;
                Some(Secret::new(own.trim_end_matches('/')))
            }
            _ => self.lookup(name),
        };
        let text = template.render_escaped(&lookup, &escape_in_url)?;
        let mut url = Url::parse(&text).map_err(BuildError::Url)?;
        let from_endpoint = call.url.starts_with("{{endpoint}}");
        let mut from = host_from(&call.url, &url.host);
        if let Some(endpoint) = self.ingredients.endpoint {
            if !from_endpoint {
                let base = self.render(endpoint)?;
                url.rebase(&Url::parse(&base).map_err(BuildError::Url)?);
            }
            from = HostFrom::Endpoint;
        }
        for (name, value) in self.fields(&call.query)? {
            url.push_query(&format!("{}={}", percent(name), percent(value.as_str())));
        }
        Ok((url, from))
    }

    fn body(&self, call: &Call, request: &mut Request) -> Result<(), BuildError> {
        let kind = if !call.form.is_empty() {
            let fields = self.fields(&call.form)?;
            let pairs = fields.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            request.body = form(pairs).into_bytes();
            "application/x-www-form-urlencoded"
        } else if let Some(text) = &call.json {
            let mut json: Value = serde_json::from_str(text).map_err(|_| BuildError::Json)?;
            self.fill_json(&mut json)?;
            request.body = json.to_string().into_bytes();
            "application/json"
        } else if let Some(text) = &call.body {
            request.body = self.render(text)?.as_bytes().to_vec();
            ""
        } else {
            ""
        };
        if !kind.is_empty() && request.header("content-type").is_none() {
            request.set_header("Content-Type", kind);
        }
        Ok(())
    }

    fn fill_json(&self, json: &mut Value) -> Result<(), BuildError> {
        match json {
            Value::String(text) => {
                let filled = self.render(text)?;
                // `"{{uin | number}}"` stands for the number, not for its text.
                let number = text
                    .ends_with("| number}}")
                    .then(|| filled.parse::<u64>().ok());
                *json = match number.flatten() {
                    Some(number) => number.into(),
                    None => filled.as_str().into(),
                };
            }
            Value::Array(items) => {
                for item in items {
                    self.fill_json(item)?;
                }
            }
            Value::Object(fields) => {
                let mut empty = Vec::new();
                for (name, value) in fields.iter_mut() {
                    let optional = value.as_str().is_some_and(|text| text.contains("?"));
                    self.fill_json(value)?;
                    if optional && value.as_str() == Some("") {
                        empty.push(name.clone());
                    }
                }
                fields.retain(|name, _| !empty.contains(name));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Makes and signs the request of `call`.
pub fn build(call: &Call, ingredients: &Ingredients<'_>) -> Result<Request, BuildError> {
    let mut kitchen = Kitchen {
        ingredients,
        jwt: None,
    };
    let (url, host_from) = kitchen.url(call)?;
    let mut request = Request {
        method: call.method.clone(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        host_from,
    };
    let sign = call.sign.as_ref();
    let when = sign.and_then(|sign| sign::when(&sign.with));
    if let (Some(sign), Some(When::Before)) = (sign, when) {
        let settings = kitchen.settings(&sign.settings)?;
        let mut token = sign::make_token(&sign.with, &request, &settings, &ingredients.stamp)?;
        if ingredients.spoil_token {
            token = spoiled(&token);
        }
        kitchen.jwt = Some(Secret::new(token));
    }
    for (name, value) in kitchen.fields(&call.headers)? {
        request.set_header(&name, &value);
    }
    if let Some((user, password)) = &call.basic {
        let (user, password) = (kitchen.render(user)?, kitchen.render(password)?);
        let pair = Zeroizing::new(format!("{}:{}", *user, *password));
        request.set_header(
            "Authorization",
            &format!("Basic {}", base64(pair.as_bytes())),
        );
    }
    kitchen.body(call, &mut request)?;
    if let (Some(sign), None | Some(When::After)) = (sign, when) {
        let settings = kitchen.settings(&sign.settings)?;
        sign::sign(&sign.with, &mut request, &settings, &ingredients.stamp)?;
    }
    for (name, value) in &request.headers {
        if value.bytes().any(|b| b.is_ascii_control()) {
            return Err(BuildError::Header(name.clone()));
        }
    }
    Ok(request)
}

/// The settings of a call's signer, for the one that answers a challenge later.
pub fn sign_settings(call: &Call, ingredients: &Ingredients<'_>) -> Result<Settings, BuildError> {
    let kitchen = Kitchen {
        ingredients,
        jwt: None,
    };
    match &call.sign {
        Some(sign) => kitchen.settings(&sign.settings),
        None => Ok(Settings::default()),
    }
}

/// A token with the last letters of its signature changed.
fn spoiled(token: &str) -> String {
    let keep = token.len().saturating_sub(12);
    let (head, tail) = token.split_at(keep);
    let swap = |c: char| if c == 'A' { 'B' } else { 'A' };
    head.chars().chain(tail.chars().map(swap)).collect()
}

/// Encodes a value for the place in an address where it stands.
fn escape_in_url(before: &str, value: &str) -> String {
    let Some((_, rest)) = before.split_once("://") else {
        return value.to_owned();
    };
    if rest.contains('?') {
        // A value after `?` or `&` is a whole parameter, anything else the value of one.
        if before.ends_with(['?', '&']) {
            percent_structure(value.as_bytes(), b"&=%+:/,;")
        } else {
            percent(value)
        }
    } else if rest.contains('/') {
        percent_structure(value.as_bytes(), b"/:@!$'()*,;=+&")
    } else {
        value.to_owned()
    }
}

/// Who named the host, by where the slots of the address stand.
fn host_from(template: &str, host: &str) -> HostFrom {
    if template.starts_with("{{endpoint}}") {
        return HostFrom::Pattern;
    }
    let Some((scheme, rest)) = template.split_once("://") else {
        return HostFrom::Text;
    };
    if scheme.contains("{{") {
        return HostFrom::Text;
    }
    let mut depth = false;
    let end = rest.char_indices().find(|(at, c)| {
        depth = match rest.get(*at..*at + 2) {
            Some("{{") => true,
            Some("}}") => false,
            _ => depth,
        };
        !depth && matches!(c, '/' | '?' | '#')
    });
    let authority = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    let Some(last) = authority.rfind("}}") else {
        return HostFrom::Pattern;
    };
    // `{{shop}}.myshopify.example`: whatever the slot holds, the host is one of the provider's.
    let suffix = authority[last + 2..].split(':').next().unwrap_or_default();
    let domain = suffix.strip_prefix('.').unwrap_or_default();
    if domain.contains('.') && host.ends_with(&suffix.to_ascii_lowercase()) {
        HostFrom::Pattern
    } else {
        HostFrom::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            at: 1_767_323_045,
            nonce: "00000000-0000-4000-8000-000000000001".into(),
        }
    }

    fn call(toml: &str) -> Call {
        toml::from_str(toml).unwrap()
    }

    fn made(toml: &str, parts: &[(&str, &str)]) -> Result<Request, BuildError> {
        made_at(toml, parts, None)
    }

    fn made_at(
        toml: &str,
        parts: &[(&str, &str)],
        endpoint: Option<&str>,
    ) -> Result<Request, BuildError> {
        let mut values = Values::made_up("s3cr3t+/=", parts);
        values.set("endpoint", Secret::from("https://api.acme.example"));
        let ingredients = Ingredients {
            values: &values,
            endpoint,
            stamp: stamp(),
            spoil_token: false,
        };
        build(&call(toml), &ingredients)
    }

    #[test]
    fn every_part_of_a_request_is_encoded_where_it_stands() {
        let request = made(
            r#"
            method = "POST"
            url = "{{endpoint}}/v1/{{id}}/me?key={{secret}}"
            query = { a = "x y", none = "{{gone?}}" }
            headers = { X-Key = "{{secret}}", X-None = "{{gone?}}" }
            basic = ["{{id}}", "{{secret}}"]
            form = { t = "{{secret}}" }
            "#,
            &[("id", "a?b#c")],
        )
        .unwrap();
        let whole = "https://api.acme.example/v1/a%3Fb%23c/me?key=s3cr3t%2B%2F%3D&a=x%20y";
        assert_eq!(request.url.whole(), whole);
        assert_eq!(request.body, b"t=s3cr3t%2B%2F%3D");
        assert_eq!(request.header("x-key"), Some("s3cr3t+/="));
        assert_eq!(request.header("x-none"), None);
        let basic = base64("a?b#c:s3cr3t+/=");
        assert_eq!(
            request.header("authorization"),
            Some(format!("Basic {basic}").as_str())
        );
        assert_eq!(format!("{request:?}"), "POST https://api.acme.example/…");
    }

    #[test]
    fn json_fields_may_be_numbers_and_may_be_left_out() {
        let text = r#"
            method = "POST"
            url = "https://a.example/"
            json = '{"uin":"{{id? | number}}","gone":"{{gone? | number}}","n":null}'
        "#;
        let request = made(text, &[("id", "100000000002")]).unwrap();
        assert_eq!(request.body, br#"{"uin":100000000002,"n":null}"#);
        assert!(made(text, &[("id", "1,\"a\":2")]).is_err());
    }

    #[test]
    fn json_bodies_cannot_be_broken_out_of() {
        let text = r#"
            method = "POST"
            url = "https://a.example/"
            json = '{"k": ["{{id}}", 1], "n": null}'
        "#;
        let request = made(text, &[("id", "x\"],\"y\":[\"")]).unwrap();
        let json: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(json["k"][0], "x\"],\"y\":[\"");
        assert!(json.get("y").is_none());
    }

    #[test]
    fn a_header_cannot_be_broken_out_of() {
        let text = "method = \"GET\"\nurl = \"https://a.example/\"\nheaders = { K = \"{{id}}\" }";
        let error = made(text, &[("id", "x\r\nHost: b")]).unwrap_err();
        assert_eq!(error, BuildError::Header("K".into()));
    }

    #[test]
    fn who_named_the_host() {
        let cases = [
            ("https://api.acme.example/x", "", HostFrom::Pattern),
            ("https://{{shop}}.acme.example/x", "one", HostFrom::Pattern),
            (
                "https://{{shop}}.acme.example:8443/x",
                "one",
                HostFrom::Pattern,
            ),
            (
                "https://iam.{{shop}}.acme.example/x",
                "eu-1",
                HostFrom::Pattern,
            ),
            ("https://{{shop}}/x", "evil.example", HostFrom::Text),
            ("https://api.{{shop}}/x", "evil.example", HostFrom::Text),
            ("https://{{shop}}.example/x", "evil", HostFrom::Text),
            ("{{shop}}/x", "https://evil.example", HostFrom::Text),
            (
                "https://api-{{shop | lower}}/x",
                "evil.example",
                HostFrom::Text,
            ),
            (
                "https://{{shop}}.acme.example/x",
                "evil.example/",
                HostFrom::Text,
            ),
            (
                "https://{{shop}}.acme.example/x",
                "evil.example?",
                HostFrom::Text,
            ),
        ];
        for (url, shop, wanted) in cases {
            let text = format!("method = \"GET\"\nurl = \"{url}\"");
            let request = made(&text, &[("shop", shop)]).unwrap();
            assert_eq!(request.host_from, wanted, "{url} {shop}");
        }
        for shop in ["evil.example@", "a b", "evil.example:443#", "x\\"] {
            let text = "method = \"GET\"\nurl = \"https://{{shop}}.acme.example/x\"";
            let made = made(text, &[("shop", shop)]);
            let escaped = made.is_ok_and(|r| r.host_from == HostFrom::Pattern);
            assert!(!escaped, "{shop}");
        }
    }

    #[test]
    fn the_user_can_send_a_providers_calls_elsewhere() {
        let own = Some("http://127.0.0.1:8000/base/{{id}}/");
        for url in ["https://sts.acme.example/me", "{{endpoint}}/me"] {
            let text = format!("method = \"GET\"\nurl = \"{url}\"");
            let request = made_at(&text, &[("id", "acct")], own).unwrap();
            assert_eq!(request.url.whole(), "http://127.0.0.1:8000/base/acct/me");
            assert_eq!(request.host_from, HostFrom::Endpoint);
        }
    }

    #[test]
    fn a_signer_can_leave_a_token() {
        let text = r#"
            method = "GET"
            url = "https://api.acme.example/me"
            headers = { Authorization = "Bearer {{jwt}}" }
            sign = { with = "github-app-jwt", app_id = "1", key = "{{secret}}" }
        "#;
        let error = made(text, &[]).unwrap_err();
        assert!(
            matches!(error, BuildError::Sign(SignError::Key(_))),
            "{error}"
        );
    }
}
