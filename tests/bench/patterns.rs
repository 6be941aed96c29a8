//! What the built-in patterns cost at the start of a run: `cargo bench --bench patterns`.
#![allow(clippy::print_stdout)] // A bench that prints nothing measures nothing.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unleak::matcher::{Matcher, Options};
use unleak::pattern::index::Index;
use unleak::pattern::schema::Provider;
use unleak::pattern::{Patterns, lint, load};

/// The median of some runs.
fn median<T>(runs: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}

fn main() {
    let patterns = Patterns::builtin();
    println!(
        "{} kinds of {} providers",
        patterns.len(),
        patterns.providers().count()
    );
    println!("open            {:>10.1?}", median(200, Patterns::builtin));
    let last = patterns.ids().last().unwrap_or_default().to_owned();
    println!(
        "open, find one  {:>10.1?}",
        median(200, || Patterns::builtin().find(&last).map(|it| it.ix))
    );
    println!(
        "decode all      {:>10.1?}",
        median(50, || Patterns::builtin().providers().count())
    );
    println!("open the index  {:>10.1?}", median(50, || patterns.index()));
    let index = Arc::new(patterns.index());
    println!(
        "make a matcher  {:>10.1?}",
        median(20, || Matcher::new(Arc::clone(&index), Options::default()))
    );

    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&dir).unwrap_or_default();
    println!(
        "parse the files {:>10.1?}",
        median(10, || load::directory(&dir))
    );
    println!(
        "lint the files  {:>10.1?}",
        median(3, || lint::all(&loaded))
    );
    let providers: Vec<Provider> = loaded.into_iter().map(|one| one.provider).collect();
    println!(
        "build the index {:>10.1?}",
        median(3, || Index::build(&providers))
    );
}
