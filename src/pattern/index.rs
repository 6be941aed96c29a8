//! Index: what the matcher needs of the pattern files, prepared at build time by a pure function.
//! `build.rs` compiles this file too. How anchors are found in text is the matcher's business.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::anchor::{self, Fit, How};
use super::entries::{Entries, Text};
use super::outline::Outline;
use super::schema::{Kind, PartRule, Provider};
use super::steps::{Steps, covers};

/// What the matcher needs of all providers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index {
    /// Ids of the providers, in the order given.
    pub providers: Vec<Text>,
    /// Every kind, in the order of the files.
    pub kinds: Entries,
    /// Every keyword with the place where it is looked up.
    pub keys: Vec<Key>,
    /// Byte sets of the necessary checks, 32 bytes each, one bit a byte value.
    #[serde(borrow)]
    pub sets: Cow<'static, [u8]>,
    /// The necessary checks, each key owning a stretch of it.
    pub steps: Vec<Step>,
    /// One bit for each one, two, three, four and six letters that a word or host below begins with, see
    /// [`prefix`].
    #[serde(borrow)]
    pub prefixes: Cow<'static, [u8]>,
    /// Hash of a word (see [`word_hash`]) and a provider that it speaks of, sorted.
    pub words: Vec<(u64, u32)>,
    /// Hash of a domain and the provider it belongs to, sorted.
    pub hosts: Vec<(u64, u32)>,
    /// Hash of a word that only one kind listens to, and that kind, sorted.
    pub kind_words: Vec<(u64, u32)>,
    /// Providers and those of their kinds that have a shape instead of a regex, sorted.
    pub shapes: Vec<(u32, u32)>,
    /// What the shape of each kind that has one leaves room for.
    pub outlines: Vec<Outline>,
    /// Kinds that have neither a regex nor a shape.
    pub bare: Vec<u32>,
    /// Hashes of what providers print in their documentation, sorted.
    pub examples: Vec<u64>,
}

/// One kind as the matcher sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Id of the kind.
    pub id: String,
    /// Its provider, an index into `providers`.
    pub provider: u32,
    /// Finds the secret around a keyword.
    pub regex: Option<String>,
    /// The first kind with the same regex: two dozen services have JSON Web Tokens of one form.
    pub alike: u32,
    /// Shape of the whole value.
    pub shape: Option<Shape>,
    /// The kind has words of its own, so its provider's do not count.
    pub own_words: bool,
    /// Words one of which the key must hold.
    pub key_words: Vec<String>,
    /// The match counts only beside one of the words or hosts.
    pub needs_word: bool,
    /// Further values that belong to it.
    pub parts: Vec<Part>,
    /// Id of the lesser kind that is reported when parts are missing.
    pub alone: Option<String>,
    /// Least entropy, bits a character.
    pub min_entropy: Option<f32>,
    /// Name of the checksum.
    pub checksum: Option<String>,
    /// Name of the reader of facts.
    pub facts: Option<String>,
    /// Values of the provider's documentation.
    pub examples: Vec<String>,
    /// How many bytes before its keyword a match may begin.
    pub back: u32,
    /// How many bytes after its keyword's start a match may end.
    pub reach: u32,
}

/// The shape of a whole value, with what can be said about it without running a regex.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shape {
    /// The regex, to be anchored at both ends.
    pub regex: String,
    /// Least length.
    pub min: u32,
    /// Greatest length.
    pub max: u32,
    /// Bytes it may hold, one bit a byte value.
    pub set: Vec<u8>,
}

/// A value that belongs to a kind and stands elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Its name; `secret` makes it the secret of the finding.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Words in whose company it is preferred.
    pub words: Vec<String>,
    /// One of them must be in the key.
    pub needs_word: bool,
    /// How far it may be.
    pub within: u32,
    /// The credential works without it.
    pub optional: bool,
}

/// A keyword of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The literal.
    #[serde(borrow)]
    pub text: Cow<'static, str>,
    /// Any case.
    pub ignore_case: bool,
    /// The kind.
    pub kind: u32,
    /// Where it is looked up.
    pub how: How,
    /// Where the lookup position lies in the literal (the start of the run for `How::After`).
    pub offset: u16,
    /// First of its necessary checks.
    pub step: u32,
    /// How many checks there are; they begin at the literal's end.
    pub steps: u16,
    /// The run that it is looked up in goes on at least so far from there; 0 if that is not known.
    pub least: u16,
    /// So many random letters of both cases and digits follow that no name is one of its values.
    pub made: bool,
}

