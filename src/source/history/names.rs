//! Names: every distinct name of a tree entry once, with a number, and whether the name itself gives
//! something away.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
pub(crate) struct Met(HashMap<Box<[u8]>, (NameId, bool)>);

impl Met {
    /// The number of a name and whether it is flagged.
    pub(crate) fn number(
        &mut self,
        names: &Names,
        name: &[u8],
        scan: impl FnOnce(&[u8]) -> bool,
    ) -> (NameId, bool) {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let known = names.intern(name, scan);
        self.0.insert(name.into(), known);
        known
    }
}
