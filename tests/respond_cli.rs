//! `unleak freeze`, `thaw`, `revoke` and `evidence check` as a user sees them, against a provider on 127.0.0.1 that
//! remembers what was done to its tokens.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use crate::support::acme::{ACME, KEY};
use crate::support::home::Home;
use crate::support::server::{Act, Seen, Server, ok, status};
use crate::support::tool::Ran;

const ADMIN: &str = "admin-token-of-the-responder";

const OTHER: &str = "acme_pat_8Hr3MnY1Au5Sc9Wo2Ld6Xz4Q";
const SERVER_KEY: &str = "acme_srv_8Hr3MnY1Au5Sc9Wo2Ld6Xz4Q";

const CALLS: &str = r#"
[call.freeze-token]
method = "POST"
url = "{{endpoint}}/freeze"
headers = { Authorization = "Bearer {{me.secret}}" }
json = '{"token":"{{secret | sha256}}"}'
as_whom = "github, self"
effect = "freezes"
accepted = [{ status = [200] }]
reversible = true
impact = "Whatever uses it stops."
replies = [{ status = 200, body = "{}", means = "accepted" }, { status = 403, body = "{}", means = "refused" }]
source = "documented"

[call.thaw-token]
method = "POST"
url = "{{endpoint}}/thaw"
headers = { Authorization = "Bearer {{me.secret}}" }
as_whom = "github"
effect = "thaws"
accepted = [{ status = [200] }]
replies = [{ status = 200, body = "{}", means = "accepted" }, { status = 403, body = "{}", means = "refused" }]
source = "documented"

[call.list-tokens]
method = "GET"
url = "{{endpoint}}/tokens"
headers = { Authorization = "Bearer {{secret}}" }
effect = "reads"
find = { list = "/tokens", field = "/hint", by = "suffix-of", value = "{{secret}}", extract = { token_id = "/id" } }
source = "documented"

[call.delete-token]
after = ["list-tokens"]
method = "DELETE"
url = "{{endpoint}}/tokens/{{token_id}}"
headers = { Authorization = "Bearer {{secret}}" }
effect = "revokes"
accepted = [{ status = [204] }]
reversible = false
replies = [{ status = 204, body = "", means = "accepted" }, { status = 403, body = "", means = "refused" }]
source = "documented"

[rotate]
"#;

/// What the provider remembers, and how it behaves.
#[derive(Default)]
struct State {
    frozen: bool,
    gone: bool,
    /// Says yes and does nothing.
    stuck: bool,
    /// Does it and breaks off the line.
    rude: bool,
    /// Does it, or not if it is stuck, and says that its server failed.
    sick: bool,
    /// Its list shows the tokens of somebody else.
    foreign: bool,
}

fn provider(state: &Mutex<State>, seen: &Seen) -> Act {
    let mut state = state.lock().unwrap();
    let who = seen.header("authorization").trim_start_matches("Bearer ");
    let known = who == ADMIN || (who == KEY && !state.gone);
    match (seen.method.as_str(), seen.path.as_str()) {
        _ if !known => status(401, "{}"),
        (_, "/thaw") if who == ADMIN => {
            state.frozen = false;
            ok("{}")
        }
        _ if state.frozen && who == KEY => status(403, "suspended"),
        ("GET", "/me") => ok(r#"{"id":7}"#),
        (_, "/freeze") => {
            state.frozen = !state.stuck;
            ok("{}")
        }
        ("GET", "/tokens") => {
            let tail = if state.foreign { "zzzz" } else { "Wy3P" };
            ok(&format!(
                r#"{{"tokens":[{{"id":"t1","hint":"aaaa"}},{{"id":"t2","hint":"{tail}"}}]}}"#
            ))
        }
        ("DELETE", "/tokens/t2") => {
            state.gone = !state.stuck;
            match (state.rude, state.sick) {
                (true, _) => Act::Reset,
                (_, true) => status(503, ""),
                _ => status(204, ""),
            }
        }
        _ => status(404, "{}"),
    }
}

/// A home whose Acme has the calls, and the leaked key there.
struct Desk {
    home: Home,
    id: String,
}

impl Deref for Desk {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl Desk {
    fn new(state: State) -> Desk {
        let calls = "freeze = \"freeze-token\"\nthaw = \"thaw-token\"\nrevoke = \"delete-token\"";
        let text = ACME.replacen("by_hand = \"Ask Acme.\"", calls, 1);
        let text = text.replacen("\n[rotate]\n", CALLS, 1);
        let state = Arc::new(Mutex::new(state));
        let server = Server::start(move |seen| provider(&state, seen));
        let home = Home::new(&text, &format!("ACME_TOKEN={KEY}\n"), server);
        Desk {
            id: home.id_of(KEY),
            home,
        }
    }

    /// On the finding of the report.
    fn on(&self, verb: &str, more: &str) -> Ran {
        let id = &self.id[..12];
        let ran = self.run(&format!("{verb} {id} --from report.jsonl {more}"));
        assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY), "{ran:?}");
        ran
    }

    fn as_admin(&self, verb: &str, more: &str) -> Ran {
        let id = &self.id[..12];
        let ran = self
            .tool(&format!("{verb} {id} --from report.jsonl {more}"))
            .env("GITHUB_TOKEN", ADMIN)
            .env("UNLEAK_RESPONDER_GITHUB", "env")
            .run();
        assert!(
            !ran.out.contains(ADMIN) && !ran.err.contains(ADMIN),
            "{ran:?}"
        );
        ran
    }

    fn changes(&self) -> Vec<String> {
        let seen = self.server.seen().into_iter();
        let changing = seen.filter(|one| one.method != "GET");
        changing
            .map(|one| format!("{} {}", one.method, one.path))
            .collect()
    }
}

