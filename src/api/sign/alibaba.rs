//! Alibaba Cloud: ACS3-HMAC-SHA256 (headers) and RPC v1 (parameters). The pattern says which a call uses.

use super::super::encode::{base64, form, hex, hmac_sha1, hmac_sha256, percent, sha256_hex};
use super::super::request::Request;
use super::{Settings, SignError, Stamp, canonical};

/// `action`, `version`, `key`, `secret`, `token`.
pub(super) fn sign_acs3(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let (key, secret) = (settings.need("key")?, settings.need("secret")?);
    request.set_header("x-acs-action", settings.need("action")?);
    request.set_header("x-acs-version", settings.need("version")?);
    request.set_header("x-acs-date", &stamp.format("%Y-%m-%dT%H:%M:%SZ"));
    request.set_header("x-acs-signature-nonce", &stamp.plain_nonce());
    let body = sha256_hex(&request.body);
    request.set_header("x-acs-content-sha256", &body);
    if !settings.get("token").is_empty() {
        request.set_header("x-acs-security-token", settings.get("token"));
    }
    let signed = |name: &str| name == "content-type" || name.starts_with("x-acs-");
    let headers = canonical::headers(request, signed);
    let canonical = canonical::request(request, &request.url.path, &headers);
    let text = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical));
    let signature = hex(hmac_sha256(secret, text));
    let value = format!(
        "ACS3-HMAC-SHA256 Credential={key},SignedHeaders={},Signature={signature}",
        headers.1
    );
    request.set_header("Authorization", &value);
    Ok(())
}

/// `action`, `version`, `key`, `secret`, `token`. A GET carries the parameters in its query, any
/// other method in its form.
pub(super) fn sign_rpc(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let secret = settings.need("secret")?;
    let mut all = request.url.query_pairs();
    all.extend(request.form_pairs());
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() && !all.iter().any(|(known, _)| known == name) {
            all.push((name.to_owned(), value.to_owned()));
        }
    };
    add("Action", settings.get("action"));
    add("Version", settings.get("version"));
    add("Format", "JSON");
    add("AccessKeyId", settings.need("key")?);
    add("SignatureMethod", "HMAC-SHA1");
    add("SignatureVersion", "1.0");
    add("SignatureNonce", &stamp.nonce);
    add("SecurityToken", settings.get("token"));
    add("Timestamp", &stamp.format("%Y-%m-%dT%H:%M:%SZ"));
    let signature = rpc_signature(&request.method, &mut all, secret);
    all.push(("Signature".to_owned(), signature));
    let encoded = form(all.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    request.url.query.clear();
    if request.method == "GET" {
        request.url.query = encoded;
    } else {
        request.body = encoded.into_bytes();
        request.set_header("Content-Type", "application/x-www-form-urlencoded");
    }
    Ok(())
}

