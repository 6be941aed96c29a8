//! SSH's binary packets (RFC 4253): framing, the curve25519 key exchange, AES-256-GCM. As much as it takes to offer a public
//! key; the host's own key is not looked at, because nothing secret is ever sent.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;

use super::super::fault::Fault;
use super::super::stream::Stream;
use super::super::values::random_bytes;

const MOST_PACKET: usize = 1 << 17;
const TAG: usize = 16;
const VERSION: &str = "SSH-2.0-unleak";

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;

/// Host key types that are fine, because their signature is not checked here.
const HOST_KEYS: &str = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

/// A string or blob with its length before it.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len())
        .unwrap_or_default()
        .to_be_bytes()
        .to_vec();
    out.extend(bytes);
    out
}

/// Takes a string off the front.
pub(super) fn take_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(value)
}

/// A positive number as SSH writes it.
pub(super) fn number(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let mut digits = bytes[start..].to_vec();
    if digits.first().is_some_and(|b| *b >= 0x80) {
        digits.insert(0, 0);
    }
    string(&digits)
}

struct Direction {
    key: LessSafeKey,
    iv: [u8; 12],
}

impl Direction {
    fn new(key: &[u8], iv: &[u8]) -> Option<Direction> {
        let key = UnboundKey::new(&AES_256_GCM, key.get(..32)?).ok()?;
        Some(Direction {
            key: LessSafeKey::new(key),
            iv: iv.get(..12)?.try_into().ok()?,
        })
    }

    /// This packet's nonce; the last eight bytes count up.
    fn nonce(&mut self) -> Nonce {
        let nonce = Nonce::assume_unique_for_key(self.iv);
        for byte in self.iv[4..].iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        nonce
    }
}

/// A line on which packets travel, sealed once keys are agreed.
pub(super) struct Wire<'a> {
    stream: &'a mut Stream,
    sending: Option<Direction>,
    receiving: Option<Direction>,
}

impl<'a> Wire<'a> {
    /// Greets, agrees on keys; what the server calls itself comes back too. `None`: it offers nothing
    /// that is spoken here.
    pub(super) fn open(stream: &'a mut Stream) -> Result<Option<(Wire<'a>, String)>, Fault> {
        stream.write(format!("{VERSION}\r\n").as_bytes())?;
        let theirs = greeting(stream)?;
        let mut wire = Wire {
            stream,
            sending: None,
            receiving: None,
        };
        let ours = kexinit();
        wire.send(&ours)?;
        let server = wire.receive()?;
        if server.first() != Some(&KEXINIT) {
            return Err(wire.broken());
        }
        let offers = |name: &str| memchr::memmem::find(&server, name.as_bytes()).is_some();
        if !offers("curve25519-sha256") || !offers("aes256-gcm@openssh.com") {
            return Ok(None);
        }
        wire.agree(&theirs, &ours, &server)?;
        Ok(Some((wire, theirs)))
    }

    fn agree(&mut self, theirs: &str, ours: &[u8], server: &[u8]) -> Result<(), Fault> {
        let random = SystemRandom::new();
        let unusable = Fault::Settings("no key could be made for the connection");
        let secret = EphemeralPrivateKey::generate(&X25519, &random);
        let secret = secret.map_err(|_| unusable.clone())?;
        let public = secret.compute_public_key().map_err(|_| unusable)?;
        let mut init = vec![ECDH_INIT];
        init.extend(string(public.as_ref()));
        self.send(&init)?;
        let reply = self.receive()?;
        let broken = self.broken();
        let (kind, mut rest) = reply.split_first().ok_or_else(|| broken.clone())?;
        let host_key = take_string(&mut rest).ok_or_else(|| broken.clone())?;
        let point = take_string(&mut rest).ok_or_else(|| broken.clone())?;
        if *kind != ECDH_REPLY {
            return Err(broken);
        }
        let point_key = UnparsedPublicKey::new(&X25519, point);
        let shared = agree_ephemeral(secret, &point_key, number);
        let shared = shared.map_err(|_| broken.clone())?;
        let hash = [
            string(VERSION.as_bytes()),
            string(theirs.as_bytes()),
            string(ours),
            string(server),
            string(host_key),
            string(public.as_ref()),
            string(point),
            shared.clone(),
        ];
        let hash = digest(&SHA256, &hash.concat());
        self.send(&[NEWKEYS])?;
        let derive = |letter: u8| {
            let all = [&shared[..], hash.as_ref(), &[letter], hash.as_ref()].concat();
            digest(&SHA256, &all)
        };
        self.sending = Direction::new(derive(b'C').as_ref(), derive(b'A').as_ref());
        if self.receive()?.first() != Some(&NEWKEYS) {
            return Err(self.broken());
        }
        self.receiving = Direction::new(derive(b'D').as_ref(), derive(b'B').as_ref());
        Ok(())
    }

