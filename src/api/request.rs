//! Request: what is ready to be sent, and who named the host it goes to. It holds the secret, so its Debug shows only
//! where it goes, and it is wiped when it is dropped. Making one is `build`'s.

use std::fmt;

use zeroize::Zeroize;

use super::encode::unpercent;
use super::url::Url;

/// Who named the host that a request goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostFrom {
    /// The pattern file: the provider's own host.
    #[default]
    Pattern,
    /// The user's `[endpoints]`.
    Endpoint,
    /// The scanned text, or an earlier reply: perhaps an attacker.
    Text,
}

/// One HTTP request, ready to be sent.
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Where.
    pub url: Url,
    /// Names as written; one value each.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Who named the host.
    pub host_from: HostFrom,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/…", self.method, self.url.origin())
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.body.zeroize();
        self.url.query.zeroize();
        self.url.path.zeroize();
        self.headers
            .iter_mut()
            .for_each(|(_, value)| value.zeroize());
    }
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter();
        let mut found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// Adds a header, or replaces its value.
    pub fn set_header(&mut self, name: &str, value: &str) {
        let mut known = self.headers.iter_mut();
        match known.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => self.headers.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The fields of a form body.
    pub fn form_pairs(&self) -> Vec<(String, String)> {
        let kind = self.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&self.body);
        let decode = |part: &str| String::from_utf8_lossy(&unpercent(part)).into_owned();
        let fields = text.split('&').filter_map(|field| field.split_once('='));
        fields.map(|(k, v)| (decode(k), decode(v))).collect()
    }
}
