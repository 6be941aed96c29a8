//! Every way in which git keeps objects.

use super::*;
use crate::finding::Skip;
use crate::source::history::store::Store;

#[test]
fn alternates_are_read_with_their_alternates() {
    let first = generated(41, 20, &[]);
    first.git(&REPACK);
    let second = Repo::new(&[]);
    let third = Repo::new(&[]);
    for (repo, other) in [(&second, &first), (&third, &second)] {
        let line = format!("{}\n", other.path().join(".git/objects").display());
        std::fs::write(repo.path().join(".git/objects/info/alternates"), line).unwrap();
    }
    let history = Random(43).history(10);
    third.feed(&["fast-import", "--quiet", "--force"], &history);
    third.check(17);
    std::fs::remove_dir_all(first.path().join(".git/objects")).unwrap();
    let report = third.scan(&Toy::new(17, true));
    assert_eq!(report.tally.skipped, BTreeMap::from([(Skip::Missing, 1)]));
}

#[test]
fn a_multi_pack_index_stands_in_for_lost_indexes() {
    let repo = generated(51, 20, &[]);
    for seed in 52..54 {
        let history = Random(seed).history(15);
        repo.feed(&["fast-import", "--quiet", "--force"], &history);
    }
    repo.git(&["multi-pack-index", "write"]);
    let objects = repo.objects();
    repo.check_against(&objects, 17, &Options::default());
    for file in std::fs::read_dir(repo.path().join(".git/objects/pack")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ext| ext == "idx") {
            std::fs::remove_file(path).unwrap();
        }
    }
    repo.check_against(&objects, 17, &Options::default());
}

#[test]
fn a_pack_without_any_index_is_counted() {
    let repo = generated(55, 10, &[]);
    repo.git(&REPACK);
    std::fs::remove_file(repo.pack_file("idx")).unwrap();
    let report = repo.scan(&Toy::new(17, true));
    assert_eq!(report.tally.blobs, 0);
    assert!(report.tally.skipped[&Skip::Missing] >= 1);
}

#[test]
fn an_object_in_several_packs_is_shown_once() {
    let repo = generated(61, 30, &[]);
    repo.git(&REPACK);
    let all = repo.git(&["rev-list", "--objects", "--all"]);
    let ids: Vec<u8> = all
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .flat_map(|line| [line.split(|b| *b == b' ').next().unwrap(), b"\n"].concat())
        .collect();
    repo.feed(
        &["pack-objects", "-q", "--window=5", ".git/objects/pack/pack"],
        &ids,
    );
    let second = repo.feed(
        &["pack-objects", "-q", ".git/objects/pack/pack"],
        &ids[..41 * 20],
    );
    assert!(second.len() >= 40);
    // The toy scanner refuses to be shown a text twice.
    repo.check(17);
}

#[test]
fn evicted_bases_are_rebuilt() {
    let repo = generated(71, 60, &[]);
    repo.git(&REPACK);
    let options = Options {
        memory: 0,
        ..Options::default()
    };
    repo.check_against(&repo.objects(), 17, &options);
}

#[test]
fn single_blobs_are_read_in_any_order() {
    let repo = generated(83, 120, &[]);
    repo.git(&REPACK);
    let layout = Layout::open(repo.path()).unwrap();
    let store = Store::open(&layout, &mut Tally::default());
    let again = Again {
        store: &store,
        layout: &layout,
        max_object: 1 << 20,
        max_blob: 1 << 20,
        recent: Mutex::default(),
    };
    let mut blobs = repo.objects();
    blobs.retain(|(kind, ..)| kind == "blob");
    blobs.sort_by_key(|(_, id, _)| again.place(*id));
    let near = blobs.len();
    let mut random = Random(84);
    for at in 0..3 * near {
        let (_, id, content) = &blobs[if at < near { at } else { random.below(near) }];
        let mut read = Vec::new();
        assert!(again.read(*id, &mut |bytes| read.extend_from_slice(bytes)));
        assert_eq!(read, *content);
    }
}

