//! Stems: a few dozen literals of at least three bytes, found in any case. A nibble filter over four
//! bytes of each, the rarest, picks the places; here they are verified. In a stem the byte 1 stands
//! for any hexadecimal digit.

use super::buckets;

/// For each of four byte positions: which of eight buckets allow a low and a high nibble.
#[derive(Default)]
pub(super) struct Nibbles {
    pub(super) low: [[u8; 16]; 4],
    pub(super) high: [[u8; 16]; 4],
}

/// Two sets of eight buckets: with six dozen stems, one set would let every twelfth byte pass.
pub(super) type Filter = [Nibbles; 2];

/// Stands for a hexadecimal digit.
const DIGIT: u8 = 1;

/// The stems, ready to be looked for.
pub(in crate::matcher) struct Stems {
    words: Vec<Vec<u8>>,
    /// Where in each the bytes stand that it is looked for by.
    offsets: Vec<u8>,
    /// The first eight bytes of each: which of their bits count, and what they must be.
    begins: Vec<(u64, u64)>,
    filter: Filter,
    /// One bit for each number that [`begin`] gives: whether a stem begins so.
    begun: Box<[u64; 1 << 9]>,
    /// By a hash of the first three of those bytes: a range of `order`.
    heads: [(u8, u8); 1024],
    order: Vec<u8>,
    /// Those with a digit among the first three bytes.
    classed: Vec<u8>,
    /// One bit for each of them: which may have a byte as their first, second and third.
    special: [[u16; 3]; 256],
}

#[inline]
fn head([a, b, c]: [u8; 3]) -> usize {
    let word = u32::from_le_bytes([a, b, c, 0]) | 0x0020_2020;
    (word.wrapping_mul(0x9E37_79B1) >> 22) as usize
}

/// A number of 15 bits for four bytes, whatever their case: so many that of the places which the
/// filter lets pass, few are looked at for nothing.
#[inline]
fn begin(four: [u8; 4]) -> usize {
    let word = u32::from_le_bytes(four) | 0x2020_2020;
    (word.wrapping_mul(0x9E37_79B1) >> 17) as usize
}

/// The bits of what stems are looked for by.
fn begun(anchors: &[&[u8]]) -> Box<[u64; 1 << 9]> {
    let mut bits = Box::new([0; 1 << 9]);
    for anchor in anchors.iter().filter(|anchor| anchor.len() >= 3) {
        for fourth in (0..=u8::MAX).filter(|byte| allows(anchor.get(3), *byte)) {
            let number = begin([anchor[0], anchor[1], anchor[2], fourth]);
            bits[number >> 6] |= 1 << (number & 63);
        }
    }
    bits
}

/// How far into a stem the bytes may stand that it is looked for by.
pub(super) const DEEPEST: usize = 16;

/// Where the four rarest bytes of a stem stand side by side.
fn offset(word: &[u8]) -> usize {
    if word.contains(&DIGIT) {
        return 0;
    }
    let share = |at: &usize| buckets::expected(&word[*at..]);
    let rarer = |one: &usize, other: &usize| share(one).total_cmp(&share(other));
    (0..=word.len().saturating_sub(4).min(DEEPEST))
        .min_by(rarer)
        .unwrap_or(0)
}

