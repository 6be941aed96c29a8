//! Lint: does a pattern file mean something, and nothing dangerous? Every rule is said with the
//! file, the place, the kind or call, and the remedy. Running samples is the matcher's business,
//! judging replies that of `api`.

mod call;
mod check;
mod expression;
mod filled;
mod keyword;
mod kind;
mod reply;
mod respond;
mod respond_calls;
mod respond_words;

use std::collections::BTreeMap;

use check::{Check, Spot};

use super::index::Index;
use super::load::{Loaded, Origin};
use super::problem::{Problem, Weight};
use super::schema::Provider;

/// Everything wrong in these providers, each by itself and all together, in the order of `loaded`.
pub fn all(loaded: &[Loaded]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = loaded.iter().flat_map(one).collect();
    problems.extend(twice(loaded));
    problems
}

/// Everything wrong in one provider.
pub fn one(loaded: &Loaded) -> Vec<Problem> {
    let mut check = Check::new(loaded);
    provider(&mut check, loaded);
    for (n, kind) in loaded.provider.secret.iter().enumerate() {
        kind::kind(&mut check, &loaded.provider, kind, n);
    }
    call::calls(&mut check, &loaded.provider);
    respond::incident(&mut check, &loaded.provider);
    if check
        .out
        .iter()
        .all(|problem| problem.weight != Weight::Broken)
    {
        indexed(&mut check, &loaded.provider);
    }
    check.out
}

/// Ids are for ever: each stands for one thing.
pub fn twice(loaded: &[Loaded]) -> Vec<Problem> {
    let mut seen: BTreeMap<(&str, &str), &Loaded> = BTreeMap::new();
    let mut problems = Vec::new();
    for one in loaded {
        let provider = &one.provider;
        let mut ids = vec![("provider", provider.id.as_str(), Spot::new(&provider.id))];
        for (n, kind) in provider.secret.iter().enumerate() {
            let spot = Spot::kind(&kind.id, n);
            ids.push(("kind", &kind.id, spot.field("id")));
            if let Some(alone) = &kind.alone {
                ids.push(("kind", &alone.id, spot.field("alone").field("id")));
            }
        }
        for (sort, id, spot) in ids {
            let Some(first) = seen.insert((sort, id), one) else {
                continue;
            };
            let mut check = Check::new(one);
            let what = format!("the {sort} id `{id}` is taken by {}", first.file);
            check.broken(&spot, what, "choose another id, or remove one of the two");
            problems.extend(check.out);
        }
    }
    problems
}

fn provider(check: &mut Check<'_>, loaded: &Loaded) {
    let provider = &loaded.provider;
    let spot = Spot::new(&provider.id);
    if !is_id(&provider.id) {
        check.broken(&spot.field("id"), not_an_id(&provider.id), ID_REMEDY);
    }
    let stem = std::path::Path::new(&loaded.file)
        .file_stem()
        .and_then(|stem| stem.to_str());
    if matches!(loaded.origin, Origin::File(_)) && stem != Some(provider.id.as_str()) {
        let what = format!("the file of `{}` has another name", provider.id);
        check.incomplete(&spot.field("id"), what, "call the file <id>.toml");
    }
    if provider.secret.is_empty() {
        check.broken(&spot, "no kind of secret".into(), "add a [[secret]] table");
    }
    address(check, &spot.field("docs"), &provider.docs);
    if let Some(endpoint) = &provider.endpoint {
        address(check, &spot.field("endpoint"), endpoint);
    }
    for (n, site) in provider.site.iter().enumerate() {
        let spot = spot.field("site").item(n).field("endpoint");
        address(check, &spot, &site.endpoint);
        if provider.endpoint.is_none() {
            let what = "another site, but no `endpoint`".to_owned();
            check.broken(&spot, what, "say which address is asked first");
        }
    }
    if let Some(console) = &provider.rotate.console {
        address(check, &spot.field("rotate").field("console"), console);
    }
    kind::translated(check, &spot.field("rotate"), &provider.rotate);
    words(check, &spot.field("words"), &provider.words);
    for (field, hosts) in [("hosts", &provider.hosts), ("tenants", &provider.tenants)] {
        for (n, host) in hosts.iter().enumerate() {
            if !is_domain(host) {
                let what = format!("`{host}` is no domain");
                let spot = spot.field(field).item(n);
                check.broken(&spot, what, "write it like api.acme.example");
            }
        }
    }
    registries(check, loaded);
}

