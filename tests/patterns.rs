//! What must be true of the files in `patterns/`.

use std::path::Path;

use unleak::pattern::problem::Weight;
use unleak::pattern::{lint, load};

/// The files of this project, as the build script reads them.
fn ours() -> Vec<load::Loaded> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    load::directory(&dir).unwrap_or_else(|problems| {
        let all: String = problems
            .iter()
            .map(|problem| format!("{problem}\n\n"))
            .collect();
        panic!("{} files cannot be read:\n\n{all}", problems.len())
    })
}

#[test]
fn patterns_lint() {
    let problems = lint::all(&ours());
    let grave: Vec<_> = problems
        .iter()
        .filter(|it| it.weight > Weight::Advice)
        .collect();
    let all: String = grave
        .iter()
        .map(|problem| format!("{problem}\n\n"))
        .collect();
    assert!(grave.is_empty(), "{} problems:\n\n{all}", grave.len());
}
