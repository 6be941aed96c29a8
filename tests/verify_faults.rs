//! Whatever goes wrong on the way to a provider: nothing of it reads as dead or live, nothing of it tells the key.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use unleak::finding::Status;
use unleak::verify::Outcome;

use crate::support::acme::{ACME, KEY, Setup, honest, patterns, token};
use crate::support::server::{Act, Server, status};

/// The reason of an unknown outcome; the key must stand nowhere in it.
fn why(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    assert!(!text.contains(KEY) && !text.contains(&KEY[9..]), "{text}");
    match &outcome.status {
        Status::Unknown(why) => why.clone(),
        other => panic!("reads as {other}"),
    }
}

fn through(act: impl Fn() -> Act + Send + Sync + 'static) -> String {
    let server = Server::start(move |_| act());
    why(&Setup::at(&server.url()).check(&token()))
}

#[test]
fn answers_that_prove_nothing() {
    let html = || {
        Act::Answer(
            401,
            vec![("Content-Type", "text/html".into())],
            "<html>login</html>".into(),
        )
    };
    let bare = || {
        Act::Answer(
            200,
            vec![],
            "<!DOCTYPE html><title>Welcome to the hotel</title>".into(),
        )
    };
    let long = || Act::Answer(429, vec![("Retry-After", "3600".into())], String::new());
    assert_eq!(through(|| status(429, "{}")), "rate limited");
    assert_eq!(through(long), "rate limited for 3600 s");
    assert_eq!(
        through(|| status(500, "{}")),
        "the provider's server failed (status 500)"
    );
    assert_eq!(
        through(|| status(503, "")),
        "the provider's server failed (status 503)"
    );
    assert_eq!(
        through(|| status(404, "{}")),
        "the answer proves nothing (status 404)"
    );
    assert_eq!(
        through(|| status(200, "{}")),
        "the answer proves nothing (status 200)"
    );
    assert_eq!(
        through(|| status(200, "{broken")),
        "the answer proves nothing (status 200)"
    );
    assert_eq!(
        through(html),
        "a web page answered instead of the API (status 401)"
    );
    assert_eq!(
        through(bare),
        "a web page answered instead of the API (status 200)"
    );
}

#[test]
fn what_the_networks_own_gates_say_is_not_the_providers_word() {
    let gate = |status, header: (&'static str, &str), body: &str| {
        let (name, value, body) = (header.0, header.1.to_owned(), body.to_owned());
        move || Act::Answer(status, vec![(name, value.clone())], body.clone())
    };
    let blocked = "the network's own gate answered (status 403)";
    let cloud = gate(403, ("Content-Type", "text/plain"), "error code: 1020");
    assert_eq!(through(cloud), blocked);
    let puzzle = gate(403, ("cf-mitigated", "challenge"), "{}");
    assert_eq!(through(puzzle), blocked);
    let windows = gate(401, ("WWW-Authenticate", "Negotiate"), "");
    let asked = "the network's own gate answered (status 401)";
    assert_eq!(through(windows), asked);
    let portal = gate(511, ("Content-Type", "application/json"), "{}");
    let wanted = "the network's own gate answered (status 511)";
    assert_eq!(through(portal), wanted);
}

#[test]
fn lines_that_break() {
    assert_eq!(through(|| Act::Reset), "127.0.0.1 broke off the connection");
    assert_eq!(through(|| Act::Hang), "127.0.0.1 did not answer in time");
    let late = || Act::Late(Duration::from_secs(4), Box::new(status(401, "{}")));
    assert_eq!(through(late), "127.0.0.1 did not answer in time");
    let smtp = || Act::Raw(b"220 mail.example ESMTP\r\n");
    assert_eq!(
        through(smtp),
        "127.0.0.1 does not speak the expected protocol"
    );
}

#[test]
fn a_body_without_end_is_cut() {
    let start = Instant::now();
    assert_eq!(
        through(|| Act::Endless),
        "the answer is too large to judge (status 200)"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn nobody_there() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let outcome = Setup::at(&format!("http://127.0.0.1:{port}")).check(&token());
    assert_eq!(why(&outcome), "127.0.0.1 cannot be reached");
    // Accepts and says nothing at all.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    assert_eq!(
        why(&Setup::at(&url).check(&token())),
        "127.0.0.1 did not answer in time"
    );
    let outcome = Setup::at("https://no-such-host.invalid").check(&token());
    assert_eq!(
        why(&outcome),
        "the name of no-such-host.invalid is not known (offline?)"
    );
}

