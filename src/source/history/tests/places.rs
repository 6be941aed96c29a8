//! Where findings come from, against a plain reading of every commit's whole tree.

use std::collections::{BTreeSet, HashMap};

use super::*;

/// One commit as git lists it.
struct Listed {
    id: String,
    parents: Vec<String>,
    time: i64,
    files: BTreeSet<(Vec<u8>, BlobId)>,
}

fn commits(repo: &Repo) -> Vec<Listed> {
    let all = repo.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
    let all = String::from_utf8(all).unwrap();
    let ids = all.lines().filter(|line| line.contains(" commit "));
    ids.map(|line| {
        let id = line.split(' ').next().unwrap();
        let head = repo.git(&["show", "-s", "--format=%ct %P", id]);
        let head = String::from_utf8(head).unwrap();
        let mut words = head.split_whitespace();
        let time = words.next().unwrap().parse().unwrap();
        let tree = repo.git(&["ls-tree", "-r", "-z", id]);
        let files = tree.split(|b| *b == 0).filter(|row| !row.is_empty());
        let files = files.map(|row| {
            let tab = memchr::memchr(b'\t', row).unwrap();
            let words = std::str::from_utf8(&row[..tab]).unwrap();
            let id = BlobId::from_hex(words.split(' ').nth(2).unwrap()).unwrap();
            (row[tab + 1..].to_vec(), id)
        });
        Listed {
            id: id.to_owned(),
            parents: words.map(str::to_owned).collect(),
            time,
            files: files.collect(),
        }
    })
    .collect()
}

/// Checks every place of every blob against all commits.
fn check_places(repo: &Repo, report: &Report) {
    let commits = commits(repo);
    let by_id: HashMap<&str, &Listed> = commits.iter().map(|c| (c.id.as_str(), c)).collect();
    let reach = |from: &[&str]| {
        let list = repo.git(&[&["rev-list"], from].concat());
        let list = String::from_utf8(list).unwrap();
        list.lines()
            .map(str::to_owned)
            .collect::<BTreeSet<String>>()
    };
    let reachable = reach(&["--all", "HEAD"]);
    let refs = repo.git(&[
        "for-each-ref",
        "--format=%(refname:short) %(objectname) %(*objectname)",
    ]);
    let refs = String::from_utf8(refs).unwrap();
    let head = String::from_utf8(repo.git(&["rev-parse", "HEAD"])).unwrap();
    let mut expected = 0;
    for (subject, places) in &report.places {
        let Subject::Blob(blob) = subject else {
            continue;
        };
        let has = |c: &Listed, path: &[u8]| c.files.contains(&(path.to_vec(), *blob));
        let all = commits.iter().flat_map(|c| &c.files);
        let paths: BTreeSet<&Vec<u8>> = all.filter(|(_, id)| id == blob).map(|(p, _)| p).collect();
        let given: BTreeSet<&Vec<u8>> = places.iter().map(|place| &place.path).collect();
        assert_eq!(given, paths);
        expected += paths.len();
        for place in places {
            let holds = |c: &&Listed| has(c, &place.path);
            let parent = |id: &String| by_id.get(id.as_str()).is_some_and(|p| has(p, &place.path));
            let brought = commits
                .iter()
                .filter(holds)
                .filter(|c| !c.parents.iter().any(parent));
            let rank = |c: &&Listed| (!reachable.contains(&c.id), c.time, c.id.clone());
            let first = brought.clone().min_by_key(rank).unwrap();
            assert_eq!(place.commit.as_ref().unwrap().id, first.id);
            assert_eq!(
                place.reachable,
                brought.clone().any(|c| reachable.contains(&c.id))
            );
            assert_eq!(place.in_head, has(by_id[head.trim()], &place.path));
            let still: BTreeSet<String> = refs
                .lines()
                .filter(|line| {
                    let mut ids = line.split(' ').skip(1);
                    ids.any(|id| by_id.get(id).is_some_and(|c| has(c, &place.path)))
                })
                .map(|line| line.split(' ').next().unwrap().to_owned())
                .collect();
            assert_eq!(place.refs.iter().cloned().collect::<BTreeSet<_>>(), still);
            let lost = commits.iter().filter(|c| !has(c, &place.path));
            let before = lost.flat_map(|c| &c.parents).filter(|p| parent(p));
            let before = before.map(|p| by_id[p.as_str()]);
            let last = before.max_by_key(|c| (reachable.contains(&c.id), c.time, c.id.clone()));
            let last = last.filter(|_| still.is_empty() && !place.in_head);
            assert_eq!(
                place.last_commit.as_ref().map(|c| &c.id),
                last.map(|c| &c.id)
            );
        }
    }
    let total: usize = report.places.values().map(Vec::len).sum();
    assert_eq!(total, expected);
}