fn rpc_signature(method: &str, parameters: &mut [(String, String)], secret: &str) -> String {
    parameters.sort();
    let query = form(parameters.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let text = format!("{method}&%2F&{}", percent(query));
    base64(hmac_sha1(format!("{secret}&"), text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings, stamp};
    use super::*;

    const ID: &str = "LTAIFakeFakeFakeFakeFake";
    const SECRET: &str = "FakeFakeFakeFakeFakeFakeFake00";

    #[test]
    fn rpc_vectors_published() {
        let sign = |time_name: &str| {
            let pairs = [
                ("AccessKeyId", "testid"),
                ("Action", "DescribeRegions"),
                ("Format", "XML"),
                ("SignatureMethod", "HMAC-SHA1"),
                ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
                ("SignatureVersion", "1.0"),
                (time_name, "2016-02-23T12:46:24Z"),
                ("Version", "2014-05-26"),
            ];
            let mut owned = pairs.map(|(k, v)| (k.to_owned(), v.to_owned()));
            rpc_signature("GET", &mut owned, "testsecret")
        };
        assert_eq!(sign("TimeStamp"), "CT9X0VtwR86fNWSnsc6v8YGOjuE=");
        assert_eq!(sign("Timestamp"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }

    fn rpc(method: &str, url: &str, action: &str, version: &str) -> String {
        let mut request = request(method, url, "");
        let all = [
            ("action", action),
            ("version", version),
            ("key", ID),
            ("secret", SECRET),
        ];
        let stamp = stamp(
            "2026-01-02T03:04:05Z",
            "00000000-0000-4000-8000-000000000001",
        );
        sign_rpc(&mut request, &settings(&all), &stamp).unwrap();
        let mut pairs = request.url.query_pairs();
        pairs.extend(request.form_pairs());
        let signature = pairs.into_iter().find(|(name, _)| name == "Signature");
        signature.unwrap().1
    }

    #[test]
    fn rpc_vectors_that_the_sdk_agrees_with() {
        let sts = "https://sts.aliyuncs.com/";
        let ram = format!(
            "https://ram.aliyuncs.com/?Status=Inactive&UserAccessKeyId={ID}&UserName=leaky"
        );
        let cases = [
            (
                "POST",
                sts,
                "GetCallerIdentity",
                "2015-04-01",
                "8jnMlMP5OJmOhW425iWcOlLcSXg=",
            ),
            (
                "GET",
                sts,
                "GetCallerIdentity",
                "2015-04-01",
                "wsK6uhIG2pwXGNFWpUmIOhRzQp0=",
            ),
            (
                "POST",
                &ram,
                "UpdateAccessKey",
                "2015-05-01",
                "mtfnmOuCdt9BCPGrUjZ0OKW6pVE=",
            ),
        ];
        for (method, url, action, version, wanted) in cases {
            assert_eq!(
                rpc(method, url, action, version),
                wanted,
                "{method} {action}"
            );
        }
    }

    fn acs3(url: &str, pairs: &[(&str, &str)], at: &str, nonce: &str) -> String {
        let mut request = request("POST", url, "");
        sign_acs3(&mut request, &settings(pairs), &stamp(at, nonce)).unwrap();
        let value = request.header("authorization").unwrap();
        value.rsplit('=').next().unwrap().to_owned()
    }

    #[test]
    fn acs3_vectors() {
        let query =
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let ecs = [
            ("action", "RunInstances"),
            ("version", "2014-05-26"),
            ("key", "YourAccessKeyId"),
            ("secret", "YourAccessKeySecret"),
        ];
        assert_eq!(
            acs3(
                &format!("https://ecs.cn-shanghai.aliyuncs.com/?{query}"),
                &ecs,
                "2023-10-26T10:22:32Z",
                "3156853299f313e23d1673dc12e1703d"
            ),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
        let own = |action, version, key, token, url: &str| {
            let all = [
                ("action", action),
                ("version", version),
                ("key", key),
                ("secret", SECRET),
                ("token", token),
            ];
            acs3(
                url,
                &all,
                "2026-01-02T03:04:05Z",
                "00000000000040008000000000000001",
            )
        };
        let sts = "https://sts.aliyuncs.com/";
        assert_eq!(
            own("GetCallerIdentity", "2015-04-01", ID, "", sts),
            "2f700b1f4ce3ff6586e068ddc5b04323a9467a274384381f6438c9b4545970d3"
        );
        let token = "CAISFakeToken";
        let role = "STS.FakeFakeFakeFakeFake";
        assert_eq!(
            own("GetCallerIdentity", "2015-04-01", role, token, sts),
            "bfd93bd589a9be80921bda3bab10c7560422feffdd1963e8e05b9ba2cf600ecf"
        );
        let ram = format!(
            "https://ram.aliyuncs.com/?Status=Inactive&UserAccessKeyId={ID}&UserName=leaky"
        );
        assert_eq!(
            own("UpdateAccessKey", "2015-05-01", ID, "", &ram),
            "a790855571789918d819a5aa92f3f49e5d7f1e8936c330efe23f45716744bdbe"
        );
    }
}
