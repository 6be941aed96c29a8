//! A remote repository, or one packed as a bundle: cloned bare with the user's git into a private
//! temporary directory that goes when the value is dropped, and when the user interrupts the clone.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::archive::Container;
use super::{Git, GitError, SourceError};

/// A clone that lives as long as this value.
pub struct Clone {
    directory: tempfile::TempDir,
}

/// True if the user's word is an address that git can clone and no path of this machine.
pub fn is_url(word: &str) -> bool {
    const SCHEMES: [&str; 5] = ["https://", "http://", "ssh://", "git://", "file://"];
    if SCHEMES.iter().any(|scheme| word.starts_with(scheme)) {
        return true;
    }
    let host = word.split_once(':').map_or("", |(host, _)| host);
    host.contains('@') && !host.contains('/') && !Path::new(word).exists()
}

/// True if the file is a repository as `git bundle` packs it.
pub fn is_bundle(path: &Path) -> bool {
    // To open a pipe would wait for whoever writes it, and take what was written.
    if !path.is_file() {
        return false;
    }
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && Container::of(&head) == Some(Container::BUNDLE)
}

/// The address without the user and password it may hold.
pub fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest
        .split_once('/')
        .map_or((rest, None), |(h, p)| (h, Some(p)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    match path {
        Some(path) => format!("{scheme}://{host}/{path}"),
        None => format!("{scheme}://{host}"),
    }
}

impl Clone {
    /// Clones every ref of `url`; nothing if `stop` is set before it is done. Nothing is asked at a
    /// terminal and no hook or template is installed. `made` is told the directory as soon as there is one.
    pub fn make(
        url: &str,
        stop: &AtomicBool,
        made: &dyn Fn(&Path),
    ) -> Result<Option<Clone>, SourceError> {
        let failed = |cause| SourceError::Path {
            path: "a temporary directory".to_owned(),
            cause,
        };
        let directory = tempfile::Builder::new()
            .prefix("unleak-")
            .tempdir()
            .map_err(failed)?;
        made(directory.path());
        let target = directory.path().join("clone.git");
        let target = target.to_string_lossy();
        let asked = [
            "clone",
            "--quiet",
            "--mirror",
            "--template=",
            "--",
            url,
            &target,
        ];
        match Git::at(directory.path()).run_until(&asked, stop) {
            Ok(true) => Ok(Some(Clone { directory })),
            Ok(false) => Ok(None),
            Err(GitError::Failed { command, message }) => Err(GitError::Failed {
                command,
                message: message.replace(url, &redacted(url)),
            }
            .into()),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("clone.git")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        assert!(is_url("https://example.org/a.git"));
        assert!(is_url("git@example.org:a.git"));
        assert!(!is_url("./a:b"));
        assert!(!is_url("src"));
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(
            redacted("https://me:pw@example.org/a"),
            "https://example.org/a"
        );
        assert_eq!(redacted("ssh://git@example.org"), "ssh://example.org");
    }
}
