//! Staged: what the next commit would bring, told by git from the index. git may be started ahead, so
//! that it works while patterns are made ready. Reading the contents is `changes`' business.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::changes::Changes;
use super::git::{GitError, Pending};
use super::objects::Objects;
use super::raw::{Change, parse};
use super::{Git, SourceError};

/// What git was told to do: the difference to HEAD, and to wait for questions about objects.
#[derive(Debug)]
pub struct Ahead(Mutex<Option<(Pending, Objects)>>);

impl Ahead {
    pub(super) fn begin(git: &Git) -> Result<Ahead, GitError> {
        let both = (git.begin(&index_against("HEAD"))?, git.objects()?);
        Ok(Ahead(Mutex::new(Some(both))))
    }

    fn take(&self) -> Option<(Pending, Objects)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What changed, and a reader of objects.
pub(super) fn read(changes: &Changes) -> Result<(Vec<Change>, Objects), SourceError> {
    let git = &changes.git;
    let (pending, mut objects) = match changes.ahead.as_ref().and_then(Ahead::take) {
        Some(both) => both,
        None => (git.begin(&index_against("HEAD"))?, git.objects()?),
    };
    let mut found = match answer(pending) {
        Ok(found) => found,
        Err(cause) if objects.commit("HEAD").is_some() => return Err(cause.into()),
        // Before the first commit everything in the index is new.
        Err(_) => against(git, &git.line(&["hash-object", "-t", "tree", "/dev/null"])?)?,
    };
    if objects.commit("MERGE_HEAD").is_some() {
        keep_common(&mut found, &against(git, "MERGE_HEAD")?);
    }
    Ok((found, objects))
}

fn against(git: &Git, tree: &str) -> Result<Vec<Change>, GitError> {
    answer(git.begin(&index_against(tree))?)
}

fn answer(pending: Pending) -> Result<Vec<Change>, GitError> {
    parse(&pending.finish()?, "diff-index")
}

fn index_against(tree: &str) -> [&str; 7] {
    [
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
        tree,
    ]
}

/// A merge brings what differs from both sides.
fn keep_common(found: &mut Vec<Change>, other: &[Change]) {
    let other: HashMap<&[u8], &Change> = other
        .iter()
        .map(|theirs| (&theirs.path[..], theirs))
        .collect();
    found.retain_mut(|mine| {
        let twin = other.get(&mine.path[..]);
        mine.old
            .extend(twin.iter().flat_map(|theirs| theirs.old.iter().copied()));
        twin.is_some()
    });
}
