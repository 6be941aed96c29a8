//! The canonical form of a request that SigV4 and its descendants sign; the signers differ in what they do with it.

use super::super::encode::{percent, sha256_hex};
use super::super::request::Request;

/// Query parameters, decoded, encoded again, sorted and joined.
pub(super) fn query(request: &Request) -> String {
    let pairs = request.url.query_pairs();
    let encoded = pairs.iter().map(|(k, v)| (percent(k), percent(v)));
    let mut encoded: Vec<_> = encoded.collect();
    encoded.sort();
    let joined = encoded.iter().map(|(k, v)| format!("{k}={v}"));
    joined.collect::<Vec<_>>().join("&")
}

/// The headers that `wanted` (lower-case names) picks, with `host`, lower case and sorted:
/// `name:value\n` for each, and their names joined by `;`.
pub(super) fn headers(request: &Request, wanted: impl Fn(&str) -> bool) -> (String, String) {
    let own = request.headers.iter();
    let own = own.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let mut picked: Vec<_> = own.filter(|(name, _)| wanted(name)).collect();
    if !picked.iter().any(|(name, _)| name == "host") {
        picked.push(("host".into(), request.url.host_header()));
    }
    picked.sort();
    let lines: String = picked.iter().map(|(k, v)| format!("{k}:{v}\n")).collect();
    let names: Vec<_> = picked.into_iter().map(|(name, _)| name).collect();
    (lines, names.join(";"))
}

/// The canonical request. `path` is given because the signers encode it differently.
pub(super) fn request(request: &Request, path: &str, headers: &(String, String)) -> String {
    let (lines, names) = headers;
    let query = query(request);
    let body = sha256_hex(&request.body);
    format!(
        "{}\n{path}\n{query}\n{lines}\n{names}\n{body}",
        request.method
    )
}
