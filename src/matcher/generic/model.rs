//! Trees that turn a vector of features into log-odds, their stored form, and the levels. Integers only; learning
//! them is done by `tests/train`.

use std::sync::OnceLock;

use super::Score;
use super::features::{COUNT, F, NEAR, Vector, said};
use super::levels::Levels;
use super::lexicon::{Lexicon, TRIPLES};
use super::odds::Odds;
use crate::finding::Confidence;

/// Mark of the weights file, with the version of its layout.
const MAGIC: &[u8; 8] = b"unlkgen1";
const LEAF: u8 = u8::MAX;
/// Log-odds below which a score comes without reasons: one in twenty.
const UNEXPLAINED: i32 = -3000;
/// How many reasons a score gives.
const REASONS: usize = 6;

/// A node of a tree, in preorder: the left child follows, the right one stands `right` nodes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which feature is asked; 255 at a leaf.
    pub feature: u8,
    pub right: u8,
    /// Vectors whose feature is at most this go left.
    pub threshold: i16,
    /// Expected contribution at this node, in thousandths; at a leaf, the contribution.
    pub value: i16,
}

/// Everything learnt: the words, the trees, and the points at which the levels begin.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub lexicon: Lexicon,
    pub odds: Odds,
    pub base: i32,
    pub medium: i32,
    pub high: i32,
    pub nodes: Vec<Node>,
    /// Where each tree begins in `nodes`.
    pub roots: Vec<u32>,
}

/// The weights the binary was built with.
pub(super) fn embedded() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        Model::read(include_bytes!("../../../patterns/generic.weights"))
            .expect("the embedded weights are read by a test of every build")
    })
}

/// The embedded model's trees for reading, if they can be had so.
fn levels() -> Option<&'static Levels> {
    static LEVELS: OnceLock<Option<Levels>> = OnceLock::new();
    LEVELS.get_or_init(|| Levels::of(embedded())).as_ref()
}

/// The points that the embedded model gives a vector.
pub(super) fn points(v: &Vector) -> i32 {
    match levels() {
        Some(levels) => levels.points(v),
        None => embedded().points(v, |_, _| ()),
    }
}

/// The embedded model may give a vector `least` points, whatever the lines around say.
pub(super) fn may_reach(v: &Vector, least: i32) -> bool {
    static ABOVE: OnceLock<Option<Levels>> = OnceLock::new();
    let above = ABOVE.get_or_init(|| Levels::above(embedded(), &NEAR));
    above.as_ref().is_none_or(|above| above.points(v) >= least)
}

/// The most points that the embedded model gives a vector whatever its features `free` are; where
/// that is below `least`, any number below it.
pub(super) fn most(v: &Vector, free: &[F], least: i32) -> i32 {
    match levels() {
        Some(levels) => levels.most(v, free, least),
        None => i32::MAX,
    }
}

impl Model {
    /// A leaf, for whoever builds trees.
    pub const LEAF: u8 = LEAF;

    /// The points of a vector, and what each feature added to them.
    pub fn points(&self, v: &Vector, mut moved: impl FnMut(usize, i32)) -> i32 {
        let mut sum = self.base;
        for root in &self.roots {
            let mut at = *root as usize;
            let mut node = self.nodes[at];
            while node.feature != LEAF {
                let left = v[usize::from(node.feature)] <= node.threshold;
                at += if left { 1 } else { usize::from(node.right) };
                let next = self.nodes[at];
                moved(
                    usize::from(node.feature),
                    i32::from(next.value) - i32::from(node.value),
                );
                node = next;
            }
            sum += i32::from(node.value);
        }
        sum
    }

    /// What `points` mean, and why the vector has them.
    pub(super) fn score(&self, v: &Vector, points: i32) -> Score {
        // Most candidates end here, and nobody asks why a word is no secret.
        if points < UNEXPLAINED {
            return Score {
                points,
                confidence: Confidence::Low,
                reasons: Vec::new(),
            };
        }
        let mut by_feature = [0i32; COUNT];
        self.points(v, |f, d| by_feature[f] += d);
        let confidence = if points >= self.high {
            Confidence::High
        } else if points >= self.medium {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        let mut order: Vec<usize> = (0..COUNT).filter(|f| by_feature[*f] != 0).collect();
        order.sort_by_key(|f| (-by_feature[*f].abs(), *f));
        order.truncate(REASONS);
        Score {
            points,
            confidence,
            reasons: order
                .into_iter()
                .map(|f| (said(f, v[f], by_feature[f]), by_feature[f]))
                .collect(),
        }
    }

    /// The stored form.
    pub fn write(&self) -> Vec<u8> {
        let (triples, words) = self.lexicon.parts();
        let mut out = MAGIC.to_vec();
        for n in [self.base, self.medium, self.high] {
            out.extend(n.to_le_bytes());
        }
        out.extend(triples);
        out.extend((words.len() as u32).to_le_bytes());
        words.iter().for_each(|w| out.extend(w.to_le_bytes()));
        out.extend((self.odds.entries().len() as u32).to_le_bytes());
        self.odds
            .entries()
            .iter()
            .for_each(|e| out.extend(e.to_le_bytes()));
        out.extend((self.roots.len() as u32).to_le_bytes());
        self.roots.iter().for_each(|r| out.extend(r.to_le_bytes()));
        out.extend((self.nodes.len() as u32).to_le_bytes());
        for n in &self.nodes {
            out.extend([n.feature, n.right]);
            out.extend(n.threshold.to_le_bytes());
            out.extend(n.value.to_le_bytes());
        }
        out
    }

    /// The model from its stored form, or `None` when the bytes are not one of this version.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        if r.take(8)? != MAGIC {
            return None;
        }
        let (base, medium, high) = (r.int()? as i32, r.int()? as i32, r.int()? as i32);
        let triples = r.take(TRIPLES)?.to_vec();
        let words = r.ints()?;
        let odds = Odds::stored(r.ints()?);
        let roots = r.ints()?;
        let count = r.int()? as usize;
        let nodes: Vec<Node> = r
            .take(count.checked_mul(6)?)?
            .chunks_exact(6)
            .map(|c| Node {
                feature: c[0],
                right: c[1],
                threshold: i16::from_le_bytes([c[2], c[3]]),
                value: i16::from_le_bytes([c[4], c[5]]),
            })
            .collect();
        let sound = nodes.iter().enumerate().all(|(i, n)| {
            n.feature == LEAF
                || usize::from(n.feature) < COUNT
                    && n.right > 1
                    && i + usize::from(n.right) < nodes.len()
        });
        let rooted = roots.iter().all(|i| (*i as usize) < nodes.len());
        (sound && rooted && r.0.is_empty()).then(|| Self {
            lexicon: Lexicon::new(triples, words),
            odds,
            base,
            medium,
            high,
            nodes,
            roots,
        })
    }
}

/// Reads little-endian numbers off the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn int(&mut self) -> Option<u32> {
        self.take(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn ints(&mut self) -> Option<Vec<u32>> {
        let n = self.int()? as usize;
        Some(
            self.take(n.checked_mul(4)?)?
                .chunks_exact(4)
                .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        )
    }
}
