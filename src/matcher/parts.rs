//! Parts: values that belong together. Each id takes the nearest fitting value that nobody nearer
//! took; never the cartesian product.

use std::collections::HashSet;
use std::ops::Range;

use regex::bytes::Regex;

use super::calls::are_arguments;
use super::checks;
use super::context::{bounds, folded, holds, key_before, line_around};
use super::decide::Work;
use super::value::Found;
use crate::finding::Confidence;
use crate::pattern::anchor::is_token;
use crate::pattern::index::Part;

/// A value that may be a part of something.
struct Offer {
    /// Which finding, which of its parts.
    owner: (usize, usize),
    value: Range<usize>,
    /// Smaller is better.
    cost: usize,
    /// Its key says what it is.
    named: bool,
}

/// A part that a finding wants.
struct Wish<'a> {
    owner: (usize, usize),
    kind: u32,
    anchor: &'a Range<usize>,
    part: &'a Part,
    shape: &'a Regex,
}

/// Looks for the parts of every finding that wants some.
pub(super) fn join(work: &Work<'_>, found: &mut Vec<Found>) {
    let mut offers = Vec::new();
    for (number, one) in found.iter().enumerate() {
        for (part, rule) in work.entry(one.kind).parts.iter().enumerate() {
            if one.groups.iter().any(|(name, _)| *name == rule.name) {
                continue;
            }
            let shape = work
                .matcher
                .compiled
                .part(&work.matcher.index, one.kind, part);
            if let Some(shape) = shape {
                let wish = Wish {
                    owner: (number, part),
                    kind: one.kind,
                    anchor: &one.value,
                    part: rule,
                    shape,
                };
                offer(work, &wish, found, &mut offers);
            }
        }
    }
    keep_named(work, found, &mut offers);
    offers.sort_by_key(|offer| (offer.cost, offer.owner, offer.value.start));
    let mut taken: Vec<Range<usize>> = Vec::new();
    for offer in offers {
        let (number, part) = offer.owner;
        let one = &mut found[number];
        let rule = &work.entry(one.kind).parts[part];
        let filled = one.groups.iter().any(|(name, _)| *name == rule.name);
        let overlaps =
            |other: &Range<usize>| other.start < offer.value.end && offer.value.start < other.end;
        // One value is not two parts of a credential.
        let doubled = one.groups.iter().any(|(_, range)| *range == offer.value);
        if filled || doubled || (rule.name == "secret" && taken.iter().any(overlaps)) {
            continue;
        }
        if rule.name == "secret" {
            taken.push(offer.value.clone());
        }
        one.groups.push((rule.name.clone(), offer.value));
    }
    found.retain_mut(|one| complete(work, one));
    drop_taken(work, found);
}

/// Where an id stands more than once and a value beside one of its places is called its secret, no other value is
/// taken for that beside another place.
fn keep_named(work: &Work<'_>, found: &[Found], offers: &mut Vec<Offer>) {
    let id = |offer: &Offer| {
        let one = &found[offer.owner.0];
        (one.kind, offer.owner.1, &work.bytes[one.value.clone()])
    };
    let told: HashSet<_> = offers.iter().filter(|o| o.named).map(id).collect();
    if !told.is_empty() {
        offers.retain(|offer| offer.named || !told.contains(&id(offer)));
    }
}

