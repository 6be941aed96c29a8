//! Checks: whether a value of the right form is a secret, offline: examples, filler, checksum,
//! entropy. Where it stands and what is near is not looked at here.

pub mod checksum;
mod entropy;
mod filler;
mod public;

pub use entropy::entropy;
pub use filler::{PLACEHOLDER, SEQUENCE, WORD, filler, identifier};
pub use public::{is_address, public};

use crate::pattern::index::{Entry, begin_of_example};

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
    // What a signature ends may well begin as the example does.
    let comparable = !kind.examples.is_empty() && kind.checksum.is_none();
    let altered = begin_of_example(value).filter(|_| comparable);
    let example = |text: &String| {
        let same = |begin: &[u8]| text.len() == value.len() && text.as_bytes().starts_with(begin);
        text.as_bytes() == value || altered.is_some_and(same)
    };
    if kind.examples.iter().any(example) {
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
