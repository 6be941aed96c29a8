//! HTTP Digest (RFC 7616): the answer to a server's challenge, MD5 or SHA-256, `qop=auth`.

use super::super::encode::{md5_hex, sha256_hex};
use super::super::request::Request;
use super::{Settings, SignError, Stamp};

/// Answers the challenge in `header` (`WWW-Authenticate`) with `user` and `password`.
pub fn answer(
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
    header: &str,
) -> Result<(), SignError> {
    let (user, password) = (settings.need("user")?, settings.need("password")?);
    let fields = fields(header).ok_or(SignError::Key("the server asks for no Digest"))?;
    let get = |name: &str| {
        let field = fields.iter().find(|(known, _)| known == name);
        field.map_or("", |(_, value)| value.as_str())
    };
    let hash: fn(String) -> String = match get("algorithm").to_ascii_uppercase().as_str() {
        "" | "MD5" => |text| md5_hex(text),
        "SHA-256" => |text| sha256_hex(text),
        _ => {
            return Err(SignError::Key(
                "the server asks for an unknown Digest algorithm",
            ));
        }
    };
    let uri = match request.url.query.as_str() {
        "" => request.url.path.clone(),
        query => format!("{}?{query}", request.url.path),
    };
    let (realm, nonce) = (get("realm"), get("nonce"));
    let secret = hash(format!("{user}:{realm}:{password}"));
    let call = hash(format!("{}:{uri}", request.method));
    let offers_auth = get("qop").split(',').any(|word| word.trim() == "auth");
    let cnonce = stamp.plain_nonce();
    let mut value =
        format!("Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\"");
    let response = if offers_auth {
        value.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{cnonce}\""));
        hash(format!("{secret}:{nonce}:00000001:{cnonce}:auth:{call}"))
    } else {
        hash(format!("{secret}:{nonce}:{call}"))
    };
    value.push_str(&format!(", response=\"{response}\""));
    for name in ["opaque", "algorithm"] {
        if !get(name).is_empty() {
            value.push_str(&format!(", {name}=\"{}\"", get(name)));
        }
    }
    request.set_header("Authorization", &value);
    Ok(())
}

/// The `name=value` and `name="value"` fields after `Digest`.
fn fields(header: &str) -> Option<Vec<(String, String)>> {
    let start = header.to_ascii_lowercase().find("digest ")?;
    let mut rest = header[start + 7..].trim_start();
    let mut out = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        // A control character or quote in a value would break out of our own header.
        let clean = value.chars().filter(|c| !c.is_control() && *c != '"');
        out.push((name, clean.collect::<String>().trim().to_owned()));
        rest = after;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{request, settings};
    use super::*;

    fn response(algorithm: &str) -> String {
        let mut request = request("GET", "http://www.example.org/dir/index.html", "");
        let all = [("user", "Mufasa"), ("password", "Circle of Life")];
        let stamp = Stamp {
            at: 0,
            nonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ".into(),
        };
        let challenge = format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        answer(&mut request, &settings(&all), &stamp, &challenge).unwrap();
        request.header("authorization").unwrap().to_owned()
    }

    #[test]
    fn the_examples_of_rfc_7616() {
        assert!(response("MD5").contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
        let sha = "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"";
        assert!(response("SHA-256").contains(sha));
    }
}
