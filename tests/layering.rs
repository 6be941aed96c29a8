//! The floors of the house: a module imports only from lower floors, and neighbours on one floor
//! never import each other. Reads the text of `src/`; a violation names both files.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module, lowest floor first. `cli` belongs to the binary and sees the library as `unleak`.
const FLOORS: &[&[&str]] = &[
    &["finding"],
    &["pattern"],
    &["api"],
    &[
        "source", "matcher", "verify", "respond", "triage", "ledger", "hygiene", "report",
    ],
    &["scan", "config"],
    &["cli"],
];

/// These only declare modules.
const ROOTS: &[&str] = &["lib", "main"];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// A source file: its path below `src/`, and its text.
type Source = (PathBuf, String);

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut next = vec![src.clone()];
    while let Some(dir) = next.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                next.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let below = path.strip_prefix(&src).unwrap().to_path_buf();
                sources.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources.sort();
    sources
}

/// The module of the house that a file belongs to.
fn module(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_string()
}

/// The modules of the house that a text names, with the line.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, root)) = next_root(text, at) {
        at = start + root.len();
        let line = text[..start].matches('\n').count() + 1;
        let comment = text[..start]
            .rsplit('\n')
            .next()
            .is_some_and(|line| line.contains("//"));
        if !comment {
            let names = heads(&text[at..]);
            found.extend(names.into_iter().map(|name| (line, name)));
        }
    }
    found
}

/// The next `crate::` or `unleak::` that is a path's beginning.
fn next_root(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let starts = |root: &'static str| {
        let hits = text[from..].match_indices(root).map(|(at, _)| from + at);
        let whole = |at: &usize| {
            let before = text[..*at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$')
        };
        let mut hits = hits.filter(whole);
        hits.next().map(|at| (at, root))
    };
    let found = ["crate::", "unleak::"].into_iter().filter_map(starts);
    found.min()
}

/// The first names behind `crate::`: one, or each of a group in braces.
fn heads(text: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![word(text)];
    };
    let mut names = vec![word(group)];
    let mut depth = 0_i32;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Every breach of the floors in these files.
fn breaches(sources: &[Source]) -> Vec<String> {
    let file_of = |module: &str| {
        let inside = |path: &Path| self::module(path) == module;
        let first = sources
            .iter()
            .map(|(path, _)| path)
            .find(|path| inside(path));
        first.map_or(format!("src/{module}"), |path| {
            let own = Path::new(module).join("mod.rs");
            let path = sources
                .iter()
                .map(|(path, _)| path)
                .find(|it| **it == own)
                .unwrap_or(path);
            format!("src/{}", path.display())
        })
    };
    let mut breaches = Vec::new();
    for (path, text) in sources {
        let from = module(path);
        if ROOTS.contains(&from.as_str()) {
            continue;
        }
        let Some(here) = floor(&from) else {
            breaches.push(format!(
                "src/{}: `{from}` has no floor; give it one in tests/layering.rs",
                path.display()
            ));
            continue;
        };
        for (line, to) in imports(text) {
            let Some(there) = floor(&to).filter(|_| to != from) else {
                continue;
            };
            if there >= here {
                breaches.push(format!(
                    "src/{}:{line} (floor {here}) imports {} (floor {there})",
                    path.display(),
                    file_of(&to)
                ));
            }
        }
    }
    breaches
}

#[test]
fn modules_import_only_from_lower_floors() {
    let breaches = breaches(&sources());
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn a_planted_breach_is_named_with_both_files() {
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_string());
    let planted = [
        file("finding/mod.rs", "use std::fmt;\n"),
        file(
            "api/judge.rs",
            "//! Asks crate::verify nothing.\nuse crate::finding::Status;\nuse crate::{\n    pattern::{schema::Call, load},\n    verify::Verifier,\n};\n",
        ),
        file("verify/mod.rs", "fn f(x: &crate::triage::Score) {}\n"),
        file("triage/mod.rs", "use crate::triage::score;\n"),
        file("pattern/lint/mod.rs", "use crate::matcher::Matcher as M;\n"),
        file(
            "cli/scan.rs",
            "use unleak::scan::Scan;\nuse unleak::{config::Settings, cli};\n",
        ),
        file("cellar.rs", ""),
    ];
    assert_eq!(
        breaches(&planted),
        [
            "src/api/judge.rs:3 (floor 2) imports src/verify/mod.rs (floor 3)",
            "src/verify/mod.rs:1 (floor 3) imports src/triage/mod.rs (floor 3)",
            "src/pattern/lint/mod.rs:1 (floor 1) imports src/matcher (floor 3)",
            "src/cellar.rs: `cellar` has no floor; give it one in tests/layering.rs",
        ]
    );
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let sources = sources();
    let silent: Vec<String> = sources
        .iter()
        .filter(|(_, text)| {
            let lines = text
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .count();
            !(1..=6).contains(&lines)
        })
        .map(|(path, _)| format!("src/{}", path.display()))
        .collect();
    assert_eq!(
        silent, [""; 0],
        "one to five //! lines: what the file owns and what it does not"
    );
}

#[test]
fn only_their_owners_print_read_the_environment_or_open_sockets() {
    let rules: [(&str, &[&str]); 4] = [
        ("println!", &["cli"]),
        ("eprintln!", &["cli"]),
        ("std::env::var", &["config"]),
        ("TcpStream::connect", &["api"]),
    ];
    for (path, text) in sources() {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (door, owners) in rules {
            let owner = owners.contains(&module(&path).as_str());
            assert!(
                owner || !product.contains(door),
                "src/{} uses {door}",
                path.display()
            );
        }
    }
}
