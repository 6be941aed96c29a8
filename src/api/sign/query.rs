//! An HMAC of the query string, added to it as one more parameter (Binance and its like).

use ring::hmac;

use super::super::encode::{base64, hex, mac, percent};
use super::super::request::Request;
use super::{Settings, SignError, Stamp};

/// `secret`, `param` (default `signature`), `hash` (`sha256`, `sha512`, `sha1`), `encoding` (`hex`, `base64`).
pub(super) fn sign(request: &mut Request, settings: &Settings, _: &Stamp) -> Result<(), SignError> {
    let with = match settings.or("hash", "sha256") {
        "sha256" => hmac::HMAC_SHA256,
        "sha512" => hmac::HMAC_SHA512,
        "sha384" => hmac::HMAC_SHA384,
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        _ => return Err(SignError::Missing("hash")),
    };
    let secret = settings.need("secret")?;
    let signature = mac(with, secret.as_bytes(), request.url.query.as_bytes());
    let signature = match settings.or("encoding", "hex") {
        "base64" => base64(signature),
        _ => hex(signature),
    };
    let name = percent(settings.or("param", "signature"));
    request
        .url
        .push_query(&format!("{name}={}", percent(signature)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    #[test]
    fn the_example_of_binance() {
        // Published in the exchange's API documentation, with these very keys.
        let query = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
        let mut request = request(
            "GET",
            &format!("https://api.binance.com/api/v3/order?{query}"),
            "",
        );
        let secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
        let all = settings(&[("secret", secret)]);
        sign(&mut request, &all, &stamp("2026-01-02T03:04:05Z", "")).unwrap();
        let wanted = "&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
        assert!(request.url.query.ends_with(wanted), "{}", request.url.query);
    }
}
