//! An XML reply as JSON, so that lists in it are reached by the same pointers: elements become fields, repeated ones and
//! those called `member` or `item` lists, the rest text. Attributes are dropped. Pure, and bounded for hostile input.

use serde_json::{Map, Value};

use super::pick::unescaped;

/// Deeper nesting is no answer of a provider.
const DEEPEST: usize = 64;
/// More elements are no answer of a provider.
const MOST: usize = 200_000;
/// Names under which services list things.
const LISTED: [&str; 2] = ["item", "member"];

/// An element that is still open.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    inside: Vec<(String, Value)>,
}

/// The document's root element as JSON: `{"Root": …}`. `None` if it is no XML.
pub fn to_json(text: &str) -> Option<Value> {
    let mut stack = vec![Open::default()];
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    if !rest.starts_with('<') {
        return None;
    }
    for _ in 0..MOST {
        let Some((before, tag)) = rest.split_once('<') else {
            break;
        };
        stack.last_mut()?.text.push_str(&unescaped(before));
        if let Some(after) = tag.strip_prefix("!--") {
            rest = after.split_once("-->")?.1;
        } else if let Some(after) = tag.strip_prefix("![CDATA[") {
            let (data, after) = after.split_once("]]>")?;
            stack.last_mut()?.text.push_str(data);
            rest = after;
        } else {
            let (tag, after) = tag.split_once('>')?;
            rest = after;
            if tag.starts_with(['?', '!']) {
                continue;
            }
            match tag.strip_prefix('/') {
                Some(_) => close(&mut stack)?,
                None => open(&mut stack, tag)?,
            }
        }
    }
    match (stack.pop(), stack.is_empty()) {
        (Some(root), true) if !root.inside.is_empty() => Some(value(root)),
        _ => None,
    }
}

fn open(stack: &mut Vec<Open>, tag: &str) -> Option<()> {
    let name = tag.trim_end_matches('/').split_ascii_whitespace().next()?;
    let name = name.rsplit(':').next()?.to_owned();
    stack.push(Open {
        name,
        ..Open::default()
    });
    if stack.len() > DEEPEST {
        return None;
    }
    if tag.ends_with('/') {
        close(stack)?;
    }
    Some(())
}

fn close(stack: &mut Vec<Open>) -> Option<()> {
    let mut done = stack.pop()?;
    let name = std::mem::take(&mut done.name);
    stack.last_mut()?.inside.push((name, value(done)));
    Some(())
}

fn value(done: Open) -> Value {
    if done.inside.is_empty() {
        return Value::String(done.text.trim().to_owned());
    }
    let listed = |(name, _): &(String, Value)| LISTED.contains(&name.as_str());
    if done.inside.iter().all(listed) {
        return Value::Array(done.inside.into_iter().map(|(_, value)| value).collect());
    }
    let mut fields = Map::new();
    for (name, value) in done.inside {
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(all)) if !LISTED.contains(&name.as_str()) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_fields_and_text() {
        let text = "<?xml version='1.0'?><!-- x --><a:R xmlns:a='u'><Users><member><Name>a &amp; b</Name></member>\
                    <member><Name><![CDATA[<c>]]></Name><Tags/></member></Users><Id>7</Id><Id>8</Id></a:R>";
        assert_eq!(
            to_json(text),
            Some(
                json!({"R": {"Users": [{"Name": "a & b"}, {"Name": "<c>", "Tags": ""}], "Id": ["7", "8"]}})
            )
        );
    }

    #[test]
    fn what_is_no_xml_is_nothing() {
        for text in [
            "",
            "{}",
            "<a>",
            "<a",
            "</a>",
            "<a></a></a>",
            "<![CDATA[",
            "<!-- <a/>",
        ] {
            assert_eq!(to_json(text), None, "{text}");
        }
        assert_eq!(to_json(&"<a>".repeat(100)), None);
    }
}
