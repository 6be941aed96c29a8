//! Files that close a credential and that no call can put in its place: a key revocation list for SSH, a revocation
//! certificate for PGP. Made on this machine by the user's own programs. What came of it is told as a reply.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::encode::hex;
use super::exchange::Answer;
use super::judge::Reply;
use super::program::said;
use super::protocol::ssh_public_line;
use super::values::Values;
use crate::finding::Secret;

/// What stands in the plan instead of a host.
const HERE: &str = "this machine";
/// Memory that is no disk, where there is such a thing.
const MEMORY: &str = "/dev/shm";

/// Where the file will be.
pub fn destination(name: &str, values: &Values) -> String {
    format!("{HERE}, as {}", file(name, values))
}

/// Makes the file in the working directory. The reply holds its name, or why there is none.
pub fn make(name: &str, values: &Values) -> Answer {
    let secret = values.get("secret").and_then(Secret::reveal_str);
    let text = Zeroizing::new(secret.unwrap_or_default().replace("\\n", "\n"));
    let file = file(name, values);
    let made = match name {
        "ssh-krl" => revocation_list(&text, &file),
        "ssh-krl-empty" => empty_list(&file),
        "pgp-revocation" => certificate(&text, &file),
        _ => Err("this file cannot be made".to_owned()),
    };
    match made {
        Ok(()) => answer(200, &json!({ "made": file })),
        Err(why) => answer(400, &json!({ "error": why })),
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    let reply = Reply {
        status,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.to_string().into_bytes(),
        truncated: false,
    };
    Answer {
        reply,
        host: HERE.to_owned(),
    }
}

/// A name that says nothing of the secret and is the same for the same key.
fn file(name: &str, values: &Values) -> String {
    let secret = values.get("secret").map_or(&[][..], Secret::reveal);
    let digest = hex(ring::digest::digest(&ring::digest::SHA256, secret));
    let end = match name {
        "ssh-krl" | "ssh-krl-empty" => "krl",
        _ => "asc",
    };
    format!("revoked-{}.{end}", &digest[..12])
}

/// `ssh-keygen -k` over the public half; the private one is told to nobody.
fn revocation_list(pem: &str, file: &str) -> Result<(), String> {
    let line = ssh_public_line(pem).ok_or("the public half of this key cannot be read")?;
    let failed = |cause: std::io::Error| format!("{file}: {cause}");
    let mut public = tempfile::NamedTempFile::new().map_err(failed)?;
    writeln!(public, "{line}").map_err(failed)?;
    let path = public.path().display().to_string();
    let mut keygen = Command::new("ssh-keygen");
    said(keygen.args(["-q", "-k", "-f", file, &path]), "").map(drop)
}

/// The same list with nothing in it: what takes the place of one that is to be lifted.
fn empty_list(file: &str) -> Result<(), String> {
    said(
        Command::new("ssh-keygen").args(["-q", "-k", "-f", file]),
        "",
    )
    .map(drop)
}

/// `gpg --gen-revoke` in a home of its own, which is removed with the key in it.
fn certificate(block: &str, file: &str) -> Result<(), String> {
    let failed = |cause: std::io::Error| format!("{file}: {cause}");
    let home = match Path::new(MEMORY).is_dir() {
        true => tempfile::Builder::new().prefix("u").tempdir_in(MEMORY),
        false => tempfile::tempdir(),
    };
    let home = home.map_err(failed)?;
    let made = in_home(home.path(), block, file);
    let mut end = Command::new("gpgconf");
    end.arg("--homedir").arg(home.path());
    // Where no agent was started there is none to end.
    let _ = said(end.args(["--kill", "all"]), "");
    made
}

fn in_home(home: &Path, block: &str, file: &str) -> Result<(), String> {
    let gpg = || {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(home);
        command.args(["--no-tty", "--yes", "--pinentry-mode", "loopback"]);
        command.args(["--passphrase", ""]);
        command
    };
    said(gpg().args(["--batch", "--import"]), block)?;
    let mut list = gpg();
    list.args(["--batch", "--with-colons", "--list-secret-keys"]);
    let listed = said(&mut list, "")?;
    let mut prints = listed.lines().filter_map(|line| line.strip_prefix("fpr:"));
    let print = prints.next().and_then(|line| line.split(':').nth(8));
    let print = print.ok_or("gpg found no secret key in it")?;
    // Yes; reason 1, the key is compromised; no words; yes.
    let answers = "y\n1\n\ny\n";
    let mut make = gpg();
    make.args(["--command-fd", "0", "--output", file, "--gen-revoke", print]);
    let made = said(&mut make, answers);
    made.map(drop)
        .map_err(|why| format!("{why} (is the key under a passphrase?)"))
}
