//! Signers by name: each takes a request and the rendered settings of `sign` and puts its signature on it.
//! Pure: time and nonce come in through `Stamp`, nothing is sent.

mod acme;
mod alibaba;
mod aws;
mod azure;
mod baidu;
mod canonical;
mod digest;
mod huawei;
mod jwt;
mod oauth1;
mod pem;
mod qiniu;
mod query;
mod tencent;

use std::collections::BTreeMap;

use zeroize::Zeroize;

use super::judge::Reply;
use super::request::Request;

pub use acme::certificate_of;
pub use digest::answer as answer_digest;

/// When a request is signed and what makes it unique.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Seconds since 1970.
    pub at: i64,
    /// Never used twice: a random UUID.
    pub nonce: String,
}

impl Stamp {
    /// The time in a `strftime` format, UTC.
    pub fn format(&self, format: &str) -> String {
        let at = jiff::Timestamp::from_second(self.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.strftime(format).to_string()
    }

    /// The nonce without its hyphens.
    fn plain_nonce(&self) -> String {
        self.nonce.replace('-', "")
    }
}

/// The rendered settings of a signer. No Debug: they hold the key.
#[derive(Clone, Default)]
pub struct Settings(pub BTreeMap<String, String>);

impl Settings {
    /// A setting, empty if it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A setting that must be there.
    fn need(&self, name: &'static str) -> Result<&str, SignError> {
        match self.get(name) {
            "" => Err(SignError::Missing(name)),
            value => Ok(value),
        }
    }

    /// A setting or what is used instead.
    fn or<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        match self.get(name) {
            "" => default,
            value => value,
        }
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

/// Why a request could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The pattern names a signer that does not exist.
    #[error("no signer is called '{0}'")]
    Unknown(String),
    /// A setting is empty.
    #[error("the signer needs '{0}'")]
    Missing(&'static str),
    /// The key is not what this signer signs with.
    #[error("{0}")]
    Key(&'static str),
}

type Signer = fn(&mut Request, &Settings, &Stamp) -> Result<(), SignError>;

/// Those that sign the finished request.
const SIGNERS: &[(&str, Signer)] = &[
    ("acme-jws", acme::sign),
    ("aws-sigv4", aws::sign),
    ("volcengine-hmac-sha256", aws::sign_volcengine),
    ("acs3-hmac-sha256", alibaba::sign_acs3),
    ("alibaba-rpc-v1", alibaba::sign_rpc),
    ("tc3-hmac-sha256", tencent::sign),
    ("huawei-sdk-hmac-sha256", huawei::sign),
    ("bce-auth-v1", baidu::sign),
    ("qiniu", qiniu::sign),
    ("azure-shared-key", azure::sign),
    ("hmac-query", query::sign),
    ("oauth1", oauth1::sign),
];

type Maker = fn(&Request, &Settings, &Stamp) -> Result<String, SignError>;

/// Those that leave a token (`{{jwt}}`) which the request then carries.
const MAKERS: &[(&str, Maker)] = &[
    ("google-jwt", jwt::google),
    ("github-app-jwt", jwt::github_app),
    ("coinbase-es256", jwt::coinbase),
];

/// The one that answers a challenge of the server.
const DIGEST: &str = "digest";

/// When a signer does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Makes `{{jwt}}` before the request is rendered.
    Before,
    /// Signs the finished request.
    After,
    /// Answers the server's challenge.
    Challenge,
}

/// When the signer called `name` works; `None` if there is none.
pub fn when(name: &str) -> Option<When> {
    if MAKERS.iter().any(|(known, _)| *known == name) {
        Some(When::Before)
    } else if SIGNERS.iter().any(|(known, _)| *known == name) {
        Some(When::After)
    } else {
        (name == DIGEST).then_some(When::Challenge)
    }
}

/// Every signer's name, for the lint.
pub fn names() -> impl Iterator<Item = &'static str> {
    let signers = SIGNERS.iter().map(|(name, _)| *name);
    let makers = MAKERS.iter().map(|(name, _)| *name);
    signers.chain(makers).chain([DIGEST])
}

/// Signs the finished request.
pub fn sign(
    name: &str,
    request: &mut Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<(), SignError> {
    let signer = SIGNERS.iter().find(|(known, _)| *known == name);
    let (_, signer) = signer.ok_or_else(|| SignError::Unknown(name.to_owned()))?;
    signer(request, settings, stamp)
}

/// The nonce to sign with once more, if the server refused nothing but the old one.
pub fn another_nonce<'r>(name: &str, reply: &'r Reply) -> Option<&'r str> {
    let stale = name == "acme-jws" && acme::wants_another_nonce(reply.status, &reply.body);
    reply.header("replay-nonce").filter(|_| stale)
}

/// Makes the token that `{{jwt}}` stands for.
pub fn make_token(
    name: &str,
    request: &Request,
    settings: &Settings,
    stamp: &Stamp,
) -> Result<String, SignError> {
    let maker = MAKERS.iter().find(|(known, _)| *known == name);
    let (_, maker) = maker.ok_or_else(|| SignError::Unknown(name.to_owned()))?;
    maker(request, settings, stamp)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::api::url::Url;

    pub(crate) fn request(method: &str, url: &str, body: &str) -> Request {
        Request {
            method: method.into(),
            url: Url::parse(url).unwrap(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            host_from: Default::default(),
        }
    }

    pub(crate) fn settings(pairs: &[(&str, &str)]) -> Settings {
        let owned = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        Settings(owned.collect())
    }

    pub(crate) fn stamp(at: &str, nonce: &str) -> Stamp {
        let at: jiff::Timestamp = at.parse().unwrap();
        Stamp {
            at: at.as_second(),
            nonce: nonce.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::names as known;

    #[test]
    fn the_lint_knows_exactly_these_signers() {
        let mut ours: Vec<_> = names().collect();
        ours.sort_unstable();
        assert_eq!(ours, known::SIGNERS);
        let makers: Vec<_> = MAKERS.iter().map(|(name, _)| *name).collect();
        assert!(known::JWT_SIGNERS.iter().all(|name| makers.contains(name)));
    }
}
