//! The raw output of git's diff programs (`--raw -z`), for one parent or several.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::git::GitError;
use crate::finding::{BlobId, CommitInfo};

/// Where the new content of a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// In the repository.
    Blob(BlobId),
    /// In the work tree.
    File(PathBuf),
}

/// One path that changed.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) path: Vec<u8>,
    pub(super) new: Content,
    /// What it was before, in each parent; for a new path what was deleted beside it.
    pub(super) old: Vec<BlobId>,
    /// Hex id of the commit that changed it, then the commit itself once that is read.
    pub(super) commit_id: Option<Arc<str>>,
    pub(super) commit: Option<Arc<CommitInfo>>,
}

impl Change {
    /// A new file of the work tree.
    pub(super) fn of_file(path: Vec<u8>) -> Change {
        Change {
            path,
            new: Content::File(PathBuf::new()),
            old: Vec::new(),
            commit_id: None,
            commit: None,
        }
    }
}

/// At most so many deleted files are compared with a new one.
const MOST_DELETED: usize = 64;

/// Reads the output of `diff-index`, `diff-files` or `diff-tree --stdin`. Deletions, submodules
/// and unmerged entries bring nothing and are left out.
pub(super) fn parse(answer: &[u8], command: &str) -> Result<Vec<Change>, GitError> {
    let wrong = || GitError::Answer {
        command: command.to_owned(),
    };
    let mut changes = Vec::new();
    let mut deleted: HashMap<Option<Arc<str>>, Vec<BlobId>> = HashMap::new();
    let mut commit: Option<Arc<str>> = None;
    let mut tokens = answer.split(|b| *b == 0).filter(|token| !token.is_empty());
    while let Some(token) = tokens.next() {
        let text = std::str::from_utf8(token).map_err(|_| wrong())?;
        if !text.starts_with(':') {
            commit = Some(Arc::from(text));
            continue;
        }
        let path = tokens.next().ok_or_else(wrong)?;
        let entry = Entry::parse(text).ok_or_else(wrong)?;
        if entry.gone {
            deleted
                .entry(commit.clone())
                .or_default()
                .extend(entry.old.iter().take(MOST_DELETED));
        } else if let Some(new) = entry.new {
            changes.push(Change {
                path: path.to_vec(),
                new,
                old: entry.old,
                commit_id: commit.clone(),
                commit: None,
            });
        }
    }
    for change in changes.iter_mut().filter(|change| change.old.is_empty()) {
        if let Some(gone) = deleted.get(&change.commit_id) {
            change.old.extend(gone.iter().take(MOST_DELETED));
        }
    }
    Ok(changes)
}

struct Entry {
    new: Option<Content>,
    old: Vec<BlobId>,
    gone: bool,
}

impl Entry {
    /// `:<mode>… <mode> <id>… <id> <status>…`, with one colon for each parent.
    fn parse(text: &str) -> Option<Entry> {
        let parents = text.bytes().take_while(|b| *b == b':').count();
        let words: Vec<&str> = text[parents..].split(' ').collect();
        if words.len() != 2 * (parents + 1) + 1 {
            return None;
        }
        let (modes, rest) = words.split_at(parents + 1);
        let (ids, status) = rest.split_at(parents + 1);
        let is_file = |mode: &str| mode.starts_with("10") || mode.starts_with("12");
        let is_zero = |id: &str| id.bytes().all(|b| b == b'0');
        let old = ids[..parents]
            .iter()
            .zip(modes)
            .filter(|(id, mode)| is_file(mode) && !is_zero(id));
        let status = status.first()?;
        let gone = status.bytes().all(|b| b == b'D');
        let new = match ids[parents] {
            _ if gone || status.contains('U') || !is_file(modes[parents]) => None,
            // The work tree's content has no id yet; the caller knows where it is.
            id if is_zero(id) => Some(Content::File(PathBuf::new())),
            id => Some(Content::Blob(BlobId::from_hex(id)?)),
        };
        Some(Entry {
            new,
            old: old
                .map(|(id, _)| BlobId::from_hex(id))
                .collect::<Option<_>>()?,
            gone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "78981922613b2afb6025042ff6bd878ac1994e85";
    const B: &str = "bc240f2aeee665180dd712644f42cdde0722d604";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn one_parent_and_two() {
        let raw = format!(
            "c0ffee\0::100644 100644 100644 {A} {B} {A} MM\0f\0:100644 100644 {A} {B} M\0dir/g\0"
        );
        let changes = parse(raw.as_bytes(), "diff-tree").expect("git's own format");
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0].old.len(), 2);
        assert_eq!(changes[1].path, b"dir/g");
        assert_eq!(changes[1].commit_id.as_deref(), Some("c0ffee"));
    }

    #[test]
    fn a_renamed_file_is_compared_with_what_was_deleted() {
        let raw = format!(
            ":100644 000000 {A} {ZERO} D\0old\0:000000 100644 {ZERO} {B} A\0new\0:000000 160000 {ZERO} {B} A\0sub\0"
        );
        let changes = parse(raw.as_bytes(), "diff-index").expect("git's own format");
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].old, [BlobId::from_hex(A).expect("hex")]);
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(parse(b":100644 x\0f\0", "diff-index").is_err());
        assert!(parse(b":\xff\0f\0", "diff-index").is_err());
    }
}
