//! What changed: the index, the work tree against the index, or the commits of a range. Content is
//! read whole, because a secret needs its context; only what a change brings counts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::added::added;
use super::brought;
use super::commits;
use super::git::GitError;
use super::objects::{Object, Objects};
use super::pushed;
use super::raw::{Change, Content, parse};
use super::staged::{self, Ahead};
use super::{Git, Item, Sink, SourceError};
use crate::finding::{BlobId, CommitInfo, Skip, SourceKind};

/// Which changes are looked at.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// What the next commit would bring.
    Staged,
    /// What the work tree has and the index has not, new files included.
    Unstaged,
    /// Commits of a range as `git rev-list` understands it (`A..B`, `A...B`).
    Range(String),
    /// Commits of any ref that a revision does not have, or since a time.
    Since(Since),
    /// Commits that a push brings to this repository.
    Received(Vec<Pushed>),
    /// Commits that a push would bring to the named remote.
    Pushing(String, Vec<Pushed>),
}

/// Where `--since` begins.
#[derive(Clone, Debug)]
pub enum Since {
    /// After this revision.
    Revision(String),
    /// At this time, in seconds since 1970.
    Time(i64),
}

/// One ref of a push, as hooks are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What the ref is called on the other side.
    pub name: Vec<u8>,
    /// What the other side had; all zeros if nothing.
    pub old: String,
    /// What it is to have; all zeros for a deletion.
    pub new: String,
}

impl Pushed {
    /// The ref is to go; nothing comes with that.
    pub(super) fn deletes(&self) -> bool {
        self.new.bytes().all(|b| b == b'0')
    }
}

/// Settings of a look at changes.
#[derive(Debug)]
pub struct Changes {
    /// git in the repository.
    pub git: Git,
    /// Which changes.
    pub wanted: Wanted,
    /// Only paths below this one (with `/` at its end), which are reported relative to it.
    pub below: Vec<u8>,
    /// Content larger than this is counted and not read.
    pub max_file_size: u64,
    /// How many threads read and scan.
    pub jobs: usize,
    /// What git was told to do already, see [`Changes::begin`].
    pub ahead: Option<Ahead>,
}

impl Changes {
    /// Lets git work on the index while the caller has something else to do.
    pub fn begin(&mut self) {
        if matches!(self.wanted, Wanted::Staged) {
            // If git cannot be started, that is said when its answer is needed.
            self.ahead = Ahead::begin(&self.git).ok();
        }
    }
}

/// Reads the changes and hands them to `sink`.
pub fn scan(changes: &Changes, sink: &dyn Sink) -> Result<(), SourceError> {
    match &changes.wanted {
        Wanted::Staged => {
            let (found, objects) = staged::read(changes)?;
            read_all(changes, &found, objects, sink)
        }
        Wanted::Unstaged => unstaged(changes, sink),
        _ => commits(changes, sink),
    }
}

fn unstaged(changes: &Changes, sink: &dyn Sink) -> Result<(), SourceError> {
    let git = &changes.git;
    let top = super::tree::os_path(git.line(&["rev-parse", "--show-toplevel"])?.as_bytes());
    let git = without_filters(git)?;
    // Untracked names are relative to where git runs.
    let git = git.moved(&top);
    let answer = git.output(&["diff-files", "--raw", "-z", "--no-renames", "--no-abbrev"])?;
    let mut found = parse(&answer, "diff-files")?;
    let untracked = git.output(&["ls-files", "-z", "--others", "--exclude-standard"])?;
    let names = untracked.split(|b| *b == 0).filter(|name| !name.is_empty());
    found.extend(names.map(|name| Change::of_file(name.to_vec())));
    for change in &mut found {
        change.new = Content::File(top.join(super::tree::os_path(&change.path)));
    }
    let objects = git.objects()?;
    read_all(changes, &found, objects, sink)
}

/// To compare a file whose time stamp says too little, git runs the filters that the repository
/// configures; so each is switched off by name.
fn without_filters(git: &Git) -> Result<Git, GitError> {
    let asked = [
        "config",
        "--null",
        "--name-only",
        "--get-regexp",
        "^filter\\.",
    ];
    let names = match git.output(&asked) {
        Ok(names) => names,
        // There are none.
        Err(GitError::Failed { .. }) => return Ok(git.clone()),
        Err(cause) => return Err(cause),
    };
    let mut git = git.clone();
    for name in names.split(|b| *b == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name);
        let value = if name.ends_with(".required") {
            "false"
        } else {
            ""
        };
        git = git.with(format!("{name}={value}"));
    }
    Ok(git)
}

