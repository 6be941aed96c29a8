//! Git: the user's own `git`, run so that nothing a scanned repository configures is executed: no
//! hooks, no file system monitor, no filters, no pager, no lazy fetches, no prompts. It reads every
//! kind of repository its user can have (SHA-256, reftable, split and sparse indexes), and
//! `diff-index --cached` skips unchanged directories, so that a hook costs 2 ms in 5,000 files.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("cannot run git: {0}")]
    Start(std::io::Error),
    /// It ran and said no.
    #[error("git {command}: {message}")]
    Failed {
        /// The subcommand.
        command: String,
        /// The first line it wrote to standard error.
        message: String,
    },
    /// It answered more than can be held: a tree in trees has more paths than there are bytes.
    #[error("git {command}: its answer has no end (more than {MOST_ANSWERED} bytes)")]
    Endless {
        /// The subcommand.
        command: String,
    },
    /// It answered something this program does not understand.
    #[error("git {command}: unexpected answer")]
    Answer {
        /// The subcommand.
        command: String,
    },
}

/// Settings that a scanned repository must not decide. With them nothing of it is executed, so a
/// repository that belongs to somebody else (a container's checkout) may be read like any other.
const SETTINGS: [&str; 11] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.untrackedCache=false",
    "log.showSignature=false",
    "gpg.program=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "safe.directory=*",
    "core.sshCommand=ssh -oBatchMode=yes",
];

/// A graft file makes a history look shorter than it is. There is none here, and nothing below it, so
/// git does not even warn.
const NO_GRAFTS: &str = "/dev/null/none";

/// How often it is looked whether a command has ended, or shall.
const LOOK: Duration = Duration::from_millis(20);
/// How long git may take to clean up behind itself.
const PATIENCE: Duration = Duration::from_secs(3);
/// More of what git says on standard error is not kept.
const MOST_SAID: u64 = 1 << 20;

/// More of an answer is not taken: a million files that changed.
const MOST_ANSWERED: u64 = 1 << 28;

/// Variables by which a hook's caller points at its own repository.
const POINTERS: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
];

/// git in one directory.
#[derive(Clone, Debug)]
pub struct Git {
    directory: PathBuf,
    keep_pointers: bool,
    settings: Vec<String>,
    bounded: bool,
}

/// Lets a shell bound the memory of what it becomes (KiB): git holds all that one commit changed before
/// it says any of it, and a tree in trees changes more than there is room for. A million and a half
/// files fit. Where a system cannot bound it, it is not.
#[cfg(unix)]
const BOUND: [&str; 3] = ["-c", "ulimit -d 524288 2>/dev/null; exec git \"$@\"", "git"];

impl Git {
    /// git as if started in `directory`, whatever `GIT_DIR` says.
    pub fn at(directory: &Path) -> Git {
        Git {
            directory: directory.to_path_buf(),
            keep_pointers: false,
            settings: Vec::new(),
            bounded: false,
        }
    }

    /// git as the hook that runs us sees it: `GIT_DIR`, `GIT_INDEX_FILE` and the quarantine of a
    /// push stay as they are.
    pub fn of_hook(directory: &Path) -> Git {
        Git {
            directory: directory.to_path_buf(),
            keep_pointers: true,
            settings: Vec::new(),
            bounded: false,
        }
    }

    /// The same, run in another directory.
    pub(super) fn moved(mut self, directory: &Path) -> Git {
        self.directory = directory.to_path_buf();
        self
    }

