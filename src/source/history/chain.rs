//! Forest: how the entries of one pack hang together as deltas. Only headers are read here.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::pack::Pack;
use super::pack::entry::{Content, Kind};

/// No entry.
pub(crate) const NONE: u32 = u32::MAX;

/// How many headers are read in one go.
const PORTION: usize = 4096;

/// What is known of one entry before anything is inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// An object of this kind.
    Known(Kind),
    /// Built on something that is not in this pack; its kind shows when that is read.
    Foreign,
    /// Its header is damaged, or its bases go round in a circle.
    Broken,
}

/// The entries of one pack in the order of their offsets; `u32` numbers are positions in it.
pub(crate) struct Forest {
    offsets: Vec<u64>,
    named: Vec<u32>,
    base: Vec<u32>,
    class: Vec<Class>,
    first_child: Vec<u32>,
    sibling: Vec<u32>,
}

/// What a header says about the base.
#[derive(Clone, Copy)]
enum Link {
    Root(Kind),
    At(u64),
    /// Position of the base in the pack's index.
    Named(u32),
    Outside,
    Broken,
}

impl Forest {
    /// Reads the headers of the wanted entries and of all they are built on; of everything if most is
    /// wanted. `wanted` is by position in the pack's index.
    pub(crate) fn of(pack: &Pack, wanted: &[bool]) -> Forest {
        let count = wanted.iter().filter(|wanted| **wanted).count();
        if count > pack.len() / 16 {
            return Forest::new(pack);
        }
        let mut order: BTreeMap<u64, u32> = BTreeMap::new();
        for (i, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            let mut next = Some((i, pack.offset(i).unwrap_or(u64::MAX)));
            while let Some((i, at)) = next {
                let known = order.contains_key(&at);
                if !known || i < pack.len() {
                    order.insert(at, u32::try_from(i).unwrap_or(NONE));
                }
                next = match link(pack, at) {
                    _ if known => None,
                    Link::At(base) => Some((usize::MAX, base)),
                    Link::Named(i) => {
                        Some((i as usize, pack.offset(i as usize).unwrap_or(u64::MAX)))
                    }
                    _ => None,
                };
            }
        }
        Forest::grow(pack, order.into_iter().collect())
    }

    /// Reads the headers of all entries.
    pub(crate) fn new(pack: &Pack) -> Forest {
        let count = u32::try_from(pack.len()).unwrap_or(NONE);
        let mut order: Vec<(u64, u32)> = (0..count)
            .into_par_iter()
            .map(|i| (pack.offset(i as usize).unwrap_or(u64::MAX), i))
            .collect();
        order.par_sort_unstable();
        Forest::grow(pack, order)
    }

    /// From offsets in ascending order, each with its position in the pack's index or `NONE`.
    fn grow(pack: &Pack, order: Vec<(u64, u32)>) -> Forest {
        let links: Vec<Link> = order
            .par_chunks(PORTION)
            .flat_map_iter(|portion| {
                let span = portion[portion.len() - 1].0.saturating_sub(portion[0].0);
                pack.note_read(usize::try_from(span).unwrap_or(0).min(pack.size()));
                portion.iter().map(|(at, _)| link(pack, *at))
            })
            .collect();
        let offsets: Vec<u64> = order.iter().map(|(at, _)| *at).collect();
        let named: Vec<u32> = order.iter().map(|(_, i)| *i).collect();
        drop(order);
        let mut forest = Forest {
            base: vec![NONE; offsets.len()],
            class: vec![Class::Broken; offsets.len()],
            first_child: vec![NONE; offsets.len()],
            sibling: vec![NONE; offsets.len()],
            offsets,
            named,
        };
        forest.link(pack, &links);
        forest
    }