    pub(super) fn broken(&self) -> Fault {
        Fault::Protocol(self.stream.host().to_owned())
    }

    /// Sends one packet.
    pub(super) fn send(&mut self, payload: &[u8]) -> Result<(), Fault> {
        let broken = self.broken();
        // With a cipher the length is not part of what must fill the blocks.
        let (block, counted) = if self.sending.is_some() {
            (16, 1)
        } else {
            (8, 5)
        };
        let mut padding = block - (payload.len() + counted) % block;
        if padding < 4 {
            padding += block;
        }
        let mut body = vec![u8::try_from(padding).unwrap_or(u8::MAX)];
        body.extend(payload);
        body.extend(random_bytes(padding));
        let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
        if let Some(direction) = &mut self.sending {
            let nonce = direction.nonce();
            let sealed =
                direction
                    .key
                    .seal_in_place_append_tag(nonce, Aad::from(length), &mut body);
            sealed.map_err(|_| broken)?;
        }
        self.stream.write(&[&length[..], &body].concat())
    }

    /// Receives the next packet that says something; debugging and ignored ones are skipped.
    pub(super) fn receive(&mut self) -> Result<Vec<u8>, Fault> {
        for _ in 0..64 {
            let payload = self.packet()?;
            // Ignore, unimplemented, debug, extensions.
            if !matches!(payload.first(), Some(2 | 3 | 4 | 7)) {
                return Ok(payload);
            }
        }
        Err(self.broken())
    }

    fn packet(&mut self) -> Result<Vec<u8>, Fault> {
        let broken = self.broken();
        let head = self.stream.read_exact(4)?;
        let head = [head[0], head[1], head[2], head[3]];
        let length = u32::from_be_bytes(head) as usize;
        if !(2..=MOST_PACKET).contains(&length) {
            return Err(broken);
        }
        let body = match &mut self.receiving {
            None => self.stream.read_exact(length)?,
            Some(direction) => {
                let mut sealed = self.stream.read_exact(length + TAG)?;
                let nonce = direction.nonce();
                let opened = direction
                    .key
                    .open_in_place(nonce, Aad::from(head), &mut sealed);
                opened.map_err(|_| broken.clone())?.to_vec()
            }
        };
        let padding = usize::from(body[0]);
        let payload = body.get(1..body.len().saturating_sub(padding));
        payload.map(<[u8]>::to_vec).ok_or(broken)
    }
}

/// The server's version line; it may say other things first.
fn greeting(stream: &mut Stream) -> Result<String, Fault> {
    for _ in 0..32 {
        let line = stream.read_line()?;
        if line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.99-") {
            return Ok(line);
        }
    }
    Err(Fault::Protocol(stream.host().to_owned()))
}

fn kexinit() -> Vec<u8> {
    let cipher = "aes256-gcm@openssh.com";
    let lists = [
        "curve25519-sha256,curve25519-sha256@libssh.org",
        HOST_KEYS,
        cipher,
        cipher,
        "hmac-sha2-256",
        "hmac-sha2-256",
        "none",
        "none",
        "",
        "",
    ];
    let mut out = vec![KEXINIT];
    out.extend(random_bytes(16));
    lists
        .iter()
        .for_each(|list| out.extend(string(list.as_bytes())));
    out.extend([0; 5]);
    out
}