#[test]
fn a_short_wait_is_kept_and_the_answer_then_counts() {
    let turn = std::sync::atomic::AtomicU32::new(0);
    let server =
        Server::start(
            move |seen| match turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => Act::Answer(429, vec![("Retry-After", "1".into())], String::new()),
                _ => honest(seen),
            },
        );
    assert_eq!(
        Setup::at(&server.url()).check(&token()).status,
        Status::Live
    );
}

#[test]
fn a_redirect_carries_nothing_to_another_host() {
    let thief = Server::start(|_| status(200, r#"{"id":1}"#));
    let to = thief.url();
    for code in [301, 302, 303, 307, 308] {
        let to = to.clone();
        let server = Server::start(move |_| {
            Act::Answer(code, vec![("Location", format!("{to}/me"))], String::new())
        });
        let reason = why(&Setup::at(&server.url()).check(&token()));
        assert_eq!(reason, "redirected elsewhere, not followed");
    }
    assert!(thief.seen().is_empty());
}

fn tls(certificate: &str, key: &str, host: &str) -> Outcome {
    let server = Server::tls(certificate, key, honest);
    let mut setup = Setup::at(&format!("https://{host}:{}", server.port()));
    setup.network.names = vec![(host.into(), server.address.ip())];
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/ca.pem");
    setup.network.ca_pem = Some(std::fs::read(ca).unwrap());
    let outcome = setup.check(&token());
    assert_eq!(outcome.status == Status::Live, !server.seen().is_empty());
    outcome
}

#[test]
fn certificates_are_always_checked() {
    assert_eq!(
        tls("server.pem", "server.key", "api.acme.example").status,
        Status::Live
    );
    let refused = "the certificate of api.acme.example is not trusted";
    assert_eq!(
        why(&tls("other.pem", "other.key", "api.acme.example")),
        refused
    );
    assert_eq!(
        why(&tls("expired.pem", "server.key", "api.acme.example")),
        refused
    );
    let server = Server::tls("server.pem", "server.key", honest);
    let mut setup = Setup::at(&format!("https://localhost:{}", server.port()));
    setup.network.ca_pem = None;
    let outcome = setup.check(&token());
    assert_eq!(why(&outcome), "the certificate of localhost is not trusted");
    // Plain HTTP where TLS is expected.
    let plain = Server::start(honest);
    let setup = Setup::at(&format!("https://localhost:{}", plain.port()));
    why(&setup.check(&token()));
    assert!(
        plain
            .seen()
            .iter()
            .all(|seen| seen.header("authorization").is_empty())
    );
}

#[test]
fn a_proxy_that_refuses_proves_nothing() {
    let proxy = Server::start(|_| status(407, ""));
    let mut setup = Setup::at("https://api.acme.example");
    setup.network.https_proxy = Some(proxy.url());
    assert_eq!(why(&setup.check(&token())), "the proxy refused to connect");
    let asked = proxy.seen();
    assert!(
        asked.iter().all(|seen| seen.method == "CONNECT"),
        "{asked:?}"
    );
    // NO_PROXY goes past it, to a name that does not exist.
    setup.network.no_proxy = vec!["acme.example".into()];
    let reason = why(&setup.check(&token()));
    assert_eq!(
        reason,
        "the name of api.acme.example is not known (offline?)"
    );
}

#[test]
fn every_fault_of_a_run_leaves_the_summary_without_the_key() {
    let server = Server::start(|_| Act::Reset);
    let setup = Setup::at(&server.url());
    let (patterns, _dir) = patterns(ACME);
    let verifier = setup.verifier(&patterns);
    why(&verifier.check(&token()));
    let contacts = format!("{:?}", verifier.client().egress().contacts());
    assert!(
        contacts.contains("acme-token") && !contacts.contains(KEY),
        "{contacts}"
    );
}
