//! The working tree: which of its files are read. Hidden files are in, `.git` is out, what git
//! ignores is out unless asked for or tracked all the same, links are not followed.

use std::fs::{self, File, FileType};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::locate::is_git_dir;
use super::{Git, Item, Root, Sink, file};
use crate::finding::{Skip, SourceKind};

/// Settings of a walk.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What is walked.
    pub roots: Vec<Root>,
    /// Read what git ignores too.
    pub no_ignore: bool,
    /// Content larger than this is counted and not read.
    pub max_file_size: u64,
    /// How many threads walk and scan.
    pub jobs: usize,
}

/// Reads the trees and hands every file to `sink`. Tells, in order, which directories below the roots
/// are repositories of their own, by the names they have in a report; submodules are not among them.
pub fn scan(tree: &Tree, sink: &dyn Sink) -> Vec<Root> {
    let mut repositories = Vec::new();
    for root in &tree.roots {
        if sink.stopped() {
            break;
        }
        repositories.extend(scan_root(tree, root, sink));
    }
    repositories
}

fn scan_root(tree: &Tree, root: &Root, sink: &dyn Sink) -> Vec<Root> {
    if !root.path.is_dir() {
        let mut reader = Reader::new(tree, root, sink);
        reader.named(&root.path);
        return Vec::new();
    }
    submodules(root, sink);
    let met = walk(tree, &root.path, || {
        let mut reader = Reader::new(tree, root, sink);
        Box::new(move |entry| reader.visit(entry))
    });
    if !tree.no_ignore {
        let mut reader = Reader::new(tree, root, sink);
        for path in tracked_but_ignored(&root.path) {
            reader.named(&path);
        }
    }
    let named = met.into_iter().map(|path| {
        let mut prefix = Vec::new();
        root.label(&path, &mut prefix);
        prefix.push(b'/');
        Root { path, prefix }
    });
    named.collect()
}

/// Counts the files a scan of these trees would read; for a progress bar.
pub fn count(tree: &Tree, files: &AtomicU64, stopped: &(dyn Fn() -> bool + Sync)) {
    for root in &tree.roots {
        let one_thread = Tree {
            jobs: 1,
            ..tree.clone()
        };
        walk(&one_thread, &root.path, || {
            Box::new(|entry| {
                if entry.is_ok_and(|e| e.file_type().is_some_and(|t| t.is_file())) {
                    files.fetch_add(1, Ordering::Relaxed);
                }
                if stopped() {
                    WalkState::Quit
                } else {
                    WalkState::Continue
                }
            })
        });
    }
}

type Visit<'s> = Box<dyn FnMut(Result<DirEntry, ignore::Error>) -> WalkState + Send + 's>;

/// Shows every entry but those of git directories to a visitor a thread. Gives the repositories that
/// were met below the root, sorted.
fn walk<'s>(tree: &Tree, root: &Path, visitor: impl FnMut() -> Visit<'s>) -> Vec<PathBuf> {
    let met = Arc::new(Mutex::new(Vec::new()));
    let meet = Arc::clone(&met);
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .threads(tree.jobs.max(1))
        .filter_entry(move |entry| {
            let is_git = is_git(entry);
            if let (true, Some(around)) = (is_git && entry.depth() > 1, entry.path().parent())
                && entry.file_type().is_some_and(|kind| kind.is_dir())
            {
                let mut met = meet.lock().unwrap_or_else(PoisonError::into_inner);
                met.push(around.to_path_buf());
            }
            !is_git
        });
    if !tree.no_ignore {
        builder
            .parents(true)
            .git_ignore(true)
            .git_exclude(true)
            .git_global(true);
    }
    builder.build_parallel().run(visitor);
    let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
    met.sort();
    std::mem::take(&mut met)
}

/// Where git keeps its own: `.git`, or the objects of a repository without a work tree.
fn is_git(entry: &DirEntry) -> bool {
    match entry.file_name().as_encoded_bytes() {
        b".git" => entry.depth() > 0,
        b"objects" => entry.depth() > 1 && entry.path().parent().is_some_and(is_git_dir),
        _ => false,
    }
}

