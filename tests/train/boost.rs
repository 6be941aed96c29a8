//! Gradient-boosted trees on integer features: learning only. The trees are rounded to thousandths once, at the end.

use rayon::prelude::*;
use unleak::matcher::generic::{FEATURE_COUNT, Lexicon, Model, Node, Odds, Vector, weigh};

use crate::data::{Sample, Set};
use crate::judge::Scale;
use crate::words::Words;

/// Forests that are averaged: one alone changes its mind with the dice.
const FORESTS: u64 = 3;
const ROUNDS: usize = 110;
const DEPTH: usize = 6;
const RATE: f64 = 0.1;
const RIDGE: f64 = 4.0;
const LEAST: f64 = 1.5;
/// Share of repositories, of their candidates and of the features that each tree sees, in percent.
const GROUPS: u64 = 80;
const ROWS: u64 = 80;
const COLUMNS: u64 = 35;
const BINS: usize = 64;

/// A tree under construction: children by index, the value of every node.
pub(crate) struct Branch {
    feature: Option<(usize, i16)>,
    children: (usize, usize),
    value: f64,
}

pub(crate) struct Forest {
    base: f64,
    odds: Odds,
    trees: Vec<Vec<Branch>>,
}

/// Upper ends of the bins of a feature.
struct Cuts(Vec<i16>);

impl Cuts {
    fn of(mut values: Vec<i16>) -> Self {
        values.sort_unstable();
        let mut ends: Vec<i16> = (1..BINS)
            .map(|i| values[(values.len() - 1) * i / BINS])
            .collect();
        // Rare small numbers matter as much as common ones.
        ends.extend([0, 1, 2, 3, 4, 5, 6, 7, 8]);
        ends.sort_unstable();
        ends.dedup();
        ends.truncate(BINS + 8);
        Self(ends)
    }

    fn bin(&self, v: i16) -> u8 {
        self.0.partition_point(|end| *end < v) as u8
    }
}

/// A generator of the same numbers every time.
struct Dice(u64);

impl Dice {
    fn percent(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 100
    }
}

/// Learns from the samples at `rows`.
pub(crate) fn train(set: &Set, rows: &[usize]) -> Forest {
    let rows: Vec<usize> = rows
        .iter()
        .copied()
        .filter(|r| !set.samples[*r].ignored)
        .collect();
    let words = Words::count(set, &rows);
    let vectors = words.vectors(set, &rows);
    let cuts: Vec<Cuts> = (0..FEATURE_COUNT)
        .into_par_iter()
        .map(|f| Cuts::of(vectors.iter().map(|v| v[f]).collect()))
        .collect();
    let binned: Vec<Vec<u8>> = (0..FEATURE_COUNT)
        .into_par_iter()
        .map(|f| vectors.iter().map(|v| cuts[f].bin(v[f])).collect())
        .collect();
    let truth: Vec<f64> = rows
        .iter()
        .map(|r| f64::from(u8::from(set.samples[*r].truth)))
        .collect();
    let weight: Vec<f64> = rows.iter().map(|r| set.samples[*r].weight).collect();
    let (yes, all) = truth
        .iter()
        .zip(&weight)
        .fold((0.0, 0.0), |(y, a), (t, w)| (y + t * w, a + w));
    let base = (yes / (all - yes)).ln();
    let mut forest = Forest {
        base,
        odds: words.odds(),
        trees: Vec::new(),
    };
    let data = Data {
        set,
        rows: &rows,
        cuts: &cuts,
        binned: &binned,
        truth: &truth,
        weight: &weight,
        base,
    };
    (1..=FORESTS).for_each(|seed| data.boost(seed, &mut forest.trees));
    forest
}

/// What every forest learns from.
struct Data<'a> {
    set: &'a Set,
    rows: &'a [usize],
    cuts: &'a [Cuts],
    binned: &'a [Vec<u8>],
    truth: &'a [f64],
    weight: &'a [f64],
    base: f64,
}

impl Data<'_> {
    /// Adds the trees of one forest, each with its share of the average.
    fn boost(&self, seed: u64, trees: &mut Vec<Vec<Branch>>) {
        let count = self.rows.len();
        let mut sums = vec![self.base; count];
        let mut dice = Dice(seed);
        for _ in 0..ROUNDS {
            let slopes: Vec<(f64, f64)> = (0..count)
                .map(|i| {
                    let p = 1.0 / (1.0 + (-sums[i]).exp());
                    (
                        (self.truth[i] - p) * self.weight[i],
                        (p * (1.0 - p)).max(1e-6) * self.weight[i],
                    )
                })
                .collect();
            // Whole repositories are left out of each tree, so that no tree leans on the habits of one.
            let chosen: Vec<bool> = self
                .set
                .groups
                .iter()
                .map(|_| dice.percent() < GROUPS)
                .collect();
            let group = |i: u32| self.set.samples[self.rows[i as usize]].group;
            let members: Vec<u32> = (0..count as u32)
                .filter(|i| chosen[group(*i)] && dice.percent() < ROWS)
                .collect();
            let features: Vec<usize> = (0..FEATURE_COUNT)
                .filter(|_| dice.percent() < COLUMNS)
                .collect();
            let grower = Grower {
                cuts: self.cuts,
                binned: self.binned,
                slopes: &slopes,
                features: &features,
            };
            let mut tree = Vec::new();
            grower.grow(&mut tree, members, 0);
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum += walk(&tree, |f, t| {
                    self.cuts[f]
                        .0
                        .get(usize::from(self.binned[f][i]))
                        .is_some_and(|end| *end <= t)
                });
            }
            tree.iter_mut().for_each(|b| b.value /= FORESTS as f64);
            trees.push(tree);
        }
    }
}

