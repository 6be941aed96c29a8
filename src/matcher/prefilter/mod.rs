//! Prefilter: one pass over the bytes that finds runs of token characters and stems. What they may
//! mean is looked up in `tables`.

mod avx2;
mod scalar;
mod stems;

pub(super) use stems::Stems;

use crate::pattern::anchor::MIN_RUN;

/// Bytes classified at a time: small enough to stay in the first-level cache.
const CHUNK: usize = 4096;
const WORDS: usize = CHUNK / 64;

/// One bit a byte of a chunk.
struct Masks {
    /// Token characters.
    tokens: [u64; WORDS],
    /// Places where a stem may begin.
    stems: [u64; WORDS],
}

/// What the pass found, in order of position (a run is told when it ends).
pub(super) trait Sink {
    /// A maximal run of at least [`MIN_RUN`] token characters.
    fn run(&mut self, start: usize, end: usize);
    /// A stem begins here.
    fn stem(&mut self, at: usize, stem: usize);
}

/// Goes over `bytes[from..to]`; runs and stems that begin in it may end behind it.
pub(super) fn pass(bytes: &[u8], from: usize, to: usize, stems: &Stems, sink: &mut impl Sink) {
    let fast = avx2::available();
    let mut masks = Masks {
        tokens: [0; WORDS],
        stems: [0; WORDS],
    };
    let mut open: Option<usize> = None;
    let mut at = from;
    while at < to {
        let end = (at + CHUNK).min(to);
        if fast {
            avx2::classify(&bytes[at..], end - at, stems.nibbles(), &mut masks);
        } else {
            scalar::classify(&bytes[at..], end - at, stems.nibbles(), &mut masks);
        }
        let words = (end - at).div_ceil(64);
        for word in 0..words {
            let base = at + 64 * word;
            runs(masks.tokens[word], base, &mut open, sink);
            let mut left = masks.stems[word];
            while left != 0 {
                let position = base + left.trailing_zeros() as usize;
                for stem in stems.standing(bytes, position) {
                    sink.stem(position, stem);
                }
                left &= left - 1;
            }
        }
        at = end;
    }
    if let Some(start) = open {
        let rest = bytes[to..]
            .iter()
            .take_while(|b| crate::pattern::anchor::is_token(**b));
        let end = to + rest.take(CHUNK).count();
        if end - start >= MIN_RUN as usize {
            sink.run(start, end);
        }
    }
}

