//! What `unleak respond`, `freeze` and `revoke` refuse, in English and in Chinese: an unknown or ambiguous id, a trap, the
//! responder's own credential, an old plan, a state or a record of something else. Nothing is sent by any of them.

use std::ops::Deref;

use crate::support::acme::{ACME, KEY};
use crate::support::home::Home;
use crate::support::server::{Server, ok, status};
use crate::support::tool::Tool;

const OTHER: &str = "acme_pat_8Hr3MnY1Au5Sc9Wo2Ld6Xz4Q";

const INCIDENT: &str = r#"
[call.freeze-token]
method = "POST"
url = "{{endpoint}}/freeze"
headers = { Authorization = "Bearer {{me.secret}}" }
as_whom = "github, self"
effect = "freezes"
accepted = [{ status = [200] }]
reversible = true
impact = "Whatever uses it stops."
source = "documented"

[respond]
kinds = ["acme-token"]

[[respond.phase]]
id = "freeze"
title = { en = "the token", zh = "令牌" }

[[respond.phase.step]]
id = "close-token"
title = { en = "freeze the leaked token", zh = "冻结泄露的令牌" }
does = "close"

[rotate]
steps_zh = ["创建新的令牌。"]
"#;

/// A home whose Acme has an incident, and the leaked keys there.
struct Desk {
    home: Home,
    ids: Vec<String>,
}

