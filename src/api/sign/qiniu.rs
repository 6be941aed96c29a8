//! Qiniu: HMAC-SHA1 over method, path, host and (for bodies that are no octet stream) content type and body.

use super::super::encode::{base64url_padded, hmac_sha1};
use super::super::request::Request;
use super::{Settings, SignError, Stamp};

/// `key`, `secret`.
pub(super) fn sign(request: &mut Request, settings: &Settings, _: &Stamp) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    let mut text = format!("{} {}", request.method, request.url.path).into_bytes();
    if !request.url.query.is_empty() {
        text.extend(format!("?{}", request.url.query).bytes());
    }
    text.extend(format!("\nHost: {}", request.url.host_header()).bytes());
    let content_type = request
        .header("content-type")
        .unwrap_or_default()
        .to_owned();
    if !content_type.is_empty() {
        text.extend(format!("\nContent-Type: {content_type}").bytes());
    }
    let own = |(name, _): &&(String, String)| name.to_ascii_lowercase().starts_with("x-qiniu-");
    let mut extra: Vec<_> = request.headers.iter().filter(own).collect();
    extra.sort();
    for (name, value) in extra {
        text.extend(format!("\n{name}: {value}").bytes());
    }
    text.extend(b"\n\n");
    if !content_type.is_empty() && content_type != "application/octet-stream" {
        text.extend(&request.body);
    }
    let value = format!("Qiniu {key}:{}", base64url_padded(hmac_sha1(secret, text)));
    request.set_header("Authorization", &value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    fn signed(mut request: Request) -> String {
        let all = [("key", "FakeAk"), ("secret", "FakeSk")];
        sign(
            &mut request,
            &settings(&all),
            &stamp("2026-01-02T03:04:05Z", ""),
        )
        .unwrap();
        request.header("authorization").unwrap().to_owned()
    }

    #[test]
    fn what_the_official_sdk_computes() {
        // qiniu: QiniuMacAuth("FakeAk", "FakeSk").token_of_request(method, host, url, None, content_type, body)
        assert_eq!(
            signed(request("GET", "https://uc.qiniuapi.com/v2/buckets?a=1", "")),
            QINIU_GET
        );
        let mut post = request("POST", "https://uc.qiniuapi.com/x", "a=1");
        post.set_header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(signed(post), QINIU_POST);
    }

    const QINIU_GET: &str = "Qiniu FakeAk:dBMsIaTpxCQUEgwAHUS4NZyVlVo=";
    const QINIU_POST: &str = "Qiniu FakeAk:yMS849P7nULqrKUtnQm5qKqkO8o=";
}
