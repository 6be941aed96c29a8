//! Values that belong to something else than the name beside them: attributes of tags, references in manifests,
//! resources of declarations, remarks for programmers, public links. What a value is by its own letters: `namelike`.

use super::namelike::{
    is_entry, is_medium, is_path, is_person, is_prefix, is_resource_id, is_slug, is_source,
    is_uuid, stands_for_one,
};
use super::text::{Window, is_name, is_quote};
use super::{Candidate, Category, Form};

/// Whether what stands around a value says that it is no secret, whatever the value looks like.
pub(super) fn is_other(w: &Window<'_>, c: &Candidate) -> bool {
    let key = w.slice(c.key.clone());
    let v = w.slice(c.value.clone());
    let by_key = match c.category {
        Category::Key => {
            c.key.len() <= 4 && (is_reference(w, c) || is_uuid(v) || is_slug(v))
                || is_path(v)
                || is_space(key)
                || is_medium(v)
                || is_prefix(v)
                || is_shown(w, c, v)
        }
        // Vault's accessor of a token opens nothing.
        Category::Token => is_path(v) || is_prefix(v) || key.ends_with(b"accessor"),
        Category::Auth => names_user(key) || is_way(key, v),
        Category::Credential => names_user(key),
        Category::Password => is_person(c.form, v) || is_shared(w, c) || passes_on(w, c),
        Category::Secret => is_resource_id(key, v) || is_prefix(v),
        Category::Url => false,
    };
    let by_form = match c.form {
        Form::Prose => is_declared(w, c) || is_told_about(w, c) || is_index(w, c),
        Form::Bare => {
            is_documented(w, c)
                || is_member(w, c)
                || is_image(w, c)
                || is_source(v)
                || is_parameter(w, c)
                || is_left_to_do(w, c)
        }
        Form::Quoted => is_attribute(w, c),
        Form::Pair => is_attribute(w, c) || is_item(w, c),
        _ => false,
    };
    by_key
        || by_form
        || is_elided(w, c)
        || stands_for_one(v)
        || is_element(w, c)
        || is_entry(key, v)
        || key.starts_with(b"-") && w.before(c.key.start) == b':'
}

/// `Public key: 60758d…`, `acme_apt_key: 467B942D3A79BD29`: one that everybody may have, or the id of one.
fn is_shown(w: &Window<'_>, c: &Candidate, v: &[u8]) -> bool {
    let label = w.slice(c.key.start.saturating_sub(7)..c.key.start);
    let key = w.slice(c.key.clone());
    let said = [key, &label[label.len().saturating_sub(4)..]];
    let signs = |word: &[u8]| {
        let mut parts = said.iter().flat_map(|text| text.windows(3));
        parts.any(|part| part.eq_ignore_ascii_case(word))
    };
    label.eq_ignore_ascii_case(b"public ")
        || matches!(v.len(), 8 | 16 | 32 | 40)
            && v.iter().all(u8::is_ascii_hexdigit)
            && [b"apt", b"gpg", b"pgp", b"ppa"]
                .iter()
                .any(|word| signs(*word))
}

/// `$('#password')`: where a page has a field.
fn is_element(w: &Window<'_>, c: &Candidate) -> bool {
    matches!(w.at(c.value.start), b'#' | b'.')
        && is_quote(w.before(c.value.start))
        && w.slice(c.value.start.saturating_sub(3)..c.value.start)
            .starts_with(b"$(")
}

/// `fastcgi_pass php:9000;`: where a server passes requests on to.
fn passes_on(w: &Window<'_>, c: &Candidate) -> bool {
    let key = w.slice(c.key.clone());
    let blank = |b: &u8| b" \t".contains(b);
    key.ends_with(b"_pass")
        && w.at(c.value.end) == b';'
        && w.slice(c.key.end..c.value.start).iter().all(blank)
}

/// `whsec_...`: the rest of it was left out.
fn is_elided(w: &Window<'_>, c: &Candidate) -> bool {
    w.starts(c.value.end, b"...") || w.starts(c.value.end, "…".as_bytes())
}

/// Attributes whose value is never what another one names.
const ATTRIBUTES: [&[u8]; 30] = [
    b"name",
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
    b"author",
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

/// `keyspace`: where a database keeps tables.
fn is_space(key: &[u8]) -> bool {
    let end = &key[key.len() - key.len().min(8)..];
    end.eq_ignore_ascii_case(b"keyspace")
}

/// `auth: oauth`, `SET_AUTH=firebase`, `auth: ["orders-list"]`: by what means somebody signs in, or who may.
fn is_way(key: &[u8], v: &[u8]) -> bool {
    let end = &key[key.len() - key.len().min(4)..];
    let fits = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    end.eq_ignore_ascii_case(b"auth") && v.iter().all(fits)
}

/// `'auth_token',⏎ 'is_admin',`: one of a list of names.
fn is_item(w: &Window<'_>, c: &Candidate) -> bool {
    let v = w.slice(c.value.clone());
    w.slice(c.key.end..c.value.start).contains(&b'\n')
        && v.contains(&b'_')
        && v.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
}

/// `password=loadpassword)`: a variable called as the parameter is, with a word before.
fn is_parameter(w: &Window<'_>, c: &Candidate) -> bool {
    let (key, v) = (w.slice(c.key.clone()), w.slice(c.value.clone()));
    w.slice(c.key.end..c.value.start) == b"="
        && matches!(w.at(c.value.end), b')' | b',')
        && v.len() > key.len()
        && v.ends_with(key)
        && v.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
}

/// `ACME_KEY: the key here`: words that say what belongs there.
fn is_left_to_do(w: &Window<'_>, c: &Candidate) -> bool {
    let end = w.skip(c.value.end, 60, |b| b != b'\n' && b != b'\r');
    let rest = w.slice(c.value.end..end).trim_ascii_end();
    rest.starts_with(b" ") && rest.to_ascii_lowercase().ends_with(b" here")
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

/// The code that stands in a link of Baidu's disk, for everybody who has the link.
fn is_shared(w: &Window<'_>, c: &Candidate) -> bool {
    let link = || w.slice(w.line_start(c.key.start)..c.key.start);
    c.value.len() == 4
        && w.slice(c.key.clone()) == b"pwd"
        && memchr::memmem::find(link(), b"pan.baidu.com/").is_some()
}

/// `resource "acme_secret" "main" {`: what the declaration calls it.
fn is_declared(w: &Window<'_>, c: &Candidate) -> bool {
    let open = w.skip_blank(c.value.end + 1);
    let line = w.skip_blank(w.line_start(c.key.start));
    w.at(open) == b'{'
        && is_quote(w.before(c.key.start))
        && (w.starts(line, b"resource ") || w.starts(line, b"data "))
}

/// ``KEY `FK5tpkputc6d9nb` (`user_id`)``: the name of an index of a table.
fn is_index(w: &Window<'_>, c: &Candidate) -> bool {
    let end = w.at(c.value.end);
    let columns = w.skip_blank(c.value.end + 1);
    matches!(end, b'`' | b'"') && w.at(columns) == b'(' && matches!(w.at(columns + 1), b'`' | b'"')
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
