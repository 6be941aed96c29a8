//! Repositories through the built program: index, work tree, ranges, pushes, histories.

use crate::support::project::{Project, secret};

/// What `--staged` finds.
fn staged(project: &Project) -> Vec<String> {
    project.scan(&["--staged"]).places()
}

#[test]
fn staged_before_the_first_commit_and_after() {
    let project = Project::git();
    project.file("a.txt", secret(1)).file("b.txt", secret(2));
    project.run_git(&["add", "a.txt"]);
    assert_eq!(staged(&project), ["index a.txt:1"]);
    project.commit("one");
    assert_eq!(staged(&project), [""; 0]);
    project.file("a.txt", format!("{}\nnew\n{}\n", secret(1), secret(3)));
    assert_eq!(staged(&project), [""; 0]);
    project.run_git(&["add", "a.txt"]);
    assert_eq!(staged(&project), ["index a.txt:3"]);
}

#[test]
fn what_only_moved_is_not_new() {
    let project = Project::git();
    project.file("a.txt", format!("top\n{}\nbottom\n", secret(1)));
    project.commit("one");
    project.run_git(&["mv", "a.txt", "b.txt"]);
    project.file("b.txt", format!("bottom\n{}\ntop\nmore\n", secret(1)));
    project.run_git(&["add", "-A"]);
    assert_eq!(staged(&project), [""; 0]);
}

#[test]
fn a_part_that_completes_a_credential_is_new() {
    let project = Project::git();
    let id = format!("{}{}", "LTAI5t", "Qw7Xm2Kp9Rv4Yb8Nc3");
    let value = "RFhFBWvT3mQz8LkP2xYc7NdJ5sGbHa";
    project.file(
        "a.env",
        format!("ALIBABA_CLOUD_ACCESS_KEY_SECRET={value}\n"),
    );
    project.commit("one");
    let text =
        format!("ALIBABA_CLOUD_ACCESS_KEY_SECRET={value}\nALIBABA_CLOUD_ACCESS_KEY_ID={id}\n");
    project.file("a.env", text);
    project.run_git(&["add", "-A"]);
    assert_eq!(staged(&project).len(), 1);
}

#[test]
fn merges_bring_what_no_parent_has() {
    let project = Project::git();
    project.file("a.txt", "one\n");
    project.commit("one");
    project.run_git(&["checkout", "-q", "-b", "side"]);
    project.file("a.txt", format!("one\n{}\n", secret(1)));
    project.commit("side");
    project.run_git(&["checkout", "-q", "main"]);
    project.file("a.txt", "one\ntwo\n");
    project.commit("main");
    assert_ne!(project.try_git(&["merge", "-q", "side"]).code, 0);
    project.file("a.txt", format!("one\ntwo\n{}\n{}\n", secret(1), secret(2)));
    project.run_git(&["add", "-A"]);
    assert_eq!(staged(&project), ["index a.txt:4"]);
    project.commit("merged");
    let ran = project.scan(&["--range", "HEAD^1..HEAD"]);
    assert_eq!(ran.places(), ["history a.txt:2", "history a.txt:4"]);
}

#[test]
fn unstaged_is_what_the_index_has_not() {
    let project = Project::git();
    project
        .file("a.txt", "one\n")
        .file("b.txt", "x\n")
        .file(".gitignore", "c.txt\n");
    project.commit("one");
    project.file("b.txt", secret(1));
    project.run_git(&["add", "b.txt"]);
    project.file("a.txt", format!("one\n{}\n", secret(2)));
    project.file("new.txt", secret(3)).file("c.txt", secret(4));
    assert_eq!(
        project.scan(&["--unstaged"]).places(),
        ["tree a.txt:2", "tree new.txt:1"]
    );
    assert_eq!(
        project.scan(&["--staged", "--unstaged"]).report().0.len(),
        3
    );
}

