//! Deltas: rebuild an object from its base, and say which of its bytes are the base's.
//! Where bases come from is `walk`'s business.

use super::fault::Fault;

/// A run of bytes of a rebuilt object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where it starts in the object.
    pub(crate) at: usize,
    /// How long it is.
    pub(crate) len: usize,
    /// Where it starts in the base, if it was copied from there.
    pub(crate) from: Option<usize>,
}

const CUT: Fault = Fault::Corrupt("the delta ends in the middle of an instruction");

fn varint(delta: &[u8], at: &mut usize) -> Result<u64, Fault> {
    let mut value = 0u64;
    let mut shift = 0;
    loop {
        let byte = *delta.get(*at).ok_or(CUT)?;
        *at += 1;
        if shift > 56 {
            return Err(Fault::Corrupt("the size in the delta is absurd"));
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
}

/// The sizes a delta names, of its base and of its result, and where its instructions start.
pub(crate) fn sizes(delta: &[u8]) -> Result<(u64, u64, usize), Fault> {
    let mut at = 0;
    let base = varint(delta, &mut at)?;
    let result = varint(delta, &mut at)?;
    Ok((base, result, at))
}

/// Reads the operands of a copy instruction: offset and length.
fn copy_operands(delta: &[u8], at: &mut usize, code: u8) -> Result<(usize, usize), Fault> {
    let mut operand = |bits: u8, count: u8| {
        let mut value = 0usize;
        for i in 0..count {
            if bits >> i & 1 != 0 {
                value |= usize::from(*delta.get(*at).ok_or(CUT)?) << (8 * i);
                *at += 1;
            }
        }
        Ok(value)
    };
    let from = operand(code & 15, 4)?;
    let len = operand(code >> 4 & 7, 3)?;
    Ok((from, if len == 0 { 0x1_0000 } else { len }))
}

/// Rebuilds the object into `out`, whose length is the size the delta names, and fills `segments`
/// with its runs in order; runs that are neighbours in both are one.
pub(crate) fn apply(
    base: &[u8],
    delta: &[u8],
    out: &mut [u8],
    segments: &mut Vec<Segment>,
) -> Result<(), Fault> {
    const LONG: Fault = Fault::Corrupt("the delta makes more than it says");
    segments.clear();
    let (base_size, size, mut at) = sizes(delta)?;
    if base_size != base.len() as u64 || size != out.len() as u64 {
        return Err(Fault::Corrupt("the delta is for another base"));
    }
    let mut done = 0;
    while let Some(&code) = delta.get(at) {
        at += 1;
        let (source, len, from) = if code & 0x80 != 0 {
            let (from, len) = copy_operands(delta, &mut at, code)?;
            let copied = base.get(from..from + len);
            let outside = Fault::Corrupt("the delta copies from outside its base");
            (copied.ok_or(outside)?, len, Some(from))
        } else if code != 0 {
            let len = usize::from(code);
            let inserted = delta.get(at..at + len).ok_or(CUT)?;
            at += len;
            (inserted, len, None)
        } else {
            return Err(Fault::Corrupt("unknown delta instruction"));
        };
        out.get_mut(done..done + len)
            .ok_or(LONG)?
            .copy_from_slice(source);
        push(
            segments,
            Segment {
                at: done,
                len,
                from,
            },
        );
        done += len;
    }
    if done == out.len() {
        Ok(())
    } else {
        Err(Fault::Corrupt("the delta makes less than it says"))
    }
}

fn push(segments: &mut Vec<Segment>, next: Segment) {
    if let Some(last) = segments.last_mut() {
        let joins = match (last.from, next.from) {
            (None, None) => true,
            (Some(a), Some(b)) => a + last.len == b,
            _ => false,
        };
        if joins {
            last.len += next.len;
            return;
        }
    }
    segments.push(next);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_insertions_make_segments() {
        let base = b"0123456789";
        // copy 0..4, copy 4..6, insert "xy", copy 8..10
        let delta = [10, 10, 0x90, 4, 0x91, 4, 2, 2, b'x', b'y', 0x91, 8, 2];
        let mut out = [0; 10];
        let mut segments = Vec::new();
        apply(base, &delta, &mut out, &mut segments).unwrap();
        assert_eq!(&out, b"012345xy89");
        let segment = |at, len, from| Segment { at, len, from };
        assert_eq!(
            segments,
            [
                segment(0, 6, Some(0)),
                segment(6, 2, None),
                segment(8, 2, Some(8))
            ]
        );
    }

    #[test]
    fn a_copy_of_length_zero_means_64_kib() {
        let base = vec![3; 0x1_0000];
        let delta = [0x80, 0x80, 4, 0x80, 0x80, 4, 0x80];
        let mut out = vec![0; 0x1_0000];
        apply(&base, &delta, &mut out, &mut Vec::new()).unwrap();
        assert_eq!(out, base);
    }

    #[test]
    fn hostile_deltas_are_errors() {
        let wrong: [&[u8]; 8] = [
            &[],
            &[9, 4],
            &[10, 4, 0x91, 8, 4],
            &[10, 4, 0],
            &[10, 4, 5, b'a'],
            &[10, 4, 5, 1, 2, 3, 4, 5],
            &[10, 4, 2, 1, 2],
            &[0xff; 12],
        ];
        for delta in wrong {
            assert!(apply(b"0123456789", delta, &mut [0; 4], &mut Vec::new()).is_err());
        }
    }
}
