//! Acme: an invented provider whose pattern file the tests write, and a verifier that knows it.

use std::collections::BTreeMap;
use std::time::Duration;

use tempfile::TempDir;
use unleak::api::exchange::Client;
use unleak::api::pace::Pace;
use unleak::api::transport::{Options as Network, Transport};
use unleak::finding::{Part, Secret};
use unleak::pattern::Patterns;
use unleak::verify::{Credential, Options, Outcome, Verifier};

use super::server::{Act, Seen, ok, status};

pub(crate) const KEY: &str = "acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P";

/// What most tests need; `{{endpoint}}` and two more kinds whose host is a part.
pub(crate) const ACME: &str = r#"
id = "acme"
name = "Acme Cloud"
docs = "https://docs.acme.example"
words = ["acme"]
hosts = ["acme.example"]
endpoint = "https://api.acme.example"

[[secret]]
id = "acme-token"
name = "Token"
severity = "high"
keywords = ["acme_pat_"]
regex = '''\b(?<secret>acme_pat_[A-Za-z0-9]{24})\b'''
verify = "whoami"
privileges = ["rights"]
by_hand = "Ask Acme."
matches = ["acme_pat_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P"]
ignores = ["acme_pat_short"]

[[secret]]
id = "acme-server-token"
name = "Server token"
severity = "high"
keywords = ["acme_srv_"]
regex = '''\b(?<secret>acme_srv_[A-Za-z0-9]{24})\b'''
parts = [{ name = "url", shape = 'https?://[a-z0-9.:-]{3,80}', words = ["host"] }]
verify = "server"
by_hand = "Ask Acme."
matches = ["host: https://srv.example\nkey: acme_srv_7Gq2LmX9Zt4Rb8Vn1Kc5Wy3P"]
ignores = ["acme_srv_short"]

[call.whoami]
method = "GET"
url = "{{endpoint}}/me"
headers = { Authorization = "Bearer {{secret}}" }
effect = "audit-log"
live = [{ status = [200], json = ["/id"] }]
frozen = [{ status = [403], text = ["suspended"] }]
dead = [{ status = [401] }]
identity = { account = "/mail", scopes = "header:x-scopes" }
replies = [
  { status = 200, body = '{"id":7}', means = "live" },
  { status = 401, body = '', means = "dead" },
  { status = 503, body = '', means = "unknown" },
]
source = "documented"

[call.rights]
method = "GET"
url = "{{endpoint}}/rights"
headers = { Authorization = "Bearer {{secret}}" }
effect = "audit-log"
live = [{ status = [200], json = ["/rights"] }]
dead = [{ status = [401] }]
identity = { rights = "/rights" }
replies = [
  { status = 200, body = '{"rights":["x"]}', means = "live" },
  { status = 401, body = '', means = "dead" },
]
source = "documented"

[call.server]
method = "GET"
url = "{{url}}/me"
headers = { Authorization = "Bearer {{secret}}" }
effect = "audit-log"
live = [{ status = [200], json = ["/id"] }]
dead = [{ status = [401] }]
replies = [
  { status = 200, body = '{"id":7}', means = "live" },
  { status = 401, body = '', means = "dead" },
]
source = "documented"

[rotate]
console = "https://console.acme.example"
steps = ["Make a new one."]
"#;

/// The built-in patterns and one more file.
pub(crate) fn patterns(text: &str) -> (Patterns, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("acme.toml");
    std::fs::write(&file, text).unwrap();
    let patterns = Patterns::with_user(&[file]).unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems.iter().map(|p| p.to_string()).collect::<String>()
        )
    });
    (patterns, dir)
}

/// What a check is set up with.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) network: Network,
    pub(crate) options: Options,
    pub(crate) endpoints: BTreeMap<String, String>,
}

impl Setup {
    /// All of Acme's calls go to `url`, which may be inside.
    pub(crate) fn at(url: &str) -> Setup {
        let mut setup = Setup::default();
        setup.endpoint("acme", url);
        setup.network.connect = Duration::from_millis(500);
        setup.network.overall = Duration::from_millis(1500);
        setup
    }

    pub(crate) fn endpoint(&mut self, name: &str, url: &str) {
        self.endpoints.insert(name.into(), url.into());
        let host = url.split("://").nth(1).unwrap().split([':', '/']).next();
        self.network.policy.own_hosts.insert(host.unwrap().into());
    }

    pub(crate) fn client(&self) -> Client {
        let transport = Transport::new(self.network.clone()).unwrap();
        Client::new(Box::new(transport), Pace::default(), self.endpoints.clone())
    }

    pub(crate) fn verifier<'p>(&self, patterns: &'p Patterns) -> Verifier<'p> {
        Verifier::new(patterns, self.client(), self.options.clone())
    }

    /// One check of one key, everything else fresh.
    pub(crate) fn check(&self, credential: &Credential) -> Outcome {
        let (patterns, _dir) = patterns(ACME);
        self.verifier(&patterns).check(credential)
    }
}

pub(crate) fn credential(kind: &str, secret: &str, parts: &[(&str, &str)]) -> Credential {
    let part = |(name, value): &(&str, &str)| Part {
        name: (*name).into(),
        value: Secret::from(*value),
    };
    Credential {
        kind: kind.into(),
        secret: Secret::from(secret),
        parts: parts.iter().map(part).collect(),
        facts: BTreeMap::new(),
        candidates: Vec::new(),
    }
}

pub(crate) fn token() -> Credential {
    credential("acme-token", KEY, &[])
}

/// A provider that knows `KEY` and every key that holds `ALIVE`, and no other.
pub(crate) fn honest(seen: &Seen) -> Act {
    let key = seen.header("authorization").trim_start_matches("Bearer ");
    match seen.path.as_str() {
        _ if key != KEY && !key.contains("ALIVE") => status(401, r#"{"error":"bad token"}"#),
        "/rights" => ok(r#"{"rights":["read","write"]}"#),
        _ => Act::Answer(
            200,
            vec![
                ("Content-Type", "application/json".into()),
                ("X-Scopes", "repo".into()),
            ],
            r#"{"id":7,"mail":"a@acme.example"}"#.into(),
        ),
    }
}
