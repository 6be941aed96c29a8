//! Graph: commits, their parents, and which of them refs reach.

use std::collections::{HashMap, HashSet};

use crate::finding::BlobId;

use super::commits::Row;
use super::refs::Refs;
use super::store::Store;

/// A position in `Graph::rows`.
pub(crate) type CommitIndex = u32;

/// All commits that could be read.
pub(crate) struct Graph {
    /// Ordered by number; parents are positions.
    pub(crate) rows: Vec<Row>,
    /// What each tag object points at.
    tags: HashMap<u32, u32>,
    /// By position: some ref reaches it.
    pub(crate) reachable: Vec<bool>,
    /// By position: HEAD reaches it.
    pub(crate) in_head: Vec<bool>,
    /// Commits behind which history is cut off, as far as a ref reaches them.
    pub(crate) shallow: u64,
}

impl Graph {
    /// Puts the rows in order and finds out what is reachable.
    pub(crate) fn new(
        mut rows: Vec<Row>,
        tags: Vec<(u32, u32)>,
        store: &Store,
        refs: &Refs,
    ) -> Graph {
        rows.sort_unstable_by_key(|row| row.commit);
        rows.dedup_by_key(|row| row.commit);
        let numbers: Vec<u32> = rows.iter().map(|row| row.commit).collect();
        for row in &mut rows {
            let parents = row.parents.iter();
            let found = parents.filter_map(|number| position(&numbers, *number));
            row.parents = found.collect();
        }
        let mut graph = Graph {
            rows,
            tags: tags.into_iter().collect(),
            reachable: Vec::new(),
            in_head: Vec::new(),
            shallow: 0,
        };
        let targets = refs.names.values().chain(&refs.head).chain(&refs.others);
        let tips = targets.filter_map(|id| graph.commit(store, id)).collect();
        graph.reachable = graph.reach(tips);
        let head = refs.head.and_then(|id| graph.commit(store, &id));
        graph.in_head = graph.reach(head.into_iter().collect());
        let cut = refs.shallow.iter().filter_map(|id| graph.commit(store, id));
        let cut: HashSet<CommitIndex> = cut.collect();
        graph.shallow = cut
            .iter()
            .filter(|at| graph.reachable[**at as usize])
            .count() as u64;
        graph
    }

    /// What an id stands for once tags are followed.
    pub(crate) fn peel(&self, store: &Store, id: &BlobId) -> Option<u32> {
        let mut number = store.find(id.as_bytes())?;
        for _ in 0..16 {
            match self.tags.get(&number) {
                Some(target) => number = *target,
                None => break,
            }
        }
        Some(number)
    }

    /// The commit an id stands for, tags followed.
    pub(crate) fn commit(&self, store: &Store, id: &BlobId) -> Option<CommitIndex> {
        let number = self.peel(store, id)?;
        let found = self.rows.binary_search_by_key(&number, |row| row.commit);
        u32::try_from(found.ok()?).ok()
    }

    fn reach(&self, mut next: Vec<CommitIndex>) -> Vec<bool> {
        let mut reached = vec![false; self.rows.len()];
        while let Some(at) = next.pop() {
            let seen = &mut reached[at as usize];
            if !*seen {
                *seen = true;
                next.extend(&self.rows[at as usize].parents);
            }
        }
        reached
    }
}

fn position(numbers: &[u32], number: u32) -> Option<CommitIndex> {
    u32::try_from(numbers.binary_search(&number).ok()?).ok()
}
