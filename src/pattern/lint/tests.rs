//! Each rule, broken once in an otherwise sound file.

use super::*;
use crate::pattern::load;

const GOOD: &str = r#"
id = "acme"
name = "Acme Cloud"
docs = "https://docs.acme.example/tokens"
words = ["acme"]
hosts = ["acme.example"]

[[secret]]
id = "acme-token"
name = "Token"
severity = "high"
keywords = ["acme_pat_"]
regex = '''\b(?<secret>acme_pat_[A-Za-z0-9]{24})\b'''
verify = "whoami"
revoke = "delete"
matches = ["acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P"]
ignores = ["acme_pat_short"]

[[secret]]
id = "acme-key"
name = "Key"
severity = "high"
keywords = ["ACID"]
regex = '''\b(?<id>ACID[A-Z0-9]{16})\b'''
parts = [
  { name = "secret", shape = "[A-Za-z0-9]{40}", words = ["secret"] },
  { name = "session", shape = "[A-Z]{8}", words = ["session"], needs_word = true, optional = true },
]
alone = { id = "acme-key-id", name = "Id alone", severity = "low" }
verify = "whoami"
matches = ["ACID7QW2LMX9ZT4RB8VN wq7Gq2LmX9Zt4Rb8Vn1Kc5Wy3PfakeFAKE1fak3x"]
ignores = ["ACIDEXAMPLE"]

[call.whoami]
method = "GET"
url = "https://api.acme.example/v1/me"
headers = { Authorization = "Bearer {{secret}}" }
effect = "audit-log"
live = [{ status = [200], json = ["/id"] }]
dead = [{ status = [401] }]
identity = { account = "/email" }
replies = [
  { status = 200, body = '{"id":7}', means = "live" },
  { status = 401, means = "dead" },
]

[call.list]
method = "GET"
url = "https://api.acme.example/v1/tokens"
effect = "reads"
find = { list = "/tokens", field = "/hint", by = "suffix-of", value = "{{secret}}", extract = { token_id = "/id" } }

[call.delete]
after = ["list"]
method = "DELETE"
url = "https://api.acme.example/v1/tokens/{{token_id}}"
effect = "revokes"
accepted = [{ status = [204] }]
reversible = false

[respond]
kinds = ["acme-token"]
[[respond.phase]]
id = "sweep"
title = { en = "Back doors", zh = "后门" }
[[respond.phase.step]]
id = "users"
title = { en = "Unknown users", zh = "未知用户" }
hand = [{ en = "Look at the list of users.", zh = "查看用户列表。" }]

[rotate]
console = "https://console.acme.example/tokens"
steps = ["Create a new one."]
steps_zh = ["创建新的。"]
"#;

fn problems(text: &str) -> Vec<Problem> {
    let provider = load::parse(text, "patterns/acme.toml").unwrap();
    let origin = Origin::File(text.to_string());
    all(&[Loaded {
        file: "patterns/acme.toml".to_string(),
        provider,
        origin,
    }])
}

#[test]
fn a_sound_file_has_no_problem() {
    assert_eq!(problems(GOOD), []);
}

/// Replaces `from` by `to` in the sound file and expects a problem saying `wanted` on the line that
/// holds `on`, and hardly another one.
fn broken(from: &str, to: &str, wanted: &str, on: &str) {
    assert!(GOOD.contains(from), "{from}");
    let found = problems(&GOOD.replacen(from, to, 1));
    let shown = found
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect::<String>();
    assert!(found.len() <= 2, "{from} -> {to}:\n{shown}");
    let holds = |problem: &Problem| {
        let line = problem.line.as_ref().map(|line| line.0.as_str());
        problem.what.contains(wanted) && line.unwrap_or_default().contains(on)
    };
    assert!(
        found.iter().any(holds),
        "{from} -> {to}: wanted {wanted} on the line with {on}\n{shown}"
    );
}