/// Tells the runs that end in one word of the mask; `open` is the start of the one still going on.
#[inline]
fn runs(mask: u64, base: usize, open: &mut Option<usize>, sink: &mut impl Sink) {
    if mask == u64::MAX {
        open.get_or_insert(base);
        return;
    }
    let head = mask.trailing_ones();
    if let Some(start) = open.take() {
        let end = base + head as usize;
        if end - start >= MIN_RUN as usize {
            sink.run(start, end);
        }
    } else if head >= MIN_RUN {
        sink.run(base, base + head as usize);
    }
    let tail = mask.leading_ones();
    if tail > 0 {
        *open = Some(base + 64 - tail as usize);
    }
    let inner = mask & (u64::MAX << head) & (u64::MAX >> tail);
    let pairs = inner & (inner >> 1);
    let fours = pairs & (pairs >> 2);
    let eights = fours & (fours >> 4);
    let mut starts = eights & (eights >> 8);
    while starts != 0 {
        let start = starts.trailing_zeros();
        let length = (inner >> start).trailing_ones();
        sink.run(base + start as usize, base + (start + length) as usize);
        let end = start + length;
        starts &= if end >= 64 { 0 } else { u64::MAX << end };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Seen {
        runs: Vec<(usize, usize)>,
        stems: Vec<(usize, usize)>,
    }

    impl Sink for Seen {
        fn run(&mut self, start: usize, end: usize) {
            self.runs.push((start, end));
        }
        fn stem(&mut self, at: usize, stem: usize) {
            self.stems.push((at, stem));
        }
    }

    const WORDS_LOOKED_FOR: &[&[u8]] = &[
        b"secret",
        b"passw",
        b"://",
        b"-----BEGIN",
        b"pwd",
        b"Token",
        b"pass",
        b"%\x01\x01%",
        "\u{5bc6}\u{7801}".as_bytes(),
    ];

    fn plain(bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        let mut at = 0;
        while at < bytes.len() {
            let length = bytes[at..]
                .iter()
                .take_while(|b| crate::pattern::anchor::is_token(**b))
                .count();
            if length >= MIN_RUN as usize {
                seen.runs.push((at, at + length));
            }
            at += length + 1;
        }
        for at in 0..bytes.len() {
            for (stem, word) in WORDS_LOOKED_FOR.iter().enumerate() {
                let fits = |(text, byte): (&u8, &u8)| match byte {
                    1 => text.is_ascii_hexdigit(),
                    _ => text.eq_ignore_ascii_case(byte),
                };
                let text = bytes[at..].get(..word.len());
                if text.is_some_and(|text| text.iter().zip(*word).all(fits)) {
                    seen.stems.push((at, stem));
                }
            }
        }
        seen
    }

    /// A small generator, so that a failure can be repeated.
    fn noise(seed: u64, length: usize, alphabet: &[u8]) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            alphabet[(state >> 33) as usize % alphabet.len()]
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    fn check(bytes: &[u8]) {
        let stems = Stems::new(WORDS_LOOKED_FOR);
        let mut seen = Seen::default();
        pass(bytes, 0, bytes.len(), &stems, &mut seen);
        seen.stems.sort_unstable();
        assert_eq!(seen, plain(bytes));
    }

    fn both_agree(bytes: &[u8]) {
        let stems = Stems::new(WORDS_LOOKED_FOR);
        let mut one = Masks {
            tokens: [0; WORDS],
            stems: [0; WORDS],
        };
        let mut two = Masks {
            tokens: [0; WORDS],
            stems: [0; WORDS],
        };
        for (at, chunk) in bytes.chunks(CHUNK).enumerate() {
            let rest = &bytes[at * CHUNK..];
            scalar::classify(rest, chunk.len(), stems.nibbles(), &mut one);
            if avx2::available() {
                avx2::classify(rest, chunk.len(), stems.nibbles(), &mut two);
                let words = chunk.len().div_ceil(64);
                assert_eq!(one.tokens[..words], two.tokens[..words]);
                assert_eq!(one.stems[..words], two.stems[..words]);
            }
        }
    }

    #[test]
    fn finds_every_run_and_stem_in_noise_and_in_hostile_text() {
        let all: Vec<u8> = (0..=255).collect();
        let alphabets: [&[u8]; 6] = [
            &all,
            b"aB9_- ",
            b"aaaaaaaaaaaaaaaa ",
            b"secrtpaw:/-BEGIN%4f",
            b"pPwWdDtToOkKeEnN ",
            b"\xff\x7f\x80@[`{/:aZ",
        ];
        for (seed, alphabet) in (1..).zip(alphabets.iter().cycle().take(60)) {
            for length in [
                0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 4095, 4096, 4097, 9001,
            ] {
                let bytes = noise(seed, length, alphabet);
                check(&bytes);
                both_agree(&bytes);
            }
        }
    }

    #[test]
    fn finds_stems_and_runs_at_every_offset() {
        for pad in 0..140 {
            let mut bytes = vec![b' '; pad];
            bytes.extend(b"SECRET=abcdefghijklmnop https://x -----BEGIN");
            check(&bytes);
            both_agree(&bytes);
        }
        for at in 4080..4110 {
            let mut bytes = vec![b'.'; at];
            bytes.extend(b"pwd 0123456789abcdef passwd");
            check(&bytes);
        }
    }
}
