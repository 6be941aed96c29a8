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

/// After so many commits that cannot be told the others are not looked for one by one.
const MOST_FAILED: usize = 64;

/// What the commits of `list` (an id a line) changed.
pub(super) fn read(git: &Git, list: &[u8], sink: &dyn Sink) -> Result<Vec<Change>, GitError> {
    let lines: Vec<&[u8]> = list.split_inclusive(|b| *b == b'\n').collect();
    let (mut found, mut failed) = (Vec::new(), 0);
    // git ends at the first commit it cannot tell, so that one is looked for among fewer and fewer.
    let mut open = vec![&lines[..]];
    while let Some(part) = open.pop() {
        if sink.stopped() {
            break;
        }
        let why = match failed < MOST_FAILED {
            true => match git.output_for(&DIFF_TREE, part.concat()) {
                Ok(answer) => {
                    found.extend(parse(&answer, "diff-tree")?);
                    continue;
                }
                Err(GitError::Failed { message, .. }) if part.len() == 1 => message,
                Err(GitError::Failed { .. }) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    open.extend([second, first]);
                    continue;
                }
                Err(cause) => return Err(cause),
            },
            false => "not looked at after so many that git cannot read".to_owned(),
        };
        failed += part.len();
        for id in part {
            sink.skip(Skip::Missing, id.trim_ascii_end(), &why);
        }
    }
    Ok(found)
}
