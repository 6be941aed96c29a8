//! Log-odds of single words, counted over repositories. A candidate of a repository in training sees the words of the
//! other repositories only, as a candidate of an unknown repository will.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use unleak::matcher::generic::{Odds, Vector, weigh};

use crate::data::Set;

/// How many repositories' worth of doubt every word starts with.
const DOUBT: f64 = 2.0;

/// True and false candidates with a clue, by repository.
pub(crate) struct Words {
    counts: HashMap<u32, BTreeMap<usize, (f64, f64)>>,
    share: f64,
}

impl Words {
    pub(crate) fn count(set: &Set, rows: &[usize]) -> Self {
        let mut counts: HashMap<u32, BTreeMap<usize, (f64, f64)>> = HashMap::new();
        let (mut yes, mut all) = (0.0, 0.0);
        for s in rows.iter().map(|r| &set.samples[*r]) {
            yes += s.weight * f64::from(u8::from(s.truth));
            all += s.weight;
            for clue in &s.clues {
                let cell = counts
                    .entry(*clue & !0xff)
                    .or_default()
                    .entry(s.group)
                    .or_default();
                if s.truth {
                    cell.0 += s.weight
                } else {
                    cell.1 += s.weight
                }
            }
        }
        counts.retain(|_, groups| groups.len() > 1);
        Self {
            counts,
            share: yes / all,
        }
    }

    /// The table, leaving out what one repository says.
    pub(crate) fn odds(&self, without: Option<usize>) -> Odds {
        Odds::new(self.counts.iter().filter_map(|(clue, groups)| {
            let others = groups.iter().filter(|(g, _)| Some(**g) != without);
            let (mut n, mut yes, mut no) = (0, 0.0f64, 0.0f64);
            for (_, (y, f)) in others {
                n += 1;
                yes += y.sqrt();
                no += f.sqrt();
            }
            let prior = self.share.sqrt();
            let odds = ((yes + DOUBT * prior) / (no + DOUBT)).ln() - prior.ln();
            let odds = (odds * 16.0).round().clamp(-100.0, 100.0) as i8;
            (n > 1 && odds.abs() > 2).then_some((*clue, odds))
        }))
    }

    /// The vectors of the rows, each by the words of the other repositories.
    pub(crate) fn vectors(&self, set: &Set, rows: &[usize]) -> Vec<Vector> {
        let mut groups: Vec<usize> = rows.iter().map(|r| set.samples[*r].group).collect();
        groups.sort_unstable();
        groups.dedup();
        let tables: HashMap<usize, Odds> = groups
            .par_iter()
            .map(|g| (*g, self.odds(Some(*g))))
            .collect();
        rows.par_iter()
            .map(|r| {
                let s = &set.samples[*r];
                let mut v = s.vector;
                weigh(&mut v, &tables[&s.group], &s.clues);
                v
            })
            .collect()
    }
}
