//! Checksums and other structure that a value carries in itself, by the names that pattern files use.
//! A right one makes filler and entropy tests needless; a wrong one is never high confidence.

mod azure;
mod chain;
mod code_hosts;
mod encoded;
mod plain;

pub(in crate::matcher) use encoded::base64;
pub(in crate::matcher) use plain::aws_account;

/// Tests `value` by the rule called `name`; `None` if there is no such rule, or if this form of
/// the value carries none.
pub fn verify(name: &str, value: &[u8]) -> Option<bool> {
    let (_, rule) = RULES.iter().find(|(known, _)| *known == name)?;
    rule(value)
}

/// The names, for lint.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(name, _)| *name)
}

type Rule = fn(&[u8]) -> Option<bool>;

const RULES: &[(&str, Rule)] = &[
    ("github-crc32", code_hosts::github),
    ("npm-crc32", code_hosts::npm),
    ("gitlab-routable", code_hosts::gitlab),
    ("crates-xor", code_hosts::crates),
    ("grafana-crc32", code_hosts::grafana),
    ("azure-marvin32", azure::marvin),
    ("azure-devops-crc32", azure::devops),
    ("wif", chain::wif),
    ("age-bech32", chain::age),
    ("nats-nkey", chain::nkey),
    ("jwt", encoded::jwt),
    ("macaroon", encoded::macaroon),
    ("base64-json", encoded::base64_json),
    ("pem", encoded::pem),
    ("aws-key-id", plain::aws_key_id),
    ("luhn", plain::luhn),
    ("telegram", plain::telegram),
    ("discord-snowflake", plain::discord),
    ("uuid-v4", plain::uuid4),
];
