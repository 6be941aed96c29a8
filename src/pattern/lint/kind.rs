//! What is asked of one kind of secret: names, how it is found, its parts, samples, and which
//! calls it refers to.

use std::str::FromStr;

use regex::bytes::Regex;

use super::{Check, ID_REMEDY, Spot, address, expression, is_id, keyword, known, not_an_id, words};
use crate::finding::Severity;
use crate::pattern::load::Origin;
use crate::pattern::names;
use crate::pattern::schema::{Kind, Provider, RotateSteps};

/// Every rule about `kind`, the `n`th of its provider.
pub(super) fn kind(check: &mut Check<'_>, provider: &Provider, kind: &Kind, n: usize) {
    let spot = Spot::kind(&kind.id, n);
    named(check, &spot, kind);
    let found = match (&kind.regex, &kind.shape) {
        (Some(regex), None) => by_regex(check, &spot, kind, regex),
        (None, Some(shape)) => by_shape(check, &spot, provider, kind, shape),
        (None, None) if provider.id == names::GENERIC => {
            return named_only(check, &spot, provider, kind);
        }
        _ => {
            let what = "neither or both of `regex` and `shape`".to_string();
            check.broken(
                &spot,
                what,
                "a value with a prefix has a `regex`, one without a `shape`",
            );
            None
        }
    };
    let parts = parts(check, &spot, kind);
    if let Some(found) = found {
        secret_group(check, &spot, kind, &found);
        samples(check, &spot, kind, &found, &parts);
    }
    if let Some(name) = &kind.checksum {
        known(check, &spot.field("checksum"), name, names::CHECKSUMS);
    }
    if let Some(name) = &kind.facts {
        known(check, &spot.field("facts"), name, names::FACTS);
    }
    refers(check, &spot, provider, kind);
    rotated(check, &spot, provider, kind);
    if kind
        .min_entropy
        .is_some_and(|bits| !(0.0..=8.0).contains(&bits))
    {
        let what = "an entropy that no value has".to_string();
        check.broken(
            &spot.field("min_entropy"),
            what,
            "bits a character, 0 to 8; usually 2.5 to 3.5",
        );
    }
}

fn named(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind) {
    if !is_id(&kind.id) {
        check.broken(&spot.field("id"), not_an_id(&kind.id), ID_REMEDY);
    }
    let mut severities = vec![(spot.field("severity"), &kind.severity)];
    if let Some(alone) = &kind.alone {
        let spot = spot.field("alone");
        if !is_id(&alone.id) {
            check.broken(&spot.field("id"), not_an_id(&alone.id), ID_REMEDY);
        }
        severities.push((spot.field("severity"), &alone.severity));
    }
    for (spot, severity) in severities {
        if Severity::from_str(severity).is_err() {
            let remedy = "one of: critical, high, medium, low, info";
            check.broken(&spot, format!("`{severity}` is no severity"), remedy);
        }
    }
    if (kind.severity == "info") != kind.harmless.is_some() {
        let what = "`harmless` and severity `info` go together".to_string();
        check.broken(
            &spot.field("severity"),
            what,
            "say in `harmless` why it is no leak, or raise the severity",
        );
    }
}

/// What the matcher's own reasoning finds has a name, a severity and a way to be replaced here.
fn named_only(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, kind: &Kind) {
    refers(check, spot, provider, kind);
    rotated(check, spot, provider, kind);
}

fn by_regex(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind, text: &str) -> Option<Regex> {
    let (regex, hir) = expression::sound(check, &spot.field("regex"), text)?;
    expression::rooted(check, &spot.field("regex"), &hir);
    keyword::keywords(check, spot, kind, &hir);
    Some(regex)
}

fn by_shape(
    check: &mut Check<'_>,
    spot: &Spot<'_>,
    provider: &Provider,
    kind: &Kind,
    shape: &str,
) -> Option<Regex> {
    if kind.words.is_empty() && provider.words.is_empty() && provider.hosts.is_empty() {
        let what = "a shape without a word that names the service".to_string();
        check.broken(
            &spot.field("shape"),
            what,
            "add `words` (or `hosts`) to the kind or the file",
        );
    }
    if !kind.keywords.is_empty() {
        let what = "keywords beside a shape".to_string();
        check.broken(
            &spot.field("keywords"),
            what,
            "use `regex` for a value with a prefix, or `words`",
        );
    }
    let (regex, _) = expression::sound(check, &spot.field("shape"), shape)?;
    if regex.capture_names().flatten().next().is_some() {
        let what = "named groups in a shape".to_string();
        check.broken(
            &spot.field("shape"),
            what,
            "a shape is the whole value; further values are `parts`",
        );
    }
    Some(regex)
}

/// Compiles the shapes of the parts.
fn parts(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind) -> Vec<Regex> {
    let mut shapes = Vec::new();
    for (n, part) in kind.parts.iter().enumerate() {
        let spot = spot.field("parts").item(n);
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if part.name.is_empty() || !part.name.bytes().all(plain) || part.name == "endpoint" {
            let what = format!("`{}` is no name of a part", part.name);
            check.broken(
                &spot.field("name"),
                what,
                "lower case with _; `endpoint` and `me` are taken",
            );
        }
        if part.needs_word && part.words.is_empty() {
            let what = "needs a word and names none".to_string();
            check.broken(&spot.field("needs_word"), what, "add `words` to the part");
        }
        words(check, &spot.field("words"), &part.words);
        let Some((shape, _)) = expression::sound(check, &spot.field("shape"), &part.shape) else {
            continue;
        };
        if !part.optional {
            shapes.push(shape);
        }
    }
    words(check, &spot.field("words"), &kind.words);
    words(check, &spot.field("key_words"), &kind.key_words);
    if kind.alone.is_some() && kind.parts.iter().all(|part| part.optional) {
        let what = "`alone` without a part that could be missing".to_string();
        check.broken(
            &spot.field("alone"),
            what,
            "remove it, or make a part required",
        );
    }
    shapes
}