/// A value that is a part of one finding is not another finding, unless that one is whole itself.
fn drop_taken(work: &Work<'_>, found: &mut Vec<Found>) {
    let holds = |outer: &Range<usize>, one: &Found| {
        outer.start <= one.value.start && one.value.end <= outer.end
    };
    let parts: Vec<(usize, Range<usize>)> = found
        .iter()
        .enumerate()
        .flat_map(|(at, f)| f.groups.iter().map(move |(_, range)| (at, range.clone())))
        .collect();
    let anchored: Vec<(usize, Range<usize>)> = found
        .iter()
        .enumerate()
        .filter(|(_, f)| f.rank.keyword > 0)
        .map(|(at, f)| (at, f.value.clone()))
        .collect();
    // Of two values that each take the other for a part, the one whose key says more is the secret.
    let weight = |at: usize| (found[at].rank.key_word, at);
    let takes = |owner: usize, at: usize| {
        let inside = |(_, range): &(String, Range<usize>)| {
            range.start <= found[at].value.start && found[at].value.end <= range.end
        };
        found[owner].groups.iter().any(inside)
    };
    let yields: Vec<bool> = (0..found.len())
        .map(|at| {
            let mut owners = parts
                .iter()
                .filter(|(owner, range)| *owner != at && holds(range, &found[at]));
            owners.any(|(owner, _)| !takes(at, *owner) || weight(at) < weight(*owner))
        })
        .collect();
    // The secret of a finding with parts is no key block of its own.
    let claimed: Vec<bool> = (0..found.len())
        .map(|at| {
            let whole = |(owner, f): (usize, &Found)| {
                owner != at && !f.groups.is_empty() && f.value == found[at].value
            };
            found[at].groups.is_empty() && found.iter().enumerate().any(whole)
        })
        .collect();
    let mut number = 0;
    found.retain(|one| {
        let at = number;
        number += 1;
        let within = |list: &[(usize, Range<usize>)]| {
            list.iter()
                .any(|(owner, range)| *owner != at && holds(range, one))
        };
        let block = work.bytes[one.value.clone()].starts_with(b"-----BEGIN");
        let lesser = one.alone || one.rank.keyword == 0 || block;
        !(lesser && yields[at]
            || block && claimed[at]
            || one.rank.keyword == 0 && within(&anchored))
    });
}

/// Puts the parts in order; makes the part called `secret` the secret; settles what is missing.
fn complete(work: &Work<'_>, one: &mut Found) -> bool {
    let entry = work.entry(one.kind);
    if entry.parts.is_empty() {
        return true;
    }
    let has = |name: &str| one.groups.iter().any(|(n, _)| n == name);
    let missing = entry
        .parts
        .iter()
        .any(|part| !part.optional && !has(&part.name));
    if missing {
        // Without its host or id a secret is still one; an id without its secret is not.
        let secret = !entry.parts.iter().any(|part| part.name == "secret");
        let sure = one.rank.evidence.is_some() || one.rank.keyword >= 4;
        let lesser = entry.alone.is_some();
        one.alone = lesser;
        one.groups.retain(|(_, range)| *range != one.value);
        return lesser || (secret && sure);
    }
    if let Some(at) = one.groups.iter().position(|(name, _)| name == "secret") {
        let (_, secret) = one.groups.remove(at);
        one.value = secret;
        one.confidence = one.confidence.max(Confidence::Medium);
    }
    one.groups.sort_by(|a, b| a.0.cmp(&b.0));
    one.groups.dedup_by(|b, a| a.0 == b.0);
    true
}

/// Tells every value around `anchor` that has the part's shape.
fn offer(work: &Work<'_>, wish: &Wish<'_>, found: &[Found], offers: &mut Vec<Offer>) {
    let (part, bytes) = (wish.part, work.bytes);
    let within = part.within as usize;
    let around =
        wish.anchor.start.saturating_sub(within)..bytes.len().min(wish.anchor.end + within);
    for value in values(bytes, &around, part, wish.shape) {
        let text = &bytes[value.clone()];
        let overlaps = |other: &Range<usize>| other.start < value.end && value.start < other.end;
        let provider = |kind: u32| work.entry(kind).provider;
        // An id may be part of another credential of the same provider (the user of a mail key).
        // A key block stands for itself until a credential claims it.
        let shared = |f: &Found| {
            let same = provider(f.kind) == provider(wish.kind) || text.starts_with(b"-----BEGIN");
            f.value == value && same
        };
        let taken = |f: &Found| f.rank.keyword >= 4 && overlaps(&f.value) && !shared(f);
        if overlaps(wish.anchor) || found.iter().any(taken) {
            continue;
        }
        if part.name == "secret"
            && (checks::filler(text).is_some()
                || checks::identifier(text)
                || (text.len() >= 16 && checks::entropy(text) < 2.5))
        {
            continue;
        }
        let line = line_around(bytes, &value);
        let key = &bytes[key_before(bytes, &line, &value)];
        let named = holds_word(key, &part.words);
        // A commit beside an id has the length of its secret, and sixteen digits where that has more.
        let digest = part.name == "secret" && !named && is_digest(text) && allows_more(part);
        // `actId=…` beside an app's id is the id of something else.
        let other = part.name == "secret" && !named && ends_in_id(key);
        if digest
            || other
            || is_name(bytes, &value)
            || part.needs_word && !named && !are_arguments(bytes, wish.anchor, &value)
        {
            continue;
        }
        let cost = cost(bytes, wish.anchor, &value, named);
        offers.push(Offer {
            owner: wish.owner,
            cost,
            value,
            named,
        });
    }
}

