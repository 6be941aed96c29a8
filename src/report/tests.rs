//! What holds for every format: no secret is printed, and nothing hostile stays active.

use super::testing::{NOW, PART, SECRET, SILENCED, finding, results};
use super::{FORMATS, Options, Results, Terminal, format, read};
use crate::finding::{Tally, Urgency};

fn options() -> Options {
    Options {
        list_suppressed: true,
        explain: true,
        now: Some(NOW),
        ..Options::default()
    }
}

fn written(name: &str, results: &Results, options: &Options) -> String {
    let mut out = Vec::new();
    let entry = format(name).unwrap();
    entry.write(results, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_format_prints_a_secret() {
    for entry in FORMATS {
        let text = written(entry.name, &results(), &options());
        for secret in [
            SECRET,
            PART,
            SILENCED,
            "acme_pat_0000111122223333",
            "YWNtZV9wYXRfN0dxMkxtWDladDRSYjhWbjFLYzVXeTNQ",
            &SECRET[9..],
        ] {
            assert!(!text.contains(secret), "{}: {secret} in {text}", entry.name);
        }
        assert!(text.contains("acme_pat"), "{}: {text}", entry.name);
    }
}

#[test]
fn secrets_are_printed_when_they_are_asked_for() {
    let shown = Options {
        show_secrets: true,
        ..options()
    };
    for entry in FORMATS {
        let text = written(entry.name, &results(), &shown);
        assert!(text.contains(SECRET), "{}: {text}", entry.name);
    }
}

#[test]
fn nothing_hostile_stays_active() {
    let hostile =
        |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200b}\u{fffe}".contains(c);
    for entry in FORMATS {
        let text = written(entry.name, &results(), &options());
        assert!(!text.contains(hostile), "{}: {:?}", entry.name, text);
    }
}

#[test]
fn colours_and_links_only_on_a_terminal() {
    let mut on = options();
    on.terminal = Terminal {
        colours: true,
        links: true,
    };
    let text = written("human", &results(), &on);
    assert!(text.contains("\u{1b}[1m\u{1b}[31m") && text.contains("\u{1b}]8;;https://console"));
    let escapes = text.matches("\u{1b}]8;;http").count();
    assert_eq!(
        text.matches("\u{1b}]8;;https://console.acme").count()
            + text.matches("\u{1b}]8;;https://git.example/").count(),
        escapes
    );
}

#[test]
fn a_report_reads_back_as_it_was() {
    for name in ["json", "jsonl"] {
        let first = written(name, &results(), &options());
        let again = read(&first).unwrap();
        assert_eq!(again.findings.len(), 3);
        assert!(again.findings[0].secret.is_withheld());
        for entry in FORMATS {
            let direct = results();
            let mut copy = again.clone();
            for place in copy
                .findings
                .iter_mut()
                .chain(copy.suppressed.iter_mut().map(|s| &mut s.finding))
                .flat_map(|f| &mut f.places)
            {
                place.span.start = 0;
            }
            assert_eq!(
                written(entry.name, &copy, &options()),
                written(entry.name, &direct, &options()),
                "{name} -> {}",
                entry.name
            );
        }
    }
}

#[test]
fn shown_values_survive_a_round_trip() {
    let shown = Options {
        show_secrets: true,
        ..options()
    };
    let text = written("json", &results(), &shown);
    let again = read(&text).unwrap();
    assert_eq!(again.findings[0].secret.reveal(), SECRET.as_bytes());
}

#[test]
fn what_is_no_report_is_refused_with_a_reason() {
    let say = |text: &str| read(text).unwrap_err().to_string();
    assert!(say("hello").starts_with("line 1: "));
    assert!(say("{\"schema\":2,\"findings\":[]}").contains("newer unleak"));
    assert!(say("{\"findings\":[]}").contains("no \"schema\""));
    assert!(say("{\"schema\":1,\"type\":\"other\"}").contains("no known type"));
    assert!(say("").contains("not written to its end"));
    let text = written("jsonl", &results(), &options());
    let cut = text.lines().next().unwrap();
    assert!(say(cut).contains("not written to its end"));
    let broken = text.replacen("\"critical\"", "\"enormous\"", 1);
    assert!(say(&broken).contains("finding 1: severity: 'enormous'"));
}

#[test]
fn the_same_results_give_the_same_bytes() {
    for entry in FORMATS {
        let once = written(entry.name, &results(), &options());
        assert_eq!(
            once,
            written(entry.name, &results(), &options()),
            "{}",
            entry.name
        );
    }
}

#[test]
fn formats_have_names_and_purposes_of_their_own() {
    let names: std::collections::BTreeSet<_> = FORMATS.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    assert!(
        FORMATS
            .iter()
            .all(|e| !e.about.is_empty() && e.file.contains('.'))
    );
    assert!(format("nonsense").is_none());
}

#[test]
fn an_empty_report_is_complete() {
    for entry in FORMATS {
        let text = written(entry.name, &Results::default(), &Options::default());
        assert!(entry.name == "github" || !text.is_empty(), "{}", entry.name);
    }
    let text = written("human", &Results::default(), &Options::default());
    assert!(text.starts_with("Nothing found.\n"), "{text}");
}

#[test]
fn no_line_of_a_log_becomes_a_workflow_command() {
    for entry in FORMATS {
        let text = written(entry.name, &results(), &options());
        let mut commands = text
            .lines()
            .filter(|line| line.trim_start().starts_with("::"));
        let ours = [
            "::error file=",
            "::error title=",
            "::warning ",
            "::notice title=unleak::",
        ];
        let ours =
            |line: &str| entry.name == "github" && ours.iter().any(|start| line.starts_with(start));
        assert!(commands.all(ours), "{}: {text}", entry.name);
        assert!(!text.contains("##["), "{}: {text}", entry.name);
    }
}

#[test]
fn github_gets_no_more_than_it_shows() {
    let mut many = results();
    many.findings.clear();
    for urgency in [Urgency::Review, Urgency::Soon, Urgency::Now, Urgency::Done] {
        many.findings.extend((0..7).map(|score| {
            let mut finding = finding();
            finding.urgency = urgency;
            finding.score = score;
            finding
        }));
    }
    let text = written("github", &many, &options());
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(
        (count("::error "), count("::warning "), count("::notice ")),
        (10, 8, 1)
    );
    let notice = text.lines().last().unwrap();
    assert!(
        notice.contains("28 findings (7 now, 7 soon, 7 review, 7 done)"),
        "{notice}"
    );
    assert!(notice.contains("4 of them are not shown here"), "{notice}");
    many.tally = Tally::default();
    many.findings.truncate(7);
    let text = written("github", &many, &options());
    assert_eq!(text.lines().count(), 8);
}

#[test]
fn no_cell_of_a_sheet_is_a_formula() {
    let text = written("csv", &results(), &options());
    assert_eq!(text.lines().count(), 1 + 4 * 2);
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('"').split("\",\"").collect();
        assert_eq!(cells.len(), 22, "{line}");
        assert!(
            cells
                .iter()
                .all(|cell| !cell.starts_with(['=', '+', '-', '@'])),
            "{line}"
        );
    }
}

