//! Cross-validation by repository, calibration, and the points at which the levels begin.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::boost;
use crate::data::Set;

/// What turns raw log-odds into calibrated ones.
pub(crate) struct Scale {
    pub(crate) slope: f64,
    shift: f64,
}

/// Points from which on a candidate is reported.
pub(crate) struct Levels {
    pub(crate) medium: i32,
    pub(crate) high: i32,
}

/// Points of every sample by forests that have not seen its repository.
pub(crate) fn cross_validate(set: &Set, folds: usize) -> Vec<i32> {
    let fold = fold_of(set, folds);
    let mut points = vec![0; set.samples.len()];
    for n in 0..folds {
        let train: Vec<usize> = (0..set.samples.len())
            .filter(|i| fold[set.samples[*i].group] != n)
            .collect();
        let test: Vec<usize> = (0..set.samples.len())
            .filter(|i| fold[set.samples[*i].group] == n)
            .collect();
        let forest = boost::train(set, &train);
        let scored: Vec<i32> = test
            .par_iter()
            .map(|i| forest.points(&forest.vector(&set.samples[*i])).round() as i32)
            .collect();
        test.iter().zip(scored).for_each(|(i, p)| points[*i] = p);
    }
    points
}

/// Repositories dealt out so that every fold has about as many true samples.
fn fold_of(set: &Set, folds: usize) -> Vec<usize> {
    let mut sizes = vec![0usize; set.groups.len()];
    set.samples
        .iter()
        .for_each(|s| sizes[s.group] += 1 + 20 * usize::from(s.truth));
    let mut order: Vec<usize> = (0..set.groups.len()).collect();
    order.sort_by_key(|g| (std::cmp::Reverse(sizes[*g]), *g));
    let mut load = vec![0; folds];
    let mut fold = vec![0; set.groups.len()];
    for g in order {
        let least = (0..folds).min_by_key(|f| (load[*f], *f)).unwrap_or(0);
        fold[g] = least;
        load[least] += sizes[g];
    }
    fold
}

/// Texts that count in the figures.
pub(crate) fn counted(set: &Set, i: usize) -> bool {
    set.texts[set.samples[i].text].weight >= 1.0
}

impl Scale {
    /// Fits a line through the log-odds by Newton's method.
    pub(crate) fn fit(set: &Set, points: &[i32]) -> Self {
        let (mut a, mut b) = (1.0f64, 0.0f64);
        for _ in 0..30 {
            let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-6, 0.0, 1e-6);
            for (s, p) in set
                .samples
                .iter()
                .zip(points)
                .enumerate()
                .filter(|(i, (s, _))| !s.ignored && counted(set, *i))
                .map(|(_, x)| x)
            {
                let x = f64::from(*p) / 1000.0;
                let q = 1.0 / (1.0 + (-(a * x + b)).exp());
                let (g, h) = (f64::from(u8::from(s.truth)) - q, (q * (1.0 - q)).max(1e-9));
                ga += g * x;
                gb += g;
                haa += h * x * x;
                hab += h * x;
                hbb += h;
            }
            let det = haa * hbb - hab * hab;
            a += (hbb * ga - hab * gb) / det;
            b += (haa * gb - hab * ga) / det;
        }
        Self { slope: a, shift: b }
    }

    pub(crate) fn apply(&self, points: i32) -> i32 {
        (f64::from(points) * self.slope + self.shift * 1000.0).round() as i32
    }
}

/// The lowest points at which reports are precise enough, with some room. `medium` also aims at the best F1 of values,
/// each counted once a repository, as the program merges them: one that stands in fifty places is one finding.
pub(crate) fn levels(set: &Set, points: &[i32]) -> Levels {
    let mut order: Vec<usize> = (0..points.len())
        .filter(|i| !set.samples[*i].ignored && counted(set, *i))
        .collect();
    order.sort_by_key(|i| std::cmp::Reverse(points[*i]));
    let (mut right, mut seen) = (0usize, 0usize);
    let mut high = i32::MAX;
    let (mut best, mut medium) = (0.0, 0);
    let brief = |i: &usize| {
        let s = &set.samples[*i];
        (s.group, s.truth, s.value)
    };
    let values: BTreeSet<_> = order
        .iter()
        .filter(|i| set.samples[**i].truth)
        .map(brief)
        .collect();
    let (mut met, mut true_ones) = (BTreeSet::new(), 0usize);
    for i in order {
        seen += 1;
        right += usize::from(set.samples[i].truth);
        if right as f64 / seen as f64 >= 0.955 && seen >= 50 {
            high = points[i];
        }
        if !met.insert(brief(&i)) {
            continue;
        }
        true_ones += usize::from(set.samples[i].truth);
        let precision = true_ones as f64 / met.len() as f64;
        let recall = true_ones as f64 / values.len().max(1) as f64;
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        if precision >= 0.81 && f1 > best {
            best = f1;
            medium = points[i];
        }
    }
    Levels {
        medium,
        high: high.max(medium),
    }
}
