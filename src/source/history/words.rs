//! Words: the bytes that one run hands to the next are 32-bit words and ids, and what is said of an object
//! is said of the place of its id. What it is that is said, `handed`, `earlier` and `traced` know.

use super::earlier::Id;
use super::store::Store;
use super::trees::ABSENT;

/// Reads 32-bit words.
pub(crate) struct Words<'a>(std::slice::Iter<'a, [u8; 4]>);

impl Words<'_> {
    /// The words of bytes.
    pub(crate) fn of(bytes: &[u8]) -> Words<'_> {
        Words(bytes.as_chunks().0.iter())
    }

    pub(crate) fn next(&mut self) -> Option<u32> {
        self.0.next().map(|word| u32::from_le_bytes(*word))
    }

    /// As many words as there is room for.
    pub(crate) fn some<const N: usize>(&mut self) -> Option<[u32; N]> {
        let mut all = [0; N];
        for word in &mut all {
            *word = self.next()?;
        }
        Some(all)
    }

    /// A list that begins with its length; no list is longer than what is left.
    pub(crate) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = usize::try_from(self.next()?).ok()?;
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(one(self)?);
        }
        Some(list)
    }
}

/// Writes 32-bit words, and for every number the place of its id.
pub(crate) struct Writer {
    pub(crate) out: Vec<u8>,
    places: Vec<u32>,
}

impl Writer {
    /// Begins with `head`; there are so many objects.
    pub(crate) fn new(head: Vec<u8>, objects: usize) -> Writer {
        Writer {
            out: head,
            places: vec![ABSENT; objects],
        }
    }

    pub(crate) fn word(&mut self, word: u32) {
        self.out.extend(word.to_le_bytes());
    }

    /// All of them.
    pub(crate) fn words(&mut self, words: &[u32]) {
        words.iter().for_each(|word| self.word(*word));
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.word(u32::try_from(count).unwrap_or(ABSENT));
    }

    pub(crate) fn place(&mut self, number: u32) {
        let place = self.places.get(number as usize);
        self.word(place.copied().unwrap_or(ABSENT));
    }

    /// Writes ids in order, each once, and gives them places from `first` on.
    pub(crate) fn ids(
        &mut self,
        numbers: impl Iterator<Item = u32>,
        store: &Store,
        first: u32,
    ) -> u32 {
        let id = |number| Some((*store.id(number)?.as_bytes().first_chunk::<16>()?, number));
        let mut ids: Vec<(Id, u32)> = numbers.filter_map(id).collect();
        // Packs list their objects in order already, which this sort makes use of.
        ids.sort();
        let mut next = first;
        let mut last = None;
        for (id, number) in ids {
            if last.replace(id) != Some(id) {
                self.out.extend(id);
                next += 1;
            }
            self.places[number as usize] = next - 1;
        }
        next
    }
}
