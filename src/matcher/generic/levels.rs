//! The trees of the model laid out for reading: every tree of the same depth, every node where its
//! number says, so that walking one is arithmetic without a branch that could be guessed wrong.

use super::features::{COUNT, F, Vector};
use super::model::{Model, Node};

/// Nodes on the way to a leaf.
const DEPTH: usize = 6;
const NODES: usize = 1 << DEPTH;

/// One question; node `n` is followed by `2n + 1` and `2n + 2`.
#[derive(Clone, Copy, Debug)]
struct Step {
    threshold: i16,
    feature: u16,
}

/// Trees that say what the model's say.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    base: i32,
    trees: Vec<([Step; NODES], [i16; NODES])>,
    /// The most that each tree and all behind it give.
    rest: Vec<i32>,
}

impl Levels {
    /// `None` if the model has deeper trees.
    pub(super) fn of(model: &Model) -> Option<Levels> {
        Levels::laid_out(model.base, &model.nodes, &model.roots)
    }

    /// Trees that say at least what the model's say, whatever the features `free` are: where one is
    /// asked for stands the most of all below.
    pub(super) fn above(model: &Model, free: &[F]) -> Option<Levels> {
        let is_free = |node: &Node| free.iter().any(|f| *f as u8 == node.feature);
        let mut nodes = model.nodes.clone();
        for (at, node) in nodes.iter_mut().enumerate() {
            if is_free(node) {
                node.feature = Model::LEAF;
                node.value = highest(&model.nodes, at)?;
            }
        }
        Levels::laid_out(model.base, &nodes, &model.roots)
    }

    fn laid_out(base: i32, nodes: &[Node], roots: &[u32]) -> Option<Levels> {
        let mut trees = Vec::with_capacity(roots.len());
        for root in roots {
            let pass = Step {
                threshold: i16::MAX,
                feature: 0,
            };
            let mut tree = ([pass; NODES], [0; NODES]);
            lay_out(nodes, *root as usize, 0, &mut tree)?;
            trees.push(tree);
        }
        // Those that say most come first, so that it shows early what comes to too little.
        trees.sort_by_key(|(_, leaves)| {
            let (least, most) = (leaves.iter().min(), leaves.iter().max());
            least.map_or(0, |low| i32::from(*low)) - most.map_or(0, |high| i32::from(*high))
        });
        let mut rest: Vec<i32> = Vec::with_capacity(trees.len());
        for (_, leaves) in trees.iter().rev() {
            let most = leaves.iter().copied().max().map_or(0, i32::from);
            rest.push(most + rest.last().copied().unwrap_or(0));
        }
        rest.reverse();
        Some(Levels { base, trees, rest })
    }

    /// As [`Model::points`].
    pub(super) fn points(&self, vector: &Vector) -> i32 {
        let mut padded = [0_i16; 256];
        padded[..COUNT].copy_from_slice(vector);
        let sum = |(steps, leaves): &([Step; NODES], [i16; NODES])| {
            let mut at = 0;
            for _ in 0..DEPTH {
                let step = steps[at % NODES];
                let right = padded[usize::from(step.feature) % 256] > step.threshold;
                at = 2 * at + 1 + usize::from(right);
            }
            i32::from(leaves[(at + 1) % NODES])
        };
        self.base + self.trees.iter().map(sum).sum::<i32>()
    }
}

impl Levels {
    /// See [`super::model::most`].
    pub(super) fn most(&self, vector: &Vector, free: &[F], least: i32) -> i32 {
        let mut padded = [0_i16; 256];
        padded[..COUNT].copy_from_slice(vector);
        let mut open = [false; 256];
        free.iter().for_each(|f| open[*f as usize] = true);
        let mut sum = self.base;
        for (tree, rest) in self.trees.iter().zip(&self.rest) {
            // Whatever the others say; most candidates end here.
            if sum + rest < least {
                return i32::MIN;
            }
            sum += i32::from(most_below(tree, 0, (&padded, &open)));
        }
        sum
    }
}