/// What stands there is assigned something or called, or a part of an address: a name, no value.
fn is_name(bytes: &[u8], value: &Range<usize>) -> bool {
    let behind = &bytes[value.end..bytes.len().min(value.end + 8)];
    let after_slash = value.start.checked_sub(1).map(|i| bytes[i]) == Some(b'/');
    match behind {
        [b'.', kind @ ..] if after_slash => return kind.iter().take(3).all(u8::is_ascii_lowercase),
        [b'/' | b'?', ..] if after_slash => return true,
        _ => {}
    }
    let quote = behind.first().filter(|b| matches!(b, b'"' | b'\''));
    let behind = behind[usize::from(quote.is_some())..].trim_ascii_start();
    match behind {
        [b'=', b'=', ..] => false,
        [b'=' | b'(' | b'_', ..] => true,
        [b':', next, ..] => quote.is_some() || *next == b' ' || *next == b'=',
        _ => false,
    }
}

/// The name says that the value is an id.
fn ends_in_id(key: &[u8]) -> bool {
    matches!(
        key.trim_ascii_end(),
        [.., b'_' | b'-' | b'a'..=b'z', b'I' | b'i', b'd'] | [.., b'_', b'I', b'D']
    )
}

/// Hexadecimal digits throughout, as many as a hash has.
fn is_digest(text: &[u8]) -> bool {
    matches!(text.len(), 32 | 40 | 64) && text.iter().all(u8::is_ascii_hexdigit)
}

/// The shape has letters that no hexadecimal number has.
fn allows_more(part: &Part) -> bool {
    super::in_set(&part.shape.set, b'z') || super::in_set(&part.shape.set, b'Z')
}

/// At most this many values are looked at for one part.
const MOST_VALUES: usize = 400;

/// Every value in `around` of the part's shape: whole tokens, or, where the shape has characters
/// that no token has (a URL, a key block), wherever it begins and ends at a boundary.
fn values(bytes: &[u8], around: &Range<usize>, part: &Part, shape: &Regex) -> Vec<Range<usize>> {
    let text = &bytes[around.clone()];
    let fits = |range: &Range<usize>| {
        let length = u32::try_from(range.len()).unwrap_or(u32::MAX);
        // Also what is left of a token of dots is no value: it has no first and last byte.
        if length < part.shape.min.max(1) || length > part.shape.max {
            return false;
        }
        let boundary = |inside: u8, outside: Option<&u8>| {
            !(inside.is_ascii_alphanumeric() && outside.is_some_and(u8::is_ascii_alphanumeric))
        };
        boundary(
            bytes[range.start],
            range.start.checked_sub(1).map(|at| &bytes[at]),
        ) && boundary(bytes[range.end - 1], bytes.get(range.end))
    };
    let token_only = (0..=255).all(|b: u8| !super::in_set(&part.shape.set, b) || is_value(b));
    if token_only {
        let tokens = tokens(text, &part.shape.set).into_iter().flat_map(|token| {
            forms(
                bytes,
                &(around.start + token.start..around.start + token.end),
            )
        });
        let whole = |range: &Range<usize>| {
            fits(range)
                && shape
                    .find(&bytes[range.clone()])
                    .is_some_and(|m| m.len() == range.len())
        };
        return tokens.filter(whole).take(MOST_VALUES).collect();
    }
    let found = shape.find_iter(text).filter(|m| !m.is_empty());
    let ranges = found.map(|m| around.start + m.start()..around.start + m.end());
    ranges.filter(fits).take(MOST_VALUES).collect()
}

