//! Known things that the value may be instead of a secret: names, paths, templates, code, ids, hashes.

use super::features::{F, Sheet};

/// Known things the value may be instead.
pub(super) fn fill(sheet: &mut Sheet, v: &[u8]) {
    let all = |f: fn(&u8) -> bool| !v.is_empty() && v.iter().all(f);
    let has = |b: u8| v.contains(&b);
    let hex = all(u8::is_ascii_hexdigit) && v.len() >= 6;
    let uuid = v.len() == 36
        && v.iter().enumerate().all(|(i, b)| {
            if matches!(i, 8 | 13 | 18 | 23) {
                *b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        });
    let name = all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && v.first().is_some_and(u8::is_ascii_alphabetic);
    let (lower, upper) = (sheet.get(F::Lower), sheet.get(F::Upper));
    sheet.set(
        F::Hex,
        i16::from(hex) + i16::from(hex && v.len().is_multiple_of(8) && v.len() >= 32),
    );
    sheet.set(F::Uuid, i16::from(uuid));
    sheet.set(
        F::Camel,
        i16::from(
            name && lower > upper
                && v.windows(2)
                    .any(|p| p[0].is_ascii_lowercase() && p[1].is_ascii_uppercase()),
        ),
    );
    let joined = all(|b| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.' | b':')
    });
    sheet.set(
        F::Snake,
        if joined {
            v.iter().filter(|b| matches!(b, b'_' | b'-')).count()
        } else {
            0
        },
    );
    let scream = all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_') && upper > 2;
    sheet.set(
        F::Scream,
        i16::from(scream) + i16::from(scream && has(b'_')),
    );
    sheet.set(
        F::Title,
        i16::from(
            v.first().is_some_and(u8::is_ascii_uppercase)
                && v.get(1).is_some_and(u8::is_ascii_lowercase),
        ),
    );
    let dotted = name_with_dots(v);
    sheet.set(
        F::Dotted,
        if dotted {
            v.iter().filter(|b| **b == b'.').count()
        } else {
            0
        },
    );
    let slashes = v.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    let address = v.windows(3).any(|x| x == b"://") || v.starts_with(b"www.");
    sheet.set(
        F::PathLike,
        if address { 9 } else { slashes.min(8) }
            + usize::from(v.starts_with(b"/") || v.starts_with(b"./") || v.starts_with(b"~/")),
    );
    sheet.set(F::Template, template(v));
    sheet.set(
        F::CallLike,
        i16::from(
            v.windows(2)
                .any(|x| x == b"()" || x == b");" || x == b"->" || x == b"::"),
        ) + i16::from(has(b'(') && has(b')'))
            + i16::from(has(b'=') && has(b' ')),
    );
    sheet.set(
        F::Padded,
        i16::from(v.ends_with(b"=") && v.len().is_multiple_of(4) && v.len() >= 8),
    );
    sheet.set(F::Jwt, i16::from(v.starts_with(b"eyJ") && v.len() > 30));
    sheet.set(
        F::NumberOnly,
        i16::from(all(|b| {
            b.is_ascii_digit() || matches!(b, b'.' | b',' | b'x' | b'-')
        })),
    );
    // `bob:$2y$…`, as files of Apache have it.
    let named = memchr::memmem::find(v, b":$").map_or(v, |at| &v[at + 1..]);
    let crypt = named.starts_with(b"$2")
        || v.starts_with(b"$6$")
        || v.starts_with(b"$1$")
        || v.starts_with(b"$5$")
        || v.starts_with(b"$argon")
        || v.starts_with(b"{SSHA")
        || named.starts_with(b"$apr1$")
        || v.starts_with(b"sha256-")
        || v.starts_with(b"sha512-")
        || v.starts_with(b"sha1-")
        || v.starts_with(b"pbkdf2");
    sheet.set(F::Hash, i16::from(crypt));
}

fn name_with_dots(v: &[u8]) -> bool {
    v.contains(&b'.')
        && v.iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && v.first().is_some_and(u8::is_ascii_alphabetic)
}

/// Signs of something to be filled in: braces, angle brackets, percent verbs, dollars, stars.
fn template(v: &[u8]) -> i16 {
    let pairs = [
        &b"${"[..],
        b"{{",
        b"}}",
        b"#{",
        b"<%",
        b"%>",
        b"%s",
        b"%d",
        b"%v",
        b"$(",
        b"...",
        b"***",
        b"${{",
        b"<your",
        b"{0}",
        b"{}",
        b"__",
    ];
    let first = match v.first() {
        Some(b'<' | b'{' | b'[') => 2,
        Some(b'$' | b'%' | b'@' | b':') => 1,
        _ => 0,
    };
    // Each has one of these.
    let signs = |b: &u8| b"${}#<%.*_".contains(b);
    if !v.iter().any(signs) {
        return first;
    }
    first
        + pairs
            .iter()
            .filter(|p| v.windows(p.len()).any(|x| x == **p))
            .count() as i16
}
