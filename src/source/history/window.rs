//! Windows: which anchors of a rebuilt object have the neighbourhood they had in its base, and
//! which must be looked at anew. Each anchor falls under exactly one of the two.

use std::ops::Range;

use super::delta::Segment;

/// Anchors whose neighbourhood was copied whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The anchors, in the object.
    pub(crate) anchors: Range<usize>,
    /// The first of them, in the base.
    pub(crate) from: usize,
    /// The copied run, in the object: what a verdict may have looked at.
    pub(crate) run: Range<usize>,
    /// The run begins where both begin.
    pub(crate) at_start: bool,
    /// The run ends where both end.
    pub(crate) at_end: bool,
}

impl Zone {
    /// Everything within `reach` of the anchor is copied, and an edge of the object is an edge of both.
    pub(crate) fn covers(&self, anchor: usize, reach: usize) -> bool {
        let left = self.at_start || anchor.saturating_sub(self.run.start) > reach;
        let right = self.at_end || self.run.end.saturating_sub(anchor) > reach;
        left && right
    }
}

/// The plan for one object.
#[derive(Default)]
pub(crate) struct Plan {
    /// Where candidates of the base are inherited.
    pub(crate) zones: Vec<Zone>,
    /// Where candidates are looked for; everything else.
    pub(crate) windows: Vec<Range<usize>>,
}

impl Plan {
    /// Plans an object of `len` bytes made of a base of `base_len` by `segments`, for candidates that
    /// read at most `radius` bytes to either side of their anchor.
    pub(crate) fn make(
        &mut self,
        segments: &[Segment],
        base_len: usize,
        len: usize,
        radius: usize,
    ) {
        self.zones.clear();
        self.windows.clear();
        // A decision may depend on whether there is a byte at its very edge, hence one more.
        let margin = radius + 1;
        let mut open = 0;
        for segment in segments {
            let Some(from) = segment.from else { continue };
            let run = segment.at..segment.at + segment.len;
            let at_start = from == 0 && run.start == 0;
            let at_end = from + segment.len == base_len && run.end == len;
            let start = if at_start { 0 } else { run.start + margin };
            let end = if at_end {
                len
            } else {
                run.end.saturating_sub(margin)
            };
            // Two windows cost more than one: each is looked up with `radius` beyond both its ends.
            if end <= start || end - start <= radius {
                continue;
            }
            if open < start {
                self.windows.push(open..start);
            }
            open = end;
            self.zones.push(Zone {
                anchors: start..end,
                from: from + (start - run.start),
                run,
                at_start,
                at_end,
            });
        }
        if open < len {
            self.windows.push(open..len);
        }
    }
}

/// Pieces shorter than this are not cut off a window, and none is longer than that.
const PIECE: Range<usize> = 1024..4096;

/// Cuts a window where its content says so: pieces that stand in two windows are mostly the same pieces
/// there, so that what was said of one holds for the other.
pub(crate) fn pieces(bytes: &[u8], window: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut rest = window.clone();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.start..cut(bytes, &rest);
        rest.start = piece.end;
        Some(piece)
    })
}

/// Where the first piece ends: before one in sixteen lines, whichever its first four bytes choose.
fn cut(bytes: &[u8], rest: &Range<usize>) -> usize {
    if rest.len() <= PIECE.end {
        return rest.end;
    }
    let (from, to) = (rest.start + PIECE.start, rest.start + PIECE.end);
    let lines = memchr::memchr_iter(b'\n', &bytes[from..to]);
    let mut starts = lines.map(|at| from + at + 1);
    let chosen = |at: &usize| {
        let four = bytes
            .get(*at..*at + 4)
            .and_then(|four| four.try_into().ok());
        four.is_some_and(|four| u32::from_le_bytes(four).wrapping_mul(0x9E37_79B1) >> 28 == 0)
    };
    starts.find(chosen).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_window_and_are_the_same_behind_a_change() {
        let lines = |seed: usize| {
            let line = |n: usize| format!("{:x} line {n}\n", n.wrapping_mul(seed) & 0xffff);
            (0..4000).map(line).collect::<String>().into_bytes()
        };
        let text = lines(7919);
        let changed = [b"something else before it\n", &text[..]].concat();
        let cuts = |text: &[u8], by: usize| -> Vec<usize> {
            let all: Vec<_> = pieces(text, &(10..text.len() - 3)).collect();
            assert_eq!((all[0].start, all[all.len() - 1].end), (10, text.len() - 3));
            assert!(all.windows(2).all(|two| two[0].end == two[1].start));
            assert!(all.iter().all(|piece| piece.len() <= PIECE.end));
            all.iter().map(|piece| piece.end - by).collect()
        };
        let (one, two) = (cuts(&text, 0), cuts(&changed, 25));
        let same = two.iter().filter(|cut| one.contains(cut)).count();
        assert!(same * 4 > two.len() * 3, "{same} of {}", two.len());
        assert_eq!(pieces(&text, &(5..5)).count(), 0);
        assert_eq!(cuts(&vec![b'a'; 10_000], 0)[0], 10 + PIECE.end);
    }

    fn segment(at: usize, len: usize, from: Option<usize>) -> Segment {
        Segment { at, len, from }
    }

    fn only(plan: &Plan) -> Range<usize> {
        assert_eq!(plan.windows.len(), 1);
        plan.windows[0].clone()
    }

    #[test]
    fn an_insertion_in_the_middle_opens_one_window() {
        let mut plan = Plan::default();
        let segments = [
            segment(0, 1000, Some(0)),
            segment(1000, 5, None),
            segment(1005, 1000, Some(1000)),
        ];
        plan.make(&segments, 2000, 2005, 10);
        assert_eq!(only(&plan), 989..1016);
        assert_eq!(plan.zones[0].anchors, 0..989);
        assert_eq!(plan.zones[1].anchors, 1016..2005);
        assert_eq!(plan.zones[1].from, 1011);
    }

    #[test]
    fn the_edges_of_the_object_are_edges_only_if_they_are_edges_of_both() {
        let mut plan = Plan::default();
        plan.make(&[segment(0, 500, Some(100))], 600, 500, 10);
        assert_eq!(only(&plan), 0..11);
        assert!(plan.zones[0].at_end && !plan.zones[0].at_start);
        plan.make(&[segment(0, 500, Some(0))], 600, 500, 10);
        assert_eq!(only(&plan), 489..500);
    }

    #[test]
    fn windows_and_zones_partition_the_object() {
        let mut plan = Plan::default();
        let mut seed = 7usize;
        let mut random = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..500 {
            let mut segments = Vec::new();
            let mut at = 0;
            for _ in 0..random(8) {
                let len = 1 + random(300);
                let from = (random(3) > 0).then(|| random(1000));
                segments.push(segment(at, len, from));
                at += len;
            }
            plan.make(&segments, 1300, at, random(40));
            let mut parts: Vec<_> = plan.windows.clone();
            parts.extend(plan.zones.iter().map(|zone| zone.anchors.clone()));
            parts.sort_by_key(|part| part.start);
            let mut end = 0;
            for part in parts {
                assert_eq!(part.start, end);
                end = part.end;
            }
            assert_eq!(end, at);
        }
    }
}