/// Distance, raised by a missing name and by every boundary of a block in between.
fn cost(bytes: &[u8], anchor: &Range<usize>, value: &Range<usize>, named: bool) -> usize {
    let between = if value.start >= anchor.end {
        anchor.end..value.start
    } else {
        value.end..anchor.start
    };
    let gap = &bytes[between.start.min(between.end)..between.end];
    let walls = gap.iter().filter(|b| **b == b'}').count()
        + memchr::memmem::find_iter(gap, b"\n[").count()
        + memchr::memmem::find_iter(gap, b"\n\n").count();
    // What follows an id is more often its secret than what precedes it.
    let before = usize::from(value.start < anchor.start);
    gap.len() + 400 * walls.min(10) + 40 * before + if named { 0 } else { 1000 }
}

fn holds_word(key: &[u8], words: &[String]) -> bool {
    let folded = folded(&[key]);
    words.iter().any(|word| {
        let word = word.chars().filter(char::is_ascii_alphanumeric);
        let word = word.collect::<String>().to_ascii_lowercase();
        holds(&folded, &word) && bounds(&folded, &word)
    })
}

/// The characters of values that are looked for as whole tokens.
fn is_value(byte: u8) -> bool {
    is_token(byte) || b"+/=.~!@%^*".contains(&byte)
}

/// Runs of letters, digits and the characters that a shape has besides.
fn tokens(text: &[u8], set: &[u8]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, &byte) in text.iter().chain(std::iter::once(&b' ')).enumerate() {
        let inside = byte.is_ascii_alphanumeric() || super::in_set(set, byte);
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                all.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    all
}

/// A token as it stands, and without what belongs to an assignment around it.
fn forms(bytes: &[u8], token: &Range<usize>) -> Vec<Range<usize>> {
    let text = &bytes[token.clone()];
    let mut all = vec![token.clone()];
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'=' && at + 1 < text.len() && text[at + 1] != b'=' {
            all.push(token.start + at + 1..token.end);
        }
    }
    let trimmed = text.iter().rev().take_while(|b| b".!".contains(b)).count();
    if trimmed > 0 {
        all.push(token.start..token.end - trimmed);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::Matcher;
    use super::super::tests::{NOWHERE, matcher};

    const KEY: &str = "q8zr2lmx9tb4rb8vn1kc5wy3ph7d";

    /// A kind whose values have no prefix, with these parts.
    fn with_parts(parts: &str) -> Matcher {
        let head = r#"
id = "acme"
name = "Acme"
docs = "https://acme.example"
words = ["acme"]
[[secret]]
id = "acme-key"
name = "Key"
severity = "high"
shape = "[a-z0-9]{28}"
"#;
        matcher(&[&format!("{head}parts = [{parts}]\n")])
    }

    #[test]
    fn names_are_no_parts_and_arguments_need_none() {
        let matcher = with_parts(
            r#"
  { name = "account", shape = "[a-z0-9]{3,20}", words = ["account"], needs_word = true, within = 500 },
  { name = "client", shape = "[a-z0-9]{3,20}", words = ["client"], needs_word = true, within = 500, optional = true },
"#,
        );
        for (text, account) in [
            ("acme_account = 'shop', acme_key = 'KEY'", Some("shop")),
            ("Acme(account='shop', key='KEY')", Some("shop")),
            ("new Acme(\"shop\", \"KEY\")", Some("shop")),
            ("new Acme(\n  'shop',\n  'KEY'\n)", Some("shop")),
            ("x = acme('shop'); acme_key = 'KEY'", None),
        ] {
            let text = text.replace("KEY", KEY);
            let found = matcher.scan(text.as_bytes(), &NOWHERE);
            let told: Vec<_> = found
                .iter()
                .flat_map(|m| &m.parts)
                .map(|part| (part.name.as_str(), part.value.reveal()))
                .collect();
            let wanted = account.map(|value| ("account", value.as_bytes()));
            assert_eq!(told, Vec::from_iter(wanted), "{text}");
        }
    }

    #[test]
    fn a_text_that_begins_with_dots_has_no_empty_part() {
        let matcher = with_parts(
            r#"{ name = "id", shape = "[A-Za-z0-9.]{12}", words = ["id"], within = 500 }"#,
        );
        for before in ["", ".", "...!", "!"] {
            let text = format!("{before} acme_key = '{KEY}' {before}");
            let found = matcher.scan(text.as_bytes(), &NOWHERE);
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].parts.is_empty(), "{text}");
        }
    }
}
