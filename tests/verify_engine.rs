//! When an answer is believed, who is asked at all, and how often: the verifier against servers on 127.0.0.1.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use unleak::finding::Status;
use unleak::verify::{Credential, Outcome, Verifier};

use crate::support::acme::{ACME, KEY, Setup, credential, honest, patterns, token};
use crate::support::server::{Act, Seen, Server, ok, status};

fn why(outcome: &Outcome) -> &str {
    outcome
        .status
        .why()
        .unwrap_or_else(|| panic!("{:?}", outcome.status))
}

fn keys(server: &Server) -> Vec<String> {
    let seen = server.seen().into_iter();
    seen.map(|seen| seen.header("authorization").to_owned())
        .collect()
}

#[test]
fn live_is_believed_after_a_made_up_key_was_refused() {
    let server = Server::start(honest);
    let (patterns, _dir) = patterns(ACME);
    let setup = Setup::at(&server.url());
    let verifier = setup.verifier(&patterns);
    let outcome = verifier.check(&token());
    assert_eq!(outcome.status, Status::Live);
    let verification = outcome.verification.unwrap();
    assert_eq!(verification.identity["account"], "a@acme.example");
    assert_eq!(verification.identity["scopes"], "repo");
    assert_eq!(verification.call, "whoami");
    let asked = keys(&server);
    assert_eq!(
        (asked.len(), asked[0].as_str()),
        (2, format!("Bearer {KEY}").as_str())
    );
    let made_up = asked[1].trim_start_matches("Bearer ");
    assert!(made_up.starts_with("acme_pat_") && made_up.len() == KEY.len() && made_up != KEY);
    // The provider is known now: the next live key needs no control.
    let next = credential("acme-token", "acme_pat_0000000000000000000ALIVE", &[]);
    assert_eq!(verifier.check(&next).status, Status::Live);
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_provider_that_accepts_anything_is_found_out() {
    let server = Server::start(|_| ok(r#"{"id":1}"#));
    let outcome = Setup::at(&server.url()).check(&token());
    assert!(why(&outcome).starts_with("the provider accepts anything"));
    assert!(outcome.verification.unwrap().identity.is_empty());
}

#[test]
fn a_control_without_an_answer_leaves_it_open_and_is_tried_again() {
    let server = Server::start(|seen: &Seen| match honest(seen) {
        Act::Answer(401, ..) => status(503, ""),
        act => act,
    });
    let (patterns, _dir) = patterns(ACME);
    let setup = Setup::at(&server.url());
    let verifier = setup.verifier(&patterns);
    for asked in [2, 4] {
        let outcome = verifier.check(&token());
        assert!(why(&outcome).contains("made-up key is refused is not known"));
        assert_eq!(server.seen().len(), asked);
    }
}

#[test]
fn an_exempt_call_is_not_controlled() {
    let server = Server::start(honest);
    let text = ACME.replacen(
        "effect = \"audit-log\"",
        "effect = \"counts-as-attempt\"\nno_control = \"locks after three\"",
        1,
    );
    let (patterns, _dir) = patterns(&text);
    let mut setup = Setup::at(&server.url());
    let home = tempfile::tempdir().unwrap();
    setup.options.state = Some(home.path().to_path_buf());
    let verifier = setup.verifier(&patterns);
    assert_eq!(verifier.check(&token()).status, Status::Live);
    assert_eq!(verifier.check(&token()).status, Status::Live);
    assert!(why(&verifier.check(&token())).contains("2 attempts in 24 hours are spent"));
    verifier.save().unwrap();
    // Another run remembers.
    assert!(why(&setup.verifier(&patterns).check(&token())).contains("are spent"));
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn a_refusal_where_other_regions_keys_are_unknown_proves_nothing() {
    let server = Server::start(honest);
    let text = ACME.replacen(
        "effect = \"audit-log\"",
        "effect = \"audit-log\"\nregional = \"keys of the EU site are refused here\"",
        1,
    );
    // Only the host is led elsewhere, as a proxy might; nobody has said where the key belongs.
    let (patterns, _dir) = patterns(&text.replace("{{endpoint}}", "https://api.acme.example"));
    let refused = credential("acme-token", "acme_pat_000000000000000000000000", &[]);
    let mut setup = Setup::default();
    setup.endpoint("api.acme.example", &server.url());
    let outcome = setup.verifier(&patterns).check(&refused);
    let said = "refused, but keys of the EU site are refused here: name the right address under [endpoints] acme";
    assert_eq!(why(&outcome), said);
    assert_eq!(
        setup.verifier(&patterns).check(&token()).status,
        Status::Live
    );
    // Who names the address knows where the key belongs.
    setup.endpoint("acme", &server.url());
    assert_eq!(
        setup.verifier(&patterns).check(&refused).status,
        Status::Dead
    );
}

#[test]
fn other_sites_are_asked_before_a_refusal_is_believed() {
    let (first, second) = (
        Server::start(|_: &Seen| status(401, "")),
        Server::start(honest),
    );
    let text = ACME.replacen(
        "[[secret]]",
        "[[site]]\nendpoint = \"https://eu.acme.example\"\n\n[[secret]]",
        1,
    );
    let (patterns, _dir) = patterns(&text);
    let mut setup = Setup::default();
    setup.endpoint("api.acme.example", &first.url());
    setup.endpoint("eu.acme.example", &second.url());
    let check = |key: &str| {
        let key = credential("acme-token", key, &[]);
        setup.verifier(&patterns).check(&key)
    };
    // Believed there like anywhere: a made-up key was refused.
    let own = token();
    assert_eq!(setup.verifier(&patterns).check(&own).status, Status::Live);
    assert_eq!((first.seen().len(), second.seen().len()), (1, 2));
    let wrong = "acme_pat_000000000000000000000000";
    assert_eq!(check(wrong).status, Status::Dead);
    assert_eq!((first.seen().len(), second.seen().len()), (2, 3));
    // Who names an address has said where the key belongs.
    let mut named = Setup::default();
    named.endpoint("acme", &first.url());
    assert_eq!(named.verifier(&patterns).check(&own).status, Status::Dead);
    assert_eq!(second.seen().len(), 3);
    // A site that does not say leaves it open.
    let silent = Server::start(|_: &Seen| status(503, ""));
    let mut setup = Setup::default();
    setup.endpoint("api.acme.example", &first.url());
    setup.endpoint("eu.acme.example", &silent.url());
    let outcome = setup.verifier(&patterns).check(&own);
    assert!(
        why(&outcome).contains("https://eu.acme.example does not say"),
        "{outcome:?}"
    );
}

#[test]
fn frozen_and_dead_are_told_apart() {
    let frozen = Server::start(|_| status(403, r#"{"message":"account suspended"}"#));
    assert_eq!(
        Setup::at(&frozen.url()).check(&token()).status,
        Status::Frozen
    );
    let server = Server::start(honest);
    let dead = credential("acme-token", "acme_pat_000000000000000000000000", &[]);
    assert_eq!(Setup::at(&server.url()).check(&dead).status, Status::Dead);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn nobody_is_asked_about_traps_and_doubtful_keys() {
    let server = Server::start(honest);
    let setup = Setup::at(&server.url());
    let doubtful = Credential {
        candidates: vec!["other-token".into()],
        ..token()
    };
    assert!(why(&setup.check(&doubtful)).contains("it may as well be: other-token"));
    let trap = credential(
        "acme-token",
        KEY,
        &[("url", "https://x.canarytokens.com/a")],
    );
    assert_eq!(setup.check(&trap).status, Status::Canary);
    assert_eq!(
        setup
            .check(&credential("no-such-kind", KEY, &[]))
            .status
            .word(),
        "unverifiable"
    );
    assert!(server.seen().is_empty());
}

#[test]
fn what_it_may_do_is_looked_at_when_wanted() {
    let server = Server::start(honest);
    let mut setup = Setup::at(&server.url());
    setup.options.privileges = true;
    let found = setup.check(&token()).verification.unwrap().identity;
    assert_eq!(found["privileges.rights"], "read write");
}

#[test]
fn a_key_that_the_provider_repeats_is_masked() {
    let server = Server::start(|seen: &Seen| match honest(seen) {
        Act::Answer(200, ..) => ok(&format!(r#"{{"id":7,"mail":"token {KEY}"}}"#)),
        act => act,
    });
    let outcome = Setup::at(&server.url()).check(&token());
    assert!(!format!("{outcome:?}").contains(KEY));
    let found = outcome.verification.unwrap().identity;
    assert_eq!(found["account"], "token acme_pat…");
}

fn server_token(url: &str) -> Credential {
    credential("acme-server-token", KEY, &[("url", url)])
}

#[test]
fn a_host_from_the_text_is_asked_only_if_allowed() {
    let server = Server::start(honest);
    let url = server.url();
    let mut setup = Setup::default();
    assert!(
        why(&setup.check(&server_token(&url))).contains("allow it with --allow-host 127.0.0.1")
    );
    setup.network.policy.allow_hosts = vec!["127.0.0.1".into()];
    assert!(why(&setup.check(&server_token(&url))).contains("is a loopback address"));
    setup.network.policy.allow_private = true;
    assert!(server.seen().is_empty());
    assert_eq!(setup.check(&server_token(&url)).status, Status::Live);
}

#[test]
fn a_name_is_checked_by_the_address_it_leads_to() {
    let server = Server::start(honest);
    let port = server.port();
    let mut setup = Setup::default();
    setup.network.policy.allow_hosts = vec![".acme.example".into()];
    // The name service of an attacker says 127.0.0.1, an address inside, a metadata service.
    for (ip, said) in [
        ("127.0.0.1", "is a loopback address"),
        ("::ffff:127.0.0.1", "is a loopback address"),
        ("10.0.0.1", "is a private address"),
        ("169.254.169.254", "metadata service"),
        ("100.100.100.200", "metadata service"),
    ] {
        let ip: IpAddr = ip.parse().unwrap();
        setup.network.names = vec![("db.acme.example".into(), ip)];
        let outcome = setup.check(&server_token(&format!("http://db.acme.example:{port}")));
        assert!(why(&outcome).contains(said), "{ip}: {outcome:?}");
    }
    // One address outside and one inside: refused as a whole.
    let both = ["8.8.8.8", "127.0.0.1"].map(|ip| ("db.acme.example".into(), ip.parse().unwrap()));
    setup.network.names = both.to_vec();
    let outcome = setup.check(&server_token(&format!("http://db.acme.example:{port}")));
    assert!(why(&outcome).contains("is a loopback address"));
    assert!(server.seen().is_empty());
    // Metadata services stay closed even to those who allow what is inside.
    setup.network.policy.allow_private = true;
    let outcome = setup.check(&server_token("http://169.254.169.254"));
    assert!(why(&outcome).contains("169.254.169.254"));
}

#[test]
fn a_host_may_not_be_reached_in_plain_text_unless_the_user_named_it() {
    let server = Server::start(honest);
    let text = ACME.replace("https://api.acme.example", &server.url());
    let Ok((patterns, _dir)) = std::panic::catch_unwind(|| patterns(&text)) else {
        return; // The lint refuses such a file already.
    };
    let mut setup = Setup::default();
    setup.network.policy.allow_private = true;
    let outcome = setup.verifier(&patterns).check(&token());
    assert!(why(&outcome).contains("without TLS"));
    assert!(server.seen().is_empty());
}

/// Fifty providers alike, each with its own host on one server that takes 100 ms for every answer.
fn fifty() -> (Server, Setup, String) {
    let server =
        Server::start(|seen| Act::Late(Duration::from_millis(100), Box::new(honest(seen))));
    let mut setup = Setup::default();
    let mut all = String::new();
    for n in 0..50 {
        let id = format!("acme{n}");
        setup.endpoint(&id, &server.url());
        all.push_str(&id);
        all.push(' ');
    }
    (server, setup, all)
}

#[test]
fn a_thousand_keys_of_fifty_providers_take_less_than_ten_seconds() {
    let (server, setup, ids) = fifty();
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<_> = ids
        .split_whitespace()
        .map(|id| {
            let file = dir.path().join(format!("{id}.toml"));
            let text = ACME
                .replace("id = \"acme\"", &format!("id = \"{id}\""))
                .replace("acme-token", &format!("{id}-token"))
                .replace("acme-server-token", &format!("{id}-server-token"));
            std::fs::write(&file, text).unwrap();
            file
        })
        .collect();
    let patterns = unleak::pattern::Patterns::with_user(&files).unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems.iter().map(|p| p.to_string()).collect::<String>()
        )
    });
    let verifier = Verifier::new(&patterns, setup.client(), setup.options.clone());
    let start = Instant::now();
    let ((), outcomes) = verifier.during(&AtomicBool::new(false), |intake| {
        for n in 0..1000 {
            let word = if n % 2 == 0 { "ALIVE" } else { "DEAD0" };
            let key = format!("acme_pat_{n:09}{word}0000000000");
            intake.submit(credential(&format!("acme{}-token", n / 20), &key, &[]));
        }
    });
    let elapsed = start.elapsed();
    let count = |status: &Status| outcomes.values().filter(|o| o.status == *status).count();
    assert_eq!((count(&Status::Live), count(&Status::Dead)), (500, 500));
    // One call for each key and one control for each provider.
    assert_eq!(server.seen().len(), 1050);
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
}

#[test]
fn checking_goes_on_while_scanning_does_and_each_key_is_asked_once() {
    let server = Server::start(|seen| Act::Late(Duration::from_millis(50), Box::new(honest(seen))));
    let (patterns, _dir) = patterns(ACME);
    let setup = Setup::at(&server.url());
    let verifier = setup.verifier(&patterns);
    let (asked_meanwhile, outcomes) = verifier.during(&AtomicBool::new(false), |intake| {
        for _ in 0..5 {
            intake.submit(token());
        }
        std::thread::sleep(Duration::from_millis(400));
        server.seen().len()
    });
    assert_eq!((asked_meanwhile, outcomes.len()), (2, 1));
}

#[test]
fn an_interrupt_ends_the_queue() {
    let server =
        Server::start(|seen| Act::Late(Duration::from_millis(200), Box::new(honest(seen))));
    let (patterns, _dir) = patterns(ACME);
    let mut setup = Setup::at(&server.url());
    setup.options.threads = 1;
    let verifier = setup.verifier(&patterns);
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let ((), outcomes) = verifier.during(&stop, |intake| {
        for n in 0..50 {
            intake.submit(credential("acme-token", &format!("acme_pat_{n:024}"), &[]));
        }
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(outcomes.len() < 10 && start.elapsed() < Duration::from_secs(3));
}

#[test]
fn every_contact_is_written_down() {
    let server = Server::start(honest);
    let (patterns, _dir) = patterns(ACME);
    let setup = Setup::at(&server.url());
    let verifier = setup.verifier(&patterns);
    verifier.check(&token());
    let contacts = verifier.client().egress().contacts();
    let rows: BTreeMap<_, _> = contacts
        .iter()
        .map(|c| ((c.host.as_str(), c.kind.as_str()), c.count))
        .collect();
    let host = server.address.to_string();
    assert_eq!(rows, BTreeMap::from([((host.as_str(), "acme-token"), 2)]));
}