    fn link(&mut self, pack: &Pack, links: &[Link]) {
        let mut late = Vec::new();
        for (node, link) in (0..).zip(links) {
            let i = node as usize;
            self.class[i] = match link {
                Link::Root(kind) => Class::Known(*kind),
                Link::Broken => Class::Broken,
                Link::Outside => Class::Foreign,
                Link::At(at) => match self.before(i, *at) {
                    Some(base) => {
                        self.base[i] = base;
                        self.class[base as usize]
                    }
                    None => Class::Foreign,
                },
                Link::Named(position) => {
                    let at = pack.offset(*position as usize).unwrap_or(u64::MAX);
                    match self.offsets.binary_search(&at) {
                        Ok(base) => self.base[i] = u32::try_from(base).unwrap_or(NONE),
                        Err(_) => self.base[i] = NONE,
                    }
                    late.push(node);
                    Class::Foreign
                }
            };
        }
        if !late.is_empty() {
            self.settle(links);
        }
        // Children are prepended, so going backwards leaves them in ascending order.
        for node in (0..self.base.len()).rev() {
            let base = self.base[node];
            if base != NONE {
                self.sibling[node] = self.first_child[base as usize];
                self.first_child[base as usize] = u32::try_from(node).unwrap_or(NONE);
            }
        }
    }

    /// Finds the class of entries whose base may stand after them, and cuts circles.
    fn settle(&mut self, links: &[Link]) {
        const OPEN: u8 = 0;
        const ON_PATH: u8 = 1;
        const DONE: u8 = 2;
        let mut state = vec![OPEN; self.base.len()];
        let mut path = Vec::new();
        for start in 0..self.base.len() {
            let mut node = start;
            let class = loop {
                match state[node] {
                    DONE => break self.class[node],
                    ON_PATH => break Class::Broken,
                    _ => {}
                }
                state[node] = ON_PATH;
                path.push(node);
                if self.base[node] == NONE {
                    break match links[node] {
                        Link::Named(_) => Class::Broken,
                        _ => self.class[node],
                    };
                }
                node = self.base[node] as usize;
            };
            for node in path.drain(..) {
                self.class[node] = class;
                state[node] = DONE;
            }
        }
    }

    /// The entry that starts at `at`, looked for backwards from `node`: bases stand near.
    fn before(&self, node: usize, at: u64) -> Option<u32> {
        let mut high = node;
        let mut step = 1;
        let mut low = node.saturating_sub(step);
        while self.offsets[low] > at && low > 0 {
            high = low;
            step *= 2;
            low = low.saturating_sub(step);
        }
        let found = self.offsets[low..high].binary_search(&at).ok()?;
        u32::try_from(low + found).ok()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Where the entry starts.
    pub(crate) fn offset(&self, node: u32) -> u64 {
        self.offsets[node as usize]
    }

    /// How many packed bytes it has, judged by where the next one starts.
    pub(crate) fn packed(&self, node: u32) -> u64 {
        let i = node as usize;
        self.offsets
            .get(i + 1)
            .map_or(64, |next| next.saturating_sub(self.offsets[i]))
    }

    /// Its position in the pack's index; `None` for a base that was only met on the way.
    pub(crate) fn named(&self, node: u32) -> Option<usize> {
        let i = self.named[node as usize];
        (i != NONE).then_some(i as usize)
    }

    /// What is known of it.
    pub(crate) fn class(&self, node: u32) -> Class {
        self.class[node as usize]
    }

    /// The entry it is built on, if that is in this pack.
    pub(crate) fn base(&self, node: u32) -> Option<u32> {
        let base = self.base[node as usize];
        (base != NONE).then_some(base)
    }

    /// The first entry built on it, or `NONE`.
    pub(crate) fn first_child(&self, node: u32) -> u32 {
        self.first_child[node as usize]
    }

    /// The next entry with the same base, or `NONE`.
    pub(crate) fn sibling(&self, node: u32) -> u32 {
        self.sibling[node as usize]
    }
}

fn link(pack: &Pack, offset: u64) -> Link {
    match pack.header(offset) {
        Err(_) => Link::Broken,
        Ok(header) => match header.content {
            Content::Whole(kind) => Link::Root(kind),
            Content::Offset(base) => Link::At(base),
            Content::Reference(id) => match pack.find(id).map(u32::try_from) {
                Some(Ok(position)) => Link::Named(position),
                _ => Link::Outside,
            },
        },
    }
}
