//! Graph: commits, their parents, and which of them refs reach.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::finding::BlobId;

use super::commits::Row;
use super::refs::Refs;
use super::store::Store;
use super::trees::ABSENT;

/// A position in `Graph::rows`.
pub(crate) type CommitIndex = u32;

/// All commits that could be read.
pub(crate) struct Graph {
    /// Ordered by number; parents are positions.
    pub(crate) rows: Vec<Row>,
    /// What each tag object points at.
    pub(crate) tags: HashMap<u32, u32>,
    /// By position: some ref reaches it.
    pub(crate) reachable: Vec<bool>,
    /// By position: HEAD reaches it; worked out when first asked for.
    in_head: OnceCell<Vec<bool>>,
    head: Option<CommitIndex>,
    /// The positions of commits, by number.
    positions: Vec<CommitIndex>,
    /// All parents in a row, and where those of each commit end: walking the rows would jump about.
    parents: (Vec<CommitIndex>, Vec<u32>),
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
        // After an earlier run nearly all are in order already, which this sort makes use of.
        rows.sort_by_key(|row| row.commit);
        rows.dedup_by_key(|row| row.commit);
        let mut positions = vec![ABSENT; store.len()];
        for (at, row) in (0..).zip(&rows) {
            positions[row.commit as usize] = at;
        }
        let position = |number: u32| positions.get(number as usize).copied().unwrap_or(ABSENT);
        for row in &mut rows {
            let parents = row.parents.iter().map(|parent| position(*parent));
            row.parents = parents.filter(|parent| *parent != ABSENT).collect();
        }
        let mut graph = Graph {
            rows,
            tags: tags.into_iter().collect(),
            reachable: Vec::new(),
            in_head: OnceCell::new(),
            head: None,
            positions,
            parents: (Vec::new(), Vec::new()),
            shallow: 0,
        };
        let (parents, ends) = &mut graph.parents;
        for row in &graph.rows {
            parents.extend(&*row.parents);
            ends.push(u32::try_from(parents.len()).unwrap_or(u32::MAX));
        }
        let targets = refs.names.values().chain(&refs.head).chain(&refs.others);
        let tips = targets.filter_map(|id| graph.commit(store, id)).collect();
        graph.reachable = graph.reach(tips);
        graph.head = refs.head.and_then(|id| graph.commit(store, &id));
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
        let at = self.positions.get(number as usize).copied();
        at.filter(|at| *at != ABSENT)
    }

    /// HEAD reaches this commit.
    pub(crate) fn in_head(&self, at: CommitIndex) -> bool {
        let reached = self
            .in_head
            .get_or_init(|| self.reach(self.head.into_iter().collect()));
        reached.get(at as usize).is_some_and(|reached| *reached)
    }

    fn reach(&self, mut next: Vec<CommitIndex>) -> Vec<bool> {
        let (parents, ends) = &self.parents;
        let mut reached = vec![false; self.rows.len()];
        while let Some(at) = next.pop() {
            let at = at as usize;
            if !std::mem::replace(&mut reached[at], true) {
                let start = at.checked_sub(1).map_or(0, |before| ends[before]);
                for parent in &parents[start as usize..ends[at] as usize] {
                    next.push(*parent);
                }
            }
        }
        reached
    }
}
