//! Where a regex's keyword can be looked up: reads the regex as sequences of byte sets and finds
//! the keyword in them. Built into `build.rs` with the index.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// How a keyword is found in text, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum How {
    /// At the start of a run of token characters, or behind a boundary inside it.
    Start,
    /// Directly before such a run, perhaps reaching into it.
    After,
    /// Directly behind such a run.
    Behind,
    /// As part of a PEM header line.
    Pem,
    /// Around `://`.
    Scheme,
    /// As the host of a URL.
    Host,
    /// Anywhere inside a run that looks made by a machine.
    Middle,
    /// None of these: by the fallback automaton.
    Fallback,
}

/// `min` to `max` bytes of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// One bit a byte value.
    pub set: [u8; 32],
    /// Least number of bytes.
    pub min: u32,
    /// Greatest number of bytes.
    pub max: u32,
}

/// What one way through a regex looks like.
pub type Sequence = Vec<Item>;

/// Where a keyword sits in a sequence.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The keyword.
    pub text: String,
    /// How it is looked up.
    pub how: How,
    /// Lookup position inside the keyword.
    pub offset: u16,
    /// Greatest number of bytes of the match before the keyword.
    pub back: u32,
    /// First item behind the keyword.
    pub after: usize,
    /// The regex takes it in any case.
    pub any_case: bool,
    /// The regex spells it out, in whatever case, rather than merely allowing it.
    pub spelled: bool,
}

/// Runs shorter than this are not looked at.
pub const MIN_RUN: u32 = 16;

/// A value of so many characters, `+`, `/`, `.`, `~` and `!` among them, is taken to hold a run of
/// [`MIN_RUN`] somewhere: most values of random base64 do.
const MIN_WIDE: u32 = 35;

/// A value with a keyword somewhere inside is so long: most runs are shorter and need not be searched.
pub const MIN_INSIDE: u32 = 32;
const MAX_SEQUENCES: usize = 64;
const MAX_ITEMS: usize = 512;

/// Parses as the matcher compiles: bytes, ASCII classes.
pub fn parse(regex: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(regex).map_err(|err| err.to_string())
}

/// True for the characters that runs are made of.
#[inline]
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Those characters, one bit a byte value.
pub const TOKENS: [u8; 32] = {
    let mut set = [0; 32];
    let mut byte = 0;
    while byte < 128 {
        if is_token(byte) {
            set[byte as usize >> 3] |= 1 << (byte & 7);
        }
        byte += 1;
    }
    set
};

/// True for the characters that join runs to a longer value: those of base64, and the dot.
#[inline]
pub const fn is_wide(byte: u8) -> bool {
    is_token(byte) || matches!(byte, b'+' | b'/' | b'.' | b'~')
}

fn insert(set: &mut [u8; 32], byte: u8) {
    set[usize::from(byte >> 3)] |= 1 << (byte & 7);
}

fn contains(set: &[u8; 32], byte: u8) -> bool {
    set[usize::from(byte >> 3)] & (1 << (byte & 7)) != 0
}

fn only_token(set: &[u8; 32]) -> bool {
    (0..=255).all(|b| !contains(set, b) || is_token(b))
}

fn only_wide(set: &[u8; 32]) -> bool {
    (0..=255).all(|b| !contains(set, b) || is_wide(b) || matches!(b, b'=' | b'!'))
}

fn no_token(set: &[u8; 32]) -> bool {
    (0..=255).all(|b| !contains(set, b) || !is_token(b))
}

/// Every byte that a match may hold.
pub fn bytes_of(hir: &Hir) -> [u8; 32] {
    let mut set = [0; 32];
    collect(hir, &mut set);
    set
}

fn collect(hir: &Hir, set: &mut [u8; 32]) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|b| insert(set, *b)),
        HirKind::Class(class) => collect_class(class, set),
        HirKind::Repetition(repetition) => collect(&repetition.sub, set),
        HirKind::Capture(capture) => collect(&capture.sub, set),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => {
            subs.iter().for_each(|sub| collect(sub, set));
        }
    }
}

