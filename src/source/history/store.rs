//! Store: every object of a repository, in packs and loose, in all its object directories. Objects
//! have numbers: those of the packs in index order, then the loose ones. Reads single objects; the
//! bulk is `walk`'s business.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::finding::{BlobId, Skip, Tally};

use super::delta;
use super::fault::Fault;
use super::inflate::Inflater;
use super::listing::open_packs;
use super::loose;
use super::pack::Pack;
use super::pack::entry::{Content, Kind};
pub(crate) use super::pack::index::key;
use super::repo::Layout;

/// Longest chain of deltas that is followed; git itself makes none longer than 4,095.
const CHAIN: usize = 10_000;

/// All objects of a repository.
pub(crate) struct Store {
    pub(crate) hash: usize,
    pub(crate) packs: Vec<Pack>,
    /// Number of the first object of each pack, and of the first loose one.
    starts: Vec<u32>,
    /// Loose objects that are in no pack, ascending.
    pub(crate) loose: Vec<BlobId>,
    layout: Layout,
    /// The same store, listed again because something had gone; see `read`.
    again: OnceLock<Box<Store>>,
}

impl Store {
    /// Opens all packs and lists all loose objects. What cannot be opened is counted in `tally`.
    pub(crate) fn open(layout: &Layout, tally: &mut Tally) -> Store {
        // Loose objects are listed before the packs: what a concurrent gc moves from the first to
        // the second is then seen at least once.
        let mut loose = Vec::new();
        for dir in &layout.objects {
            loose::list(dir, layout.hash, &mut loose);
        }
        let packs = open_packs(layout, tally);
        let mut starts = vec![0u32];
        let mut end = 0u32;
        let mut kept = Vec::new();
        for pack in packs {
            match u32::try_from(pack.len())
                .ok()
                .and_then(|n| end.checked_add(n))
            {
                Some(next) => {
                    end = next;
                    starts.push(end);
                    kept.push(pack);
                }
                None => tally.fail(
                    Skip::Unreadable,
                    pack.path.display().to_string(),
                    "more than 4 billion objects",
                ),
            }
        }
        loose.sort_unstable();
        loose.dedup();
        let packed = |id: &BlobId| kept.iter().any(|pack| pack.find(id.as_bytes()).is_some());
        loose.retain(|id| !packed(id));
        Store {
            hash: layout.hash,
            packs: kept,
            starts,
            loose,
            layout: layout.clone(),
            again: OnceLock::new(),
        }
    }

    /// How many objects there are, copies counted.
    pub(crate) fn len(&self) -> usize {
        self.first_loose() as usize + self.loose.len()
    }

    /// Number of the first loose object.
    pub(crate) fn first_loose(&self) -> u32 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Number of the `i`-th object of a pack.
    pub(crate) fn number(&self, pack: usize, i: usize) -> u32 {
        self.starts[pack] + u32::try_from(i).unwrap_or(0)
    }

    /// The id of an object.
    pub(crate) fn id(&self, number: u32) -> Option<BlobId> {
        if number >= self.first_loose() {
            let i = number - self.first_loose();
            return self.loose.get(i as usize).copied();
        }
        let pack = self.starts.partition_point(|start| *start <= number) - 1;
        let i = number - self.starts[pack];
        BlobId::from_bytes(self.packs[pack].id(i as usize))
    }

    /// The number of an object: of its first copy.
    pub(crate) fn find(&self, id: &[u8]) -> Option<u32> {
        for (pack, start) in self.packs.iter().zip(&self.starts) {
            if let Some(i) = pack.find(id) {
                return u32::try_from(i).ok().map(|i| start + i);
            }
        }
        let id = BlobId::from_bytes(id)?;
        let i = self.loose.binary_search(&id).ok()?;
        u32::try_from(i).ok().map(|i| self.first_loose() + i)
    }

    /// Of the ids that begin with these bytes, ascending, those of which there is none.
    pub(crate) fn absent(&self, mut keys: Vec<u64>) -> Vec<u64> {
        for pack in &self.packs {
            if keys.is_empty() {
                break;
            }
            let mut i = 0;
            keys.retain(|wanted| {
                while i < pack.len() && key(pack.id(i)) < *wanted {
                    i += 1;
                }
                i >= pack.len() || key(pack.id(i)) != *wanted
            });
        }
        keys.retain(|wanted| {
            let i = self
                .loose
                .partition_point(|id| key(id.as_bytes()) < *wanted);
            self.loose
                .get(i)
                .is_none_or(|id| key(id.as_bytes()) != *wanted)
        });
        keys
    }

