//! `unleak patterns suggest`: rules in place of many single suppressions, from a report that lists them. Prints
//! settings; writes none.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use unleak::report;
use unleak::triage::suggest::{Proposal, suggest};

use crate::cli::{Exit, Failure, plain, print};

/// A report larger than this is nobody's.
const MOST: u64 = 1 << 30;

pub(super) fn run(file: &Path) -> Result<Exit, Failure> {
    let name = file.display().to_string();
    let failed = |cause: std::io::Error| Failure::new(format!("{name}: {cause}"));
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened
        .take(MOST)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let results = report::read(&text).map_err(|cause| {
        Failure::new(format!("{name}: {cause}"))
            .hint("write one with `unleak scan --format json --show-suppressed`")
    })?;
    let proposals = suggest(&results.suppressed, &results.findings);
    print(plain(&settings(&proposals)).as_bytes())?;
    Ok(Exit::Clean)
}

fn settings(proposals: &[Proposal]) -> String {
    if proposals.is_empty() {
        return "# Nothing that several suppressed findings have in common.\n".to_owned();
    }
    let mut out =
        String::from("# For .unleak.toml or your own settings; give each a reason of your own.\n");
    for proposal in proposals {
        let what = match proposal.fingerprint {
            Some(_) => "places of one value",
            None => "suppressed findings, and no open one",
        };
        let mut line = |text: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{text}");
        };
        line(format!("\n[[suppress]] # {} {what}", proposal.covers));
        if let Some(fingerprint) = &proposal.fingerprint {
            line(format!("fingerprint = \"{fingerprint}\""));
        }
        line(format!("kind = \"{}\"", proposal.kind));
        if let Some(key) = &proposal.key {
            line(format!("key = \"{key}\""));
        }
        if let Some(path) = &proposal.path {
            line(format!("path = '''{path}'''"));
        }
        line("reason = \"\"".to_owned());
    }
    out
}
