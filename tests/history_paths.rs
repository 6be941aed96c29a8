//! A history judges what it holds where it stands: what it says of each file is what a scan of the tree says,
//! with a cache and without one.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use crate::support::project::Project;

/// Nothing by itself; a key in a file whose name speaks of its provider.
const LIFTED: &str = "# nothing\n\nx: v2.k7q2m9x4z8r1b6v3n5c0\n\n# nothing\n";

fn zipped(text: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("inner", options).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Where something is found, without where it was read from.
fn places(project: &Project, how: &[&str]) -> BTreeSet<String> {
    let ran = project.scan(&[how, &["--min-confidence", "low"]].concat());
    let places = ran.places().into_iter();
    let path = |place: String| place.split_once(' ').unwrap().1.to_owned();
    places.map(path).collect()
}

/// All that trees held so far, and what a history says of it however often it is asked.
fn agree(project: &Project, cache: &str, held: &mut BTreeSet<String>) {
    held.extend(places(project, &["--tree"]));
    let ways: [&[&str]; 3] = [
        &["--history", "--cache-dir", cache],
        &["--history", "--cache-dir", cache],
        &["--history", "--no-cache"],
    ];
    for how in ways {
        assert_eq!(&places(project, how), held, "{how:?}");
    }
}

#[test]
fn what_only_its_path_makes_a_finding_is_found_in_a_history() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    let mut held = BTreeSet::new();
    // One blob under two paths, one of which lifts it; the same inside containers.
    project.file("notes", LIFTED);
    project.file("ci/appveyor.yml", LIFTED);
    project.file("a.zip", zipped(LIFTED));
    project.file("ci/appveyor.zip", zipped(LIFTED));
    project.commit("one");
    agree(&project, cache, &mut held);
    let all = ["ci/appveyor.yml:3", "ci/appveyor.zip!/inner:3"];
    assert_eq!(held, BTreeSet::from(all.map(str::to_owned)));
    project.file("new", "nothing\n");
    project.commit("two");
    agree(&project, cache, &mut held);
    // An old blob gets a path that lifts it.
    std::fs::create_dir(project.at("appveyor")).unwrap();
    project.run_git(&["mv", "notes", "appveyor/notes"]);
    project.run_git(&["mv", "a.zip", "appveyor/a.zip"]);
    project.commit("three");
    agree(&project, cache, &mut held);
    assert_eq!(held.len(), 4);
    // A new blob that holds the same a little farther down.
    project.file("appveyor/notes", format!("{}{LIFTED}", "#\n".repeat(3000)));
    project.commit("four");
    agree(&project, cache, &mut held);
    assert_eq!(held.len(), 5);
    project.run_git(&["repack", "-q", "-a", "-d"]);
    agree(&project, cache, &mut held);
}