/// A history with branches and merges.
pub(super) fn branching(seed: u64, commits: usize) -> Repo {
    const CONTENTS: [&str; 7] = [
        "key va=111\n",
        "key va=222\n",
        "key va=333\n",
        "nothing\n",
        "key\n",
        "key va=444\n",
        "x\n",
    ];
    let mut random = Random(seed);
    let mut stream = String::new();
    for mark in 1..=commits {
        let branch = random.below(3);
        let time = 1_700_000_000 + mark * 10 - random.below(35);
        stream += &format!(
            "commit refs/heads/b{branch}\nmark :{mark}\ncommitter C <c@e> {time} +0000\ndata 2\nm\n"
        );
        if mark > 1 {
            stream += &format!("from :{}\n", mark - 1 - random.below((mark - 1).min(4)));
            if random.below(3) == 0 {
                stream += &format!("merge :{}\n", 1 + random.below(mark - 1));
            }
        }
        for _ in 0..1 + random.below(3) {
            let path = ["a", "d/b", "d/e/c", "d/e/f", "g/h"][random.below(5)];
            if random.below(3) == 0 {
                stream += &format!("D {path}\n");
            } else {
                let content = CONTENTS[random.below(CONTENTS.len())];
                stream += &format!(
                    "M 100644 inline {path}\ndata {}\n{content}\n",
                    content.len()
                );
            }
        }
    }
    let repo = Repo::new(&[]);
    repo.feed(&["fast-import", "--quiet", "--force"], stream.as_bytes());
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/b0"]);
    repo
}

#[test]
fn places_are_those_of_every_commit_s_tree() {
    for seed in 0..6 {
        let repo = branching(seed, 30);
        if seed % 2 == 0 {
            repo.git(&[
                "-c",
                "gc.reflogExpire=never",
                "repack",
                "-q",
                "-a",
                "-d",
                "-f",
            ]);
        }
        repo.git(&["tag", "-a", "-m", "t", "v1", "b1"]);
        repo.git(&["update-ref", "-d", "refs/heads/b2"]);
        let report = repo.scan(&Toy::new(4, true));
        assert!(!report.places.is_empty());
        check_places(&repo, &report);
    }
}

#[test]
fn messages_people_tags_and_names_are_read() {
    let repo = Repo::new(&[]);
    std::fs::create_dir(repo.path().join("dir")).unwrap();
    std::fs::write(repo.path().join("dir/key va=123"), "nothing\n").unwrap();
    repo.git(&["add", "."]);
    repo.git(&["commit", "-q", "-m", "first"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "a key\nva=456\n"]);
    repo.git(&["tag", "-a", "-m", "key va=789", "v1"]);
    repo.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "--author",
        "key va=999 <x@y>",
        "-m",
        "m",
    ]);
    repo.git(&["branch", "key-va=321"]);
    let report = repo.scan(&Toy::new(4, true));
    let mut subjects: Vec<String> = Vec::new();
    for (subject, places) in &report.places {
        assert_eq!(places.len(), 1);
        let place = &places[0];
        assert_eq!(place.source, crate::finding::SourceKind::Message);
        assert!(place.reachable);
        assert!(place.commit.is_some());
        subjects.push(match subject {
            Subject::Name(name) => String::from_utf8(name.clone()).unwrap(),
            Subject::Blob(_) => "blob".to_owned(),
            Subject::Commit(_) => "commit".to_owned(),
            Subject::Tag(_) => format!("tag {:?}", place.refs),
            Subject::Ref(name) => format!("ref {} {:?}", name.escape_ascii(), place.refs),
        });
        if let Subject::Name(_) = subject {
            assert_eq!(place.path, b"dir/key va=123");
            assert!(place.in_head);
        }
    }
    let label = "ref refs/heads/key-va=321 [\"key-va=321\"]";
    let expected = ["commit", "commit", "tag [\"v1\"]", "key va=123", label];
    assert_eq!(subjects, expected);
}

#[test]
fn what_no_ref_reaches_is_found_and_said_to_be_so() {
    let repo = Repo::new(&[]);
    std::fs::write(repo.path().join("a"), "key va=111\n").unwrap();
    repo.git(&["add", "."]);
    repo.git(&["commit", "-q", "-m", "m"]);
    std::fs::write(repo.path().join("a"), "key va=222\n").unwrap();
    repo.git(&["stash", "-q"]);
    std::fs::write(repo.path().join("a"), "key va=333\n").unwrap();
    repo.git(&["commit", "-q", "-a", "-m", "lost"]);
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    std::fs::write(repo.path().join("b"), "key va=444\n").unwrap();
    repo.git(&["hash-object", "-w", "b"]);
    std::fs::remove_file(repo.path().join(".git/ORIG_HEAD")).unwrap();
    let report = repo.scan(&Toy::new(4, true));
    let mut seen: Vec<(u8, bool, bool, usize)> = Vec::new();
    for (subject, places) in &report.places {
        let Subject::Blob(id) = subject else {
            panic!("{subject:?}")
        };
        let content = repo.git(&["cat-file", "blob", &id.to_string()]);
        for place in places {
            seen.push((content[7], place.reachable, place.in_head, place.path.len()));
        }
    }
    seen.sort_unstable();
    let expected = [
        (b'1', true, true, 1),
        (b'2', true, false, 1),
        (b'3', false, false, 1),
        (b'4', false, false, 0),
    ];
    assert_eq!(seen, expected);
}
