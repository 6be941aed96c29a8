//! Fault: why there is no reply. Never holds a path, a header or a value.

use std::io;

use super::address::Blocked;

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not sent, on purpose.
    #[error("{0}")]
    Blocked(#[from] Blocked),
    /// The host has no address.
    #[error("the name of {0} is not known (offline?)")]
    NoSuchHost(String),
    /// Nobody listens or no route.
    #[error("{0} cannot be reached")]
    Unreachable(String),
    /// The connection broke.
    #[error("{0} broke off the connection")]
    Broken(String),
    /// Too slow.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// Its certificate is not trusted or does not fit.
    #[error("the certificate of {0} is not trusted")]
    Certificate(String),
    /// It does not speak the protocol.
    #[error("{0} does not speak the expected protocol")]
    Protocol(String),
    /// The settings are unusable.
    #[error("{0}")]
    Settings(&'static str),
}

pub(super) fn of_ureq(host: &str, error: ureq::Error) -> Fault {
    let host = host.to_owned();
    match error {
        ureq::Error::Io(error) => of_io(&host, error),
        ureq::Error::Timeout(_) => Fault::Timeout(host),
        ureq::Error::HostNotFound => Fault::NoSuchHost(host),
        ureq::Error::ConnectionFailed => Fault::Unreachable(host),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Fault::Certificate(host),
        ureq::Error::ConnectProxyFailed(_) => Fault::Settings("the proxy refused to connect"),
        _ => Fault::Protocol(host),
    }
}

pub(super) fn of_io(host: &str, error: io::Error) -> Fault {
    let name = host.to_owned();
    if let Some(inner) = error.get_ref() {
        if let Some(known) = inner.downcast_ref::<Fault>() {
            return known.clone();
        }
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                    Fault::Certificate(name)
                }
                _ => Fault::Protocol(name),
            };
        }
        if let Some(ureq::Error::Timeout(_)) = inner.downcast_ref::<ureq::Error>() {
            return Fault::Timeout(name);
        }
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::Timeout(name),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => Fault::Unreachable(name),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Fault::Broken(name),
        _ => Fault::Protocol(name),
    }
}
