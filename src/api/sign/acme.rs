//! ACME's revocation (RFC 8555, 7.6) signed by the certificate's own key: a JWS whose `jwk` is the public half. The
//! certificate must be this key's.

use serde_json::{Value, json};

use super::super::encode::{base64url, from_base64};
use super::super::request::Request;
use super::pem::{self, Public};
use super::{Settings, SignError, Stamp};

/// `key`, `certificate` (DER in URL-safe base64), `nonce`.
pub(super) fn sign(request: &mut Request, settings: &Settings, _: &Stamp) -> Result<(), SignError> {
    let key = settings.need("key")?;
    let public = pem::public(key)?;
    let (alg, jwk) = match &public {
        Public::Rsa { n, e } => (
            "RS256",
            json!({ "e": base64url(e), "kty": "RSA", "n": base64url(n) }),
        ),
        Public::P256 { x, y } => (
            "ES256",
            json!({ "crv": "P-256", "kty": "EC", "x": base64url(x), "y": base64url(y) }),
        ),
    };
    let protected = json!({
        "alg": alg,
        "jwk": jwk,
        "nonce": settings.need("nonce")?,
        "url": request.url.whole(),
    });
    // Reason 1: the key is compromised.
    let payload = json!({ "certificate": settings.need("certificate")?, "reason": 1 });
    let protected = base64url(protected.to_string());
    let payload = base64url(payload.to_string());
    let text = format!("{protected}.{payload}");
    let signature = match public {
        Public::Rsa { .. } => pem::rs256(key, &text)?,
        Public::P256 { .. } => pem::es256(key, &text)?,
    };
    let body = json!({
        "protected": protected,
        "payload": payload,
        "signature": base64url(signature),
    });
    request.body = body.to_string().into_bytes();
    request.set_header("Content-Type", "application/jose+json");
    Ok(())
}

/// True for the one refusal after which a client tries again with the nonce that came along (RFC 8555, 6.5).
pub(super) fn wants_another_nonce(status: u16, body: &[u8]) -> bool {
    const WORD: &str = "urn:ietf:params:acme:error:badNonce";
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    status == 400 && said["type"] == WORD
}

/// The certificate of this key among those of a text, as DER.
pub fn certificate_of(key: &str, text: &str) -> Option<Vec<u8>> {
    let public = pem::public(key).ok()?;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN CERTIFICATE-----") {
        let (body, after) = after.split_once("-----END CERTIFICATE-----")?;
        rest = after;
        let body = body.replace("\\r", "").replace("\\n", "\n");
        let der = from_base64(&body).filter(|der| belongs(&public, der));
        if der.is_some() {
            return der;
        }
    }
    None
}

/// True if the public half stands in the certificate: the whole modulus, or the whole point.
fn belongs(public: &Public, der: &[u8]) -> bool {
    let half = match public {
        Public::Rsa { n, .. } => n.clone(),
        Public::P256 { x, y } => [&[4][..], x, y].concat(),
    };
    memchr::memmem::find(der, &half).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_own_certificate_is_taken() {
        let key = include_str!("../../../fixtures/keys/ec-pkcs8.pem");
        let Ok(Public::P256 { x, y }) = pem::public(key) else {
            panic!("a P-256 key");
        };
        let block = |der: &[u8]| {
            let body = super::super::super::encode::base64(der);
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        };
        let own = [&[0x30, 4][..], &x, &y, b"rest"].concat();
        let text = format!("{}{}", block(b"another one"), block(&own));
        assert_eq!(certificate_of(key, &text), Some(own));
        assert_eq!(certificate_of(key, &block(b"another one")), None);
        assert_eq!(certificate_of(key, "-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(certificate_of("no key", &text), None);
    }
}
