//! Command lines whose switches are single letters, and calls that take a user and a password.

use super::text::{Literal, Window, is_name, is_quote, literal};
use super::value::{Found, bare};
use super::{Candidate, Category, Form};
use std::ops::Range;

/// Commands and the switch after which they take a password, alone (0) or behind a user and this sign.
const COMMANDS: &[(&[u8], &[u8], u8)] = &[
    (b"sshpass", b"-p", 0),
    (b"mysql", b"-p", 0),
    (b"mariadb", b"-p", 0),
    (b"login", b"-p", 0),
    (b"mongo", b"-p", 0),
    (b"plink", b"-pw", 0),
    (b"7z", b"-p", 0),
    (b"zip ", b"-p", 0),
    (b"rar ", b"-p", 0),
    (b"sqlcmd", b"-p", 0),
    (b"useradd", b"-p", 0),
    (b"usermod", b"-p", 0),
    (b"keychain", b"-p", 0),
    (b"security import", b"-p", 0),
    (b"ldap", b"-w", 0),
    (b"redis-cli", b"-a", 0),
    (b"snmp", b"-a", 0),
    (b"curl", b"-u", b':'),
    (b"curl", b"--user", b':'),
    (b"curl", b"--proxy-user", b':'),
    (b"wget", b"--user", b':'),
    (b"etcdctl", b"--user", b':'),
    (b"smbclient", b"-u", b'%'),
    (b"lftp", b"-u", b','),
    (b"http ", b"-a", b':'),
    (b"openssl enc", b"-k", 0),
];

/// Commands that take the password right behind the switch, or ask for it.
const PROMPTS: [&[u8]; 2] = [b"mysql", b"mariadb"];

/// Switches of commands that read a user's name after them.
const USERS: &[&[u8]] = &[b"-u", b"--user", b"--username", b"-user", b"-username"];

/// A switch that one of the known commands, earlier on the line, reads a password after.
pub(super) fn switch(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    match w.at(key.start) | 0x20 {
        b'n' => return net(w, key),
        b'a' => return nth(w, key.end, 1).map(|f| f.named(key, Category::Password)),
        _ => {}
    }
    let flag = w.skip(key.start, 1, |b| b == b' ');
    let flag = w.skip_back(flag, 16, is_name);
    let line = w.slice(w.line_start(flag)..flag);
    let known = COMMANDS
        .iter()
        .find(|(command, sign, _)| w.starts(flag, sign) && contains(line, command));
    let after_user = || w.starts(flag, b"-p ") && names_user(line);
    let (_, sign, divider) = match known {
        Some(known) => *known,
        None if after_user() => (&b""[..], &b"-p"[..], 0),
        None => return None,
    };
    let mut i = flag + sign.len();
    // `mysql -p app` asks for the password of the database `app`.
    if known.is_some_and(|(command, _, _)| PROMPTS.contains(command)) && w.at(i) == b' ' {
        return None;
    }
    i = w.skip(i, 4, |b| b == b' ' || b == b'=');
    let found = match literal(w, i) {
        Some(l) => Found::of(l, Form::Command),
        None => Found {
            form: Form::Command,
            ..bare(
                w,
                if divider == b',' {
                    past(w, i, divider)
                } else {
                    i
                },
            )?
        },
    };
    let v = w.slice(found.value.clone());
    if divider == b',' && found.value.start > i {
        return Some(found.named(flag..flag + sign.len(), Category::Password));
    }
    if divider == 0 {
        // `-u root -p 8080:80` opens a port.
        let said = known.is_some() || v.iter().any(u8::is_ascii_alphabetic);
        return said.then(|| found.named(flag..flag + sign.len(), Category::Password));
    }
    let sign_at = v.iter().position(|b| *b == divider)?;
    let value = found.value.start + sign_at + 1..found.value.end;
    Some(Found { value, ..found }.named(flag..flag + sign.len(), Category::Password))
}

/// Past the user before a divider that ends a bare value.
fn past(w: &Window<'_>, i: usize, divider: u8) -> usize {
    let user = w.skip(i, 40, is_name);
    user + usize::from(w.at(user) == divider)
}

