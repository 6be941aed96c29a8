//! The cache through the built program: the second scan says the same and reads less.

use crate::support::project::{Project, secret};

#[test]
fn a_second_scan_says_the_same_and_reads_less() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    project.file("a.txt", secret(1)).file("b.txt", "nothing\n");
    project.commit("one");
    let scan = |more: &[&str]| {
        let ran = project.scan(&[&["--history", "--cache-dir", dir], more].concat());
        let blobs = ran.report().1["seen"]["blobs"].as_u64();
        (ran.places(), blobs)
    };
    let (first, all) = scan(&[]);
    assert_eq!((first.len(), all), (1, Some(2)));
    assert_eq!(scan(&[]), (first.clone(), Some(0)));
    project.file("c.txt", format!("more\n{}\n", secret(2)));
    project.commit("two");
    let (more, read) = scan(&[]);
    assert_eq!((more.len(), read), (2, Some(1)));
    assert_eq!(scan(&["--no-cache"]), (more, Some(3)));
    // What is kept are ids; no value, no path.
    for file in std::fs::read_dir(cache.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for known in [secret(1).as_bytes(), b"a.txt"] {
            assert!(!bytes.windows(known.len()).any(|window| window == known));
        }
    }
}

#[test]
fn a_secret_in_a_message_is_found_by_every_scan() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    project.file("a.txt", secret(1));
    project.commit(&format!("one {}", secret(2)));
    project.run_git(&["tag", "-a", "-m", &secret(3), "v1"]);
    for round in 0..4 {
        let ran = project.scan(&["--history", "--cache-dir", dir]);
        assert_eq!(ran.report().0.len(), 3, "scan {round}: {ran:?}");
    }
}

#[test]
fn what_an_earlier_scan_knew_does_not_hide_what_is_missing_now() {
    let project = Project::git();
    for number in 0..3 {
        project.file("a.txt", format!("{number}\n"));
        project.commit("more");
    }
    project.run_git(&["config", "uploadpack.allowFilter", "true"]);
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    let url = format!("file://{}", project.path().display());
    let code = |how: &[&str]| {
        drop(std::fs::remove_dir_all(project.at("copy")));
        project.run_git(&[&["clone", "-q", "--no-checkout"], how, &[&url, "copy"]].concat());
        let scan = || {
            project
                .scan(&["--history", "--cache-dir", dir, "copy"])
                .code
        };
        (scan(), scan())
    };
    assert_eq!(code(&[]), (0, 0));
    assert_eq!(code(&["--depth=1"]), (3, 3));
    assert_eq!(code(&[]), (0, 0));
    assert_eq!(code(&["--filter=blob:none"]), (3, 3));
}

#[test]
fn what_cannot_be_opened_is_counted_by_every_scan() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    for version in 0..2 {
        let packed = [b"7z\xbc\xaf\x27\x1c\n", secret(1).as_bytes()].concat();
        project.file("a.7z", [packed, format!("\n{version}").into()].concat());
        project.commit("another");
    }
    for round in 0..3 {
        let ran = project.scan(&["--history", "--cache-dir", dir]);
        let (found, summary) = ran.report();
        assert_eq!(found[0]["places"].as_array().map(Vec::len), Some(2));
        assert_eq!(summary["skipped"]["archive"], 2, "scan {round}");
    }
}

#[test]
fn what_stands_in_many_places_is_said_of_each_by_every_scan() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    let compare = |more: &[&str]| {
        let said = |cached: &[&str]| project.scan(&[cached, more].concat()).report().0;
        let expected = said(&["--history", "--no-cache"]);
        assert!(!expected.is_empty());
        for round in 0..2 {
            let cached = said(&["--history", "--cache-dir", dir]);
            assert_eq!(cached, expected, "{more:?}, scan {round}");
        }
    };
    let others = [String::new(), "other\n".to_owned(), secret(2)];
    let versions = |from: usize| {
        for number in from..from + 6 {
            let other = &others[number % 3];
            let above = "line\n".repeat(number % 4 * 90);
            let text = format!("{above}  {} {}\n{other}", "x".repeat(number), secret(1));
            project.file(&format!("f{number}.txt"), &text);
            project.file(&format!("d{number}/copy.txt"), &text);
            project.file("last.txt", &text);
            project.commit("more");
        }
    };
    versions(0);
    compare(&[]);
    for number in [0, 4] {
        compare(&["--exclude", &format!("f{number}.txt")]);
    }
    compare(&["d0"]);
    versions(6);
    compare(&[]);
    project.run_git(&["repack", "-q", "-a", "-d"]);
    compare(&[]);
    // What the cache speaks of is gone, here and there.
    project.run_git(&["reset", "-q", "--soft", "HEAD~9"]);
    project.run_git(&[
        "rm",
        "-q",
        "--cached",
        "f1.txt",
        "f5.txt",
        "d2/copy.txt",
        "f7.txt",
    ]);
    project.commit("less");
    project.run_git(&["reflog", "expire", "--expire=now", "--all"]);
    project.run_git(&["gc", "-q", "--prune=now"]);
    compare(&[]);
}