#[test]
fn threads_change_nothing() {
    let repo = generated(81, 40, &[]);
    repo.git(&REPACK);
    let reports = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let toy = Toy::new(17, true);
        let report = pool.install(|| repo.scan(&toy));
        (report.places, report.tally, toy.seen.into_inner().unwrap())
    });
    assert!(!reports[0].0.is_empty());
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn what_is_too_large_is_read_piece_by_piece_or_counted() {
    let repo = Repo::new(&[]);
    let big: Vec<u8> = (0..400u32)
        .flat_map(|i| format!("line {i} key va=1{i:03}\n").into_bytes())
        .collect();
    let commit = |files: [(&str, usize); 2]| {
        for (name, len) in files {
            std::fs::write(repo.path().join(name), &big[..len]).unwrap();
        }
        repo.git(&["add", "."]);
        repo.git(&["commit", "-q", "-m", "m"]);
    };
    // The larger is the base of the other; a third stays loose.
    commit([("a", big.len()), ("b", big.len() - 1500)]);
    repo.git(&REPACK);
    commit([("c", big.len() - 7), ("d", 50)]);
    let mut options = Options {
        max_object: big.len() - 1000,
        ..Options::default()
    };
    repo.check_against(&repo.objects(), 17, &options);
    options.max_object = 1000;
    repo.check_against(&repo.objects(), 17, &options);
    options.max_blob = big.len() as u64 - 1000;
    let report = repo.scan_with(&Toy::new(17, true), &options);
    assert_eq!(report.tally.blobs, 2);
    assert_eq!(report.tally.skipped, BTreeMap::from([(Skip::TooLarge, 2)]));
}

#[test]
fn a_gc_that_goes_on_all_the_time_loses_nothing() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let repo = generated(95, 20, &[]);
    let (done, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let commit = |number: usize| {
        let text = format!("text {number}\nkey va={}\n", 1000 + number);
        std::fs::write(repo.path().join(format!("n{}", number % 4)), text).unwrap();
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-q", "-m", "m"]);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..16 {
                commit(number);
                done.store(number + 1, Ordering::SeqCst);
                let way: &[&str] = match number % 3 {
                    0 => &["repack", "-q", "-a", "-d"],
                    1 => &["gc", "-q", "--prune=now"],
                    _ => &["repack", "-q", "-d"],
                };
                repo.git(way);
            }
            over.store(true, Ordering::SeqCst);
        });
        loop {
            let last = over.load(Ordering::SeqCst);
            let before = done.load(Ordering::SeqCst);
            let toy = Toy::new(17, true);
            let report = repo.scan(&toy);
            assert!(report.tally.skipped.is_empty(), "{:?}", report.tally);
            let found = |number: usize| {
                let id = repo.feed(
                    &["hash-object", "--stdin"],
                    format!("text {number}\nkey va={}\n", 1000 + number).as_bytes(),
                );
                let id = BlobId::from_hex(std::str::from_utf8(&id).unwrap().trim()).unwrap();
                report.places.contains_key(&Subject::Blob(id))
            };
            assert!((0..before).all(found));
            if last {
                break;
            }
        }
    });
}

#[test]
fn a_gc_between_listing_and_reading_loses_nothing() {
    let repo = generated(91, 1, &[]);
    let pack = repo.path().join(".git/objects/pack");
    let bytes = std::fs::read(repo.pack_file("pack")).unwrap();
    std::fs::remove_dir_all(&pack).unwrap();
    std::fs::create_dir(&pack).unwrap();
    repo.feed(&["unpack-objects", "-q"], &bytes);
    let layout = Layout::open(repo.path()).unwrap();
    let store = Store::open(&layout, &mut Tally::default());
    assert!(store.len() > 5 && store.packs.is_empty());
    repo.git(&["gc", "-q", "--prune=now"]);
    let toy = Toy::new(17, true);
    let mut report = Report::default();
    read_all(
        &layout,
        &store,
        (&Options::default(), &toy, &AtomicBool::new(false)),
        &mut report,
    );
    let blobs = repo
        .objects()
        .iter()
        .filter(|(kind, ..)| kind == "blob")
        .count();
    assert_eq!(report.tally.blobs, blobs as u64);
    assert!(report.tally.skipped.is_empty(), "{:?}", report.tally);
}

