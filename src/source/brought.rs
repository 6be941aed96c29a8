//! Brought: which files the commits of a range changed, told by git. Commits whose trees are not there (a
//! clone without them) or damaged are counted, and the others are told all the same.

use super::Sink;
use super::git::{Git, GitError};
use super::raw::{Change, parse};
use crate::finding::Skip;

const DIFF_TREE: [&str; 9] = [
    "diff-tree",
    "--stdin",
    "-r",
    "-c",
    "--root",
    "--raw",
    "-z",
    "--no-renames",
    "--no-abbrev",
];

const WIDE: &str = "it changes more files than can be told";
/// So many commits are asked about at once.
const TOGETHER: usize = 4096;
/// After so many commits that cannot be told the others are not looked for one by one.
const MOST_FAILED: usize = 64;

/// What the commits of `list` (an id a line) changed.
pub(super) fn read(git: &Git, list: &[u8], sink: &dyn Sink) -> Result<Vec<Change>, GitError> {
    let git = git.bounded();
    let lines: Vec<&[u8]> = list.split_inclusive(|b| *b == b'\n').collect();
    let (mut found, mut failed) = (Vec::new(), 0);
    // git ends at the first commit it cannot tell, so that one is looked for among fewer and fewer.
    let mut open: Vec<&[&[u8]]> = lines.chunks(TOGETHER).rev().collect();
    while let Some(part) = open.pop() {
        if sink.stopped() {
            break;
        }
        let answer = match failed < MOST_FAILED {
            true => git.output_for(&DIFF_TREE, part.concat()),
            false => Err(GitError::Failed {
                command: "diff-tree".to_owned(),
                message: "not looked at after so many that git cannot read".to_owned(),
            }),
        };
        let (reason, why) = match answer {
            Ok(answer) => {
                found.extend(parse(&answer, "diff-tree")?);
                continue;
            }
            Err(GitError::Failed { .. } | GitError::Endless { .. })
                if part.len() > 1 && failed < MOST_FAILED =>
            {
                let (first, second) = part.split_at(part.len() / 2);
                open.extend([second, first]);
                continue;
            }
            // Without a word: the system ended it.
            Err(GitError::Failed { message, .. })
                if message.contains("memory") || message.contains("without a word") =>
            {
                (Skip::Corrupt, WIDE.to_owned())
            }
            Err(GitError::Failed { message, .. }) => (Skip::Missing, message),
            Err(GitError::Endless { .. }) => (Skip::Corrupt, WIDE.to_owned()),
            Err(cause) => return Err(cause),
        };
        failed += part.len();
        for id in part {
            sink.skip(reason, id.trim_ascii_end(), &why);
        }
    }
    Ok(found)
}
