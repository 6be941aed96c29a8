//! AWS Signature Version 4 and Volcengine's variant of it, which differs in names and in the first key.
//!
//! Written here although a crate exists: five signers share the canonical form, and the crate would
//! bring the SDK's runtime types, a second HTTP type library and a time library for these lines.

use super::super::encode::{hex, hmac_sha256, percent_structure, sha256_hex};
use super::super::request::Request;
use super::{Settings, SignError, Stamp, canonical};

struct Dialect {
    algorithm: &'static str,
    date_header: &'static str,
    token_header: &'static str,
    body_header: Option<&'static str>,
    key_prefix: &'static str,
    terminator: &'static str,
    signed: fn(&str) -> bool,
}

const AWS: Dialect = Dialect {
    algorithm: "AWS4-HMAC-SHA256",
    date_header: "x-amz-date",
    token_header: "x-amz-security-token",
    body_header: None,
    key_prefix: "AWS4",
    terminator: "aws4_request",
    signed: |name| name == "content-type" || name.starts_with("x-amz-"),
};

const VOLCENGINE: Dialect = Dialect {
    algorithm: "HMAC-SHA256",
    date_header: "X-Date",
    token_header: "X-Security-Token",
    body_header: Some("X-Content-Sha256"),
    key_prefix: "",
    terminator: "request",
    signed: |name| name == "content-type" || name.starts_with("x-"),
};

/// `service`, `region`, `key`, `secret`, `token`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    if settings.get("service") == "s3" {
        let body = sha256_hex(&request.body);
        request.set_header("x-amz-content-sha256", &body);
    }
    with(&AWS, request, settings, stamp)
}

/// `service`, `region`, `key`, `secret`, `token`.
pub(super) fn sign_volcengine(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    // The official SDKs always send and sign one.
    if request.method != "GET" && request.header("content-type").is_none() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        request.set_header("Content-Type", form);
    }
    with(&VOLCENGINE, request, settings, stamp)
}

fn with(
    dialect: &Dialect,
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    let (service, region) = (settings.need("service")?, settings.need("region")?);
    let time = stamp.format("%Y%m%dT%H%M%SZ");
    request.set_header(dialect.date_header, &time);
    if !settings.get("token").is_empty() {
        request.set_header(dialect.token_header, settings.get("token"));
    }
    if let Some(header) = dialect.body_header {
        let body = sha256_hex(&request.body);
        request.set_header(header, &body);
    }
    // Every service but S3 encodes the encoded path once more.
    let path = match service {
        "s3" | "tos" => request.url.path.clone(),
        _ => percent_structure(request.url.path.as_bytes(), b"/"),
    };
    let headers = canonical::headers(request, dialect.signed);
    let canonical = canonical::request(request, &path, &headers);
    let day = stamp.format("%Y%m%d");
    let scope = format!("{day}/{region}/{service}/{}", dialect.terminator);
    let text = format!(
        "{}\n{time}\n{scope}\n{}",
        dialect.algorithm,
        sha256_hex(canonical)
    );
    let first = format!("{}{secret}", dialect.key_prefix);
    let chain = [day.as_str(), region, service, dialect.terminator];
    let signing_key = chain.iter().fold(first.into_bytes(), hmac_sha256);
    let value = format!(
        "{} Credential={key}/{scope}, SignedHeaders={}, Signature={}",
        dialect.algorithm,
        headers.1,
        hex(hmac_sha256(signing_key, text))
    );
    request.set_header("Authorization", &value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    fn signature(mut request: Request, service: &str, key: &str, secret: &str) -> String {
        let all = [
            ("service", service),
            ("region", "us-east-1"),
            ("key", key),
            ("secret", secret),
        ];
        let stamp = stamp("2015-08-30T12:36:00Z", "");
        sign(&mut request, &settings(&all), &stamp).unwrap();
        let value = request.header("authorization").unwrap();
        value.rsplit('=').next().unwrap().to_owned()
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn the_published_vectors() {
        let vanilla = request("GET", "https://example.amazonaws.com/", "");
        assert_eq!(
            signature(vanilla, "service", "AKIDEXAMPLE", SECRET),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        let list = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let mut list = request("GET", list, "");
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        list.set_header("content-type", kind);
        assert_eq!(
            signature(list, "iam", "AKIDEXAMPLE", SECRET),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn our_own_caller_identity() {
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let found = ["", "; charset=utf-8"].map(|charset| {
            let mut who = request("POST", "https://sts.amazonaws.com/", body);
            let kind = format!("application/x-www-form-urlencoded{charset}");
            who.set_header("Content-Type", &kind);
            let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
            signature(who, "sts", "AKIAIOSFODNN7EXAMPLE", secret)
        });
        let wanted = "af507cdf16ddec6822999fe5f0151f04aee68f5ce6aac4d6bf72901dc60aaf80";
        assert!(found.iter().any(|s| s == wanted), "{found:?}");
    }
}
