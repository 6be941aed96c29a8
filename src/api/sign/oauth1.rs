//! OAuth 1.0a with HMAC-SHA1 (RFC 5849), in the Authorization header.

use super::super::encode::{base64, hmac_sha1, percent};
use super::super::request::Request;
use super::{Settings, SignError, Stamp};

/// `key`, `secret`, `token`, `token_secret`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let mut own = vec![
        ("oauth_consumer_key", settings.need("key")?.to_owned()),
        ("oauth_nonce", stamp.plain_nonce()),
        ("oauth_signature_method", "HMAC-SHA1".to_owned()),
        ("oauth_timestamp", stamp.at.to_string()),
        ("oauth_version", "1.0".to_owned()),
    ];
    if !settings.get("token").is_empty() {
        own.push(("oauth_token", settings.get("token").to_owned()));
    }
    let mut all: Vec<_> = request.url.query_pairs();
    all.extend(request.form_pairs());
    all.extend(own.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
    let mut encoded: Vec<_> = all.iter().map(|(k, v)| (percent(k), percent(v))).collect();
    encoded.sort();
    let joined: Vec<_> = encoded.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let address = format!("{}{}", request.url.origin(), request.url.path);
    let text = format!(
        "{}&{}&{}",
        request.method,
        percent(address),
        percent(joined.join("&"))
    );
    let key = format!(
        "{}&{}",
        percent(settings.need("secret")?),
        percent(settings.get("token_secret"))
    );
    own.push(("oauth_signature", base64(hmac_sha1(key, text))));
    let fields = own
        .iter()
        .map(|(k, v)| format!("{}=\"{}\"", percent(k), percent(v)));
    let value = format!("OAuth {}", fields.collect::<Vec<_>>().join(", "));
    request.set_header("Authorization", &value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    #[test]
    fn what_oauthlib_computes() {
        let body = "status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20request%21";
        let url = "https://api.acme.example/1.1/update.json?entities=true";
        let mut request = request("POST", url, body);
        request.set_header("Content-Type", "application/x-www-form-urlencoded");
        let all = [
            ("key", "fakeconsumer"),
            ("secret", "fake&secret"),
            ("token", "1-faketoken"),
            ("token_secret", "fake+token/secret"),
        ];
        let stamp = stamp(
            "2026-01-02T03:04:05Z",
            "00000000-0000-4000-8000-000000000001",
        );
        sign(&mut request, &settings(&all), &stamp).unwrap();
        let value = request.header("authorization").unwrap();
        let wanted = "oauth_signature=\"p%2FdYezaaJSsdSSqSffKOLijU8JA%3D\"";
        assert!(value.contains(wanted), "{value}");
    }
}