#[test]
fn names_and_addresses() {
    broken(
        "id = \"acme\"",
        "id = \"Acme\"",
        "`Acme` is no id",
        "id = \"Acme\"",
    );
    broken(
        "id = \"acme-token\"",
        "id = \"acme_token\"",
        "no id",
        "acme_token",
    );
    broken(
        "id = \"acme-token\"",
        "id = \"acme-key\"",
        "is taken by",
        "acme-key",
    );
    broken(
        "id = \"acme-key-id\"",
        "id = \"acme-key\"",
        "is taken by",
        "alone",
    );
    broken(
        "https://docs.acme",
        "http://docs.acme",
        "not encrypted",
        "docs =",
    );
    broken(
        "https://api.acme.example/v1/me",
        "api.acme.example",
        "no address",
        "url =",
    );
    broken(
        "words = [\"acme\"]",
        "words = [\"ACME\"]",
        "no word",
        "words",
    );
    broken(
        "\"acme.example\"",
        "\"https://acme.example\"",
        "no domain",
        "hosts",
    );
    broken(
        "severity = \"high\"",
        "severity = \"grave\"",
        "no severity",
        "grave",
    );
    broken(
        "severity = \"high\"",
        "severity = \"info\"",
        "go together",
        "info",
    );
    let host = ["pypi", "org"].join(".");
    broken(
        "docs.acme.example",
        &format!("docs.{host}"),
        "package registry",
        "docs =",
    );
}

#[test]
fn regexes_and_keywords() {
    broken(
        "(?<secret>acme_pat_[A-Za-z0-9]{24})\\b",
        "(?<secret>acme_pat_(?=x)[A-Za-z0-9]{24})",
        "does not compile",
        "regex",
    );
    broken(
        "[A-Za-z0-9]{24})\\b",
        "[A-Za-z0-9]{24,})\\b",
        "without bound",
        "regex",
    );
    broken(
        "\\b(?<secret>acme_pat_",
        ".{0,9}(?<secret>acme_pat_",
        "begins with",
        "regex",
    );
    broken(
        "[A-Za-z0-9]{24})\\b",
        "[A-Za-z0-9]{24}(?:x{0,900}y{0,900}){0,900})\\b",
        "does not compile",
        "regex",
    );
    broken(
        "?<secret>acme_pat_",
        "?<value>acme_pat_",
        "nothing is called `secret`",
        "regex",
    );
    broken(
        "keywords = [\"acme_pat_\"]",
        "keywords = []",
        "without keywords",
        "keywords",
    );
    broken(
        "keywords = [\"ACID\"]",
        "keywords = [\"AC\"]",
        "shorter than",
        "keywords",
    );
    broken(
        "\"acme_pat_\"]",
        "\"acme_tok_\"]",
        "need not hold",
        "keywords",
    );
    broken(
        "regex = '''\\b(?<id>ACID",
        "shape = '''[0-9]{9}'''\nregex = '''\\b(?<id>ACID",
        "neither or both",
        "[[secret]]",
    );
    broken(
        "shape = \"[A-Za-z0-9]{40}\"",
        "shape = \"[A-Za-z0-9]*\"",
        "without bound",
        "[A-Za-z0-9]*",
    );
    broken(
        "matches = [\"acme_pat_7",
        "matches = [\"acme_tap_7",
        "not in this sample",
        "acme_tap_",
    );
    broken(
        "ignores = [\"acme_pat_short\"]",
        "ignores = []",
        "no sample",
        "ignores",
    );
    broken(
        "name = \"session\"",
        "name = \"id\"",
        "a group of the regex and a part",
        "[",
    );
}

#[test]
fn a_firewall_proves_no_death() {
    let told = "dead = [{ status = [401] }]";
    for (dead, on) in [
        ("dead = [{ status = [403] }]", "dead"),
        (
            "dead = [{ status = [401, 403], text = [\"Forbidden\", \"no such key\"] }]",
            "dead",
        ),
    ] {
        broken(told, dead, "a firewall's 403", on);
    }
}

#[test]
fn an_everyday_keyword_needs_a_justification() {
    let text = GOOD
        .replace("\"acme_pat_\"", "\"token\"")
        .replace("acme_pat_", "token");
    let said = |text: &str| {
        problems(text)
            .iter()
            .map(|p| p.what.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&text), ["the keyword `token` is an everyday word"]);
    let justified = text.replace(
        "keywords = [\"token\"]",
        "keywords = [\"token\"]\nkeyword_note = \"rare here\"",
    );
    assert_eq!(said(&justified), [""; 0]);
}