fn commits(changes: &Changes, sink: &dyn Sink) -> Result<(), SourceError> {
    let git = &changes.git;
    let mut objects = git.objects()?;
    let Some(asked) = revisions(&changes.wanted, &mut objects) else {
        return Ok(());
    };
    let list = git.output(&asked)?;
    let named = match &changes.wanted {
        Wanted::Received(refs) | Wanted::Pushing(_, refs) => {
            pushed::read(git, &mut objects, refs, sink)?
        }
        _ => Vec::new(),
    };
    let known = commits::read(&mut objects, &list, sink)?;
    shallow(git, &known, sink);
    sink.commits(known.len() as u64);
    let mut found = brought::read(git, &list, sink)?;
    commits::attach(&mut found, &known);
    found.extend(named);
    read_all(changes, &found, objects, sink)
}

/// The arguments that make git list the commits of a range; none if there cannot be any.
fn revisions(wanted: &Wanted, objects: &mut Objects) -> Option<Vec<OsString>> {
    let list = |fixed: &[&str], more: &[&str]| {
        Some(fixed.iter().chain(more).map(OsString::from).collect())
    };
    let pushed = |pushed: &[Pushed], without: &[&str]| {
        let news: Vec<&str> = pushed
            .iter()
            .filter(|p| !p.deletes())
            .map(|p| p.new.as_str())
            .collect();
        if news.is_empty() {
            return None;
        }
        list(
            &["rev-list"],
            &[news.as_slice(), &["--not"], without].concat(),
        )
    };
    // A branch without commits has no HEAD to start from.
    let head = match objects.commit("HEAD") {
        Some(_) => &["rev-list", "--all", "HEAD"][..],
        None => &["rev-list", "--all"][..],
    };
    match wanted {
        Wanted::Staged | Wanted::Unstaged => None,
        Wanted::Range(range) => list(&["rev-list", "--end-of-options"], &[range]),
        Wanted::Since(Since::Revision(revision)) => {
            list(head, &["--not", "--end-of-options", revision])
        }
        Wanted::Since(Since::Time(time)) => {
            list(head, &[&format!("--since-as-filter=@{time} +0000")])
        }
        Wanted::Received(refs) => pushed(refs, &["--all"]),
        Wanted::Pushing(remote, refs) => {
            let tracked = format!("--remotes={remote}");
            let mut without = vec![tracked.as_str()];
            let olds = refs.iter().map(|p| p.old.as_str());
            without.extend(olds.filter(|old| objects.commit(old).is_some()));
            pushed(refs, &without)
        }
    }
}

/// Says so when the range touches the edge of a shallow clone: what lies behind it is not here.
fn shallow(git: &Git, known: &HashMap<String, Arc<CommitInfo>>, sink: &dyn Sink) {
    let Ok(file) = git.line(&["rev-parse", "--git-path", "shallow"]) else {
        return;
    };
    let Ok(edges) = std::fs::read_to_string(git.directory().join(file)) else {
        return;
    };
    if let Some(edge) = edges.lines().find(|edge| known.contains_key(*edge)) {
        let why = "the clone is shallow: earlier commits of the range are not here";
        sink.skip(Skip::Shallow, edge.as_bytes(), why);
    }
}

/// Reads the new contents, several at once if there are many.
fn read_all(
    changes: &Changes,
    found: &[Change],
    objects: Objects,
    sink: &dyn Sink,
) -> Result<(), SourceError> {
    let next = AtomicUsize::new(0);
    let work = |objects: Objects| {
        let mut reader = Reader {
            changes,
            objects,
            sink,
        };
        while let Some(change) = found.get(next.fetch_add(1, Ordering::Relaxed)) {
            if sink.stopped() {
                break;
            }
            reader.change(change);
        }
    };
    let helpers = changes.jobs.min(found.len() / PER_READER).saturating_sub(1);
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            let more = changes.git.objects()?;
            let work = &work;
            scope.spawn(move || work(more));
        }
        work(objects);
        Ok(())
    })
}

