//! Refs: every name that keeps objects reachable, read from the files; from git itself where they
//! are in a reftable. What they reach is `graph`'s business.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::finding::BlobId;

use super::repo::Layout;

/// The refs of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refs {
    /// Full names and what they point at, ordered.
    pub(crate) names: BTreeMap<String, BlobId>,
    /// What HEAD of this working tree resolves to.
    pub(crate) head: Option<BlobId>,
    /// HEADs of other working trees, and heads of unfinished merges and rebases.
    pub(crate) others: Vec<BlobId>,
    /// Commits behind which history was cut off.
    pub(crate) shallow: Vec<BlobId>,
}

/// Directories below `refs` are followed this deep.
const DEPTH: usize = 32;

impl Refs {
    /// Reads them all. An error says that they could not be had, never that there are none.
    pub(crate) fn read(layout: &Layout) -> Result<Refs, String> {
        let mut refs = Refs::default();
        let common = &layout.common_dir;
        if layout.reftable {
            refs.ask_git(layout)?;
        } else {
            refs.packed(&fs::read(common.join("packed-refs")).unwrap_or_default());
            refs.loose(&common.join("refs"), "refs", 0);
            if layout.git_dir != *common {
                refs.loose(&layout.git_dir.join("refs"), "refs", 0);
            }
            refs.head = refs.resolve(&layout.git_dir.join("HEAD"));
        }
        let mut heads = vec![common.clone(), layout.git_dir.clone()];
        for tree in fs::read_dir(common.join("worktrees"))
            .into_iter()
            .flatten()
            .flatten()
        {
            heads.push(tree.path());
        }
        for dir in heads {
            for name in [
                "HEAD",
                "ORIG_HEAD",
                "MERGE_HEAD",
                "CHERRY_PICK_HEAD",
                "REBASE_HEAD",
            ] {
                refs.others.extend(refs.resolve(&dir.join(name)));
            }
            // Every line of FETCH_HEAD begins with an id.
            let fetched = fs::read(dir.join("FETCH_HEAD")).unwrap_or_default();
            refs.others.extend(lines(&fetched).filter_map(leading_id));
        }
        refs.others.sort_unstable();
        refs.others.dedup();
        let shallow = fs::read(common.join("shallow")).unwrap_or_default();
        refs.shallow.extend(lines(&shallow).filter_map(leading_id));
        refs.shallow.sort_unstable();
        Ok(refs)
    }

    fn packed(&mut self, text: &[u8]) {
        for line in lines(text).filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^")) {
            let mut words = line.splitn(2, |b| *b == b' ');
            let id = words.next().and_then(leading_id);
            if let (Some(id), Some(name)) = (id, words.next()) {
                self.names
                    .insert(String::from_utf8_lossy(name).into_owned(), id);
            }
        }
    }

    fn loose(&mut self, dir: &Path, prefix: &str, depth: usize) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && depth < DEPTH {
                self.loose(&entry.path(), &name, depth + 1);
            } else if kind.is_file() {
                let text = fs::read(entry.path()).unwrap_or_default();
                if let Some(id) = leading_id(&text) {
                    self.names.insert(name, id);
                }
            }
        }
    }

    /// What a file with an id or a symbolic ref points at. Symbolic refs below `refs` point at others
    /// that are listed anyhow.
    fn resolve(&self, path: &Path) -> Option<BlobId> {
        let text = fs::read(path).ok()?;
        match text.strip_prefix(b"ref:") {
            Some(name) => {
                let name = String::from_utf8_lossy(name.trim_ascii());
                self.names.get(name.as_ref()).copied()
            }
            None => leading_id(&text),
        }
    }

    /// Only git reads a reftable.
    fn ask_git(&mut self, layout: &Layout) -> Result<(), String> {
        let ask = |arguments: &[&str]| {
            Command::new("git")
                .arg("--git-dir")
                .arg(&layout.git_dir)
                .args(arguments)
                // A partial clone must not be completed behind the user's back.
                .env("GIT_NO_LAZY_FETCH", "1")
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .output()
        };
        let listed = ask(&["for-each-ref", "--format=%(objectname) %(refname)"])
            .map_err(|error| format!("git for-each-ref: {error}"))?;
        if !listed.status.success() {
            return Err(format!("git for-each-ref: {}", listed.status));
        }
        self.packed(&listed.stdout);
        let head = ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        self.head = head.ok().and_then(|out| leading_id(&out.stdout));
        Ok(())
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

/// The id a line begins with.
fn leading_id(line: &[u8]) -> Option<BlobId> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    BlobId::from_hex(std::str::from_utf8(&line[..digits]).ok()?)
}
