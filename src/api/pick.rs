//! Values taken out of a reply: JSON pointers, headers, XML elements, regexes. Pure.

use regex::Regex;
use serde_json::Value;

use super::judge::Reply;

/// Longest value that is kept of a reply.
const LONGEST: usize = 512;

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

    /// What an expression of a pattern file (`/pointer`, `header:NAME`, `xml:NAME`, `regex:…`)
    /// names in this reply; cut to a readable length.
    pub fn pick(&self, expression: &str) -> Option<String> {
        let found = if let Some(name) = expression.strip_prefix("header:") {
            self.reply.header(name).map(str::to_owned)
        } else if let Some(name) = expression.strip_prefix("xml:") {
            xml(&self.text(), name).next()
        } else if let Some(pattern) = expression.strip_prefix("regex:") {
            let regex = Regex::new(pattern).ok()?;
            let text = self.text();
            let groups = regex.captures(&text)?;
            let group = groups.get(1).or_else(|| groups.get(0));
            group.map(|m| m.as_str().to_owned())
        } else {
            self.at(expression).and_then(plain)
        };
        let found = found?;
        let short: String = found.trim().chars().take(LONGEST).collect();
        (!short.is_empty()).then_some(short)
    }
}

/// A JSON value as the text a person would write; lists are joined, objects stay JSON.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
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
}
