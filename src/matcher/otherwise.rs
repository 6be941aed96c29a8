//! Otherwise: what a value without a prefix is when the text beside it says so: a digest, a commit, an
//! identifier, a public key, part of something encrypted. Looks at the line and the headings only.

use std::ops::Range;

use super::context::{Surroundings, folded, holds_any, last_word};
use super::heading::headings;

/// What ends right before a digest, a commit or a public key.
const BEFORE: [&[u8]; 26] = [
    b"sha1-",
    b"sha256-",
    b"sha384-",
    b"sha512-",
    b"sha1:",
    b"sha256:",
    b"sha384:",
    b"sha512:",
    b"md5:",
    b"h1:",
    b"base64,",
    b"ssh-rsa ",
    b"ssh-ed25519 ",
    b"nistp256 ",
    b"nistp384 ",
    b"nistp521 ",
    b"/commit/",
    b"/commits/",
    b"/tree/",
    b"/blob/",
    b"/raw/",
    b"commit ",
    b"commits ",
    b"revision ",
    b"digest ",
    b"sha1 ",
];

/// Words in a key that call the value a digest or a version.
const DIGESTS: [&[u8]; 15] = [
    b"sha1",
    b"sha224",
    b"sha256",
    b"sha384",
    b"sha512",
    b"md5",
    b"checksum",
    b"hash",
    b"digest",
    b"integrity",
    b"etag",
    b"commit",
    b"revision",
    b"fingerprint",
    b"gitref",
];

impl Surroundings<'_> {
    /// What stands right before or behind the value says that it is no credential.
    pub(super) fn is_digest(&self) -> bool {
        let (bytes, line, value) = (self.bytes, &self.line, &self.value);
        let before = &bytes[line.start..value.start];
        let tail = before[before.len().saturating_sub(16)..].to_ascii_lowercase();
        if BEFORE.iter().any(|sign| tail.ends_with(sign)) || encrypted(bytes, line, value) {
            return true;
        }
        let text = &bytes[value.clone()];
        let number = text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
        let in_url = before.ends_with(b"#") && memchr::memmem::find(before, b"://").is_some();
        number && (in_url || listed(before, &bytes[value.end..line.end.max(value.end)]))
    }

    /// The key says that everybody may see the value.
    pub(super) fn is_shown(&self) -> bool {
        let key = folded(&[last_word(&self.bytes[self.key.clone()])]);
        let shown: [&[u8]; 3] = [b"sitekey", b"publishablekey", b"publickey"];
        shown.iter().any(|end| key.ends_with(end))
    }

    /// The key says that the value is no credential. `credential` are words in whose company it
    /// means one all the same (`hash_key`).
    pub(super) fn called_otherwise(&self, credential: &[String]) -> bool {
        let text = &self.bytes[self.value.clone()];
        let number = text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
        let key = folded(&[last_word(&self.bytes[self.key.clone()])]);
        if self.is_shown() {
            return true;
        }
        if holds_any(&key, credential) {
            return false;
        }
        let called = |word: &[u8]| memchr::memmem::find(&key, word).is_some();
        DIGESTS.iter().any(|word| called(word))
            || key == b"sha"
            || key == b"rev"
            || (number && (key.ends_with(b"id") || key.ends_with(b"guid")))
    }
}

/// A line of a list of digests: the digest, blanks, a file.
fn listed(before: &[u8], behind: &[u8]) -> bool {
    let alone = before.iter().all(|b| b.is_ascii_whitespace());
    alone && (behind.starts_with(b"  ") || behind.starts_with(b" *") || behind.starts_with(b"\t"))
}

/// The value is the end of the name of a secret in AWS's store.
fn stored(before: &[u8]) -> bool {
    let name = last_word(before);
    name.ends_with(b":secret:") && memchr::memmem::find(name, b":secretsmanager:").is_some()
}

/// The value is inside `ENC[...]`, or below a heading that says it is encrypted.
pub(super) fn encrypted(bytes: &[u8], line: &Range<usize>, value: &Range<usize>) -> bool {
    let before = &bytes[line.start..value.start];
    let opened = |sign: &[u8], end: u8| {
        memchr::memmem::rfind(before, sign).is_some_and(|at| !before[at..].contains(&end))
    };
    if opened(b"ENC[", b']')
        || opened(b"ENC(", b')')
        || before.ends_with(b"{cipher}")
        || stored(before)
    {
        return true;
    }
    let headed = |range: Range<usize>| {
        let heading = folded(&[&bytes[range]]);
        memchr::memmem::find(&heading, b"encrypteddata").is_some()
    };
    headings(bytes, line, value).into_iter().any(headed)
}
