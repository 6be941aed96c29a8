//! Server: HTTP on 127.0.0.1 whose handler decides what happens to each request, faults included; plain or TLS.
//! It ends with the value.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// One request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// What the server does about a request.
pub(crate) enum Act {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The same, after a while.
    Late(Duration, Box<Act>),
    /// Closes with a reset in the middle of the status line.
    Reset,
    /// Sends half a header and nothing more, keeping the line open.
    Hang,
    /// Promises ten gigabytes and goes on sending.
    Endless,
    /// Bytes that are no HTTP.
    Raw(&'static [u8]),
}

pub(crate) fn ok(body: &str) -> Act {
    status(200, body)
}

pub(crate) fn status(status: u16, body: &str) -> Act {
    Act::Answer(
        status,
        vec![("Content-Type", "application/json".into())],
        body.into(),
    )
}

type Handler = dyn Fn(&Seen) -> Act + Send + Sync;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Server {
        Server::over(None, handler)
    }

    /// With TLS; `certificate` and `key` are names below fixtures/tls.
    pub(crate) fn tls(
        certificate: &str,
        key: &str,
        handler: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Server {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/");
        let read = |name: &str| std::fs::read(format!("{dir}{name}")).unwrap();
        let certificate = CertificateDer::from_pem_slice(&read(certificate)).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&read(key)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Server::over(Some(Arc::new(config)), handler)
    }

    fn over(
        tls: Option<Arc<rustls::ServerConfig>>,
        handler: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let handler: Arc<Handler> = Arc::new(handler);
        let (log, ended) = (Arc::clone(&seen), Arc::clone(&stop));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(socket) = socket else { continue };
                let (handler, log, tls) = (Arc::clone(&handler), Arc::clone(&log), tls.clone());
                std::thread::spawn(move || {
                    socket.set_read_timeout(Some(Duration::from_secs(30))).ok();
                    socket.set_nodelay(true).ok();
                    match tls {
                        None => serve(socket.try_clone().unwrap(), &socket, &*handler, &log),
                        Some(config) => {
                            let line = rustls::ServerConnection::new(config).unwrap();
                            let mut line =
                                rustls::StreamOwned::new(line, socket.try_clone().unwrap());
                            while line.conn.is_handshaking() {
                                if line.conn.complete_io(&mut line.sock).is_err() {
                                    return;
                                }
                            }
                            serve(line, &socket, &*handler, &log);
                        }
                    }
                });
            }
        });
        Server {
            address,
            seen,
            stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees the flag.
        #[expect(clippy::disallowed_methods, reason = "a test server waking itself")]
        TcpStream::connect(self.address).ok();
    }
}

fn serve(line: impl Read + Write, socket: &TcpStream, handler: &Handler, log: &Mutex<Vec<Seen>>) {
    let mut line = BufReader::new(line);
    while let Some(request) = read(&mut line) {
        log.lock().unwrap().push(request.clone());
        if !act(handler(&request), line.get_mut(), socket) {
            break;
        }
    }
}

fn read(line: &mut impl BufRead) -> Option<Seen> {
    let mut first = String::new();
    line.read_line(&mut first).ok().filter(|n| *n > 0)?;
    let mut words = first.split_whitespace();
    let mut seen = Seen {
        method: words.next()?.into(),
        path: words.next()?.into(),
        ..Seen::default()
    };
    loop {
        let mut header = String::new();
        line.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        seen.headers.push((name.into(), value.trim().into()));
    }
    let length = seen.header("content-length").parse().unwrap_or(0);
    seen.body = vec![0; length];
    line.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

/// Carries out an act; false when the line is over.
fn act(act: Act, line: &mut impl Write, socket: &TcpStream) -> bool {
    match act {
        Act::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            line.write_all(format!("{head}\r\n{body}").as_bytes())
                .is_ok()
                && line.flush().is_ok()
        }
        Act::Late(wait, then) => {
            std::thread::sleep(wait);
            self::act(*then, line, socket)
        }
        Act::Reset => {
            line.write_all(b"HTTP/1.1 200").ok();
            socket.shutdown(std::net::Shutdown::Both).ok();
            false
        }
        Act::Hang => {
            line.write_all(b"HTTP/1.1 200 OK\r\nContent-").ok();
            line.flush().ok();
            std::thread::sleep(Duration::from_secs(20));
            false
        }
        Act::Endless => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{\"id\":\"";
            line.write_all(head.as_bytes()).ok();
            let block = vec![b'x'; 1 << 16];
            while line.write_all(&block).is_ok() {}
            false
        }
        Act::Raw(bytes) => {
            line.write_all(bytes).ok();
            line.flush().ok();
            false
        }
    }
}
