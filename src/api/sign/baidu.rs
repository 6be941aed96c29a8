//! Baidu Cloud: bce-auth-v1, whose derived key is used as hexadecimal text.

use super::super::encode::{hex, hmac_sha256, percent};
use super::super::request::Request;
use super::{Settings, SignError, Stamp, canonical};

const VALID_SECONDS: u32 = 1800;

/// `key`, `secret`, `token`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    let time = stamp.format("%Y-%m-%dT%H:%M:%SZ");
    request.set_header("x-bce-date", &time);
    if !settings.get("token").is_empty() {
        request.set_header("x-bce-security-token", settings.get("token"));
    }
    let prefix = format!("bce-auth-v1/{key}/{time}/{VALID_SECONDS}");
    let signing_key = hex(hmac_sha256(secret, &prefix));
    let signed = |name: &str| name.starts_with("x-bce-");
    let (lines, names) = canonical::headers(request, signed);
    let encoded = lines.lines().filter_map(|line| line.split_once(':'));
    let mut encoded: Vec<_> = encoded
        .map(|(name, value)| format!("{}:{}", percent(name), percent(value)))
        .collect();
    encoded.sort();
    let canonical = format!(
        "{}\n{}\n{}\n{}",
        request.method,
        request.url.path,
        canonical::query(request),
        encoded.join("\n")
    );
    let signature = hex(hmac_sha256(signing_key, canonical));
    let value = format!("{prefix}/{names}/{signature}");
    request.set_header("Authorization", &value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    #[test]
    fn what_the_official_sdk_computes() {
        let mut request = request("GET", "https://bj.bcebos.com/", "");
        let all = [
            ("key", "0b0f67dfb88244b289b72b142befad0c"),
            ("secret", "bad522c2126a4618a8125f4b6cf6356f"),
        ];
        let stamp = stamp("2015-04-27T08:23:49Z", "");
        sign(&mut request, &settings(&all), &stamp).unwrap();
        // bce-python-sdk: bce_v1_signer.sign(credentials, b"GET", b"/", {host, x-bce-date}, {}, timestamp, 1800, both)
        assert_eq!(request.header("authorization").unwrap(), BCE_SDK);
    }

    const BCE_SDK: &str = "bce-auth-v1/0b0f67dfb88244b289b72b142befad0c/2015-04-27T08:23:49Z/1800/host;x-bce-date/5190d3049f8cc5dffa11d2895a89fc5ed1f93f6777bad3888479d0107e15b0d4";
}
