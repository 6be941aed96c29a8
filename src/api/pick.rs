//! Values taken out of a reply: JSON pointers, headers, XML elements, claims of a token, regexes. Pure.

use regex::Regex;
use serde_json::Value;

use super::encode::from_base64url;
use super::judge::Reply;

/// Longest value that is shown of a reply.
const SHOWN: usize = 512;
/// Longest value that is handed on to the next call: tokens and policies are longer than what people read.
const TAKEN: usize = 1 << 16;

/// A reply with its JSON parsed once.
pub struct View<'a> {
    /// The reply itself.
    pub reply: &'a Reply,
    json: Option<Value>,
}

impl<'a> View<'a> {
    /// Looks at a reply.
    pub fn new(reply: &'a Reply) -> View<'a> {
        let body = reply
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&reply.body);
        View {
            reply,
            json: serde_json::from_slice(body).ok(),
        }
    }

    /// The body's JSON, if it is JSON.
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// The value at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.json.as_ref()?.pointer(pointer)
    }

    /// The body as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.reply.body)
    }

    /// What an expression of a pattern file names in this reply; cut to a readable length.
    pub fn pick(&self, expression: &str) -> Option<String> {
        let short: String = self.found(expression)?.chars().take(SHOWN).collect();
        Some(short)
    }

    /// The same, whole, as the next call needs it; nothing if it is too long to be meant.
    pub fn take(&self, expression: &str) -> Option<String> {
        self.found(expression).filter(|text| text.len() <= TAKEN)
    }

    /// `/pointer`, `header:NAME`, `xml:NAME`, `claim:/pointer NAME` or `regex:…`.
    fn found(&self, expression: &str) -> Option<String> {
        let found = if let Some(name) = expression.strip_prefix("header:") {
            self.reply.header(name).map(str::to_owned)
        } else if let Some(name) = expression.strip_prefix("xml:") {
            xml(&self.text(), name).next()
        } else if let Some(rest) = expression.strip_prefix("claim:") {
            let (pointer, name) = rest.split_once(' ')?;
            claim(self.at(pointer)?.as_str()?, name)
        } else if let Some(pattern) = expression.strip_prefix("regex:") {
            let regex = Regex::new(pattern).ok()?;
            let text = self.text();
            let groups = regex.captures(&text)?;
            let group = groups.get(1).or_else(|| groups.get(0));
            group.map(|m| m.as_str().to_owned())
        } else {
            self.at(expression).and_then(plain)
        };
        let found = found?.trim().to_owned();
        (!found.is_empty()).then_some(found)
    }
}

/// What a JWT that the provider just made says about its bearer: a claim at the top, or inside a claim that is named
/// after an address, as issuers keep their own ones apart. Its signature is not looked at: it came over TLS.
fn claim(token: &str, name: &str) -> Option<String> {
    let payload = from_base64url(token.split('.').nth(1)?)?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let own = claims.as_object()?.iter();
    let own = own.filter(|(key, _)| key.contains("://"));
    let inside = || own.filter_map(|(_, claims)| claims.get(name)).next();
    claims.get(name).or_else(inside).and_then(plain)
}

/// A JSON value as the text a person would write; lists are joined, objects and lists of them stay JSON.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if !items.iter().any(Value::is_object) => {
            let items: Vec<_> = items.iter().filter_map(plain).collect();
            Some(items.join(" "))
        }
        other => Some(other.to_string()),
    }
}

/// The texts of the XML elements whose local name is `name`, in document order. Elements inside
/// them are skipped over; comments and processing instructions are ignored.
pub fn xml<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (tag, after) = next_tag(rest)?;
            rest = after;
            let closed = tag.ends_with('/');
            let full = tag.trim_end_matches('/');
            let full = full.split_ascii_whitespace().next().unwrap_or_default();
            if full.rsplit(':').next() == Some(name) && !full.starts_with(['/', '?', '!']) {
                return Some(if closed { String::new() } else { inner(after) });
            }
        }
    })
}

