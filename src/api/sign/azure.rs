//! Azure Storage: SharedKey over the verb, the standard headers, `x-ms-*` and the resource.

use super::super::encode::{base64, from_base64, hmac_sha256, unpercent};
use super::super::request::Request;
use super::{Settings, SignError, Stamp};

/// `account`, `key`.
pub(super) fn sign(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let account = settings.need("account")?.to_owned();
    let key =
        from_base64(settings.need("key")?).ok_or(SignError::Key("the account key is no base64"))?;
    request.set_header("x-ms-date", &stamp.format("%a, %d %b %Y %H:%M:%S GMT"));
    if request.header("x-ms-version").is_none() {
        request.set_header("x-ms-version", "2021-08-06");
    }
    let text = string_to_sign(request, &account);
    let value = format!("SharedKey {account}:{}", base64(hmac_sha256(key, text)));
    request.set_header("Authorization", &value);
    Ok(())
}

fn string_to_sign(request: &Request, account: &str) -> String {
    let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let length = match request.body.len() {
        0 => String::new(),
        n => n.to_string(),
    };
    let standard = [
        request.method.clone(),
        header("content-encoding"),
        header("content-language"),
        length,
        header("content-md5"),
        header("content-type"),
        // Date stays empty because x-ms-date is sent.
        String::new(),
        header("if-modified-since"),
        header("if-match"),
        header("if-none-match"),
        header("if-unmodified-since"),
        header("range"),
    ];
    let mut own: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-ms-"))
        .collect();
    own.sort();
    let own: String = own.iter().map(|(k, v)| format!("{k}:{v}\n")).collect();
    let mut query: Vec<_> = request
        .url
        .query_pairs()
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    query.sort();
    let query: String = query.iter().map(|(k, v)| format!("\n{k}:{v}")).collect();
    let path = String::from_utf8_lossy(&unpercent(&request.url.path)).into_owned();
    format!("{}\n{own}/{account}{path}{query}", standard.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;
    use super::*;

    #[test]
    fn the_string_that_azurite_checks() {
        let mut list = request("GET", "https://acct.blob.core.windows.net/?comp=list", "");
        list.set_header("x-ms-date", "Fri, 02 Jan 2026 03:04:05 GMT");
        list.set_header("x-ms-version", "2021-08-06");
        let wanted = "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 02 Jan 2026 03:04:05 GMT\nx-ms-version:2021-08-06\n/acct/\ncomp:list";
        assert_eq!(string_to_sign(&list, "acct"), wanted);
    }
}
