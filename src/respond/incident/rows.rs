//! Rows: values taken out of the lists in a provider's answers, by pointers that reach through lists (`*`), through any
//! depth (`**`) and into JSON that stands inside a string. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::encode::unpercent;
use crate::api::pick::plain;
use crate::finding::Secret;
use crate::pattern::incident::{REMARK, Text};
use crate::pattern::template::Template;

/// Values by name.
pub(super) type Row = BTreeMap<String, String>;
/// The rows that steps keep, by the name they keep them under.
pub(super) type Lists = BTreeMap<String, Vec<Row>>;

/// Most values that one pointer finds.
const MOST: usize = 20_000;
/// Longest value that is kept.
const LONGEST: usize = 512;

/// Every value that a pointer names.
pub(super) fn gather(value: &Value, pointer: &str) -> Vec<Value> {
    let path: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut found = Vec::new();
    walk(value, &path, &mut found);
    found
}

fn walk(value: &Value, path: &[String], found: &mut Vec<Value>) {
    if found.len() >= MOST {
        return;
    }
    let Some((first, rest)) = path.split_first() else {
        return found.push(value.clone());
    };
    if let Value::String(text) = value {
        if let Some(inner) = nested(text) {
            walk(&inner, path, found);
        }
        return;
    }
    match first.as_str() {
        "*" => inside(value).for_each(|child| walk(child, rest, found)),
        "**" => {
            walk(value, rest, found);
            inside(value).for_each(|child| walk(child, path, found));
        }
        name => {
            let child = match value {
                Value::Array(items) => name.parse().ok().and_then(|at: usize| items.get(at)),
                other => other.get(name),
            };
            child.into_iter().for_each(|child| walk(child, rest, found));
        }
    }
}

fn inside(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// JSON that stands inside a string, as AWS writes policies (percent-encoded) and events.
fn nested(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok();
    }
    if text.starts_with("%7B") || text.starts_with("%5B") {
        return serde_json::from_slice(&unpercent(text)).ok();
    }
    None
}

/// The elements of a list in an answer; without a list the answer itself is the one element.
pub(super) fn elements(answer: &Value, list: Option<&str>) -> Vec<Value> {
    let Some(list) = list else {
        return vec![answer.clone()];
    };
    let mut all = Vec::new();
    for found in gather(answer, list) {
        match found {
            Value::Array(items) => all.extend(items),
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            one => all.push(one),
        }
    }
    all
}

/// The texts that pointers or names of values (with blanks between) stand for; none of them empty.
pub(super) fn texts(at: &str, element: &Value, row: &Row) -> Vec<String> {
    let mut all = Vec::new();
    for at in at.split(' ') {
        match at.starts_with('/') {
            true => gather(element, at)
                .iter()
                .for_each(|found| flat(found, &mut all)),
            false => all.extend(row.get(at).cloned()),
        }
    }
    all.retain(|text| !text.is_empty());
    all
}

fn flat(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flat(item, all)),
        other => all.extend(plain(other)),
    }
}

/// The row of one element: what the rows above know, and what is taken here.
pub(super) fn taken(above: &Row, take: &BTreeMap<String, String>, element: &Value) -> Row {
    let mut row = above.clone();
    for (name, at) in take {
        let mut found: Vec<String> = match at.is_empty() {
            true => plain(element).into_iter().collect(),
            false => texts(at, element, above),
        };
        found.dedup();
        let text: String = found.join(" ").chars().take(LONGEST).collect();
        if !text.is_empty() {
            row.insert(name.clone(), text);
        }
    }
    row
}

/// A printed text filled in; what is not known shows as `?`.
pub(super) fn filled(text: &str, row: &Row, base: &Row) -> String {
    let known = |name: &str| {
        let value = row.get(name).or_else(|| base.get(name));
        Some(Secret::new(value.map_or("?", String::as_str)))
    };
    let rendered = Template::parse(text)
        .ok()
        .and_then(|template| template.render(&known).ok());
    rendered.map_or_else(|| text.to_owned(), |text| text.as_str().to_owned())
}

