//! Facts that stand in a token as they are: ids, modes, hosts, query parameters.

use super::{Credential, Facts, facts};
use crate::matcher::checks::checksum::{aws_account, base64};

/// The account that a key id carries.
pub(super) fn aws(credential: &Credential<'_>) -> Option<Facts> {
    let id = credential
        .part(&["id", "key_id", "user"])
        .map_or(credential.secret, str::as_bytes);
    let account = aws_account(id).filter(|account| *account < 1_000_000_000_000)?;
    facts([("account", Some(format!("{account:012}")))])
}

/// The mode is the word between the underscores.
pub(super) fn stripe(credential: &Credential<'_>) -> Option<Facts> {
    let text = credential.text()?;
    let mode = ["live", "test"]
        .into_iter()
        .find(|mode| text.contains(&format!("_{mode}_")));
    facts([("mode", mode.map(str::to_owned))])
}

/// The team stands in webhook addresses, the app in app tokens.
pub(super) fn slack(credential: &Credential<'_>) -> Option<Facts> {
    let text = credential.text()?;
    let words = || text.split(['/', '-', '?']);
    let id = |letter: char| {
        let fits = |word: &&str| word.starts_with(letter) && word.len() >= 9 && word.len() <= 12;
        let upper = |word: &&str| {
            word.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        words()
            .find(|word| fits(word) && upper(word))
            .map(str::to_owned)
    };
    let app = text.starts_with("xapp-").then(|| id('A')).flatten();
    facts([
        (
            "team",
            credential
                .part(&["team"])
                .map(str::to_owned)
                .or_else(|| id('T')),
        ),
        ("app", app),
    ])
}

/// The id of the bot stands before the colon.
pub(super) fn telegram(credential: &Credential<'_>) -> Option<Facts> {
    let (id, _) = credential.text()?.split_once(':')?;
    let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    facts([("bot_id", digits.then(|| id.to_owned()))])
}

/// The first part is the base64 of a number.
pub(super) fn discord(credential: &Credential<'_>) -> Option<Facts> {
    let (head, _) = credential.text()?.split_once('.')?;
    let id = String::from_utf8(base64(head.as_bytes())?).ok()?;
    let digits = id.len() >= 17 && id.bytes().all(|b| b.is_ascii_digit());
    facts([("user_id", digits.then_some(id))])
}

/// What a shared access signature permits, and how long.
pub(super) fn azure_sas(credential: &Credential<'_>) -> Option<Facts> {
    let text = credential
        .part(&["query", "url"])
        .or_else(|| credential.text())?;
    let parameter = |name: &str| {
        let pairs = text
            .split(['?', '&'])
            .filter_map(|pair| pair.split_once('='));
        let mut values = pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        values
            .next()
            .map(|value| value.replace("%3A", ":").replace("%3a", ":"))
    };
    facts([("rights", parameter("sp")), ("expires", parameter("se"))])
}

/// The e-mail address of a service account names its project.
pub(super) fn gcp_service_account(credential: &Credential<'_>) -> Option<Facts> {
    let email = credential
        .part(&["client_email", "email"])
        .map(str::to_owned);
    let of_email = email.as_deref().and_then(|email| {
        let (_, host) = email.split_once('@')?;
        host.strip_suffix(".iam.gserviceaccount.com")
    });
    let project = credential
        .part(&["project_id", "project"])
        .or(of_email)
        .map(str::to_owned);
    facts([("project", project), ("email", email)])
}

/// Host and user of an address, from its parts or from the address itself.
pub(super) fn url(credential: &Credential<'_>) -> Option<Facts> {
    let address = credential.text().and_then(|text| text.split_once("://"));
    let authority = address.map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let (userinfo, place) = match authority {
        Some(text) => text
            .rsplit_once('@')
            .map_or((None, Some(text)), |(u, h)| (Some(u), Some(h))),
        None => (None, None),
    };
    let host = credential
        .part(&["host"])
        .or_else(|| place?.split(':').next());
    let user = credential
        .part(&["user", "username"])
        .or_else(|| userinfo?.split(':').next());
    facts([
        ("host", host.map(str::to_owned)),
        ("user", user.map(str::to_owned)),
    ])
}
