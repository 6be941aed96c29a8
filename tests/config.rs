//! Settings through the built program: who may say what, and what silences.

use crate::support::project::{Project, secret};

#[test]
fn every_value_says_where_it_came_from() {
    let project = Project::git();
    project.file(".unleak.toml", "[scan]\nmin-urgency = \"soon\"\n");
    project.file(".config/unleak/config.toml", "[network]\nallow-host = [\"ghe.example\"]\n[endpoints]\ngithub = \"https://ghe.example\"\n");
    let ran = project
        .tool()
        .args(&["config", "show"])
        .env("UNLEAK_JOBS", "2")
        .run();
    assert_eq!(ran.code, 0, "{ran:?}");
    for wanted in [
        "min-urgency = \"soon\"",
        ".unleak.toml:2",
        "config.toml:2",
        "$UNLEAK_JOBS",
        "https://ghe.example",
        "# default",
    ] {
        assert!(ran.out.contains(wanted), "{wanted}: {}", ran.out);
    }
}

#[test]
fn a_scanned_repository_opens_no_doors() {
    let project = Project::git();
    project.file(".unleak.toml", "[scan]\nverify = true\nallow-incomplete = true\n[network]\nallow-host = [\"evil.example\"]\n[patterns]\ndirs = [\"evil\"]\n");
    let ran = project.scan(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for name in [
        "scan.verify",
        "scan.allow-incomplete",
        "network.allow-host",
        "patterns.dirs",
    ] {
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }
}

#[test]
fn a_broken_file_is_pointed_at() {
    let project = Project::git();
    project.file(".unleak.toml", "[scan]\nmin-confidense = \"high\"\n");
    let ran = project.scan(&[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(".unleak.toml:2:1") && ran.err.contains("^^^"),
        "{}",
        ran.err
    );
    assert_eq!(project.tool().env("UNLEAK_NO_SUCH", "1").run().code, 2);
    project.file(".unleak.toml", "[scan]\nkinds = [\"no-such-kind\"]\n");
    let ran = project.scan(&[]);
    assert!(
        ran.code == 2 && ran.err.contains(".unleak.toml:2: there is no kind"),
        "{ran:?}"
    );
}

#[test]
fn what_is_silenced_is_counted_and_can_be_listed() {
    let project = Project::new();
    project.file("a.txt", format!("{}\n{}\n", secret(1), secret(2)));
    let (findings, _) = project.scan(&[]).report();
    let print = findings[0]["fingerprint"].as_str().unwrap();
    let entry = format!("[[suppress]]\nfingerprint = \"{print}\"\nreason = \"made up\"\n");
    project.file(
        ".unleak.toml",
        format!("{entry}[[suppress]]\npath = \"gone/**\"\nreason = \"old\"\n"),
    );
    let ran = project.scan(&[]);
    let (left, summary) = ran.report();
    assert_eq!((left.len(), &summary["suppressed"]), (1, &1.into()));
    assert!(summary["stale"].to_string().contains("unused"), "{summary}");
    assert!(
        project
            .tool()
            .args(&["--show-suppressed"])
            .run()
            .out
            .contains("made up")
    );
    assert_eq!(project.scan(&["--exclude", "a.txt"]).code, 0);
    assert_eq!(
        project
            .scan(&["--exclude", "a.txt", "--strict-suppressions"])
            .code,
        1
    );
}

/// From a no that was said twice to the rule that says it once: report, proposal, setting.
#[test]
fn a_proposed_rule_silences_what_it_was_learnt_from() {
    let project = Project::new();
    let (one, two) = (
        "db_password = \"kX9!mPq2vLz8\"",
        "db_password = \"Wq4#nRt7sYb1\"",
    );
    let marked =
        |line: &str| format!("{line}  # unleak:ignore generic-password: of a test server\n");
    project.file("app/tests/a.py", marked(one));
    project.file("app/tests/b.py", marked(two));
    let ran = project
        .tool()
        .args(&["scan", "--format", "json", "--show-suppressed"])
        .run();
    assert_eq!(ran.code, 0, "{ran:?}");
    project.file("report.json", &ran.out);
    let proposed = project
        .tool()
        .args(&["patterns", "suggest", "report.json"])
        .run();
    assert!(
        proposed.out.contains("path = '''/app/tests/**'''"),
        "{proposed:?}"
    );
    project.file("report.json", "");
    project.file("app/tests/a.py", one);
    project.file("app/tests/b.py", two);
    assert_eq!(project.scan(&[]).report().0.len(), 2);
    project.file(
        ".unleak.toml",
        proposed
            .out
            .replace("reason = \"\"", "reason = \"test servers\""),
    );
    let (left, summary) = project.scan(&[]).report();
    assert_eq!((left.len(), &summary["suppressed"]), (0, &2.into()));
}

/// A name that was silenced in two places is proposed as a rule, which silences it in a third and nothing else.
#[test]
fn a_proposed_rule_may_be_about_a_name() {
    let project = Project::new();
    let line = |name: &str, value: &str| format!("{name} = \"{value}\"");
    let marked =
        |line: String| format!("{line}  # unleak:ignore generic-password: of a test server\n");
    project.file("a/one.py", marked(line("fake_password", "kX9!mPq2vLz8")));
    project.file("b/two.rb", marked(line("fake_password", "Wq4#nRt7sYb1")));
    project.file("c/real.go", line("db_password", "Zt6$hJk3wQx5"));
    let scan = ["scan", "--format", "json", "--show-suppressed"];
    let ran = project.tool().args(&scan).run();
    project.file("report.json", &ran.out);
    let suggest = ["patterns", "suggest", "report.json"];
    let proposed = project.tool().args(&suggest).run();
    assert!(
        proposed.out.contains("key = \"fake_password\""),
        "{proposed:?}"
    );
    project.file("report.json", "");
    let rules = proposed
        .out
        .replace("reason = \"\"", "reason = \"test servers\"");
    project.file(".unleak.toml", rules);
    project.file("d/three.py", line("fake_password", "Bn8%cVm1xZa7"));
    assert_eq!(project.scan(&[]).places(), ["tree c/real.go:1"]);
}

#[test]
fn a_baseline_is_written_and_read() {
    let project = Project::new();
    project.file("src/a.txt", secret(1));
    let args = ["--baseline", "known.txt", "src"];
    assert_eq!(project.tool().args(&args).run().code, 2);
    let ran = project
        .tool()
        .args(&args)
        .args(&["--update-baseline"])
        .run();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(project.tool().args(&args).run().code, 0);
    project.file("src/b.txt", secret(2));
    assert_eq!(project.scan(&args).places(), ["tree b.txt:1"]);
    let text = std::fs::read_to_string(project.at("known.txt")).unwrap();
    assert!(!text.contains(&secret(1)[12..]));
}

#[test]
fn comments_silence_unless_told_otherwise() {
    let project = Project::new();
    let ours = format!(
        "{} # unleak:ignore stripe-live-secret-key made up\n",
        secret(1)
    );
    let theirs = format!("{} # gitleaks:allow\n", secret(2));
    project.file("a.txt", ours + &theirs);
    assert_eq!(project.scan(&[]).code, 0);
    assert_eq!(project.scan(&["--no-markers"]).report().0.len(), 2);
    let own = project
        .tool()
        .env("UNLEAK_MARKERS", "own")
        .args(&["-f", "jsonl"])
        .run();
    assert_eq!(own.report().0.len(), 1);
}

#[test]
fn an_earlier_report_in_another_format() {
    let project = Project::new();
    project.file("a.txt", secret(1));
    let json = project
        .tool()
        .args(&["-f", "json", "-o", "r.json", "--report", "sarif=r.sarif"])
        .run();
    assert_eq!((json.code, json.out.as_str()), (1, ""));
    let again = project
        .tool()
        .args(&["report", "r.json", "-f", "sarif"])
        .run();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(
        again.out,
        std::fs::read_to_string(project.at("r.sarif")).unwrap()
    );
    assert_eq!(project.tool().args(&["report", "a.txt"]).run().code, 2);
}

#[test]
fn help_man_page_and_completions() {
    let project = Project::new();
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["scan", "--help"],
        &["generate", "man"],
        &["generate", "completions", "bash"],
        &["generate", "completions", "zsh"],
    ] {
        let ran = project.tool().args(args).run();
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        assert!(ran.out.contains("unleak"), "{args:?}");
    }
    assert_eq!(project.tool().args(&["--no-such-flag"]).run().code, 2);
}