#[test]
fn a_plan_says_everything_and_sends_nothing() {
    let desk = Desk::new(State::default());
    let ran = desk.on("freeze", "");
    assert_eq!(ran.code, 0, "{ran:?}");
    let host = desk.server.address.to_string();
    for text in [
        "freeze acme-token  acme_pat…",
        &format!("freeze-token: POST to {host}"),
        "as         the leaked credential itself",
        "effect     Whatever uses it stops.",
        &format!("undo       `unleak thaw {}`", &desk.id[..12]),
    ] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
    assert!(ran.err.contains("nothing was sent"), "{}", ran.err);
    assert_eq!(desk.server.seen().len(), 0);
}

#[test]
fn a_freeze_is_proven_repeated_and_undone() {
    let desk = Desk::new(State::default());
    let ran = desk.on("freeze", "--yes --evidence record.jsonl");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.ends_with("acme-token  acme_pat…  frozen\n"),
        "{}",
        ran.out
    );
    let again = desk.on("freeze", "--yes --evidence record.jsonl");
    assert!(
        again.out.contains("nothing to do: already frozen"),
        "{again:?}"
    );
    assert_eq!(desk.changes(), ["POST /freeze"]);
    let nobody = desk.on("thaw", "--yes");
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(
        nobody.out.contains("github = \"env\" under [responder]"),
        "{nobody:?}"
    );
    assert!(
        nobody.out.contains("https://console.acme.example"),
        "{nobody:?}"
    );
    let thawed = desk.as_admin("thaw", "--yes --evidence record.jsonl");
    assert!(
        thawed.out.contains("as         github ($GITHUB_TOKEN)"),
        "{thawed:?}"
    );
    assert!(
        thawed.out.contains("live again") && thawed.code == 0,
        "{thawed:?}"
    );

    let record = desk.dir.path().join("record.jsonl");
    let text = std::fs::read_to_string(&record).unwrap();
    assert!(!text.contains(KEY) && !text.contains(ADMIN), "{text}");
    let checked = desk.run("evidence check record.jsonl");
    assert!(
        checked.code == 0 && checked.out.starts_with("whole: "),
        "{checked:?}"
    );
    std::fs::write(
        &record,
        text.replacen("\"status\":200", "\"status\":403", 1),
    )
    .unwrap();
    let forged = desk.run("evidence check record.jsonl");
    assert!(
        forged.code == 1 && forged.err.contains("it was changed"),
        "{forged:?}"
    );
}

#[test]
fn what_cannot_be_undone_is_asked_twice() {
    let desk = Desk::new(State::default());
    let once = desk.on("revoke", "--yes");
    assert_eq!(once.code, 2, "{once:?}");
    assert!(once.err.contains("--yes --final"), "{once:?}");
    assert_eq!(desk.server.seen().len(), 0);
    let twice = desk.on("revoke", "--yes --final");
    assert!(
        twice.code == 0 && twice.out.ends_with("  dead\n"),
        "{twice:?}"
    );
    assert_eq!(desk.changes(), ["DELETE /tokens/t2"]);
    let again = desk.on("revoke", "--yes --final");
    assert!(
        again.code == 0 && again.out.contains("already dead"),
        "{again:?}"
    );
    assert_eq!(desk.changes().len(), 1);
}

