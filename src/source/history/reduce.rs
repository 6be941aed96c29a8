//! Reduce: from all trees to those that lead to something found, each once and what is below it first.
//! What is asked of them is `filtered`'s business.

use std::collections::{HashMap, HashSet};

use super::filtered::{Filter, Item};
use super::keyed::{Keyed, Keys, Print};
use super::names::NameId;
use super::trees::{ABSENT, Edge, Records};

/// A tree that holds found things at more paths holds none: ten trees in each other, each with ten names for
/// the next, give one blob ten thousand million of them.
const MOST_HELD: u32 = 1 << 18;

/// What is being looked for.
pub(crate) struct Wanted<'a> {
    /// Numbers of the blobs.
    pub(crate) blobs: &'a HashSet<u32>,
    /// By number: the name itself gives something away.
    pub(crate) flagged: &'a [bool],
}

impl Wanted<'_> {
    fn flagged(&self, name: NameId) -> bool {
        self.flagged.get(name as usize).is_some_and(|flag| *flag)
    }
}

/// Filtered trees of an earlier run: what they hold, and which trees they are.
#[derive(Default)]
pub(crate) struct Before {
    pub(crate) items: Vec<Box<[Item]>>,
    pub(crate) trees: Vec<(u32, Filter)>,
}

/// All trees that have edges, in a row.
#[derive(Default)]
struct Edges {
    all: Vec<Edge>,
    /// The trees as they were read: those that follow each other have most edges in common.
    trees: Vec<u32>,
    /// By number of the tree: which stretch is its own, counted from 1.
    of_tree: Vec<u32>,
    ends: Vec<u32>,
}

impl Edges {
    fn gather(records: &[Records], objects: usize) -> Edges {
        let mut edges = Edges {
            of_tree: vec![0; objects],
            ends: vec![0],
            ..Edges::default()
        };
        for records in records {
            records.replay(|tree, all| {
                // A further copy says the same.
                let own = edges.of_tree.get_mut(tree as usize);
                if let Some(own) = own.filter(|own| **own == 0 && !all.is_empty()) {
                    *own = number(edges.ends.len());
                    edges.all.extend_from_slice(all);
                    edges.ends.push(number(edges.all.len()));
                    edges.trees.push(tree);
                }
            });
        }
        edges
    }

