//! Every row of `patterns/services.tsv` is found in an assignment that names it: values are made up
//! from the shape, the same ones in every run.

use std::path::Path;
use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};
use unleak::finding::SourceKind;
use unleak::matcher::{Context, Matcher, Options};
use unleak::pattern::load::{self, Loaded, Origin};
use unleak::pattern::{Patterns, schema};

/// The rows of the table.
fn rows() -> Vec<Loaded> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let all = load::directory(&dir).unwrap();
    all.into_iter()
        .filter(|one| matches!(one.origin, Origin::Row(..)))
        .collect()
}

/// A small generator of numbers (splitmix64): no crate, the same values everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) >> 33).unwrap() % bound
    }
}

/// A text that the expression matches.
fn example(hir: &Hir, numbers: &mut Numbers, to: &mut String) {
    match hir.kind() {
        HirKind::Literal(literal) => to.push_str(std::str::from_utf8(&literal.0).unwrap()),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes: Vec<u8> = class
                .ranges()
                .iter()
                .flat_map(|r| r.start()..=r.end())
                .collect();
            to.push(char::from(bytes[numbers.below(bytes.len())]));
        }
        HirKind::Class(Class::Unicode(_)) => panic!("shapes are over bytes"),
        HirKind::Repetition(it) => (0..it.min).for_each(|_| example(&it.sub, numbers, to)),
        HirKind::Capture(it) => example(&it.sub, numbers, to),
        HirKind::Concat(list) => list.iter().for_each(|it| example(it, numbers, to)),
        HirKind::Alternation(list) => example(&list[0], numbers, to),
        HirKind::Empty | HirKind::Look(_) => {}
    }
}

fn assignment(provider: &schema::Provider, kind: &schema::Kind) -> String {
    let mut parser = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build();
    let hir = parser
        .parse(kind.shape.as_deref().unwrap_or("[A-Za-z0-9_-]{43}"))
        .unwrap();
    let seed = provider
        .id
        .bytes()
        .fold(11_u64, |seed, b| seed.wrapping_mul(31) ^ u64::from(b));
    let mut value = String::new();
    example(&hir, &mut Numbers(seed), &mut value);
    if kind.checksum.as_deref() == Some("jwt") {
        let payload = "eyJzdWIiOiJidWlsZGVyIiwiZXhwIjoxNzY3MzIzMDQ1fQ";
        value = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{payload}.{value}");
    }
    let part = &kind.id[provider.id.len() + 1..];
    let part = if part == "key" { "api-key" } else { part };
    let name = format!("{}-{part}", provider.id)
        .to_uppercase()
        .replace('-', "_");
    format!("{name} = \"{value}\"\n")
}

#[test]
fn every_row_is_found_where_its_name_is_and_only_there() {
    let matcher = Matcher::new(Arc::new(Patterns::builtin().index()), Options::default());
    let context = Context {
        path: b"",
        source: SourceKind::Stdin,
    };
    let found = |text: &str| -> Vec<String> {
        let matches = matcher.scan(text.as_bytes(), &context);
        matches.iter().map(|found| found.kind.to_string()).collect()
    };
    let mut wrong = Vec::new();
    for one in rows() {
        let kind = &one.provider.secret[0];
        let text = assignment(&one.provider, kind);
        let told = found(&text);
        if !told.contains(&kind.id) {
            wrong.push(format!("{}: {told:?} in {text}", kind.id));
        }
        let value = text.split('"').nth(1).unwrap();
        let elsewhere = format!("checksum of the parts = \"{value}\"\n");
        if found(&elsewhere).contains(&kind.id) {
            wrong.push(format!("{}: found in {elsewhere}", kind.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("")
    );
}

#[test]
fn the_table_is_no_place_for_what_has_a_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let all = load::directory(&dir).unwrap();
    let files: Vec<_> = all
        .iter()
        .filter(|one| matches!(one.origin, Origin::File(_)))
        .collect();
    for row in all
        .iter()
        .filter(|one| matches!(one.origin, Origin::Row(..)))
    {
        let same = |file: &&&Loaded| {
            let hosts = &file.provider.hosts;
            row.provider.hosts.iter().any(|host| hosts.contains(host))
                || file.provider.name == row.provider.name
        };
        let twin = files.iter().find(same).map(|file| &file.file);
        assert!(
            twin.is_none(),
            "{} of services.tsv has the file {}",
            row.provider.id,
            twin.unwrap()
        );
    }
}

/// Services whose keys are found and never asked about, each with the reason.
const LEFT_OUT: &str = include_str!("../patterns/left-out.tsv");

#[test]
fn whoever_is_not_asked_is_listed_with_the_reason() {
    let lines: Vec<_> = LEFT_OUT.lines().skip(1).collect();
    let entries: Vec<_> = lines.iter().filter_map(|l| l.split_once('\t')).collect();
    assert_eq!(entries.len(), lines.len(), "a line has no reason");
    let names: Vec<_> = entries.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "ordered, and each once");
    for (name, why) in &entries {
        let sentence = why.ends_with('.') && why.len() > 15;
        assert!(sentence, "{name}: the reason is no sentence");
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let asked = |provider: &schema::Provider| {
        let mut kinds = provider.secret.iter();
        kinds.any(|kind| kind.verify.is_some() || kind.protocol.is_some())
    };
    for one in load::directory(&dir).unwrap() {
        let id = one.provider.id.as_str();
        let listed = names.binary_search(&id).is_ok();
        let row = matches!(one.origin, Origin::Row(..));
        assert!(listed || !row, "{id} of services.tsv is in no list");
        assert!(!listed || !asked(&one.provider), "{id} is asked about");
    }
}