    /// Reads an object from whichever copy is sound. If there is none, a concurrent gc may have moved
    /// it: then the packs are listed once more.
    pub(crate) fn read(
        &self,
        id: &[u8],
        inflater: &mut Inflater,
        limit: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        let first = self.read_deep(id, inflater, limit, 0);
        if !matches!(first, Err(Fault::Missing)) {
            return first;
        }
        self.again().read_deep(id, inflater, limit, 0)
    }

    /// The same store, listed once more. What is only there came while the first was read.
    pub(crate) fn again(&self) -> &Store {
        let open = || Box::new(Store::open(&self.layout, &mut Tally::default()));
        self.again.get_or_init(open)
    }

    fn read_deep(
        &self,
        id: &[u8],
        inflater: &mut Inflater,
        limit: usize,
        depth: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        self.read_from(0..self.packs.len(), id, inflater, limit, depth)
    }

    fn read_from(
        &self,
        packs: impl Iterator<Item = usize>,
        id: &[u8],
        inflater: &mut Inflater,
        limit: usize,
        depth: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        let mut worst = Fault::Missing;
        for number in packs {
            let pack = &self.packs[number];
            let Some(offset) = pack.find(id).and_then(|i| pack.offset(i)) else {
                continue;
            };
            match self.entry_deep(number, offset, inflater, limit, depth) {
                Ok(object) => return Ok(object),
                Err(fault) => worst = fault,
            }
        }
        let id = BlobId::from_bytes(id).ok_or(Fault::Missing)?;
        for dir in &self.layout.objects {
            let mut out = Vec::new();
            match loose::read(&loose::path(dir, &id), inflater, &mut out, limit) {
                Ok(kind) => return Ok((kind, out)),
                Err(Fault::Missing) => {}
                Err(fault) => worst = fault,
            }
        }
        Err(worst)
    }

    /// Reads an object from anywhere but one pack.
    pub(crate) fn read_elsewhere(
        &self,
        id: &[u8],
        but: usize,
        inflater: &mut Inflater,
        limit: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        let others = (0..self.packs.len()).filter(|pack| *pack != but);
        self.read_from(others, id, inflater, limit, 0)
    }

    /// Reads the object at an offset of a pack, wherever its bases are.
    pub(crate) fn entry(
        &self,
        pack: usize,
        offset: u64,
        inflater: &mut Inflater,
        limit: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        self.entry_deep(pack, offset, inflater, limit, 0)
    }

    fn entry_deep(
        &self,
        number: usize,
        offset: u64,
        inflater: &mut Inflater,
        limit: usize,
        depth: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        const DEPTH: usize = 64;
        if depth > DEPTH {
            return Err(Fault::Corrupt("bases that lead from pack to pack"));
        }
        let pack = &self.packs[number];
        let mut chain = vec![pack.header(offset)?];
        let (kind, mut object) = loop {
            let last = chain[chain.len() - 1];
            if chain.len() > CHAIN {
                return Err(Fault::Corrupt("a chain of deltas without end"));
            }
            match last.content {
                Content::Whole(kind) => {
                    chain.pop();
                    let mut bytes = vec![0; admit(last.size, limit)?];
                    pack.inflate(&last, inflater, &mut bytes)?;
                    break (kind, bytes);
                }
                Content::Offset(base) => chain.push(pack.header(base)?),
                Content::Reference(id) => match pack.find(id).and_then(|i| pack.offset(i)) {
                    Some(base) => chain.push(pack.header(base)?),
                    None => break self.read_deep(id, inflater, limit, depth + 1)?,
                },
            }
        };
        let mut instructions = Vec::new();
        let mut segments = Vec::new();
        for header in chain.iter().rev() {
            instructions.resize(admit(header.size, limit)?, 0);
            pack.inflate(header, inflater, &mut instructions)?;
            let (_, size, _) = delta::sizes(&instructions)?;
            let mut next = vec![0; admit(size, limit)?];
            delta::apply(&object, &instructions, &mut next, &mut segments)?;
            object = next;
        }
        Ok((kind, object))
    }

    /// The file of a loose object, in the first directory that has it.
    pub(crate) fn loose_path(&self, id: &BlobId) -> Option<PathBuf> {
        let paths = self.layout.objects.iter().map(|dir| loose::path(dir, id));
        let mut there = paths.filter(|path| path.exists());
        there.next()
    }
}

fn admit(size: u64, limit: usize) -> Result<usize, Fault> {
    let size = usize::try_from(size).map_err(|_| Fault::TooLarge)?;
    if size > limit {
        return Err(Fault::TooLarge);
    }
    Ok(size)
}
