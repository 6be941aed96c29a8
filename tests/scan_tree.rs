//! Working trees through the built program: what is read, what is not, and that it says so.

use std::fs;

use crate::support::project::{Project, secret};

#[test]
fn hidden_files_are_in_and_ignored_ones_out() {
    let project = Project::git();
    project
        .file(".env", secret(1))
        .file("build/out.txt", secret(2));
    project
        .file(".gitignore", "build/\nlocal.txt\n")
        .file("local.txt", secret(3));
    project.file(".git/notes.txt", secret(4));
    assert_eq!(project.scan(&["--tree"]).places(), ["tree .env:1"]);
    let all = project.scan(&["--tree", "--no-ignore"]);
    assert_eq!(
        all.places(),
        ["tree .env:1", "tree build/out.txt:1", "tree local.txt:1"]
    );
}

#[test]
fn what_is_tracked_is_read_though_ignored() {
    let project = Project::git();
    project
        .file(".gitignore", "*.key\n")
        .file("a.key", secret(1));
    project.run_git(&["add", "-f", "a.key"]);
    assert_eq!(project.scan(&["--tree"]).places(), ["tree a.key:1"]);
}

#[test]
fn outside_git_an_ignore_file_hides_nothing() {
    let project = Project::new();
    project.file(".gitignore", "*\n").file("a.txt", secret(1));
    assert_eq!(project.scan(&[]).places(), ["tree a.txt:1"]);
}

#[test]
fn paths_are_relative_to_the_root() {
    let project = Project::new();
    project
        .file("a/x.txt", secret(1))
        .file("b/y.txt", format!("\n\n{}", secret(2)));
    assert_eq!(project.scan(&["a"]).places(), ["tree x.txt:1"]);
    assert_eq!(
        project.scan(&["a", "b"]).places(),
        ["tree a/x.txt:1", "tree b/y.txt:3"]
    );
    assert_eq!(project.scan(&["./b/y.txt"]).places(), ["tree b/y.txt:3"]);
    assert_eq!(
        project.scan(&["--exclude", "a/", "."]).places(),
        ["tree b/y.txt:3"]
    );
}

#[test]
fn one_secret_in_many_places_is_one_finding_whatever_the_threads() {
    let project = Project::new();
    for number in 0..50 {
        project.file(
            &format!("d{}/f{number}.txt", number % 7),
            secret(number % 5),
        );
    }
    let reports: Vec<String> = ["1", "2", "7"]
        .iter()
        .map(|jobs| {
            let ran = project.scan(&["--jobs", jobs]);
            assert_eq!(ran.report().0.len(), 5);
            let cut = ran.out.find("\"elapsed_ms\"").unwrap();
            ran.out[..cut].to_owned()
        })
        .collect();
    assert!(reports.iter().all(|report| *report == reports[0]));
}

