//! What the user left out: paths by glob.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Paths that are not read.
pub struct Exclude(Gitignore);

impl Default for Exclude {
    fn default() -> Exclude {
        Exclude(Gitignore::empty())
    }
}

impl Exclude {
    /// From gitignore globs; the error names the one that is none.
    pub fn new(globs: &[String]) -> Result<Exclude, String> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            let added = builder.add_line(None, glob);
            added.map_err(|cause| format!("'{glob}': {cause}"))?;
        }
        let built = builder.build().map_err(|cause| cause.to_string())?;
        Ok(Exclude(built))
    }

    /// True if nothing is left out.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if `path` (relative, `/` between parts) or a directory above it is left out.
    pub(super) fn covers(&self, path: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        // The matcher wants a path below its root; an absolute label is taken as one.
        let start = path.iter().take_while(|b| **b == b'/').count();
        let text = String::from_utf8_lossy(&path[start..]);
        let found = self.0.matched_path_or_any_parents(Path::new(&*text), false);
        found.is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_they_mean_to_git() {
        let globs = [
            "vendor/".to_owned(),
            "*.lock".to_owned(),
            "!keep.lock".to_owned(),
        ];
        let exclude = Exclude::new(&globs).expect("globs");
        assert!(exclude.covers(b"vendor/a/b.c"));
        assert!(exclude.covers(b"x/Cargo.lock"));
        assert!(exclude.covers(b"/abs/Cargo.lock"));
        assert!(!exclude.covers(b"x/keep.lock"));
        assert!(!exclude.covers(b"src/a.rs"));
        assert!(Exclude::new(&["[z-a]".to_owned()]).is_err());
    }
}
