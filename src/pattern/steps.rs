//! Steps: what must follow a keyword for its regex to match, told without running it. Built into
//! `build.rs` with the index.

use std::collections::BTreeMap;

use super::anchor::{Item, Sequence};
use super::index::{Index, Step};

/// So many bytes behind a keyword are looked at: the cheap stage sees no farther.
const BOUND: u32 = 128;

/// A shorter run somewhere behind the keyword says too little.
const LEAST_RUN: u32 = 8;

const ANYTHING: [u8; 32] = [0xff; 32];

/// Numbers sets and rows of steps, so that each is kept once.
#[derive(Default)]
pub(super) struct Steps {
    sets: BTreeMap<[u8; 32], u16>,
    rows: BTreeMap<Vec<Step>, (u32, u16)>,
}

impl Steps {
    /// The checks of a sequence behind item `after`: whole items while their length is fixed, then
    /// the least number of bytes of the first one whose length varies, then the longest run that
    /// must stand somewhere behind that. Tells where they are filed in `index`, and how many.
    pub(super) fn file(
        &mut self,
        sequence: &Sequence,
        after: usize,
        index: &mut Index,
    ) -> (u32, u16) {
        let items = &sequence[after..];
        let mut row = Vec::new();
        let (mut total, mut fixed) = (0, 0);
        for item in items {
            let min = item.min.min(BOUND - total);
            if min > 0 && item.set != ANYTHING {
                row.push(self.step(item, min, 0, index));
            }
            total += min;
            fixed += 1;
            if item.min != item.max || total >= BOUND || item.set == ANYTHING {
                break;
            }
        }
        if let Some((item, within)) = run_behind(items, fixed) {
            // Counted from the end of the steps that are known to stand side by side.
            let known: u32 = row.iter().map(|step: &Step| u32::from(step.min)).sum();
            let gap = within - known.min(within);
            let step = self.step(item, item.min.min(BOUND), gap, index);
            row.push(step);
        }
        if let Some(known) = self.rows.get(&row) {
            return *known;
        }
        let start = u32::try_from(index.steps.len()).unwrap_or(u32::MAX);
        let length = u16::try_from(row.len()).unwrap_or(0);
        index.steps.extend(&row);
        self.rows.insert(row, (start, length));
        (start, length)
    }

    fn step(&mut self, item: &Item, min: u32, gap: u32, index: &mut Index) -> Step {
        let next = u16::try_from(self.sets.len()).unwrap_or(u16::MAX);
        let set = *self.sets.entry(item.set).or_insert_with(|| {
            index.sets.to_mut().extend_from_slice(&item.set);
            next
        });
        let small = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        Step {
            set,
            min: small(min),
            gap: small(gap),
        }
    }
}

/// Of the items from number `from` on, the one whose run is longest and near enough to be seen; with
/// the farthest place where that may begin.
fn run_behind(items: &[Item], from: usize) -> Option<(&Item, u32)> {
    let mut best: Option<(&Item, u32)> = None;
    let mut within = 0_u32;
    for (at, item) in items.iter().enumerate() {
        if within.saturating_add(item.min) > BOUND {
            break;
        }
        let longer = item.min >= LEAST_RUN && best.is_none_or(|(known, _)| item.min > known.min);
        if at >= from && longer && item.set != ANYTHING {
            best = Some((item, within));
        }
        within = within.saturating_add(item.max);
    }
    best
}
