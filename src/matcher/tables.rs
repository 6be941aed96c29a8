//! Tables: which keywords can stand at a position, by hash of the bytes there. Built once from the
//! index; a position that nothing is filed under costs one bit test.

use crate::pattern::anchor::How;
use crate::pattern::index::{Index, Key, word_hash};

/// By which bytes a keyword is looked up.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum By {
    /// The four bytes from a start.
    Four = 1,
    /// The three bytes from a start.
    Three = 2,
    /// Three bytes before a run, none inside.
    Before = 3,
    /// Two before, one inside.
    TwoBefore = 4,
    /// One before, two inside.
    OneBefore = 5,
    /// The three bytes from anywhere in a run.
    Middle = 6,
    /// Two bytes before `://`.
    Scheme = 7,
    /// A host name.
    Host = 8,
    /// Three bytes before `://`.
    SchemeOfThree = 9,
    /// Four bytes before `://`: more end alike, as `https` and `ftps` do.
    SchemeOfFour = 10,
    /// The three bytes behind a run.
    Behind = 11,
}

const END: u16 = u16::MAX;

/// A keyword filed in a slot.
#[derive(Clone, Copy)]
struct Link {
    number: u32,
    /// The next of the same slot.
    next: u16,
    /// See `Key::least`.
    least: u16,
}

/// All keywords but those of the fallback.
pub(super) struct Tables {
    bits: Box<[u64; 1024]>,
    heads: Box<[u16]>,
    links: Vec<Link>,
    /// Whether some keyword ends in this byte right before a run.
    before: [bool; 256],
    /// Whether some keyword begins with this byte right behind a run.
    behind: [bool; 256],
    /// Some keyword is looked up inside runs.
    pub(super) middle: bool,
    /// Such a keyword may begin with this byte.
    inside: [bool; 256],
    /// Keywords of PEM headers.
    pub(super) pem: Vec<u32>,
    /// Keywords that begin with `://`.
    pub(super) bare_scheme: Vec<u32>,
    /// How far behind a keyword's beginning the place may lie where it is looked up.
    pub(super) deepest: usize,
}

fn slot(by: By, word: u32) -> usize {
    let mixed = (word ^ (by as u32).wrapping_mul(0x85EB_CA6B)).wrapping_mul(0x9E37_79B1);
    (mixed >> 16) as usize
}

/// Folds case by setting one bit of every byte; what differs elsewhere is told apart later.
fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |word, byte| word << 8 | u32::from(byte | 0x20))
}

/// As [`word`], of three bytes.
#[inline]
fn three([a, b, c]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, a, b, c]) | 0x0020_2020
}

impl Tables {
    pub(super) fn new(index: &Index) -> Tables {
        let mut tables = Tables {
            bits: Box::new([0; 1024]),
            heads: vec![END; 1 << 16].into_boxed_slice(),
            links: Vec::with_capacity(index.keys.len()),
            before: [false; 256],
            behind: [false; 256],
            middle: false,
            inside: [false; 256],
            pem: Vec::new(),
            bare_scheme: Vec::new(),
            deepest: 0,
        };
        for (number, key) in (0..).zip(&index.keys) {
            tables.add(number, key);
        }
        tables
    }

    fn add(&mut self, number: u32, key: &Key) {
        let text = key.text.as_bytes();
        let filed = (number, key.least);
        let at = usize::from(key.offset);
        self.deepest = self.deepest.max(at);
        match key.how {
            How::Start if text.len() - at >= 4 => {
                self.file(By::Four, word(&text[at..at + 4]), filed)
            }
            How::Start => self.file(By::Three, word(&text[at..at + 3]), filed),
            How::After => {
                self.before[usize::from(text[at - 1])] = true;
                match at {
                    1 => self.file(By::OneBefore, word(&text[..3]), filed),
                    2 => self.file(By::TwoBefore, word(&text[..3]), filed),
                    _ => self.file(By::Before, word(&text[at - 3..at]), filed),
                }
            }
            How::Behind => {
                self.behind[usize::from(text[0])] = true;
                self.file(By::Behind, word(&text[..3]), filed);
            }
            How::Middle => {
                self.middle = true;
                let alike = |byte: &u8| match key.ignore_case {
                    true => byte.eq_ignore_ascii_case(&text[0]),
                    false => *byte == text[0],
                };
                for byte in (0..=u8::MAX).filter(alike) {
                    self.inside[usize::from(byte)] = true;
                }
                self.file(By::Middle, word(&text[..3]), filed);
            }
            How::Scheme if at == 0 => self.bare_scheme.push(number),
            How::Scheme => {
                let (by, letters) = match at {
                    1 | 2 => (By::Scheme, at),
                    3 => (By::SchemeOfThree, 3),
                    _ => (By::SchemeOfFour, 4),
                };
                self.file(by, word(&text[at - letters..at]), filed);
            }
            How::Host => {
                let host = &text[at..];
                let end = host.iter().position(|b| !is_host(*b)).unwrap_or(host.len());
                self.file(By::Host, host_word(&host[..end]), filed);
            }
            How::Pem => self.pem.push(number),
            How::Fallback => {}
        }
    }

