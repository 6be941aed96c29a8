//! Checks: whether a value of the right form is a secret, offline: examples, filler, checksum,
//! entropy. Where it stands and what is near is not looked at here.

pub mod checksum;
mod entropy;
mod filler;
mod public;

pub use entropy::entropy;
pub use filler::{PLACEHOLDER, SEQUENCE, WORD, filler, identifier};
pub use public::{is_address, public};

use crate::pattern::index::Entry;

/// What the checks say of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// No secret, and why.
    Not(&'static str),
    /// It may be one.
    Plausible {
        /// Whether its checksum is right, where it has one.
        checksum: Option<bool>,
        /// Bits a character.
        entropy: f32,
    },
}

/// Judges a value of the right form for a kind.
pub(in crate::matcher) fn judge(kind: &Entry, value: &[u8]) -> Verdict {
    let example = |text: &&String| text.as_bytes() == value;
    if kind.examples.iter().any(|text| example(&text)) {
        return Verdict::Not("printed in the documentation");
    }
    let checksum = kind
        .checksum
        .as_deref()
        .and_then(|name| checksum::verify(name, value));
    let entropy = entropy(value);
    if checksum != Some(true) {
        if let Some(why) = filler(value) {
            return Verdict::Not(why);
        }
        if kind.shape.is_some() && identifier(value) {
            return Verdict::Not("a name");
        }
        if kind.min_entropy.is_some_and(|least| entropy < least) {
            return Verdict::Not("too regular");
        }
    }
    Verdict::Plausible { checksum, entropy }
}