    fn of(&self, tree: u32) -> &[Edge] {
        match self.of_tree.get(tree as usize).copied().unwrap_or(0) as usize {
            0 => &[],
            own => &self.all[self.ends[own - 1] as usize..self.ends[own] as usize],
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reduces trees, those below first.
struct Filtering<'a> {
    edges: &'a Edges,
    wanted: &'a Wanted<'a>,
    /// By number: a blob that is wanted.
    blobs: Vec<bool>,
    shared: Shared,
    /// By number: what a tree holds; `ABSENT` while that is not known.
    of_tree: Vec<Filter>,
    /// By filter: how deep it is, and how many things it holds.
    sizes: Vec<(u16, u32)>,
    too_wide: bool,
}

/// Filtered trees, each once.
struct Shared {
    items: Vec<Box<[Item]>>,
    known: HashMap<Print, Filter, Keyed>,
    keys: Keys,
    bytes: Vec<u8>,
}

impl Shared {
    fn new(items: Vec<Box<[Item]>>) -> Shared {
        let mut shared = Shared {
            items,
            known: HashMap::default(),
            keys: Keys::new(),
            bytes: Vec::new(),
        };
        if shared.items.is_empty() {
            shared.items.push(Box::default());
        }
        shared
    }

    /// The number of a tree that holds these; they are put in order.
    fn number(&mut self, items: &mut [Item]) -> Filter {
        if items.is_empty() {
            return 0;
        }
        items.sort_unstable();
        self.bytes.clear();
        for item in items.iter() {
            let words = [item.name, item.blob, item.below];
            self.bytes
                .extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        let print = self.keys.print(&self.bytes, [0, 0]);
        *self.known.entry(print).or_insert_with(|| {
            let next = number(self.items.len());
            self.items.push((&*items).into());
            next
        })
    }
}

impl Filtering<'_> {
    /// Filters a tree and all below it.
    fn tree(&mut self, root: u32) {
        // Trees that wait for others, and at which edge; then what they hold so far.
        let mut waiting: Vec<(u32, usize, usize)> = vec![(root, 0, 0)];
        let mut items: Vec<Item> = Vec::new();
        while let Some((tree, mut next, first)) = waiting.pop() {
            let edges = self.edges;
            let all = edges.of(tree);
            // Whatever it is named by, a tree that holds itself holds nothing.
            self.of_tree[tree as usize] = 0;
            let below = loop {
                let Some(edge) = all.get(next) else {
                    break None;
                };
                if self.of_tree.get(edge.object as usize) == Some(&ABSENT) {
                    break Some(edge.object);
                }
                items.extend(self.item(edge));
                next += 1;
            };
            if let Some(below) = below {
                waiting.push((tree, next, first));
                waiting.push((below, 0, items.len()));
                continue;
            }
            let size = size(&items[first..], &self.sizes);
            if size.1 > MOST_HELD {
                self.too_wide = true;
                items.truncate(first);
            }
            let filter = self.shared.number(&mut items[first..]);
            if filter as usize >= self.sizes.len() {
                self.sizes.push(size);
            }
            items.truncate(first);
            self.of_tree[tree as usize] = filter;
        }
    }

    fn item(&self, edge: &Edge) -> Option<Item> {
        let at = edge.object as usize;
        let is_blob = self.blobs.get(at).is_some_and(|wanted| *wanted);
        let below = self.of_tree.get(at).copied().unwrap_or(0);
        (is_blob || below != 0 || self.wanted.flagged(edge.name)).then_some(Item {
            name: edge.name,
            blob: if is_blob { edge.object } else { ABSENT },
            below,
        })
    }
}

/// How deep a tree with these items is, and how many things it holds.
fn size(items: &[Item], known: &[(u16, u32)]) -> (u16, u32) {
    items.iter().fold((1, 0), |(height, held), item| {
        let (below, more) = known[item.below as usize];
        // Each item leads to something, or is it.
        let own = u32::from(item.blob != ABSENT || item.below == 0);
        (
            height.max(below.saturating_add(1)),
            held.saturating_add(more).saturating_add(own),
        )
    })
}

/// What all trees came to.
pub(crate) struct Reduced {
    pub(crate) items: Vec<Box<[Item]>>,
    /// By number.
    pub(crate) of_tree: Vec<Filter>,
    /// How deep the deepest is.
    pub(crate) height: u16,
    /// Some tree holds too much to say where all of it is.
    pub(crate) too_wide: bool,
}

/// Reduces all trees that are not known from before.
pub(crate) fn all(
    records: &[Records],
    wanted: &Wanted<'_>,
    (before, objects): (Before, usize),
) -> Reduced {
    let edges = Edges::gather(records, objects);
    let mut blobs = vec![false; objects];
    for blob in wanted.blobs {
        blobs[*blob as usize] = true;
    }
    let has = |own: &u32| if *own == 0 { 0 } else { ABSENT };
    let mut of_tree: Vec<Filter> = edges.of_tree.iter().map(has).collect();
    for (tree, filter) in before.trees {
        of_tree[tree as usize] = filter;
    }
    // That one of before may be equal changes nothing.
    let shared = Shared::new(before.items);
    let mut sizes = vec![(0, 0)];
    for items in shared.items.iter().skip(1) {
        // Those below stand before it.
        sizes.push(size(items, &sizes));
    }
    let mut filtering = Filtering {
        edges: &edges,
        wanted,
        blobs,
        shared,
        of_tree,
        sizes,
        too_wide: false,
    };
    for tree in &edges.trees {
        if filtering.of_tree[*tree as usize] == ABSENT {
            filtering.tree(*tree);
        }
    }
    Reduced {
        items: filtering.shared.items,
        of_tree: filtering.of_tree,
        height: filtering.sizes.iter().map(|size| size.0).max().unwrap_or(0),
        too_wide: filtering.too_wide,
    }
}

/// Reduces filtered trees further; tells what each of them became.
pub(crate) fn further(
    items: &[Box<[Item]>],
    wanted: &Wanted<'_>,
) -> (Vec<Box<[Item]>>, Vec<Filter>) {
    let mut shared = Shared::new(Vec::new());
    let mut narrow: Vec<Filter> = Vec::with_capacity(items.len());
    let mut kept: Vec<Item> = Vec::new();
    for items in items {
        kept.clear();
        kept.extend(items.iter().filter_map(|item| {
            // Those below stand before it.
            let below = narrow.get(item.below as usize).copied().unwrap_or(0);
            let blob = match wanted.blobs.contains(&item.blob) {
                true => item.blob,
                false => ABSENT,
            };
            let leads = blob != ABSENT || below != 0 || wanted.flagged(item.name);
            leads.then_some(Item {
                blob,
                below,
                ..*item
            })
        }));
        narrow.push(shared.number(&mut kept));
    }
    (shared.items, narrow)
}
