//! Layout: where a repository keeps what, read from the files themselves, because libgit2 opens
//! neither SHA-256 repositories nor reftable. No object is read here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The directories of one repository and how its ids look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// HEAD, index and reflogs of this working tree.
    pub git_dir: PathBuf,
    /// What linked working trees share: refs, packed-refs, shallow.
    pub common_dir: PathBuf,
    /// Object directories: its own first, then alternates.
    pub objects: Vec<PathBuf>,
    /// Bytes of an object id: 20 or 32.
    pub hash: usize,
    /// Refs are in a reftable, which only git reads.
    pub reftable: bool,
    /// Objects may be missing on purpose.
    pub partial: bool,
    /// Alternates that are named but cannot be read.
    pub lost_alternates: Vec<PathBuf>,
}

/// How many alternates of alternates are followed; git's own limit is five deep.
const ALTERNATES: usize = 64;

impl Layout {
    /// The repository whose git directory, or whose working tree's root, is `path`.
    pub fn open(path: &Path) -> io::Result<Layout> {
        let git_dir = git_dir(path)?;
        let common_dir = match fs::read(git_dir.join("commondir")) {
            Ok(text) => git_dir.join(path_from(text.trim_ascii_end())),
            Err(_) => git_dir.clone(),
        };
        let config = fs::read(common_dir.join("config")).unwrap_or_default();
        let own = common_dir.join("objects");
        if !own.is_dir() {
            let text = format!("{}: not a git repository", path.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        let mut layout = Layout {
            git_dir,
            common_dir,
            objects: Vec::new(),
            hash: 20,
            reftable: false,
            partial: false,
            lost_alternates: Vec::new(),
        };
        layout.extensions(&config);
        layout.add_objects(own);
        Ok(layout)
    }

    /// Adds an object directory (a quarantine of pre-receive, an alternate) and its alternates.
    pub fn add_objects(&mut self, dir: PathBuf) {
        let mut next = vec![dir];
        while let Some(dir) = next.pop() {
            let Ok(real) = dir.canonicalize() else {
                self.lost_alternates.push(dir);
                continue;
            };
            if self.objects.contains(&real) {
                continue;
            }
            if !real.is_dir() || self.objects.len() >= ALTERNATES {
                self.lost_alternates.push(real);
                continue;
            }
            let text = fs::read(real.join("info/alternates")).unwrap_or_default();
            let lines = text.split(|b| *b == b'\n').map(|l| l.trim_ascii_end());
            let named = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
            next.extend(named.map(|line| real.join(path_from(line))));
            self.objects.push(real);
        }
    }

    /// Reads the few settings that change how a repository is stored.
    fn extensions(&mut self, config: &[u8]) {
        let mut section = Vec::new();
        for line in config.split(|b| *b == b'\n').map(<[u8]>::trim_ascii) {
            if line.starts_with(b"[") {
                section = line.to_ascii_lowercase();
                continue;
            }
            let mut halves = line.splitn(2, |b| *b == b'=');
            let key = halves
                .next()
                .unwrap_or(&[])
                .trim_ascii()
                .to_ascii_lowercase();
            let value = halves.next().unwrap_or(&[]).trim_ascii();
            let value = value.strip_prefix(b"\"").unwrap_or(value);
            let value = value.strip_suffix(b"\"").unwrap_or(value);
            let in_extensions = section.starts_with(b"[extensions]");
            match key.as_slice() {
                b"objectformat" if in_extensions && value == b"sha256" => self.hash = 32,
                b"refstorage" if in_extensions && value.starts_with(b"reftable") => {
                    self.reftable = true;
                }
                b"partialclone" if in_extensions => self.partial = true,
                b"promisor" if section.starts_with(b"[remote") && value == b"true" => {
                    self.partial = true;
                }
                _ => {}
            }
        }
    }
}

fn git_dir(path: &Path) -> io::Result<PathBuf> {
    let dot = path.join(".git");
    if dot.is_dir() {
        return Ok(dot);
    }
    if dot.is_file() {
        let text = fs::read(&dot)?;
        let target = text.trim_ascii_end().strip_prefix(b"gitdir:");
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "a .git file that names nothing");
        return Ok(path.join(path_from(target.ok_or_else(bad)?.trim_ascii())));
    }
    Ok(path.to_owned())
}

/// A path as git writes it into a file.
#[cfg(unix)]
pub(crate) fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path as git writes it into a file.
#[cfg(not(unix))]
pub(crate) fn path_from(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(dir: &Path) {
        fs::create_dir_all(dir.join("objects/info")).unwrap();
        fs::create_dir_all(dir.join("refs")).unwrap();
        fs::write(dir.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    #[test]
    fn alternates_that_go_round_in_a_circle_end() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        repository(&a);
        repository(&b);
        let alternates = "# comment\n../../b/objects\n/nowhere/at/all\n";
        fs::write(a.join("objects/info/alternates"), alternates).unwrap();
        let back = format!("{}\n", a.join("objects").display());
        fs::write(b.join("objects/info/alternates"), back).unwrap();
        let layout = Layout::open(&a).unwrap();
        assert_eq!(layout.objects.len(), 2);
        assert_eq!(layout.lost_alternates, [PathBuf::from("/nowhere/at/all")]);
    }

    #[test]
    fn extensions_are_read_whatever_their_case() {
        let dir = tempfile::tempdir().unwrap();
        repository(dir.path());
        let config = "[core]\n\tbare = true\n[Extensions]\n\tobjectFormat = sha256\n\trefStorage = reftable\n";
        fs::write(dir.path().join("config"), config).unwrap();
        let layout = Layout::open(dir.path()).unwrap();
        assert_eq!(
            (layout.hash, layout.reftable, layout.partial),
            (32, true, false)
        );
        assert!(Layout::open(&dir.path().join("refs")).is_err());
    }
}
