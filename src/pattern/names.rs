//! The names a pattern file may ask for. Who implements one of these tables has a test that it
//! covers the names here, so that lint and the implementation agree.

/// The provider whose kinds need neither `regex` nor `shape`: the matcher finds them by reasoning.
pub const GENERIC: &str = "generic";

/// `checksum` of a kind: implemented by the matcher.
pub const CHECKSUMS: &[&str] = &[
    "age-bech32",
    "aws-key-id",
    "azure-devops-crc32",
    "azure-marvin32",
    "base64-json",
    "basic-credentials",
    "bip39",
    "crates-xor",
    "der-private-key",
    "discord-snowflake",
    "github-crc32",
    "gitlab-routable",
    "grafana-crc32",
    "jwt",
    "luhn",
    "macaroon",
    "nats-nkey",
    "npm-crc32",
    "pem",
    "telegram",
    "uuid-v4",
    "wif",
];

/// `facts` of a kind: implemented by the matcher.
pub const FACTS: &[&str] = &[
    "aws-key-id",
    "azure-sas",
    "discord",
    "docker-config",
    "gcp-service-account",
    "gitlab-routable",
    "grafana-cloud",
    "jwt",
    "macaroon",
    "mapbox",
    "onepassword",
    "pem",
    "sentry",
    "slack",
    "stripe",
    "telegram",
    "url",
];

/// `sign.with` of a call: implemented by `api`.
pub const SIGNERS: &[&str] = &[
    "acme-jws",
    "acs3-hmac-sha256",
    "alibaba-rpc-v1",
    "aws-sigv4",
    "azure-shared-key",
    "bce-auth-v1",
    "coinbase-es256",
    "digest",
    "github-app-jwt",
    "google-jwt",
    "hmac-query",
    "huawei-sdk-hmac-sha256",
    "oauth1",
    "qiniu",
    "tc3-hmac-sha256",
    "volcengine-hmac-sha256",
];

/// Signers that leave `{{jwt}}` for the other templates of the call.
pub const JWT_SIGNERS: &[&str] = &["coinbase-es256", "github-app-jwt", "google-jwt"];

/// `protocol` of a kind: implemented by `api`.
pub const PROTOCOLS: &[&str] = &[
    "amqp",
    "docker-registry",
    "ftp",
    "http-basic",
    "imap",
    "kerberos",
    "kubernetes",
    "ldap",
    "mongodb",
    "mqtt",
    "mssql",
    "mysql",
    "nats",
    "postgres",
    "redis",
    "smtp",
    "ssh",
];

/// `protocol` of a call: those over which statements can be said.
pub const SPOKEN: &[&str] = &["kadmin", "ldap", "mysql", "postgres", "redis"];

/// `make` of a call: files that programs of the user make.
pub const MAKES: &[&str] = &["pgp-revocation", "ssh-krl", "ssh-krl-empty"];

/// `effect` of a call that checks.
pub const CHECK_EFFECTS: &[&str] = &["audit-log", "counts-as-attempt", "none"];

/// `effect` of any other call.
pub const OTHER_EFFECTS: &[&str] = &["changes", "freezes", "reads", "revokes", "thaws"];

/// `method` of a call.
pub const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT", "PROPFIND"];

/// `source` of a call.
pub const SOURCES: &[&str] = &["documented", "lead", "tested"];

/// `by` of a `find`.
pub const FIND_BY: &[&str] = &["contains", "equals", "hint-of", "prefix-of", "suffix-of"];

/// `means` of a recorded reply to a check.
pub const CHECK_REPLIES: &[&str] = &["dead", "frozen", "live", "unknown"];

/// `means` of a recorded reply to another call.
pub const OTHER_REPLIES: &[&str] = &["accepted", "refused", "unknown"];

/// How a value is taken from a reply, beside a JSON pointer.
pub const PICKS: &[&str] = &["claim:", "header:", "regex:", "xml:"];

/// `phase` of a guided incident, in their order.
pub const PHASES: &[&str] = &[
    "freeze",
    "stop-the-money",
    "sweep",
    "harden",
    "rotate-and-prove",
];

/// `does` of a step: implemented by `respond`.
pub const DOINGS: &[&str] = &["close", "places", "prove"];

/// `test` of a question about an element: implemented by `respond`.
pub const TESTS: &[&str] = &[
    "absent",
    "below",
    "contains",
    "equals",
    "in",
    "matches",
    "older-than",
    "one-of",
    "outsider",
    "port-range",
    "ports",
    "since-leak",
    "unlisted",
    "world",
];

/// Tests that compare with nothing of the file.
pub const LONE_TESTS: &[&str] = &["absent", "outsider", "since-leak", "unlisted", "world"];

#[cfg(test)]
mod tests {
    #[test]
    fn readme_lists_every_name() {
        let readme = include_str!("../../patterns/README.md");
        let tables = [
            super::CHECKSUMS,
            super::FACTS,
            super::SIGNERS,
            super::PROTOCOLS,
            super::CHECK_EFFECTS,
            super::SOURCES,
            super::PHASES,
            super::DOINGS,
            super::TESTS,
        ];
        let words: Vec<&str> = readme
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .collect();
        for name in tables.into_iter().flatten() {
            assert!(
                words.contains(name),
                "patterns/README.md does not say {name}"
            );
        }
    }
}
