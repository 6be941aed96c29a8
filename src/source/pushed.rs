//! What a push brings besides commits: the names of refs, the messages of tags, and blobs and trees
//! that a tag names without any commit. The commits themselves are a range like any other.

use super::changes::Pushed;
use super::commits::{MOST, message};
use super::git::{Git, GitError};
use super::objects::{Object, Objects};
use super::raw::{Change, Content, parse};
use super::{Item, Sink};
use crate::finding::{BlobId, Skip, SourceKind};

/// A tag may name a tag; nobody nests them deeper.
const DEEPEST: usize = 16;

/// Hands on names and messages; returns the contents that no commit leads to.
pub(super) fn read(
    git: &Git,
    objects: &mut Objects,
    pushed: &[Pushed],
    sink: &dyn Sink,
) -> Result<Vec<Change>, GitError> {
    let mut found = Vec::new();
    for push in pushed.iter().filter(|push| !push.deletes()) {
        if !push.name.is_empty() {
            sink.content(&Item::whole(SourceKind::Message, &push.name, &push.name));
        }
        match target(objects, &push.new, sink) {
            Some((id, kind)) if kind == "tree" => found.extend(files(git, &id)?),
            Some((id, kind)) if kind == "blob" => {
                found.extend(BlobId::from_hex(&id).map(|blob| content(id.into_bytes(), blob)));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What a chain of tags leads to, and of which type that is. Messages on the way are handed on.
fn target(objects: &mut Objects, id: &str, sink: &dyn Sink) -> Option<(String, String)> {
    let mut name = id.to_owned();
    let mut text = Vec::new();
    for _ in 0..DEEPEST {
        match objects.read(&name, MOST, &mut text) {
            Ok(Object::Here(kind)) if kind == "tag" => message(&text, None, sink),
            Ok(Object::TooLarge(kind, size)) if kind == "tag" => {
                let why = format!("the message of a tag, {size} bytes");
                sink.skip(Skip::TooLarge, name.as_bytes(), &why);
                return None;
            }
            // Content is read later, within the bounds of content.
            Ok(Object::Here(kind) | Object::TooLarge(kind, _)) => return Some((name, kind)),
            Ok(Object::Missing) | Err(_) => {
                let why = "named by the push and not to be read";
                sink.skip(Skip::Missing, name.as_bytes(), why);
                return None;
            }
        }
        let object = text.strip_prefix(b"object ").unwrap_or_default();
        let object = object.split(|b| *b == b'\n').next().unwrap_or_default();
        name = String::from_utf8_lossy(object).into_owned();
    }
    sink.skip(
        Skip::Corrupt,
        id.as_bytes(),
        "tags of tags, nested too deep",
    );
    None
}

/// Every file of a tree that stands by itself.
fn files(git: &Git, tree: &str) -> Result<Vec<Change>, GitError> {
    let empty = git.line(&["hash-object", "-t", "tree", "/dev/null"])?;
    let asked = [
        "diff-tree",
        "-r",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
        &empty,
        tree,
    ];
    parse(&git.output(&asked)?, "diff-tree")
}

fn content(path: Vec<u8>, blob: BlobId) -> Change {
    Change {
        new: Content::Blob(blob),
        ..Change::of_file(path)
    }
}