fn secret_group(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind, found: &Regex) {
    let groups: Vec<&str> = found.capture_names().flatten().collect();
    let part = kind.parts.iter().any(|part| part.name == "secret");
    let group = kind.shape.is_some() || groups.contains(&"secret");
    if group == part {
        let what = if group {
            "two secrets"
        } else {
            "nothing is called `secret`"
        };
        let remedy = "exactly one group `(?<secret>…)`, or one part called `secret`";
        check.broken(&spot.field("regex"), what.to_string(), remedy);
    }
    // Where the group may be left out of a match, the part is looked for instead.
    let hir = kind.regex.as_deref().and_then(expression::parse);
    let always = |name: &str| {
        hir.as_ref()
            .is_some_and(|hir| expression::always_captures(hir, name))
    };
    for part in kind.parts.iter().filter(|part| always(&part.name)) {
        let what = format!("`{}` is a group of the regex and a part", part.name);
        check.broken(
            &spot.field("parts"),
            what,
            "the part is never looked for: remove it",
        );
    }
}

/// Samples hold what they are samples of. Whether the matcher finds it there is tested with it.
fn samples(check: &mut Check<'_>, spot: &Spot<'_>, kind: &Kind, found: &Regex, parts: &[Regex]) {
    if matches!(check.loaded.origin, Origin::Row(..)) {
        return; // The samples of a row are made from its shape.
    }
    for (field, list) in [("matches", &kind.matches), ("ignores", &kind.ignores)] {
        if list.is_empty() {
            let what = format!("no sample in `{field}`");
            check.incomplete(
                &spot.field(field),
                what,
                "make one up; with a checksum, a right one",
            );
        }
    }
    for (n, sample) in kind.matches.iter().enumerate() {
        let holds = |regex: &Regex| regex.is_match(sample.as_bytes());
        if !holds(found) {
            let what = "the regex or shape is not in this sample".to_string();
            check.broken(
                &spot.field("matches").item(n),
                what,
                "correct the sample or the regex",
            );
        } else if kind.alone.is_none() && !parts.iter().all(holds) {
            let what = "a required part is not in this sample".to_string();
            check.broken(
                &spot.field("matches").item(n),
                what,
                "add the part to the sample, or `alone`",
            );
        }
    }
}

fn refers(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, kind: &Kind) {
    let single = [
        ("verify", &kind.verify),
        ("freeze", &kind.freeze),
        ("thaw", &kind.thaw),
        ("revoke", &kind.revoke),
        ("restore", &kind.restore),
    ];
    let single = single
        .into_iter()
        .filter_map(|(field, name)| Some((field, name.as_ref()?)));
    let privileges = kind.privileges.iter().map(|name| ("privileges", name));
    for (field, name) in single.chain(privileges) {
        if !provider.call.contains_key(name) {
            let what = format!("there is no call `{name}`");
            check.broken(
                &spot.field(field),
                what,
                "add the [call.NAME] table or correct the name",
            );
        }
    }
    if let Some(name) = &kind.protocol {
        known(check, &spot.field("protocol"), name, names::PROTOCOLS);
    }
    let ways = [&kind.verify, &kind.protocol, &kind.unverifiable];
    match ways.into_iter().flatten().count() {
        0 if kind.harmless.is_none() => {
            let what = "none of `verify`, `protocol` and `unverifiable`".to_string();
            check.incomplete(
                spot,
                what,
                "name the call that asks whether it is alive, or say why there is none",
            );
        }
        0 | 1 => {}
        _ => {
            let what = "more than one of `verify`, `protocol` and `unverifiable`".to_string();
            check.broken(spot, what, "keep one");
        }
    }
    let revoke = kind
        .revoke
        .as_ref()
        .and_then(|name| provider.call.get(name));
    let comes_back = revoke.is_some_and(|call| call.reversible == Some(true));
    if comes_back != kind.restore.is_some() {
        let what = "`restore` and what `revoke` says of itself do not fit".to_string();
        let remedy =
            "a revoke is reversible = true if, and only if, a call named by `restore` undoes it";
        check.broken(&spot.field("restore"), what, remedy);
    }
    if kind.thaw.is_some() && kind.freeze.is_none() {
        let what = "`thaw` without `freeze`".to_string();
        check.broken(
            &spot.field("thaw"),
            what,
            "name the call that freezes as well",
        );
    }
}

fn rotated(check: &mut Check<'_>, spot: &Spot<'_>, provider: &Provider, kind: &Kind) {
    if let Some(console) = kind
        .rotate
        .as_ref()
        .and_then(|rotate| rotate.console.as_ref())
    {
        address(check, &spot.field("rotate").field("console"), console);
    }
    let rotate = kind.rotate.as_ref().unwrap_or(&provider.rotate);
    if rotate.steps.is_empty() && kind.harmless.is_none() {
        let what = "nothing says how it is replaced".to_string();
        check.incomplete(
            spot,
            what,
            "add a [rotate] table with `console` and `steps`",
        );
    }
    if let Some(own) = &kind.rotate {
        translated(check, &spot.field("rotate"), own);
    }
}

/// The same steps in both languages, or English alone.
pub(super) fn translated(check: &mut Check<'_>, spot: &Spot<'_>, rotate: &RotateSteps) {
    if !rotate.steps_zh.is_empty() && rotate.steps_zh.len() != rotate.steps.len() {
        let what = "`steps` and `steps_zh` differ in length".to_string();
        check.incomplete(
            &spot.field("steps_zh"),
            what,
            "say the same steps in both languages",
        );
    }
}
