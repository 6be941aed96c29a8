//! What a stopped commit says: what was found, how to move the value out, how to say "false alarm".

use unleak::finding::{Confidence, Finding, Place, Redactor, Tally};
use unleak::report::{Results, visible};

use super::Hook;

/// So many are shown one by one.
const SHOWN: usize = 10;

pub(super) fn findings(hook: Hook, results: &Results, block: Confidence) -> String {
    let (sure, doubtful): (Vec<&Finding>, Vec<&Finding>) = results
        .findings
        .iter()
        .partition(|one| one.confidence >= block);
    let verb = match hook {
        Hook::PreCommit => "committed",
        Hook::PrePush | Hook::PreReceive => "pushed",
    };
    let mut text = String::new();
    if !sure.is_empty() {
        let what = count(sure.len(), "secret");
        text.push_str(&format!("unleak: {what} would be {verb}; stopped.\n"));
        list(&sure, &mut text);
    }
    if !doubtful.is_empty() {
        let what = count(doubtful.len(), "value");
        text.push_str(&format!("unleak: {what} may be secret (not stopped):\n"));
        list(&doubtful, &mut text);
    }
    if let Some(first) = sure.first() {
        text.push_str(&help(hook, first));
    }
    text.trim_end().to_owned()
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn list(findings: &[&Finding], text: &mut String) {
    for one in findings.iter().take(SHOWN) {
        let place = one.places.first().map(|at| place(one, at));
        let place = place.unwrap_or_default();
        let (provider, name, masked) = (&one.provider, &one.name, one.secret.masked());
        text.push_str(&format!("  {place}  {masked}  {name} ({provider})\n"));
    }
    if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} more\n"));
    }
}

/// A path is the committer's text: it may hold the secret itself, or what a terminal obeys.
fn place(finding: &Finding, place: &Place) -> String {
    let text = place.path_text();
    let text = Redactor::own(finding).clean(&text).into_owned();
    let path = match (place.path.is_empty(), &place.commit) {
        (true, Some(_)) => "commit message".into(),
        (true, None) => "tag message".into(),
        (false, _) => visible(&text),
    };
    let line = place.span.line;
    match &place.commit {
        Some(commit) => {
            let short = commit.id.get(..10).unwrap_or(&commit.id);
            format!("{short}:{path}:{line}")
        }
        None => format!("{path}:{line}"),
    }
}

fn help(hook: Hook, first: &Finding) -> String {
    let (kind, fingerprint) = (&first.kind, first.fingerprint);
    let out = match hook {
        Hook::PreCommit => {
            "Move it out: read it from the environment or a secret store, then `git add` the file again.\n\
             If it was ever pushed, rotate it: removing it does not make it safe."
        }
        Hook::PrePush => {
            "Move it out of the commits too: `git rebase -i` to the commit, edit, `git rebase --continue`.\n\
             If it was ever pushed, rotate it: removing it does not make it safe."
        }
        Hook::PreReceive => {
            "Remove it from the commits (`git rebase -i`) and push again. Rotate it: the server has seen it."
        }
    };
    format!(
        "{out}\nFalse alarm? Write `unleak:ignore {kind} REASON` in a comment on the line, or into .unleak.toml:\n  \
         [[suppress]]\n  fingerprint = \"{fingerprint}\"\n  reason = \"…\"\n"
    )
}

pub(super) fn unread(tally: &Tally) -> String {
    let mut text = String::from("unleak: part of it could not be read, so it was not checked:\n");
    for (reason, number) in tally.incomplete() {
        let remedy = reason.remedy().unwrap_or("");
        text.push_str(&format!("  {number} {}: {remedy}\n", reason.word()));
    }
    for failure in tally.failed.iter().take(SHOWN) {
        let (subject, detail) = (visible(&failure.subject), visible(&failure.detail));
        text.push_str(&format!("  {subject}: {detail}\n"));
    }
    text.push_str("UNLEAK_ALLOW_INCOMPLETE=true lets it through.");
    text
}
