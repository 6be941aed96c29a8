//! Names and values in markup and tables: elements, attributes, entries whose name is a value itself, cells, and
//! separators that are percent-encoded.

use super::Form;
use super::text::{Window, is_name, is_quote, literal};
use super::value::{Found, after_separator, within};
use std::ops::Range;

/// `"password", "x"`, and `"password", value = "x"`.
pub(super) fn pair(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let j = w.skip(i + 1, 48, |b| b.is_ascii_whitespace());
    let valued = valued(w, i + 1);
    if !is_quote(w.at(key.end)) && w.at(key.end) != b'\\' {
        return valued.or_else(|| argument(w, key, j));
    }
    if valued.is_some() {
        return valued;
    }
    if let Some(l) = literal(w, j) {
        return Some(Found {
            form: Form::Pair,
            ..within(w, l)
        });
    }
    // `fill_in 'Password', with: 'x'`.
    let word = w.skip(j, 16, is_name);
    let j = if word > j && w.at(word) == b':' {
        word + 1
    } else {
        j
    };
    let found = after_separator(w, j, false)?;
    Some(Found {
        form: Form::Pair,
        ..found
    })
}

/// `put(X.PASSWORD, "x")`, `assertEqual(user.password, "x")`, `{password, "x"}`: a name among arguments, and a text after it.
fn argument(w: &Window<'_>, key: &Range<usize>, j: usize) -> Option<Found> {
    // `curl_setopt($c, CURLOPT_USERPWD, "bob:x")`
    let constant = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let second = w.before(key.start) == b' ' && w.slice(key.clone()).iter().all(constant);
    let opened = second || matches!(w.before(key.start), b'(' | b'{' | b':');
    let l = literal(w, j).filter(|_| opened)?;
    matches!(w.at(w.skip_blank(l.next)), b')' | b'}' | b',').then(|| Found::of(l, Form::Pair))
}

/// `<setting name="Password" serializeAs="String"><value>x</value>`: past the attributes, in an element of its own.
pub(super) fn wrapped(w: &Window<'_>, i: usize) -> Option<Found> {
    let close = w.skip(i, 80, |b| !matches!(b, b'<' | b'>' | b'\n'));
    let open = w.skip(close + 1, 60, |b| b.is_ascii_whitespace());
    let from = open + b"<value>".len();
    let end = w.skip(from, 200, |b| !matches!(b, b'<' | b'\n' | b'\r'));
    (w.at(close) == b'>' && w.starts(open, b"<value>") && end > from && w.starts(end, b"</"))
        .then(|| Found::new(from..end, Form::Element))
}

/// `<password encrypted="no">x</password>`: past the attributes.
pub(super) fn tagged(w: &Window<'_>, i: usize) -> Option<Found> {
    let close = w.skip(i, 160, |b| !matches!(b, b'<' | b'>' | b'\n'));
    let end = w.skip(close + 1, 200, |b| !matches!(b, b'<' | b'\n' | b'\r'));
    (w.at(close) == b'>' && w.before(close) != b'/' && end > close + 1 && w.starts(end, b"</"))
        .then(|| Found::new(close + 1..end, Form::Element))
}

/// `…value="x"`, `value: x`, `"value": "x"` after a name given as a value itself.
pub(super) fn valued(w: &Window<'_>, i: usize) -> Option<Found> {
    let i = w.skip(i, 80, |b| {
        b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\' | b'-')
    });
    for word in [
        &b"value"[..],
        b"default",
        b"defaultvalue",
        b"newvalue",
        b"content",
    ] {
        let j = i + word.len();
        if w.starts(i, word) && !is_name(w.at(j)) {
            let j = w.skip(j, 6, |b| is_quote(b) || b == b'\\' || b == b' ');
            if matches!(w.at(j), b'=' | b':') {
                let found = after_separator(
                    w,
                    w.skip(j, 2, |b| matches!(b, b'=' | b':' | b'>')),
                    w.at(j) == b':',
                )?;
                return Some(Found {
                    form: Form::Pair,
                    ..found
                });
            }
        }
    }
    None
}

/// `<password>x</password>`, `<entry key="password">x</entry>`.
pub(super) fn element(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let inside = w.before(key.start) == b'<'
        || is_quote(w.at(key.end))
        || w.at(i + 1) == b'<'
        || w.before(key.start) == b':';
    if !inside {
        return None;
    }
    let mut from = w.skip(i + 1, 60, |b| b.is_ascii_whitespace());
    for word in [&b"<string>"[..], b"<value>", b"<![CDATA["] {
        if w.starts(from, word) {
            from += word.len();
        }
    }
    let end = w.skip(from, 200, |b| {
        !matches!(b, b'<' | b'\n' | b'\r' | b'"' | b']')
    });
    (end > from && w.at(end) == b'<' || w.at(end) == b']')
        .then(|| Found::new(from..end, Form::Element))
        .filter(|found| !names_entry(w, key, found.value.end))
}

/// The `<key>` of a property list names the element after it; it is no key.
fn names_entry(w: &Window<'_>, key: &Range<usize>, end: usize) -> bool {
    const VALUES: [&[u8]; 9] = [
        b"<string",
        b"<dict",
        b"<true",
        b"<false",
        b"<array",
        b"<integer",
        b"<real",
        b"<data",
        b"<date",
    ];
    let next = w.skip(end + b"</key>".len(), 64, |b| b.is_ascii_whitespace());
    w.slice(key.clone()) == b"key" && VALUES.iter().any(|value| w.starts(next, value))
}

/// `password%3Dx`, `token%22%3A%22x`: percent-encoded separators.
pub(super) fn coded(w: &Window<'_>, i: usize) -> Option<Found> {
    let mut j = i;
    while w.at(j) == b'%'
        && [&b"%3D"[..], b"%3A", b"%22", b"%20"]
            .iter()
            .any(|c| w.starts(j, c))
    {
        j += 3;
    }
    (j > i)
        .then(|| {
            w.skip(j, 200, |b| {
                b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
            })
        })
        .map(|end| Found::new(j..end, Form::Bare))
}

/// `| password | x |`.
pub(super) fn cell(w: &Window<'_>, i: usize) -> Option<Found> {
    let head = w.slice(w.line_start(i)..i);
    // `{{ .Values.token | b64enc }}`: a filter of a template.
    if head.windows(2).filter(|x| x == b"{{").count()
        > head.windows(2).filter(|x| x == b"}}").count()
    {
        return None;
    }
    let i = w.skip(w.skip_blank(i), 2, |b| is_quote(b) || b == b'*');
    let end = w.skip(i, 120, |b| {
        b > b' ' && !matches!(b, b'|' | b'`' | b'*' | b'"' | b'<')
    });
    let close = w.skip(end, 32, |b| matches!(b, b' ' | b'`' | b'*' | b'"'));
    (end > i && w.at(close) == b'|').then(|| Found::new(i..end, Form::Cell))
}
