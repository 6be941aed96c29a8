//! The hooks, run by git itself.

use std::fs;

use crate::support::project::{Project, secret};

fn hooked() -> Project {
    let project = Project::git();
    let ran = project.tool().args(&["hook", "install"]).run();
    assert_eq!(ran.code, 0, "{ran:?}");
    project
}

#[test]
fn a_secret_does_not_get_committed() {
    let project = hooked();
    project.file("a.txt", secret(1));
    project.run_git(&["add", "-A"]);
    let first = project.try_git(&["commit", "-m", "first"]);
    assert_ne!(first.code, 0);
    assert!(
        first.err.contains("a.txt:1") && first.err.contains("unleak:ignore"),
        "{first:?}"
    );
    assert!(!first.err.contains(&secret(1)), "{first:?}");
    project.file("a.txt", "clean\n");
    project.run_git(&["add", "-A"]);
    project.run_git(&["commit", "-q", "-m", "first"]);
    project.file("a.txt", format!("clean\n{}\n", secret(1)));
    assert_ne!(project.try_git(&["commit", "-a", "-m", "second"]).code, 0);
    assert_ne!(
        project
            .try_git(&["commit", "-a", "--amend", "--no-edit"])
            .code,
        0
    );
    assert_ne!(project.try_git(&["commit", "-m", "part", "a.txt"]).code, 0);
    let marked = format!(
        "clean\n{} # unleak:ignore stripe-live-secret-key made up\n",
        secret(1)
    );
    project.file("a.txt", marked);
    project.run_git(&["commit", "-q", "-a", "-m", "a false alarm"]);
}

#[test]
fn linked_work_trees_and_submodules_have_the_hook_too() {
    let project = hooked();
    project.commit("one");
    project.run_git(&["worktree", "add", "-q", "linked"]);
    project.file("linked/a.txt", secret(1));
    project.run_git(&["-C", "linked", "add", "-A"]);
    assert_ne!(
        project.try_git(&["-C", "linked", "commit", "-m", "x"]).code,
        0
    );

    let outer = Project::git();
    let from = project.path().display().to_string();
    outer.run_git(&["submodule", "add", "-q", &from, "inner"]);
    let ran = crate::support::tool::Tool::new(&outer.at("inner"));
    assert_eq!(ran.args(&["hook", "install"]).run().code, 0);
    outer.file("inner/a.txt", secret(1));
    outer.run_git(&["-C", "inner", "add", "-A"]);
    assert_ne!(outer.try_git(&["-C", "inner", "commit", "-m", "x"]).code, 0);
    outer.run_git(&["commit", "-q", "-m", "the outer one has no hook"]);
}

#[cfg(unix)]
#[test]
fn an_earlier_hook_runs_first_and_comes_back() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::git();
    project.run_git(&["config", "core.hooksPath", "my hooks"]);
    let script = "#!/bin/sh\ntouch before-ran\n";
    project.file("my hooks/pre-commit", script);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(project.at("my hooks/pre-commit"), mode).unwrap();
    for _ in 0..2 {
        assert_eq!(
            project
                .tool()
                .args(&["hook", "install", "pre-commit"])
                .run()
                .code,
            0
        );
    }
    project.file("a.txt", secret(1));
    project.run_git(&["add", "a.txt"]);
    assert_ne!(project.try_git(&["commit", "-m", "x"]).code, 0);
    assert!(project.at("before-ran").exists());
    assert_eq!(project.tool().args(&["hook", "uninstall"]).run().code, 0);
    assert_eq!(
        fs::read_to_string(project.at("my hooks/pre-commit")).unwrap(),
        script
    );
    assert!(!project.at("my hooks/pre-commit.before-unleak").exists());
    project.run_git(&["commit", "-q", "-m", "x"]);
}

#[test]
fn a_push_is_stopped_on_either_side() {
    let project = hooked();
    project.commit("zero");
    project.run_git(&["init", "-q", "--bare", "remote.git"]);
    project.run_git(&["remote", "add", "origin", "remote.git"]);
    project.run_git(&["push", "-q", "origin", "main"]);
    project.file("a.txt", secret(1));
    project.run_git(&["add", "a.txt"]);
    project.run_git(&["commit", "-q", "--no-verify", "-m", "one"]);
    let push = project.try_git(&["push", "origin", "main"]);
    assert!(push.code != 0 && push.err.contains("a.txt:1"), "{push:?}");
    let server = crate::support::tool::Tool::new(&project.at("remote.git"));
    assert_eq!(
        server.args(&["hook", "install", "pre-receive"]).run().code,
        0
    );
    let push = project.try_git(&["push", "--no-verify", "origin", "main"]);
    assert!(
        push.code != 0 && push.err.contains("would be pushed"),
        "{push:?}"
    );
    project.run_git(&["reset", "-q", "--hard", "HEAD~1"]);
    project.commit("clean");
    project.run_git(&["push", "-q", "origin", "main"]);
    project.run_git(&["tag", "-a", "-m", &secret(2), "v1"]);
    assert_ne!(
        project
            .try_git(&["push", "--no-verify", "origin", "v1"])
            .code,
        0
    );
    project.run_git(&["push", "-q", "origin", "main:new-branch"]);
    project.run_git(&["push", "-q", "origin", ":new-branch"]);
}

