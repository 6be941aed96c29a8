//! Severity, Confidence and Urgency: three ordered scales, each with its words. What moves a
//! finding along them is decided in `matcher` and `triage`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! scale {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, lowest first.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The contract's word.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(format!("'{text}' is not one of: {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

scale! {
    /// How much harm the credential can do when it is alive.
    Severity {
        /// Publishable or harmless by design; shown only when asked for.
        Info = "info",
        /// Test mode, an id alone, little reach.
        Low = "low",
        /// One service, limited rights.
        Medium = "medium",
        /// Data or money of one service.
        High = "high",
        /// A whole account, code base or cloud.
        Critical = "critical",
    }
}

scale! {
    /// How sure we are that this is a secret at all: high is right at least 95 times in 100,
    /// medium at least 80, low the rest.
    Confidence {
        /// Fewer than 80 in 100 are secrets.
        Low = "low",
        /// At least 80 in 100.
        Medium = "medium",
        /// At least 95 in 100.
        High = "high",
    }
}

scale! {
    /// When somebody has to act.
    Urgency {
        /// Nothing left to do: proven dead, or harmless.
        Done = "done",
        /// A person should look.
        Review = "review",
        /// Rotate this week.
        Soon = "soon",
        /// Rotate today.
        Now = "now",
    }
}
