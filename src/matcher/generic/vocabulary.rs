//! Small lists of words with what they mean, kept as running text and looked up by hash.

/// Words and the bits of what they mean.
pub(super) struct Vocabulary {
    /// Ascending by hash.
    entries: Vec<(u32, u32)>,
}

impl Vocabulary {
    /// List number `i` gives its words bit `i`.
    pub(super) fn new<'a>(lists: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<(u32, u32)> = lists
            .into_iter()
            .enumerate()
            .flat_map(|(i, list)| {
                list.split_ascii_whitespace()
                    .map(move |w| (hash(w.as_bytes()), 1 << i))
            })
            .collect();
        all.sort_unstable();
        let mut entries: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (h, bit) in all {
            match entries.last_mut() {
                Some(last) if last.0 == h => last.1 |= bit,
                _ => entries.push((h, bit)),
            }
        }
        Self { entries }
    }

    /// What the word means, whatever its case; 0 when it is in no list.
    pub(super) fn meaning(&self, word: &[u8]) -> u32 {
        let h = hash(word);
        self.entries
            .binary_search_by_key(&h, |e| e.0)
            .map_or(0, |i| self.entries[i].1)
    }
}

/// FNV-1a over lower-case bytes.
fn hash(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |h, b| {
        (h ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}
