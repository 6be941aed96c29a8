//! Handed: what a run learnt of a repository, as bytes for the next run; `earlier` reads them. They hold
//! ids, positions, dates and weights: no value, no path, no name.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::BlobId;

use super::earlier::{TREE, digest};
use super::filtered::{Filter, Filtered};
use super::graph::Graph;
use super::inflate::Inflater;
use super::names::NameId;
use super::scanner::Trace;
use super::store::Store;
use super::tree;
use super::trees::ABSENT;
use super::words::Writer;

/// What one run hands on to the next.
pub(crate) struct Handed<'a> {
    /// By number: nothing was found in it.
    pub(crate) clean: &'a [bool],
    /// What the scanner keeps of the others, by number.
    pub(crate) traces: &'a BTreeMap<u32, Trace>,
    /// What trees and commits said, unless something was missing.
    pub(crate) structure: Option<Said<'a>>,
    /// Trees and commits are among the clean, from a run that knew what they said.
    pub(crate) doubtful: bool,
    /// Commits behind which history is cut off.
    pub(crate) shallow: &'a [BlobId],
}

/// What trees and commits said.
pub(crate) struct Said<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) filtered: &'a Filtered,
    pub(crate) spots: Spots,
}

/// Where each name stands that leads to something found: in which tree, at which byte.
pub(crate) struct Spots(BTreeMap<NameId, (u32, u32)>);

impl Spots {
    /// Looks for the names in the trees; those with the first numbers stand in the `known` places. None
    /// if a tree cannot be read again.
    pub(crate) fn new(
        known: &[(u32, u32)],
        filtered: &Filtered,
        names: &[Box<[u8]>],
        store: &Store,
    ) -> Option<Spots> {
        let mut spots: BTreeMap<NameId, (u32, u32)> = (0..).zip(known.iter().copied()).collect();
        let mut inflater = Inflater::new();
        // Where many stand, few trees have to be read again for all of them.
        let mut trees: Vec<(u32, Filter)> = filtered.trees().collect();
        trees.sort_by_key(|(_, filter)| Reverse(filtered.items(*filter).len()));
        for (tree, filter) in trees {
            let items = filtered.items(filter).iter();
            let new: BTreeSet<NameId> = items
                .map(|item| item.name)
                .filter(|name| !spots.contains_key(name))
                .collect();
            if new.is_empty() {
                continue;
            }
            let (_, bytes) = store
                .read(store.id(tree)?.as_bytes(), &mut inflater, TREE)
                .ok()?;
            let mut at = 0;
            while at < bytes.len() {
                let entry = tree::entry(&bytes, at, store.hash).ok()?;
                let is = |name: &&NameId| {
                    names
                        .get(**name as usize)
                        .is_some_and(|n| **n == *entry.name)
                };
                if let Some(name) = new.iter().find(is) {
                    spots.insert(*name, (tree, u32::try_from(at).ok()?));
                }
                at = entry.end;
            }
        }
        let items = filtered.all().iter().flatten();
        let used: BTreeSet<NameId> = items.map(|item| item.name).collect();
        spots.retain(|name, _| used.contains(name));
        (spots.len() == used.len()).then_some(Spots(spots))
    }
}

impl Handed<'_> {
    /// The bytes.
    pub(crate) fn bytes(&self, store: &Store) -> Vec<u8> {
        let mut to = Writer::new(vec![0; 8], store.len());
        let clean = (0..).zip(self.clean).filter(|(_, clean)| **clean);
        let cleans = to.ids(clean.map(|(number, _)| number), store, 0);
        let others = to.ids(self.others().into_iter(), store, cleans) - cleans;
        to.out[..4].copy_from_slice(&cleans.to_le_bytes());
        to.out[4..8].copy_from_slice(&others.to_le_bytes());
        to.out.extend(digest(self.shallow));
        to.count(self.traces.len());
        for (blob, trace) in self.traces {
            to.trace(*blob, trace, store);
        }
        // Without what they said they must be read the next time, to see what is missing.
        to.word(u32::from(self.structure.is_some() || self.doubtful));
        if let Some(said) = &self.structure {
            said.write(&mut to, self.clean);
        }
        to.out
    }

    /// Numbers of what is spoken of and not clean.
    fn others(&self) -> BTreeSet<u32> {
        let mut others: BTreeSet<u32> = self.traces.keys().copied().collect();
        if let Some(said) = &self.structure {
            let blobs = said.filtered.all().iter().flatten();
            others.extend(blobs.map(|item| item.blob));
            let rows = said.graph.rows.iter().map(|row| row.commit);
            others.extend(rows);
            others.extend(said.graph.tags.values());
        }
        let clean = |number: &u32| self.clean.get(*number as usize).is_some_and(|clean| *clean);
        others.retain(|number| *number != ABSENT && !clean(number));
        others
    }
}

impl Said<'_> {
    fn write(&self, to: &mut Writer, clean: &[bool]) {
        let clean = |number: u32| clean.get(number as usize).is_some_and(|clean| *clean);
        to.count(self.spots.0.len());
        for (tree, at) in self.spots.0.values() {
            to.place(*tree);
            to.word(*at);
        }
        let names: BTreeMap<NameId, u32> = self.spots.0.keys().copied().zip(0..).collect();
        to.count(self.filtered.all().len());
        for items in self.filtered.all() {
            to.count(items.len());
            for item in items {
                to.word(names.get(&item.name).copied().unwrap_or(ABSENT));
                to.place(item.blob);
                to.word(item.below);
            }
        }
        let trees: Vec<(u32, u32)> = self.filtered.trees().collect();
        to.count(trees.len());
        for (tree, filter) in trees {
            to.place(tree);
            to.word(filter);
        }
        // What had findings is read again, and then says its part itself.
        let rows = || self.graph.rows.iter().filter(|row| clean(row.commit));
        to.count(rows().count());
        for row in rows() {
            to.place(row.commit);
            let leads = self.filtered.of(row.tree) != 0;
            to.place(if leads { row.tree } else { ABSENT });
            let time = row.time.cast_unsigned().to_le_bytes();
            to.out.extend(time);
            to.count(row.parents.len());
            for parent in row.parents.iter() {
                to.place(self.graph.rows[*parent as usize].commit);
            }
        }
        let tags = || self.graph.tags.iter().filter(|(tag, _)| clean(**tag));
        to.count(tags().count());
        for (tag, target) in tags() {
            to.place(*tag);
            to.place(*target);
        }
    }
}
