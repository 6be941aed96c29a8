//! Checksums and other structure that a value carries in itself, by the names that pattern files use.
//! A right one makes filler and entropy tests needless; a wrong one is never high confidence.

mod azure;
mod chain;
mod code_hosts;
mod encoded;
mod plain;

pub(in crate::matcher) use chain::is_account;
pub(in crate::matcher) use encoded::{base64, der_public};
pub(in crate::matcher) use plain::aws_account;

/// Tests `value` by the rule called `name`; `None` if there is no such rule, or if this form of
/// the value carries none.
pub fn verify(name: &str, value: &[u8]) -> Option<bool> {
    let (_, rule) = RULES.iter().find(|(known, _)| *known == name)?;
    rule(value)
}

type Rule = fn(&[u8]) -> Option<bool>;

const RULES: &[(&str, Rule)] = &[
    ("age-bech32", chain::age),
    ("aws-key-id", plain::aws_key_id),
    ("azure-devops-crc32", azure::devops),
    ("azure-marvin32", azure::marvin),
    ("base64-json", encoded::base64_json),
    ("basic-credentials", encoded::basic_credentials),
    ("bip39", chain::bip39),
    ("crates-xor", code_hosts::crates),
    ("der-private-key", encoded::der_private_key),
    ("discord-snowflake", plain::discord),
    ("github-crc32", code_hosts::github),
    ("gitlab-routable", code_hosts::gitlab),
    ("grafana-crc32", code_hosts::grafana),
    ("jwt", encoded::jwt),
    ("luhn", plain::luhn),
    ("macaroon", encoded::macaroon),
    ("nats-nkey", chain::nkey),
    ("npm-crc32", code_hosts::npm),
    ("pem", encoded::pem),
    ("telegram", plain::telegram),
    ("uuid-v4", plain::uuid4),
    ("wif", chain::wif),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::names;

    #[test]
    fn every_name_of_the_patterns_has_a_rule() {
        let known: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, names::CHECKSUMS);
    }

    #[test]
    fn no_rule_stumbles_over_garbage() {
        let all: Vec<u8> = (0..=255).collect();
        let texts: [&[u8]; 8] = [
            b"",
            b"_",
            b".",
            b"-",
            b"a_b.c-d",
            &all,
            b"=====",
            b"_\xff\xff\xff\xff\xff\xff",
        ];
        for (name, rule) in RULES {
            for text in texts {
                assert_ne!(rule(text), Some(true), "{name}");
            }
        }
    }
}
