//! Filtered trees: trees reduced to what leads to something that was found, shared wherever they are
//! equal. Two commits whose filtered roots are the same contain the same findings at the same paths.

use std::collections::HashSet;

use super::names::NameId;
use super::reduce::{self, Before, Wanted};
use super::trees::{ABSENT, Records};

/// Number of a filtered tree; 0 is the empty one.
pub(crate) type Filter = u32;

/// git itself refuses trees nested deeper than this.
pub(crate) const DEPTH: u16 = 2048;

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
    /// Some tree holds too much to say where all of it is.
    pub(crate) too_wide: bool,
}

/// Something that was found, at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// A blob, by its number.
    Blob(u32),
    /// A name.
    Name(NameId),
}

impl Filtered {
    /// Filters all trees that are not known from before.
    pub(crate) fn new(
        records: &[Records],
        wanted: &Wanted<'_>,
        before: (Before, usize),
    ) -> Filtered {
        let reduced = reduce::all(records, wanted, before);
        Filtered {
            items: reduced.items,
            of_tree: reduced.of_tree,
            flagged: wanted.flagged.to_vec(),
            too_deep: reduced.height > DEPTH,
            too_wide: reduced.too_wide,
        }
    }

    /// The same trees reduced further: to these blobs, and to names that give something away.
    pub(crate) fn only(&self, blobs: &HashSet<u32>) -> Filtered {
        let wanted = Wanted {
            blobs,
            flagged: &self.flagged,
        };
        let (items, narrow) = reduce::further(&self.items, &wanted);
        let of_tree = self.of_tree.iter().map(|filter| narrow[*filter as usize]);
        Filtered {
            of_tree: of_tree.collect(),
            items,
            flagged: self.flagged.clone(),
            too_deep: false,
            too_wide: false,
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
        let mut before = self.items(old);
        for item in self.items(new) {
            while let [first, rest @ ..] = before
                && first.name < item.name
            {
                before = rest;
            }
            if before.first() == Some(item) {
                continue;
            }
            let same = before.iter().take_while(|b| b.name == item.name);
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