#[cfg(unix)]
#[test]
fn links_loops_and_special_files() {
    use std::os::unix::fs::symlink;
    let (project, outside) = (Project::new(), Project::new());
    outside.file("o.txt", secret(1));
    project.file("a/in.txt", secret(2));
    symlink(outside.path(), project.at("out")).unwrap();
    symlink(project.path(), project.at("a/loop")).unwrap();
    symlink(project.at("a/in.txt"), project.at("again")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(project.at("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let ran = project.scan(&[]);
    assert_eq!(ran.places(), ["tree a/in.txt:1"]);
    // The link that leaves, and the pipe; what is below the root is read under its own name.
    assert_eq!(ran.report().1["skipped"]["special"], 2, "{ran:?}");
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new();
    let name = OsStr::from_bytes(b"caf\xe9 \x1b[31m\n.txt");
    fs::write(project.path().join(name), secret(1)).unwrap();
    let ran = project.scan(&[]);
    assert_eq!(ran.report().0.len(), 1);
    let human = project.tool().run();
    assert_eq!(human.code, 1);
    assert!(!human.out.contains('\u{1b}'), "{human:?}");
}

#[test]
fn too_large_is_counted_and_colours_the_exit_code() {
    let project = Project::new();
    project
        .file("big.txt", vec![b'x'; 5000])
        .file("small.txt", "nothing\n");
    let ran = project.scan(&["--max-file-size", "4KiB"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let (_, summary) = ran.report();
    assert_eq!(
        (&summary["skipped"]["too_large"], &summary["seen"]["files"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        project
            .scan(&["--max-file-size", "4KiB", "--allow-incomplete"])
            .code,
        0
    );
    assert_eq!(project.scan(&[]).code, 0);
}

#[test]
fn a_file_of_several_gigabytes_is_refused_at_once() {
    let project = Project::new();
    fs::File::create(project.at("huge"))
        .unwrap()
        .set_len(4 << 30)
        .unwrap();
    let ran = project.scan(&[]);
    assert_eq!(
        (ran.code, &ran.report().1["skipped"]["too_large"]),
        (3, &1.into())
    );
}

#[test]
fn windows_of_a_long_file_meet_without_a_gap() {
    let project = Project::new();
    // Secrets just before, across and after the edges of windows of 16 MiB.
    let edge = 16 << 20;
    let mut text = vec![b'.'; 2 * edge + 1000];
    for (nth, line) in text.chunks_exact_mut(100).enumerate() {
        line[99] = if nth % 3 == 0 { b'\n' } else { b' ' };
    }
    let mut wanted = Vec::new();
    for (number, at) in [
        edge - 500,
        edge - 16,
        edge + 200,
        2 * edge - 10,
        2 * edge + 500,
    ]
    .into_iter()
    .enumerate()
    {
        let value = secret(number);
        text[at - 1] = b' ';
        text[at..at + value.len()].copy_from_slice(value.as_bytes());
        text[at + value.len()] = b' ';
        wanted.push(at);
    }
    project.file("long.txt", &text);
    let (findings, summary) = project.scan(&[]).report();
    let mut found: Vec<(u64, u64)> = findings
        .iter()
        .flat_map(|one| one["places"].as_array().unwrap())
        .map(|place| {
            (
                place["line"].as_u64().unwrap(),
                place["column"].as_u64().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    let position = |at: &usize| {
        let before = &text[..*at];
        let line = before.iter().filter(|b| **b == b'\n').count() as u64 + 1;
        let start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |n| n + 1);
        (line, (at - start) as u64 + 1)
    };
    assert_eq!(found, wanted.iter().map(position).collect::<Vec<_>>());
    assert_eq!(summary["seen"]["bytes"], text.len() as u64);
}

#[test]
fn binary_content_counts_only_what_proves_itself() {
    let project = Project::new();
    let mut bytes = b"\x7fELF\0\0\0\0\x01\x02 ".to_vec();
    bytes.extend_from_slice(secret(1).as_bytes());
    bytes.extend_from_slice(b"\0\xff\xfe");
    project
        .file("a.bin", bytes)
        .file("bad.txt", b"\xff\xfe\xfd invalid \xc3\x28\n");
    let ran = project.scan(&[]);
    assert_eq!(ran.report().0.len(), 1);
    assert_eq!(ran.report().1["seen"]["files"], 2);
}

#[test]
fn standard_input_has_no_name() {
    let project = Project::new();
    let ran = project
        .tool()
        .args(&["--stdin", "-f", "jsonl"])
        .input(secret(1))
        .run();
    assert_eq!((ran.code, ran.places()), (1, vec!["stdin :1".to_owned()]));
    assert_eq!(project.tool().args(&["--stdin"]).run().code, 0);
}

#[test]
fn what_cannot_be_done_is_said_and_is_code_2() {
    let project = Project::new();
    project.file("a.txt", "x");
    let cases: &[&[&str]] = &[
        &["nowhere"],
        &["--history"],
        &["--staged", "."],
        &["--kinds", "no-such-kind"],
        &["--exclude", "[z-a]"],
        &["--range", "HEAD", "."],
        &["--format", "xml"],
        &["--baseline", "missing.txt"],
        &["--config", "missing.toml"],
        &["--patterns", "missing"],
        &["--output", "no/such/dir/out.json"],
    ];
    for args in cases {
        let ran = project.tool().args(args).run();
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(
            !ran.err.is_empty() && !ran.err.contains("panicked"),
            "{args:?}: {ran:?}"
        );
    }
}

#[test]
fn secrets_are_shown_only_when_asked_for() {
    let project = Project::new();
    project.file("a.txt", secret(1));
    for format in [
        "human", "json", "jsonl", "sarif", "html", "markdown", "csv", "github", "gitlab", "junit",
    ] {
        let ran = project
            .tool()
            .args(&["--format", format, "--explain"])
            .run();
        assert_eq!(ran.code, 1);
        assert!(!ran.out.contains(&secret(1)[12..]), "{format}: {ran:?}");
        let shown = project
            .tool()
            .args(&["--format", format, "--show-secrets"])
            .run();
        assert_eq!(shown.code, 1);
    }
    assert!(
        project
            .tool()
            .args(&["-f", "json", "--show-secrets"])
            .run()
            .out
            .contains(&secret(1))
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_called_clean() {
    let project = Project::new();
    for path in ["/dev/null", "/dev/stdin"] {
        let ran = project.scan(&[path]);
        assert_eq!(ran.code, 2, "{path}: {ran:?}");
        assert!(ran.err.contains("--stdin"), "{path}: {ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_values_is_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    project.file("tree/a.txt", secret(1)).file("old.json", "");
    let path = project.at("old.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let args = ["tree", "--show-secrets", "--report", "json=old.json"];
    let ran = project
        .tool()
        .args(&args)
        .args(&["--report", "csv=new.csv"])
        .run();
    assert_eq!(ran.code, 1, "{ran:?}");
    for file in ["old.json", "new.csv"] {
        let mode = project.at(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn where_no_report_can_go_is_said_before_the_scan() {
    let project = Project::new();
    project.file("tree/a.txt", secret(1));
    let cases: [&[&str]; 4] = [
        &["--report", "json=x", "--report", "csv=x"],
        &["--output", "x", "--report", "csv=x"],
        &["--report", "json=none/x"],
        &["--output", "tree"],
    ];
    for case in cases {
        let ran = project.tool().args(&["tree"]).args(case).run();
        assert!(ran.code == 2 && ran.out.is_empty(), "{case:?}: {ran:?}");
    }
    assert!(!project.at("x").exists());
}
