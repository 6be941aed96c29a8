//! Case: one finding, the incident its pattern file declares, who acts, and how the leaked credential itself is closed;
//! or why there is no incident. Sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Row;
use super::words::{self, both};
use crate::finding::{Finding, Secret, SourceKind};
use crate::pattern::KindRef;
use crate::pattern::incident::{Respond, Text};
use crate::respond::{Deed, Identity, Plan, Planner, Refusal, Verb, Whom};

/// An incident that may be run.
pub struct Case<'a> {
    pub(super) finding: &'a Finding,
    pub(super) found: KindRef<'a>,
    pub(super) respond: &'a Respond,
    /// How the credential itself is closed.
    pub(super) plan: Plan<'a>,
    /// Who makes the incident's calls.
    pub(super) responder: Option<Identity>,
    /// The names that `[responder]` may have for it, as they are written there.
    pub(super) names: String,
}

impl<'a> Case<'a> {
    /// The incident of the one finding in `findings`; or why there is none.
    pub fn open(
        planner: &Planner<'a>,
        findings: &'a [Finding],
        now: i64,
    ) -> Result<Case<'a>, Text> {
        let [finding] = findings else {
            let count = findings.len();
            return Err(both!(
                "an incident is about one finding, not {count}",
                "一次响应只针对一个发现，而不是 {count} 个"
            ));
        };
        let kind = &finding.kind;
        let Some(found) = planner.patterns.find(kind) else {
            return Err(words::refusal(&Refusal::Unknown(kind.clone())));
        };
        let respond = found.provider.respond.as_ref();
        let Some(respond) = respond.filter(|it| it.kinds.contains(&found.kind.id)) else {
            return Err(both!(
                "no guided incident is declared for {kind}; `unleak freeze` and `unleak revoke` close what can be closed",
                "{kind} 没有声明引导式响应；可用 `unleak freeze` 和 `unleak revoke` 处理"
            ));
        };
        let verb = match (&found.kind.freeze, &found.kind.revoke) {
            (None, Some(_)) => Verb::Revoke,
            _ => Verb::Freeze,
        };
        let plan = planner.plan(verb, findings, now);
        let refused = plan.entries.iter().find_map(|entry| match &entry.deed {
            Deed::Refused(Refusal::Nobody(_)) => None,
            Deed::Refused(why) => Some(words::refusal(why)),
            _ => None,
        });
        if let Some(why) = refused {
            return Err(why);
        }
        let (responder, names) = responder(found, respond, planner.identities);
        Ok(Case {
            finding,
            found,
            respond,
            plan,
            responder,
            names,
        })
    }

    /// When it was committed first, if that is known.
    pub fn committed(finding: &Finding) -> Option<i64> {
        let commits = finding
            .places
            .iter()
            .filter_map(|place| place.commit.as_ref());
        commits
            .map(|commit| commit.time)
            .filter(|time| *time > 0)
            .min()
    }

    /// Ids of all steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.respond.steps().map(|(_, step)| step.id.as_str())
    }

    /// Of the finding.
    pub fn fingerprint(&self) -> String {
        self.finding.fingerprint.to_string()
    }

    /// The beginning of the fingerprint, for commands.
    pub(super) fn short(&self) -> String {
        let id = self.finding.fingerprint.to_string();
        id.get(..12).unwrap_or(&id).to_owned()
    }

    /// What templates know from the start.
    pub(super) fn base(&self, since: i64, now: i64) -> Row {
        let mut base = Row::new();
        let days = i64::from(self.respond.trail_days);
        let trail = since.max(now - days * 86_400 + 3600);
        base.insert("since".into(), since.to_string());
        base.insert("trail_since".into(), trail.to_string());
        base.insert("short".into(), self.short());
        let console = self.found.provider.rotate.console.clone();
        base.insert("console".into(), console.unwrap_or_default());
        for part in &self.finding.parts {
            if !is_secret(&part.name)
                && let Some(text) = part.value.reveal_str()
            {
                base.insert(part.name.clone(), text.to_owned());
            }
        }
        // Only the id is known, so it is the finding's value.
        if self.found.alone.is_some()
            && let Some(id) = self.finding.secret.reveal_str()
        {
            base.insert("id".into(), id.to_owned());
        }
        base.extend(self.finding.facts.clone());
        if let Some(asked) = &self.finding.verification {
            base.extend(asked.identity.clone());
        }
        // Until the responder has said who he is, the account that people are told about is the leaked credential's.
        if let Some(account) = base.get("account").cloned() {
            base.insert("my_account".into(), account);
        }
        base
    }

    /// Takes every secret out of a text, and shortens the leaked id.
    pub(super) fn clean(&self, text: &str) -> String {
        let redactor = crate::finding::Redactor::everywhere([self.finding].into_iter());
        let mut text = redactor.clean(text).into_owned();
        let mut hide = |value: &Secret| {
            if let Some(plain) = value.reveal_str().filter(|plain| plain.len() >= 12) {
                text = text.replace(plain, &value.masked());
            }
        };
        let ids = self.finding.parts.iter().filter(|part| part.name == "id");
        ids.for_each(|part| hide(&part.value));
        let mine = self.responder.iter().flat_map(|one| &one.values);
        let mine = mine.filter(|(name, _)| is_secret(name));
        mine.for_each(|(_, value)| hide(value));
        text
    }

    /// Both languages cleaned.
    pub(super) fn clean_text(&self, text: &Text) -> Text {
        Text {
            en: self.clean(&text.en),
            zh: self.clean(&text.zh),
        }
    }

    /// Paths where it stands, with line and commit, the working tree first; and how many more there are.
    pub(super) fn places(&self, most: usize) -> (Vec<String>, usize) {
        let mut all: BTreeSet<(bool, String)> = BTreeSet::new();
        for place in &self.finding.places {
            let now = matches!(place.source, SourceKind::Tree | SourceKind::Index) || place.in_head;
            let (path, line) = (place.path_text(), place.span.line);
            let commit = place.commit.as_ref().map(|commit| {
                let id: String = commit.id.chars().take(12).collect();
                format!(" ({id}, {})", super::moment::iso(commit.time))
            });
            all.insert((!now, format!("{path}:{line}{}", commit.unwrap_or_default())));
        }
        let more = all.len().saturating_sub(most);
        let shown = all.into_iter().take(most).map(|(_, text)| text);
        (shown.collect(), more)
    }
}

/// Values that are never printed.
fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "secret" | "session_token" | "access_token" | "private_key"
    )
}

/// The first identity that one of the incident's calls names and that the settings allow.
fn responder(
    found: KindRef<'_>,
    respond: &Respond,
    all: &[Identity],
) -> (Option<Identity>, String) {
    let calls: BTreeMap<&str, _> = respond
        .calls()
        .filter_map(|name| Some((name, found.provider.call.get(name)?)))
        .collect();
    let named: BTreeSet<&str> = calls
        .values()
        .filter_map(|call| call.as_whom.as_deref())
        .flat_map(|list| list.split(',').map(str::trim))
        .filter(|name| !matches!(*name, "self" | "public"))
        .collect();
    let chosen = named
        .iter()
        .find_map(|name| match Whom::choose(Some(name), all, false) {
            Some(Whom::Responder(one)) => Some(one),
            _ => None,
        });
    let words: Vec<String> = named
        .iter()
        .map(|name| format!("{name} = \"env\""))
        .collect();
    (chosen, words.join(" or "))
}