/// At least `min` bytes of a set follow; the next check begins behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// Number of the set.
    pub set: u16,
    /// How many bytes.
    pub min: u16,
    /// They begin here or up to so many bytes farther on; if that is not 0, no other check follows.
    pub gap: u16,
}

/// The longest text that a regex is run on behind its keyword.
pub const MAX_REACH: u32 = 16 * 1024;

/// FNV-1a, 64 bits, over the lower-case bytes of a word without separators.
pub fn word_hash(word: impl IntoIterator<Item = u8>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word {
        hash ^= u64::from(byte.to_ascii_lowercase());
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// So much of a value as shows that it is an example, whatever somebody made of its end.
pub fn begin_of_example(text: &[u8]) -> Option<&[u8]> {
    const SHORTEST: usize = 16;
    (text.len() >= SHORTEST).then(|| &text[..text.len() * 2 / 3])
}

/// Bytes of a table with one bit for each number that [`prefix`] gives.
pub const PREFIXES: usize = 1 << 14;

/// A number of 17 bits for the first four letters of a word, for all if it has fewer, or for the first
/// six if it has more than five, whatever their case. The first is the lowest byte.
#[inline]
pub fn prefix(letters: u64, count: usize) -> usize {
    let kept = if count < 6 {
        0x1f1f_1f1f
    } else {
        0x1f1f_1f1f_1f1f
    };
    ((letters & kept).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 47) as usize
}

/// The hash under which a word of a pattern file is filed: letters and digits only.
pub fn joined_hash(word: &str) -> u64 {
    word_hash(
        word.bytes()
            .filter(|b| b.is_ascii_alphanumeric() || *b >= 0x80),
    )
}

/// Which pattern could not be indexed, and why.
#[derive(Debug, thiserror::Error)]
#[error("kind '{kind}': {why}")]
pub struct IndexError {
    /// Id of the kind.
    pub kind: String,
    /// What is wrong with it.
    pub why: String,
}

impl Index {
    /// Prepares all kinds of `providers`. The number of a kind is its position when the files are
    /// read one after the other.
    pub fn build(providers: &[Provider]) -> Result<Index, IndexError> {
        let mut builder = Builder::default();
        for provider in providers {
            builder.provider(provider)?;
        }
        Ok(builder.finish())
    }

    /// Appends the kinds of another index: a user's own patterns beside the built-in ones.
    pub fn append(&mut self, other: Index) {
        let (providers, kinds) = (count(self.providers.len()), count(self.kinds.len()));
        let (steps, sets) = (count(self.steps.len()), self.sets.len() / 32);
        self.providers.extend(other.providers);
        for kind in other.kinds.iter() {
            self.kinds.push(Entry {
                provider: kind.provider + providers,
                alike: kind.alike + kinds,
                ..kind.clone()
            });
        }
        self.keys.extend(other.keys.into_iter().map(|mut key| {
            key.kind += kinds;
            key.step += steps;
            key
        }));
        self.sets.to_mut().extend_from_slice(&other.sets);
        self.steps.extend(other.steps.into_iter().map(|step| Step {
            set: step.set + u16::try_from(sets).unwrap_or(u16::MAX),
            ..step
        }));
        let moved =
            |list: Vec<(u64, u32)>, by: u32| list.into_iter().map(move |(h, n)| (h, n + by));
        self.words.extend(moved(other.words, providers));
        self.hosts.extend(moved(other.hosts, providers));
        self.kind_words.extend(moved(other.kind_words, kinds));
        let shapes = other.shapes.into_iter();
        self.shapes
            .extend(shapes.map(|(provider, kind)| (provider + providers, kind + kinds)));
        self.bare
            .extend(other.bare.into_iter().map(|kind| kind + kinds));
        let outlines = other.outlines.into_iter();
        self.outlines.extend(outlines.map(|outline| Outline {
            kind: outline.kind + kinds,
            ..outline
        }));
        self.examples.extend(other.examples);
        if !other.prefixes.is_empty() {
            let prefixes = self.prefixes.to_mut();
            prefixes.resize(PREFIXES, 0);
            for (mine, theirs) in prefixes.iter_mut().zip(&*other.prefixes) {
                *mine |= theirs;
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        for list in [&mut self.words, &mut self.hosts, &mut self.kind_words] {
            list.sort_unstable();
            list.dedup();
        }
        self.examples.sort_unstable();
        self.examples.dedup();
    }

    /// The kinds with keywords that no lookup can find, and those, each once; lint lists them, since every
    /// one of them costs every scan a little.
    pub fn slow_keywords(&self) -> BTreeSet<(&str, &str)> {
        let slow = self.keys.iter().filter(|key| key.how == How::Fallback);
        slow.map(|key| (self.kinds[key.kind as usize].id.as_str(), &*key.text))
            .collect()
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Builder {
    index: Index,
    steps: Steps,
    /// The first kind of each regex.
    regexes: BTreeMap<String, u32>,
}

impl Builder {
    fn provider(&mut self, provider: &Provider) -> Result<(), IndexError> {
        let number = count(self.index.providers.len());
        self.index.providers.push(provider.id.clone().into());
        let own = provider.secret.iter().flat_map(|kind| &kind.words);
        for word in provider.words.iter().chain(&provider.hosts).chain(own) {
            self.prefix(word);
        }
        let words = provider.words.iter().map(|w| (joined_hash(w), number));
        self.index.words.extend(words);
        for host in &provider.hosts {
            let host = host.trim_start_matches("*.").trim_start_matches('.');
            self.index.hosts.push((word_hash(host.bytes()), number));
        }
        for kind in &provider.secret {
            let entry = self.entry(kind, number).map_err(|why| IndexError {
                kind: kind.id.clone(),
                why,
            })?;
            self.index.kinds.push(entry);
        }
        Ok(())
    }

    /// Notes how a word begins, as [`joined_hash`] sees it.
    fn prefix(&mut self, word: &str) {
        let prefixes = self.index.prefixes.to_mut();
        prefixes.resize(PREFIXES, 0);
        let letters = word
            .bytes()
            .filter(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        let mut begin = 0;
        for (at, letter) in letters.take(6).enumerate() {
            begin |= u64::from(letter) << (8 * at);
            if at != 4 {
                let number = prefix(begin, at + 1);
                prefixes[number >> 3] |= 1 << (number & 7);
            }
        }
    }

    fn entry(&mut self, kind: &Kind, provider: u32) -> Result<Entry, String> {
        let number = count(self.index.kinds.len());
        let (mut back, mut reach) = (0, MAX_REACH);
        if let Some(regex) = &kind.regex {
            (back, reach) = self.keywords(kind, number, regex)?;
        }
        let shape = kind.shape.as_deref().map(shape_of).transpose()?;
        if let Some(shape) = &shape {
            self.index.shapes.push((provider, number));
            let lengths = (shape.min, shape.max);
            self.index
                .outlines
                .push(Outline::of(number, kind, lengths, &shape.set));
        } else if kind.regex.is_none() {
            self.index.bare.push(number);
        }
        for text in &kind.examples {
            self.index.examples.push(word_hash(text.bytes()));
            let begin = begin_of_example(text.as_bytes());
            self.index
                .examples
                .extend(begin.map(|begin| word_hash(begin.iter().copied())));
        }
        let alike = match &kind.regex {
            Some(regex) => *self.regexes.entry(regex.clone()).or_insert(number),
            None => number,
        };
        let own = kind.words.iter().map(|w| (joined_hash(w), number));
        self.index.kind_words.extend(own);
        Ok(Entry {
            id: kind.id.clone(),
            provider,
            regex: kind.regex.clone(),
            alike,
            shape,
            own_words: !kind.words.is_empty(),
            key_words: kind.key_words.clone(),
            needs_word: kind.needs_word,
            parts: kind.parts.iter().map(part_of).collect::<Result<_, _>>()?,
            alone: kind.alone.as_ref().map(|alone| alone.id.clone()),
            min_entropy: kind.min_entropy,
            checksum: kind.checksum.clone(),
            facts: kind.facts.clone(),
            examples: kind.examples.clone(),
            back,
            reach,
        })
    }

    /// Files the keywords of a regex kind; returns how far a match reaches around one.
    fn keywords(&mut self, kind: &Kind, number: u32, regex: &str) -> Result<(u32, u32), String> {
        let hir = anchor::parse(regex)?;
        let sequences = anchor::sequences(&hir);
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut whole = true;
        for sequence in &sequences {
            let fits = kind.keywords.iter();
            let mut fits: Vec<Fit> = fits
                .filter_map(|word| anchor::fit(sequence, word))
                .collect();
            whole &= !fits.is_empty();
            seen.extend(fits.iter().map(|fit| fit.text.clone()));
            // What a sequence spells out stands in whatever it matches; what it merely allows need not.
            if fits.iter().any(|fit| fit.spelled) {
                fits.retain(|fit| fit.spelled);
            }
            found.extend(fits.into_iter().map(|fit| (fit, sequence)));
        }
        // What is spelled in a way that the sequences do not show is looked for as it stands.
        for word in kind
            .keywords
            .iter()
            .filter(|word| whole && !seen.contains(*word))
        {
            self.fallback(kind, word, number);
        }
        let longest = hir
            .properties()
            .maximum_len()
            .map_or(MAX_REACH, count)
            .min(MAX_REACH);
        if !whole {
            for word in &kind.keywords {
                self.fallback(kind, word, number);
            }
            return Ok((longest.min(MAX_REACH), longest));
        }
        let mut back = 0;
        let mut keys: Vec<(Key, Vec<Step>)> = Vec::new();
        for (fit, sequence) in found {
            back = back.max(fit.back);
            let row = self.steps.row(sequence, fit.after, &mut self.index);
            let key = Key {
                text: fit.text.into(),
                ignore_case: kind.ignore_case || fit.any_case,
                kind: number,
                how: fit.how,
                offset: fit.offset,
                step: 0,
                steps: 0,
                least: 0,
                made: false,
            };
            // Where a regex has a choice behind its keyword, one sequence may ask for all that another does.
            if !keys
                .iter()
                .any(|(known, asked)| *known == key && covers(asked, &row))
            {
                keys.retain(|(known, asked)| *known != key || !covers(&row, asked));
                keys.push((key, row));
            }
        }
        for (key, row) in keys {
            let least = least(&key, &row, &self.index.sets);
            // Only what is known to stand in the run is looked at.
            let behind = usize::from(least) >= key.text.len() + usize::from(RANDOM);
            let random = row
                .first()
                .is_some_and(|step| is_random(step, &self.index.sets));
            let made = behind && random;
            let (step, steps) = self.steps.file(row, &mut self.index);
            self.index.keys.push(Key {
                step,
                steps,
                least,
                made,
                ..key
            });
        }
        Ok((back.min(longest), longest))
    }

    fn fallback(&mut self, kind: &Kind, word: &str, number: u32) {
        self.index.keys.push(Key {
            text: word.to_owned().into(),
            ignore_case: kind.ignore_case,
            kind: number,
            how: How::Fallback,
            offset: 0,
            step: 0,
            steps: 0,
            least: 0,
            made: false,
        });
    }

    fn finish(mut self) -> Index {
        let index = &mut self.index;
        index.sort();
        index.keys.sort();
        index.keys.dedup();
        self.index
    }
}

/// How long the run is at least that a keyword at its start is looked up in.
fn least(key: &Key, row: &[Step], sets: &[u8]) -> u16 {
    let text = &key.text.as_bytes()[usize::from(key.offset)..];
    let mut length = text.iter().take_while(|b| anchor::is_token(**b)).count();
    if key.how != How::Start {
        return 0;
    }
    if length == text.len() {
        let in_run = |step: &&Step| {
            let set = &sets[32 * usize::from(step.set)..][..32];
            step.gap == 0
                && set
                    .iter()
                    .zip(&anchor::TOKENS)
                    .all(|(b, all)| b & !all == 0)
        };
        let steps = row.iter().take_while(in_run);
        length += steps.map(|step| usize::from(step.min)).sum::<usize>();
    }
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// How many random bytes hold letters of both cases and digits.
const RANDOM: u16 = 24;

/// So many bytes are asked for, among them letters of both cases and digits, that values made at random hold
/// some of each.
fn is_random(step: &Step, sets: &[u8]) -> bool {
    let set = &sets[32 * usize::from(step.set)..][..32];
    let holds = |byte: u8| set[usize::from(byte >> 3)] & 1 << (byte & 7) != 0;
    let all = |mut bytes: std::ops::RangeInclusive<u8>| bytes.all(holds);
    step.gap == 0 && step.min >= RANDOM && all(b'0'..=b'9') && all(b'A'..=b'Z') && all(b'a'..=b'z')
}

fn shape_of(regex: &str) -> Result<Shape, String> {
    let hir = anchor::parse(regex)?;
    let properties = hir.properties();
    Ok(Shape {
        regex: regex.to_owned(),
        min: properties.minimum_len().map_or(0, count),
        max: properties.maximum_len().map_or(MAX_REACH, count),
        set: anchor::bytes_of(&hir).to_vec(),
    })
}

fn part_of(rule: &PartRule) -> Result<Part, String> {
    Ok(Part {
        name: rule.name.clone(),
        shape: shape_of(&rule.shape)?,
        words: rule.words.clone(),
        needs_word: rule.needs_word,
        within: rule.within,
        optional: rule.optional,
    })
}
