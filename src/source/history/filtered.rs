//! Filtered trees: trees reduced to what leads to something that was found, shared wherever they are
//! equal. Two commits whose filtered roots are the same contain the same findings at the same paths.

use std::collections::{HashMap, HashSet};

use super::names::NameId;
use super::trees::{ABSENT, Edge, Records};

/// Number of a filtered tree; 0 is the empty one.
pub(crate) type Filter = u32;

/// git itself refuses trees nested deeper than this.
const DEPTH: u16 = 2048;

/// One entry of a filtered tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Item {
    pub(crate) name: NameId,
    /// The blob, if something was found in it; else `ABSENT`.
    pub(crate) blob: u32,
    /// What a subdirectory holds.
    pub(crate) below: Filter,
}

/// All filtered trees.
pub(crate) struct Filtered {
    items: Vec<Box<[Item]>>,
    /// By number.
    of_tree: Vec<Filter>,
    flagged: Vec<bool>,
    /// Trees are nested too deeply to follow all of them.
    pub(crate) too_deep: bool,
}

/// Something that was found, at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// A blob, by its number.
    Blob(u32),
    /// A name.
    Name(NameId),
}

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

/// How far above something found each object stands: 0 for those that do not lead to any. Trees of
/// an earlier run count as if they were found.
fn levels(
    records: &[Records],
    wanted: &Wanted<'_>,
    (before, objects): (&Before, usize),
) -> (Vec<u16>, bool) {
    let mut levels = vec![0u16; objects];
    for (tree, _) in &before.trees {
        levels[*tree as usize] = 1;
    }
    for blob in wanted.blobs {
        levels[*blob as usize] = 1;
    }
    let any_flag = wanted.flagged.contains(&true);
    for _ in 0..DEPTH {
        let mut changed = false;
        for records in records {
            records.replay(|tree, edges| {
                if tree == ABSENT {
                    return;
                }
                let level = |edge: &Edge| {
                    let object = levels.get(edge.object as usize).copied().unwrap_or(0);
                    let named = u16::from(any_flag && wanted.flagged(edge.name));
                    object.max(named)
                };
                let highest = edges.iter().map(level).max().unwrap_or(0);
                if highest > 0 && levels[tree as usize] < highest.saturating_add(1) {
                    levels[tree as usize] = highest + 1;
                    changed = true;
                }
            });
        }
        if !changed {
            return (levels, false);
        }
    }
    (levels, true)
}

impl Filtered {
    /// Filters all trees that are not known from before.
    pub(crate) fn new(
        records: &[Records],
        wanted: &Wanted<'_>,
        (before, objects): (Before, usize),
    ) -> Filtered {
        let (levels, too_deep) = levels(records, wanted, (&before, objects));
        let mut edges: Vec<Edge> = Vec::new();
        let mut trees: Vec<(u16, u32, u32, u32)> = Vec::new();
        for records in records {
            records.replay(|tree, all| {
                let level = levels.get(tree as usize).copied().unwrap_or(0);
                if level == 0 {
                    return;
                }
                let first = edges.len();
                edges.extend(all.iter().filter(|edge| {
                    let leads = levels.get(edge.object as usize).is_some_and(|l| *l > 0);
                    leads || wanted.flagged(edge.name)
                }));
                let end = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                trees.push((level, tree, end(first), end(edges.len())));
            });
        }
        trees.sort_unstable();
        let mut filtered = Filtered {
            items: before.items,
            of_tree: vec![0; objects],
            flagged: wanted.flagged.to_vec(),
            too_deep,
        };
        if filtered.items.is_empty() {
            filtered.items.push(Box::default());
        }
        for (tree, filter) in before.trees {
            filtered.of_tree[tree as usize] = filter;
        }
        // That one of before may be equal costs a comparison and changes nothing.
        let mut known: HashMap<Box<[Item]>, Filter> = HashMap::new();
        for (_, tree, first, end) in trees {
            let edges = &edges[first as usize..end as usize];
            let mut items: Vec<Item> = edges
                .iter()
                .map(|edge| filtered.item(edge, wanted))
                .collect();
            items.sort_unstable();
            let items = items.into_boxed_slice();
            let next = Filter::try_from(filtered.items.len()).unwrap_or(0);
            let filter = *known.entry(items).or_insert_with_key(|items| {
                filtered.items.push(items.clone());
                next
            });
            filtered.of_tree[tree as usize] = filter;
        }
        filtered
    }

    fn item(&self, edge: &Edge, wanted: &Wanted<'_>) -> Item {
        let is_blob = wanted.blobs.contains(&edge.object);
        Item {
            name: edge.name,
            blob: if is_blob { edge.object } else { ABSENT },
            below: self.of(edge.object),
        }
    }

    /// What a tree holds.
    pub(crate) fn of(&self, tree: u32) -> Filter {
        self.of_tree.get(tree as usize).copied().unwrap_or(0)
    }

    /// All that is held somewhere, by number.
    pub(crate) fn all(&self) -> &[Box<[Item]>] {
        &self.items
    }

    /// The trees that hold something.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (u32, Filter)> {
        let trees = (0..).zip(self.of_tree.iter().copied());
        trees.filter(|(_, filter)| *filter != 0)
    }

    pub(crate) fn items(&self, filter: Filter) -> &[Item] {
        self.items.get(filter as usize).map_or(&[], |items| items)
    }

    /// Calls `see` with what `new` holds and `old` does not, at which path.
    pub(crate) fn added(
        &self,
        old: Filter,
        new: Filter,
        path: &mut Vec<NameId>,
        see: &mut dyn FnMut(&[NameId], Target),
    ) {
        if old == new || path.len() > usize::from(DEPTH) {
            return;
        }
        let before = self.items(old);
        for item in self.items(new) {
            let start = before.partition_point(|b| b.name < item.name);
            let same = before[start..].iter().take_while(|b| b.name == item.name);
            if same.clone().any(|b| b == item) {
                continue;
            }
            path.push(item.name);
            let is_flagged = self.flagged.get(item.name as usize).is_some_and(|f| *f);
            if is_flagged && same.clone().next().is_none() {
                see(path, Target::Name(item.name));
            }
            if item.blob != ABSENT && !same.clone().any(|b| b.blob == item.blob) {
                see(path, Target::Blob(item.blob));
            }
            if item.below != 0 {
                let old_below = same.clone().map(|b| b.below).find(|below| *below != 0);
                self.added(old_below.unwrap_or(0), item.below, path, see);
            }
            path.pop();
        }
    }

    /// `filter` holds `target` at `path`.
    pub(crate) fn holds(&self, filter: Filter, path: &[NameId], target: Target) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        let items = self.items(filter);
        let start = items.partition_point(|item| item.name < *first);
        let mut same = items[start..].iter().take_while(|item| item.name == *first);
        same.any(|item| match target {
            _ if !rest.is_empty() => self.holds(item.below, rest, target),
            Target::Blob(blob) => item.blob == blob,
            Target::Name(_) => true,
        })
    }
}