/// The matcher can look for its kinds, and cheaply.
fn indexed(check: &mut Check<'_>, provider: &Provider) {
    let spot = |id: &str| {
        let n = provider
            .secret
            .iter()
            .position(|kind| kind.id == id)
            .unwrap_or_default();
        Spot::kind(provider.secret.get(n).map_or("", |kind| &kind.id), n)
    };
    match Index::build(std::slice::from_ref(provider)) {
        Err(error) => {
            let remedy = "simplify the expression until the matcher can read it";
            check.broken(&spot(&error.kind).field("regex"), error.why, remedy);
        }
        Ok(index) => {
            let mut slow: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (id, keyword) in index.slow_keywords() {
                slow.entry(id).or_default().push(keyword);
            }
            for (id, keywords) in slow {
                let what = format!("looked up the slow way: {}", keywords.join(", "));
                let remedy =
                    "best is a literal at the start of the token; every scan pays for others";
                check.advice(&spot(id).field("keywords"), what, remedy);
            }
        }
    }
}

/// Words by which text speaks of a service.
fn words(check: &mut Check<'_>, spot: &Spot<'_>, words: &[String]) {
    for (n, word) in words.iter().enumerate() {
        let plain = word
            .chars()
            .all(|c| c.is_alphanumeric() && !c.is_uppercase());
        if !plain || word.len() < 2 {
            let what = format!("`{word}` is no word");
            let remedy = "lower case, letters and digits, two bytes or more";
            check.broken(&spot.item(n), what, remedy);
        }
    }
}

/// Addresses are asked or shown over TLS only (or SSH); `{{…}}` may stand for scheme and host.
fn address(check: &mut Check<'_>, spot: &Spot<'_>, address: &str) {
    if address.starts_with("http://") {
        let remedy = "write https://; what has no TLS is not asked";
        check.broken(spot, format!("`{address}` is not encrypted"), remedy);
    } else if !["https://", "ssh://", "{{"]
        .iter()
        .any(|start| address.starts_with(start))
    {
        check.broken(
            spot,
            format!("`{address}` is no address"),
            "write https://…",
        );
    }
}

/// Package registries, in halves: their names are written nowhere in this project, because the
/// machines that build it fetch from them and must never be asked by a check.
const REGISTRIES: [(&str, &str); 5] = [
    ("crates", "io"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("debian", "org"),
];

fn registries(check: &mut Check<'_>, loaded: &Loaded) {
    let (Origin::File(text) | Origin::Row(_, text)) = &loaded.origin;
    for (name, top) in REGISTRIES {
        let host = format!("{name}.{top}");
        if let Some(at) = text.find(&host) {
            let what = "the host of a package registry".to_string();
            let remedy = "write {{endpoint}}; the user's [endpoints] setting holds the address";
            let problem = Problem::new(&loaded.file, what, remedy);
            check.out.push(match loaded.origin {
                Origin::File(_) => problem.pointing(text, at..at + host.len()),
                Origin::Row(..) => problem.about(&loaded.provider.id),
            });
        }
    }
}

/// `acme-pat`: lower-case words with hyphens between.
fn is_id(id: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    id.len() <= 64 && id.split('-').all(word)
}

const ID_REMEDY: &str =
    "lower-case letters and digits, hyphens between the words, at most 64 bytes";

fn not_an_id(id: &str) -> String {
    format!("`{id}` is no id")
}

fn is_domain(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    host.contains('.') && host.split('.').all(label)
}

/// "`x` is none of a, b, c", unless it is.
fn known(check: &mut Check<'_>, spot: &Spot<'_>, name: &str, table: &[&str]) {
    if !table.contains(&name) {
        let what = format!("`{name}` is unknown");
        check.broken(spot, what, &format!("one of: {}", table.join(", ")));
    }
}

#[cfg(test)]
mod tests;