/// A second reader costs a process; it is worth that from twice so many changes.
const PER_READER: usize = 32;

struct Reader<'r> {
    changes: &'r Changes,
    objects: Objects,
    sink: &'r dyn Sink,
}

impl Reader<'_> {
    fn change(&mut self, change: &Change) {
        let Some(path) = change.path.strip_prefix(self.changes.below.as_slice()) else {
            return;
        };
        if !self.sink.wants(path) {
            return;
        }
        let mut bytes = Vec::new();
        let (source, blob) = match &change.new {
            Content::Blob(id) if change.old.contains(id) => return,
            Content::Blob(id) => {
                if !self.blob(id, path, &mut bytes) {
                    return;
                }
                match self.changes.wanted {
                    Wanted::Staged => (SourceKind::Index, Some(*id)),
                    _ => (SourceKind::History, Some(*id)),
                }
            }
            Content::File(file) => {
                if !self.file(file, path, &mut bytes) {
                    return;
                }
                (SourceKind::Tree, None)
            }
        };
        let ranges = (!change.old.is_empty()).then(|| added(&bytes, &self.earlier(change)));
        let (sink, max) = (self.sink, self.changes.max_file_size);
        let objects = RefCell::new(&mut self.objects);
        let in_head = |value: &[u8]| still_there(&mut objects.borrow_mut(), change, max, value);
        sink.content(&Item {
            blob,
            commit: change.commit.as_ref(),
            added: ranges.as_deref(),
            in_head: change.commit_id.is_some().then_some(&in_head),
            ..Item::whole(source, path, &bytes)
        });
    }

    /// Earlier versions; one that cannot be read makes more look new, never less.
    fn earlier(&mut self, change: &Change) -> Vec<Vec<u8>> {
        let max = self.changes.max_file_size;
        let mut versions = Vec::new();
        for id in &change.old {
            let mut old = Vec::new();
            if let Ok(Object::Here(_)) = self.objects.read(&id.to_string(), max, &mut old) {
                versions.push(old);
            }
        }
        versions
    }

    fn blob(&mut self, id: &BlobId, path: &[u8], to: &mut Vec<u8>) -> bool {
        let max = self.changes.max_file_size;
        let (reason, why) = match self.objects.read(&id.to_string(), max, to) {
            Ok(Object::Here(_)) => return true,
            Ok(Object::Missing) => (Skip::Missing, "the object is not in this repository".into()),
            Ok(Object::TooLarge(_, size)) => (Skip::TooLarge, format!("{size} bytes")),
            Err(cause) => {
                // git died of it; a new one reads the rest.
                if let Ok(fresh) = self.changes.git.objects() {
                    self.objects = fresh;
                }
                (Skip::Corrupt, format!("git cannot read {id}: {cause}"))
            }
        };
        self.sink.skip(reason, path, &why);
        false
    }

    fn file(&mut self, file: &Path, path: &[u8], to: &mut Vec<u8>) -> bool {
        let max = self.changes.max_file_size;
        let size = match std::fs::symlink_metadata(file) {
            Ok(data) if data.is_file() => data.len(),
            Ok(_) => return false,
            Err(cause) => {
                self.sink.skip(Skip::Unreadable, path, &cause.to_string());
                return false;
            }
        };
        if size > max {
            self.sink
                .skip(Skip::TooLarge, path, &format!("{size} bytes"));
            return false;
        }
        match std::fs::read(file) {
            Ok(bytes) => *to = bytes,
            Err(cause) => {
                self.sink.skip(Skip::Unreadable, path, &cause.to_string());
                return false;
            }
        }
        true
    }
}

/// True if HEAD has `value` at the path that changed.
fn still_there(objects: &mut Objects, change: &Change, max: u64, value: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(&change.path) else {
        return false;
    };
    // A name with a line break cannot be asked for.
    if path.contains('\n') {
        return false;
    }
    let mut now = Vec::new();
    let read = objects.read(&format!("HEAD:{path}"), max, &mut now);
    matches!(read, Ok(Object::Here(_))) && memchr::memmem::find(&now, value).is_some()
}