/// The value of the leaf that `left` leads to.
fn walk(tree: &[Branch], left: impl Fn(usize, i16) -> bool) -> f64 {
    let mut at = 0;
    while let Some((f, t)) = tree[at].feature {
        at = if left(f, t) {
            tree[at].children.0
        } else {
            tree[at].children.1
        };
    }
    tree[at].value
}

struct Grower<'a> {
    cuts: &'a [Cuts],
    binned: &'a [Vec<u8>],
    slopes: &'a [(f64, f64)],
    features: &'a [usize],
}

impl Grower<'_> {
    fn grow(&self, tree: &mut Vec<Branch>, members: Vec<u32>, depth: usize) -> usize {
        let slopes: Vec<(f64, f64)> = members.iter().map(|i| self.slopes[*i as usize]).collect();
        let (g, h) = slopes
            .iter()
            .fold((0.0, 0.0), |(g, h), s| (g + s.0, h + s.1));
        let at = tree.len();
        tree.push(Branch {
            feature: None,
            children: (0, 0),
            value: RATE * g / (h + RIDGE),
        });
        if depth == DEPTH || h < 2.0 * LEAST {
            return at;
        }
        let best = self
            .features
            .par_iter()
            .filter_map(|f| self.split(*f, &members, &slopes, (g, h)))
            .reduce_with(|a, b| if (b.0, a.1) > (a.0, b.1) { b } else { a });
        let Some((_, f, bin)) = best else { return at };
        let (left, right): (Vec<u32>, Vec<u32>) = members
            .into_iter()
            .partition(|i| self.binned[f][*i as usize] <= bin);
        tree[at].feature = Some((f, self.cuts[f].0[usize::from(bin)]));
        let l = self.grow(tree, left, depth + 1);
        let r = self.grow(tree, right, depth + 1);
        tree[at].children = (l, r);
        at
    }

    /// The best cut of one feature: gain, feature, bin.
    fn split(
        &self,
        f: usize,
        members: &[u32],
        slopes: &[(f64, f64)],
        (g, h): (f64, f64),
    ) -> Option<(f64, usize, u8)> {
        let mut sums = [(0.0, 0.0); 256];
        let bins = &self.binned[f];
        for (i, s) in members.iter().zip(slopes) {
            let cell = &mut sums[usize::from(bins[*i as usize])];
            cell.0 += s.0;
            cell.1 += s.1;
        }
        let whole = g * g / (h + RIDGE);
        let (mut lg, mut lh) = (0.0, 0.0);
        let mut best: Option<(f64, usize, u8)> = None;
        for (bin, (bg, bh)) in sums.iter().enumerate().take(self.cuts[f].0.len()) {
            lg += bg;
            lh += bh;
            let (rg, rh) = (g - lg, h - lh);
            if lh < LEAST || rh < LEAST {
                continue;
            }
            let gain = lg * lg / (lh + RIDGE) + rg * rg / (rh + RIDGE) - whole;
            if gain > 0.1 && best.is_none_or(|b| gain > b.0) {
                best = Some((gain, f, bin as u8));
            }
        }
        best
    }
}

impl Forest {
    /// The features of a sample by the words of other repositories.
    pub(crate) fn vector(&self, s: &Sample) -> Vector {
        let mut v = s.vector;
        weigh(&mut v, &s.clues, |clue| self.odds.of(clue));
        v
    }

    /// Log-odds of a vector, in thousandths.
    pub(crate) fn points(&self, v: &[i16]) -> f64 {
        let sum: f64 = self.trees.iter().map(|t| walk(t, |f, at| v[f] <= at)).sum();
        (self.base + sum) * 1000.0
    }

    /// The integer model with the same trees, calibrated.
    pub(crate) fn into_model(self, lexicon: Lexicon, scale: &Scale) -> Model {
        let mut model = Model {
            lexicon,
            odds: self.odds,
            base: scale.apply((self.base * 1000.0).round() as i32),
            ..Model::default()
        };
        for tree in &self.trees {
            model.roots.push(model.nodes.len() as u32);
            store(&mut model.nodes, tree, 0, scale.slope);
        }
        model
    }
}

fn store(nodes: &mut Vec<Node>, tree: &[Branch], at: usize, slope: f64) {
    let value = (tree[at].value * 1000.0 * slope)
        .round()
        .clamp(-30_000.0, 30_000.0) as i16;
    let me = nodes.len();
    nodes.push(Node {
        feature: Model::LEAF,
        right: 0,
        threshold: 0,
        value,
    });
    if let Some((f, threshold)) = tree[at].feature {
        store(nodes, tree, tree[at].children.0, slope);
        let right =
            u8::try_from(nodes.len() - me).expect("a tree of this depth has fewer than 256 nodes");
        store(nodes, tree, tree[at].children.1, slope);
        nodes[me] = Node {
            feature: f as u8,
            right,
            threshold,
            value,
        };
    }
}
