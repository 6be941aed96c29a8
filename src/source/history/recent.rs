//! Recent: objects of a pack that were rebuilt last, so that the next one built on one of them is not
//! rebuilt from the beginning. For single objects that are read one after the other.

use super::delta::{self, Segment};
use super::fault::Fault;
use super::inflate::Inflater;
use super::pack::Pack;
use super::pack::entry::{Content, Header, Kind};

/// So many bytes are kept.
const MOST: usize = 8 << 20;

/// Longer chains are read elsewhere, and counted there if they have no end.
const CHAIN: usize = 4096;

/// What was rebuilt last: each built on the one before it.
pub(crate) struct Recent {
    inflater: Inflater,
    pack: usize,
    kind: Kind,
    chain: Vec<(u64, Vec<u8>)>,
    bytes: usize,
    delta: Vec<u8>,
    segments: Vec<Segment>,
}

impl Recent {
    pub(crate) fn new() -> Recent {
        Recent {
            inflater: Inflater::new(),
            pack: usize::MAX,
            kind: Kind::Blob,
            chain: Vec::new(),
            bytes: 0,
            delta: Vec::new(),
            segments: Vec::new(),
        }
    }

    /// The object at an offset of a pack; none if it is not sound, too large, or not all of it is there.
    pub(crate) fn read(
        &mut self,
        (number, pack): (usize, &Pack),
        offset: u64,
        limit: usize,
    ) -> Option<(Kind, &[u8])> {
        if self.pack != number {
            self.keep(0);
            self.pack = number;
        }
        let (mut missing, mut at): (Vec<(u64, Header<'_>)>, u64) = (Vec::new(), offset);
        loop {
            if let Some(known) = self.chain.iter().rposition(|(known, _)| *known == at) {
                self.keep(known + 1);
                break;
            }
            let header = pack.header(at).ok().filter(|_| missing.len() < CHAIN)?;
            missing.push((at, header));
            match header.content {
                Content::Whole(kind) => {
                    self.keep(0);
                    self.kind = kind;
                    break;
                }
                Content::Offset(base) => at = base,
                Content::Reference(id) => at = pack.find(id).and_then(|i| pack.offset(i))?,
            }
        }
        for (at, header) in missing.into_iter().rev() {
            let object = self.rebuild(pack, &header, limit).ok()?;
            self.push(at, object);
        }
        let (_, object) = self.chain.last()?;
        Some((self.kind, object))
    }

    /// Inflates an object, or builds it on the last one.
    fn rebuild(
        &mut self,
        pack: &Pack,
        header: &Header<'_>,
        limit: usize,
    ) -> Result<Vec<u8>, Fault> {
        let size = |size: u64| {
            let size = usize::try_from(size).ok().filter(|size| *size <= limit);
            size.ok_or(Fault::TooLarge)
        };
        if matches!(header.content, Content::Whole(_)) {
            let mut object = vec![0; size(header.size)?];
            pack.inflate(header, &mut self.inflater, &mut object)?;
            return Ok(object);
        }
        self.delta.resize(size(header.size)?, 0);
        pack.inflate(header, &mut self.inflater, &mut self.delta)?;
        let (_, result, _) = delta::sizes(&self.delta)?;
        let mut object = vec![0; size(result)?];
        let (_, base) = self.chain.last().ok_or(Fault::Missing)?;
        delta::apply(base, &self.delta, &mut object, &mut self.segments)?;
        Ok(object)
    }

    /// Drops what is not among the first `count`.
    fn keep(&mut self, count: usize) {
        let dropped = self.chain.drain(count..);
        self.bytes -= dropped.map(|(_, object)| object.len()).sum::<usize>();
    }

    fn push(&mut self, at: u64, object: Vec<u8>) {
        self.bytes += object.len();
        self.chain.push((at, object));
        let mut old = 0;
        while self.bytes > MOST && old + 1 < self.chain.len() {
            self.bytes -= self.chain[old].1.len();
            old += 1;
        }
        self.chain.drain(..old);
    }
}