fn collect_class(class: &Class, set: &mut [u8; 32]) {
    match class {
        Class::Bytes(class) => {
            for range in class.ranges() {
                (range.start()..=range.end()).for_each(|b| insert(set, b));
            }
        }
        Class::Unicode(class) => {
            for range in class.ranges() {
                let end = u32::from(range.end());
                let low = u32::from(range.start())..=end.min(0x7f);
                low.filter_map(|c| u8::try_from(c).ok())
                    .for_each(|b| insert(set, b));
                if end > 0x7f {
                    (0x80..=0xff).for_each(|b| insert(set, b));
                }
            }
        }
    }
}

fn collapse(hir: &Hir) -> Item {
    let bound = |n: Option<usize>, open| n.map_or(open, |n| u32::try_from(n).unwrap_or(u32::MAX));
    Item {
        set: bytes_of(hir),
        min: bound(hir.properties().minimum_len(), 0),
        max: bound(hir.properties().maximum_len(), u32::MAX),
    }
}

/// The ways through a regex; where there are too many, a part of it becomes one wide item.
pub fn sequences(hir: &Hir) -> Vec<Sequence> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.iter().map(|b| single(*b)).collect()],
        HirKind::Class(Class::Unicode(_)) | HirKind::Class(Class::Bytes(_)) => {
            vec![vec![collapse(hir)]]
        }
        HirKind::Capture(capture) => sequences(&capture.sub),
        HirKind::Repetition(repetition) => {
            let sub = sequences(&repetition.sub);
            let once = repetition.max == Some(1) && repetition.min == 0;
            if once {
                let mut all = sub;
                all.push(Vec::new());
                return all;
            }
            let copies = repetition.min as usize;
            let exact = repetition.max == Some(repetition.min);
            if exact && sub.len() == 1 && sub[0].len() > 1 && copies <= 8 {
                return vec![vec![sub[0].as_slice(); copies].concat()];
            }
            let single = sub.len() == 1 && matches!(sub[0][..], [Item { min: 1, max: 1, .. }]);
            if single {
                return vec![unrolled(&sub[0][0], collapse(hir))];
            }
            vec![vec![collapse(hir)]]
        }
        HirKind::Alternation(subs) => {
            let all: Vec<Sequence> = subs.iter().flat_map(sequences).collect();
            if all.len() > MAX_SEQUENCES {
                return vec![vec![collapse(hir)]];
            }
            all
        }
        HirKind::Concat(subs) => {
            let mut all: Vec<Sequence> = vec![Vec::new()];
            for sub in subs {
                let next = sequences(sub);
                let items = all.iter().map(Vec::len).sum::<usize>();
                if all.len() * next.len() > MAX_SEQUENCES || items > MAX_ITEMS * MAX_SEQUENCES {
                    let wide = collapse(sub);
                    all.iter_mut()
                        .for_each(|sequence| sequence.push(wide.clone()));
                    continue;
                }
                let joined = |head: &Sequence| {
                    let head = head.clone();
                    next.iter()
                        .map(move |tail| [head.as_slice(), tail].concat())
                        .collect::<Vec<_>>()
                };
                all = all.iter().flat_map(joined).collect();
            }
            all
        }
    }
}

/// The first bytes of a repeated item one by one, so that a keyword can reach into it (`tt0` into
/// `tt[0-9a-f]{16}`, `AAAA` into `A{20}`), then the rest.
fn unrolled(one: &Item, all: Item) -> Sequence {
    let literal = one.set.iter().map(|b| b.count_ones()).sum::<u32>() == 1;
    let copies = all.min.min(if literal { 64 } else { 4 });
    let mut items = vec![one.clone(); copies as usize];
    let left = Item {
        min: all.min - copies,
        max: all.max.saturating_sub(copies),
        set: all.set,
    };
    if left.max > 0 {
        items.push(left);
    }
    items
}

fn single(byte: u8) -> Item {
    let mut set = [0; 32];
    insert(&mut set, byte);
    Item {
        set,
        min: 1,
        max: 1,
    }
}

