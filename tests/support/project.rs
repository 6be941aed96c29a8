//! Project: a temporary directory or git repository, made step by step.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::tool::{Ran, Tool, clean};

pub(crate) struct Project {
    directory: TempDir,
}

/// A made-up secret of a kind that needs no context; put together here, so that nobody finds it in
/// this file. Each number gives another one.
pub(crate) fn secret(number: usize) -> String {
    let mut body: Vec<u8> = b"KADxQCCtkJdAlXaW06pB4SaE".to_vec();
    body[number % 24] = b'A' + u8::try_from(number / 24 % 26).unwrap();
    body[(number + 7) % 24] = b'z';
    format!("{}{}{}", "sk_", "live_", String::from_utf8(body).unwrap())
}

impl Project {
    /// An empty directory.
    pub(crate) fn new() -> Project {
        Project {
            directory: TempDir::new().unwrap(),
        }
    }

    /// An empty repository.
    pub(crate) fn git() -> Project {
        let project = Project::new();
        project.run_git(&["init", "-q", "-b", "main", "."]);
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Project {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// git in this directory; it must succeed.
    pub(crate) fn run_git(&self, args: &[&str]) -> String {
        let ran = self.try_git(args);
        assert_eq!(ran.code, 0, "git {args:?}: {ran:?}");
        ran.out
    }

    /// git in this directory, whatever it says.
    pub(crate) fn try_git(&self, args: &[&str]) -> Ran {
        let mut command = Command::new("git");
        clean(&mut command, self.path());
        let output = command
            .current_dir(self.path())
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(["-c", "protocol.file.allow=always"])
            .args(args)
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Commits everything there is.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run_git(&["add", "-A"]);
        self.run_git(&[
            "commit",
            "-q",
            "--no-verify",
            "--allow-empty",
            "-m",
            message,
        ]);
        self.run_git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(crate) fn tool(&self) -> Tool {
        Tool::new(self.path())
    }

    /// `unleak` with these arguments and a `jsonl` report.
    pub(crate) fn scan(&self, args: &[&str]) -> Ran {
        self.tool().args(args).args(&["--format", "jsonl"]).run()
    }
}
