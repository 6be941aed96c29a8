//! Entries: the kinds of an index, each decoded when it is first asked for (a run asks for some ten of
//! two thousand), and texts that are not copied. Built into `build.rs` with the index.

use std::borrow::Cow;
use std::ops;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::index::Entry;

/// All kinds, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Entries(Vec<Slot>);

/// A kind, decoded or not yet.
#[derive(Clone, Debug)]
struct Slot {
    record: &'static [u8],
    decoded: OnceLock<Box<Entry>>,
}

impl Entries {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them; decodes all.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().map(Slot::entry)
    }

    /// Puts one more behind them.
    pub fn push(&mut self, entry: Entry) {
        self.0.push(Slot {
            record: &[],
            decoded: OnceLock::from(Box::new(entry)),
        });
    }
}

impl ops::Index<usize> for Entries {
    type Output = Entry;

    fn index(&self, number: usize) -> &Entry {
        self.0[number].entry()
    }
}

impl Slot {
    fn entry(&self) -> &Entry {
        self.decoded.get_or_init(|| {
            let entry = postcard::from_bytes(self.record);
            Box::new(entry.expect("the build script packed it with the same types"))
        })
    }
}

/// Where each record ends, and the records.
impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut ends, mut records) = (Vec::new(), Vec::new());
        for entry in self.iter() {
            records.extend(postcard::to_allocvec(entry).map_err(ser::Error::custom)?);
            ends.push(records.len());
        }
        (ends, records).serialize(serializer)
    }
}

impl<'de: 'static> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (ends, records) = <(Vec<usize>, &'static [u8])>::deserialize(deserializer)?;
        let mut from = 0;
        let slot = |end: usize| {
            let record = records.get(from..end).unwrap_or_default();
            from = end;
            Slot {
                record,
                decoded: OnceLock::new(),
            }
        };
        Ok(Entries(ends.into_iter().map(slot).collect()))
    }
}

/// A text of the build, or a user's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Text(#[serde(borrow)] Cow<'static, str>);

impl ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(text.into())
    }
}