#[test]
fn ranges_see_what_came_and_went_and_messages() {
    let project = Project::git();
    project.file("a.txt", "one\n");
    let base = project.commit("one");
    project.file("a.txt", format!("one\n{}\n", secret(1)));
    project.commit("two");
    project.file("a.txt", "one\n");
    project.commit(&format!("three {}", secret(2)));
    let ran = project.scan(&["--range", &format!("{base}..HEAD")]);
    assert_eq!(ran.places(), ["history a.txt:2", "message :1"]);
    let (_, summary) = ran.report();
    assert_eq!(summary["seen"]["commits"], 2);
    assert_eq!(project.scan(&["--range", "HEAD..HEAD"]).code, 0);
    assert_eq!(project.scan(&["--range", "nowhere..HEAD"]).code, 2);
    assert_eq!(project.scan(&["--since", &base]).report().0.len(), 2);
    assert_eq!(project.scan(&["--since", "yesterday"]).report().0.len(), 2);
    assert_eq!(project.scan(&["--since", "2199-01-01"]).code, 0);
    assert_eq!(project.scan(&["--since", "nonsense"]).code, 2);
}

#[test]
fn a_range_says_whether_head_still_has_it() {
    let project = Project::git();
    project.commit("zero");
    project.file("a.txt", format!("{}\n{}\n", secret(1), secret(2)));
    project.commit("one");
    project.file("a.txt", format!("{}\nmore\n", secret(2)));
    project.commit("two");
    let (findings, _) = project.scan(&["--range", "HEAD~2..HEAD"]).report();
    let in_head: Vec<bool> = findings
        .iter()
        .map(|one| one["places"][0]["in_head"].as_bool().unwrap())
        .collect();
    assert_eq!(
        in_head.iter().filter(|still| **still).count(),
        1,
        "{findings:?}"
    );
}

#[test]
fn tree_and_history_are_one_run_and_one_finding() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    project.commit("one");
    project.file("a.txt", "clean\n").file("b.txt", secret(1));
    project.commit("two");
    let ran = project.scan(&[]);
    assert_eq!(
        ran.places(),
        ["history a.txt:1", "history b.txt:1", "tree b.txt:1"]
    );
    assert_eq!(ran.report().0.len(), 1);
    assert_eq!(project.scan(&["--tree"]).places(), ["tree b.txt:1"]);
    assert_eq!(project.scan(&["--history"]).places().len(), 2);
}

#[test]
fn a_subdirectory_has_its_own_part_of_the_history() {
    let project = Project::git();
    project
        .file("sub/a.txt", secret(1))
        .file("other/b.txt", secret(2));
    project.commit("one");
    project.file("sub/a.txt", "clean\n");
    project.commit("two");
    assert_eq!(project.scan(&["sub"]).places(), ["history a.txt:1"]);
    assert_eq!(
        project.scan(&["--history", "other/b.txt"]).places(),
        ["history other/b.txt:1"]
    );
    assert_eq!(
        project.scan(&["other/b.txt"]).places(),
        ["tree other/b.txt:1"]
    );
}

#[test]
fn bare_repositories_clones_and_work_trees() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    project.commit("one");
    project.file("a.txt", "clean\n");
    project.commit("two");
    project.run_git(&["clone", "-q", "--bare", ".", "bare.git"]);
    assert_eq!(project.scan(&["bare.git"]).places(), ["history a.txt:1"]);
    let url = format!("file://{}", project.at("bare.git").display());
    assert_eq!(project.scan(&[&url]).places(), ["history a.txt:1"]);
    assert_eq!(project.scan(&["file:///no/such/place"]).code, 2);
    project.run_git(&["worktree", "add", "-q", "../linked-work-tree-of-a-test"]);
    let linked = project.at("../linked-work-tree-of-a-test");
    let ran = project.scan(&[&linked.display().to_string()]);
    std::fs::remove_dir_all(linked).unwrap();
    assert_eq!(ran.places(), ["history a.txt:1"]);
}