    fn file(&mut self, by: By, word: u32, (number, least): (u32, u16)) {
        let slot = slot(by, word);
        self.bits[slot >> 6] |= 1 << (slot & 63);
        let Ok(link) = u16::try_from(self.links.len()) else {
            return;
        };
        self.links.push(Link {
            number,
            next: self.heads[slot],
            least,
        });
        self.heads[slot] = link;
    }

    #[inline]
    fn at(&self, by: By, word: u32) -> impl Iterator<Item = u32> + '_ {
        self.links(by, word).map(|link| link.number)
    }

    #[inline]
    fn links(&self, by: By, word: u32) -> impl Iterator<Item = Link> + '_ {
        let slot = slot(by, word);
        let filed = self.bits[slot >> 6] & (1 << (slot & 63)) != 0;
        let mut next = if filed { self.heads[slot] } else { END };
        std::iter::from_fn(move || {
            let link = *self.links.get(usize::from(next))?;
            next = link.next;
            Some(link)
        })
    }

    /// The keywords that may start at `at`, where `left` bytes of a run are left, or more than is known.
    #[inline]
    pub(super) fn starting(&self, bytes: &[u8], at: usize, left: usize, mut tell: impl FnMut(u32)) {
        let mut told = |link: Link| {
            if usize::from(link.least) <= left {
                tell(link.number);
            }
        };
        let rest = bytes.get(at..).unwrap_or_default();
        if let Some(text) = rest.first_chunk::<4>() {
            let word = u32::from_be_bytes(*text) | 0x2020_2020;
            self.links(By::Four, word).for_each(&mut told);
        }
        if let Some(text) = rest.first_chunk::<3>() {
            self.links(By::Three, three(*text)).for_each(told);
        }
    }

    /// The keywords that may end at or shortly behind `run`, the start of a run.
    #[inline]
    pub(super) fn before(&self, bytes: &[u8], run: usize, mut tell: impl FnMut(u32)) {
        if run == 0 || !self.before[usize::from(bytes[run - 1])] {
            return;
        }
        for (by, back) in [(By::Before, 3), (By::TwoBefore, 2), (By::OneBefore, 1)] {
            let from = run.checked_sub(back);
            let text = from.and_then(|from| bytes.get(from..)?.first_chunk());
            if let Some(text) = text {
                self.at(by, three(*text)).for_each(&mut tell);
            }
        }
    }

    /// The keywords that may stand at `end`, the end of a run.
    #[inline]
    pub(super) fn behind(&self, bytes: &[u8], end: usize, tell: impl FnMut(u32)) {
        let rest = bytes.get(end..).unwrap_or_default();
        if let Some(text) = rest.first_chunk::<3>()
            && self.behind[usize::from(text[0])]
        {
            self.at(By::Behind, three(*text)).for_each(tell);
        }
    }

    /// Tells the keywords that may stand inside a run, each with the place in `text` where it does.
    pub(super) fn inside(&self, text: &[u8], mut tell: impl FnMut(usize, u32)) {
        for (at, first) in text.iter().enumerate() {
            if self.inside[usize::from(*first)]
                && let Some(letters) = text[at..].first_chunk::<3>()
            {
                self.at(By::Middle, three(*letters))
                    .for_each(|number| tell(at, number));
            }
        }
    }

    /// The keywords whose scheme may end at `at`, where `://` stands.
    pub(super) fn scheme(&self, bytes: &[u8], at: usize) -> impl Iterator<Item = u32> + use<'_> {
        let name = scheme_before(bytes, at);
        let all = [
            (By::Scheme, 1),
            (By::Scheme, 2),
            (By::SchemeOfThree, 3),
            (By::SchemeOfFour, 4),
        ];
        let ends = all.map(|(by, letters)| {
            let from = name.len().checked_sub(letters)?;
            Some(self.at(by, word(&name[from..])))
        });
        let named = ends.into_iter().flatten().flatten();
        named.chain(self.bare_scheme.iter().copied())
    }

    /// The keywords that may begin with this host.
    pub(super) fn host(&self, host: &[u8]) -> impl Iterator<Item = u32> + use<'_> {
        self.at(By::Host, host_word(host))
    }
}

/// True for the characters of host names.
pub(super) fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
}

/// The scheme that ends at `at`.
pub(super) fn scheme_before(bytes: &[u8], at: usize) -> &[u8] {
    let is_scheme = |b: &&u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
    let length = bytes[..at]
        .iter()
        .rev()
        .take(32)
        .take_while(is_scheme)
        .count();
    &bytes[at - length..at]
}

#[allow(clippy::cast_possible_truncation)]
fn host_word(host: &[u8]) -> u32 {
    word_hash(host.iter().copied()) as u32
}
