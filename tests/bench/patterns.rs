//! What the built-in patterns cost at the start of a run and during a scan, and what 500 more would cost
//! a scan that has no hit for them: `cargo bench --bench patterns [-- --tree DIR]`; without a directory
//! our own sources are scanned. Scans are counted in instructions, by valgrind if it is there: time on a
//! shared machine is too rough for a tenth of a percent.
#![allow(clippy::print_stdout)] // A bench that prints nothing measures nothing.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unleak::finding::SourceKind;
use unleak::matcher::{Context, Matcher, Options};
use unleak::pattern::index::Index;
use unleak::pattern::schema::{Kind, Provider};
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

/// How many kinds are added.
const MORE: usize = 500;

/// A set of patterns nobody would call whole.
const HANDFUL: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let tree = after("--tree").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        PathBuf::from,
    );
    let number = |name| after(name).and_then(|arg| arg.parse().ok());
    match number("--rounds") {
        Some(rounds) => {
            let providers = number("--providers").unwrap_or(usize::MAX);
            scan(&tree, providers, number("--more").unwrap_or(0), rounds);
        }
        None => {
            start_up();
            growth(&tree);
        }
    }
}

/// A kind of a service that nobody has heard of: every other one has a prefix, the rest are named by
/// the words around them.
fn made_up(number: usize) -> Provider {
    let mut state = number as u64 + 1;
    let letter = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + (state >> 40) as u8 % 26)
    };
    let word: String = (0..8).map(letter).collect();
    let prefix = format!("{}_", &word[..5]);
    let with_prefix = number.is_multiple_of(2);
    let kind = Kind {
        id: format!("{word}-key"),
        name: "Key".to_owned(),
        severity: "high".to_owned(),
        regex: with_prefix.then(|| format!(r"\b(?<secret>{prefix}[A-Za-z0-9]{{32}})\b")),
        keywords: if with_prefix {
            vec![prefix]
        } else {
            Vec::new()
        },
        shape: (!with_prefix).then(|| "[a-z0-9]{32}".to_owned()),
        ..Kind::default()
    };
    Provider {
        hosts: vec![format!("{word}.example")],
        id: word.clone(),
        name: word.clone(),
        words: vec![word],
        secret: vec![kind],
        ..Provider::default()
    }
}

/// Scans a tree so many times with so many of our providers and so many more kinds.
fn scan(tree: &Path, providers: usize, more: usize, rounds: usize) {
    let patterns = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let loaded = load::directory(&patterns).unwrap_or_default();
    let ours = loaded.into_iter().map(|one| one.provider);
    // With the generic kinds, which are not a provider's.
    let ours = ours
        .enumerate()
        .filter(|(number, one)| *number < providers || one.id == "generic");
    let ours = ours.map(|(_, one)| one);
    let providers: Vec<Provider> = ours.chain((0..more).map(made_up)).collect();
    let index = Index::build(&providers).unwrap_or_default();
    let matcher = Matcher::new(Arc::new(index), Options::default());
    let mut files = Vec::new();
    sources(tree, &mut files);
    let context = Context {
        path: b"",
        source: SourceKind::Tree,
    };
    for _ in 0..rounds {
        let found: usize = files
            .iter()
            .map(|text| matcher.scan(text, &context).len())
            .sum();
        black_box(found);
    }
}

fn sources(dir: &Path, files: &mut Vec<Vec<u8>>) {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, files);
        } else {
            files.extend(std::fs::read(&path));
        }
    }
}

/// Instructions of one scan, without what comes before it.
fn instructions(tree: &Path, providers: usize, more: usize) -> Option<u64> {
    let count = |rounds: usize| {
        let program = std::env::current_exe().ok()?;
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .arg("--tree")
            .arg(tree)
            .args(["--providers", &providers.to_string()])
            .args(["--more", &more.to_string()])
            .args(["--rounds", &rounds.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        let line = text.lines().find(|line| line.contains("Collected"))?;
        line.rsplit(' ').next()?.parse::<u64>().ok()
    };
    Some((count(3)? - count(1)?) / 2)
}

fn growth(tree: &Path) {
    let Some(now) = instructions(tree, usize::MAX, 0) else {
        println!("no valgrind: what kinds cost a scan was not counted");
        return;
    };
    println!("instructions of a scan with all kinds: {now}");
    let more = |than: u64, then: u64| (then as f64 / than as f64 - 1.0) * 100.0;
    if let Some(few) = instructions(tree, HANDFUL, 0) {
        println!(
            "with {HANDFUL} providers {few}: all cost {:+.2} %",
            more(few, now)
        );
    }
    if let Some(then) = instructions(tree, usize::MAX, MORE) {
        let more = more(now, then);
        let each = more / MORE as f64;
        println!("with {MORE} more kinds {then}: {more:+.2} %, {each:+.4} % each");
    }
}

fn start_up() {
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