/// Reads one file after the other on one thread.
struct Reader<'s> {
    tree: &'s Tree,
    root: &'s Root,
    sink: &'s dyn Sink,
    real_root: Option<PathBuf>,
    label: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'s> Reader<'s> {
    fn new(tree: &'s Tree, root: &'s Root, sink: &'s dyn Sink) -> Reader<'s> {
        Reader {
            tree,
            root,
            sink,
            real_root: None,
            label: Vec::new(),
            buffer: Vec::new(),
        }
    }

    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.sink.stopped() {
            return WalkState::Quit;
        }
        match entry {
            Ok(entry) => {
                if let Some(kind) = entry.file_type() {
                    self.file(entry.path(), kind);
                }
            }
            Err(cause) => self.walk_error(&cause),
        }
        WalkState::Continue
    }

    /// A broken line of an ignore file hides nothing, so only errors of the file system count.
    fn walk_error(&mut self, cause: &ignore::Error) {
        let Some(io) = cause.io_error() else { return };
        let subject = path_of(cause).map_or_else(
            || self.root.prefix.clone(),
            |path| {
                self.root.label(path, &mut self.label);
                self.label.clone()
            },
        );
        self.sink.skip(Skip::Unreadable, &subject, &io.to_string());
    }

    /// A file that was named, by the user or by git, rather than met on the way.
    fn named(&mut self, path: &Path) {
        let data = match path == self.root.path {
            true => fs::metadata(path),
            false => fs::symlink_metadata(path),
        };
        match data {
            Ok(data) => self.file(path, data.file_type()),
            Err(cause) if path == self.root.path => {
                self.root.label(path, &mut self.label);
                self.sink
                    .skip(Skip::Unreadable, &self.label, &cause.to_string());
            }
            // Tracked and deleted: there is nothing to read.
            Err(_) => {}
        }
    }

    fn file(&mut self, path: &Path, kind: FileType) {
        if kind.is_dir() {
            return;
        }
        self.root.label(path, &mut self.label);
        if kind.is_symlink() {
            if !self.inside(path) {
                self.sink
                    .skip(Skip::Special, &self.label, "a link that leaves the root");
            }
            return;
        }
        if !kind.is_file() {
            return self
                .sink
                .skip(Skip::Special, &self.label, "not a regular file");
        }
        if !self.sink.wants(&self.label) {
            return;
        }
        match File::open(path) {
            Ok(mut open) => {
                let item = Item::whole(SourceKind::Tree, &self.label, &[]);
                let max = self.tree.max_file_size;
                file::deliver(&mut open, &item, max, &mut self.buffer, self.sink);
            }
            Err(cause) => self
                .sink
                .skip(Skip::Unreadable, &self.label, &cause.to_string()),
        }
    }

    /// A link whose target is below the root is read there, under its own name.
    fn inside(&mut self, link: &Path) -> bool {
        let root = match &self.real_root {
            Some(root) => root,
            None => match self.root.path.canonicalize() {
                Ok(real) => self.real_root.insert(real),
                Err(_) => return false,
            },
        };
        link.canonicalize()
            .is_ok_and(|target| target.starts_with(root))
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

/// Files that git tracks although an ignore rule names them: they are pushed like any other.
fn tracked_but_ignored(root: &Path) -> Vec<PathBuf> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--ignored",
        "--exclude-standard",
    ];
    let Ok(output) = Git::at(root).output(&arguments) else {
        return Vec::new();
    };
    output
        .split(|b| *b == 0)
        .filter(|name| !name.is_empty())
        .map(|name| root.join(os_path(name)))
        .collect()
}

/// The path that these bytes of a git object name.
#[cfg(unix)]
pub(super) fn os_path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

/// The path that these bytes of a git object name.
#[cfg(not(unix))]
pub(super) fn os_path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// Counts the submodules that are named in `.gitmodules` and not checked out.
fn submodules(root: &Root, sink: &dyn Sink) {
    for path in super::locate::submodule_paths(&root.path) {
        let directory = root.path.join(path);
        if fs::read_dir(&directory).is_ok_and(|mut entries| entries.next().is_none()) {
            let mut label = Vec::new();
            root.label(&directory, &mut label);
            sink.skip(Skip::Submodule, &label, "the submodule is not checked out");
        }
    }
}
