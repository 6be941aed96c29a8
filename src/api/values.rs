//! What the templates of a call stand for: the credential's parts, values of earlier steps, the caller's identity.
//! Holds secrets, hence no Debug.

use std::collections::BTreeMap;

use ring::rand::{SecureRandom, SystemRandom};

use super::sign::Stamp;
use crate::finding::{Part, Secret};

/// Values by name.
#[derive(Clone, Default)]
pub struct Values {
    own: BTreeMap<String, Secret>,
    me: Option<BTreeMap<String, Secret>>,
}

impl Values {
    /// The values of a credential: `secret`, and its parts by name.
    pub fn of(secret: &Secret, parts: &[Part]) -> Values {
        let mut own: BTreeMap<_, _> = parts
            .iter()
            .map(|part| (part.name.clone(), part.value.clone()))
            .collect();
        own.insert("secret".to_owned(), secret.clone());
        Values { own, me: None }
    }

    /// Those of a credential that a test makes up.
    #[cfg(test)]
    pub(in crate::api) fn made_up(secret: &str, parts: &[(&str, &str)]) -> Values {
        let part = |(name, value): &(&str, &str)| Part {
            name: (*name).into(),
            value: Secret::from(*value),
        };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        Values::of(&Secret::from(secret), &parts)
    }

    /// Adds or replaces a value.
    pub fn set(&mut self, name: impl Into<String>, value: Secret) {
        self.own.insert(name.into(), value);
    }

    /// Says that the call is made by somebody else than the leaked credential.
    pub fn set_me(&mut self, me: BTreeMap<String, Secret>) {
        self.me = Some(me);
    }

    /// A value of whoever makes the call, by its name.
    pub fn me(&self, name: &str) -> Option<&Secret> {
        self.me.as_ref().unwrap_or(&self.own).get(name)
    }

    /// A value by its own name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.own.get(name)
    }

    /// What the steps of a check learnt of the credential (`known.NAME`), by its name.
    pub fn known(&self) -> impl Iterator<Item = (String, String)> {
        self.own.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("known.")?;
            Some((name.to_owned(), value.reveal_str()?.to_owned()))
        })
    }

    /// Every value that may be secret, to keep them out of what is shown.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        self.own
            .values()
            .chain(self.me.iter().flat_map(BTreeMap::values))
    }

    /// What a slot of a template stands for. `me.NAME` is the leaked credential itself unless
    /// somebody else makes the call.
    pub fn lookup(&self, name: &str, stamp: &Stamp) -> Option<Secret> {
        if let Some(name) = name.strip_prefix("me.") {
            return self.me.as_ref().unwrap_or(&self.own).get(name).cloned();
        }
        if let Some(value) = self.own.get(name) {
            return Some(value.clone());
        }
        match name {
            "now" => Some(Secret::new(stamp.at.to_string())),
            "uuid" => Some(Secret::new(&stamp.nonce)),
            _ => {
                let count = name.strip_prefix("random:")?.parse().ok()?;
                Some(Secret::new(random_text(count)))
            }
        }
    }
}

/// `count` random letters and digits.
pub fn random_text(count: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let bytes = random_bytes(count);
    let letters = bytes
        .iter()
        .map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()]));
    letters.collect()
}

/// `count` random bytes.
pub fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system's random source works; without it nothing here may go on");
    bytes
}

impl Stamp {
    /// Now, with a fresh random UUID.
    pub fn now() -> Stamp {
        let mut b = random_bytes(16);
        b[6] = (b[6] & 0x0f) | 0x40;
        b[8] = (b[8] & 0x3f) | 0x80;
        let hex = super::encode::hex(&b);
        let cuts = [0..8, 8..12, 12..16, 16..20, 20..32];
        Stamp {
            at: jiff::Timestamp::now().as_second(),
            nonce: cuts.map(|cut| &hex[cut]).join("-"),
        }
    }
}
