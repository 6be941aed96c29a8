//! The words everybody speaks: one secret, every place it was seen, its status, its urgency.
//! Floor 0: imports nothing of ours.

mod blob;
mod fingerprint;
mod level;
mod place;
mod quiet;
mod redact;
mod secret;
mod status;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use blob::{Blob, BlobId};
pub use fingerprint::{Fingerprint, Guessable};
pub use level::{Confidence, Severity, Urgency};
pub use place::{CommitInfo, Place, SourceKind, Span};
pub use quiet::{Silencer, Stale, StaleWhy, Suppressed};
pub use redact::Redactor;
pub use secret::{Secret, mask};
pub use status::Status;
pub use tally::{Failure, Skip, Tally};

/// One of several values that belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Its name in the pattern file (`id`, `session_token`, `host`, …).
    pub name: String,
    /// Its value; a part may be as secret as the secret itself.
    pub value: Secret,
}

/// What the matcher says about one occurrence, before occurrences are merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Id of the kind, for ever.
    pub kind: Arc<str>,
    /// The value that must be kept secret.
    pub secret: Secret,
    /// The other values that belong to it, ordered by name.
    pub parts: Vec<Part>,
    /// How sure the matcher is.
    pub confidence: Confidence,
    /// How hard the value is to guess.
    pub guessable: Guessable,
    /// Where in the blob.
    pub span: Span,
    /// Which decoders had to be undone, outermost first.
    pub decoded: Vec<&'static str>,
    /// What the token says about itself (account, region, expiry, owner, scope).
    pub facts: BTreeMap<String, String>,
    /// Id of the provider that its surroundings name, where its kind names none.
    pub provider: Option<Arc<str>>,
    /// Kinds it may as well be, when the provider could not be named.
    pub candidates: Vec<Arc<str>>,
    /// What moved the confidence, for `--explain`: a word and its weight in thousandths.
    pub reasons: Vec<(String, i32)>,
    /// The line it stands on, the secret masked, cut to a readable length; for people.
    pub excerpt: String,
    /// Suppression marker found beside it, if any.
    pub marker: Option<Marker>,
}

/// The fact that holds the name of the setting, where every place of a generic secret has the same.
pub const SETTING: &str = "setting";

/// A comment beside a secret that asks for silence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    /// The marker's own word (`unleak:ignore`, `gitleaks:allow`, …).
    pub word: &'static str,
    /// The kind it names, if it names one.
    pub kind: Option<String>,
    /// The reason it gives, if it gives one.
    pub reason: Option<String>,
}

/// What a live check found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Seconds since 1970.
    pub at: i64,
    /// Name of the call in the pattern file.
    pub call: String,
    /// Account, owner, scopes, expiry: what the provider said about the credential.
    pub identity: BTreeMap<String, String>,
    /// One sentence, without secrets.
    pub detail: String,
}

/// One secret of one kind, with every place it was seen.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Identity across runs.
    pub fingerprint: Fingerprint,
    /// Id of the provider.
    pub provider: String,
    /// Id of the kind.
    pub kind: String,
    /// Name of the kind for people.
    pub name: String,
    /// How much harm it can do.
    pub severity: Severity,
    /// How sure we are.
    pub confidence: Confidence,
    /// Whether it opens anything.
    pub status: Status,
    /// When to act.
    pub urgency: Urgency,
    /// 0 to 100; orders findings.
    pub score: u8,
    /// Why the score is what it is.
    pub reasons: Vec<String>,
    /// The value.
    pub secret: Secret,
    /// The values that belong to it.
    pub parts: Vec<Part>,
    /// What the token says about itself.
    pub facts: BTreeMap<String, String>,
    /// Kinds it may as well be, when the provider could not be named.
    pub candidates: Vec<String>,
    /// What moved the confidence.
    pub explain: Vec<(String, i32)>,
    /// Every place, ordered.
    pub places: Vec<Place>,
    /// The line of the first place, the secret masked.
    pub excerpt: String,
    /// The last live check.
    pub verification: Option<Verification>,
    /// What to do about it.
    pub rotate: Rotate,
}

/// How a secret of a provider is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotate {
    /// Where in the provider's console.
    pub console: Option<String>,
    /// In which steps.
    pub steps: Vec<String>,
}
