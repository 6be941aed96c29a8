//! `unleak patterns lint`: every mistake in pattern files, with its line and the remedy.

use std::path::PathBuf;

use unleak::pattern::problem::{Problem, Weight};
use unleak::pattern::{lint, load};

use crate::cli::{Exit, Failure, plain, print, say};

pub(super) fn run(files: &[PathBuf], advice: bool) -> Result<Exit, Failure> {
    let (loaded, mut problems) = load::all(files);
    problems.extend(lint::all(&loaded));
    let grave = problems
        .iter()
        .filter(|problem| problem.weight > Weight::Advice)
        .count();
    let shown = problems
        .iter()
        .filter(|problem| advice || problem.weight > Weight::Advice);
    let text: String = shown.map(|problem| format!("{problem}\n\n")).collect();
    print(plain(&text).as_bytes())?;
    say(&counted(&problems, loaded.len()));
    Ok(if grave == 0 { Exit::Clean } else { Exit::Found })
}

fn counted(problems: &[Problem], providers: usize) -> String {
    let count = |weight| {
        problems
            .iter()
            .filter(|problem| problem.weight == weight)
            .count()
    };
    format!(
        "{providers} providers read: {} errors, {} incomplete, {} with advice",
        count(Weight::Broken),
        count(Weight::Incomplete),
        count(Weight::Advice)
    )
}
