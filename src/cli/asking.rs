//! What `scan --verify` and `verify` share: the flags about the network, the verifier made from the settings, and
//! the account of who was contacted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use unleak::api::egress::Contact;
use unleak::api::exchange::Client;
use unleak::api::pace::Pace;
use unleak::api::transport::{self, Transport};
use unleak::api::url::{Url, authority_parts};
use unleak::config::{Settings, Value};
use unleak::pattern::{Lang, Patterns};
use unleak::verify::{Options, Verifier};

use super::{Failure, World, say};

/// Flags about asking.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Asking providers")]
pub(crate) struct Asking {
    /// A host from the scanned text that may be asked; .example.org is every host below (may be repeated)
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// Private, loopback and link-local addresses may be asked
    #[arg(long)]
    pub(crate) allow_private: bool,
    /// Further certificate authorities, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Look at what a live credential may do, with reading calls
    #[arg(long)]
    pub(crate) privileges: bool,
    /// Ask nobody any more after so many seconds [default: 300]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<u64>,
    /// Write which hosts were contacted, for which kinds, how often
    #[arg(long, value_name = "FILE")]
    pub(crate) egress_log: Option<PathBuf>,
}

impl Asking {
    /// The settings that these flags make.
    pub(crate) fn flags(&self) -> Vec<(&'static str, Value)> {
        let mut flags = Vec::new();
        if !self.allow_host.is_empty() {
            flags.push(("network.allow-host", Value::List(self.allow_host.clone())));
        }
        for (name, said) in [
            ("network.allow-private", self.allow_private),
            ("network.privileges", self.privileges),
        ] {
            if said {
                flags.push((name, Value::Flag(true)));
            }
        }
        if let Some(file) = &self.ca_file {
            let file = file.display().to_string();
            flags.push(("network.ca-file", Value::Text(file)));
        }
        if let Some(seconds) = self.deadline {
            flags.push(("network.deadline", Value::Number(seconds)));
        }
        flags
    }
}

/// A verifier, ready to ask.
pub(crate) struct Desk<'p> {
    pub(crate) verifier: Verifier<'p>,
}

/// Tries of one credential where trying counts as an attempt, when a change to it is to be proven: before it, after it,
/// and as long as it may take to show. The few of a mere look are spent by the scan that found it.
const TRIES_OF_A_CHANGE: u32 = 20;

impl<'p> Desk<'p> {
    /// To look.
    pub(crate) fn open(
        settings: &Settings,
        patterns: &'p Patterns,
        world: &World,
    ) -> Result<Desk<'p>, Failure> {
        Desk::with(settings, patterns, world, 0)
    }

    /// To change something and prove it; who allows no try at all allows none here.
    pub(crate) fn to_prove(
        settings: &Settings,
        patterns: &'p Patterns,
        world: &World,
    ) -> Result<Desk<'p>, Failure> {
        let none = settings.number("network.attempts") == 0;
        let tries = if none { 0 } else { TRIES_OF_A_CHANGE };
        Desk::with(settings, patterns, world, tries)
    }

    fn with(
        settings: &Settings,
        patterns: &'p Patterns,
        world: &World,
        least: u32,
    ) -> Result<Desk<'p>, Failure> {
        let client = client(settings, world)?;
        let number = |name| usize::try_from(settings.number(name)).unwrap_or(usize::MAX);
        let options = Options {
            threads: number("network.threads").clamp(1, 256),
            attempts: u32::try_from(settings.number("network.attempts"))
                .unwrap_or(u32::MAX)
                .max(least),
            state: world.env.state_home(),
            privileges: settings.flag("network.privileges"),
        };
        let verifier = Verifier::new(patterns, client, options);
        Ok(Desk { verifier })
    }

    /// Remembers attempts, writes the account, says it in short, and hands it out.
    pub(crate) fn close(&self, log: Option<&Path>) -> Result<Vec<Contact>, Failure> {
        self.close_in(log, Lang::En)
    }

    /// The same, said in this language.
    pub(crate) fn close_in(&self, log: Option<&Path>, lang: Lang) -> Result<Vec<Contact>, Failure> {
        if let Err(cause) = self.verifier.save() {
            say(&match lang {
                Lang::En => {
                    format!("unleak: the attempts made today cannot be remembered: {cause}")
                }
                Lang::Zh => format!("unleak：无法记录今天的尝试次数：{cause}"),
            });
        }
        let contacts = self.verifier.client().egress().contacts();
        if let Some(file) = log {
            let mut text = String::from("host\tkind\tcalls\n");
            for contact in &contacts {
                text.push_str(&format!(
                    "{}\t{}\t{}\n",
                    contact.host, contact.kind, contact.count
                ));
            }
            std::fs::write(file, text)
                .map_err(|cause| Failure::new(format!("{}: {cause}", file.display())))?;
        }
        let hosts: BTreeSet<&str> = contacts.iter().map(|c| c.host.as_str()).collect();
        let calls: u64 = contacts.iter().map(|c| c.count).sum();
        if calls > 0 {
            let named: Vec<_> = hosts.iter().take(5).copied().collect();
            let more = if hosts.len() > 5 { ", …" } else { "" };
            let named = named.join(", ");
            let hosts = hosts.len();
            say(&match lang {
                Lang::En => format!("unleak: {calls} calls to {hosts} hosts: {named}{more}"),
                Lang::Zh => format!("unleak：{calls} 次调用，{hosts} 个主机：{named}{more}"),
            });
        }
        Ok(contacts)
    }
}

