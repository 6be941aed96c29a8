//! Target: the server and login that a credential names, from its parts or from an address. Pure.

use zeroize::Zeroizing;

use super::super::encode::unpercent;
use super::super::url::authority_parts;
use super::super::values::Values;

/// Whom to ask, as whom.
pub(super) struct Target {
    /// Host name or address.
    pub(super) host: String,
    /// Port, if one is stated.
    pub(super) port: Option<u16>,
    /// Lower-case scheme, or empty.
    pub(super) scheme: String,
    /// User, or empty.
    pub(super) user: String,
    /// Password, token or key.
    pub(super) password: Zeroizing<String>,
    /// Database, virtual host, or path.
    pub(super) database: String,
    /// The password is somebody's own: it is never sent in the clear over a network.
    pub(super) guarded: bool,
}

impl Target {
    /// From the parts `host`, `port`, `scheme`, `user`, `database` and the secret, or from a part
    /// `url` (or a secret) that is an address. In an address user and password are percent-encoded.
    pub(super) fn of(values: &Values, encoded: bool) -> Option<Target> {
        let text = |name: &str| values.get(name)?.reveal_str().map(str::to_owned);
        let secret = text("secret")?;
        let whole = ["url", "uri", "dsn"].iter().find_map(|name| text(name));
        let whole = whole.or_else(|| secret.contains("://").then(|| secret.clone()));
        let mut target = match (text("host"), whole) {
            (Some(host), _) => Target::of_host(&host)?,
            (None, Some(url)) => Target::of_url(&url)?,
            (None, None) => return None,
        };
        let decode = |text: String| {
            if encoded {
                String::from_utf8_lossy(&unpercent(&text)).into_owned()
            } else {
                text
            }
        };
        if let Some(port) = text("port") {
            target.port = port.parse().ok();
        }
        if let Some(scheme) = text("scheme") {
            target.scheme = scheme.to_ascii_lowercase();
        }
        let user = ["user", "username", "login"]
            .iter()
            .find_map(|name| text(name));
        if let Some(user) = user {
            target.user = decode(user);
        }
        let database = ["database", "db", "vhost"]
            .iter()
            .find_map(|name| text(name));
        if let Some(database) = database {
            target.database = decode(database);
        }
        if !secret.contains("://") {
            target.password = Zeroizing::new(decode(secret));
        }
        Some(target)
    }

    /// `host`, `host:port`, `https://host:port/…`, or `user@host:path` as ssh and git have it.
    fn of_host(host: &str) -> Option<Target> {
        if host.contains("://") {
            return Target::of_url(host);
        }
        if let Some((user, rest)) = host.split_once('@') {
            let rest = rest.split(':').next().filter(|rest| !rest.contains('@'))?;
            let mut target = Target::of_host(rest)?;
            user.clone_into(&mut target.user);
            return Some(target);
        }
        let authority = host.split(['/', '\\']).next()?;
        let (host, port) = authority_parts(authority).ok()?;
        Some(Target {
            host,
            port,
            scheme: String::new(),
            user: String::new(),
            password: Zeroizing::default(),
            database: String::new(),
            guarded: false,
        })
    }

    fn of_url(url: &str) -> Option<Target> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (login, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        // Of several hosts the first one is asked.
        let first = authority.split(',').next()?;
        let mut target = Target::of_host(first)?;
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let decode = |text: &str| String::from_utf8_lossy(&unpercent(text)).into_owned();
        target.scheme = scheme.trim_start_matches("jdbc:").to_ascii_lowercase();
        target.user = decode(user);
        target.password = Zeroizing::new(decode(password));
        let path = path.split(['?', '#']).next().unwrap_or_default();
        target.database = decode(path.trim_start_matches('/'));
        Some(target)
    }

    /// The port that this scheme stands for, or the protocol's own.
    pub(super) fn default_port(&self, standard: u16) -> u16 {
        match self.scheme.as_str() {
            "amqps" => 5671,
            "mqtts" | "ssl" => 8883,
            "ldaps" => 636,
            "smtps" => 465,
            "imaps" => 993,
            "ftps" => 990,
            _ => standard,
        }
    }

    /// True if TLS is spoken from the first byte.
    pub(super) fn tls_first(&self) -> bool {
        let scheme = matches!(
            self.scheme.as_str(),
            "amqps" | "mqtts" | "ssl" | "ldaps" | "smtps" | "imaps" | "rediss" | "ftps" | "tls"
        );
        let by_port = matches!(self.port, Some(5671 | 8883 | 636 | 465 | 993 | 990));
        scheme || by_port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(secret: &str, parts: &[(&str, &str)], encoded: bool) -> Option<Target> {
        Target::of(&Values::made_up(secret, parts), encoded)
    }

    #[test]
    fn parts_and_addresses_name_a_server() {
        let parts = [("user", "a%40b"), ("host", "Db.Example"), ("port", "5433")];
        let t = target("p%2Fw", &parts, true).unwrap();
        assert_eq!(
            (t.host.as_str(), t.port, t.user.as_str()),
            ("db.example", Some(5433), "a@b")
        );
        assert_eq!(t.password.as_str(), "p/w");
        let url = "amqps://u:p%40@h1.example:5671,h2.example/vh?x=1";
        let t = target(url, &[], false).unwrap();
        assert_eq!((t.host.as_str(), t.password.as_str()), ("h1.example", "p@"));
        assert_eq!((t.database.as_str(), t.tls_first()), ("vh", true));
        let t = target("k", &[("host", "https://reg.example:5000/v2/")], false).unwrap();
        assert_eq!((t.host.as_str(), t.port), ("reg.example", Some(5000)));
        let t = target("k", &[("host", "git@Git.example:o/r.git")], false).unwrap();
        assert_eq!((t.host.as_str(), t.user.as_str()), ("git.example", "git"));
        let t = target("k", &[("host", "git@a.example:@b.example:o")], false).unwrap();
        assert_eq!(t.host, "a.example");
        assert!(target("k", &[("host", "a@b@c.example")], false).is_none());
        assert!(target("k", &[], false).is_none());
        assert!(target("k", &[("host", "a b")], false).is_none());
    }
}
