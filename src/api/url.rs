//! Url: a strict address. What it accepts is rebuilt from its parts, so what was checked is what is called.
//! No user information, no unusual hosts, no `..`; host names are lower case.

use std::net::IpAddr;

use super::encode::{percent_structure, unpercent};

/// An `http` or `https` address. Its path and query may hold a secret; only `origin` may be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// TLS or not.
    pub https: bool,
    /// Host name, IPv4 address, or IPv6 address without brackets; lower case.
    pub host: String,
    /// Port, where the address states one.
    pub port: Option<u16>,
    /// Begins with `/`; percent-encoded.
    pub path: String,
    /// Percent-encoded, without `?`.
    pub query: String,
}

const PATH_KEEPS: &[u8] = b"/:@!$&'()*+,;=%";
const QUERY_KEEPS: &[u8] = b"/:@!$&'()*+,;=%?";

impl Url {
    /// Parses `text`; the error says what is wrong without repeating it.
    pub fn parse(text: &str) -> Result<Url, &'static str> {
        let (https, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            _ => return Err("the address does not begin with https:// or http://"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (host, port) = authority_parts(authority)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = percent_structure(path.as_bytes(), PATH_KEEPS);
        if path.split('/').any(|part| unpercent(part) == b"..") {
            return Err("the path of the address climbs with '..'");
        }
        Ok(Url {
            https,
            host,
            port,
            path: if path.is_empty() { "/".into() } else { path },
            query: percent_structure(query.as_bytes(), QUERY_KEEPS),
        })
    }

    /// The port that is connected to.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// `host` or `host:port`, as the Host header has it.
    pub fn host_header(&self) -> String {
        let host = bracketed(&self.host);
        let standard = if self.https { 443 } else { 80 };
        match self.port {
            Some(port) if port != standard => format!("{host}:{port}"),
            _ => host,
        }
    }

    /// `https://host:port`: the part that may be printed.
    pub fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.host_header())
    }

    /// The whole address, for the transport and signers only.
    pub fn whole(&self) -> String {
        let mut out = self.origin();
        out.push_str(&self.path);
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        out
    }

    /// Adds an encoded query parameter.
    pub fn push_query(&mut self, encoded: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(encoded);
    }

    /// The query's parameters, decoded, in their order; one without `=` has an empty value.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let text = |part: &str| String::from_utf8_lossy(&unpercent(part)).into_owned();
        let parts = self.query.split('&').filter(|part| !part.is_empty());
        parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    /// Puts this address below `base`: its origin is replaced, its path appended to the base's.
    pub fn rebase(&mut self, base: &Url) {
        self.https = base.https;
        self.host.clone_from(&base.host);
        self.port = base.port;
        let prefix = base.path.trim_end_matches('/');
        self.path = format!("{prefix}{}", self.path);
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// Splits `host:port`, strictly.
pub fn authority_parts(authority: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest
                .split_once(']')
                .ok_or("the IPv6 address is not closed")?;
            (
                host,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let port = match port.ok_or("the port is no number")? {
        "" => None,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| "the port is no number")?)
        }
        _ => return Err("the port is no number"),
    };
    Ok((host_name(host)?, port))
}

/// Accepts a host name of letters, digits, `-`, `_` and dots, or an IP address.
fn host_name(host: &str) -> Result<String, &'static str> {
    let host = host.to_ascii_lowercase();
    if host.parse::<IpAddr>().is_ok() {
        return Ok(host);
    }
    let host = host.strip_suffix('.').unwrap_or(&host);
    let label = |label: &str| {
        let bytes = label.as_bytes();
        !bytes.is_empty()
            && bytes.len() <= 63
            && !label.starts_with('-')
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b))
    };
    if host.len() > 253 || !host.split('.').all(label) {
        return Err("the host is no plain host name");
    }
    // A last label of digits (or 0x…) is read as an IPv4 address by some resolvers: 127.1, 0x7f000001.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("the host is an address in an unusual spelling");
    }
    Ok(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_addresses_are_refused() {
        let bad = [
            "ftp://a.example/",
            "https://user@a.example/",
            "https://user:pw@a.example/",
            "https://a.example:99999/",
            "https://a.example:-1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://a..b/",
            "https://a b.example/",
            "https://a.example\\@b.example/",
            "https:///path",
            "https://a.example/x/../y",
            "https://a.example/x/%2e%2e/y",
            "https://[::1/",
        ];
        for text in bad {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_rebuilt_from_its_parts() {
        let url = Url::parse("HTTPS://API.Example.com.:443/a b?x=1&y=a%2Fb#frag").unwrap();
        assert_eq!(url.whole(), "https://api.example.com/a%20b?x=1&y=a%2Fb");
        assert_eq!(url.query_pairs()[1], ("y".into(), "a/b".into()));
        let mut six = Url::parse("http://[::1]:8080").unwrap();
        assert_eq!(six.whole(), "http://[::1]:8080/");
        six.rebase(&Url::parse("https://ghe.example/api/v3/").unwrap());
        assert_eq!(six.whole(), "https://ghe.example/api/v3/");
    }
}