    /// Where git looks for hooks here, by the user's own settings (`core.hooksPath`).
    pub fn hooks_directory(&self) -> Result<PathBuf, GitError> {
        let asked = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory).args(asked);
        let output = command.output().map_err(GitError::Start)?;
        let answer = checked(name(&asked), output)?;
        let line = answer.strip_suffix(b"\n").unwrap_or(&answer);
        Ok(super::tree::os_path(line))
    }

    /// Where it is run.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The same with one more setting.
    pub(super) fn with(mut self, setting: String) -> Git {
        self.settings.push(setting);
        self
    }

    /// The same, ended by the system when it takes too much memory.
    pub(super) fn bounded(&self) -> Git {
        Git {
            bounded: true,
            ..self.clone()
        }
    }

    /// The program, as it is started.
    fn program(&self) -> Command {
        #[cfg(unix)]
        if self.bounded {
            let mut shell = Command::new("sh");
            shell.args(BOUND);
            return shell;
        }
        Command::new("git")
    }

    pub(super) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = self.program();
        command.arg("-C").arg(&self.directory);
        let settings = SETTINGS.iter().copied();
        for setting in settings.chain(self.settings.iter().map(String::as_str)) {
            command.arg("-c").arg(setting);
        }
        command
            .args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"])
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_GRAFT_FILE", NO_GRAFTS)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "")
            .env("LC_ALL", "C")
            .env_remove("GIT_EXTERNAL_DIFF")
            .stdin(Stdio::null());
        if !self.keep_pointers {
            for name in POINTERS {
                command.env_remove(name);
            }
        }
        command
    }

    /// What the command prints.
    pub fn output<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<Vec<u8>, GitError> {
        self.begin(arguments)?.finish()
    }

    /// Starts a command whose answer is wanted later.
    pub(super) fn begin<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[S],
    ) -> Result<Pending, GitError> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Pending {
            command: name(arguments),
            child: command.spawn().map_err(GitError::Start)?,
        })
    }

    /// What the command prints when it is given `input`.
    pub fn output_for<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[S],
        input: Vec<u8>,
    ) -> Result<Vec<u8>, GitError> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::Start)?;
        let pipe = child.stdin.take();
        let writer = std::thread::spawn(move || {
            // git says itself what it did not like when it stops reading early.
            pipe.map(|mut pipe| pipe.write_all(&input))
        });
        let answer = taken(name(arguments), child);
        drop(writer.join());
        answer
    }

    /// Runs a command that may take long; false if it was ended because `stop` was set. It and what
    /// it starts are a group of their own, so that all of it ends.
    pub(super) fn run_until<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: &[S],
        stop: &AtomicBool,
    ) -> Result<bool, GitError> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(GitError::Start)?;
        let listener = listener(&mut child);
        let status = loop {
            if let Some(status) = child.try_wait().map_err(GitError::Start)? {
                break status;
            }
            if stop.load(Ordering::Relaxed) {
                end(&mut child);
                return Ok(false);
            }
            std::thread::sleep(LOOK);
        };
        let output = Output {
            status,
            stdout: Vec::new(),
            stderr: listener.join().unwrap_or_default(),
        };
        checked(name(arguments), output).map(|_| true)
    }

    /// The answer as one line of text.
    pub fn line<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<String, GitError> {
        let answer = self.output(arguments)?;
        let text = String::from_utf8(answer).map_err(|_| GitError::Answer {
            command: name(arguments),
        })?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

/// A command that runs.
#[derive(Debug)]
pub(super) struct Pending {
    command: String,
    child: Child,
}

impl Pending {
    /// Waits for what it prints.
    pub(super) fn finish(self) -> Result<Vec<u8>, GitError> {
        taken(self.command, self.child)
    }
}

/// Takes what a child says on standard error, so that it can go on.
fn listener(child: &mut Child) -> std::thread::JoinHandle<Vec<u8>> {
    let said = child.stderr.take();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut said) = said {
            // What cannot be read was not said.
            drop((&mut said).take(MOST_SAID).read_to_end(&mut text));
            drop(std::io::copy(&mut said, &mut std::io::sink()));
        }
        text
    })
}

/// All that a child answers, if that has an end.
fn taken(command: String, mut child: Child) -> Result<Vec<u8>, GitError> {
    let listener = listener(&mut child);
    let mut stdout = Vec::new();
    if let Some(answer) = child.stdout.take() {
        let read = answer.take(MOST_ANSWERED + 1).read_to_end(&mut stdout);
        read.map_err(GitError::Start)?;
    }
    if stdout.len() as u64 > MOST_ANSWERED {
        end(&mut child);
        return Err(GitError::Endless { command });
    }
    let output = Output {
        status: child.wait().map_err(GitError::Start)?,
        stdout,
        stderr: listener.join().unwrap_or_default(),
    };
    checked(command, output)
}

/// Asks a child and what it started to end, and makes it after a while.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let mut kill = Command::new("kill");
        kill.args(["-TERM", "--", &group]);
        kill.stdout(Stdio::null()).stderr(Stdio::null());
        // If it cannot be asked, it is made to below.
        drop(kill.status());
    }
    let asked = Instant::now();
    while cfg!(unix) && asked.elapsed() < PATIENCE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(LOOK);
    }
    drop(child.kill());
    drop(child.wait());
}

fn name<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> String {
    arguments
        .first()
        .map(|first| first.as_ref().to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn checked(command: String, output: Output) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let aside = |line: &&str| line.starts_with("hint:") || line.starts_with("warning:");
    let message = lines()
        .find(|line| !aside(line))
        .or_else(|| lines().next())
        .unwrap_or("failed without a word")
        .trim_start_matches("fatal: ")
        .to_owned();
    Err(GitError::Failed { command, message })
}