#[test]
fn levels_decide_between_stopping_and_warning() {
    let project = hooked();
    project.file("a.txt", secret(1));
    project.run_git(&["add", "-A"]);
    project.file(
        ".unleak.toml",
        "[hook]\nblock = \"high\"\n\n[scan]\nexclude = [\"a.txt\"]\n",
    );
    project.run_git(&["commit", "-q", "-m", "excluded"]);
    let ran = project
        .tool()
        .args(&["hook", "run", "pre-commit", "a.txt"])
        .run();
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::remove_file(project.at(".unleak.toml")).unwrap();
    // Nothing is staged, but pre-commit names the file.
    let ran = project
        .tool()
        .args(&["hook", "run", "pre-commit", "a.txt"])
        .run();
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn merges_and_renames_are_judged_by_what_they_bring() {
    let project = hooked();
    project.file("a.txt", secret(1));
    project.commit("known before there was a hook");
    project.run_git(&["mv", "a.txt", "b.txt"]);
    project.run_git(&["commit", "-q", "-m", "renamed"]);
    project.run_git(&["checkout", "-q", "-b", "side"]);
    project.file("c.txt", "side\n");
    project.commit("side");
    project.run_git(&["checkout", "-q", "main"]);
    project.file("d.txt", "main\n");
    project.commit("main");
    project.run_git(&["merge", "-q", "--no-commit", "side"]);
    project.file("e.txt", secret(2));
    project.run_git(&["add", "-A"]);
    let merge = project.try_git(&["commit", "-m", "merge"]);
    assert!(
        merge.code != 0 && merge.err.contains("e.txt:1"),
        "{merge:?}"
    );
    assert!(!merge.err.contains("b.txt"), "{merge:?}");
    project.run_git(&["rm", "-q", "-f", "e.txt"]);
    project.run_git(&["commit", "-q", "-m", "merge"]);
}

#[test]
fn a_push_is_looked_at_for_what_no_commit_leads_to() {
    let project = hooked();
    project.commit("zero");
    project.run_git(&["init", "-q", "--bare", "remote.git"]);
    project.run_git(&["remote", "add", "origin", "remote.git"]);
    project.run_git(&["push", "-q", "origin", "main"]);
    let server = crate::support::tool::Tool::new(&project.at("remote.git"));
    let installed = server.args(&["hook", "install", "pre-receive"]).run();
    assert_eq!(installed.code, 0, "{installed:?}");
    project.run_git(&["tag", "-a", "-m", &secret(2), "message"]);
    project.file("blob.txt", secret(3)).file("big.txt", {
        let mut text = "a line\n".repeat(3_000_000);
        text.push_str(&secret(4));
        text
    });
    let blob = project.run_git(&["hash-object", "-w", "blob.txt"]);
    let big = project.run_git(&["hash-object", "-w", "big.txt"]);
    project.run_git(&["tag", "blob", blob.trim()]);
    project.run_git(&["tag", "big", big.trim()]);
    project.run_git(&["read-tree", "--empty"]);
    project.run_git(&["add", "blob.txt"]);
    let tree = project.run_git(&["write-tree"]);
    project.run_git(&["read-tree", "HEAD"]);
    project.run_git(&["tag", "tree", tree.trim()]);
    project.run_git(&["tag", "-a", "-m", "x", "tagged-tree", tree.trim()]);
    let name = format!("name-{}", secret(5));
    project.run_git(&["tag", &name]);
    for tag in ["message", "blob", "big", "tree", "tagged-tree", &name] {
        for way in [&["push"][..], &["push", "--no-verify"]] {
            let push = project.try_git(&[way, &["origin", tag]].concat());
            assert!(
                push.code != 0 && push.err.contains("1 secret would be pushed"),
                "{tag}: {push:?}"
            );
            assert!(!push.err.contains("commit message"), "{tag}: {push:?}");
        }
    }
    project.run_git(&["tag", "-a", "-m", "clean", "clean"]);
    project.run_git(&["push", "-q", "origin", "clean"]);
}

#[test]
fn whatever_git_says_of_a_push_is_understood() {
    let project = hooked();
    project.commit("mend it");
    project.run_git(&["init", "-q", "--bare", "remote.git"]);
    project.run_git(&["remote", "add", "origin", "remote.git"]);
    project.run_git(&["push", "-q", "origin", ":/mend it:refs/heads/words"]);
    let head = project.run_git(&["rev-parse", "HEAD"]);
    let zero = "0".repeat(40);
    let line = [
        b"HEAD ",
        head.trim().as_bytes(),
        b" refs/heads/\xff ",
        zero.as_bytes(),
    ]
    .concat();
    let tool = project.tool().args(&["hook", "run", "pre-push", "origin"]);
    let ran = tool.input(line).run();
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn what_only_begins_like_a_large_file_pointer_is_read() {
    let project = hooked();
    let oid = "0123456789abcdef".repeat(4);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
    project.file("a.bin", &pointer);
    project.run_git(&["add", "-A"]);
    project.run_git(&["commit", "-q", "-m", "a pointer"]);
    project.file("b.bin", pointer + &secret(1));
    project.run_git(&["add", "-A"]);
    let commit = project.try_git(&["commit", "-m", "no pointer"]);
    assert!(
        commit.code != 0 && commit.err.contains("b.bin:4"),
        "{commit:?}"
    );
}
