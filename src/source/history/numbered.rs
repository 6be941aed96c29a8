//! Numbered: which numbers the objects of an earlier run have in this one. All ids of all packs pass here, so
//! nothing is done for one that is not needed.

use super::earlier::{Id, KEPT};
use super::pack::index::key;
use super::store::Store;
use super::trees::ABSENT;

/// Ids of an earlier run, ascending, among which those of a pack are looked for, ascending too.
struct Among<'a> {
    known: &'a [Id],
    /// So many are less than those that were looked for.
    at: usize,
    /// A few ids are looked up, many are merged.
    few: bool,
}

impl Among<'_> {
    fn new(known: &[Id], count: usize) -> Among<'_> {
        Among {
            known,
            at: 0,
            few: count < known.len() / 32,
        }
    }

    /// Tells where the id is among those that are known.
    #[inline]
    fn same(&mut self, id: &[u8]) -> Option<usize> {
        let id: &Id = id.first_chunk::<KEPT>()?;
        if self.few {
            return self.known.binary_search(id).ok();
        }
        let wanted = key(id);
        while self
            .known
            .get(self.at)
            .is_some_and(|known| key(known) < wanted)
        {
            self.at += 1;
        }
        let mut at = self.at;
        loop {
            let known = self.known.get(at).filter(|known| key(*known) == wanted)?;
            if known == id {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// What is found out.
struct Numbers<'a> {
    known: [&'a [Id]; 2],
    numbers: [Vec<u32>; 2],
    clean: Vec<bool>,
}

impl Numbers<'_> {
    /// Some objects, whose numbers follow each other.
    fn part<'i>(&mut self, first: u32, ids: impl ExactSizeIterator<Item = &'i [u8]>) {
        let [mut cleans, mut others] = self.known.map(|known| Among::new(known, ids.len()));
        for (number, id) in (first..).zip(ids) {
            if let Some(at) = cleans.same(id) {
                self.clean[number as usize] = true;
                self.numbers[0][at] = self.numbers[0][at].min(number);
            }
            if let Some(at) = others.same(id) {
                self.numbers[1][at] = self.numbers[1][at].min(number);
            }
        }
    }
}

/// The numbers of ascending ids, first those of what is clean; and by number what is clean, every copy of it.
pub(crate) fn all(cleans: &[Id], others: &[Id], store: &Store) -> (Vec<u32>, Vec<bool>) {
    let known = [cleans, others];
    let mut all = Numbers {
        known,
        numbers: known.map(|known| vec![ABSENT; known.len()]),
        clean: vec![false; store.len()],
    };
    for (number, pack) in store.packs.iter().enumerate() {
        let first = store.number(number, 0);
        match pack.ids() {
            Some(ids) => all.part(first, ids),
            None => all.part(first, (0..pack.len()).map(|i| pack.id(i))),
        }
    }
    let loose = store.loose.iter().map(|id| id.as_bytes());
    all.part(store.first_loose(), loose);
    let [mut numbers, others] = all.numbers;
    numbers.extend(others);
    (numbers, all.clean)
}