/// The door to the network as the settings and the environment want it.
pub(crate) fn client(settings: &Settings, world: &World) -> Result<Client, Failure> {
    let transport = Transport::new(network(settings, world)?)
        .map_err(|cause| Failure::new(cause).hint("look at network.* in `unleak config show`"))?;
    let interval = Duration::from_millis(settings.number("network.pace"));
    let deadline = match settings.number("network.deadline") {
        0 => None,
        seconds => Instant::now().checked_add(Duration::from_secs(seconds)),
    };
    Ok(Client::new(
        Box::new(transport),
        Pace::new(interval, deadline),
        endpoints(settings),
    ))
}

fn endpoints(settings: &Settings) -> BTreeMap<String, String> {
    let all = settings.endpoints.iter();
    all.map(|(name, (address, _))| (name.clone(), address.clone()))
        .collect()
}

/// The host of an endpoint: `https://host/…{{slots}}`, or `ssh://user@host:port` for what is no HTTP.
fn host_of(address: &str) -> Result<String, &'static str> {
    // A template's slots stand in the path, if anywhere.
    let plain = address.split("{{").next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) if !scheme.starts_with("http") => {
            let authority = rest.split('/').next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            Ok(authority_parts(host)?.0)
        }
        _ => Ok(Url::parse(plain)?.host),
    }
}

fn network(settings: &Settings, world: &World) -> Result<transport::Options, Failure> {
    let mut options = transport::Options::default();
    options.policy.allow_hosts = settings.list("network.allow-host").to_vec();
    options.policy.allow_private = settings.flag("network.allow-private");
    for (name, (address, origin)) in &settings.endpoints {
        let host = host_of(address)
            .map_err(|why| Failure::new(format!("{origin}: the endpoint of {name}: {why}")))?;
        options.policy.own_hosts.insert(host);
    }
    if let Some(file) = settings.path("network.ca-file") {
        let failed = |cause| Failure::new(format!("{}: {cause}", file.display()));
        options.ca_pem = Some(std::fs::read(&file).map_err(failed)?);
    }
    let variable = |names: [&str; 4]| {
        let mut found = names.iter().filter_map(|name| world.env.get(name));
        found.next().map(str::to_owned)
    };
    options.https_proxy = variable(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    // HTTP_PROXY in capitals may come from a request header where a web server starts programs.
    options.http_proxy = variable(["http_proxy", "http_proxy", "ALL_PROXY", "all_proxy"]);
    let past = variable(["NO_PROXY", "no_proxy", "NO_PROXY", "no_proxy"]).unwrap_or_default();
    let past = past
        .split(',')
        .map(str::trim)
        .filter(|host| !host.is_empty());
    options.no_proxy = past.map(str::to_owned).collect();
    Ok(options)
}
