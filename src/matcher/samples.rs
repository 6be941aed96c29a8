//! Every pattern file tests itself: what it says must be found is found, as that kind and alone;
//! what it says must be ignored is not reported as that kind.

use std::path::Path;
use std::sync::Arc;

use super::{Context, Matcher, Options};
use crate::finding::SourceKind;
use crate::pattern::index::Index;
use crate::pattern::load;
use crate::pattern::schema::{Kind, Provider};

const NOWHERE: Context<'_> = Context {
    path: b"",
    source: SourceKind::Stdin,
};

fn ours() -> Vec<Provider> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&dir).expect("tests/patterns.rs tells what is wrong with them");
    loaded.into_iter().map(|one| one.provider).collect()
}

/// The ids under which `text` is reported.
fn reported(matcher: &Matcher, text: &str) -> Vec<String> {
    let matches = matcher.scan(text.as_bytes(), &NOWHERE);
    matches.iter().map(|m| m.kind.to_string()).collect()
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
            if !told.iter().any(|id| own.contains(&id.as_str())) {
                wrong.push(format!(
                    "{}: not found in {text:?}; told: {told:?}",
                    kind.id
                ));
            }
        }
        for text in &kind.ignores {
            let told = reported(&matcher, text);
            if told.contains(&kind.id) {
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
