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
        assert_eq!(path.extension().unwrap(), "known");
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

/// Writes files, some with findings, and commits them under a message.
fn commit(repo: &Repo, files: &[(&str, &str)], message: &str) {
    for (name, text) in files {
        let path = repo.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", message]);
}

#[test]
fn what_trees_and_commits_said_is_not_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = cached(dir.path(), 1);
    for seed in 0..4 {
        let repo = super::places::branching(240 + seed, 40);
        repo.git(&["checkout", "-q", "-f", "-B", "main", "b0"]);
        let first = compare(&repo, &options);
        assert!(first.read > 60);
        // Nothing new: only what has findings.
        assert!(compare(&repo, &options).read == 0);
        let files = [("d/e/new", "key va=777\n"), ("d/b", "key va=111\n")];
        commit(&repo, &files, "key va=555");
        assert!((2..9).contains(&compare(&repo, &options).read));
        commit(&repo, &[("g/key va=888/x", "y\n")], "m");
        repo.git(&["tag", "-a", "-m", "key va=999", "v1"]);
        repo.git(&["tag", "-a", "-m", "plain", "v2"]);
        assert!((2..9).contains(&compare(&repo, &options).read));
        repo.git(&["rm", "-q", "-r", "d", "g"]);
        commit(&repo, &[], "without");
        compare(&repo, &options);
        repo.git(&["revert", "--no-edit", "HEAD"]);
        repo.git(&["merge", "-q", "-s", "ours", "-m", "merge", "b1"]);
        repo.git(&["branch", "-q", "other", "HEAD~2"]);
        assert!(compare(&repo, &options).read < 9);
        repo.git(&["repack", "-q", "-a", "-d", "-k"]);
        assert!(compare(&repo, &options).read < 3);
        // What is pruned is gone from all places.
        repo.git(&["branch", "-q", "-D", "b2"]);
        repo.git(&["reflog", "expire", "--expire=now", "--all"]);
        repo.git(&["gc", "-q", "--prune=now"]);
        compare(&repo, &options);
        assert!(compare(&repo, &options).read < 3);
    }
}

#[test]
fn a_shallow_clone_that_is_deepened_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let options = cached(dir.path(), 1);
    let origin = super::places::branching(251, 30);
    let repo = Repo::new(&[]);
    let url = format!("file://{}", origin.path().display());
    for depth in ["3", "9", "1000"] {
        repo.git(&["fetch", "-q", "--depth", depth, &url, "b0"]);
        repo.git(&["update-ref", "refs/heads/main", "FETCH_HEAD"]);
        compare(&repo, &options);
        compare(&repo, &options);
    }
}

#[test]
fn a_file_that_lies_costs_findings_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let options = cached(dir.path(), 1);
    let repo = super::places::branching(261, 25);
    commit(&repo, &[("g/key va=888/x", "key va=777\n")], "key va=555");
    compare(&repo, &options);
    let path = std::fs::read_dir(dir.path()).unwrap().next().unwrap();
    let path = path.unwrap().path();
    let sound = std::fs::read(&path).unwrap();
    let mut random = Random(271);
    for _ in 0..150 {
        let mut bytes = sound.clone();
        for _ in 0..1 + random.below(3) {
            let at = 60 + random.below(bytes.len() - 60);
            bytes[at] = [0, 1, 0xff, bytes[at] ^ 1][random.below(4)];
        }
        if random.below(4) == 0 {
            bytes.truncate(60 + random.below(bytes.len() - 60));
            let length = bytes.len() as u64 - 60;
            bytes[48..56].copy_from_slice(&length.to_le_bytes());
        }
        let sum = crc32fast::hash(&bytes[60..]);
        bytes[56..60].copy_from_slice(&sum.to_le_bytes());
        std::fs::write(&path, bytes).unwrap();
        let layout = Layout::open(repo.path()).unwrap();
        let store = Store::open(&layout, &mut Tally::default());
        let stored = options.cache.as_ref().unwrap().limited(options.max_blob);
        let earlier = Earlier::read(stored.load(&layout).bytes(), &store, &[]);
        if let Some(past) = earlier.past {
            past.names(&store, |_| false);
        }
        repo.scan_with(&Toy::new(17, true), &options);
    }
}
