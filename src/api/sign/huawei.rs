//! Huawei Cloud: SDK-HMAC-SHA256, with the raw secret as key and a path that ends in a slash.

use super::super::encode::{hex, hmac_sha256, sha256_hex};
use super::super::request::Request;
use super::{Settings, SignError, Stamp, canonical};

/// `key`, `secret`, `token`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    let time = stamp.format("%Y%m%dT%H%M%SZ");
    request.set_header("X-Sdk-Date", &time);
    if !settings.get("token").is_empty() {
        request.set_header("X-Security-Token", settings.get("token"));
    }
    let signed = |name: &str| {
        matches!(
            name,
            "content-type" | "x-sdk-date" | "x-security-token" | "x-project-id" | "x-domain-id"
        )
    };
    let headers = canonical::headers(request, signed);
    let mut path = request.url.path.clone();
    if !path.ends_with('/') {
        path.push('/');
    }
    let canonical = canonical::request(request, &path, &headers);
    let text = format!("SDK-HMAC-SHA256\n{time}\n{}", sha256_hex(canonical));
    let signature = hex(hmac_sha256(secret, text));
    let value = format!(
        "SDK-HMAC-SHA256 Access={key}, SignedHeaders={}, Signature={signature}",
        headers.1
    );
    request.set_header("Authorization", &value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    #[test]
    fn the_documented_vector() {
        let url = "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0";
        let mut request = request("GET", url, "");
        request.set_header("Content-Type", "application/json");
        let all = [
            ("key", "QTWAOYTTINDUT2QVKYUC"),
            ("secret", "your_secret_access_key"),
        ];
        sign(
            &mut request,
            &settings(&all),
            &stamp("2019-11-15T03:36:55Z", ""),
        )
        .unwrap();
        let value = request.header("authorization").unwrap();
        assert!(
            value.ends_with("=8037a231336d8904f667c082dd84fc06d7e6c7c278c2d8599db31d14e8ee19f9"),
            "{value}"
        );
    }
}
