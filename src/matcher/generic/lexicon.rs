//! What reads like a word: a table of letter triples and a table of the words programmers write, both learnt from
//! source text by `tests/train` and kept in the weights file. Knows nothing about secrets.

/// Letters, a class for digits and one for everything else.
const SYMBOLS: usize = 28;
pub(super) const TRIPLES: usize = SYMBOLS * SYMBOLS * SYMBOLS;

/// Longest word the table knows; longer ones are cut off.
const LONGEST_WORD: usize = 14;
const SHORTEST_WORD: usize = 3;
/// Longest text that is examined; what follows says nothing new.
const EXAMINED: usize = 64;

/// The learnt tables.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// Sixteenths of a bit of surprise at the third symbol after the first two.
    triples: Vec<u8>,
    /// Hashes of words in ascending order; the low three bits say how common the word is.
    words: Vec<u32>,
    /// See [`index`].
    index: Vec<u32>,
}

/// How much of a text is words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Letters that belong to known words, of a hundred letters.
    pub percent: u32,
    pub words: u32,
    /// Commonness of the rarest and of the commonest word, 0 to 7.
    pub rarest: u32,
    pub commonest: u32,
    pub longest: u32,
}

impl Lexicon {
    /// Tables from their stored form.
    pub fn new(triples: Vec<u8>, words: Vec<u32>) -> Self {
        let index = index(&words);
        Self {
            triples,
            words,
            index,
        }
    }

    /// Average surprise of the text, in sixteenths of a bit a symbol; words stay below 60, random letters above 80.
    pub fn surprise(&self, text: &[u8]) -> u32 {
        let (mut a, mut b) = (0usize, 0usize);
        let (mut sum, mut n) = (0u32, 0u32);
        for byte in text.iter().take(EXAMINED).copied().chain([0]) {
            let c = symbol(byte);
            sum += u32::from(
                self.triples
                    .get((a * SYMBOLS + b) * SYMBOLS + c)
                    .copied()
                    .unwrap_or(96),
            );
            n += 1;
            (a, b) = (b, c);
        }
        sum / n.max(1)
    }

    /// How the letters of the text divide into known words, longest first.
    pub fn cover(&self, text: &[u8]) -> Cover {
        let text = &text[..text.len().min(EXAMINED)];
        let mut out = Cover {
            rarest: 7,
            ..Cover::default()
        };
        let (mut letters, mut covered, mut i) = (0u32, 0u32, 0usize);
        while i < text.len() {
            if !text[i].is_ascii_alphabetic() {
                i += 1;
                continue;
            }
            match self.longest_word(&text[i..]) {
                Some((len, class)) => {
                    letters += len as u32;
                    covered += len as u32;
                    out.words += 1;
                    out.rarest = out.rarest.min(class);
                    out.commonest = out.commonest.max(class);
                    out.longest = out.longest.max(len as u32);
                    i += len;
                }
                None => {
                    letters += 1;
                    i += 1;
                }
            }
        }
        out.percent = (covered * 100).checked_div(letters).unwrap_or(0);
        if out.words == 0 {
            out.rarest = 0;
        }
        out
    }

    /// Commonness of a word, 0 when it is unknown.
    pub fn word(&self, text: &[u8]) -> u32 {
        let mut h = Hash::new();
        text.iter().for_each(|b| h.push(*b));
        self.find(h.0).unwrap_or(0)
    }

    /// Of the letters and digits of the text, how many of a hundred belong to known words of at least four
    /// letters that stand by themselves between marks, digits and changes of case.
    pub fn spelled(&self, text: &[u8]) -> usize {
        let mut known = 0;
        words(text, |word| {
            if word.len() >= 4 && self.word(word) > 0 {
                known += word.len();
            }
        });
        let all = text.iter().filter(|b| b.is_ascii_alphanumeric()).count();
        (known * 100).checked_div(all).unwrap_or(0)
    }