#[test]
fn accepted_but_still_live_is_said_so() {
    let desk = Desk::new(State {
        stuck: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 1");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("accepted but still live"), "{ran:?}");
    assert_eq!(desk.changes(), ["DELETE /tokens/t2"]);
}

#[test]
fn a_lost_answer_is_followed_by_a_look() {
    let desk = Desk::new(State {
        rude: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 1");
    assert!(ran.code == 0 && ran.out.ends_with("  dead\n"), "{ran:?}");
    let desk = Desk::new(State {
        rude: true,
        stuck: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 1");
    assert!(
        ran.code == 1 && ran.out.contains("it is live now"),
        "{ran:?}"
    );
}

#[test]
fn a_server_that_fails_may_have_done_it() {
    let desk = Desk::new(State {
        sick: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 2");
    assert!(ran.code == 0 && ran.out.contains("dead"), "{ran:?}");
    let desk = Desk::new(State {
        sick: true,
        stuck: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 1");
    assert!(
        ran.code == 1 && ran.out.contains("answered 503") && ran.out.contains("live now"),
        "{ran:?}"
    );
}

#[test]
fn the_key_of_somebody_else_is_never_deleted() {
    let desk = Desk::new(State {
        foreign: true,
        ..State::default()
    });
    let ran = desk.on("revoke", "--yes --final --wait 0");
    assert_eq!(ran.code, 1, "{ran:?}");
    let why = "not sent: step 'list-tokens': none of the 2 entries is this credential";
    assert!(ran.out.contains(why), "{ran:?}");
    assert_eq!(desk.changes(), [""; 0]);
}

#[test]
fn nobody_locks_himself_out_by_mistake() {
    let desk = Desk::new(State::default());
    let arguments = format!("freeze {} --from report.jsonl --yes", &desk.id[..12]);
    let mine = desk.tool(&arguments).env("GITHUB_TOKEN", KEY).run();
    assert!(
        mine.code == 1 && mine.out.contains("your own identity"),
        "{mine:?}"
    );
    assert_eq!(desk.server.seen().len(), 0);
    let arguments = format!("{arguments} --including-mine");
    let meant = desk.tool(&arguments).env("GITHUB_TOKEN", KEY).run();
    assert!(meant.code == 0 && meant.out.contains("frozen"), "{meant:?}");
}

#[test]
fn a_saved_plan_is_carried_out_as_it_was_or_not_at_all() {
    let desk = Desk::new(State::default());
    assert_eq!(desk.on("freeze", "--save-plan plan.json").code, 0);
    let file = desk.dir.path().join("plan.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    plan["made"] = (plan["made"].as_i64().unwrap() - 601).into();
    std::fs::write(&file, plan.to_string()).unwrap();
    let old = desk.on("freeze", "--plan plan.json --yes");
    assert!(
        old.code == 2 && old.err.contains("older than ten minutes"),
        "{old:?}"
    );
    let other = text.replacen("127.0.0.1", "127.0.0.2", 1);
    std::fs::write(&file, other).unwrap();
    let other = desk.on("freeze", "--plan plan.json --yes");
    assert!(
        other.code == 2 && other.err.contains("is another one"),
        "{other:?}"
    );
    assert_eq!(desk.server.seen().len(), 0);
    std::fs::write(&file, text).unwrap();
    let good = desk.on("freeze", "--plan plan.json --yes");
    assert!(good.code == 0 && good.out.contains("frozen"), "{good:?}");
}

#[test]
fn canaries_and_what_is_not_clear_are_refused() {
    let desk = Desk::new(State::default());
    let several = format!("{KEY}\nkey: acme_pat_8Hr3MnY1Au5Sc9Wo2Ld6Xz4Q\n");
    let several = desk.tool("freeze --value --yes").input(several).run();
    assert!(
        several.code == 2 && several.err.contains("several values"),
        "{several:?}"
    );
    let canary = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        ["AKIASP2TPHJS", "QH3FJRUX"].concat(),
        ["WuDxvDVTAxJNGPIK1+Qviq", "FSIFcddglc/MqBgRtZ"].concat()
    );
    let canary = desk.tool("freeze --value --yes").input(canary).run();
    assert!(
        canary.code == 1 && canary.out.contains("canary"),
        "{canary:?}"
    );
    let unknown = desk.run("freeze 00112233 --from report.jsonl --yes");
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let nothing = desk.run("freeze --from report.jsonl --yes");
    assert_eq!(nothing.code, 2, "{nothing:?}");
    assert_eq!(desk.server.seen().len(), 0);
}

#[test]
fn many_are_closed_side_by_side_and_one_that_fails_stops_no_other() {
    // The provider answers the first freeze only when another one has come, too: one after the other would take 20 s.
    let under_way = Arc::new((Mutex::new(0), std::sync::Condvar::new()));
    let side_by_side = Arc::new(Mutex::new(false));
    let (gate, seen_both) = (under_way.clone(), side_by_side.clone());
    let closed: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = Server::start(move |seen| {
        let who = seen.header("authorization").trim_start_matches("Bearer ");
        let who = who.to_owned();
        match seen.path.as_str() {
            "/freeze" => {
                let (count, bell) = &*gate;
                let mut count = count.lock().unwrap();
                *count += 1;
                bell.notify_all();
                let patience = std::time::Duration::from_secs(10);
                let (_count, waited) = bell
                    .wait_timeout_while(count, patience, |n| *n < 2)
                    .unwrap();
                *seen_both.lock().unwrap() |= !waited.timed_out();
                if who != KEY {
                    return status(403, "{}");
                }
                closed.lock().unwrap().push(who);
                ok("{}")
            }
            "/me" if closed.lock().unwrap().contains(&who) => status(403, "suspended"),
            "/me" if who == KEY || who == OTHER => ok(r#"{"id":7}"#),
            _ => status(401, "{}"),
        }
    });
    let desk = Desk::new(State::default());
    let other = format!("ACME_TOKEN={OTHER}\nhost: https://srv.example\nkey: {SERVER_KEY}\n");
    std::fs::write(desk.dir.path().join("tree/other.env"), other).unwrap();
    let report = desk.run("scan tree --format json --show-secrets");
    std::fs::write(desk.dir.path().join("report.json"), &report.out).unwrap();
    let ran = desk
        .tool("freeze --all --from report.json --yes --wait 0 --evidence record.jsonl")
        .env("UNLEAK_ENDPOINT_ACME", &server.url())
        .run();
    assert!(*side_by_side.lock().unwrap(), "{ran:?}");
    assert!(
        ran.out
            .starts_with("Plan: freeze 3 credentials, 2 by a call\n"),
        "{ran:?}"
    );
    let of = |kind: &str, end: &str| {
        let mut lines = ran.out.lines();
        assert!(
            lines.any(|line| line.starts_with(kind) && line.contains(end)),
            "{kind} {end}: {ran:?}"
        );
    };
    of("acme-token", "  frozen");
    of("acme-token", "refused: 127.0.0.1");
    assert!(ran.out.contains("Ask Acme."), "{ran:?}");
    assert_eq!(ran.code, 1, "{ran:?}");
    let checked = desk.run("evidence check record.jsonl");
    assert_eq!(checked.code, 0, "{checked:?}");
}

#[test]
fn many_are_shown_in_a_table_and_told_one_by_one() {
    let desk = Desk::new(State::default());
    let other = "ACME_TOKEN=acme_pat_8Hr3MnY1Au5Sc9Wo2Ld6Xz4Q\n";
    std::fs::write(desk.dir.path().join("tree/other.env"), other).unwrap();
    let report = desk.run("scan tree --format json --show-secrets");
    std::fs::write(desk.dir.path().join("report.json"), &report.out).unwrap();
    let ran = desk.run("freeze --all --from report.json --yes --wait 0");
    assert!(
        ran.out
            .starts_with("Plan: freeze 2 credentials, 2 by a call\n"),
        "{ran:?}"
    );
    assert!(ran.out.contains("  frozen\n"), "{ran:?}");
    assert!(ran.out.contains("nothing to do: already dead"), "{ran:?}");
    assert_eq!(desk.changes(), ["POST /freeze"]);
}

#[test]
fn two_runs_do_not_write_to_one_record() {
    let desk = Desk::new(State::default());
    let file = desk.dir.path().join("e.jsonl");
    let held = std::fs::File::create(&file).unwrap();
    held.lock().unwrap();
    let ran = desk.as_admin("freeze", "--yes --evidence e.jsonl");
    assert!(
        ran.code == 2 && ran.err.contains("another run writes to it"),
        "{ran:?}"
    );
    assert!(ran.err.contains("--evidence"), "{ran:?}");
    assert!(desk.changes().is_empty());
    held.unlock().unwrap();
    let ran = desk.as_admin("freeze", "--yes --evidence e.jsonl");
    assert_eq!(ran.code, 0, "{ran:?}");
    #[cfg(unix)]
    {
        let ran = desk.as_admin("thaw", "--yes --evidence /dev/zero");
        assert!(
            ran.code == 2 && ran.err.contains("it is no file"),
            "{ran:?}"
        );
    }
}
