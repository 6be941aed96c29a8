//! Calls: what a value is an argument of, and what the place where it stands says that it is. Looks at the
//! value's line only, for imports at the lines above.

use std::ops::Range;

use super::context::{folded, last_word};
use super::heading::name_of;
use super::words::{Words, words};
use crate::pattern::index::word_hash;

/// The value stands where a URL has its password, `scheme://user:VALUE@` or `scheme://VALUE@`, or where a
/// command takes a user with one: `-u VALUE:`, `--user bob:VALUE`. Tells the words for it.
pub(super) fn role(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> &'static [u8] {
    let before = &bytes[line.start..value.start];
    let next = bytes.get(value.end);
    let ends = before.ends_with(b":") || before.ends_with(b"//");
    let url = memchr::memmem::rfind(before, b"://");
    let same = url.is_some_and(|at| !before[at..].contains(&b' '));
    if ends && same && next == Some(&b'@') {
        return b"password token";
    }
    if user_of_command(before) && next == Some(&b':') {
        return b"password token key";
    }
    let user = before.iter().rposition(|b| b.is_ascii_whitespace());
    match user {
        Some(at) if before.ends_with(b":") && user_of_command(&before[..=at]) => b"password token",
        _ => b"",
    }
}

/// `before` ends where a command expects a user.
pub(super) fn user_of_command(before: &[u8]) -> bool {
    let before = unquoted(before);
    before.ends_with(b" -u ") || before.ends_with(b" --user ")
}

fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    text.strip_suffix(b"'").unwrap_or(text)
}

/// How far above a value that stands alone on its line its call may begin.
const ABOVE: usize = 200;

/// The call in whose brackets `before` ends, if what follows is an argument without a name.
pub(super) fn argument_of(before: &[u8]) -> Option<&[u8]> {
    let before = unquoted(before.trim_ascii_end()).trim_ascii_end();
    let argument = before.ends_with(b"(") || before.ends_with(b",");
    let open = before
        .iter()
        .rposition(|b| *b == b'(')
        .filter(|_| argument)?;
    (!outside_quotes(&before[open..], b"=:){")).then_some(&before[..open])
}

/// The call that the value is an argument of without a name, which may have begun on a line above.
pub(super) fn call_of<'a>(
    bytes: &'a [u8],
    line: &Range<usize>,
    value: &Range<usize>,
) -> Option<&'a [u8]> {
    let before = &bytes[line.start..value.start];
    if unquoted(before).trim_ascii().is_empty() {
        return argument_of(&bytes[value.start.saturating_sub(ABOVE)..value.start]);
    }
    argument_of(before)
}

/// One of `signs` stands in `text`, and not between quotes.
fn outside_quotes(text: &[u8], signs: &[u8]) -> bool {
    let mut quote = None;
    text.iter().any(|byte| {
        match quote {
            Some(open) if open == *byte => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
            _ => {}
        }
        quote.is_none() && signs.contains(byte)
    })
}

/// Both values are arguments without a name of one call, perhaps on lines of their own.
pub(super) fn are_arguments(bytes: &[u8], one: &Range<usize>, other: &Range<usize>) -> bool {
    let (first, second) = if one.start < other.start {
        (one, other)
    } else {
        (other, one)
    };
    let between = bytes.get(first.end..second.start).unwrap_or_default();
    // The first quote ends a value, the last begins one: what is between them is arguments.
    let [b'"' | b'\'', between @ ..] = between else {
        return false;
    };
    let before = &bytes[first.start.saturating_sub(ABOVE)..first.start];
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = first.start - (before.len() - line)..first.end;
    between.len() <= ABOVE
        && !outside_quotes(between, b"=:;(){}")
        && outside_quotes(between, b",")
        && call_of(bytes, &line, first).is_some()
}