#[test]
fn repositories_below_a_directory_are_read_with_their_histories() {
    let around = Project::new();
    for (number, name) in [(1, "a"), (2, "b/c")] {
        around.run_git(&["init", "-q", "-b", "main", name]);
        around.file(&format!("{name}/x.txt"), secret(number));
        around.run_git(&["-C", name, "add", "-A"]);
        around.run_git(&["-C", name, "commit", "-q", "-m", "one"]);
        around.file(&format!("{name}/x.txt"), "clean\n");
        around.run_git(&["-C", name, "commit", "-q", "-a", "-m", "two"]);
    }
    around.run_git(&["clone", "-q", "--bare", "b/c", "bare.git"]);
    std::fs::remove_dir_all(around.at("b")).unwrap();
    let both = ["history a/x.txt:1", "history bare.git/x.txt:1"];
    assert_eq!(around.scan(&[]).places(), both);
    assert!(around.scan(&["--tree"]).places().is_empty());
    // The same inside a repository that knows nothing of them.
    around.run_git(&["init", "-q", "-b", "main", "."]);
    assert_eq!(around.scan(&[]).places(), both);
}

#[test]
fn a_bundle_is_read_like_the_repository_it_holds() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    project.commit("one");
    project.file("a.txt", "clean\n");
    project.commit("two");
    project.run_git(&["bundle", "create", "-q", "../all-of-a-test.bundle", "--all"]);
    let bundle = project.at("../all-of-a-test.bundle");
    let ran = project.scan(&[&bundle.display().to_string()]);
    std::fs::remove_file(bundle).unwrap();
    assert_eq!(ran.places(), ["history a.txt:1"]);
}

#[test]
fn submodules_are_read_or_missed_aloud() {
    let (inner, outer) = (Project::git(), Project::git());
    inner.file("a.txt", secret(1));
    inner.commit("one");
    inner.file("a.txt", "clean\n");
    inner.commit("two");
    let from = inner.path().display().to_string();
    outer.run_git(&["submodule", "add", "-q", &from, "lib/inner"]);
    outer.commit("with a submodule");
    assert_eq!(outer.scan(&[]).places(), ["history lib/inner/a.txt:1"]);
    outer.run_git(&["submodule", "deinit", "-q", "-f", "lib/inner"]);
    let ran = outer.scan(&[]);
    assert_eq!(
        (ran.code, &ran.report().1["skipped"]["submodule"]),
        (3, &1.into())
    );
}

#[test]
fn other_kinds_of_repositories() {
    let project = Project::new();
    for (name, how) in [
        ("sha256", "--object-format=sha256"),
        ("reftable", "--ref-format=reftable"),
    ] {
        let made = project.try_git(&["init", "-q", "-b", "main", how, name]);
        if made.code != 0 {
            // An older git has no reftable; then nobody has such a repository here.
            assert_eq!(name, "reftable", "{made:?}");
            continue;
        }
        project.file(&format!("{name}/a.txt"), secret(1));
        project.run_git(&["-C", name, "add", "-A"]);
        assert_eq!(
            project.scan(&["--staged", name]).places(),
            ["index a.txt:1"],
            "{name}"
        );
        project.run_git(&["-C", name, "commit", "-q", "-m", "one"]);
        assert_eq!(project.scan(&[name]).places().len(), 2, "{name}");
        project.file(&format!("{name}/a.txt"), "clean\n");
        project.run_git(&["-C", name, "commit", "-q", "-a", "-m", "two"]);
        assert_eq!(
            project.scan(&["--since", "yesterday", name]).places(),
            ["history a.txt:1"],
            "{name}"
        );
    }
}

