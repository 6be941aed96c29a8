//! A second scan with a cache: nothing clean is read again, and nothing is lost.

use super::*;

fn cached(dir: &Path, key: u8) -> Options {
    Options {
        cache: Some(Cache {
            dir: dir.to_owned(),
            key: [key; 32],
        }),
        ..Options::default()
    }
}

/// Scans with a cache and compares with a scan without one.
fn compare(repo: &Repo, options: &Options) -> Report {
    let fresh = Toy::new(17, true);
    let expected = repo.scan(&fresh);
    let again = Toy::new(17, true);
    let report = repo.scan_with(&again, options);
    assert!(report.cache_error.is_none());
    assert_eq!(report.places, expected.places);
    assert_eq!(report.tally.skipped, expected.tally.skipped);
    let hits = |toy: Toy| {
        let seen = toy.seen.into_inner().unwrap().into_iter();
        let seen = seen.filter(|(_, (_, hits))| !hits.is_empty());
        seen.map(|(subject, (_, hits))| (subject, hits))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(hits(again), hits(fresh));
    report
}

#[test]
fn a_second_scan_reads_only_what_is_new_or_had_findings() {
    let dir = tempfile::tempdir().unwrap();
    let options = cached(dir.path(), 1);
    for seed in 0..3 {
        let repo = generated(200 + seed, 40, &[]);
        if seed > 0 {
            repo.git(&REPACK);
        }
        let first = compare(&repo, &options);
        assert_eq!(first.known, 0);
        let second = compare(&repo, &options);
        assert!(second.known > 100);
        assert!(second.tally.blobs <= first.tally.blobs && second.tally.commits == 0);
        for round in 0..3 {
            let name = format!("d0/new{round}");
            let path = repo.path().join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, format!("key va=55{round}\n")).unwrap();
            repo.git(&["add", &name]);
            repo.git(&["commit", "-q", "-m", "new"]);
            let third = compare(&repo, &options);
            assert!(third.tally.blobs <= second.tally.blobs + 1 + round);
        }
        repo.git(&REPACK);
        compare(&repo, &options);
    }
}

#[test]
fn other_patterns_damage_and_gaps_are_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let repo = generated(211, 20, &[]);
    let first = compare(&repo, &cached(dir.path(), 1));
    let other = compare(&repo, &cached(dir.path(), 2));
    assert_eq!((other.known, other.tally.blobs), (0, first.tally.blobs));
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(path.extension().unwrap(), "clean");
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(compare(&repo, &cached(dir.path(), 1)).known, 0);
}

#[test]
fn what_is_missing_is_counted_every_time() {
    let dir = tempfile::tempdir().unwrap();
    let repo = generated(221, 10, &[]);
    let pack = std::fs::read(repo.pack_file("pack")).unwrap();
    let packs = repo.path().join(".git/objects/pack");
    std::fs::remove_dir_all(&packs).unwrap();
    std::fs::create_dir(&packs).unwrap();
    repo.feed(&["unpack-objects", "-q"], &pack);
    let blob = repo.git(&["rev-parse", "main:d0/f0"]);
    let blob = String::from_utf8(blob).unwrap();
    let file = format!(".git/objects/{}/{}", &blob[..2], blob[2..].trim());
    std::fs::remove_file(repo.path().join(file)).unwrap();
    for _ in 0..3 {
        let report = compare(&repo, &cached(dir.path(), 1));
        assert_eq!(
            report.tally.skipped,
            BTreeMap::from([(crate::finding::Skip::Missing, 1)])
        );
    }
}

#[test]
fn several_processes_may_write_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let repo = generated(231, 15, &[]);
    let options = cached(dir.path(), 1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| compare(&repo, &options));
        }
    });
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(compare(&repo, &options).known > 50);
}
