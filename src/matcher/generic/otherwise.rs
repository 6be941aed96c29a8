//! Values that belong to something else than the name beside them, or that are names themselves: attributes of tags,
//! references in manifests, resources of declarations, remarks for programmers, public links.

use super::text::{Window, is_name, is_quote};
use super::{Candidate, Category, Form};

/// Whether what stands around a value says that it is no secret, whatever the value looks like.
pub(super) fn is_other(w: &Window<'_>, c: &Candidate) -> bool {
    let key = w.slice(c.key.clone());
    let v = w.slice(c.value.clone());
    let by_key = match c.category {
        Category::Key => {
            c.key.len() <= 4 && (is_reference(w, c) || is_uuid(v)) || is_path(v) || is_space(key)
        }
        Category::Token => is_path(v),
        Category::Auth => names_user(key) || is_way(key, v),
        Category::Credential => names_user(key),
        Category::Password => is_person(c.form, v) || is_shared(w, c),
        Category::Secret => is_resource_id(key, v),
        Category::Url => false,
    };
    let by_form = match c.form {
        Form::Prose => is_declared(w, c) || is_told_about(w, c),
        Form::Bare => is_documented(w, c) || is_member(w, c) || is_image(w, c),
        Form::Quoted => is_attribute(w, c),
        Form::Pair => is_attribute(w, c) || is_item(w, c),
        _ => false,
    };
    by_key || by_form || is_elided(w, c) || stands_for_one(v)
}

/// `whsec_...`: the rest of it was left out.
fn is_elided(w: &Window<'_>, c: &Candidate) -> bool {
    w.starts(c.value.end, b"...") || w.starts(c.value.end, "…".as_bytes())
}

/// `placeholder`, `YOUR_PASSWORD`, `your-token`; the letters and digits that something is drawn from.
fn stands_for_one(v: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"password", b"passwd", b"pass", b"secret", b"token", b"key"];
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    match v.first() {
        Some(b'p' | b'P') if v.len() == 11 => v.eq_ignore_ascii_case(b"placeholder"),
        Some(b'y' | b'Y') if v.len() <= 14 => {
            let rest = v.get(4..).unwrap_or_default();
            let rest = rest
                .strip_prefix(b"_")
                .or(rest.strip_prefix(b"-"))
                .unwrap_or(rest);
            v[..4.min(v.len())].eq_ignore_ascii_case(b"your")
                && NAMES.iter().any(|name| rest.eq_ignore_ascii_case(name))
        }
        _ => v.len() >= 26 && memchr::memmem::find(&v.to_ascii_lowercase(), LETTERS).is_some(),
    }
}

/// Attributes whose value is never what another one names.
const ATTRIBUTES: [&[u8]; 28] = [
    b"style",
    b"class",
    b"classname",
    b"id",
    b"href",
    b"src",
    b"for",
    b"type",
    b"placeholder",
    b"title",
    b"width",
    b"height",
    b"destination",
    b"ref",
    b"selector",
    b"action",
    b"method",
    b"role",
    b"label",
    b"alt",
    b"autocomplete",
    b"icon",
    b"size",
    b"color",
    b"rules",
    b"prop",
    b"target",
    b"lang",
];

/// `<label for="password" class="wide">`: the value is that of another attribute than the one with the name.
fn is_attribute(w: &Window<'_>, c: &Candidate) -> bool {
    let Some(quote) = c.value.start.checked_sub(1) else {
        return false;
    };
    if !is_quote(w.at(quote)) || w.before(quote) != b'=' {
        return false;
    }
    let end = quote - 1;
    let start = w.skip_back(end, 24, |b| b.is_ascii_alphanumeric());
    let name = w.slice(start..end);
    start > c.key.end && ATTRIBUTES.iter().any(|a| name.eq_ignore_ascii_case(a))
}

/// `secretKeyRef: {name: acme, key: password}`: which entry of another object is meant.
fn is_reference(w: &Window<'_>, c: &Candidate) -> bool {
    const NEAR: usize = 120;
    let before = w.slice(c.key.start.saturating_sub(NEAR)..c.key.start);
    memchr::memmem::find(before, b"KeyRef").is_some()
}

/// `"key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`: which row, node or element it is.
fn is_uuid(v: &[u8]) -> bool {
    let fits = |(at, b): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    v.len() == 36 && v.iter().enumerate().all(fits)
}

/// `users:by-name`, `api/v2/items`: small letters, in parts that colons or slashes divide.
fn is_path(v: &[u8]) -> bool {
    let divided = v.iter().any(|b| matches!(b, b':' | b'/'));
    divided
        && v.iter()
            .all(|b| b.is_ascii_lowercase() || b":/-_.".contains(b))
}

/// `keyspace`: where a database keeps tables.
fn is_space(key: &[u8]) -> bool {
    let end = &key[key.len() - key.len().min(8)..];
    end.eq_ignore_ascii_case(b"keyspace")
}

