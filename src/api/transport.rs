//! The only door to the network: HTTP requests and raw sockets, resolved once, checked, then connected
//! to the very address that was checked. TLS is always verified, redirects are never followed, bodies are capped.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::address::Policy;
use super::fault::{Fault, of_io, of_ureq};
use super::judge::Reply;
use super::request::{HostFrom, Request};
use super::stream::Stream;
use super::url::{Url, authority_parts};

/// How the door behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the user allowed.
    pub policy: Policy,
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest wait for one call, from name resolution to the last byte.
    pub overall: Duration,
    /// Most bytes of a body that are read.
    pub body_cap: usize,
    /// Further root certificates, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Proxy for `https` addresses.
    pub https_proxy: Option<String>,
    /// Proxy for `http` addresses.
    pub http_proxy: Option<String>,
    /// Hosts that are reached without the proxy: a name, a domain, `*`.
    pub no_proxy: Vec<String>,
    /// Answers of the name service, for tests and for hosts that it does not know.
    pub names: Vec<(String, IpAddr)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            policy: Policy::default(),
            connect: Duration::from_secs(5),
            overall: Duration::from_secs(20),
            body_cap: 4 << 20,
            ca_pem: None,
            https_proxy: None,
            http_proxy: None,
            no_proxy: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// Something that carries requests; the tests have one of their own.
pub trait Wire: Send + Sync {
    /// Sends a request and reads the reply.
    fn send(&self, request: &Request) -> Result<Reply, Fault>;

    /// Whether a host may be asked, by who named it.
    fn may_ask(&self, host: &str, from: HostFrom) -> Result<(), Fault>;

    /// Opens a raw connection.
    fn open(&self, host: &str, port: u16) -> Result<Stream, Fault>;
}

/// The network.
pub struct Transport {
    options: Arc<Options>,
    tls: Arc<ClientConfig>,
    direct: ureq::Agent,
    by_https_proxy: Option<ureq::Agent>,
    by_http_proxy: Option<ureq::Agent>,
}

impl Transport {
    /// Opens nothing yet; fails on unusable certificates or proxies.
    pub fn new(mut options: Options) -> Result<Transport, Fault> {
        let proxies = [&options.https_proxy, &options.http_proxy].map(|proxy| {
            let proxy = proxy.as_deref().map(ureq::Proxy::new).transpose();
            proxy.map_err(|_| Fault::Settings("the proxy is no address"))
        });
        let [https, http] = proxies;
        let (https, http) = (https?, http?);
        let own = [&https, &http].into_iter().flatten();
        let own: Vec<_> = own.map(|proxy| proxy.host().to_ascii_lowercase()).collect();
        options.policy.own_hosts.extend(own);
        let roots = roots(options.ca_pem.as_deref())?;
        let tls = Arc::new(tls_config(&roots)?);
        let options = Arc::new(options);
        let agent = |proxy| agent(&options, &roots, proxy);
        Ok(Transport {
            direct: agent(None),
            by_https_proxy: https.map(|proxy| agent(Some(proxy))),
            by_http_proxy: http.map(|proxy| agent(Some(proxy))),
            tls,
            options,
        })
    }

    fn agent_for(&self, url: &Url) -> Result<&ureq::Agent, Fault> {
        let proxied = if url.https {
            &self.by_https_proxy
        } else {
            &self.by_http_proxy
        };
        let Some(agent) = proxied.as_ref().filter(|_| !self.past_proxy(&url.host)) else {
            return Ok(&self.direct);
        };
        // The proxy resolves the name; what can be seen from here is checked all the same.
        let known = lookup(&self.options, &url.host, url.effective_port());
        for address in known.unwrap_or_default() {
            self.options.policy.may_connect(&url.host, address.ip())?;
        }
        Ok(agent)
    }

    fn past_proxy(&self, host: &str) -> bool {
        self.options.no_proxy.iter().any(|entry| {
            let entry = entry.trim().to_ascii_lowercase();
            let domain = entry.trim_start_matches("*.").trim_start_matches('.');
            entry == "*" || super::address::below(host, domain)
        })
    }
}

