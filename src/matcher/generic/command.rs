//! Command lines whose switches are single letters, and calls that take a user and a password.

use super::text::{Window, is_quote, literal};
use super::value::{Found, bare};
use super::wrapped::last_argument;
use super::{Candidate, Category, Form};
use std::ops::Range;

/// Commands and the switch after which they take a password, alone or as `user:password`.
const COMMANDS: &[(&[u8], &[u8], bool)] = &[
    (b"sshpass", b"-p", false),
    (b"mysql", b"-p", false),
    (b"mysqladmin", b"-p", false),
    (b"mysqldump", b"-p", false),
    (b"mariadb", b"-p", false),
    (b"docker login", b"-p", false),
    (b"podman login", b"-p", false),
    (b"mongo", b"-p", false),
    (b"plink", b"-pw", false),
    (b"7z", b"-p", false),
    (b"zip ", b"-p", false),
    (b"az login", b"-p", false),
    (b"sqlcmd", b"-p", false),
    (b"ldap", b"-w", false),
    (b"redis-cli", b"-a", false),
    (b"curl", b"-u", true),
    (b"curl", b"--user", true),
    (b"wget", b"--user", true),
    (b"smbclient", b"-u", true),
    (b"http ", b"-a", true),
];

/// A switch that one of the known commands, earlier on the line, reads a password after.
pub(super) fn switch(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    if w.starts(key.start, b"net user ") {
        return net_user(w, key);
    }
    let flag = w.skip(key.start, 1, |b| b == b' ');
    let line = w.slice(w.line_start(flag)..flag);
    let (_, sign, pair) = COMMANDS
        .iter()
        .find(|(command, sign, _)| w.starts(flag, sign) && contains(line, command))?;
    let mut i = flag + sign.len();
    i = w.skip(i, 4, |b| b == b' ' || b == b'=');
    let found = match literal(w, i) {
        Some(l) => Found::of(l, Form::Command),
        None => Found {
            form: Form::Command,
            ..bare(w, i)?
        },
    };
    let v = w.slice(found.value.clone());
    if !*pair {
        return Some(found.named(flag..flag + sign.len(), Category::Password));
    }
    let colon = v.iter().position(|b| *b == b':')?;
    let value = found.value.start + colon + 1..found.value.end;
    Some(Found { value, ..found }.named(flag..flag + sign.len(), Category::Password))
}

/// `net user NAME PASSWORD /add`.
fn net_user(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let name = w.skip(key.end, 40, |b| b > b' ' && b != b'/');
    let i = w.skip_blank(name);
    if i == name || w.at(i) == b'/' {
        return None;
    }
    bare(w, i).map(|f| {
        Found {
            form: Form::Command,
            ..f
        }
        .named(key, Category::Password)
    })
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.len() >= word.len()
        && line
            .windows(word.len())
            .any(|x| x.eq_ignore_ascii_case(word))
}

/// `login("user", "password")`: two texts or more, of which the last is the password.
pub(super) fn call(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let i = w.skip(key.end, 40, |b| b.is_ascii_whitespace());
    let first = literal(w, i)?;
    let comma = w.skip_blank(first.next);
    if w.at(comma) != b',' {
        return None;
    }
    let second = w.skip(comma + 1, 40, |b| b.is_ascii_whitespace());
    if !is_quote(w.at(second)) {
        return None;
    }
    Some(last_argument(w, i)?.named(key, Category::Password))
}
