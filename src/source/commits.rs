//! Commits of a range: who made them, when, and what their messages say.

use std::collections::HashMap;
use std::sync::Arc;

use super::git::GitError;
use super::objects::{Object, Objects};
use super::raw::Change;
use super::{Item, Sink};
use crate::finding::{CommitInfo, Skip, SourceKind};

/// A message larger than this is nobody's message.
pub(super) const MOST: u64 = 16 << 20;

impl Objects {
    /// The commit that a name stands for, with its whole text.
    pub(super) fn commit(&mut self, name: &str) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        match self.read(name, MOST, &mut text) {
            Ok(Object::Here(kind)) if kind == "commit" => Some(text),
            _ => None,
        }
    }
}

/// Reads the commits of `list` (an id a line) and hands their messages to `sink`.
pub(super) fn read(
    objects: &mut Objects,
    list: &[u8],
    sink: &dyn Sink,
) -> Result<HashMap<String, Arc<CommitInfo>>, GitError> {
    let mut commits = HashMap::new();
    for id in String::from_utf8_lossy(list).lines() {
        if sink.stopped() {
            break;
        }
        match objects.commit(id) {
            Some(text) => {
                let info = Arc::new(parse(id, &text));
                message(&text, Some(&info), sink);
                commits.insert(id.to_owned(), info);
            }
            None => sink.skip(Skip::Missing, id.as_bytes(), "the commit cannot be read"),
        }
    }
    Ok(commits)
}

pub(super) fn message(text: &[u8], info: Option<&Arc<CommitInfo>>, sink: &dyn Sink) {
    let body = memchr::memmem::find(text, b"\n\n").map_or(text.len(), |at| at + 2);
    sink.content(&Item {
        commit: info,
        ..Item::whole(SourceKind::Message, b"", &text[body..])
    });
}

/// Tells every change which commit made it.
pub(super) fn attach(changes: &mut [Change], commits: &HashMap<String, Arc<CommitInfo>>) {
    for change in changes {
        let id = change.commit_id.as_deref();
        change.commit = id.and_then(|id| commits.get(id).cloned());
    }
}

/// Who made a commit, from its text.
pub(super) fn parse(id: &str, text: &[u8]) -> CommitInfo {
    let author = text
        .split(|b| *b == b'\n')
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(b"author "));
    let line = String::from_utf8_lossy(author.unwrap_or_default()).into_owned();
    let (name, rest) = line.split_once('<').unwrap_or((&line, ""));
    let (email, when) = rest.rsplit_once('>').unwrap_or((rest, ""));
    let time = when.split_ascii_whitespace().next();
    CommitInfo {
        id: id.to_owned(),
        author: name.trim().to_owned(),
        email: email.trim().to_owned(),
        time: time.and_then(|time| time.parse().ok()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_line_of_any_shape() {
        let text =
            b"tree 1\nauthor Ada L <ada@example.org> 1700000000 +0100\ncommitter x\n\nauthor no";
        let info = parse("c1", text);
        assert_eq!(
            (info.author.as_str(), info.email.as_str()),
            ("Ada L", "ada@example.org")
        );
        assert_eq!(info.time, 1_700_000_000);
        assert_eq!(parse("c2", b"author <\n\n").author, "");
        assert_eq!(parse("c3", b"").time, 0);
    }
}