/// Finds `keyword` in `sequence`, where it is looked up best.
pub fn fit(sequence: &Sequence, keyword: &str) -> Option<Fit> {
    let word = keyword.as_bytes();
    let last = sequence.len().checked_sub(word.len())?;
    let fits = |at: &usize| {
        sequence[*at..*at + word.len()]
            .iter()
            .zip(word)
            .all(|(item, byte)| (item.min, item.max) == (1, 1) && contains(&item.set, *byte))
    };
    let size = |set: &[u8; 32]| set.iter().map(|b| b.count_ones()).sum::<u32>();
    let mut best: Option<(u32, Fit)> = None;
    for at in (0..=last).filter(fits) {
        let (how, offset) = how(sequence, at, word);
        let items = &sequence[at..at + word.len()];
        let freedom = items.iter().map(|item| size(&item.set)).sum();
        let either = |(item, byte): (&Item, &u8)| {
            size(&item.set) == 2 && byte.is_ascii_alphabetic() && contains(&item.set, byte ^ 0x20)
        };
        let spelled = |(item, byte): (&Item, &u8)| size(&item.set) == 1 || either((item, byte));
        let back = sequence[..at].iter();
        let fit = Fit {
            text: keyword.to_owned(),
            how,
            offset,
            back: back.fold(0_u32, |sum, item| sum.saturating_add(item.max)),
            after: at + word.len(),
            any_case: items.iter().zip(word).any(either),
            spelled: items.iter().zip(word).all(spelled),
        };
        if best
            .as_ref()
            .is_none_or(|(least, best)| (freedom, fit.how) < (*least, best.how))
        {
            best = Some((freedom, fit));
        }
    }
    best.map(|(_, fit)| fit)
}

fn how(sequence: &Sequence, at: usize, word: &[u8]) -> (How, u16) {
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let text = String::from_utf8_lossy(word);
    if let Some(at) = text.find("-----BEGIN") {
        return (How::Pem, small(at));
    }
    if let Some(at) = text.find("://") {
        return (How::Scheme, small(at));
    }
    let rest = &sequence[at + word.len()..];
    let tail = word.iter().rev().take_while(|b| is_token(**b)).count();
    let run = token_length(rest.iter(), only_token).saturating_add(small(tail).into());
    let free = at == 0 || no_token(&sequence[at - 1].set);
    if tail == word.len() && word.len() >= 3 {
        // No JWT has a header of fewer than 16 characters, whatever its regex allows.
        if free && (run >= MIN_RUN || word.starts_with(b"eyJ")) {
            return (How::Start, 0);
        }
        let precedes = token_length(sequence[..at].iter().rev(), only_token);
        if run.saturating_add(precedes) >= MIN_INSIDE {
            return (How::Middle, 0);
        }
    }
    if tail < word.len() && run >= MIN_RUN {
        if tail >= 4 {
            return (How::Start, small(word.len() - tail));
        }
        if word.len() >= 3 {
            return (How::After, small(word.len() - tail));
        }
    }
    if is_domain(word) {
        return (How::Host, u16::from(word[0] == b'.'));
    }
    if word.len() >= 3 && word.iter().all(|b| is_wide(*b)) {
        let wide = token_length(rest.iter(), only_wide).saturating_add(small(word.len()).into());
        if wide >= MIN_WIDE && is_token(word[0]) {
            return (How::Start, 0);
        }
    }
    if word.len() >= 3 && word.iter().all(|b| is_wide(*b)) {
        let behind = token_length(rest.iter(), only_wide).saturating_add(small(word.len()).into());
        let precedes = token_length(sequence[..at].iter().rev(), only_wide);
        if behind.saturating_add(precedes) >= MIN_WIDE {
            return (How::Middle, 0);
        }
    }
    let precedes = token_length(sequence[..at].iter().rev(), only_token);
    if word.len() >= 3 && !is_token(word[0]) && precedes >= MIN_RUN {
        return (How::Behind, 0);
    }
    (How::Fallback, 0)
}

/// A domain, perhaps with the dot before it, and the slash or more behind it.
fn is_domain(word: &[u8]) -> bool {
    let word = word.strip_prefix(b".").unwrap_or(word);
    let end = word.iter().position(|b| *b == b'/' || *b == b':');
    let host = &word[..end.unwrap_or(word.len())];
    let top = host.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let letters = top.len() >= 2 && top.iter().all(u8::is_ascii_lowercase);
    let labels = host.split(|b| *b == b'.').all(|label| !label.is_empty());
    let plain = host
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'.');
    host.contains(&b'.') && letters && labels && plain
}

fn token_length<'a>(items: impl Iterator<Item = &'a Item>, fits: fn(&[u8; 32]) -> bool) -> u32 {
    let mut length = 0_u32;
    for item in items {
        if !fits(&item.set) {
            break;
        }
        length = length.saturating_add(item.min);
    }
    length
}
