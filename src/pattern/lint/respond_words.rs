//! What is asked of the texts and tests of a guided incident: both languages, names that are known by then, nothing secret.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Spot, known};
use crate::pattern::incident::{REMARK, Test, Text};
use crate::pattern::names;
use crate::pattern::template::Template;

/// What no printed text may name.
const SECRET: &[&str] = &["secret", "session_token", "access_token"];

/// What templates may name so far.
#[derive(Default)]
pub(super) struct Names {
    /// Everywhere.
    pub(super) base: BTreeSet<String>,
    /// In rows of a list.
    pub(super) lists: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    pub(super) fn of_each(&self, each: Option<&str>) -> BTreeSet<String> {
        let rows = each.and_then(|each| self.lists.get(each));
        let rows = rows.into_iter().flatten();
        self.base.iter().chain(rows).cloned().collect()
    }
}

pub(super) fn questions(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    all: &[Test],
    names: &Names,
    here: &BTreeSet<String>,
) {
    for (n, one) in all.iter().enumerate() {
        let spot = spot.item(n);
        known(check, &spot.field("test"), &one.test, names::TESTS);
        if names::LONE_TESTS.contains(&one.test.as_str()) != one.value.is_empty() {
            let what = format!("`{}` and `value` do not fit", one.test);
            let remedy = format!("{} take none, the others do", names::LONE_TESTS.join(", "));
            check.broken(&spot.field("value"), what, &remedy);
        }
        for at in one.at.split(' ') {
            if !at.starts_with('/') && !here.contains(at) {
                let what = format!("`{at}` is no JSON pointer and no value");
                check.broken(
                    &spot.field("at"),
                    what,
                    "write /a/b, or a name that was taken",
                );
            }
        }
        for value in &one.value {
            template(check, &spot.field("value"), value, here);
            let list = value.split('.').next().unwrap_or_default();
            if one.test == "in" && !names.lists.contains_key(list) {
                let what = format!("no earlier step keeps `{list}`");
                check.broken(
                    &spot.field("value"),
                    what,
                    "write list.value of an earlier list",
                );
            }
        }
        let broken = |value: &&String| one.test == "matches" && regex::Regex::new(value).is_err();
        if let Some(value) = one.value.iter().find(broken) {
            let what = format!("`{value}` does not compile");
            check.broken(&spot.field("value"), what, "write a regular expression");
        }
    }
}

/// What the incident refers to by name; says so if the file has no such thing.
pub(super) fn named<'a, T>(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    found: Option<&'a T>,
    (sort, name): (&str, &str),
) -> Option<&'a T> {
    if found.is_none() {
        let what = format!("there is no {sort} `{name}` in this file");
        check.broken(spot, what, "add its table or correct the name");
    }
    found
}

/// What undoes something: a command or an address, and behind it perhaps a remark in both languages.
pub(super) fn undo(check: &mut Check<'_>, spot: &Spot<'_>, said: &str, here: &BTreeSet<String>) {
    template(check, spot, said, here);
    let Some((_, remark)) = said.split_once(REMARK) else {
        return;
    };
    let both = remark.split_once(" | ");
    if both.is_none_or(|(en, zh)| en.trim().is_empty() || zh.is_ascii()) {
        let what = "the remark behind the command is not in both languages".to_owned();
        check.broken(spot, what, "write `   # English | 中文`");
    }
}

/// Both languages, readable templates, nothing secret.
pub(super) fn text(check: &mut Check<'_>, spot: &Spot<'_>, said: &Text, here: &BTreeSet<String>) {
    if !said.is_whole() {
        check.broken(spot, "not in both languages".into(), "{ en = …, zh = … }");
    }
    template(check, spot, &said.en, here);
    template(check, spot, &said.zh, here);
}

pub(super) fn template(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    text: &str,
    here: &BTreeSet<String>,
) {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return check.broken(spot, error.what, "{{name}} or {{name?}}"),
    };
    for slot in template.slots() {
        let name = slot.name.as_str();
        if SECRET.contains(&name) || name.starts_with("me.") {
            let what = format!("`{name}` would be printed");
            check.broken(spot, what, "print `short` or an id instead");
        } else if !slot.optional && !here.contains(name) {
            let what = format!("nothing is called `{name}` here");
            check.broken(
                spot,
                what,
                "take it in this or an earlier step, or write {{name?}}",
            );
        }
    }
}