    fn longest_word(&self, text: &[u8]) -> Option<(usize, u32)> {
        let mut hashes = [0u32; LONGEST_WORD];
        let mut h = Hash::new();
        let mut n = 0;
        while n < LONGEST_WORD && n < text.len() && text[n].is_ascii_alphabetic() {
            h.push(text[n]);
            hashes[n] = h.0;
            n += 1;
        }
        (SHORTEST_WORD..=n)
            .rev()
            .find_map(|len| self.find(hashes[len - 1]).map(|class| (len, class)))
    }

    fn find(&self, hash: u32) -> Option<u32> {
        alike(&self.words, &self.index, hash)
            .iter()
            .find(|w| **w & !7 == hash & !7)
            .map(|w| *w & 7)
    }

    pub(super) fn parts(&self) -> (&[u8], &[u32]) {
        (&self.triples, &self.words)
    }
}

/// Where the numbers that start with given twelve bits begin in a sorted list.
pub(super) fn index(sorted: &[u32]) -> Vec<u32> {
    let mut index = vec![0; 4097];
    for number in sorted {
        index[(number >> 20) as usize + 1] += 1;
    }
    for i in 1..index.len() {
        index[i] += index[i - 1];
    }
    index
}

/// The numbers of a sorted list that start with the same twelve bits as `number`.
pub(super) fn alike<'a>(sorted: &'a [u32], index: &[u32], number: u32) -> &'a [u32] {
    let at = |bucket: u32| index.get(bucket as usize).map_or(0, |at| *at as usize);
    let bucket = number >> 20;
    sorted.get(at(bucket)..at(bucket + 1)).unwrap_or_default()
}

/// FNV-1a over lower-case letters.
struct Hash(u32);

impl Hash {
    fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn push(&mut self, b: u8) {
        self.0 = (self.0 ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    }
}

fn symbol(b: u8) -> usize {
    match b {
        b'a'..=b'z' => usize::from(b - b'a') + 1,
        b'A'..=b'Z' => usize::from(b - b'A') + 1,
        b'0'..=b'9' => 27,
        _ => 0,
    }
}

/// The lower-case words of an identifier or a text: split at marks, digits and changes of case.
pub fn words(text: &[u8], mut each: impl FnMut(&[u8])) {
    let mut start = 0;
    for i in 0..=text.len() {
        let b = text.get(i).copied().unwrap_or(0);
        let turn = b.is_ascii_uppercase()
            && i > start
            && (text[i - 1].is_ascii_lowercase()
                || text.get(i + 1).is_some_and(u8::is_ascii_lowercase));
        if !b.is_ascii_alphabetic() || turn {
            if i > start {
                each(&text[start..i]);
            }
            start = if b.is_ascii_alphabetic() { i } else { i + 1 };
        }
    }
}

/// Tables learnt from how often words occur in source text: `counts` holds lower-case words and their number of sources.
pub fn learn(counts: &[(String, u32)], most: usize) -> Lexicon {
    let mut pairs = vec![[1u32; SYMBOLS]; SYMBOLS * SYMBOLS];
    for (word, n) in counts {
        let (mut a, mut b) = (0, 0);
        for byte in word.bytes().chain([0]) {
            let c = symbol(byte);
            pairs[a * SYMBOLS + b][c] += n;
            (a, b) = (b, c);
        }
    }
    let triples = pairs
        .iter()
        .flat_map(|row| {
            let total: u32 = row.iter().sum();
            row.map(|n| {
                ((f64::from(total) / f64::from(n)).log2() * 16.0)
                    .round()
                    .min(255.0) as u8
            })
        })
        .collect();
    let mut best: Vec<_> = counts
        .iter()
        .filter(|(w, _)| (SHORTEST_WORD..=LONGEST_WORD).contains(&w.len()))
        .collect();
    best.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(&y.0)));
    best.truncate(most);
    let mut words: Vec<u32> = best
        .iter()
        .map(|(w, n)| {
            let mut h = Hash::new();
            w.bytes().for_each(|b| h.push(b));
            h.0 & !7 | (32 - n.leading_zeros()).min(7)
        })
        .collect();
    words.sort_unstable();
    words.dedup_by_key(|w| *w & !7);
    Lexicon::new(triples, words)
}
