//! Which hosts may be asked and which addresses may be connected to. Pure: resolving and connecting is `transport`'s.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::request::HostFrom;

/// What sort of network an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The internet.
    Public,
    /// Loopback, private, link-local, shared: somebody's inside. The word says which.
    Inside(&'static str),
    /// Metadata services, multicast, unspecified: never.
    Never(&'static str),
}

/// Addresses at which clouds hand out credentials of the machine that asks.
const METADATA: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// What sort of network `ip` belongs to.
pub fn reach(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let [a, b, c, _] = ip.octets();
    match () {
        () if METADATA.contains(&ip) => Reach::Never("a cloud's metadata service"),
        () if a == 0 => Reach::Never("an unspecified address"),
        () if ip.is_multicast() || a >= 240 => Reach::Never("a multicast or reserved address"),
        () if ip.is_loopback() => Reach::Inside("loopback"),
        () if ip.is_private() => Reach::Inside("private"),
        () if ip.is_link_local() => Reach::Inside("link-local"),
        () if a == 100 && (64..128).contains(&b) => Reach::Inside("carrier-shared"),
        () if a == 192 && b == 0 && c == 0 => Reach::Inside("special-use"),
        () if a == 198 && (b == 18 || b == 19) => Reach::Inside("special-use"),
        () if ip.is_documentation() => Reach::Inside("documentation"),
        () => Reach::Public,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    let s = ip.segments();
    let low = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match () {
        () if ip == METADATA_V6 => Reach::Never("a cloud's metadata service"),
        () if ip.is_loopback() => Reach::Inside("loopback"),
        () if ip.is_unspecified() => Reach::Never("an unspecified address"),
        () if ip.is_multicast() => Reach::Never("a multicast or reserved address"),
        // Mapped, compatible, NAT64 and 6to4 addresses carry an IPv4 address.
        () if s[..5] == [0; 5] && (s[5] == 0xffff || s[5] == 0) => low(s[6], s[7]),
        () if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => low(s[6], s[7]),
        () if s[0] == 0x2002 => low(s[1], s[2]),
        () if s[0] & 0xfe00 == 0xfc00 => Reach::Inside("private"),
        () if s[0] & 0xffc0 == 0xfe80 => Reach::Inside("link-local"),
        () if s[0] & 0xffc0 == 0xfec0 => Reach::Inside("private"),
        () if s[0] & 0xe000 != 0x2000 || s[0] == 0x2001 && s[1] == 0xdb8 => {
            Reach::Inside("special-use")
        }
        () if s[0] == 0x2001 && s[1] == 0 => Reach::Inside("tunnelled"),
        () => Reach::Public,
    }
}

/// What the user allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Hosts from the scanned text that may be asked: a name, or `.suffix` for everything below it.
    pub allow_hosts: Vec<String>,
    /// Private, loopback and link-local addresses may be connected to.
    pub allow_private: bool,
    /// Hosts that the user's own `[endpoints]` or proxy settings name; they may be inside. That a text names one
    /// of them gives it no key of another provider.
    pub own_hosts: BTreeSet<String>,
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// The host comes from the scanned text.
    #[error("the host {0} comes from the scanned text; allow it with --allow-host {0}")]
    Host(String),
    /// The address is inside.
    #[error("{host} is a {what} address; allow it with --allow-private")]
    Inside {
        /// The host's name.
        host: String,
        /// What sort of address.
        what: &'static str,
    },
    /// The address is never asked.
    #[error("{host} is {what}, which is never asked")]
    Never {
        /// The host's name.
        host: String,
        /// What sort of address.
        what: &'static str,
    },
    /// The key would travel unencrypted.
    #[error("{0} is asked without TLS, which would show the key to the network")]
    Plain(String),
}

impl Policy {
    /// Whether a host may be asked, by who named it.
    pub fn may_ask(&self, host: &str, from: HostFrom) -> Result<(), Blocked> {
        if from != HostFrom::Text || self.allows(host) {
            Ok(())
        } else {
            Err(Blocked::Host(host.to_owned()))
        }
    }

    /// Whether a key may travel there without TLS.
    pub fn may_go_plain(&self, host: &str) -> Result<(), Blocked> {
        if self.own_hosts.contains(host) || self.allows(host) {
            Ok(())
        } else {
            Err(Blocked::Plain(host.to_owned()))
        }
    }

    /// Whether this address of a host may be connected to.
    pub fn may_connect(&self, host: &str, ip: IpAddr) -> Result<(), Blocked> {
        match reach(ip) {
            Reach::Public => Ok(()),
            Reach::Inside(_) if self.allow_private || self.own_hosts.contains(host) => Ok(()),
            Reach::Inside(what) => Err(Blocked::Inside {
                host: host.to_owned(),
                what,
            }),
            Reach::Never(what) => Err(Blocked::Never {
                host: host.to_owned(),
                what,
            }),
        }
    }

    fn allows(&self, host: &str) -> bool {
        self.allow_hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            match allowed.strip_prefix("*.").or(allowed.strip_prefix('.')) {
                Some(suffix) => below(host, suffix),
                None => host == allowed,
            }
        })
    }
}

/// True if `host` is `domain` or a name below it.
pub fn below(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let public = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1"];
        let inside = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "::1",
            "fd12::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ];
        let never = [
            "0.0.0.0",
            "169.254.169.254",
            "100.100.100.200",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "ff02::1",
        ];
        let sort = |text: &str| reach(text.parse().unwrap());
        for ip in public {
            assert_eq!(sort(ip), Reach::Public, "{ip}");
        }
        for ip in inside {
            assert!(matches!(sort(ip), Reach::Inside(_)), "{ip}");
        }
        for ip in never {
            assert!(matches!(sort(ip), Reach::Never(_)), "{ip}");
        }
    }

    #[test]
    fn allowed_hosts_are_exact_or_a_suffix() {
        let policy = Policy {
            allow_hosts: vec!["vault.example".into(), ".corp.example".into()],
            ..Policy::default()
        };
        let asked = |host: &str| policy.may_ask(host, HostFrom::Text).is_ok();
        assert!(asked("vault.example") && asked("a.b.corp.example") && asked("corp.example"));
        assert!(!asked("a.vault.example") && !asked("evilcorp.example") && !asked("x.example"));
        assert!(policy.may_ask("x.example", HostFrom::Pattern).is_ok());
    }
}
