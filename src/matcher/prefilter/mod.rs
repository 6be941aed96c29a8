//! Prefilter: one pass over the bytes that finds runs of token characters and stems. What they may
//! mean is looked up in `tables`.

mod avx2;
mod buckets;
mod scalar;
mod stems;

pub(super) use stems::Stems;

use crate::pattern::anchor::{MIN_RUN, is_token};

/// Shorter runs of base64 are looked at only if a run of token characters is part of them.
const MIN_WIDE: usize = 32;

/// Bytes classified at a time: small enough to stay in the first-level cache.
const CHUNK: usize = 4096;
const WORDS: usize = CHUNK / 64;

/// One bit a byte of a chunk.
struct Masks {
    /// Token characters.
    tokens: [u64; WORDS],
    /// Those, `+` and `/`.
    wide: [u64; WORDS],
    /// Places where a stem may begin.
    stems: [u64; WORDS],
}

/// What the pass found, in order of position (a run is told when it ends, a stem where the bytes are
/// met that it is looked for by).
pub(super) trait Sink {
    /// A maximal run of at least [`MIN_RUN`] token characters.
    fn run(&mut self, start: usize, end: usize);
    /// A maximal run of at least [`MIN_WIDE`] characters of base64; not all are told that hold
    /// neither `+` nor `/`.
    fn wide(&mut self, start: usize, end: usize);
    /// A stem begins here.
    fn stem(&mut self, at: usize, stem: usize);
}

/// Goes over `bytes[from..to]`; runs and stems that begin in it may end behind it.
pub(super) fn pass(bytes: &[u8], from: usize, to: usize, stems: &Stems, sink: &mut impl Sink) {
    let classify = |at: usize, end: usize, masks: &mut Masks| match avx2::available() {
        true => avx2::classify(&bytes[at..], end - at, stems.filter(), masks),
        false => scalar::classify(&bytes[at..], end - at, stems.filter(), masks),
    };
    // The masks say nothing of what stands behind `to`.
    let whole = |end: usize, fits: fn(u8) -> bool| match end == to {
        true => {
            to + bytes[to..]
                .iter()
                .take(CHUNK)
                .take_while(|b| fits(**b))
                .count()
        }
        false => end,
    };
    let mut masks = Masks::new();
    let (mut open, mut open_wide) = (None, None);
    let mut at = from;
    while at < to {
        let end = (at + CHUNK).min(to);
        classify(at, end, &mut masks);
        let words = (end - at).div_ceil(64);
        for word in 0..words {
            let base = at + 64 * word;
            let tokens = masks.tokens[word];
            runs::<{ MIN_RUN as usize }>(tokens, base, &mut open, |s, e| {
                sink.run(s, whole(e, is_token));
            });
            let wide = masks.wide[word];
            if wide == tokens && open_wide.is_none() {
                // Nothing joins runs here, so only one that goes on may be joined later.
                let tail = wide.leading_ones() as usize;
                open_wide = (tail > 0).then(|| base + 64 - tail);
            } else {
                runs::<MIN_WIDE>(wide, base, &mut open_wide, |s, e| {
                    sink.wide(s, whole(e, is_base64));
                });
            }
            positions(masks.stems[word], base, |position| {
                stems.standing(bytes, position, |at, stem| {
                    if at >= from {
                        sink.stem(at, stem);
                    }
                });
            });
        }
        at = end;
    }
    let behind = bytes.len().min(to + stems::DEEPEST);
    if from < to && to < behind {
        classify(to, behind, &mut masks);
        // Not by what stands above: a closure that two places share is called for every byte that passes.
        positions(masks.stems[0], to, |position| {
            stems.standing(bytes, position, |at, stem| {
                if (from..to).contains(&at) {
                    sink.stem(at, stem);
                }
            });
        });
    }
    if let Some((start, end)) = open.map(|start| (start, whole(to, is_token)))
        && end - start >= MIN_RUN as usize
    {
        sink.run(start, end);
    }
    if let Some((start, end)) = open_wide.map(|start| (start, whole(to, is_base64)))
        && end - start >= MIN_WIDE
    {
        sink.wide(start, end);
    }
}

/// Tells where the bits of one word of a mask stand.
#[inline]
fn positions(mut mask: u64, base: usize, mut tell: impl FnMut(usize)) {
    while mask != 0 {
        tell(base + mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

fn is_base64(byte: u8) -> bool {
    is_token(byte) || byte == b'+' || byte == b'/'
}

/// Tells the runs of at least `MIN` that end in one word of the mask; `open` is the start of the
/// one still going on. `MIN` is 16 or 32.
#[inline]
fn runs<const MIN: usize>(
    mask: u64,
    base: usize,
    open: &mut Option<usize>,
    mut tell: impl FnMut(usize, usize),
) {
    if mask == u64::MAX {
        open.get_or_insert(base);
        return;
    }
    let head = mask.trailing_ones();
    let start = open.take().unwrap_or(base);
    let end = base + head as usize;
    if end - start >= MIN {
        tell(start, end);
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
    if MIN > 16 {
        starts &= starts >> 16;
    }
    while starts != 0 {
        let start = starts.trailing_zeros();
        let end = start + (inner >> start).trailing_ones();
        tell(base + start as usize, base + end as usize);
        starts &= if end >= 64 { 0 } else { u64::MAX << end };
    }
}

impl Masks {
    fn new() -> Masks {
        Masks {
            tokens: [0; WORDS],
            wide: [0; WORDS],
            stems: [0; WORDS],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Seen {
        runs: Vec<(usize, usize)>,
        wide: Vec<(usize, usize)>,
        stems: Vec<(usize, usize)>,
    }

    impl Sink for Seen {
        fn run(&mut self, start: usize, end: usize) {
            self.runs.push((start, end));
        }
        fn wide(&mut self, start: usize, end: usize) {
            self.wide.push((start, end));
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
        let all = |fits: fn(u8) -> bool, least: usize, out: &mut Vec<(usize, usize)>| {
            let mut at = 0;
            while at < bytes.len() {
                let length = bytes[at..].iter().take_while(|b| fits(**b)).count();
                if length >= least {
                    out.push((at, at + length));
                }
                at += length + 1;
            }
        };
        all(is_token, MIN_RUN as usize, &mut seen.runs);
        all(is_base64, MIN_WIDE, &mut seen.wide);
        seen.wide.retain(|run| joined(bytes, *run));
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

    fn joined(bytes: &[u8], (start, end): (usize, usize)) -> bool {
        bytes[start..end].iter().any(|b| matches!(b, b'+' | b'/'))
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
        seen.wide.retain(|run| joined(bytes, *run));
        assert_eq!(seen, plain(bytes));
    }

    fn both_agree(bytes: &[u8]) {
        let stems = Stems::new(WORDS_LOOKED_FOR);
        let mut one = Masks::new();
        let mut two = Masks::new();
        for (at, chunk) in bytes.chunks(CHUNK).enumerate() {
            let rest = &bytes[at * CHUNK..];
            scalar::classify(rest, chunk.len(), stems.filter(), &mut one);
            if avx2::available() {
                avx2::classify(rest, chunk.len(), stems.filter(), &mut two);
                let words = chunk.len().div_ceil(64);
                assert_eq!(one.tokens[..words], two.tokens[..words]);
                assert_eq!(one.wide[..words], two.wide[..words]);
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
            b"aaaaaaaaaaaaaa/+aaaaaaaaaaaaaaaaa ",
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
