//! Tencent Cloud: TC3-HMAC-SHA256 over content type, host and action.

use super::super::encode::{hex, hmac_sha256, sha256_hex};
use super::super::request::Request;
use super::{Settings, SignError, Stamp, canonical};

/// `service`, `action`, `version`, `region`, `key`, `secret`, `token`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    let service = settings.need("service")?;
    if request.header("content-type").is_none() {
        request.set_header("Content-Type", "application/json; charset=utf-8");
    }
    request.set_header("X-TC-Action", settings.need("action")?);
    request.set_header("X-TC-Version", settings.need("version")?);
    request.set_header("X-TC-Timestamp", &stamp.at.to_string());
    for (header, name) in [("X-TC-Region", "region"), ("X-TC-Token", "token")] {
        if !settings.get(name).is_empty() {
            request.set_header(header, settings.get(name));
        }
    }
    let (names, signature) = signature(request, stamp, service, secret, true);
    let day = stamp.format("%Y-%m-%d");
    let value = format!(
        "TC3-HMAC-SHA256 Credential={key}/{day}/{service}/tc3_request, SignedHeaders={names}, Signature={signature}"
    );
    request.set_header("Authorization", &value);
    Ok(())
}

fn signature(
    request: &Request,
    stamp: &Stamp,
    service: &str,
    secret: &str,
    with_action: bool,
) -> (String, String) {
    let wanted = |name: &str| name == "content-type" || (with_action && name == "x-tc-action");
    let (lines, names) = canonical::headers(request, wanted);
    // Values are signed in lower case.
    let headers = (lines.to_lowercase(), names);
    let canonical = canonical::request(request, &request.url.path, &headers);
    let day = stamp.format("%Y-%m-%d");
    let text = format!(
        "TC3-HMAC-SHA256\n{}\n{day}/{service}/tc3_request\n{}",
        stamp.at,
        sha256_hex(canonical)
    );
    let first = format!("TC3{secret}").into_bytes();
    let steps = [day.as_str(), service, "tc3_request"];
    let key = steps.iter().fold(first, hmac_sha256);
    (headers.1, hex(hmac_sha256(key, text)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings};
    use super::*;

    const BODY: &str =
        r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;

    fn published(secret: &str, with_action: bool) -> String {
        let mut request = request("POST", "https://cvm.tencentcloudapi.com/", BODY);
        request.set_header("Content-Type", "application/json; charset=utf-8");
        request.set_header("X-TC-Action", "DescribeInstances");
        let stamp = Stamp {
            at: 1_551_113_065,
            nonce: String::new(),
        };
        signature(&request, &stamp, "cvm", secret, with_action).1
    }

    #[test]
    fn the_three_published_vectors() {
        assert_eq!(
            published("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", false),
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
        assert_eq!(
            published(&"*".repeat(32), true),
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
        );
        assert_eq!(
            published("Gu5t9xGARNpq86cd98joQYCN3*******", true),
            "be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3"
        );
    }

    #[test]
    fn our_own_caller_identity() {
        let mut request = request("POST", "https://sts.tencentcloudapi.com/", "{}");
        let all = [
            ("service", "sts"),
            ("action", "GetCallerIdentity"),
            ("version", "2018-08-13"),
            ("key", "AKIDFake"),
            ("secret", "FakeFakeFakeFakeFakeFakeFakeFake"),
        ];
        let stamp = Stamp {
            at: 1_767_323_045,
            nonce: String::new(),
        };
        let mut found = Vec::new();
        for kind in ["application/json; charset=utf-8", "application/json"] {
            request.set_header("Content-Type", kind);
            sign(&mut request, &settings(&all), &stamp).unwrap();
            let value = request.header("authorization").unwrap().to_owned();
            found.push(value.rsplit('=').next().unwrap().to_owned());
            let short = signature(&request, &stamp, "sts", all[4].1, false).1;
            found.push(short);
        }
        let wanted = "7d19bacf7ba2393fe0b677dfbc1933700513d1a8c82bb9ddb677e981b8e78d2b";
        assert!(found.iter().any(|s| s == wanted), "{found:?}");
    }
}
