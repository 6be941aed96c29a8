//! Command lines whose switches are single letters, and calls that take a user and a password.

use super::text::{Literal, Window, is_name, is_quote, literal};
use super::value::{Found, bare};
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
    (b"openssl enc", b"-k", false),
];

/// A switch that one of the known commands, earlier on the line, reads a password after.
pub(super) fn switch(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    match w.at(key.start) | 0x20 {
        b'n' => return net(w, key),
        b'a' => return nth(w, key.end, 1).map(|f| f.named(key, Category::Password)),
        _ => {}
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

/// `net user NAME PASSWORD /add`, `net use Z: \\\\host\\share PASSWORD /user:NAME`.
fn net(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let share = w.skip(key.end, 1, |b| b == b' ');
    let number = match w.slice(key.end..key.end + 2) {
        b"r " => 1,
        b" \\" => 1,
        _ if share > key.end && w.at(share + 1) == b':' => 2,
        _ => return None,
    };
    let start = w.skip(key.end, 1, |b| b == b'r');
    nth(w, start, number)
        .filter(|f| w.at(f.value.start) != b'/')
        .map(|f| f.named(key, Category::Password))
}

/// The argument after `number` others.
fn nth(w: &Window<'_>, start: usize, number: usize) -> Option<Found> {
    let mut i = w.skip_blank(start);
    for _ in 0..number {
        let end = w.skip(i, 120, |b| b > b' ');
        if end == i {
            return None;
        }
        i = w.skip_blank(end);
    }
    let found = match literal(w, i) {
        Some(l) => Found::of(l, Form::Command),
        None => Found {
            form: Form::Command,
            ..bare(w, i)?
        },
    };
    Some(found)
}

/// `htpasswd -b FILE USER x`.
pub(super) fn file(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let switches = w.skip(i, 12, |b| b > b' ');
    let told = w.at(i) == b'-' && w.slice(i..switches).contains(&b'b');
    (told && w.slice(key.clone()).ends_with(b"htpasswd")).then(|| nth(w, switches, 2))?
}

/// `ConvertTo-SecureString "x"`, `ConvertTo-SecureString -String "x"`, `"x" | ConvertTo-SecureString`.
pub(super) fn secure(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let start = w.skip_back(key.start, 12, is_name);
    let mut i = w.skip_blank(key.end);
    while w.at(i) == b'-' {
        i = w.skip_blank(w.skip(i, 24, is_name));
    }
    if let Some(l) = literal(w, i) {
        return Some(Found::of(l, Form::Command).named(start..key.end, Category::Password));
    }
    let pipe = w.skip_back(start, 4, |b| b == b' ' || b == b'|');
    let quote = w.before(pipe);
    if !w.slice(pipe..start).contains(&b'|') || !is_quote(quote) {
        return None;
    }
    let open = w.skip_back(pipe - 1, 120, |b| b != quote && b != b'\n');
    (w.before(open) == quote).then(|| {
        Found::new(open..pipe - 1, Form::Command).named(start..key.end, Category::Password)
    })
}

/// `TOTP("BASE32")`.
pub(super) fn one_time(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let l = literal(w, w.skip(key.end, 20, |b| b.is_ascii_whitespace()))?;
    let text = w.slice(l.inner.clone());
    let base32 = |b: &u8| matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7' | b'=' | b' ');
    (text.len() >= 16 && text.iter().all(base32))
        .then(|| Found::of(l, Form::Call).named(key.start..key.end - 1, Category::Secret))
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.len() >= word.len()
        && line
            .windows(word.len())
            .any(|x| x.eq_ignore_ascii_case(word))
}

/// `login("user", "password")`: of two texts or more the last is the password; of four arguments, as database drivers
/// take them, the third.
pub(super) fn call(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let mut i = w.skip(key.end, 40, |b| b.is_ascii_whitespace());
    let mut arguments: Vec<Option<Literal>> = Vec::new();
    while arguments.len() < 5 {
        let text = literal(w, i);
        let end = match &text {
            Some(l) => w.skip(l.next, 40, |b| b.is_ascii_whitespace()),
            None => w.skip(i, 60, |b| {
                !matches!(b, b',' | b')' | b'(' | b'"' | b'\'' | b'\n')
            }),
        };
        let plain = matches!(w.at(end), b',' | b')');
        arguments.push(text.filter(|_| plain));
        if w.at(end) != b',' {
            break;
        }
        i = w.skip(end + 1, 40, |b| b.is_ascii_whitespace());
    }
    let third = arguments.len() == 4 && arguments[2].is_some();
    let at = if third { 2 } else { arguments.len() - 1 };
    let texts = arguments.iter().flatten().count();
    let password = arguments.swap_remove(at).filter(|_| at > 0 && texts > 1)?;
    Some(Found::of(password, Form::Call).named(key, Category::Password))
}

/// `echo 'user:x' | chpasswd`.
pub(super) fn piped(w: &Window<'_>, key: &Range<usize>) -> Option<Found> {
    if !w.slice(key.clone()).eq_ignore_ascii_case(b"chpasswd") {
        return None;
    }
    let start = w.line_start(key.start);
    let line = w.slice(start..key.start);
    let pipe = line.iter().rposition(|b| *b == b'|')?;
    let end = start
        + line[..pipe]
            .iter()
            .rposition(|b| *b > b' ' && !is_quote(*b))?
        + 1;
    let begin = w.skip_back(end, 120, |b| b > b' ' && b != b':' && !is_quote(b));
    (w.before(begin) == b':').then(|| Found::new(begin..end, Form::Command))
}
