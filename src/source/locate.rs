//! Repository: the git repository around a path, found as git finds it but without running
//! anything and without believing its settings (`core.worktree` may point anywhere).

use std::fs;
use std::path::{Path, PathBuf};

use super::tree::os_path;

/// A git repository, or one work tree of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The git directory of this work tree.
    pub git_dir: PathBuf,
    /// The git directory that linked work trees share.
    pub common_dir: PathBuf,
    /// Top of the work tree; none for a git directory itself.
    pub top: Option<PathBuf>,
    /// From the top to the path that was asked about, with `/` at its end unless it is the top.
    pub prefix: Vec<u8>,
}

impl Repository {
    /// The repository that `path` is in.
    pub fn around(path: &Path) -> Option<Repository> {
        let path = path.canonicalize().ok()?;
        let directory = match path.is_dir() {
            true => path.as_path(),
            false => path.parent()?,
        };
        let mut prefix = Vec::new();
        for above in directory.ancestors() {
            let (git_dir, top) = match git_dir_of(above) {
                Some(git_dir) => (git_dir, Some(above.to_path_buf())),
                None if is_git_dir(above) => (above.to_path_buf(), None),
                None => {
                    let name = above.file_name()?.as_encoded_bytes();
                    prefix.splice(0..0, name.iter().copied().chain([b'/']));
                    continue;
                }
            };
            let common_dir = match fs::read(git_dir.join("commondir")) {
                Ok(text) => git_dir.join(os_path(text.trim_ascii())),
                Err(_) => git_dir.clone(),
            };
            if top.is_none() {
                prefix.clear();
            }
            return Some(Repository {
                git_dir,
                common_dir,
                top,
                prefix,
            });
        }
        None
    }

    /// Checked-out submodules, with their paths from the top, ordered.
    pub fn submodules(&self) -> Vec<(String, Repository)> {
        let Some(top) = &self.top else {
            return Vec::new();
        };
        let named = submodule_paths(top).into_iter();
        let mut found: Vec<(String, Repository)> = named
            .filter_map(|path| {
                let inside = Repository::around(&top.join(&path))?;
                (inside.prefix.is_empty() && inside.top != self.top).then_some((path, inside))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

/// Paths that `.gitmodules` below `top` names; none that leads out.
pub(super) fn submodule_paths(top: &Path) -> Vec<String> {
    let text = fs::read_to_string(top.join(".gitmodules")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let value = line.trim().strip_prefix("path")?.trim_start();
            Some(value.strip_prefix('=')?.trim().trim_matches('"').to_owned())
        })
        .filter(|path| !path.starts_with('/') && path.split('/').all(|part| part != ".."))
        .collect()
}

fn git_dir_of(directory: &Path) -> Option<PathBuf> {
    let dot = directory.join(".git");
    if is_git_dir(&dot) {
        return Some(dot);
    }
    let text = match dot.is_file() {
        true => fs::read(&dot).ok()?,
        false => return None,
    };
    let target = text.trim_ascii().strip_prefix(b"gitdir:")?;
    let target = directory.join(os_path(target.trim_ascii()));
    is_git_dir(&target).then_some(target)
}

/// The directory is a git directory, with or without a work tree around it.
pub(super) fn is_git_dir(path: &Path) -> bool {
    let common = path.join("commondir").is_file();
    path.join("HEAD").symlink_metadata().is_ok()
        && (common || (path.join("objects").is_dir() && path.join("refs").is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_is_the_prefix() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let top = dir.path().canonicalize().expect("it exists");
        for path in ["r/.git/objects", "r/.git/refs", "r/a/b", "plain"] {
            fs::create_dir_all(top.join(path)).expect("made");
        }
        fs::write(top.join("r/.git/HEAD"), "ref: refs/heads/main\n").expect("written");
        let found = Repository::around(&top.join("r/a/b")).expect("a repository");
        assert_eq!(found.top, Some(top.join("r")));
        assert_eq!(found.prefix, b"a/b/");
        let bare = Repository::around(&top.join("r/.git/refs")).expect("a repository");
        assert_eq!((bare.top, bare.prefix), (None, Vec::new()));
    }
}