#[test]
fn a_repository_without_commits_is_empty_not_broken() {
    let project = Project::git();
    for args in [
        &[][..],
        &["--staged"],
        &["--unstaged"],
        &["--history"],
        &["--since", "yesterday"],
    ] {
        let ran = project.scan(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    }
}

#[test]
fn shallow_and_partial_clones_are_not_called_clean() {
    let project = Project::git();
    for number in 0..3 {
        project.file("a.txt", format!("{number}\n"));
        project.commit("more");
    }
    let url = format!("file://{}", project.path().display());
    project.run_git(&["clone", "-q", "--depth=1", &url, "shallow"]);
    let ran = project.scan(&["shallow"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let human = project.tool().args(&["shallow"]).run();
    assert!(human.out.contains("git fetch --unshallow"), "{human:?}");
    assert_eq!(project.scan(&["--since", "yesterday", "shallow"]).code, 3);
    project.run_git(&["config", "uploadpack.allowFilter", "true"]);
    project.run_git(&[
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        "partial",
    ]);
    let ran = project.scan(&["--history", "partial"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_ne!(ran.report().1["skipped"]["missing"], 0);
}

#[test]
fn a_hostile_repository_runs_nothing() {
    let project = Project::git();
    project
        .file(".gitattributes", "*.txt filter=evil diff=evil\n")
        .file("a.txt", "one\n");
    project.commit("one");
    let evil = format!("touch {}", project.at("ran").display());
    for name in [
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "core.pager",
        "gpg.program",
        "core.sshCommand",
    ] {
        project.run_git(&["config", name, &evil]);
    }
    project.file(
        ".git/hooks/post-index-change",
        format!("#!/bin/sh\n{evil}\n"),
    );
    project.file("a.txt", "two\n").file("b.txt", "three\n");
    for args in [
        &[][..],
        &["--staged"],
        &["--unstaged"],
        &["--since", "yesterday"],
        &["--range", "HEAD..HEAD"],
    ] {
        let ran = project.scan(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        assert!(!project.at("ran").exists(), "{args:?}");
    }
}

#[test]
fn what_a_push_brings() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    let old = project.commit("one");
    project.file("b.txt", secret(2));
    let new = project.commit("two");
    project.run_git(&["update-ref", "refs/heads/main", &old]);
    let zero = "0".repeat(40);
    let lines = format!("{old} {new} refs/heads/main\n{old} {zero} refs/heads/gone\n");
    let ran = project
        .tool()
        .args(&["--pre-receive", "-f", "jsonl"])
        .input(lines)
        .run();
    assert_eq!(ran.places(), ["history b.txt:1"]);
    let ran = project
        .tool()
        .args(&["--pre-receive"])
        .input("hello\n")
        .run();
    assert_eq!(ran.code, 2);
}

#[test]
fn what_has_no_path_is_named_and_can_be_looked_at() {
    let project = Project::git();
    project.commit(&format!("zero {}", secret(2)));
    project.file("a.txt", secret(1));
    let blob = project.run_git(&["hash-object", "-w", "a.txt"]);
    let (blob, short) = (blob.trim(), &blob[..10]);
    std::fs::remove_file(project.at("a.txt")).unwrap();
    let here = project.tool().args(&["scan", "."]).run().out;
    for text in [
        format!("blob {short}:1:1 (history; no path leads to it)"),
        format!("git cat-file -p {blob}"),
        "since    unknown: no commit, branch or tag leads to it".to_owned(),
        "message of ".to_owned(),
    ] {
        assert!(here.contains(&text), "{text}: {here}");
    }
    let other = Project::new();
    let path = project.path().display().to_string();
    let several = crate::support::tool::Tool::new(other.path());
    let several = several.args(&["scan", &path, "."]).run().out;
    let text = format!("git -C '{path}' cat-file -p {blob}");
    assert!(several.contains(&text), "{text}: {several}");
}

#[test]
fn the_names_of_branches_and_tags_are_read() {
    let project = Project::git();
    project.file("a.txt", "nothing\n");
    let commit = project.commit("one");
    let (branch, tag) = (secret(1), secret(2));
    project.run_git(&["branch", &format!("try/{branch}")]);
    project.run_git(&["tag", &tag]);
    project.run_git(&["pack-refs", "--all"]);
    let ran = project.scan(&["--history", "--no-cache"]);
    let (found, _) = ran.report();
    let mut names: Vec<&str> = found
        .iter()
        .map(|one| {
            let place = &one["places"][0];
            assert_eq!(place["source"], "message");
            assert_eq!(place["commit"], commit.trim());
            assert_eq!(place["reachable"], true);
            place["path"].as_str().unwrap()
        })
        .collect();
    names.sort_unstable();
    let expected = [
        format!("refs/heads/try/{branch}"),
        format!("refs/tags/{tag}"),
    ];
    // What is shown of a path does not give its secret away.
    assert_eq!(names.len(), expected.len(), "{names:?}");
    for (name, whole) in names.iter().zip(&expected) {
        assert_ne!(name, whole);
        assert_eq!(name[..9], whole[..9]);
    }
}

#[test]
fn a_history_judges_with_the_path_as_the_tree_does() {
    let project = Project::git();
    let settings = |name: &str| format!("# settings\n{name} = 'kV7wqLx93TzR'\nhost = 'db1'\n");
    for (at, name) in ["db_password", "admin_passwd", "session_secret", "api_token"]
        .iter()
        .enumerate()
    {
        // The same content at places that speak for and against it.
        for path in [
            "config/production.env",
            "src/settings.py",
            "spec/fixtures/dummy.rb",
            "docs/examples/readme.md",
            "locales/de.yml",
            "vendor/acme/lib.js",
        ] {
            project.file(&format!("{at}/{path}"), settings(name));
        }
    }
    project.file("sendgrid/mail.env", "key = 'a7Bq9ZkLmN3pXr5TvW8yCd2F'\n");
    project.commit("one");
    let seen = |how: &[&str]| {
        let how = [how, &["--min-confidence", "low", "--min-urgency", "done"]].concat();
        let (found, _) = project.scan(&how).report();
        let mut seen = Vec::new();
        for one in &found {
            for place in one["places"].as_array().unwrap() {
                let what = ["kind", "secret", "name"].map(|name| one[name].to_string());
                let at = ["path", "line", "column"].map(|name| place[name].to_string());
                seen.push((at, what));
            }
        }
        seen.sort();
        seen
    };
    let tree = seen(&["--tree"]);
    assert!(tree.len() > 8, "{tree:?}");
    assert_eq!(seen(&["--history", "--no-cache"]), tree);
    // One file by itself is as sure as its path says, in the history as in the tree.
    for (path, text) in [("spec/fixtures/users.rb", "x"), ("config/live.env", "y")] {
        let alone = Project::git();
        let text = format!("password = 'tR7w{text}93TzR'\n");
        alone.file(path, text).commit("one");
        let sure = |how: &str| {
            let how = [how, "--no-cache", "--min-confidence", "low"];
            let (found, _) = alone.scan(&how).report();
            found
                .iter()
                .map(|one| one["confidence"].to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(sure("--history"), sure("--tree"), "{path}");
    }
}

#[test]
fn a_file_called_like_an_answer_of_git_does_not_stop_a_range() {
    let project = Project::git();
    project.commit("zero");
    project.file("a blob 100", secret(1));
    project.file("b blob 0", secret(2));
    project.file("c", secret(3));
    project.commit("one");
    project.run_git(&["rm", "-q", "a blob 100", "b blob 0"]);
    project.commit("two");
    let ran = project.scan(&["--range", "HEAD~2..HEAD", "--jobs", "1"]);
    let expected = ["history a blob 100:1", "history b blob 0:1", "history c:1"];
    assert_eq!(ran.places(), expected);
}

#[test]
fn grafts_hide_nothing() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    project.commit("one");
    project.run_git(&["rm", "-q", "a.txt"]);
    let head = project.commit("two");
    project.file(".git/info/grafts", format!("{head}\n"));
    let ran = project.scan(&["--since", "2000-01-01"]);
    assert_eq!(ran.places(), ["history a.txt:1"]);
}

#[test]
fn a_damaged_object_is_not_called_read() {
    let project = Project::git();
    project.file("a.txt", format!("{}\n", secret(1)));
    project.commit("zero");
    let mut text = "a line of some words\n".repeat(400);
    text.push_str(&secret(2));
    project.file("b.txt", text);
    project.commit("one");
    let id = project.run_git(&["rev-parse", "HEAD:b.txt"]);
    let (folder, file) = id.trim().split_at(2);
    let path = project.at(&format!(".git/objects/{folder}/{file}"));
    let mut bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let ran = project.scan(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.report().1["skipped"]["corrupt"], 1, "{ran:?}");
}

#[test]
fn a_range_has_two_ends_that_are_commits() {
    let project = Project::git();
    project.file("a.txt", secret(1));
    project.commit("one");
    project.file("b.txt", secret(2));
    project.commit("two");
    for range in ["HEAD~1..HEAD", "HEAD~1..", "HEAD~1...HEAD"] {
        let ran = project.scan(&["--range", range]);
        assert_eq!(ran.places(), ["history b.txt:1"], "{range}");
    }
    let zeros = format!("{}..HEAD", "0".repeat(40));
    for range in ["..", "HEAD", "HEAD~9..HEAD", "HEAD~1..HEAD:b.txt", &zeros] {
        let ran = project.scan(&["--range", range]);
        assert!(
            ran.code == 2 && ran.err.contains("help:"),
            "{range}: {ran:?}"
        );
    }
}

#[test]
fn a_range_is_read_as_far_as_its_trees_are_there() {
    let full = Project::git();
    full.run_git(&["config", "uploadpack.allowFilter", "true"]);
    for number in 1..4 {
        full.file("a.txt", secret(number));
        full.commit("more");
    }
    let project = Project::new();
    let url = format!("file://{}", full.path().display());
    project.run_git(&["clone", "-q", "--filter=tree:0", &url, "."]);
    project.file("b.txt", secret(9));
    project.commit("mine");
    let ran = project.scan(&["--since", "2000-01-01"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.places(), ["history b.txt:1"]);
    // The third one's tree is there, for it was checked out; that of its parent is not.
    assert_eq!(ran.report().1["skipped"]["missing"], 3, "{ran:?}");
}

#[test]
fn a_ref_to_nothing_is_not_called_clean() {
    let project = Project::git();
    project.file("a.txt", "nothing\n");
    project.commit("one");
    assert_eq!(project.scan(&["--history"]).code, 0);
    // What is left of a clone that broke off.
    let objects = project.at(".git/objects");
    std::fs::rename(&objects, project.at(".git/gone")).unwrap();
    std::fs::create_dir(&objects).unwrap();
    let ran = project.scan(&["--history"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.report().1["skipped"]["missing"], 1, "{ran:?}");
}

#[test]
fn a_bomb_of_trees_does_not_hold_up_a_range() {
    let project = Project::git();
    project.commit("zero");
    // Eight levels of ten names each: a hundred million paths.
    project.file("x", "x\n");
    let mut id = project.run_git(&["hash-object", "-w", "x"]);
    for level in 0..8 {
        let bytes: Vec<u8> = (0..20)
            .map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let mode = if level == 0 { "100644" } else { "40000" };
        let entry = |name: u8| [format!("{mode} n{name}\0").as_bytes(), &bytes].concat();
        project.file("x", (0..10).flat_map(entry).collect::<Vec<u8>>());
        id = project.run_git(&["hash-object", "-w", "-t", "tree", "x"]);
    }
    let tree = id.trim();
    let bomb = project.run_git(&["commit-tree", "-m", "bomb", "-p", "HEAD", tree]);
    project.file("a.txt", secret(1));
    project.commit("one");
    project.run_git(&["branch", "bomb", bomb.trim()]);
    let ran = project.scan(&["--since", "HEAD~1"]);
    assert_eq!(ran.places(), ["history a.txt:1"]);
    assert_eq!(ran.report().1["skipped"]["corrupt"], 1, "{ran:?}");
}
