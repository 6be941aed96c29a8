//! A name with a stem in it, and what it is set to: assignments, comparisons, entries, attributes, elements,
//! arguments, switches, cells of tables. The languages differ in what stands between name and value, and in nothing else.

use super::markup::{cell, coded, element, pair, valued};
use super::phrase;
use super::text::{Window, is_name, is_quote, literal};
use super::value::{Found, after_separator, bare};
use super::wrapped::last_argument;
use super::{Candidate, Category, Form, stems};
use std::ops::Range;

/// Longest part of a name looked at on either side of its stem.
const NAME: usize = 64;

pub(super) fn read(
    w: &Window<'_>,
    hit: usize,
    stem: &[u8],
    category: Category,
) -> Option<Candidate> {
    // Most hits end here, in a word of a sentence or a name that goes on.
    let key = name(w, hit, stem)?;
    let mut i = closers(w, key.end);
    let tight = i;
    i = w.skip_blank(i);
    let found = match w.at(i) {
        b'=' | b':'
            if matches!(category, Category::Auth | Category::Credential)
                && signed(w, i).is_some() =>
        {
            signed(w, i)
        }
        b'=' | b'!' | b':' | b'~' | b'+' | b'?' | b'|' | b'<' | b'-' => separated(w, &key, i),
        b',' => pair(w, &key, i),
        b'(' => setter(w, &key, i, category),
        b'>' => element(w, &key, i),
        b'{' => accessor(w, i),
        b'\n' | b'\r' => valued(w, i),
        b'%' => coded(w, i),
        _ if i > tight => spaced(w, &key, i),
        _ => None,
    }?;
    Some(found.named(key, category))
}

/// The whole name around the stem, unless another word swallows the stem or the same stem comes again later in it.
fn name(w: &Window<'_>, hit: usize, stem: &[u8]) -> Option<Range<usize>> {
    let after = hit + stem.len();
    let end = w.skip(after, NAME, |b| is_name(b) || b == b'.' || b == b'$');
    let end = w.skip_back(end, end - after, |b| matches!(b, b'.' | b'-'));
    let next = w.at(end);
    if next.is_ascii_alphanumeric() || end == w.end {
        return None;
    }
    let start = w.skip_back(hit, NAME, |b| is_name(b) || b == b'.' || b == b'$');
    // The `n` of an escaped line end is not part of the name.
    let escaped =
        w.before(start) == b'\\' && matches!(w.at(start), b'n' | b'r' | b't') && start < hit;
    let start = start + usize::from(escaped);
    let word = w.slice(start..end);
    stems::stands_alone(word, hit - start, stem).then_some(start..end)
}

/// Past what closes a name: quotes, brackets, array bounds, marks of optionality.
fn closers(w: &Window<'_>, i: usize) -> usize {
    let mut i = w.skip(i, 2, |b| b == b'*');
    i = w.skip(i, 8, |b| {
        matches!(b, b'"' | b'\'' | b'`' | b']' | b')' | b'\\' | b'}')
    });
    for entity in [&b"&quot;"[..], b"&#34;", b"&#39;"] {
        if w.starts(i, entity) {
            i += entity.len();
        }
    }
    if w.at(i) == b'[' {
        let j = w.skip(i + 1, 24, |b| is_name(b) || b == b'.');
        if w.at(j) == b']' {
            i = j + 1;
        }
    }
    // A method of the name: `password).Text`, `password").value`.
    if w.at(i) == b'.' && w.at(i + 1).is_ascii_alphabetic() {
        i = w.skip(i + 1, 24, is_name);
    }
    w.skip(i, 2, |b| matches!(b, b'*' | b']'))
}

/// `=`, `:`, `:=`, `=>`, `==`, `!=`, `<-`, `->`, `||=`, `?=`, `+=`, `|` and types between the colon and the equals sign.
fn separated(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let signs = w.skip(i, 4, |b| {
        matches!(
            b,
            b'=' | b':' | b'!' | b'?' | b'+' | b'|' | b'<' | b'>' | b'-' | b'~'
        )
    });
    let separator = w.slice(i..signs);
    match separator {
        b"|" | b"||" => return cell(w, signs),
        b":" | b"?:" | b"!:" => {
            if let Some(found) = typed(w, signs) {
                return Some(found);
            }
        }
        b"::" => {
            let j = w.skip_blank(signs);
            return literal(w, j).map(|l| Found::of(l, Form::Quoted));
        }
        b"!" | b"?" | b"<" | b"-" | b"--" | b"+" | b"++" | b"~" | b"|=" | b">" | b"<=" | b"-="
        | b":-"
            if separator != b":-" =>
        {
            return None;
        }
        _ => {}
    }
    if separator == b"=" && w.at(signs) == b'{' {
        return after_separator(w, signs + 1, false);
    }
    let comparison = matches!(separator, b"==" | b"===" | b"!=" | b"!==");
    let after = w.skip_blank(signs);
    if w.starts(signs, b"//") {
        return None;
    }
    let found = after_separator(w, after, !comparison)?;
    let statement =
        spaced_out(w, i, signs) && matches!(w.at(w.skip_blank(found.value.end)), b';' | b'(');
    let code = statement && !w.slice(found.value.clone()).iter().any(u8::is_ascii_digit);
    if found.form == Form::Bare && (found.value == *key || code) {
        None
    } else {
        Some(found)
    }
}