/// The line has a switch with the name of a user after it. Maven's `-U` takes none.
fn names_user(line: &[u8]) -> bool {
    let mut words = line.split(|b| b.is_ascii_whitespace()).peekable();
    let mut found = false;
    while let Some(word) = words.next() {
        if matches!(word, b"mvn" | b"./mvnw" | b"mvnw") {
            return false;
        }
        let switch = USERS.iter().any(|user| word.eq_ignore_ascii_case(user));
        let named = words
            .peek()
            .is_some_and(|next| next.first().is_some_and(u8::is_ascii_alphabetic));
        found |= switch && named;
    }
    found
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
    let first = nth(w, start, number)?;
    let found = if w.starts(first.value.start, b"/user:") {
        nth(w, start, number + 1)?
    } else {
        first
    };
    (w.at(found.value.start) != b'/').then(|| found.named(key, Category::Password))
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

/// `htpasswd -b FILE USER x`, `htpasswd -bn USER x`, `rabbitmqctl change_password USER x`, `rootpw --plaintext x`.
pub(super) fn file(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let name = w.slice(key.clone());
    let ends = |end: &[u8]| name.ends_with(end);
    if ends(b"change_password") || ends(b"wpa_passphrase") {
        return nth(w, i, 1);
    }
    let switches = w.skip(i, 12, |b| b > b' ');
    let given = w.slice(i..switches);
    if ends(b"rootpw") && given == b"--plaintext" {
        return nth(w, switches, 0);
    }
    let told = w.at(i) == b'-' && given.contains(&b'b');
    let others = if given.contains(&b'n') { 1 } else { 2 };
    (told && (ends(b"htpasswd") || ends(b"_passwd"))).then(|| nth(w, switches, others))?
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
    let first = word[0] | 0x20;
    line.windows(word.len())
        .any(|x| x[0] | 0x20 == first && x.eq_ignore_ascii_case(word))
}

/// `login("user", "password")`: of two texts or more the last is the password; of four arguments, as database drivers
/// take them, the third.
pub(super) fn call(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let mut i = w.skip(key.end, 40, |b| b.is_ascii_whitespace());
    let mut arguments: Vec<Option<Literal>> = Vec::new();
    while arguments.len() < 5 {
        let (text, end) = argument(w, i);
        let plain = matches!(w.at(end), b',' | b')');
        arguments.push(text.filter(|_| plain));
        if w.at(end) != b',' {
            break;
        }
        i = w.skip(end + 1, 40, |b| b.is_ascii_whitespace());
    }
    // `Credentials(realm, host, user, password)` names everything; drivers take a database last.
    let named = w
        .slice(key.clone())
        .to_ascii_lowercase()
        .starts_with(b"cred");
    let third = arguments.len() == 4 && arguments[2].is_some() && !named;
    let at = if third { 2 } else { arguments.len() - 1 };
    let texts = arguments.iter().flatten().count();
    if let ([Some(one)], 1) = (&arguments[..], texts) {
        return Some(in_one(w, one)?.named(key, Category::Password));
    }
    let beside_user = || arguments.len() == 2 && is_user(w, key.end);
    let enough = texts > 1 || texts == 1 && beside_user();
    let password = arguments.swap_remove(at).filter(|_| at > 0 && enough)?;
    Some(Found::of(password, Form::Call).named(key, Category::Password))
}

/// A variable that holds a user's name begins at `i`: `login(sender_email, "password")`.
fn is_user(w: &Window<'_>, i: usize) -> bool {
    const WORDS: [&[u8]; 5] = [b"user", b"mail", b"login", b"sender", b"account"];
    let start = w.skip(i, 40, |b| b.is_ascii_whitespace());
    let name = w.slice(start..w.skip(start, 60, |b| is_name(b) || b == b'.'));
    WORDS.into_iter().any(|word| contains(name, word))
}

/// One argument of a call, if it is a text, with a call around it or behind it as may be, and where it ends.
fn argument(w: &Window<'_>, i: usize) -> (Option<Literal>, usize) {
    let blank = |i| w.skip(i, 40, |b: u8| b.is_ascii_whitespace());
    if let Some(l) = literal(w, i) {
        let method = w.skip(l.next, 24, |b| is_name(b) || b == b'.');
        let called = method > l.next && w.starts(method, b"()");
        let end = if called { method + 2 } else { l.next };
        return (Some(l), blank(end));
    }
    let end = w.skip(i, 60, |b| {
        !matches!(b, b',' | b')' | b'(' | b'"' | b'\'' | b'\n')
    });
    let inner = (w.at(end) == b'(').then(|| literal(w, end + 1)).flatten();
    match inner {
        Some(l) if w.at(l.next) == b')' => {
            let end = blank(l.next + 1);
            (Some(l), end)
        }
        _ => (None, end),
    }
}

/// Oracle's `user/password@host`, given as one text.
fn in_one(w: &Window<'_>, text: &Literal) -> Option<Found> {
    let user = w.skip(text.inner.start, 40, is_name);
    let end = w.skip(user + 1, 80, |b| {
        b > b' ' && !matches!(b, b'@' | b'/' | b':')
    });
    let whole = user > text.inner.start && w.at(user) == b'/' && end < text.inner.end;
    (whole && w.at(end) == b'@' && end > user + 1).then(|| Found::new(user + 1..end, Form::Call))
}

/// `echo 'user:x' | chpasswd`, `echo x | passwd --stdin user`.
pub(super) fn piped(w: &Window<'_>, key: &Range<usize>) -> Option<Found> {
    let name = w.slice(key.clone());
    let whole = name == b"passwd" && w.starts(w.skip_blank(key.end), b"--stdin");
    if !whole && !name.eq_ignore_ascii_case(b"chpasswd") {
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
    let begin = w.skip_back(end, 120, |b| {
        b > b' ' && (whole || b != b':') && !is_quote(b)
    });
    (whole || w.before(begin) == b':').then(|| Found::new(begin..end, Form::Command))
}