/// The same in both languages.
pub(super) fn filled_text(text: &Text, row: &Row, base: &Row) -> Text {
    Text {
        en: filled(&text.en, row, base),
        zh: filled(&text.zh, row, base),
    }
}

/// A command filled in; a value that a shell would not take as one plain word is quoted, for whoever named the things
/// listed may be the thief.
pub(super) fn command(text: &str, row: &Row, base: &Row) -> String {
    let quoted = |row: &Row| -> Row {
        let pairs = row.iter();
        pairs
            .map(|(name, value)| (name.clone(), quoted(value)))
            .collect()
    };
    filled(text, &quoted(row), &quoted(base))
}

/// A command with a remark behind it (`   # English | 中文`), in both languages.
pub(super) fn remarked(command: &str) -> Text {
    let parts = command.split_once(REMARK);
    let parts = parts.and_then(|(command, remark)| Some((command, remark.split_once(" | ")?)));
    let (en, zh) = match parts {
        Some((command, (en, zh))) => (
            format!("{command}{REMARK}{en}"),
            format!("{command}{REMARK}{zh}"),
        ),
        None => (command.to_owned(), command.to_owned()),
    };
    Text { en, zh }
}

fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    match !value.is_empty() && !value.starts_with('-') && value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_remark_behind_a_command_is_said_in_one_language() {
        let both = remarked("acme off u   # then look | 然后查看");
        assert_eq!(both.en, "acme off u   # then look");
        assert_eq!(both.zh, "acme off u   # 然后查看");
        let plain = remarked("acme list | grep u");
        assert_eq!(
            (plain.en.as_str(), plain.zh.as_str()),
            ("acme list | grep u", "acme list | grep u")
        );
    }

    #[test]
    fn pointers_reach_through_lists_depths_and_strings() {
        let policy = "%7B%22Statement%22%3A%7B%22Principal%22%3A%7B%22AWS%22%3A%22*%22%7D%7D%7D";
        let answer = json!({
            "groups": [{"id": "a", "rules": [{"port": 1}, {"port": 2}]}, {"id": "b", "rules": []}],
            "zones": {"z1": {"vm": [1]}, "z2": {}},
            "event": "{\"ip\":\"10.0.0.1\"}",
            "doc": policy,
        });
        assert_eq!(gather(&answer, "/groups/*/rules/*/port"), [1, 2]);
        assert_eq!(elements(&answer, Some("/zones/*/vm")), [1]);
        assert_eq!(texts("/event/ip", &answer, &Row::new()), ["10.0.0.1"]);
        assert_eq!(texts("/doc/**/AWS", &answer, &Row::new()), ["*"]);
        assert_eq!(texts("/groups/1/id", &answer, &Row::new()), ["b"]);
        assert!(gather(&answer, "/gone/*/x").is_empty());
        assert_eq!(elements(&answer, None).len(), 1);
    }

    #[test]
    fn a_name_cannot_become_a_command() {
        let row = Row::from([
            ("user".into(), "x'; rm -rf ~ #".into()),
            ("id".into(), "AKIA-1/x".into()),
        ]);
        let said = command("delete --user {{user}} --id {{id}}", &row, &Row::new());
        assert_eq!(said, r"delete --user 'x'\''; rm -rf ~ #' --id AKIA-1/x");
    }

    #[test]
    fn a_row_knows_what_the_rows_above_knew() {
        let above = Row::from([("user".into(), "ci".into())]);
        let take = BTreeMap::from([("key".into(), "/k".into()), ("none".into(), "/n".into())]);
        let row = taken(&above, &take, &json!({"k": ["a", "b"]}));
        assert_eq!(row.get("key").map(String::as_str), Some("a b"));
        assert!(!row.contains_key("none") && row["user"] == "ci");
        let said = filled("{{user}} {{key}} {{gone}}", &row, &Row::new());
        assert_eq!(said, "ci a b ?");
    }
}
