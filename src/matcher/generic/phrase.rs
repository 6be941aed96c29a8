//! Sentences that give a value away, in several languages, and the SQL that reads like one.

use super::text::{Window, is_quote, literal};
use super::value::{Found, after_separator, bare, second_of_two};
use super::{Candidate, Category, Form};
use std::ops::Range;

/// Words between a name and its value, besides [`OWNERS`].
const LINKS: &[&[u8]] = &[
    b"is set to ",
    b"is now ",
    b"is ",
    b"was ",
    b"to ",
    b"of ",
    b"as ",
    b"with ",
    b"equals ",
    b"should be ",
    b"will be ",
    b"ist ",
    b"est ",
    b"es ",
    b"eq ",
    b"eql ",
    b"equal to ",
    b"by ",
    b"lautet ",
    b"je ",
    b"jest ",
    "é ".as_bytes(),
    "è ".as_bytes(),
    "är ".as_bytes(),
];

/// Signs between a name and what is drawn, as notes have them.
const DASHES: &[&[u8]] = &[
    b"- ",
    "– ".as_bytes(),
    "— ".as_bytes(),
    "→ ".as_bytes(),
    b"-> ",
];

/// Links after which comes whose password it is.
const OWNERS: &[&[u8]] = &[
    b"for ",
    b"di ",
    b"de ",
    b"von ",
    b"f\xc3\xbcr ",
    b"pour ",
    b"para ",
];

/// `password is x`, `password for root: x`, `passwort ist x`.
pub(super) fn sentence(w: &Window<'_>, key: &Range<usize>, i: usize) -> Option<Found> {
    let first = w.at(i) | 0x20;
    let begins = |l: &&&[u8]| l[0] | 0x20 == first && w.starts(i, l);
    let starts = |links: &[&[u8]]| links.iter().find(begins).map(|l| l.len());
    let owner = starts(OWNERS);
    let dash = starts(DASHES);
    let link = owner.or(dash).or_else(|| starts(LINKS))?;
    let mut j = w.skip_blank(i + link);
    if w.at(j) == b':' {
        j = w.skip_blank(j + 1);
    }
    // `options to pass to the program`
    if w.slice(key.clone()) == b"pass" && w.starts(i, b"to ") {
        return None;
    }
    // `password for "bob"`; where the word means "of" too it may stand before the value.
    let named = owner.is_some() && !w.starts(i, b"di ") && !w.starts(i, b"de ");
    if let Some(l) = literal(w, j).filter(|_| !named) {
        return Some(Found::of(
            l,
            if w.before(key.start) == b'.' {
                Form::Call
            } else {
                Form::Prose
            },
        ));
    }
    if owner.is_some() {
        // `password for the admin user: x`
        let colon = w.skip(j, 40, |b| b != b':' && b != b'\n' && b != b'.' && b != b',');
        if w.at(colon) == b':' {
            return bare(w, w.skip_blank(colon + 1)).map(|f| Found {
                form: Form::Prose,
                ..f
            });
        }
        return None;
    }
    // Without quotes the value must not read like the next word of the sentence.
    let found = bare(w, j)?;
    let v = w.slice(found.value.clone());
    let odd = v.iter().any(u8::is_ascii_digit)
        || v.iter().skip(1).any(|b| {
            b.is_ascii_uppercase() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^')
        });
    let ends = matches!(w.at(found.value.end), b'\n' | b'\r' | b'.' | 0);
    // A dash may as well be a minus.
    let drawn = v.len() >= 8 && v.iter().any(u8::is_ascii_digit);
    (if dash.is_some() { drawn } else { odd || ends }).then_some(Found {
        form: Form::Prose,
        ..found
    })
}

/// A name in a script of its own, and the value after a colon, an equals sign or the verb.
pub(super) fn foreign(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    // Endings of the language: `lösenordet`, `şifreniz`.
    let word = w.skip(key.end, 3, |b| b.is_ascii_lowercase());
    let mut i = w.skip(word, 4, |b| is_quote(b) || b == b' ' || b == b']');
    let links: &[&[u8]] = &[
        "：".as_bytes(),
        b":",
        b"=>",
        b"=",
        "是".as_bytes(),
        "为".as_bytes(),
        "為".as_bytes(),
        "は".as_bytes(),
        "이".as_bytes(),
        "는".as_bytes(),
        "은".as_bytes(),
        "—".as_bytes(),
        "är ".as_bytes(),
        b"est ",
        b"es ",
        b"to ",
        b"- ",
    ];
    let link = links.iter().find(|l| w.starts(i, l))?;
    i = w.skip_blank(i + link.len());
    if w.starts(i, "：".as_bytes()) || w.at(i) == b':' {
        i += if w.at(i) == b':' { 1 } else { "：".len() };
    }
    let found = after_separator(w, i, true)?;
    let found = second_of_two(w, &key, found);
    let end = w.skip(found.value.start, found.value.len(), |b| {
        b.is_ascii() || found.form == Form::Quoted
    });
    let form = if found.form == Form::Bare {
        Form::Prose
    } else {
        found.form
    };
    Some(
        Found {
            value: found.value.start..end,
            form,
            open: found.open && end == w.end,
        }
        .named(key, Category::Password),
    )
}

/// `IDENTIFIED BY 'x'`, `IDENTIFIED BY PASSWORD 'x'`, `IDENTIFIED BY x`.
pub(super) fn identified(w: &Window<'_>, key: Range<usize>) -> Option<Candidate> {
    let mut i = w.skip(key.end, 16, |b| b.is_ascii_whitespace());
    if w.starts(i, b"password ") {
        i += 9;
    }
    let found = match literal(w, i) {
        Some(l) => Found::of(l, Form::Sql),
        None => Found {
            form: Form::Sql,
            ..bare(w, i)?
        },
    };
    Some(found.named(key, Category::Password))
}
