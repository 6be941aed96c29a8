//! Traps: credentials laid out so that their use is heard. Told offline, from what they say themselves.

use crate::api::address::below;

/// AWS accounts whose keys are known to be canary tokens.
const AWS_ACCOUNTS: &[&str] = &["171436882533", "052310077262", "534261010715"];

/// Domains that belong to canary services; a credential for a host below one of them is a trap.
const DOMAINS: &[&str] = &[
    "canarytokens.com",
    "canarytokens.org",
    "canarytokens.net",
    "canary.tools",
];

/// True if the credential is a known trap. `id` is an AWS key id if there is one; `texts` are its parts and
/// what it says about itself.
pub(super) fn is_canary<'a>(
    id: Option<&str>,
    account: Option<&str>,
    mut texts: impl Iterator<Item = &'a str>,
) -> bool {
    let decoded = id.and_then(aws_account);
    let accounts = [account, decoded.as_deref()];
    let trapped = |account: &str| AWS_ACCOUNTS.contains(&account);
    accounts.into_iter().flatten().any(trapped) || texts.any(names_canary_host)
}

fn names_canary_host(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
    words.any(|word| DOMAINS.iter().any(|domain| below(word, domain)))
}

/// The account id inside an AWS key id: base32 of what follows the prefix, six bytes, the middle 40 bits.
fn aws_account(id: &str) -> Option<String> {
    if id.len() != 20 || !id.starts_with('A') {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in id.get(4..)?.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u128::from(digit);
    }
    let head = bits >> 32;
    Some(format!("{:012}", (head & 0x7fff_ffff_ff80) >> 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_decoded_from_the_id() {
        let known = aws_account("ASIAQNZGKIQY56JQ7WML");
        assert_eq!(known.as_deref(), Some("029608264753"));
        let canary = Some("AKIASP2TPHJSQH3FJRUX");
        assert!(is_canary(canary, None, std::iter::empty()));
        assert!(!is_canary(
            Some("AKIAIOSFODNN7EXAMPLE"),
            None,
            std::iter::empty()
        ));
        assert_eq!(aws_account("AKIA"), None);
    }

    #[test]
    fn hosts_of_canary_services_are_known() {
        let texts = ["https://abc.canarytokens.com/x"];
        assert!(is_canary(None, None, texts.into_iter()));
        assert!(!is_canary(None, None, ["notcanarytokens.com"].into_iter()));
    }
}
