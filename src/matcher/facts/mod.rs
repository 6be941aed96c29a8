//! Facts: what a token says about itself, read offline, by the names that pattern files use.

use std::collections::BTreeMap;

use super::checks::checksum::aws_account;

/// What a reader is given: the secret and the named parts.
pub(super) struct Credential<'a> {
    pub(super) secret: &'a [u8],
    pub(super) parts: &'a [(&'a str, &'a [u8])],
}

/// A word and its value, such as `account`.
pub(super) type Facts = BTreeMap<String, String>;

type Reader = fn(&Credential<'_>) -> Option<Facts>;

const READERS: &[(&str, Reader)] = &[("aws-key-id", aws)];

/// Reads by the rule called `name`; what cannot be read is left out.
pub(super) fn read(name: &str, credential: &Credential<'_>) -> Facts {
    let reader = READERS.iter().find(|(known, _)| *known == name);
    reader
        .and_then(|(_, read)| read(credential))
        .unwrap_or_default()
}

/// The account that a key id carries.
fn aws(credential: &Credential<'_>) -> Option<Facts> {
    let id = credential.parts.iter().find(|(name, _)| *name == "id");
    let account = aws_account(id.map_or(credential.secret, |(_, value)| value))?;
    let sensible = account < 1_000_000_000_000;
    sensible.then(|| Facts::from([("account".to_owned(), format!("{account:012}"))]))
}