/// The most that a tree gives from a node on.
fn most_below(
    tree: &([Step; NODES], [i16; NODES]),
    mut at: usize,
    (vector, open): (&[i16; 256], &[bool; 256]),
) -> i16 {
    while at + 1 < NODES {
        let step = tree.0[at];
        let feature = usize::from(step.feature) % 256;
        // Where a shallow tree was filled up both ways lead to the same.
        if open[feature] && step.threshold != i16::MAX {
            let left = most_below(tree, 2 * at + 1, (vector, open));
            return left.max(most_below(tree, 2 * at + 2, (vector, open)));
        }
        at = 2 * at + 1 + usize::from(vector[feature] > step.threshold);
    }
    tree.1[(at + 1) % NODES]
}

/// The most that a tree gives from the node at `at` on.
fn highest(nodes: &[Node], at: usize) -> Option<i16> {
    let node = nodes.get(at)?;
    if node.feature == Model::LEAF {
        return Some(node.value);
    }
    let left = highest(nodes, at + 1)?;
    Some(left.max(highest(nodes, at + usize::from(node.right))?))
}

/// Puts the node at `from`, and all below it, where `to` stands.
fn lay_out(
    nodes: &[Node],
    from: usize,
    to: usize,
    tree: &mut ([Step; NODES], [i16; NODES]),
) -> Option<()> {
    let node = nodes.get(from)?;
    if to >= NODES - 1 {
        // The leaves follow the nodes: the first is number 2^DEPTH - 1.
        *tree.1.get_mut(to + 1 - NODES)? = node.value;
        return (node.feature == Model::LEAF).then_some(());
    }
    let (left, right) = if node.feature == Model::LEAF {
        (from, from)
    } else {
        tree.0[to] = Step {
            threshold: node.threshold,
            feature: node.feature.into(),
        };
        (from + 1, from + usize::from(node.right))
    };
    lay_out(nodes, left, 2 * to + 1, tree)?;
    lay_out(nodes, right, 2 * to + 2, tree)
}

#[cfg(test)]
mod tests {
    use super::super::features::{FREE, NEAR};
    use super::super::model::embedded;
    use super::*;

    #[test]
    fn the_points_are_those_of_the_trees_as_stored() {
        let model = embedded();
        let levels = Levels::of(model).expect("the trees are not deeper");
        let mut state = 1_u64;
        for spread in [1, 4, 50, 400, 40_000] {
            let mut vector = [0; COUNT];
            for value in &mut vector {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                *value = i16::try_from((state >> 40) % spread).unwrap_or(i16::MAX) - 1;
            }
            assert_eq!(levels.points(&vector), model.points(&vector, |_, _| ()));
        }
    }

    #[test]
    fn nothing_that_is_free_gives_more_than_the_most() {
        let levels = Levels::of(embedded()).expect("the trees are not deeper");
        let above = Levels::above(embedded(), &NEAR).expect("the trees are not deeper");
        let mut state = 7_u64;
        let mut random = |spread: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            i16::try_from((state >> 40) % spread).unwrap_or(i16::MAX) - 1
        };
        for spread in [4, 50, 400] {
            let mut vector = [0; COUNT];
            vector.iter_mut().for_each(|value| *value = random(spread));
            let most = levels.most(&vector, &FREE, i32::MIN);
            assert_eq!(levels.most(&vector, &[], i32::MIN), levels.points(&vector));
            assert_eq!(levels.most(&vector, &FREE, most), most);
            assert!(levels.most(&vector, &FREE, most + 1) <= most);
            for _ in 0..200 {
                FREE.iter()
                    .for_each(|f| vector[*f as usize] = random(spread));
                assert!(levels.points(&vector) <= most);
            }
            let most = above.points(&vector);
            for _ in 0..200 {
                NEAR.iter()
                    .for_each(|f| vector[*f as usize] = random(spread));
                assert_eq!(above.points(&vector), most);
                assert!(levels.points(&vector) <= most);
            }
        }
    }
}