/// Blanks on both sides of the separator: `token = NEXT;` is a statement, `Password=x;` part of a connection string.
fn spaced_out(w: &Window<'_>, i: usize, signs: usize) -> bool {
    w.before(i) == b' ' && w.at(signs) == b' '
}

/// `auth=("user", "password")`.
fn signed(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = w.skip_blank(w.skip(i, 2, |b| matches!(b, b'=' | b':' | b'>')));
    let open = w.skip(i, 40, |b| is_name(b) || matches!(b, b'.' | b'('));
    let first = matches!(w.before(open), b'(')
        .then(|| literal(w, open))
        .flatten()?;
    let second = w.skip(first.next, 12, |b| b == b',' || b.is_ascii_whitespace());
    let l = (w.at(first.next) == b',')
        .then(|| literal(w, second))
        .flatten()?;
    Some(Found::of(l, Form::Call))
}

/// `password: String = "x"`: what stands after a type.
fn typed(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = w.skip_blank(i);
    let end = w.skip(i, 48, |b| {
        is_name(b)
            || matches!(
                b,
                b'<' | b'>' | b'[' | b']' | b'&' | b'\'' | b'.' | b'?' | b'*' | b'|' | b' ' | b'!'
            )
    });
    if end == i || w.at(end) != b'=' || w.at(end + 1) == b'=' || is_quote(w.at(i)) {
        return None;
    }
    after_separator(w, end + 1, false)
}

/// `setPassword("x")`, `.password("x")`, `login_auth("u", "x")`.
fn setter(w: &Window<'_>, key: &Range<usize>, i: usize, category: Category) -> Option<Found> {
    let j = w.skip(i + 1, 60, |b| {
        b.is_ascii_whitespace() || matches!(b, b'[' | b'{')
    });
    let first = match literal(w, j) {
        Some(l) => Found::of(l, Form::Call),
        None => {
            return after_separator(w, j, false).map(|f| Found {
                form: Form::Call,
                ..f
            });
        }
    };
    let next = w.skip_blank(value_end(w, &first));
    if w.at(next) == b',' && matches!(category, Category::Auth | Category::Credential)
        || ends_in_pair(w.slice(key.clone()))
    {
        return last_argument(w, j);
    }
    Some(first)
}

fn value_end(w: &Window<'_>, f: &Found) -> usize {
    w.skip(f.value.end, 8, |b| is_quote(b) || b == b'\\')
}

/// Calls that take the name of a setting first and its value second.
fn ends_in_pair(name: &[u8]) -> bool {
    [&b"get"[..], b"fetch", b"add", b"set", b"put", b"equals"]
        .iter()
        .any(|verb| name.eq_ignore_ascii_case(verb))
}

/// `Password { get; set; } = "x"`.
fn accessor(w: &Window<'_>, i: usize) -> Option<Found> {
    let j = w.skip(i + 1, 40, |b| b != b'}' && b != b'\n');
    let k = w.skip_blank(j + 1);
    if w.at(j) != b'}' || w.at(k) != b'=' {
        return None;
    }
    after_separator(w, k + 1, false)
}

/// A name and its value with nothing but blanks between them.
fn spaced(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let name = w.slice(key.clone());
    if name.starts_with(b"-") || w.before(key.start) == b'-' {
        return argument(w, i);
    }
    // `var password string = "x"`, `char *password = "x"`: the type stands between, on either side.
    let word = w.skip(i, 32, |b| {
        is_name(b) || matches!(b, b'.' | b'*' | b'[' | b']')
    });
    let equals = w.skip_blank(word);
    if word > i && w.at(equals) == b'=' && !matches!(w.at(equals + 1), b'=' | b'>') {
        return after_separator(w, equals + 1, false);
    }
    if let Some(found) = valued(w, i) {
        return Some(found);
    }
    if let Some(l) = literal(w, i) {
        // `<=`-less comparisons and adjectives: `eq "x"`, or a sentence that quotes the value at once.
        return Some(Found::of(
            l,
            if closes(name) { Form::Sql } else { Form::Prose },
        ));
    }
    phrase::sentence(w, key, i).or_else(|| directive(w, key, i))
}

/// The argument of a switch; openssl's `pass:x` is one, its `env:` and `file:` name where the password is.
fn argument(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = if w.starts(i, b"pass:") { i + 5 } else { i };
    if w.starts(i, b"env:") || w.starts(i, b"file:") {
        return None;
    }
    match literal(w, i) {
        Some(l) => Some(Found::of(l, Form::Command)),
        None => bare(w, i).map(|f| Found {
            form: Form::Command,
            ..f
        }),
    }
}

fn closes(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"password")
}

/// `requirepass x`, `password x`: first word of its line, or after `login x`.
fn directive(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let line = w.line_start(key.start);
    let before = w.slice(w.skip(line, 64, |b| b.is_ascii_whitespace())..key.start);
    let follows_login = before.windows(6).any(|x| x.eq_ignore_ascii_case(b"login "))
        || before.starts_with(b"machine ");
    let introduced = [&b"- "[..], b"# ", b"ENV ", b"ARG ", b"setenv ", b"set "]
        .iter()
        .any(|word| before.eq_ignore_ascii_case(word));
    if !before.is_empty() && !follows_login && !introduced {
        return None;
    }
    let found = bare(w, i)?;
    let rest = w.skip_blank(found.value.end);
    // A directive ends its line; a sentence goes on.
    matches!(w.at(rest), b'\n' | b'\r' | b';' | b'#' | 0).then_some(found)
}
