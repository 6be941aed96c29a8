//! Log-odds of single words, counted over repositories. A candidate of a repository in training sees the words of the
//! other repositories only, as a candidate of an unknown repository will.

use std::collections::HashMap;

use rayon::prelude::*;
use unleak::matcher::generic::{Odds, Vector, weigh};

use crate::data::Set;

/// How many repositories' worth of doubt every word starts with.
const DOUBT: f64 = 2.0;

/// What a clue was seen with, in one repository or in all: true, false, and how many repositories.
#[derive(Clone, Copy, Default)]
struct Seen {
    yes: f64,
    no: f64,
    sources: u32,
}

pub(crate) struct Words {
    all: HashMap<u32, Seen>,
    /// By clue and repository.
    each: HashMap<(u32, usize), Seen>,
    prior: f64,
}

impl Words {
    pub(crate) fn count(set: &Set, rows: &[usize]) -> Self {
        let mut each: HashMap<(u32, usize), Seen> = HashMap::new();
        let (mut yes, mut all) = (0.0, 0.0);
        for s in rows.iter().map(|r| &set.samples[*r]) {
            yes += s.weight * f64::from(u8::from(s.truth));
            all += s.weight;
            for clue in &s.clues {
                let cell = each.entry((*clue & !0xff, s.group)).or_default();
                if s.truth {
                    cell.yes += s.weight
                } else {
                    cell.no += s.weight
                }
            }
        }
        let mut sums: HashMap<u32, Seen> = HashMap::new();
        for ((clue, _), cell) in &mut each {
            // Many times in one repository is less than once in many.
            (cell.yes, cell.no, cell.sources) = (cell.yes.sqrt(), cell.no.sqrt(), 1);
            let sum = sums.entry(*clue).or_default();
            (sum.yes, sum.no, sum.sources) =
                (sum.yes + cell.yes, sum.no + cell.no, sum.sources + 1);
        }
        sums.retain(|_, s| s.sources > 1);
        Self {
            all: sums,
            each,
            prior: (yes / all).sqrt(),
        }
    }

    fn weigh(&self, seen: Seen) -> i8 {
        if seen.sources < 2 {
            return 0;
        }
        let odds = ((seen.yes + DOUBT * self.prior) / (seen.no + DOUBT)).ln() - self.prior.ln();
        let odds = (odds * 16.0).round().clamp(-100.0, 100.0) as i8;
        if odds.abs() > 2 { odds } else { 0 }
    }

    /// The table of all repositories.
    pub(crate) fn odds(&self) -> Odds {
        Odds::new(
            self.all
                .iter()
                .map(|(clue, seen)| (*clue, self.weigh(*seen)))
                .filter(|(_, odds)| *odds != 0),
        )
    }

    /// The log-odds of a clue by all repositories but one.
    fn without(&self, clue: u32, group: usize) -> i8 {
        let Some(all) = self.all.get(&(clue & !0xff)) else {
            return 0;
        };
        let own = self
            .each
            .get(&(clue & !0xff, group))
            .copied()
            .unwrap_or_default();
        self.weigh(Seen {
            yes: (all.yes - own.yes).max(0.0),
            no: (all.no - own.no).max(0.0),
            sources: all.sources - own.sources,
        })
    }

    /// The vectors of the rows, each by the words of the other repositories.
    pub(crate) fn vectors(&self, set: &Set, rows: &[usize]) -> Vec<Vector> {
        rows.par_iter()
            .map(|r| {
                let s = &set.samples[*r];
                let mut v = s.vector;
                weigh(&mut v, &s.clues, |clue| self.without(clue, s.group));
                v
            })
            .collect()
    }
}
