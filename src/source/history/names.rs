//! Names: every distinct name of a tree entry once, with a number, and whether the name itself gives
//! something away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A number in `Names`.
pub(crate) type NameId = u32;

#[derive(Default)]
struct Table {
    numbers: HashMap<Box<[u8]>, NameId>,
    names: Vec<Box<[u8]>>,
    found: Vec<bool>,
}

/// All names of a run; shared by threads.
#[derive(Default)]
pub(crate) struct Names(Mutex<Table>);

impl Names {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a name and whether it is flagged. `scan` is asked once for every distinct name,
    /// before anybody learns its number.
    pub(crate) fn intern(&self, name: &[u8], scan: impl FnOnce(&[u8]) -> bool) -> (NameId, bool) {
        let mut table = self.table();
        if let Some(id) = table.numbers.get(name) {
            let id = *id;
            return (id, table.found[id as usize]);
        }
        let found = scan(name);
        let id = NameId::try_from(table.names.len()).unwrap_or(NameId::MAX);
        table.names.push(name.into());
        table.found.push(found);
        table.numbers.insert(name.into(), id);
        (id, found)
    }

    /// All names by number, and which are flagged.
    pub(crate) fn into_lists(self) -> (Vec<Box<[u8]>>, Vec<bool>) {
        let table = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (table.names, table.found)
    }
}

/// One thread's memory of the names it has met, so that the shared table is seldom asked.
#[derive(Default)]
pub(crate) struct Met {
    all: HashMap<Arc<[u8]>, (NameId, bool)>,
    /// Those met last, each in the place that its letters choose.
    last: Vec<Option<Known>>,
}

/// A name, its number, and whether it is flagged.
type Known = (Arc<[u8]>, NameId, bool);

/// So many names are remembered in places of their own.
const LAST: usize = 1 << 12;

/// The place of a name.
fn place(name: &[u8]) -> usize {
    let mix = |sum: u64, word: u64| {
        (sum ^ word)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29)
    };
    let (words, rest) = name.as_chunks::<8>();
    let last = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.fold(mix(name.len() as u64, last), mix) as usize % LAST
}

impl Met {
    /// The number of a name and whether it is flagged.
    pub(crate) fn number(
        &mut self,
        names: &Names,
        name: &[u8],
        scan: impl FnOnce(&[u8]) -> bool,
    ) -> (NameId, bool) {
        if self.last.is_empty() {
            self.last.resize(LAST, None);
        }
        let place = place(name);
        if let Some((known, number, flagged)) = &self.last[place]
            && **known == *name
        {
            return (*number, *flagged);
        }
        let (name, known) = match self.all.get_key_value(name) {
            Some((name, known)) => (name.clone(), *known),
            None => {
                let (name, new) = (Arc::<[u8]>::from(name), names.intern(name, scan));
                self.all.insert(name.clone(), new);
                (name, new)
            }
        };
        self.last[place] = Some((name, known.0, known.1));
        known
    }
}
