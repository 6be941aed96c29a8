//! Stream: an open raw connection for the protocol checks, plain or TLS, with one deadline for all of it
//! and a cap on what is read. Opening it is `transport`'s.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::fault::{Fault, of_io};

enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// A raw connection for the protocol checks, with one deadline for all of it and a cap on what is read.
pub struct Stream {
    host: String,
    deadline: Instant,
    tls: Arc<ClientConfig>,
    left: usize,
    line: Option<Line>,
}

impl Stream {
    /// Over a socket that was just connected; `cap` is the most that is read in all.
    pub(super) fn new(
        host: &str,
        socket: TcpStream,
        deadline: Instant,
        cap: usize,
        tls: Arc<ClientConfig>,
    ) -> Stream {
        Stream {
            host: host.to_owned(),
            deadline,
            tls,
            left: cap,
            line: Some(Line::Plain(socket)),
        }
    }

    /// The host as it was asked for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True once TLS is spoken.
    pub fn is_tls(&self) -> bool {
        matches!(self.line, Some(Line::Tls(_)))
    }

    /// Speaks TLS from here on; the certificate must fit the host.
    pub fn start_tls(&mut self) -> Result<(), Fault> {
        let Some(Line::Plain(mut socket)) = self.line.take() else {
            return Err(Fault::Protocol(self.host.clone()));
        };
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|_| Fault::Certificate(self.host.clone()))?;
        let connection = ClientConnection::new(self.tls.clone(), name);
        let mut connection = connection.map_err(|_| Fault::Certificate(self.host.clone()))?;
        while connection.is_handshaking() {
            self.set_timeouts(&socket)?;
            let done = connection.complete_io(&mut socket);
            done.map_err(|error| of_io(&self.host, error))?;
        }
        let stream = StreamOwned::new(connection, socket);
        self.line = Some(Line::Tls(Box::new(stream)));
        Ok(())
    }

    /// The same where the handshake travels in the protocol's own packets: `wrap` makes one of some bytes; those
    /// that come have a head of eight bytes, its third and fourth the whole length.
    pub(super) fn start_tls_inside(&mut self, wrap: fn(&[u8]) -> Vec<u8>) -> Result<(), Fault> {
        let Some(Line::Plain(socket)) = self.line.take() else {
            return Err(Fault::Protocol(self.host.clone()));
        };
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|_| Fault::Certificate(self.host.clone()))?;
        let connection = ClientConnection::new(self.tls.clone(), name);
        let mut connection = connection.map_err(|_| Fault::Certificate(self.host.clone()))?;
        let mut inside = Inside {
            socket: &socket,
            wrap,
            left: 0,
            out: Vec::new(),
        };
        while connection.is_handshaking() {
            self.set_timeouts(&socket)?;
            let done = connection.complete_io(&mut inside);
            done.and_then(|_| inside.flush())
                .map_err(|error| of_io(&self.host, error))?;
        }
        let stream = StreamOwned::new(connection, socket);
        self.line = Some(Line::Tls(Box::new(stream)));
        Ok(())
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.rearm()?;
        let done = match self.line.as_mut() {
            Some(Line::Plain(socket)) => socket.write_all(bytes),
            Some(Line::Tls(stream)) => stream.write_all(bytes).and_then(|()| stream.flush()),
            None => return Err(Fault::Broken(self.host.clone())),
        };
        done.map_err(|error| of_io(&self.host, error))
    }

    /// Reads some bytes; an end of the connection is a fault.
    pub fn read_some(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        self.rearm()?;
        let got = match self.line.as_mut() {
            Some(Line::Plain(socket)) => socket.read(into),
            Some(Line::Tls(stream)) => stream.read(into),
            None => return Err(Fault::Broken(self.host.clone())),
        };
        let got = got.map_err(|error| of_io(&self.host, error))?;
        self.left = self.left.saturating_sub(got);
        match got {
            0 => Err(Fault::Broken(self.host.clone())),
            _ if self.left == 0 => Err(Fault::Protocol(self.host.clone())),
            n => Ok(n),
        }
    }

    /// Reads exactly `count` bytes.
    pub fn read_exact(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        if count > self.left {
            return Err(Fault::Protocol(self.host.clone()));
        }
        let mut out = vec![0; count];
        let mut have = 0;
        while have < count {
            have += self.read_some(&mut out[have..])?;
        }
        Ok(out)
    }

    /// Reads a line, without its end.
    pub fn read_line(&mut self) -> Result<String, Fault> {
        let mut out = Vec::new();
        loop {
            let byte = self.read_exact(1)?[0];
            match byte {
                b'\n' => break,
                b'\r' => {}
                _ if out.len() >= 8192 => return Err(Fault::Protocol(self.host.clone())),
                _ => out.push(byte),
            }
        }
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn rearm(&self) -> Result<(), Fault> {
        match self.line.as_ref() {
            Some(Line::Plain(socket)) => self.set_timeouts(socket),
            Some(Line::Tls(stream)) => self.set_timeouts(&stream.sock),
            None => Ok(()),
        }
    }

    fn set_timeouts(&self, socket: &TcpStream) -> Result<(), Fault> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Fault::Timeout(self.host.clone()));
        }
        socket
            .set_read_timeout(Some(left))
            .and_then(|()| socket.set_write_timeout(Some(left)))
            .map_err(|error| of_io(&self.host, error))
    }
}

/// A socket whose bytes travel in packets while a handshake goes on.
struct Inside<'a> {
    socket: &'a TcpStream,
    wrap: fn(&[u8]) -> Vec<u8>,
    /// What is still to be read of the packet that came.
    left: usize,
    /// What waits to be sent as one packet.
    out: Vec<u8>,
}

impl Read for Inside<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.flush()?;
        while self.left == 0 {
            let mut head = [0; 8];
            self.socket.read_exact(&mut head)?;
            let whole = usize::from(u16::from_be_bytes([head[2], head[3]]));
            self.left = whole.saturating_sub(8);
        }
        let most = self.left.min(into.len());
        let got = self.socket.read(&mut into[..most])?;
        self.left -= got;
        Ok(got)
    }
}

impl Write for Inside<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let packet = (self.wrap)(&std::mem::take(&mut self.out));
        self.socket.write_all(&packet)
    }
}