impl Stems {
    /// At most 255 words; the number of a stem is its position here.
    pub(in crate::matcher) fn new(words: &[&[u8]]) -> Stems {
        let mut filter = Filter::default();
        let offsets: Vec<usize> = words.iter().map(|word| offset(word)).collect();
        let anchors: Vec<&[u8]> = words
            .iter()
            .zip(&offsets)
            .map(|(word, offset)| &word[*offset..])
            .collect();
        let mut sorted: Vec<&[u8]> = anchors.iter().copied().filter(|w| w.len() >= 3).collect();
        // By the third byte before the second: neighbours then let fewer bytes pass than in the order of words.
        sorted.sort_by_cached_key(|w| {
            let at = |at: usize| w.get(at).map(u8::to_ascii_lowercase);
            [at(0), at(2), at(1), at(3)]
        });
        for (anchor, bucket) in sorted.iter().zip(buckets::divide(&sorted)) {
            filter[bucket / 8].add(anchor, 1 << (bucket % 8));
        }
        let numbers = (0..=u8::MAX).zip(words).filter(|(_, word)| word.len() >= 3);
        let (classed, plain): (Vec<_>, Vec<_>) =
            numbers.partition(|(_, word)| word[..3].contains(&DIGIT));
        let mut order: Vec<u8> = plain.iter().map(|(number, _)| *number).collect();
        let of = |number: u8| {
            let anchor = anchors[usize::from(number)];
            head([anchor[0], anchor[1], anchor[2]])
        };
        order.sort_by_key(|n| of(*n));
        let mut heads = [(0, 0); 1024];
        for (at, number) in (0_u8..).zip(&order) {
            let slot = &mut heads[of(*number)];
            if slot.1 == 0 {
                slot.0 = at;
            }
            slot.1 += 1;
        }
        let mut special = [[0; 3]; 256];
        for (bit, (_, word)) in classed.iter().enumerate() {
            for (byte, bits) in (0..=u8::MAX).zip(&mut special) {
                for (at, bits) in bits.iter_mut().enumerate() {
                    *bits |= u16::from(allows(word.get(at), byte)) << (bit % 16);
                }
            }
        }
        Stems {
            special,
            words: words.iter().map(|word| word.to_vec()).collect(),
            begins: words.iter().map(|word| beginning(word)).collect(),
            filter,
            begun: begun(&anchors),
            offsets: offsets.iter().map(|at| *at as u8).collect(),
            heads,
            order,
            classed: classed.iter().map(|(number, _)| *number).collect(),
        }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Tells the stems that are looked for by the bytes at `at`, and where each begins.
    #[inline]
    pub(super) fn standing(&self, bytes: &[u8], at: usize, mut tell: impl FnMut(usize, usize)) {
        let rest = &bytes[at..];
        let may_begin = rest.first_chunk().is_none_or(|four| {
            let number = begin(*four);
            self.begun[number >> 6] & 1 << (number & 63) != 0
        });
        if may_begin && let Some(three) = rest.first_chunk() {
            let (first, count) = self.heads[head(*three)];
            let numbers = &self.order[usize::from(first)..][..usize::from(count)];
            self.verify(bytes, at, numbers, &mut tell);
        }
        let [mut which, ..] = self.special[usize::from(rest[0])];
        if which != 0
            && let [_, second, third, ..] = rest
        {
            which &= self.special[usize::from(*second)][1] & self.special[usize::from(*third)][2];
            if which != 0 {
                self.verify(bytes, at, &self.classed, &mut tell);
            }
        }
    }

    fn verify(&self, bytes: &[u8], at: usize, numbers: &[u8], tell: &mut impl FnMut(usize, usize)) {
        for number in numbers {
            let number = usize::from(*number);
            let Some(start) = at.checked_sub(usize::from(self.offsets[number])) else {
                continue;
            };
            let text = &bytes[start..];
            let (mask, wanted) = self.begins[number];
            let fits = |eight: &[u8; 8]| u64::from_le_bytes(*eight) & mask == wanted;
            if text.first_chunk().is_none_or(fits) && stands(text, &self.words[number]) {
                tell(start, number);
            }
        }
    }
}

/// The bits that its first eight bytes have in whatever case they are written; a digit has none.
fn beginning(word: &[u8]) -> (u64, u64) {
    let (mut mask, mut wanted) = ([0; 8], [0; 8]);
    for ((mask, wanted), byte) in mask.iter_mut().zip(&mut wanted).zip(word) {
        *mask = match byte {
            &DIGIT => 0,
            byte if byte.is_ascii_alphabetic() => !0x20,
            _ => !0,
        };
        *wanted = byte & *mask;
    }
    (u64::from_le_bytes(mask), u64::from_le_bytes(wanted))
}

fn stands(text: &[u8], word: &[u8]) -> bool {
    let fits = |(byte, wanted): (&u8, &u8)| allows(Some(wanted), *byte);
    text.get(..word.len())
        .is_some_and(|text| text.iter().zip(word).all(fits))
}

/// A byte of the text may stand where the stem has `wanted`; behind its end everything may.
pub(super) fn allows(wanted: Option<&u8>, byte: u8) -> bool {
    match wanted {
        None => true,
        Some(&DIGIT) => byte.is_ascii_hexdigit(),
        Some(wanted) => byte.eq_ignore_ascii_case(wanted),
    }
}

/// The low and the high nibbles of the bytes that [`allows`] allows, one bit each.
pub(super) fn nibbles(wanted: Option<&u8>) -> (u16, u16) {
    let of = |bytes: &[u8]| {
        bytes.iter().fold((0, 0), |(low, high), byte| {
            (low | 1 << (byte & 15), high | 1 << (byte >> 4))
        })
    };
    match wanted {
        None => (u16::MAX, u16::MAX),
        Some(&DIGIT) => of(b"0123456789abcdefABCDEF"),
        Some(wanted) => of(&[wanted.to_ascii_lowercase(), wanted.to_ascii_uppercase()]),
    }
}

impl Nibbles {
    fn add(&mut self, word: &[u8], bucket: u8) {
        for position in 0..4 {
            let (low, high) = nibbles(word.get(position));
            for nibble in 0..16 {
                self.low[position][nibble] |= bucket * u8::from(low >> nibble & 1 == 1);
                self.high[position][nibble] |= bucket * u8::from(high >> nibble & 1 == 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_stem_is_that_of_every_text_it_stands_in() {
        let cases: [(&[u8], &[u8], bool); 5] = [
            (b"Token", b"tOKEN = 1", true),
            (b"%\x01\x01%", b"%4f%zzzzz", true),
            (b"bearer", b"bearish..", false),
            (b"://", b":/:123456", false),
            (b"identified by", b"IDENTIFIED", true),
        ];
        for (word, text, fits) in cases {
            let (mask, wanted) = beginning(word);
            let eight = u64::from_le_bytes(*text.first_chunk().expect("eight bytes"));
            assert_eq!(eight & mask == wanted, fits, "{word:?}");
        }
    }

    #[test]
    fn the_nibbles_are_those_of_the_bytes_that_are_allowed() {
        for wanted in [None, Some(&DIGIT), Some(&b'a'), Some(&b':'), Some(&0xd0)] {
            let (mut low, mut high) = (0, 0);
            for byte in (0..=u8::MAX).filter(|byte| allows(wanted, *byte)) {
                low |= 1 << (byte & 15);
                high |= 1 << (byte >> 4);
            }
            assert_eq!(nibbles(wanted), (low, high));
        }
    }
}
