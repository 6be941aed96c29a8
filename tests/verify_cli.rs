//! `scan --verify` and `unleak verify` as a user sees them, against servers on 127.0.0.1; and that nothing leaves
//! the machine unless it is asked to.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::acme::{ACME, KEY, honest};
use crate::support::server::{Server, status};

/// A home, a tree with the key in it, and Acme's pattern file.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("tree")).unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        std::fs::write(dir.path().join("acme.toml"), ACME).unwrap();
        let text = format!("ACME_TOKEN={KEY}\n");
        std::fs::write(dir.path().join("tree/settings.env"), text).unwrap();
        Desk { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, program: &str, first: &[&str], endpoint: &str) -> Command {
        let mut command = Command::new(program);
        command
            .args(first)
            .env_clear()
            .env("HOME", self.path().join("home"))
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("UNLEAK_ENDPOINT_ACME", endpoint)
            .env("UNLEAK_PATTERNS_DIRS", self.path().join("acme.toml"))
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, endpoint: &str, arguments: &[&str], stdin: &str) -> Output {
        let unleak = env!("CARGO_BIN_EXE_unleak");
        let mut child = self.command(unleak, arguments, endpoint).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }
}

fn both(output: &Output) -> String {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8(text).unwrap()
}

fn finding(output: &Output) -> Value {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", both(output)));
    let mut all = report["findings"].as_array().unwrap().iter();
    let found = all.find(|finding| finding["kind"] == "acme-token");
    found.unwrap_or_else(|| panic!("{report:#}")).clone()
}

/// Whom the summary says were contacted.
fn egress(output: &Output) -> Value {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["summary"]["egress"].clone()
}

#[test]
fn a_scan_that_verifies_says_who_it_is_and_whom_it_asked() {
    let server = Server::start(honest);
    let desk = Desk::new();
    let arguments = [
        "scan",
        "tree",
        "--verify",
        "--format",
        "json",
        "--egress-log",
        "egress.tsv",
        "--privileges",
    ];
    let output = desk.run(&server.url(), &arguments, "");
    let found = finding(&output);
    assert_eq!(found["status"], "live");
    assert_eq!(found["urgency"], "now");
    assert_eq!(
        found["verification"]["identity"]["account"],
        "a@acme.example"
    );
    assert_eq!(
        found["verification"]["identity"]["privileges.rights"],
        "read write"
    );
    assert_eq!(output.status.code(), Some(1));
    let host = server.address.to_string();
    let contact = json!({"host": host, "kind": "acme-token", "calls": 3});
    assert_eq!(egress(&output), json!([contact]));
    let log = std::fs::read_to_string(desk.path().join("egress.tsv")).unwrap();
    assert_eq!(log, format!("host\tkind\tcalls\n{host}\tacme-token\t3\n"));
    let said = both(&output);
    assert!(
        said.contains(&format!("3 calls to 1 hosts: {host}")),
        "{said}"
    );
    assert!(!said.contains(KEY) && !log.contains(KEY));
}

#[test]
fn without_the_flag_nothing_leaves() {
    let server = Server::start(honest);
    let desk = Desk::new();
    let output = desk.run(&server.url(), &["scan", "tree", "--format", "json"], "");
    assert_eq!(finding(&output)["status"], "unchecked");
    assert_eq!(egress(&output), json!([]));
    assert!(server.seen().is_empty());
}

/// Runs the binary in a network namespace that has no interface up; `None` where namespaces are not to be had.
fn without_network(desk: &Desk, arguments: &str) -> Option<Output> {
    let unleak = env!("CARGO_BIN_EXE_unleak");
    let line = format!("cat /proc/net/dev | wc -l; exec {unleak} {arguments}");
    let first = ["--map-root-user", "--net", "/bin/sh", "-c", &line];
    let output = desk
        .command("/usr/bin/unshare", &first, "https://api.acme.example")
        .output()
        .ok()?;
    (!both(&output).contains("unshare")).then_some(output)
}

#[test]
fn a_scan_needs_no_network_and_a_check_without_one_proves_nothing() {
    let desk = Desk::new();
    let Some(output) = without_network(&desk, "scan tree --format jsonl") else {
        return;
    };
    let said = both(&output);
    // Two header lines and the loopback device, which is down.
    assert!(said.starts_with("3\n"), "{said}");
    assert!(
        said.contains("\"status\":\"unchecked\"") && said.contains("\"egress\":[]"),
        "{said}"
    );
    let output = without_network(&desk, "scan tree --verify --format jsonl").unwrap();
    let said = both(&output);
    assert!(
        said.contains("\"status\":\"unknown\"") && said.contains("(offline?)"),
        "{said}"
    );
    assert!(
        !said.contains("\"dead\":1") && !said.contains(KEY),
        "{said}"
    );
}

#[test]
fn a_report_is_asked_about_again_and_what_changed_is_said() {
    let desk = Desk::new();
    let server = Server::start(honest);
    let first = [
        "scan",
        "tree",
        "--verify",
        "--format",
        "json",
        "--show-secrets",
    ];
    let report = desk.run(&server.url(), &first, "");
    let report = String::from_utf8(report.stdout).unwrap();
    let revoked = Server::start(|_| status(401, "{}"));
    let output = desk.run(&revoked.url(), &["verify", "--format", "json"], &report);
    assert_eq!(finding(&output)["status"], "dead");
    assert_eq!(output.status.code(), Some(0));
    assert!(both(&output).contains("newly dead: acme-token acme_pat… ("));
    assert!(!both(&output).contains(KEY));
    let dead = desk.run(
        &revoked.url(),
        &["verify", "--format", "json", "--show-secrets"],
        &report,
    );
    let dead = String::from_utf8(dead.stdout).unwrap();
    let again = desk.run(&server.url(), &["verify", "--format", "json"], &dead);
    assert!(both(&again).contains("came back alive: acme-token"));
    assert_eq!(again.status.code(), Some(1));
    let frozen = Server::start(|_| status(403, "account suspended"));
    let now = desk.run(&frozen.url(), &["verify", "--format", "json"], &report);
    assert!(both(&now).contains("is frozen now: acme-token"));
    let masked = desk.run(&server.url(), &["scan", "tree", "--format", "json"], "");
    let masked = String::from_utf8(masked.stdout).unwrap();
    let refused = desk.run(&server.url(), &["verify"], &masked);
    assert_eq!(refused.status.code(), Some(2));
    assert!(both(&refused).contains("--show-secrets"));
    let nobody = desk.run(&server.url(), &["verify", "0123456789abcdef"], &report);
    assert!(both(&nobody).contains("has no finding '0123456789abcdef'"));
}

#[test]
fn a_value_comes_from_standard_input() {
    let desk = Desk::new();
    let server = Server::start(honest);
    let value = format!("{KEY}\n");
    for arguments in [
        &["verify", "--value", "--format", "json"][..],
        &[
            "verify",
            "--value",
            "--kind",
            "acme-token",
            "--format",
            "json",
        ],
    ] {
        let output = desk.run(&server.url(), arguments, &value);
        assert_eq!(finding(&output)["status"], "live", "{}", both(&output));
        assert!(!both(&output).contains(KEY));
    }
    let odd = desk.run(&server.url(), &["verify", "--value"], "nothing here\n");
    assert_eq!(odd.status.code(), Some(2));
}
