//! Tool: the built program in a clean environment. It judges nothing but that the program ends.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Variables that git and the program get from us and from nobody else.
pub(crate) fn clean(command: &mut Command, home: &Path) {
    #[allow(clippy::disallowed_methods)] // The tests' own PATH, so that git is found.
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("TZ", "UTC");
}

/// One run of the program.
pub(crate) struct Tool {
    command: Command,
    input: Vec<u8>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tool {
    pub(crate) fn new(directory: &Path) -> Tool {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unleak"));
        clean(&mut command, directory);
        command.current_dir(directory);
        Tool {
            command,
            input: Vec::new(),
        }
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Tool {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Tool {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Tool {
        self.input = input.into();
        self
    }

    pub(crate) fn run(mut self) -> Ran {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input is no failure.
        drop(child.stdin.take().unwrap().write_all(&self.input));
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Ran {
    /// The lines of a `jsonl` report: findings, and the summary.
    pub(crate) fn report(&self) -> (Vec<Value>, Value) {
        let lines = self
            .out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{self:?}")));
        let mut lines: Vec<Value> = lines.collect();
        let summary = lines.pop().unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(summary["type"], "summary", "{self:?}");
        (lines, summary)
    }

    /// `source path:line` of every place of every finding, ordered.
    pub(crate) fn places(&self) -> Vec<String> {
        let place = |place: &Value| {
            let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}:{}", text("source"), text("path"), place["line"])
        };
        let (findings, _) = self.report();
        let all = findings
            .iter()
            .flat_map(|one| one["places"].as_array().unwrap());
        let mut all: Vec<String> = all.map(place).collect();
        all.sort();
        all
    }
}