/// What names an argument that has no key: the function that is called and the comment behind it.
pub(super) fn called(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> Vec<u8> {
    let before = &bytes[line.start..value.start];
    let behind = &bytes[value.end.min(line.end)..line.end];
    let mut text = vec![b' '];
    if let Some(open) = before.iter().rposition(|b| *b == b'(') {
        let start = open
            - before[..open]
                .iter()
                .rev()
                .take(60)
                .take_while(|b| !b.is_ascii_whitespace())
                .count();
        text.extend(&before[start..open]);
    }
    if let Some(comment) = comment_in(behind) {
        text.push(b' ');
        text.extend(comment);
    }
    text
}

/// The comment that ends a line, as far as it may say what a value is. The slashes of an address and a
/// sign inside a word begin none.
fn comment_in(behind: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 120;
    let signs: [&[u8]; 3] = [b"//", b"#", b"--"];
    let begins = |at: usize| {
        let apart = at == 0 || matches!(behind[at - 1], b' ' | b'\t' | b';' | b',' | b')');
        apart && signs.iter().any(|sign| behind[at..].starts_with(sign))
    };
    let at = (0..behind.len().min(LONGEST)).find(|at| begins(*at))?;
    Some(&behind[at..behind.len().min(at + LONGEST)])
}

/// How the names of classes end that take credentials.
const DOORS: [&[u8]; 7] = [
    b"auth",
    b"credential",
    b"client",
    b"config",
    b"api",
    b"sdk",
    b"service",
];

/// Methods that make a client or hand it its credentials.
const MAKERS: [&[u8]; 16] = [
    b"new",
    b"create",
    b"init",
    b"initialize",
    b"initialise",
    b"configure",
    b"setup",
    b"connect",
    b"login",
    b"authenticate",
    b"authorize",
    b"start",
    b"build",
    b"make",
    b"use",
    b"getinstance",
];

/// What is called takes credentials: `Auth(…)`, `new Credentials(…)`, `Client::new(…)`.
pub(super) fn is_door(call: &[u8]) -> bool {
    let mut names = names(call);
    let ends = |name: &Vec<u8>| DOORS.iter().any(|door| ends_with(name, door));
    match names.next() {
        Some(name) if MAKERS.contains(&name.as_slice()) => names.next().is_some_and(|n| ends(&n)),
        Some(name) => ends(&name),
        None => false,
    }
}

/// What is called makes or opens something that bears the name of whose it is: `Acme::Client.new(…)`,
/// `acme.init(…)`, `new Acme(…)`, not `acme.getEntry(…)`. `is_name` knows the names.
pub(super) fn is_maker(call: &[u8], is_name: impl Fn(&[u8]) -> bool) -> bool {
    let Some(name) = names(call).next() else {
        return false;
    };
    let handed = name.starts_with(b"set")
        && [b"key".as_slice(), b"token", b"secret"]
            .iter()
            .any(|word| ends_with(&name, word));
    let made = name.strip_prefix(b"new").is_some_and(&is_name);
    handed || made || is_name(&name) || MAKERS.contains(&name.as_slice()) || is_door(call)
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.strip_suffix(b"s").unwrap_or(name).ends_with(end)
}

/// The parts of what is called, from the last to the first, folded.
fn names(call: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let parts = last_word(call).rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    parts
        .map(|part| folded(&[part]))
        .filter(|part| !part.is_empty())
}

/// Whose names stand in imports because they host the code, or wrote a library for everybody.
const HOSTS: [&str; 7] = [
    "bitbucket",
    "facebook",
    "gitee",
    "github",
    "gitlab",
    "google",
    "npm",
];

/// Tells the words of the imports among the lines above.
pub(super) fn imported(
    known: &Words,
    bytes: &[u8],
    line: &Range<usize>,
    mut tell: impl FnMut(u64),
) {
    let lines = bytes[line.start.saturating_sub(600)..line.start].split(|b| *b == b'\n');
    let starts: [&[u8]; 4] = [b"import ", b"from ", b"use ", b"using "];
    let hosts = HOSTS.map(|host| word_hash(host.bytes()));
    let imports = lines.filter(|text| {
        starts.iter().any(|start| text.starts_with(start))
            || memchr::memmem::find(text, b"require(").is_some()
    });
    for import in imports {
        words(known, import, |hash| {
            if !hosts.contains(&hash) {
                tell(hash);
            }
        });
    }
}

/// The last part of the name of the call whose arguments `before` ends in.
pub(super) fn callee(before: &[u8]) -> Option<&[u8]> {
    let open = before
        .iter()
        .rposition(|b| matches!(b, b'(' | b'{' | b'['))?;
    let name = name_of(&before[..open]);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_of_an_argument_without_a_name() {
        for (before, call) in [
            ("c = acme.Client(\"", Some("c = acme.Client")),
            ("new Acme('eu', '", Some("new Acme")),
            ("Acme(key='", None),
            ("f(a)(\"", Some("f(a)")),
            ("x = \"", None),
        ] {
            assert_eq!(
                argument_of(before.as_bytes()),
                call.map(str::as_bytes),
                "{before}"
            );
        }
    }

    #[test]
    fn arguments_of_one_call() {
        for (text, are) in [
            ("Acme(\"A\", \"B\")", true),
            ("Acme(\"A\", \"http://x:1/\", \"B\")", true),
            ("Acme('A', 3, 'B')", true),
            ("new Acme(\n  'A',\n  'B',\n)", true),
            ("Acme('A', key='B')", false),
            ("Acme('A'); Other('B')", false),
            ("x = 'A', 'B'", false),
        ] {
            let one = text.rfind('A').expect("is there");
            let other = text.rfind('B').expect("is there");
            let (one, other) = (one..one + 1, other..other + 1);
            assert_eq!(are_arguments(text.as_bytes(), &one, &other), are, "{text}");
            assert_eq!(are_arguments(text.as_bytes(), &other, &one), are, "{text}");
        }
    }

    #[test]
    fn a_comment_behind_a_value_is_no_address() {
        for (behind, comment) in [
            ("\", # the key", Some("# the key")),
            ("\"); // token", Some("// token")),
            ("\",\"url\":\"https://acme.example/key\"", None),
            ("\" a--b", None),
        ] {
            assert_eq!(
                comment_in(behind.as_bytes()),
                comment.map(str::as_bytes),
                "{behind}"
            );
        }
    }

    #[test]
    fn doors_and_makers() {
        let acme = |name: &[u8]| name == b"acme";
        for (call, door, maker) in [
            ("Client::new", true, true),
            ("new Credentials", true, true),
            ("acme.NewClient", true, true),
            ("new Acme", false, true),
            ("acme.init", false, true),
            ("Acme.setApiKey", false, true),
            ("require('acme')", false, true),
            ("acme.getEntry", false, false),
            ("List::new", false, true),
        ] {
            assert_eq!(is_door(call.as_bytes()), door, "{call}");
            assert_eq!(is_maker(call.as_bytes(), acme), maker, "{call}");
        }
    }

    #[test]
    fn places_that_say_what_stands_there() {
        for (text, words) in [
            ("curl -u V: https://x", "password token key"),
            ("curl --user \"bob:V\" https://x", "password token"),
            ("https://bob:V@x", "password token"),
            ("curl -o V: x", ""),
        ] {
            let at = text.find('V').expect("there is one");
            let told = role(text.as_bytes(), &(0..text.len()), &(at..at + 1));
            assert_eq!(told, words.as_bytes(), "{text}");
        }
    }
}
