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
