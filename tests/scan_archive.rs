//! Archives through the built program: in a tree, in a history, named, and not an archive at all.

use std::io::{Cursor, Write};

use crate::support::project::{Project, secret};

/// A ZIP file with one member, which holds a secret on its second line.
fn packed(number: usize) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer
        .start_file("conf/app.properties", options)
        .expect("memory takes it");
    writeln!(writer, "key:\n{}", secret(number)).expect("memory takes it");
    writer.finish().expect("memory takes it").into_inner()
}

#[test]
fn members_are_places_in_tree_and_history() {
    let project = Project::git();
    project.file("lib/a.jar", packed(1));
    project.commit("one");
    project.file("lib/a.jar", packed(2));
    project.commit("two");
    let member = "lib/a.jar!/conf/app.properties:2";
    assert_eq!(
        project.scan(&[]).places(),
        [
            format!("archive {member}"),
            format!("history {member}"),
            format!("history {member}"),
        ]
    );
}

#[test]
fn a_changed_archive_is_looked_into_before_a_commit() {
    let project = Project::git();
    project.file("a.zip", packed(1));
    project.run_git(&["add", "-A"]);
    let staged = project.scan(&["--staged"]);
    assert_eq!(staged.places(), ["index a.zip!/conf/app.properties:2"]);
}

#[test]
fn a_named_file_must_be_an_archive() {
    let project = Project::new();
    project.file("a.zip", packed(1)).file("b.zip", "no archive");
    let found = project.scan(&["--archive", "a.zip"]);
    assert_eq!(found.places(), ["archive a.zip!/conf/app.properties:2"]);
    let refused = project.scan(&["--archive", "b.zip"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("b.zip: not an archive"), "{refused:?}");
    let mut cut = packed(1);
    cut.truncate(45);
    project.file("c.zip", cut);
    // Nothing found, and what was asked for could not be read.
    assert_eq!(project.scan(&["--archive", "c.zip"]).code, 3);
}

/// A ZIP of one stored member, and what its flags say.
fn stored(name: &str, content: &[u8], flags: u16) -> Vec<u8> {
    let crc = crc32fast::hash(content).to_le_bytes();
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let version = [20, 0];
    let about = [
        &version[..],
        &flags.to_le_bytes(),
        &[0; 6],
        &crc,
        &size,
        &size,
        &length,
        &[0; 2],
    ]
    .concat();
    let mut zip = [b"PK\x03\x04", about.as_slice(), name.as_bytes(), content].concat();
    let start = u32::try_from(zip.len()).unwrap();
    zip.extend(
        [
            b"PK\x01\x02",
            &version[..],
            &about,
            &[0; 14],
            name.as_bytes(),
        ]
        .concat(),
    );
    let listed = u32::try_from(zip.len()).unwrap() - start;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend([listed.to_le_bytes(), start.to_le_bytes()].concat());
    zip.extend([0; 2]);
    zip
}

#[test]
fn what_is_closed_or_too_deep_in_a_named_archive_is_not_called_clean() {
    let project = Project::new();
    let mut deep = stored("core.txt", secret(1).as_bytes(), 0);
    for _ in 0..12 {
        deep = stored("n.zip", &deep, 0);
    }
    project
        .file("closed.zip", stored("a.txt", b"?", 1))
        .file("deep.zip", deep);
    for name in ["closed.zip", "deep.zip"] {
        let ran = project.scan(&["--archive", name]);
        assert_eq!(
            (ran.code, &ran.report().1["skipped"]["unreadable"]),
            (3, &1.into()),
            "{name}: {ran:?}"
        );
    }
    // Met in a tree, they are put aside and said.
    let ran = project.scan(&["--tree"]);
    assert_eq!(
        (ran.code, &ran.report().1["skipped"]["archive"]),
        (0, &2.into()),
        "{ran:?}"
    );
}

#[test]
fn names_of_members_lead_nowhere() {
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\etc\\passwd",
        "./etc//passwd",
    ] {
        let project = Project::new();
        project.file("a.zip", stored(name, secret(1).as_bytes(), 0));
        let ran = project.scan(&["--archive", "a.zip"]);
        assert_eq!(ran.places(), ["archive a.zip!/etc/passwd:1"], "{name}");
    }
}

#[test]
fn an_archive_behind_a_program_is_opened_too() {
    let project = Project::git();
    let program = format!("#!/bin/sh\nkey={}\n", secret(2));
    project.file("app", [program.as_bytes(), &packed(1)].concat());
    let member = |source: &str| format!("{source} app!/conf/app.properties:2");
    let has = |args: &[&str], expected: &[String]| {
        let places = project.scan(args).places();
        for place in expected {
            assert!(places.contains(place), "{args:?}: {places:?}");
        }
    };
    let itself = |source: &str| format!("{source} app:2");
    has(
        &["--archive", "app"],
        &[member("archive"), itself("archive")],
    );
    // Too long to be held.
    let long = "# a line of the program\n".repeat(800_000);
    let long = [program.as_bytes(), long.as_bytes(), &packed(1)].concat();
    project.file("app", long);
    has(&["--tree"], &[member("archive"), itself("tree")]);
    project.commit("one");
    has(&["--history"], &[member("history"), itself("history")]);
}

/// A tar with one entry of this type.
fn tar_of(kind: tar::EntryType, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, "x.txt", content)
        .expect("memory takes it");
    builder.into_inner().expect("memory takes it")
}

#[test]
fn what_a_tar_holds_counts_whatever_it_is_called() {
    let project = Project::new();
    for kind in [tar::EntryType::GNUSparse, tar::EntryType::new(b'Q')] {
        project.file("a.tar", tar_of(kind, secret(1).as_bytes()));
        let found = project.scan(&["--archive", "a.tar"]);
        assert_eq!(found.places(), ["archive a.tar!/x.txt:1"], "{kind:?}");
    }
}

#[test]
fn what_a_damaged_stream_begins_with_is_read() {
    let project = Project::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(secret(1).as_bytes())
        .expect("memory takes it");
    let mut bytes = encoder.finish().expect("memory takes it");
    bytes.extend_from_slice(b"and no more");
    project.file("a.gz", bytes);
    let found = project.scan(&["--archive", "a.gz"]);
    assert_eq!(found.places(), ["archive a.gz!/a:1"]);
    assert_eq!(found.report().1["skipped"]["unreadable"], 1, "{found:?}");
}
