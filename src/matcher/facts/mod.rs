//! Facts: what a token says about itself, read offline, by the names that pattern files use. Nothing
//! of what is read here may be secret: no signature, no password, no key.

mod encoded;
mod spelled;

use std::collections::BTreeMap;

/// What a reader is given: the secret and the named parts.
pub(super) struct Credential<'a> {
    pub(super) secret: &'a [u8],
    pub(super) parts: &'a [(&'a str, &'a [u8])],
}

/// A word and its value, such as `account`.
pub(super) type Facts = BTreeMap<String, String>;

type Reader = fn(&Credential<'_>) -> Option<Facts>;

const READERS: &[(&str, Reader)] = &[
    ("aws-key-id", spelled::aws),
    ("azure-sas", spelled::azure_sas),
    ("discord", spelled::discord),
    ("docker-config", encoded::docker_config),
    ("gcp-service-account", spelled::gcp_service_account),
    ("gitlab-routable", encoded::gitlab_routable),
    ("grafana-cloud", encoded::grafana_cloud),
    ("jwt", encoded::jwt),
    ("macaroon", encoded::macaroon),
    ("mapbox", encoded::mapbox),
    ("onepassword", encoded::onepassword),
    ("pem", encoded::pem),
    ("sentry", encoded::sentry),
    ("slack", spelled::slack),
    ("stripe", spelled::stripe),
    ("telegram", spelled::telegram),
    ("url", spelled::url),
];

/// A fact longer than this is cut.
const LONGEST: usize = 200;

/// Reads by the rule called `name`; what cannot be read is left out.
pub(super) fn read(name: &str, credential: &Credential<'_>) -> Facts {
    let reader = READERS.iter().find(|(known, _)| *known == name);
    let mut facts = reader
        .and_then(|(_, read)| read(credential))
        .unwrap_or_default();
    for value in facts.values_mut() {
        *value = value
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
    }
    facts.retain(|_, value| !value.is_empty());
    facts
}

impl Credential<'_> {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.secret).ok()
    }

    /// The first of the parts called one of `names`.
    fn part(&self, names: &[&str]) -> Option<&str> {
        let found = self.parts.iter().find(|(name, _)| names.contains(name));
        std::str::from_utf8(found?.1).ok()
    }
}

/// Facts of those pairs that have a value.
fn facts<const N: usize>(pairs: [(&str, Option<String>); N]) -> Option<Facts> {
    let known = pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Some(known.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::names;

    #[test]
    fn every_name_of_the_patterns_has_a_reader() {
        let known: Vec<&str> = READERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, names::FACTS);
    }

    fn told(name: &str, secret: &str, parts: &[(&str, &str)]) -> String {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        let credential = Credential {
            secret: secret.as_bytes(),
            parts: &parts,
        };
        let facts = read(name, &credential);
        facts
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn base64(text: &str) -> String {
        use ::base64::Engine;
        ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    }

    #[test]
    fn tokens_speak_of_themselves() {
        assert_eq!(
            told("aws-key-id", "x", &[("id", "ASIAQNZGKIQY56JQ7WML")]),
            "account=029608264753"
        );
        let jwt = format!(
            "{}.{}.c2ln",
            base64(r#"{"alg":"HS256"}"#),
            base64(
                r#"{"iss":"https://id.acme.example","sub":"7","exp":1767323045,"scope":"read"}"#
            )
        );
        assert_eq!(
            told("jwt", &jwt, &[]),
            "algorithm=HS256 expires=1767323045 issuer=https://id.acme.example scopes=read subject=7"
        );
        assert_eq!(
            told(
                "mapbox",
                &format!("sk.{}.c2ln", base64(r#"{"u":"acme","a":"x"}"#)),
                &[]
            ),
            "user=acme"
        );
        assert_eq!(
            told("stripe", "sk_live_9Kd2mQxV4tRb7ZnW1cLsYp3H", &[]),
            "mode=live"
        );
        assert_eq!(
            told("telegram", "7123456789:AAabc", &[]),
            "bot_id=7123456789"
        );
        assert_eq!(
            told("discord", "MTIzNDU2Nzg5MDEyMzQ1Njc4.abc.def", &[]),
            "user_id=123456789012345678"
        );
        assert_eq!(
            told(
                "slack",
                "https://hooks.slack.com/services/T024QWERT/B0123/abc",
                &[]
            ),
            "team=T024QWERT"
        );
        assert_eq!(
            told("url", "pw", &[("host", "db.acme.example"), ("user", "app")]),
            "host=db.acme.example user=app"
        );
        assert_eq!(
            told("url", "amqp://app:pw@mq.acme.example:5672/", &[]),
            "host=mq.acme.example user=app"
        );
        assert_eq!(
            told(
                "azure-sas",
                "sv=2022-11-02&sp=rwl&se=2027-01-01T00:00:00Z&sig=abc",
                &[]
            ),
            "expires=2027-01-01T00:00:00Z rights=rwl"
        );
        assert_eq!(
            told(
                "gitlab-routable",
                "glpat-bzoxCnU6MjIAAAAAAAAAAAAAAAAAAAAAEA.01.0y0vy2gxg",
                &[]
            ),
            "organisation=1 user=74"
        );
        assert_eq!(
            told(
                "grafana-cloud",
                &format!(
                    "glc_{}",
                    base64(r#"{"o":"652992","n":"stack","k":"secret","m":{"r":"us"}}"#)
                ),
                &[]
            ),
            "name=stack organisation=652992 region=us"
        );
        let email = [("client_email", "ci@acme-prod.iam.gserviceaccount.com")];
        assert_eq!(
            told("gcp-service-account", "x", &email),
            "email=ci@acme-prod.iam.gserviceaccount.com project=acme-prod"
        );
        assert_eq!(
            told("docker-config", "YXBwOnB3", &[("host", "r.acme.example")]),
            "host=r.acme.example user=app"
        );
        let key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----";
        assert_eq!(told("pem", key, &[]), "encrypted=yes type=RSA PRIVATE KEY");
        let macaroon = "MDAxY2xvY2F0aW9uIGh0dHBzOi8vYWNtZQowMDE";
        assert_eq!(told("macaroon", macaroon, &[]), "location=https://acme");
        let sentry = format!(
            "sntrys_{}_abc",
            base64(r#"{"iat":1,"region_url":"https://us.sentry.io","org":"acme"}"#)
        );
        assert_eq!(
            told("sentry", &sentry, &[]),
            "organisation=acme region=https://us.sentry.io"
        );
        let ops = format!(
            "ops_{}",
            base64(
                r#"{"signInAddress":"acme.1password.com","email":"a@b.example","secretKey":"A3"}"#
            )
        );
        assert_eq!(
            told("onepassword", &ops, &[]),
            "email=a@b.example host=acme.1password.com"
        );
    }

    #[test]
    fn garbage_tells_nothing() {
        for (name, _) in READERS {
            for text in [
                "",
                ".",
                "_",
                "a.b.c",
                "\u{e9}\u{e9}\u{e9}\u{e9}",
                "://",
                "-----BEGIN ",
            ] {
                assert!(told(name, text, &[]).len() < 100, "{name} {text}");
            }
        }
    }
}
