//! Tokens that a private key signs about itself: Google service accounts, GitHub Apps, Coinbase.

use serde_json::{Value, json};

use super::super::encode::base64url;
use super::super::request::Request;
use super::{Settings, SignError, Stamp, pem};

const GOOGLE_TOKEN: &str = "https://oauth2.googleapis.com/token";

/// `email`, `key`, `scope`, `key_id`, `audience`.
pub(super) fn google(_: &Request, settings: &Settings, stamp: &Stamp) -> Result<String, SignError> {
    let email = settings.need("email")?;
    let claims = json!({
        "iss": email,
        "scope": settings.or("scope", "https://www.googleapis.com/auth/cloud-platform.read-only"),
        "aud": settings.or("audience", GOOGLE_TOKEN),
        "iat": stamp.at,
        "exp": stamp.at + 3600,
    });
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if !settings.get("key_id").is_empty() {
        header["kid"] = json!(settings.get("key_id"));
    }
    rs256(&header, &claims, settings)
}

/// `app_id`, `key`.
pub(super) fn github_app(
    _: &Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<String, SignError> {
    // A minute back, as GitHub advises against clocks that run ahead.
    let claims = json!({
        "iat": stamp.at - 60,
        "exp": stamp.at + 300,
        "iss": settings.need("app_id")?,
    });
    rs256(&json!({ "alg": "RS256", "typ": "JWT" }), &claims, settings)
}

/// `name`, `key`.
pub(super) fn coinbase(
    request: &Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<String, SignError> {
    let name = settings.need("name")?;
    let url = &request.url;
    let claims = json!({
        "iss": "cdp",
        "sub": name,
        "nbf": stamp.at,
        "exp": stamp.at + 120,
        "uri": format!("{} {}{}", request.method, url.host_header(), url.path),
    });
    let nonce = stamp.plain_nonce();
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": name, "nonce": nonce });
    let text = unsigned(&header, &claims);
    let signature = pem::es256(settings.need("key")?, &text)?;
    Ok(format!("{text}.{}", base64url(signature)))
}

fn rs256(header: &Value, claims: &Value, settings: &Settings) -> Result<String, SignError> {
    let text = unsigned(header, claims);
    let signature = pem::rs256(settings.need("key")?, &text)?;
    Ok(format!("{text}.{}", base64url(signature)))
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
