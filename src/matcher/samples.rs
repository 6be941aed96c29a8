//! Every pattern file tests itself: what it says must be found is found, as that kind and alone;
//! what it says must be ignored is not reported as that kind. Nobody else claims a sample, or is surer of it.

use std::path::Path;
use std::sync::Arc;

use super::{Context, Matcher, Options};
use crate::finding::{Match, SourceKind};
use crate::pattern::index::Index;
use crate::pattern::load;
use crate::pattern::names::GENERIC;
use crate::pattern::schema::{Kind, Provider};

const NOWHERE: Context<'_> = Context {
    path: b"",
    source: SourceKind::Stdin,
};

pub(super) fn ours() -> Vec<Provider> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&dir).expect("tests/patterns.rs tells what is wrong with them");
    loaded.into_iter().map(|one| one.provider).collect()
}

fn reported(matcher: &Matcher, text: &str) -> Vec<Match> {
    matcher.scan(text.as_bytes(), &NOWHERE)
}

/// What is wrong with how a sample of `kind` is told: another provider claims it, or something is surer
/// of it. What stands in a coding may be somebody's too.
fn rivals(index: &Index, kind: &Kind, told: &[Match]) -> Vec<String> {
    let own = ids(kind);
    let is_own = |m: &&Match| own.contains(&&*m.kind);
    let provider = |id: &str| {
        let entry = index
            .kinds
            .iter()
            .find(|entry| entry.id == id || entry.alone.as_deref() == Some(id));
        entry.map(|entry| index.providers[entry.provider as usize].clone())
    };
    let sure = told.iter().filter(is_own).map(|m| m.confidence).max();
    let ours = provider(&kind.id);
    let others = told.iter().filter(|m| !is_own(m) && m.decoded.is_empty());
    others
        .filter(|m| {
            let theirs = provider(&m.kind);
            let claims = theirs != ours && theirs.as_deref() != Some(GENERIC);
            claims || Some(m.confidence) > sure
        })
        .map(|m| format!("{}: also told for {}, {:?}", kind.id, m.kind, m.confidence))
        .collect()
}

fn ids(kind: &Kind) -> Vec<&str> {
    let alone = kind.alone.as_ref().map(|alone| alone.id.as_str());
    std::iter::once(kind.id.as_str()).chain(alone).collect()
}

#[test]
fn every_sample_is_told_for_what_it_is() {
    let providers = ours();
    let index = Index::build(&providers).expect("lint refuses what cannot be indexed");
    let matcher = Matcher::new(Arc::new(index), Options::default());
    let mut wrong = Vec::new();
    for kind in providers.iter().flat_map(|provider| &provider.secret) {
        let own = ids(kind);
        for text in &kind.matches {
            let told = reported(&matcher, text);
            if !told.iter().any(|m| own.contains(&&*m.kind)) {
                let told: Vec<_> = told.iter().map(|m| &*m.kind).collect();
                wrong.push(format!(
                    "{}: not found in {text:?}; told: {told:?}",
                    kind.id
                ));
            }
            wrong.extend(rivals(&matcher.index, kind, &told));
        }
        for text in &kind.ignores {
            let told = reported(&matcher, text);
            if told.iter().any(|m| *m.kind == *kind.id) {
                wrong.push(format!("{}: found in {text:?}", kind.id));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} samples:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A value with a prefix of its own is its provider's, whatever it is assigned to.
#[test]
fn a_prefix_says_more_than_a_name() {
    let matcher = Matcher::new(
        Arc::new(crate::pattern::Patterns::builtin().index()),
        Options::default(),
    );
    let pairs = [
        ("autumn-live-key", "STRIPE_API_KEY"),
        ("paymob-secret-key", "STRIPE_API_KEY"),
        ("chutes-api-key", "TWILIO_AUTH_TOKEN"),
        ("aws-mws-token", "HEROKU_API_KEY"),
        ("deepl-free-key", "HEROKU_API_KEY"),
        ("github-fine-grained-pat", "GITLAB_TOKEN"),
    ];
    let providers = ours();
    for (id, name) in pairs {
        let mut kinds = providers.iter().flat_map(|provider| &provider.secret);
        let kind = kinds.find(|kind| kind.id == id).expect("is one of ours");
        let told = reported(&matcher, &kind.matches[0]);
        let own = told.iter().find(|m| *m.kind == *id).expect("is found");
        let text = format!("{name}={}", String::from_utf8_lossy(own.secret.reveal()));
        let told: Vec<_> = reported(&matcher, &text)
            .iter()
            .map(|m| m.kind.to_string())
            .collect();
        assert_eq!(told, [id], "{name}");
    }
}
