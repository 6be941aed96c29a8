//! Earlier: what an earlier run learnt of a repository, turned into the numbers of this run. `handed`
//! writes it; where it is kept, and under which key, is `cache`'s business.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::finding::BlobId;

use super::commits::Row;
use super::filtered::{Filter, Item};
use super::inflate::Inflater;
use super::names::Names;
use super::numbered;
use super::pack::entry::Kind;
use super::scanner::Trace;
use super::store::Store;
use super::traced;
use super::tree;
use super::trees::ABSENT;
use super::words::Words;

/// So much of an id is kept: nobody finds two objects that agree in 128 bits on purpose.
pub(crate) const KEPT: usize = 16;
pub(crate) type Id = [u8; KEPT];

/// A tree larger than this is not read again for a name.
pub(crate) const TREE: usize = 64 << 20;

/// What is known from an earlier run.
#[derive(Default)]
pub(crate) struct Earlier {
    /// By number: nothing was found in it. Empty if nothing is known.
    pub(crate) clean: Vec<bool>,
    /// What the scanner kept of blobs in which something is open, ordered.
    pub(crate) traces: Vec<(BlobId, Trace)>,
    /// What trees and commits said.
    pub(crate) past: Option<Past>,
    /// Trees and commits are known to be clean, but what they said is not to be used.
    pub(crate) doubtful: bool,
}

/// What all trees and commits of an earlier run said.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) rows: Vec<Row>,
    pub(crate) tags: Vec<(u32, u32)>,
    pub(crate) items: Vec<Box<[Item]>>,
    pub(crate) trees: Vec<(u32, Filter)>,
    /// Where the names of items stand: in which tree, at which byte. The names themselves may be
    /// secrets and are not kept.
    pub(crate) spots: Vec<(u32, u32)>,
}

pub(crate) fn digest(shallow: &[BlobId]) -> [u8; 32] {
    let mut hash = Sha256::new();
    shallow.iter().for_each(|id| hash.update(id.as_bytes()));
    hash.finalize().into()
}

impl Earlier {
    /// From the bytes that `handed` made; nothing if they are not sound.
    pub(crate) fn read(bytes: &[u8], store: &Store, shallow: &[BlobId]) -> Earlier {
        Earlier::parse(bytes, store, shallow).unwrap_or_default()
    }

    fn parse(bytes: &[u8], store: &Store, shallow: &[BlobId]) -> Option<Earlier> {
        let (counts, rest) = bytes.split_first_chunk::<8>()?;
        let (cleans, others) = counts.split_first_chunk::<4>()?;
        let count = |four: &[u8]| u32::from_le_bytes(four.try_into().ok()?).try_into().ok();
        let (cleans, others): (usize, usize) = (count(cleans)?, count(others)?);
        let (cleans, rest) = rest.split_at_checked(cleans.checked_mul(KEPT)?)?;
        let (others, rest) = rest.split_at_checked(others.checked_mul(KEPT)?)?;
        let (same, rest) = rest.split_first_chunk::<32>()?;
        let (cleans, others) = (cleans.as_chunks().0, others.as_chunks().0);
        let (numbers, clean) = numbered::all(cleans, others, store);
        let mut words = Words::of(rest);
        let number = |at: u32| {
            let number = numbers.get(at as usize).copied();
            number.filter(|number| *number != ABSENT)
        };
        let blob = |at: u32| number(at).and_then(|number| store.id(number));
        let traces = words.list(|words| traced::trace(words, blob))?;
        let mut earlier = Earlier {
            clean,
            traces: traces.into_iter().flatten().collect(),
            doubtful: words.next()? == 1,
            past: None,
        };
        earlier.traces.sort_unstable_by_key(|(id, _)| *id);
        earlier.traces.dedup_by_key(|(id, _)| *id);
        // What is gone must be looked for in all trees.
        let whole = !numbers.contains(&ABSENT) && *same == digest(shallow);
        if earlier.doubtful && whole {
            earlier.past = Past::read(&mut words, &numbers);
            earlier.doubtful = earlier.past.is_none();
        }
        Some(earlier)
    }
}

impl Past {
    fn read(words: &mut Words<'_>, numbers: &[u32]) -> Option<Past> {
        let number = |at: u32| numbers.get(at as usize).copied();
        let maybe = |at: u32| match at {
            ABSENT => Some(ABSENT),
            at => number(at),
        };
        let spots = words.list(|words| Some((number(words.next()?)?, words.next()?)))?;
        let item = |words: &mut Words<'_>| {
            Some(Item {
                name: words.next()?,
                blob: maybe(words.next()?)?,
                below: words.next()?,
            })
        };
        let items = words.list(|words| Some(words.list(item)?.into_boxed_slice()))?;
        let sound = |(here, items): (usize, &[Item])| {
            let sound = |item: &Item| {
                (item.name as usize) < spots.len() && (item.below as usize) < here.max(1)
            };
            items.iter().all(sound)
        };
        if items.first().is_none_or(|first| !first.is_empty())
            || !items.iter().map(|one| &**one).enumerate().all(sound)
        {
            return None;
        }
        let filter = |at: u32| ((at as usize) < items.len()).then_some(at);
        let trees = words.list(|words| Some((number(words.next()?)?, filter(words.next()?)?)))?;
        let row = |words: &mut Words<'_>| {
            let (commit, tree) = (number(words.next()?)?, maybe(words.next()?)?);
            let (low, high) = (words.next()?, words.next()?);
            Some(Row {
                commit,
                tree,
                time: (u64::from(high) << 32 | u64::from(low)).cast_signed(),
                parents: {
                    let count = words.next()?;
                    let parents = (0..count).map(|_| number(words.next()?));
                    parents.collect::<Option<_>>()?
                },
            })
        };
        let rows = words.list(row)?;
        let tags = words.list(|words| Some((number(words.next()?)?, number(words.next()?)?)))?;
        Some(Past {
            rows,
            tags,
            items,
            trees,
            spots,
        })
    }

    /// Every blob that the trees were searched for is still one in which something is found.
    pub(crate) fn agrees(&self, found: &HashMap<u64, u32>, objects: usize) -> bool {
        let mut is_found = vec![false; objects];
        for number in found.values() {
            is_found[*number as usize] = true;
        }
        let mut blobs = self.items.iter().flatten().map(|item| item.blob);
        blobs.all(|blob| blob == ABSENT || is_found[blob as usize])
    }

    /// Reads the names again where they stand and gives them their numbers.
    pub(crate) fn names(
        &self,
        store: &Store,
        mut scan: impl FnMut(&[u8]) -> bool,
    ) -> Option<Names> {
        let names = Names::default();
        let mut inflater = Inflater::new();
        let mut read: HashMap<u32, Vec<u8>> = HashMap::new();
        for (number, (tree, at)) in self.spots.iter().enumerate() {
            if !read.contains_key(tree) {
                let object = store.read(store.id(*tree)?.as_bytes(), &mut inflater, TREE);
                read.insert(
                    *tree,
                    object.ok().filter(|(kind, _)| *kind == Kind::Tree)?.1,
                );
            }
            let entry = tree::entry(read.get(tree)?, *at as usize, store.hash).ok()?;
            let (given, _) = names.intern(entry.name, &mut scan);
            if given as usize != number {
                return None;
            }
        }
        Some(names)
    }
}