fn agent(
    options: &Arc<Options>,
    roots: &[CertificateDer<'static>],
    proxy: Option<ureq::Proxy>,
) -> ureq::Agent {
    let certificates = roots.iter();
    let certificates = certificates.map(|der| ureq::tls::Certificate::from_der(der).to_owned());
    let certificates = Arc::new(certificates.collect::<Vec<_>>());
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::Specific(certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .user_agent(concat!("unleak/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(64 << 10)
        .timeout_connect(Some(options.connect))
        .timeout_global(Some(options.overall))
        .max_idle_connections(128)
        .max_idle_connections_per_host(16)
        .build();
    let resolver = Checked(options.clone());
    ureq::Agent::with_parts(config, DefaultConnector::default(), resolver)
}

/// Resolves a name and hands out only addresses that may be connected to.
#[derive(Debug)]
struct Checked(Arc<Options>);

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let authority = uri.authority().map_or("", |a| a.as_str());
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let refused = |fault: Fault| ureq::Error::Io(io::Error::other(fault));
        let (host, port) = authority_parts(authority)
            .map_err(|_| refused(Fault::Settings("the address is no host name")))?;
        let standard = if uri.scheme_str() == Some("http") {
            80
        } else {
            443
        };
        let found = checked(&self.0, &host, port.unwrap_or(standard)).map_err(refused)?;
        let mut out = self.empty();
        found
            .into_iter()
            .take(16)
            .for_each(|address| out.push(address));
        Ok(out)
    }
}

/// Every address of a host; refused as a whole if one of them may not be connected to.
fn checked(options: &Options, host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    let found = lookup(options, host, port)?;
    for address in &found {
        options.policy.may_connect(host, address.ip())?;
    }
    Ok(found)
}

fn lookup(options: &Options, host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let known = options.names.iter().filter(|(name, _)| name == host);
    let known: Vec<_> = known.map(|(_, ip)| SocketAddr::new(*ip, port)).collect();
    if !known.is_empty() {
        return Ok(known);
    }
    // The system's resolver knows no deadline, hence the thread.
    let (tell, heard) = mpsc::sync_channel(1);
    let name = host.to_owned();
    std::thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs();
        // Nobody listens any more when the deadline has passed.
        tell.send(found.map(Iterator::collect::<Vec<_>>)).ok();
    });
    match heard.recv_timeout(options.connect) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Fault::NoSuchHost(host.to_owned())),
        Err(_) => Err(Fault::Timeout(host.to_owned())),
    }
}

fn roots(extra: Option<&[u8]>) -> Result<Vec<CertificateDer<'static>>, Fault> {
    use rustls::pki_types::pem::PemObject as _;
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
    let unreadable = Fault::Settings("the file of root certificates holds no PEM certificate");
    if let Some(pem) = extra {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.push(certificate.map_err(|_| unreadable.clone())?);
        }
        if roots.len() == before {
            return Err(unreadable);
        }
    }
    Ok(roots)
}

fn tls_config(roots: &[CertificateDer<'static>]) -> Result<ClientConfig, Fault> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| Fault::Settings("TLS cannot be set up"))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

impl Wire for Transport {
    fn send(&self, request: &Request) -> Result<Reply, Fault> {
        let url = &request.url;
        self.may_ask(&url.host, request.host_from)?;
        if !url.https {
            self.options.policy.may_go_plain(&url.host)?;
        }
        let agent = self.agent_for(url)?;
        let mut wire = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(url.whole());
        for (name, value) in &request.headers {
            wire = wire.header(name, value);
        }
        let bad = |_| Fault::Settings("a header of the call is not allowed in HTTP");
        let sent = if request.body.is_empty() && matches!(request.method.as_str(), "GET" | "HEAD") {
            agent.run(wire.body(()).map_err(bad)?)
        } else {
            agent.run(wire.body(request.body.as_slice()).map_err(bad)?)
        };
        let mut answer = sent.map_err(|error| of_ureq(&url.host, error))?;
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.collect();
        let cap = self.options.body_cap;
        let mut body = Vec::new();
        let reader = answer.body_mut().as_reader();
        let read = reader.take(cap as u64 + 1).read_to_end(&mut body);
        if let Err(error) = read {
            return Err(of_io(&url.host, error));
        }
        let truncated = body.len() > cap;
        body.truncate(cap);
        Ok(Reply {
            status: answer.status().as_u16(),
            headers,
            body,
            truncated,
        })
    }

    fn may_ask(&self, host: &str, from: HostFrom) -> Result<(), Fault> {
        Ok(self.options.policy.may_ask(host, from)?)
    }

    fn open(&self, host: &str, port: u16) -> Result<Stream, Fault> {
        let addresses = checked(&self.options, host, port)?;
        let mut last = Fault::Unreachable(host.to_owned());
        for address in addresses.into_iter().take(4) {
            match connect(&address, self.options.connect) {
                Ok(socket) => {
                    let deadline = Instant::now() + self.options.overall;
                    let cap = self.options.body_cap;
                    return Ok(Stream::new(host, socket, deadline, cap, self.tls.clone()));
                }
                Err(error) => last = of_io(host, error),
            }
        }
        Err(last)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that opens sockets"
)]
fn connect(address: &SocketAddr, wait: Duration) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(address, wait)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