#[test]
fn a_page_loads_and_runs_nothing() {
    let text = written("html", &results(), &options());
    assert!(text.contains("default-src 'none'"));
    assert!(!text.contains("<script") && !text.contains("javascript:") && !text.contains(" src="));
    assert_eq!(
        text.matches("<article").count(),
        text.matches("</article>").count()
    );
    let mut bad = results();
    bad.web = Some("javascript:alert(1)//".to_owned());
    for finding in &mut bad.findings {
        finding.rotate.console = Some("javascript:alert(2)".to_owned());
    }
    for entry in FORMATS {
        let text = written(entry.name, &bad, &options());
        assert!(
            !text.contains("href=\"javascript"),
            "{}: {text}",
            entry.name
        );
    }
}

#[test]
fn a_table_of_markdown_keeps_its_columns() {
    let text = written("markdown", &results(), &options());
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 5);
    assert!(
        rows.iter().all(|row| row.matches('|').count() == 7),
        "{text}"
    );
    assert!(
        !text.contains("<script") && !text.contains("@team"),
        "{text}"
    );
}

#[test]
fn sarif_names_each_kind_once_and_each_place() {
    let text = written("sarif", &results(), &options());
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 1);
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().unwrap();
        assert!(
            uri.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)),
            "{uri}"
        );
    }
    assert_eq!(results[3]["suppressions"][0]["kind"], "external");
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn junit_counts_what_it_holds() {
    let text = written("junit", &results(), &options());
    assert!(text.contains("tests=\"5\" failures=\"3\" errors=\"1\" skipped=\"1\" time=\"1.234\""));
    assert_eq!(text.matches("<testcase ").count(), 5);
    let empty = written("junit", &Results::default(), &options());
    assert!(empty.contains("tests=\"1\" failures=\"0\"") && empty.contains("no secrets"));
}

#[test]
fn gitlab_gets_what_its_schema_asks_for() {
    let text = written("gitlab", &results(), &options());
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["version"], "15.0.7");
    assert_eq!(report["scan"]["start_time"], "2026-11-18T11:06:39");
    let found = report["vulnerabilities"].as_array().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0]["id"], "e8935f39-ba7f-d95d-3751-207cf8cfa1d2");
    assert_eq!(found[0]["severity"], "Critical");
    assert_eq!(found[0]["location"]["commit"]["sha"], "a".repeat(40));
    assert!(
        found
            .iter()
            .all(|v| v["name"].as_str().unwrap().chars().count() <= 255)
    );
}

/// Earlier reports must stay readable, so this one is kept as it was written. `tests/check-reports`
/// turns it into every other format and has strangers read those.
#[test]
fn the_contract_is_what_it_was() {
    let kept = include_str!("../../fixtures/reports/hostile.jsonl");
    assert_eq!(written("jsonl", &results(), &options()), kept);
}

#[test]
fn every_format_looks_as_it_did() {
    let calm = Results {
        findings: vec![finding()],
        suppressed: Vec::new(),
        stale: Vec::new(),
        tally: Tally {
            files: 12,
            blobs: 340,
            bytes: 5_000_000,
            commits: 50,
            ..Tally::default()
        },
        below_threshold: 0,
        egress: Vec::new(),
        ..results()
    };
    let plain = Options {
        now: Some(NOW),
        ..Options::default()
    };
    for entry in FORMATS {
        insta::with_settings!({
            snapshot_path => "../../tests/snapshots",
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!(format!("report_{}", entry.name), written(entry.name, &calm, &plain));
        });
    }
}

#[test]
fn the_readme_lists_every_format() {
    let readme = include_str!("../../README.md");
    for entry in FORMATS {
        let row = format!("| {} | {} | {} |", entry.name, entry.file, entry.about);
        assert!(readme.contains(&row), "README.md lacks: {row}");
    }
}