/// Where the content of `path` at `rev` lies as a loose object.
fn loose(project: &Project, name: &str) -> std::path::PathBuf {
    let id = project.run_git(&["rev-parse", name]);
    let (folder, file) = id.trim().split_at(2);
    project.at(&format!(".git/objects/{folder}/{file}"))
}

fn damage(path: &std::path::Path) {
    let mut bytes = std::fs::read(path).expect("can be read");
    std::fs::remove_file(path).expect("is ours");
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0);
    std::fs::write(path, bytes).expect("can be written");
}

#[test]
fn what_an_earlier_scan_found_is_not_lost_with_the_object() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    let lines = "a line that stays as it is\n".repeat(40);
    project.file("a.txt", format!("{}\n{lines}", secret(1)));
    project.commit("one");
    project.file("a.txt", format!("{}\n{lines}more\n", secret(1)));
    project.commit("two");
    let scan = |more: &[&str]| project.scan(&[&["--history", "--cache-dir", dir], more].concat());
    assert_eq!(scan(&[]).places().len(), 2);
    let both = [
        loose(&project, "HEAD~1:a.txt"),
        loose(&project, "HEAD:a.txt"),
    ];
    // With either of them gone the other one still tells it.
    for one in &both {
        let whole = std::fs::read(one).unwrap();
        damage(one);
        let ran = scan(&[]);
        assert_eq!(ran.report().0.len(), 1, "{ran:?}");
        std::fs::write(one, whole).unwrap();
    }
    both.iter().for_each(|one| damage(one));
    for more in [&[][..], &["--no-cache"]] {
        let ran = scan(more);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_ne!(ran.report().1["skipped"]["corrupt"], 0, "{ran:?}");
    }
}

#[test]
fn an_archive_that_an_earlier_scan_opened_is_not_lost_either() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    project.file("in.txt", secret(1));
    project.commit("plain");
    project.run_git(&["archive", "-o", "a.tar", "HEAD"]);
    let other = Project::git();
    std::fs::copy(project.at("a.tar"), other.at("a.tar")).unwrap();
    other.commit("an archive");
    let scan = || other.scan(&["--history", "--cache-dir", dir]);
    assert_eq!(scan().places(), ["history a.tar!/in.txt:1"]);
    damage(&loose(&other, "HEAD:a.tar"));
    let ran = scan();
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn a_file_in_the_place_of_another_is_counted_and_not_remembered() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    project.file("a.txt", secret(1)).file("b.txt", "nothing\n");
    project.commit("one");
    let (one, other) = (loose(&project, "HEAD:a.txt"), loose(&project, "HEAD:b.txt"));
    let whole = std::fs::read(&one).unwrap();
    std::fs::remove_file(&one).unwrap();
    std::fs::copy(other, &one).unwrap();
    let scan = || project.scan(&["--history", "--cache-dir", dir]);
    let ran = scan();
    assert_eq!(ran.code, 3, "{ran:?}");
    std::fs::remove_file(&one).unwrap();
    std::fs::write(&one, whole).unwrap();
    assert_eq!(scan().places(), ["history a.txt:1"]);
}

#[test]
fn what_was_read_by_a_damaged_index_is_not_remembered() {
    let project = Project::git();
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().to_str().unwrap();
    project.file("a.txt", secret(1)).file("b.txt", "nothing\n");
    project.commit("one");
    project.run_git(&["repack", "-a", "-d", "-q"]);
    let packs = std::fs::read_dir(project.at(".git/objects/pack")).unwrap();
    let mut files = packs.map(|file| file.unwrap().path());
    let index = files
        .find(|file| file.extension().is_some_and(|end| end == "idx"))
        .unwrap();
    let sound = std::fs::read(&index).unwrap();
    // The offsets of all four objects change places, each stays that of some object.
    let mut bytes = sound.clone();
    let offsets = 8 + 1024 + 4 * 20 + 4 * 4;
    bytes[offsets..offsets + 16].rotate_left(4);
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, bytes).unwrap();
    let scan = || project.scan(&["--history", "--cache-dir", dir]);
    scan();
    std::fs::write(&index, sound).unwrap();
    assert_eq!(scan().places(), ["history a.txt:1"]);
}
