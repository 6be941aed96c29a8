//! Root: a path the user named, and what the paths below it are called in a report.

use std::path::{Component, Path, PathBuf};

/// Something that is scanned, and the prefix its paths carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Where it is.
    pub path: PathBuf,
    /// What stands before the paths below it: nothing if it is the only root, else its own name and `/`.
    pub prefix: Vec<u8>,
}

impl Root {
    /// The roots of one run. Paths are relative to the root if there is one and it is a directory;
    /// with several, or for a single file, they are relative to the working directory `cwd`.
    pub fn all(paths: &[PathBuf], cwd: &Path) -> Vec<Root> {
        let alone = matches!(paths, [one] if one.is_dir());
        let root = |path: &PathBuf| Root {
            path: path.clone(),
            prefix: if alone {
                Vec::new()
            } else {
                name(path, cwd, path.is_dir())
            },
        };
        paths.iter().map(root).collect()
    }

    /// The name of the file at `path`, which starts with the root's path.
    pub(super) fn label(&self, path: &Path, to: &mut Vec<u8>) {
        to.clear();
        to.extend_from_slice(&self.prefix);
        let root = self.path.as_os_str().as_encoded_bytes();
        let full = path.as_os_str().as_encoded_bytes();
        let mut below = full.strip_prefix(root).unwrap_or(full);
        while let Some(rest) = below.strip_prefix(b"/") {
            below = rest;
        }
        to.extend_from_slice(below);
        if std::path::MAIN_SEPARATOR == '\\' {
            to.iter_mut()
                .filter(|b| **b == b'\\')
                .for_each(|b| *b = b'/');
        }
    }
}

fn name(path: &Path, cwd: &Path, directory: bool) -> Vec<u8> {
    let below = path.strip_prefix(cwd).unwrap_or(path);
    let mut out = Vec::new();
    for part in below.components() {
        match part {
            Component::CurDir => continue,
            Component::RootDir | Component::Prefix(_) => {
                out.extend_from_slice(part.as_os_str().as_encoded_bytes());
                continue;
            }
            Component::ParentDir | Component::Normal(_) => {
                out.extend_from_slice(part.as_os_str().as_encoded_bytes());
            }
        }
        out.push(b'/');
    }
    if !directory {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_roots_keep_their_names() {
        let cwd = Path::new("/work");
        assert_eq!(name(Path::new("./a/b"), cwd, true), b"a/b/");
        assert_eq!(name(Path::new("/work/x.py"), cwd, false), b"x.py");
        assert_eq!(name(Path::new("/else/x.py"), cwd, false), b"/else/x.py");
        assert_eq!(name(Path::new("../x.py"), cwd, false), b"../x.py");
    }

    #[test]
    fn labels_are_relative_to_the_root() {
        let root = Root {
            path: PathBuf::from("./src"),
            prefix: b"src/".to_vec(),
        };
        let mut label = Vec::new();
        root.label(Path::new("./src/a/b.rs"), &mut label);
        assert_eq!(label, b"src/a/b.rs");
    }
}
