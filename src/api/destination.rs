//! Destination: where a provider's calls go: its own host, the user's instead of it, or one that the text named and that
//! counts as the provider's. Sends nothing.

use super::address::below;
use super::exchange::{About, Client};
use super::make;
use super::protocol;
use super::request::HostFrom;
use super::sign::Stamp;
use super::url::Url;
use super::values::Values;
use crate::pattern::schema::{Call, Provider};
use crate::pattern::template::Template;

impl Client {
    /// The host that the call named `name` goes to, as far as it is known before its steps are made.
    pub fn destination(&self, about: About<'_>, name: &str, values: &Values) -> Option<String> {
        let call = about.provider.call.get(name)?;
        if call.protocol.is_some() {
            return protocol::destination(self, about, call, values);
        }
        if let Some(make) = &call.make {
            return Some(make::destination(make, values));
        }
        let from_file = about.provider.endpoint.as_deref();
        let url = match self.endpoint(about.provider, call).or(from_file) {
            Some(own) if call.url.starts_with("{{endpoint}}") => own,
            Some(own) if self.endpoint(about.provider, call).is_some() => own,
            _ => &call.url,
        };
        let stamp = Stamp::now();
        let text = |url: &str| {
            let template = Template::parse(url).ok()?;
            let text = template.render(&|name| values.lookup(name, &stamp)).ok()?;
            Some(text.as_str().to_owned())
        };
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        // Slots of the path may wait for a step; only what stands before it is filled in.
        let end = rest.find('/').unwrap_or(rest.len());
        let base = text(&format!(
            "{scheme}{}{}",
            if scheme.is_empty() { "" } else { "://" },
            &rest[..end]
        ));
        let base = base.or_else(|| text(url))?;
        let host = base
            .split_once("://")
            .map_or(base.as_str(), |(_, rest)| rest);
        host.split('/').next().map(str::to_owned)
    }

    /// The server to ask about a provider's keys where the text names none: the user's, or the pattern file's.
    pub fn server_of<'a>(&'a self, provider: &'a Provider) -> Option<(&'a str, HostFrom)> {
        let own = self.endpoints.get(&provider.id);
        let own = own.map(|address| (address.as_str(), HostFrom::Endpoint));
        own.or_else(|| Some((provider.endpoint.as_deref()?, HostFrom::Pattern)))
    }

    /// Where the user wants this call to go instead.
    pub(super) fn endpoint(&self, provider: &Provider, call: &Call) -> Option<&str> {
        let by_host = || {
            let url = match call.url.starts_with("{{endpoint") {
                true => provider.endpoint.as_deref()?,
                false => &call.url,
            };
            let host = url.split_once("://")?.1.split('/').next()?;
            self.endpoints.get(host)
        };
        let found = self.endpoints.get(&provider.id).or_else(by_host);
        found.map(String::as_str)
    }
}

/// True if an address that stood in the scanned text is a customer's on the provider's own servers: below one of
/// its `tenants`, at the standard port, with TLS.
pub(super) fn is_a_tenant(url: &Url, provider: &Provider) -> bool {
    let standard = url.https && url.effective_port() == 443;
    standard && provider.tenants.iter().any(|d| is_below(&url.host, d))
}

fn is_below(host: &str, domain: &str) -> bool {
    host != domain && below(host, domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_from_the_text_is_the_providers_only_below_its_tenants() {
        let acme = "id = \"acme\"\nname = \"Acme\"\ndocs = \"https://docs.acme.example\"\ntenants = [\"acme.example\"]";
        let provider: Provider = toml::from_str(acme).unwrap();
        let tenant = |url: &str| Url::parse(url).is_ok_and(|url| is_a_tenant(&url, &provider));
        for url in [
            "https://eu.acme.example/",
            "https://a.b.ACME.example./x",
            "https://eu.acme.example:443/",
        ] {
            assert!(tenant(url), "{url}");
        }
        for url in [
            "https://acme.example/",
            "https://evilacme.example/",
            "https://acme.example.evil.example/",
            "https://eu.acme.example@evil.example/",
            "https://evil.example/eu.acme.example",
            "https://evil.example?.acme.example",
            "https://evil.example#.acme.example",
            "https://evil.example\\.acme.example/",
            "https://evil.example%2f.acme.example/",
            "https://evil.example:443.acme.example/",
            "https://еvil.acme.example/",
            "https://eu.acme.example:8443/",
            "http://eu.acme.example/",
        ] {
            assert!(!tenant(url), "{url}");
        }
    }
}
