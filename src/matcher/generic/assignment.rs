//! A name with a stem in it, and what it is set to: assignments, comparisons, entries, attributes, elements,
//! arguments, switches, cells of tables. The languages differ in what stands between name and value, and in nothing else.

use super::blank::{spaced, turned};
use super::markup::{cell, coded, element, pair, valued};
use super::text::{Window, is_name, is_quote, literal};
use super::value::{Found, after_separator, second_of_two};
use super::wrapped::last_argument;
use super::{Candidate, Category, Form, stems};
use super::{below, command, phrase, table};
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
    let found = table::read(w, &key).or_else(|| match w.at(i) {
        b'=' | b':'
            if matches!(category, Category::Auth | Category::Credential)
                && signed(w, i).is_some() =>
        {
            signed(w, i)
        }
        b'<' if w.at(i + 1) == b'/' => below::next_element(w, i),
        b'=' | b'!' | b':' | b'~' | b'+' | b'?' | b'|' | b'<' | b'-' => separated(w, &key, i)
            .or_else(|| below::answer(w, i))
            .or_else(|| command::file(w, &key, i)),
        b',' => pair(w, &key, i).map(|found| second_of_two(w, &key, found)),
        b'(' => remark(w, &key, i).or_else(|| setter(w, &key, i, category)),
        b'>' => element(w, &key, i),
        b'{' => accessor(w, i),
        b'\n' | b'\r' => valued(w, i)
            .or_else(|| below::form_field(w, &key, i))
            .or_else(|| below::item(w, &key, i)),
        b'%' => coded(w, i),
        _ if i > tight => spaced(w, &key, i),
        _ => None,
    });
    let found = found
        .or_else(|| turned(w, &key, i))
        .or_else(|| command::piped(w, &key))?;
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
        if w.at(i) == b'&' && w.starts(i, entity) {
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
            // `SecretString::new("x")`
            let made = w.skip(signs, 24, is_name);
            let name = w.slice(key.clone()).to_ascii_lowercase();
            let told = [&b"secret"[..], b"pass"]
                .iter()
                .any(|word| memchr::memmem::find(&name, word).is_some());
            let j = if told && w.at(made) == b'(' {
                made + 1
            } else {
                w.skip_blank(signs)
            };
            return literal(w, j).map(|l| Found::of(l, Form::Quoted));
        }
        // `<b>Password:</b> x`
        b":<" if w.at(signs) == b'/' => {
            let after = unmarked(w, signs - 1);
            return (after > signs).then(|| after_separator(w, after, true))?;
        }
        b"-" if w.at(signs) == b' ' => return phrase::sentence(w, key, i),
        b"->" if w.at(signs) == b' ' && w.before(i) == b' ' => {
            return phrase::sentence(w, key, i).or_else(|| after_separator(w, signs, false));
        }
        // `twopass->frames`: a member of something.
        b"->" if w.at(signs).is_ascii_alphabetic() && key.end == i => return None,
        b"!" | b"?" | b"<" | b"-" | b"--" | b"+" | b"++" | b"~" | b"|=" | b">" | b"<=" | b"-="
        | b":-"
            if separator != b":-" =>
        {
            return None;
        }
        _ => {}
    }
    if separator == b"=" && w.at(signs) == b'{' {
        return braced(w, key, signs).or_else(|| after_separator(w, signs + 1, false));
    }
    let comparison = matches!(separator, b"==" | b"===" | b"!=" | b"!==");
    let after = unmarked(w, w.skip_blank(signs));
    if w.starts(signs, b"//") {
        return None;
    }
    if w.at(after) == b'{' && separator == b":" {
        return valued(w, after + 1);
    }
    let found = after_separator(w, after, !comparison)?;
    let found = second_of_two(w, key, found);
    let statement =
        spaced_out(w, i, signs) && matches!(w.at(w.skip_blank(found.value.end)), b';' | b'(');
    let code = statement && !w.slice(found.value.clone()).iter().any(u8::is_ascii_digit);
    if found.form == Form::Bare && (found.value == *key || code) {
        None
    } else {
        Some(found)
    }
}

/// Past the end of bold letters: `**Password:** x`, `<b>Password:</b> x`.
fn unmarked(w: &Window<'_>, i: usize) -> usize {
    const ENDS: [&[u8]; 4] = [b"** ", b"__ ", b"</b> ", b"</strong> "];
    let end = ENDS.iter().find(|end| w.starts(i, end));
    end.map_or(i, |end| w.skip_blank(i + end.len()))
}

/// `;PWD={x}`: the braces of ODBC.
fn braced(w: &Window<'_>, key: &Range<usize>, open: usize) -> Option<Found> {
    let end = w.skip(open + 1, 120, |b| b > b' ' && !matches!(b, b'}' | b'"'));
    (w.before(key.start) == b';' && w.at(end) == b'}' && end > open + 1)
        .then(|| Found::new(open + 1..end, Form::Bare))
}

/// `password (temporary): x`: a remark between name and separator.
fn remark(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let close = w.skip(i + 1, 24, |b| is_name(b) || b == b' ');
    (w.before(i) == b' ' && w.starts(close, b"):")).then(|| separated(w, key, close + 1))?
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
    let name = w.slice(key.clone());
    let users = name.windows(4).any(|x| x.eq_ignore_ascii_case(b"user"));
    let both = users || matches!(category, Category::Auth | Category::Credential);
    if w.at(next) == b',' && both || ends_in_pair(name) {
        let password = command::call(w, key.start..i + 1).filter(|_| both);
        return password
            .map(|c| Found {
                value: c.value,
                form: Form::Call,
                open: c.open,
            })
            .or_else(|| last_argument(w, j));
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

/// `Password { get; set; } = "x"`, `password{"x"}`, `variable "password" { default = "x" }`.
fn accessor(w: &Window<'_>, i: usize) -> Option<Found> {
    if let Some(l) = literal(w, i + 1) {
        return Some(Found::of(l, Form::Call));
    }
    let j = w.skip(i + 1, 40, |b| b != b'}' && b != b'\n');
    let k = w.skip_blank(j + 1);
    if w.at(j) != b'}' || w.at(k) != b'=' {
        return below::default(w, i);
    }
    after_separator(w, k + 1, false)
}
