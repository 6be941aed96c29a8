//! Words: telling, by hash, which words of a text some provider or kind has. Where they begin and end
//! says `cut`.
//! What they speak for is `context`'s business.

use std::sync::OnceLock;

use super::cut::cut;
use super::outline::Outlines;
use crate::pattern::index::{Index, PREFIXES, prefix};

/// A first part of a word of this length is told as if it were a word.
const STEM: usize = 6;

/// The words of all providers and kinds, by hash.
pub(super) struct Words {
    /// Two bits of 2^18 for each: of the words of a text that are nobody's, one in two thousand passes.
    /// With one bit it is one in a hundred, and as soon as that is `define`, C code pays for it.
    bits: Box<[u64; 1 << 12]>,
    /// How they begin.
    prefixes: Box<[u8; PREFIXES]>,
    /// What the shapes of all kinds have in common; made when a value is first held against it.
    outlines: OnceLock<Outlines>,
    /// Words in a key that say: this is a credential.
    pub(super) credential: Vec<String>,
}

/// What the keys of credentials hold.
const CREDENTIAL: &[&str] = &[
    "key",
    "token",
    "secret",
    "pass",
    "pwd",
    "auth",
    "credential",
    "pat",
    "apikey",
];

/// Where the two bits of a word stand.
#[inline]
fn bits(hash: u64) -> (usize, usize) {
    let low = |mixed: u64| (mixed & 0x3_ffff) as usize;
    (low(hash ^ hash >> 32), low(hash >> 18 ^ hash >> 44))
}

impl Words {
    pub(super) fn new(index: &Index) -> Words {
        let mut prefixes = Box::new([0; PREFIXES]);
        for (mine, theirs) in prefixes.iter_mut().zip(&*index.prefixes) {
            *mine = *theirs;
        }
        let mut words = Words {
            bits: Box::new([0; 1 << 12]),
            prefixes,
            outlines: OnceLock::new(),
            credential: CREDENTIAL.iter().map(|w| (*w).to_owned()).collect(),
        };
        for (hash, _) in index
            .words
            .iter()
            .chain(&index.hosts)
            .chain(&index.kind_words)
        {
            let (one, other) = bits(*hash);
            words.bits[one >> 6] |= 1 << (one & 63);
            words.bits[other >> 6] |= 1 << (other & 63);
        }
        words
    }

    /// Somebody may have a word of this hash.
    #[inline]
    pub(super) fn holds(&self, hash: u64) -> bool {
        let set = |bit: usize| self.bits[bit >> 6] & 1 << (bit & 63) != 0;
        let (one, other) = bits(hash);
        set(one) && set(other)
    }

    /// Somebody's word, or words written as one, may begin with these letters.
    #[inline]
    fn begins(&self, letters: u64, count: usize) -> bool {
        let number = prefix(letters, count);
        self.prefixes[number >> 3] & 1 << (number & 7) != 0
    }