#[test]
fn a_partial_clone_counts_what_is_missing_and_fetches_nothing() {
    let repo = generated(101, 10, &[]);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    let to = clone.path().join("c.git");
    let to = to.to_str().unwrap();
    repo.git(&["clone", "-q", "--bare", "--filter=blob:none", &url, to]);
    let layout = Layout::open(Path::new(to)).unwrap();
    assert!(layout.partial);
    let toy = Toy::new(17, true);
    let report = scan(&layout, &Options::default(), &toy, &AtomicBool::new(false));
    let all = repo.git(&[
        "rev-list",
        "--objects",
        "--all",
        "--filter-print-omitted",
        "--filter=blob:none",
    ]);
    let omitted = all
        .split(|b| *b == b'\n')
        .filter(|line| line.starts_with(b"~"))
        .count();
    assert_eq!(report.tally.blobs, 0);
    assert_eq!(
        report.tally.skipped,
        BTreeMap::from([(Skip::Missing, omitted as u64)])
    );
    assert!(omitted > 10);
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let repo = generated(111, 10, &[]);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    let to = clone.path().join("c");
    repo.git(&["clone", "-q", "--depth=3", &url, to.to_str().unwrap()]);
    let layout = Layout::open(&to).unwrap();
    let toy = Toy::new(17, true);
    let report = scan(&layout, &Options::default(), &toy, &AtomicBool::new(false));
    assert_eq!(report.tally.skipped, BTreeMap::from([(Skip::Shallow, 1)]));
    assert_eq!(report.tally.commits, 3);
}

#[test]
fn linked_work_trees_and_replaced_objects() {
    let repo = generated(121, 10, &[]);
    let tree = repo.path().join("linked");
    repo.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        tree.to_str().unwrap(),
        "main",
    ]);
    std::fs::write(repo.path().join("other"), "key va=777\n").unwrap();
    let other = repo.git(&["hash-object", "-w", "other"]);
    let other = String::from_utf8(other).unwrap();
    let old = repo.git(&["rev-parse", "main:d0/f0"]);
    let old = String::from_utf8(old).unwrap();
    repo.git(&["replace", old.trim(), other.trim()]);
    let objects = {
        let mut git = repo.command(&["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
        parse_batch(
            &git.env("GIT_NO_REPLACE_OBJECTS", "1")
                .output()
                .unwrap()
                .stdout,
        )
    };
    repo.check_against(&objects, 17, &Options::default());
    let layout = Layout::open(&tree).unwrap();
    assert_ne!(layout.git_dir, layout.common_dir);
    let toy = Toy::new(17, true);
    let report = scan(&layout, &Options::default(), &toy, &AtomicBool::new(false));
    assert!(report.tally.skipped.is_empty());
    assert!(report.places.values().flatten().any(|place| place.in_head));
}

#[test]
fn refs_in_a_reftable_are_asked_of_git() {
    let repo = generated(131, 10, &["--ref-format=reftable"]);
    repo.git(&["tag", "v1", "main"]);
    let report = repo.check(17);
    let places = || report.places.values().flatten();
    assert!(places().all(|place| place.reachable));
    assert!(places().any(|place| place.refs == ["main", "v1"] && place.in_head));
}

#[test]
fn an_interrupted_scan_says_so() {
    let repo = generated(141, 10, &[]);
    repo.git(&REPACK);
    let layout = Layout::open(repo.path()).unwrap();
    let toy = Toy::new(17, true);
    let report = scan(&layout, &Options::default(), &toy, &AtomicBool::new(true));
    assert_eq!(report.tally.blobs, 0);
    assert!(report.tally.skipped[&Skip::Interrupted] > 10);
}
