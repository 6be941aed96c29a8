//! What holds for every format: no secret is printed, and nothing hostile stays active.

use super::testing::{NOW, PART, SECRET, SILENCED, results};
use super::{FORMATS, Options, Results, Terminal, format, read};

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
            let mut direct = results();
            direct.web = None;
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