    /// Which values some kind of `index` may have.
    pub(super) fn outlines(&self, index: &Index) -> &Outlines {
        self.outlines.get_or_init(|| Outlines::new(index))
    }
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// One or two words in a row, read as if written as one; without letters, none.
#[derive(Clone, Copy, Default)]
struct Row {
    hash: u64,
    /// The first six letters or more, the first of all in the lowest byte.
    letters: u64,
    /// How many letters it has.
    count: usize,
}

impl Row {
    /// With one more word, if anybody's word may begin so. `lead` are the first letters of that.
    #[inline]
    fn with(self, known: &Words, word: &[u8], lead: u64) -> Row {
        let mut row = self;
        if self.count == 0 {
            return row;
        }
        row.count += word.len();
        if self.count < 6 {
            row.letters |= lead << (8 * self.count);
            if !known.begins(row.letters, row.count) {
                return Row::default();
            }
        }
        row.hash = word.iter().fold(row.hash, |hash, byte| pushed(hash, *byte));
        row
    }
}

/// The first letters of the word at `start..end`, eight at most, the first of all in the lowest byte.
#[inline]
fn lead(text: &[u8], start: usize, end: usize) -> u64 {
    let Some(eight) = text[start..].first_chunk() else {
        let letters = text[start..end].iter().rev();
        return letters.fold(0, |lead, byte| lead << 8 | u64::from(*byte));
    };
    let behind = 8_usize.saturating_sub(end - start);
    u64::from_le_bytes(*eight) & u64::MAX >> (8 * behind)
}

/// Tells the hash of every word of `text`, of every two and of every three words in a row (see
/// [`cut`]). A long first part of a word counts too (`algoliasearch` speaks of Algolia). What begins
/// like nobody's word is left out.
#[inline]
pub(super) fn words(known: &Words, text: &[u8], mut tell: impl FnMut(u64)) {
    // What began one and two words ago, if anybody's word may begin so.
    let (mut one, mut two) = (Row::default(), Row::default());
    cut(text, |start, end, joins| {
        let word = &text[start..end];
        let letters = lead(text, start, end);
        let begins = known.begins(letters, word.len());
        // Most words are nobody's and go on nothing.
        if !begins && one.count == 0 && two.count == 0 {
            return;
        }
        let mut first = Row::default();
        if begins {
            let mut hash = BASIS;
            for (length, byte) in (1..).zip(word) {
                hash = pushed(hash, *byte);
                if length >= STEM {
                    tell(hash);
                }
            }
            tell(hash);
            first = Row {
                hash,
                letters,
                count: word.len(),
            };
        }
        let (mut longer, mut longest) = (Row::default(), Row::default());
        if joins {
            longer = one.with(known, word, letters);
            longest = two.with(known, word, letters);
        }
        for row in [longer, longest] {
            if row.count > 0 {
                tell(row.hash);
            }
        }
        (one, two) = (first, longer);
    });
}

#[inline]
fn pushed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(PRIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::index::{joined_hash, word_hash};

    fn told(known: &Words, text: &str) -> Vec<u64> {
        let mut all = Vec::new();
        words(known, text.as_bytes(), |hash| all.push(hash));
        all
    }

    fn knowing(prefixes: Vec<u8>) -> Words {
        Words::new(&Index {
            prefixes: prefixes.into(),
            ..Index::default()
        })
    }

    #[test]
    fn words_and_rows_of_words_are_told() {
        let known = knowing(vec![0xff; PREFIXES]);
        let all = told(&known, "myAcmeCloud_key2, DBPassword");
        for word in [
            "my",
            "acme",
            "cloud",
            "key2",
            "myacme",
            "acmecloud",
            "myacmecloud",
            "acmecloudkey2",
            "db",
            "passwo",
            "password",
            "dbpassword",
        ] {
            assert!(all.contains(&word_hash(word.bytes())), "{word}");
        }
        for word in ["myacmecloudkey2", "key2db", "passw", "ey2"] {
            assert!(!all.contains(&word_hash(word.bytes())), "{word}");
        }
        let whole = joined_hash("öffnen");
        assert_eq!(told(&known, "öffnen"), [joined_hash("öffne"), whole, whole]);
        assert!(told(&known, " -_").is_empty());
    }
    #[test]
    fn what_begins_like_nobodys_word_is_left_out() {
        let mut prefixes = vec![0; PREFIXES];
        for (letters, count) in [
            ("my", 2),
            ("acme", 4),
            ("acmecl", 6),
            ("myac", 4),
            ("myacme", 6),
        ] {
            let number = prefix(lead(letters.as_bytes(), 0, letters.len()), count);
            prefixes[number >> 3] |= 1 << (number & 7);
        }
        let known = knowing(prefixes);
        let all = told(&known, "myAcmeCloud otherAcme");
        for (word, is_told) in [
            ("myacme", true),
            ("acmecloud", true),
            ("acme", true),
            ("my", true),
            ("cloud", false),
            ("other", false),
            ("otheracme", false),
        ] {
            assert_eq!(all.contains(&word_hash(word.bytes())), is_told, "{word}");
        }
    }
}