#[test]
fn calls_are_safe_and_can_prove_both_answers() {
    broken(
        "effect = \"audit-log\"",
        "effect = \"changes\"",
        "a check changes nothing",
        "effect",
    );
    broken(
        "effect = \"audit-log\"",
        "",
        "does not say what it leaves",
        "[call.whoami]",
    );
    broken(
        "effect = \"revokes\"",
        "effect = \"freezes\"",
        "named by `revoke`",
        "effect",
    );
    broken(
        "effect = \"reads\"",
        "effect = \"peeks\"",
        "`peeks` is unknown",
        "peeks",
    );
    broken(
        "dead = [{ status = [401] }]",
        "",
        "nothing would prove it dead",
        "[call.whoami]",
    );
    broken(
        "status = 401, means = \"dead\"",
        "status = 401, means = \"unknown\"",
        "no recorded reply means dead",
        "[",
    );
    broken(
        "means = \"dead\"",
        "means = \"accepted\"",
        "unknown",
        "accepted",
    );
    broken(
        "accepted = [{ status = [204] }]",
        "",
        "was accepted",
        "[call.delete]",
    );
    broken(
        "reversible = false",
        "",
        "missing or wrong",
        "[call.delete]",
    );
    broken(
        "reversible = false",
        "reversible = true",
        "do not fit",
        "[[secret]]",
    );
    broken(
        "method = \"DELETE\"",
        "protocol = \"postgres\"",
        "has `statements`, no `url`",
        "[call.delete]",
    );
    let said = "protocol = \"postgres\"\nstatements = [{ say = \"DROP ROLE {{user | upper}}\" }]\nmethod = \"DELETE\"";
    broken("method = \"DELETE\"", said, "without filters", "statements");
    broken(
        "method = \"DELETE\"",
        "method = \"delete\"",
        "`delete` is unknown",
        "method",
    );
    broken(
        "status = [200], json = [\"/id\"]",
        "status = [200], json = [\"id\"]",
        "points nowhere",
        "json",
    );
    broken(
        "[{ status = [401] }]",
        "[{ not_text = [\"ok\"] }]",
        "says nothing for itself",
        "not_text",
    );
    broken(
        "by = \"suffix-of\"",
        "by = \"first\"",
        "`first` is unknown",
        "find",
    );
    broken(
        "account = \"/email\"",
        "account = \"regex:(a)(b)\"",
        "no regex with exactly one group",
        "identity",
    );
    broken(
        "verify = \"whoami\"",
        "verify = \"who\"",
        "there is no call `who`",
        "verify",
    );
    broken("after = [\"list\"]\n", "", "has no `token_id`", "url");
    broken(
        "\nrevoke = \"delete\"",
        "\nprivileges = [\"whoami\"]",
        "nothing uses this call",
        "[call.delete]",
    );
    broken(
        "verify = \"whoami\"\nrevoke",
        "protocol = \"http\"\nrevoke",
        "`http` is unknown",
        "protocol",
    );
    broken(
        "verify = \"whoami\"\nrevoke",
        "verify = \"whoami\"\nunverifiable = \"no\"\nrevoke",
        "more than one of",
        "[[secret]]",
    );
    broken(
        "verify = \"whoami\"\nrevoke",
        "revoke",
        "none of `verify`",
        "[[secret]]",
    );
}

#[test]
fn templates_can_be_filled_in() {
    broken(
        "Bearer {{secret}}",
        "Bearer {{secret | rot13}}",
        "no filter is called `rot13`",
        "headers",
    );
    broken("Bearer {{secret}}", "Bearer {{secret", "without", "headers");
    broken(
        "effect = \"audit-log\"",
        "effect = \"audit-log\"\nquery = { id = \"{{id}}\" }",
        "`acme-token` has no `id`",
        "query",
    );
    broken(
        "effect = \"audit-log\"",
        "effect = \"audit-log\"\njson = '{\"a\": {{secret}}}'",
        "is not JSON",
        "json",
    );
    broken(
        "effect = \"audit-log\"",
        "effect = \"audit-log\"\nsign = { with = \"rsa\" }",
        "`rsa` is unknown",
        "sign",
    );
}

