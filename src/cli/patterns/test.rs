//! `unleak patterns test`: the samples of pattern files through the real matcher, their recorded
//! replies through the real judge. Nothing is asked of anybody.

use std::path::PathBuf;
use std::sync::Arc;

use unleak::api::judge::{self, Reply};
use unleak::finding::SourceKind;
use unleak::matcher::{Context, Matcher, Options};
use unleak::pattern::index::Index;
use unleak::pattern::load::{self, Loaded};
use unleak::pattern::problem::Weight;
use unleak::pattern::schema::{Call, Kind, Provider};
use unleak::pattern::{Patterns, lint};

use crate::cli::{Exit, Failure, plain, print, say};

pub(super) fn run(files: &[PathBuf]) -> Result<Exit, Failure> {
    let (loaded, mut problems) = load::all(files);
    problems.extend(lint::all(&loaded));
    problems.retain(|problem| problem.weight == Weight::Broken);
    if !problems.is_empty() {
        let text: String = problems
            .iter()
            .map(|problem| format!("{problem}\n\n"))
            .collect();
        print(plain(&text).as_bytes())?;
        return Ok(Exit::Found);
    }
    let matcher = matcher(&loaded)?;
    let mut wrong = Vec::new();
    let (mut samples, mut replies) = (0, 0);
    for one in &loaded {
        for kind in &one.provider.secret {
            samples += kind.matches.len() + kind.ignores.len();
            wrong.extend(
                samples_of(&matcher, kind)
                    .into_iter()
                    .map(|it| format!("{}: {it}", one.file)),
            );
        }
        for (name, call) in &one.provider.call {
            replies += call.replies.len();
            let fault = replies_of(name, call);
            wrong.extend(fault.into_iter().map(|it| format!("{}: {it}", one.file)));
        }
    }
    let text: String = wrong.iter().map(|it| format!("{it}\n")).collect();
    print(plain(&text).as_bytes())?;
    say(&format!(
        "{samples} samples and {replies} replies: {} wrong",
        wrong.len()
    ));
    Ok(if wrong.is_empty() {
        Exit::Clean
    } else {
        Exit::Found
    })
}

/// Looks for everything built in, with these files in the place of those of the same id.
fn matcher(loaded: &[Loaded]) -> Result<Matcher, Failure> {
    let builtin = Patterns::builtin();
    let replaced = |id: &str| loaded.iter().any(|one| one.provider.id == id);
    let others = builtin
        .providers()
        .filter(|provider| !replaced(&provider.id));
    let mut providers: Vec<Provider> = others.cloned().collect();
    providers.extend(loaded.iter().map(|one| one.provider.clone()));
    Ok(Matcher::new(
        Arc::new(Index::build(&providers)?),
        Options::default(),
    ))
}

/// What goes wrong with the samples of a kind.
fn samples_of(matcher: &Matcher, kind: &Kind) -> Vec<String> {
    let found = |text: &str| -> Vec<String> {
        let context = Context {
            path: b"",
            source: SourceKind::Stdin,
        };
        let matches = matcher.scan(text.as_bytes(), &context);
        matches.iter().map(|found| found.kind.to_string()).collect()
    };
    let own =
        |id: &String| *id == kind.id || kind.alone.as_ref().is_some_and(|alone| *id == alone.id);
    let mut wrong = Vec::new();
    for (n, sample) in kind.matches.iter().enumerate() {
        let found = found(sample);
        if !found.iter().any(own) {
            let instead = match found.is_empty() {
                true => "nothing is found".to_string(),
                false => format!("found is {}", found.join(", ")),
            };
            wrong.push(format!(
                "{}: matches[{n}]: {instead} in {sample:?}",
                kind.id
            ));
        }
    }
    for (n, sample) in kind.ignores.iter().enumerate() {
        if found(sample).contains(&kind.id) {
            wrong.push(format!(
                "{}: ignores[{n}]: it is found in {sample:?}",
                kind.id
            ));
        }
    }
    wrong
}

/// What goes wrong with the recorded replies of a call.
fn replies_of(name: &str, call: &Call) -> Vec<String> {
    let mut wrong = Vec::new();
    for (n, recorded) in call.replies.iter().enumerate() {
        let reply = Reply {
            status: recorded.status,
            headers: recorded.headers.clone().into_iter().collect(),
            body: recorded.body.clone().into_bytes(),
            truncated: false,
        };
        let means = recorded.means.as_str();
        let answers = [&call.live, &call.frozen, &call.dead];
        let checks = answers.iter().any(|conditions| !conditions.is_empty());
        let judged = match (checks, judge::accepted(call, &reply)) {
            (true, _) => judge::judge(call, &reply).verdict.word(),
            (false, true) => "accepted",
            // What is not accepted is refused or says nothing; either way nothing has changed.
            (false, false) if means == "unknown" => means,
            (false, false) => "refused",
        };
        if judged != means {
            wrong.push(format!(
                "{name}: replies[{n}] means {means}, is judged {judged}"
            ));
        }
    }
    wrong
}