/// `auth: oauth`, `SET_AUTH=firebase`: by what means somebody signs in.
fn is_way(key: &[u8], v: &[u8]) -> bool {
    let end = &key[key.len() - key.len().min(4)..];
    end.eq_ignore_ascii_case(b"auth") && v.iter().all(u8::is_ascii_lowercase)
}

/// `'auth_token',⏎ 'is_admin',`: one of a list of names.
fn is_item(w: &Window<'_>, c: &Candidate) -> bool {
    let v = w.slice(c.value.clone());
    w.slice(c.key.end..c.value.start).contains(&b'\n')
        && v.contains(&b'_')
        && v.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
}

/// `acme/oauth2-proxy:7.12.0`: the image of a container and its version.
fn is_image(w: &Window<'_>, c: &Candidate) -> bool {
    let v = w.slice(c.value.clone());
    let number = v.strip_prefix(b"v").unwrap_or(v);
    w.before(c.key.start) == b'/'
        && w.slice(c.key.end..c.value.start) == b":"
        && number.first().is_some_and(u8::is_ascii_digit)
        && number.contains(&b'.')
}

/// `node.session.auth.username`: the name of somebody.
fn names_user(key: &[u8]) -> bool {
    [&b"username"[..], b"user_name", b"user-name", b"userid"]
        .iter()
        .any(|end| key.len() >= end.len() && key[key.len() - end.len()..].eq_ignore_ascii_case(end))
}

/// `create("bob@acme.example", "password", "Bob O'Hara")`: after an argument that stands for a password comes somebody's name.
fn is_person(form: Form, v: &[u8]) -> bool {
    let name = |word: &[u8]| {
        word.len() > 1
            && word[0].is_ascii_uppercase()
            && word[1..]
                .iter()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'\'' | b'.'))
    };
    form == Form::Pair && v.contains(&b' ') && v.split(|b| *b == b' ').all(name)
}

/// The code that stands in a link of Baidu's disk, for everybody who has the link.
fn is_shared(w: &Window<'_>, c: &Candidate) -> bool {
    let link = || w.slice(w.line_start(c.key.start)..c.key.start);
    c.value.len() == 4
        && w.slice(c.key.clone()) == b"pwd"
        && memchr::memmem::find(link(), b"pan.baidu.com/").is_some()
}

/// `secret_id = "acme-db-1"`: what a store of secrets calls one. Words and small numbers, in any case nothing drawn.
fn is_resource_id(key: &[u8], v: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        key.len() >= end.len() && key[key.len() - end.len()..].eq_ignore_ascii_case(end)
    };
    let word = |part: &[u8]| {
        let number = part.iter().all(u8::is_ascii_digit);
        part.iter().all(u8::is_ascii_lowercase) || number && part.len() <= 4
    };
    (ends(b"secret_id") || ends(b"secretid") || ends(b"secret-id"))
        && v.iter().any(|b| b"-_/".contains(b))
        && v.split(|b| b"-_/".contains(b)).all(word)
}

/// `resource "acme_secret" "main" {`: what the declaration calls it.
fn is_declared(w: &Window<'_>, c: &Candidate) -> bool {
    let open = w.skip_blank(c.value.end + 1);
    let line = w.skip_blank(w.line_start(c.key.start));
    w.at(open) == b'{'
        && is_quote(w.before(c.key.start))
        && (w.starts(line, b"resource ") || w.starts(line, b"data "))
}

/// `secret "main" created`: what a program says of an object of that name.
fn is_told_about(w: &Window<'_>, c: &Candidate) -> bool {
    const DONE: [&[u8]; 9] = [
        b"created",
        b"configured",
        b"deleted",
        b"unchanged",
        b"patched",
        b"replaced",
        b"annotated",
        b"already exists",
        b"not found",
    ];
    let after = w.skip_blank(c.value.end + usize::from(is_quote(w.at(c.value.end))));
    after > c.value.end && DONE.iter().any(|word| w.starts(after, word))
}

/// `:param password: What it is for`, `@param token the one to take`: a remark for programmers.
fn is_documented(w: &Window<'_>, c: &Candidate) -> bool {
    let before = w.slice(w.line_start(c.key.start)..c.key.start);
    let marks = |word: &[u8]| memchr::memmem::find(before, word).is_some();
    marks(b":param ") || marks(b"@param ")
}

/// `    user.password = changed`: in the body of a program, a variable. Settings that are written so are not indented.
fn is_member(w: &Window<'_>, c: &Candidate) -> bool {
    let line = w.line_start(c.key.start);
    let indented = c.key.start > line
        && w.slice(line..c.key.start)
            .iter()
            .all(|b| b" \t".contains(b));
    let spaced = w.slice(c.key.end..c.value.start) == b" = ";
    let word = |b: &u8| b.is_ascii_lowercase() || *b == b'_';
    indented
        && spaced
        && matches!(w.at(c.value.end), b'\n' | b'\r')
        && w.slice(c.key.clone()).contains(&b'.')
        && w.slice(c.value.clone()).iter().all(word)
        && is_name(w.at(c.key.start))
}
