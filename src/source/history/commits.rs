//! The visitor that reads commits and tags: scans their text and writes down the graph.

use std::collections::HashSet;
use std::ops::Deref;
use std::time::Duration;

use crate::finding::BlobId;

use super::blobs::Reader;
use super::commit;
use super::fault::Fault;
use super::pack::entry::Kind;
use super::scanner::{BlobScanner, Outcome, Subject};
use super::store::Store;
use super::trees::ABSENT;
use super::walk::{Base, Node, Visitor};

/// One commit, by the numbers of its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) commit: u32,
    /// Its tree, or `ABSENT`.
    pub(crate) tree: u32,
    /// Parents that are there.
    pub(crate) parents: Parents,
    /// Committer date.
    pub(crate) time: i64,
}

/// The parents of a commit. Hardly any has more than two, and a hundred thousand lists cost as much as all
/// that is done with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parents {
    /// So many of these.
    Few(u8, [u32; 2]),
    Many(Box<[u32]>),
}

impl Deref for Parents {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Parents::Few(count, few) => &few[..usize::from(*count)],
            Parents::Many(many) => many,
        }
    }
}

impl FromIterator<u32> for Parents {
    fn from_iter<I: IntoIterator<Item = u32>>(all: I) -> Parents {
        let (mut count, mut few, mut all) = (0, [0; 2], all.into_iter());
        while let Some(parent) = all.next() {
            match few.get_mut(usize::from(count)) {
                Some(place) => *place = parent,
                None => return Parents::Many(few.into_iter().chain([parent]).chain(all).collect()),
            }
            count += 1;
        }
        Parents::Few(count, few)
    }
}

/// What one thread gathers.
pub(crate) struct CommitLocal<'a, S: BlobScanner> {
    pub(crate) reader: Reader<'a, S>,
    pub(crate) rows: Vec<Row>,
    /// A tag and what it points at.
    pub(crate) tags: Vec<(u32, u32)>,
    pub(crate) found: Vec<Subject>,
    /// Numbers of those whose text gives nothing away.
    pub(crate) clean: Vec<u32>,
    pub(crate) failed: Vec<(u32, Fault)>,
    pub(crate) missing: HashSet<BlobId>,
    /// Commits that were read.
    pub(crate) commits: u64,
    scratch: Vec<u8>,
}

/// Visits commits, or tags.
pub(crate) struct Commits<'a, S, F> {
    pub(crate) scanner: &'a S,
    pub(crate) store: &'a Store,
    pub(crate) kind: Kind,
    /// Id and number of an entry, and whether its text is to be scanned.
    pub(crate) named: F,
    /// Commits whose parents are missing on purpose, ascending.
    pub(crate) shallow: &'a [BlobId],
    pub(crate) timed: bool,
}

impl<'a, S: BlobScanner, F> Commits<'a, S, F> {
    pub(crate) fn local(&self) -> CommitLocal<'a, S> {
        CommitLocal {
            reader: Reader::new(self.scanner, None, self.timed),
            rows: Vec::new(),
            tags: Vec::new(),
            found: Vec::new(),
            clean: Vec::new(),
            failed: Vec::new(),
            missing: HashSet::new(),
            commits: 0,
            scratch: Vec::new(),
        }
    }

    /// Reads one commit or tag.
    pub(crate) fn read(
        &self,
        local: &mut CommitLocal<'a, S>,
        (id, number, wanted): (BlobId, u32, bool),
        bytes: &[u8],
    ) -> Result<(), Fault> {
        let mut scratch = std::mem::take(&mut local.scratch);
        let (subject, text) = if self.kind == Kind::Commit {
            (Subject::Commit(id), commit::text(bytes, &mut scratch))
        } else {
            (Subject::Tag(id), bytes)
        };
        let outcome = match wanted {
            true => local.reader.text(&subject, text),
            false => Outcome::Clean,
        };
        local.scratch = scratch;
        match outcome {
            Outcome::Found => local.found.push(subject),
            Outcome::Clean => local.clean.push(number),
            Outcome::Again => {}
        }
        if self.kind == Kind::Tag {
            let target = commit::tag_target(bytes, self.store.hash)?;
            let target = self.resolve(&target, &mut local.missing);
            local.tags.push((number, target));
            return Ok(());
        }
        local.commits += u64::from(wanted);
        let commit = commit::commit(bytes, self.store.hash)?;
        let tree = self.resolve(&commit.tree, &mut local.missing);
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            match self.store.find(parent) {
                Some(parent) => parents.push(parent),
                None if self.shallow.binary_search(&id).is_ok() => {}
                None => local.missing.extend(BlobId::from_bytes(parent)),
            }
        }
        local.rows.push(Row {
            commit: number,
            tree,
            parents: parents.into_iter().collect(),
            time: commit.time,
        });
        Ok(())
    }

    fn resolve(&self, id: &[u8], missing: &mut HashSet<BlobId>) -> u32 {
        self.store.find(id).unwrap_or_else(|| {
            missing.extend(BlobId::from_bytes(id));
            ABSENT
        })
    }
}

impl<'a, S, F> Visitor for Commits<'a, S, F>
where
    S: BlobScanner,
    F: Fn(u32) -> Option<(BlobId, u32, bool)> + Sync,
    CommitLocal<'a, S>: Send,
{
    type State = ();
    type Local = CommitLocal<'a, S>;

    fn begin(&self) -> Self::Local {
        self.local()
    }

    fn visit(
        &self,
        local: &mut Self::Local,
        node: Node<'_>,
        _: Option<Base<'_, ()>>,
    ) -> Option<()> {
        let named = (self.named)(node.number)?;
        if let Err(fault) = self.read(local, named, node.bytes) {
            local.failed.push((node.number, fault));
        }
        None
    }

    fn failed(&self, local: &mut Self::Local, node: u32, fault: Fault) {
        local.failed.push((node, fault));
    }

    fn worked(&self, local: &mut Self::Local, busy: Duration) {
        local.reader.timings.worked(busy);
    }

    fn weight(&self, (): &()) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_parents_is_kept_in_order() {
        for count in 0..6 {
            let all: Vec<u32> = (5..5 + count).collect();
            assert_eq!(*all.iter().copied().collect::<Parents>(), *all);
        }
    }
}