#[test]
fn an_optional_part_is_asked_for_with_a_question_mark() {
    let only = GOOD.replacen(
        "verify = \"whoami\"\nrevoke",
        "unverifiable = \"no\"\nrevoke",
        1,
    );
    let with = |slot: &str| only.replace("Bearer {{secret}}", &format!("{{{{{slot}}}}}"));
    assert_eq!(problems(&with("session?")), []);
    let found = problems(&with("session"));
    assert_eq!(
        found[0].what,
        "is not made for a `acme-key` without its `session`"
    );
    assert_eq!(found[0].weight, Weight::Advice);
    let found = problems(&with("sesion?"));
    assert_eq!(found[0].what, "nothing is ever called `sesion`");
}

const HAND: &str = "hand = [{ en = \"Look at the list of users.\", zh = \"查看用户列表。\" }]";

#[test]
fn a_guided_incident() {
    for (from, to, wanted, on) in [
        (
            "id = \"sweep\"",
            "id = \"panic\"",
            "`panic` is unknown",
            "panic",
        ),
        (
            "kinds = [\"acme-token\"]",
            "kinds = [\"gone\"]",
            "no kind `gone`",
            "kinds",
        ),
        (HAND, "call = \"gone\"", "no call `gone`", "gone"),
        (HAND, "does = \"dance\"", "`dance` is unknown", "dance"),
        (HAND, "fix = \"gone\"", "no fix `gone`", "[[respond"),
        (
            HAND,
            "call = \"delete\"",
            "looking changes nothing",
            "delete",
        ),
        (
            HAND,
            "each = \"users\"\nhand = [{ en = \"x\", zh = \"x\" }]",
            "no earlier step keeps",
            "each",
        ),
        (
            HAND,
            "hand = [{ en = \"x\", zh = \"\" }]",
            "both languages",
            "hand",
        ),
        (
            HAND,
            "hand = [{ en = \"{{secret}}\", zh = \"x\" }]",
            "would be printed",
            "secret",
        ),
        (
            HAND,
            "hand = [{ en = \"{{region}}\", zh = \"x\" }]",
            "nothing is called `region`",
            "region",
        ),
        (
            HAND,
            "call = \"whoami\"\nthing = { en = \"a\", zh = \"a\" }\nsuspicious = [{ all = [{ at = \"/x\", test = \"absent\" }], say = { en = \"b\", zh = \"b\" } }]",
            "what undoes it",
            "suspicious",
        ),
        (
            HAND,
            "call = \"whoami\"\nthing = { en = \"a\", zh = \"a\" }\nsuspicious = [{ all = [{ at = \"/x\", test = \"absent\" }], say = { en = \"b\", zh = \"b\" }, undo = \"acme off   # and look\" }]",
            "remark behind the command",
            "undo",
        ),
        (
            HAND,
            "call = \"whoami\"\nonly = [{ at = \"/x\", test = \"unlisted\", value = [\"x\"] }]",
            "do not fit",
            "only",
        ),
        (
            "steps_zh = [\"创建新的。\"]",
            "",
            "is not said in Chinese",
            "kinds",
        ),
        (
            HAND,
            "call = \"whoami\"\nonly = [{ at = \"/x\", test = \"equals\" }]",
            "do not fit",
            "only",
        ),
    ] {
        broken(from, to, wanted, on);
    }
}

#[test]
fn rotation() {
    broken(
        "steps_zh = [\"创建新的。\"]",
        "steps_zh = [\"甲\", \"乙\"]",
        "differ in length",
        "steps_zh",
    );
}

#[test]
fn a_file_has_the_name_of_its_provider() {
    let provider = load::parse(GOOD, "x").unwrap();
    let origin = Origin::File(GOOD.to_string());
    let loaded = Loaded {
        file: "patterns/other.toml".to_string(),
        provider,
        origin,
    };
    assert_eq!(one(&loaded)[0].weight, Weight::Incomplete);
    let both = [loaded.clone(), loaded];
    assert!(
        twice(&both)
            .iter()
            .any(|p| p.what.starts_with("the provider id `acme` is taken"))
    );
}
