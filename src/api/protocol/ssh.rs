//! SSH: offers the public half of a key and asks whether it would be accepted (RFC 4252 §7). Nothing is signed, nobody
//! logs in; an answer of no says nothing about other servers and other users.

use super::super::fault::Fault;
use super::super::stream::Stream;
use super::ssh_key::public_half;
use super::ssh_wire::{Wire, string, take_string};
use super::target::Target;
use super::{Answered, live, quoted, unknown};

const DISCONNECT: u8 = 1;
const SERVICE_REQUEST: u8 = 5;
const SERVICE_ACCEPT: u8 = 6;
const USERAUTH_REQUEST: u8 = 50;
const USERAUTH_FAILURE: u8 = 51;
const USERAUTH_SUCCESS: u8 = 52;
const USERAUTH_BANNER: u8 = 53;
const USERAUTH_PK_OK: u8 = 60;

/// What is said of a key that a server refuses.
pub const REFUSED: &str = "this server does not know the key; others may";

pub(super) fn check(stream: &mut Stream, target: &Target) -> Answered {
    let Some(key) = public_half(&target.password) else {
        return Ok(unknown("its public half cannot be read"));
    };
    let user = match target.user.as_str() {
        "" => "git",
        named => named,
    };
    let Some((mut wire, server)) = Wire::open(stream)? else {
        return Ok(unknown(
            "the server offers no key exchange that is spoken here",
        ));
    };
    wire.send(&[&[SERVICE_REQUEST][..], &string(b"ssh-userauth")].concat())?;
    if wire.receive()?.first() != Some(&SERVICE_ACCEPT) {
        return Err(wire.broken());
    }
    let mut verdict = None;
    for algorithm in &key.algorithms {
        match offer(&mut wire, user, algorithm, &key.blob)? {
            Offer::Accepted => {
                let server = quoted(server.trim_start_matches("SSH-2.0-"));
                let identity = [("user", user.to_owned()), ("server", server)];
                verdict = Some(live(identity));
                break;
            }
            Offer::Refused => {}
            Offer::Open => {
                verdict = Some(super::open_to_all());
                break;
            }
        }
    }
    let goodbye = [
        &[DISCONNECT, 0, 0, 0, 11][..],
        &string(b"done"),
        &string(b""),
    ];
    wire.send(&goodbye.concat())?;
    Ok(verdict.unwrap_or_else(|| unknown(REFUSED)))
}

enum Offer {
    Accepted,
    Refused,
    /// The server lets the user in without any proof.
    Open,
}

/// Asks whether the key would be accepted; no signature is sent.
fn offer(wire: &mut Wire<'_>, user: &str, algorithm: &str, blob: &[u8]) -> Result<Offer, Fault> {
    let request = [
        &[USERAUTH_REQUEST][..],
        &string(user.as_bytes()),
        &string(b"ssh-connection"),
        &string(b"publickey"),
        &[0],
        &string(algorithm.as_bytes()),
        &string(blob),
    ];
    wire.send(&request.concat())?;
    for _ in 0..16 {
        let reply = wire.receive()?;
        match reply.first() {
            Some(&USERAUTH_BANNER) => {}
            Some(&USERAUTH_FAILURE) => return Ok(Offer::Refused),
            Some(&USERAUTH_SUCCESS) => return Ok(Offer::Open),
            Some(&USERAUTH_PK_OK) => {
                let mut rest = &reply[1..];
                take_string(&mut rest);
                let same = take_string(&mut rest) == Some(blob);
                return if same {
                    Ok(Offer::Accepted)
                } else {
                    Err(wire.broken())
                };
            }
            _ => return Err(wire.broken()),
        }
    }
    Err(wire.broken())
}