/// The inside of the next tag and what follows it.
fn next_tag(text: &str) -> Option<(&str, &str)> {
    let start = &text[text.find('<')? + 1..];
    for (open, close) in [("!--", "-->"), ("![CDATA[", "]]>")] {
        if start.starts_with(open) {
            let end = start.find(close)?;
            return Some((&start[..end], &start[end + close.len()..]));
        }
    }
    start.split_once('>')
}

/// Text up to the next tag, with CDATA and the five entities undone.
fn inner(after: &str) -> String {
    let trimmed = after.trim_start();
    if let Some(data) = trimmed.strip_prefix("<![CDATA[") {
        return data.split("]]>").next().unwrap_or_default().to_owned();
    }
    let raw = after.split('<').next().unwrap_or_default().trim();
    unescaped(raw)
}

/// Text of an XML document with the five entities undone.
pub(super) fn unescaped(raw: &str) -> String {
    raw.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_elements_are_found_by_local_name() {
        let text = "<?xml version='1.0'?><!-- <Arn>no</Arn> --><a:R xmlns:a='x'><a:Arn> arn:x &amp; y </a:Arn><Id/><Arn><![CDATA[<2>]]></Arn></a:R>";
        let arns: Vec<_> = xml(text, "Arn").collect();
        assert_eq!(arns, ["arn:x & y", "<2>"]);
        assert_eq!(xml(text, "Id").next().as_deref(), Some(""));
        assert_eq!(xml(text, "Name").next(), None);
        assert_eq!(xml("<Arn", "Arn").next(), None);
        assert_eq!(xml("<!-- <Arn>", "Arn").next(), None);
    }

    #[test]
    fn every_kind_of_expression_is_understood() {
        let reply = Reply {
            status: 200,
            headers: vec![("X-Scopes".into(), "repo, gist".into())],
            body: br#"{"a":{"b":[7,"x"]},"e":"","t":"id=42;"}"#.to_vec(),
            truncated: false,
        };
        let view = View::new(&reply);
        assert_eq!(view.pick("/a/b/0").as_deref(), Some("7"));
        assert_eq!(view.pick("/a/b").as_deref(), Some("7 x"));
        assert_eq!(view.pick("header:x-scopes").as_deref(), Some("repo, gist"));
        assert_eq!(view.pick("regex:id=([0-9]+)").as_deref(), Some("42"));
        assert_eq!(view.pick("/e"), None);
        assert_eq!(view.pick("/gone"), None);
    }

    #[test]
    fn what_the_next_call_needs_is_taken_whole() {
        let token = "t".repeat(2000);
        let said = serde_json::json!({ "t": token, "p": [{"a": 1}, {"b": [2]}], "long": "l".repeat(70_000) });
        let reply = Reply {
            status: 200,
            body: said.to_string().into_bytes(),
            ..Reply::default()
        };
        let view = View::new(&reply);
        assert_eq!(view.take("/t"), Some(token));
        assert_eq!(view.pick("/t").map(|text| text.len()), Some(SHOWN));
        assert_eq!(view.take("/p").as_deref(), Some(r#"[{"a":1},{"b":[2]}]"#));
        assert_eq!(view.take("/long"), None);
    }

    #[test]
    fn claims_of_a_token_are_read_at_the_top_and_below_an_address() {
        let token = |claims: &str| format!("e30.{}.x", crate::api::encode::base64url(claims));
        let said = |token: String| {
            let reply = Reply {
                status: 200,
                body: serde_json::json!({ "t": token }).to_string().into_bytes(),
                ..Reply::default()
            };
            View::new(&reply).pick("claim:/t source")
        };
        assert_eq!(
            said(token(r#"{"source":"pat|7"}"#)).as_deref(),
            Some("pat|7")
        );
        let below = r#"{"iss":"i","https://hub.example":{"source":"pat|8"}}"#;
        assert_eq!(said(token(below)).as_deref(), Some("pat|8"));
        assert_eq!(said(token(r#"{"other":{"source":"pat|9"}}"#)), None);
        assert_eq!(said("no token".into()), None);
        assert_eq!(said("e30.!!.x".into()), None);
    }
}
