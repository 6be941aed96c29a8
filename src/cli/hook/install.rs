//! The hook's file: written where git looks for it, beside what was there before.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use unleak::source::Git;

use super::Hook;
use crate::cli::{Exit, Failure, print};

/// By this line a file is known to be ours.
const MARK: &str = "# Installed by unleak;";
/// What a hook that was there before is renamed to.
const BEFORE: &str = "before-unleak";

pub(super) fn install(hooks: &[Hook]) -> Result<Exit, Failure> {
    let directory = directory()?;
    fs::create_dir_all(&directory).map_err(|cause| {
        failed(&directory, cause).hint(
            "git looks for hooks there; `git config --show-origin core.hooksPath` says who wants that",
        )
    })?;
    let program = std::env::current_exe()?;
    for hook in hooks {
        let file = directory.join(hook.name());
        let before = before(&file);
        if file.symlink_metadata().is_ok() && !is_ours(&file) {
            if before.symlink_metadata().is_ok() {
                return Err(
                    Failure::new(format!("{}: exists already", before.display()))
                        .hint("an earlier hook is kept there; move it away first"),
                );
            }
            fs::rename(&file, &before).map_err(|cause| failed(&before, cause))?;
        }
        write(&file, &script(*hook, &program)).map_err(|cause| {
            if before.symlink_metadata().is_ok() {
                // A hook that was there goes on as it did; where that fails too, its name says where it is.
                drop(fs::rename(&before, &file));
            }
            failed(&file, cause)
        })?;
        let chained = match before.symlink_metadata() {
            Ok(_) => format!("; {} runs first", before.display()),
            Err(_) => String::new(),
        };
        print(format!("{}{chained}\n", file.display()).as_bytes())?;
    }
    Ok(Exit::Clean)
}

pub(super) fn uninstall(hooks: &[Hook]) -> Result<Exit, Failure> {
    let directory = directory()?;
    for hook in hooks {
        let file = directory.join(hook.name());
        if !is_ours(&file) {
            continue;
        }
        let before = before(&file);
        let done = match before.symlink_metadata() {
            Ok(_) => fs::rename(&before, &file),
            Err(_) => fs::remove_file(&file),
        };
        done.map_err(|cause| failed(&file, cause))?;
        print(format!("{}: removed\n", file.display()).as_bytes())?;
    }
    Ok(Exit::Clean)
}

fn directory() -> Result<PathBuf, Failure> {
    Git::of_hook(Path::new("."))
        .hooks_directory()
        .map_err(|cause| {
            Failure::new(cause).hint("run it inside the repository that the hook is for")
        })
}

fn failed(path: &Path, cause: std::io::Error) -> Failure {
    Failure::new(format!("{}: {cause}", path.display()))
}

fn before(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(BEFORE);
    PathBuf::from(name)
}

fn is_ours(file: &Path) -> bool {
    match fs::read(file) {
        Ok(text) => memchr::memmem::find(&text, MARK.as_bytes()).is_some(),
        Err(cause) => cause.kind() != ErrorKind::NotFound && file.symlink_metadata().is_err(),
    }
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    fs::write(file, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// What an earlier hook reads from standard input is kept for ours.
fn script(hook: Hook, program: &Path) -> String {
    let name = hook.name();
    let program = program.display().to_string().replace('\'', r"'\''");
    format!(
        r#"#!/bin/sh
{MARK} `unleak hook uninstall {name}` removes it and puts back what was here.
program='{program}'
before="$0.{BEFORE}"
[ -x "$program" ] || program=$(command -v unleak) || {{
    echo "unleak is not there any more: nothing was checked. Remove $0 or install unleak." >&2
    exit 1
}}
if [ ! -x "$before" ]; then
    exec "$program" hook run {name} "$@"
fi
input=$(mktemp) || exit 1
trap 'rm -f "$input"' EXIT
[ {name} = pre-commit ] || cat >"$input"
"$before" "$@" <"$input" || exit $?
"$program" hook run {name} "$@" <"$input"
"#
    )
}