impl Deref for Desk {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl Desk {
    fn new() -> Desk {
        let text = ACME.replacen(
            "by_hand = \"Ask Acme.\"",
            "freeze = \"freeze-token\"\nby_hand = \"Ask Acme.\"\nby_hand_zh = \"请联系 Acme。\"",
            1,
        );
        let text = text.replacen("\n[rotate]\n", INCIDENT, 1);
        let server = Server::start(|seen| match seen.path.as_str() {
            "/me" => ok(r#"{"id":7}"#),
            _ => status(404, "{}"),
        });
        let leaks = format!("ACME_TOKEN={KEY}\nACME_TOKEN_2={OTHER}\n");
        let home = Home::new(&text, &leaks, server);
        Desk {
            ids: vec![home.id_of(KEY), home.id_of(OTHER)],
            home,
        }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// Refused with exit code 2 in both languages, saying this; the Chinese has no English sentence in it.
    fn refused(&self, tool: &dyn Fn(&str) -> Tool, english: &str, chinese: &str) {
        for (lang, wanted) in [("en", english), ("zh", chinese)] {
            let ran = tool(&format!("--lang {lang}")).run();
            let said = format!("{}{}", ran.out, ran.err);
            assert!(ran.code == 2 && said.contains(wanted), "{wanted}: {ran:?}");
            assert!(!said.contains(KEY) && !said.contains(OTHER), "{said}");
            if lang == "zh" {
                assert_eq!(english_of(&said), Vec::<String>::new(), "{said}");
            }
        }
        assert_eq!(self.server.seen().len(), 0);
    }
}

/// Lines with three English words on end, outside of commands in backticks.
fn english_of(text: &str) -> Vec<String> {
    let word = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
    let sentence = |line: &&str| {
        let bare: String = line.split('`').step_by(2).collect();
        let words: Vec<&str> = bare.split([' ', ',', ';', ':', '.']).collect();
        words.windows(3).any(|three| three.iter().all(&word))
    };
    text.lines().filter(sentence).map(str::to_owned).collect()
}

#[test]
fn an_id_that_names_nothing_or_two_things() {
    let desk = Desk::new();
    let unknown = |more: &str| {
        desk.tool(&format!(
            "respond 00112233 --from report.jsonl --since 2026-01-01 --yes {more}"
        ))
    };
    desk.refused(&unknown, "has no finding '00112233'", "没有发现 '00112233'");
    // Two fingerprints that begin alike.
    let twin = format!("{}{}", &desk.ids[0][..12], &desk.ids[1][12..]);
    desk.write(
        "twins.jsonl",
        &desk.read("report.jsonl").replace(&desk.ids[1], &twin),
    );
    let both = &desk.ids[0][..12];
    let two = |more: &str| {
        desk.tool(&format!(
            "respond {both} --from twins.jsonl --since 2026-01-01 --yes {more}"
        ))
    };
    desk.refused(&two, "2 findings are meant", "匹配到 2 项发现");
    for verb in ["freeze", "revoke"] {
        let ran = desk.run(&format!("{verb} {both} --from twins.jsonl --yes"));
        let said = format!("'{both}' names 2 findings");
        assert!(ran.code == 2 && ran.err.contains(&said), "{ran:?}");
        let ran = desk.run(&format!("{verb} 00112233 --from report.jsonl --yes"));
        assert!(
            ran.code == 2 && ran.err.contains("has no finding"),
            "{ran:?}"
        );
    }
    assert_eq!(desk.server.seen().len(), 0);
}

#[test]
fn a_trap_is_not_touched() {
    let desk = Desk::new();
    let leak = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        ["AKIASP2TPHJS", "QH3FJRUX"].concat(),
        ["WuDxvDVTAxJNGPIK1+Qviq", "FSIFcddglc/MqBgRtZ"].concat()
    );
    let canary = |more: &str| {
        let arguments =
            format!("respond --value --kind aws-access-key --since 2026-01-01 --yes {more}");
        desk.tool(&arguments).input(leak.clone())
    };
    desk.refused(&canary, "it is a canary", "这是蜜罐凭证");
}

#[test]
fn nobody_locks_himself_out_by_an_incident() {
    let desk = Desk::new();
    let id = desk.ids[0][..12].to_owned();
    let mine = |more: &str| {
        let arguments = format!("respond {id} --from report.jsonl --since 2026-01-01 --yes {more}");
        desk.tool(&arguments).env("GITHUB_TOKEN", KEY)
    };
    desk.refused(&mine, "your own identity in use", "您正在使用的身份");
}

#[test]
fn plans_states_and_records_of_something_else() {
    let desk = Desk::new();
    let on = |id: &str, more: &str| {
        format!(
            "respond {} --from report.jsonl --since 2026-01-01 {more}",
            &id[..12]
        )
    };
    let plan = desk.run(&on(&desk.ids[0], "--plan --save-plan plan.json"));
    assert_eq!(plan.code, 0, "{plan:?}");
    let mut old: serde_json::Value = serde_json::from_str(&desk.read("plan.json")).unwrap();
    old["made"] = (old["made"].as_i64().unwrap() - 601).into();
    desk.write("old.json", &old.to_string());
    desk.write("none.json", "{}");
    let with = |what: &'static str| {
        let desk = &desk;
        move |more: &str| desk.tool(&on(&desk.ids[0], &format!("--yes {what} {more}")))
    };
    desk.refused(
        &with("--from-plan old.json"),
        "older than ten minutes",
        "超过十分钟的计划不会执行",
    );
    desk.refused(
        &with("--from-plan none.json"),
        "it is no plan",
        "这不是 unleak 写的计划",
    );
    desk.refused(
        &with("--from-plan gone.json"),
        "No such file",
        "没有这个文件",
    );
    let other = |more: &str| {
        desk.tool(&on(
            &desk.ids[1],
            &format!("--yes --from-plan plan.json {more}"),
        ))
    };
    desk.refused(&other, "is another one", "与它不同");
    desk.write("state.json", "{}");
    desk.refused(
        &with("--state state.json"),
        "no state of an incident",
        "这不是事件的状态文件",
    );
    desk.write("record.jsonl", "{\"seq\":0}\n");
    desk.refused(
        &with("--evidence record.jsonl"),
        "it has no seal",
        "没有校验摘要",
    );
    desk.refused(
        &with("--skip nothing"),
        "there is no step 'nothing'",
        "没有步骤 'nothing'",
    );
}

#[test]
fn a_kind_without_an_incident_says_what_else_there_is() {
    let desk = Desk::new();
    let other = |more: &str| {
        let arguments =
            format!("respond --value --kind acme-server-token --since 2026-01-01 {more}");
        desk.tool(&arguments)
            .input("host: https://srv.example\nkey: acme_srv_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P".to_owned())
    };
    desk.refused(
        &other,
        "no guided incident is declared",
        "没有声明引导式响应",
    );
}
