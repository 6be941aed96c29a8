//! Facts inside an encoding: JSON in base64, macaroons, PEM blocks.

use serde_json::Value;

use super::{Credential, Facts, facts};
use crate::matcher::checks::checksum::base64;

fn json(code: &str) -> Option<Value> {
    serde_json::from_slice(&base64(code.as_bytes())?).ok()
}

/// A string, number or list of strings as one text.
fn word(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Some(words.join(" "))
        }
        _ => None,
    }
}

pub(super) fn jwt(credential: &Credential<'_>) -> Option<Facts> {
    let mut parts = credential.text()?.split('.');
    let header = parts.next().and_then(json)?;
    let payload = parts.next().and_then(json).unwrap_or_default();
    let scopes = ["/scope", "/scopes", "/scp"]
        .iter()
        .find_map(|name| word(&payload, name));
    facts([
        ("algorithm", word(&header, "/alg")),
        ("issuer", word(&payload, "/iss")),
        ("subject", word(&payload, "/sub")),
        ("expires", word(&payload, "/exp")),
        ("scopes", scopes),
    ])
}

pub(super) fn mapbox(credential: &Credential<'_>) -> Option<Facts> {
    let payload = json(credential.text()?.split('.').nth(1)?)?;
    facts([("user", word(&payload, "/u"))])
}

pub(super) fn grafana_cloud(credential: &Credential<'_>) -> Option<Facts> {
    let payload = json(credential.text()?.strip_prefix("glc_")?)?;
    facts([
        ("organisation", word(&payload, "/o")),
        ("name", word(&payload, "/n")),
        ("region", word(&payload, "/m/r")),
    ])
}

pub(super) fn onepassword(credential: &Credential<'_>) -> Option<Facts> {
    let payload = json(credential.text()?.strip_prefix("ops_")?)?;
    facts([
        ("host", word(&payload, "/signInAddress")),
        ("email", word(&payload, "/email")),
    ])
}

/// An organisation token holds JSON; the host of a DSN names organisation and region.
pub(super) fn sentry(credential: &Credential<'_>) -> Option<Facts> {
    if let Some(rest) = credential
        .text()
        .and_then(|text| text.strip_prefix("sntrys_"))
    {
        let code = rest.rsplit_once('_').map_or(rest, |(code, _)| code);
        let payload = json(code)?;
        let region = word(&payload, "/region_url").or_else(|| word(&payload, "/url"));
        return facts([("organisation", word(&payload, "/org")), ("region", region)]);
    }
    let host = credential.part(&["host"])?;
    let mut labels = host.split('.');
    let number = labels.next().and_then(|label| label.strip_prefix('o'));
    let number = number.filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    facts([
        ("organisation", number.map(str::to_owned)),
        ("host", Some(host.to_owned())),
    ])
}

/// `user:password` in base64; only the user is told.
pub(super) fn docker_config(credential: &Credential<'_>) -> Option<Facts> {
    let plain = base64(credential.secret).and_then(|bytes| String::from_utf8(bytes).ok());
    let user = plain
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .map(|(user, _)| user.to_owned());
    let user = credential
        .part(&["user", "username"])
        .map(str::to_owned)
        .or(user);
    facts([
        ("user", user),
        (
            "host",
            credential.part(&["host", "registry"]).map(str::to_owned),
        ),
    ])
}

/// Routing lines such as `o:1`, numbers in base 36, before the random bytes.
pub(super) fn gitlab_routable(credential: &Credential<'_>) -> Option<Facts> {
    let (payload, _) = credential.text()?.split_once('.')?;
    let (_, code) = payload.split_once('-')?;
    let bytes = base64(code.as_bytes())?;
    let mut told = Facts::new();
    for line in bytes.split(|b| *b == b'\n') {
        let Some((letter, rest)) = line
            .split_first()
            .filter(|(_, rest)| rest.first() == Some(&b':'))
        else {
            continue;
        };
        let digits: Vec<u8> = rest[1..]
            .iter()
            .copied()
            .take_while(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
            .take(11)
            .collect();
        let number = std::str::from_utf8(&digits)
            .ok()
            .and_then(|text| u64::from_str_radix(text, 36).ok());
        let name = match letter {
            b'o' => "organisation",
            b'u' => "user",
            b'p' => "project",
            b'g' => "group",
            b'c' => "cell",
            _ => continue,
        };
        told.extend(number.map(|number| (name.to_owned(), number.to_string())));
    }
    Some(told)
}

/// The location is the first thing a macaroon says.
pub(super) fn macaroon(credential: &Credential<'_>) -> Option<Facts> {
    let text = credential.text()?;
    let starts = std::iter::once(0).chain(
        text.bytes()
            .take(16)
            .enumerate()
            .filter(|(_, b)| b"-_".contains(b))
            .map(|(at, _)| at + 1),
    );
    let location = starts
        .filter_map(|at| location(&base64(text.as_bytes().get(at..)?)?))
        .next();
    facts([("location", location)])
}

fn location(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        // Version 1: packets of four hexadecimal digits of length, a name, a blank, a value, a line end.
        [_, _, _, _, rest @ ..] if rest.starts_with(b"location ") => {
            rest[9..].split(|b| *b == b'\n').next()?
        }
        // Version 2: the number 2, then fields of tag, length and value; tag 1 is the location.
        [2, 1, length, rest @ ..] => rest.get(..usize::from(*length))?,
        _ => return None,
    };
    String::from_utf8(text.to_vec()).ok()
}

/// The type of a key block, and whether a passphrase protects it.
pub(super) fn pem(credential: &Credential<'_>) -> Option<Facts> {
    let text = String::from_utf8_lossy(credential.secret)
        .replace("\\r", "")
        .replace("\\n", "\n");
    let rest = text.split_once("-----BEGIN ")?.1;
    let (name, rest) = rest.split_once("-----")?;
    let body: String = rest
        .split("-----END")
        .next()?
        .split('\n')
        .filter(|line| !line.contains(':'))
        .map(str::trim)
        .collect();
    let openssh = base64(body.as_bytes()).filter(|bytes| bytes.starts_with(b"openssh-key-v1\0"));
    let locked = openssh.is_some_and(|bytes| !bytes[15..].starts_with(b"\0\0\0\x04none"));
    let encrypted = name.contains("ENCRYPTED") || rest.contains("Proc-Type: 4,ENCRYPTED") || locked;
    let encrypted = if encrypted { "yes" } else { "no" };
    facts([
        ("type", Some(name.to_owned())),
        ("encrypted", Some(encrypted.to_owned())),
    ])
}
