//! Worker: one thread of a walk. Keeps the objects on the path from a root in memory, rebuilds the
//! next from them, drops the oldest when they take too much, and rebuilds those when needed again.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::buffer::{Buffer, Pool};
use super::chain::{Class, NONE};
use super::delta::{self, Segment};
use super::fault::Fault;
use super::inflate::Inflater;
use super::pack::entry::{Content, Kind};
use super::walk::{Base, Node, Visitor, Walk};

/// Objects above this size are handled by one thread at a time.
const LARGE: usize = 12 << 20;

/// One object on the path from a root.
struct Frame<S> {
    node: u32,
    next: u32,
    buffer: Option<Buffer>,
    state: Option<S>,
}

/// One thread of a walk.
pub(super) struct Worker<'w, 'a, V: Visitor> {
    walk: &'w Walk<'a>,
    visitor: &'w V,
    pub(super) local: V::Local,
    inflater: Inflater,
    pool: Pool,
    delta: Buffer,
    segments: Vec<Segment>,
    stack: Vec<Frame<V::State>>,
    /// Entries that could not be had from here, and why.
    orphans: Vec<(u32, Fault)>,
    held: usize,
    lane: Option<MutexGuard<'a, ()>>,
}

impl<'w, 'a, V: Visitor> Worker<'w, 'a, V> {
    pub(super) fn new(walk: &'w Walk<'a>, visitor: &'w V, stack: usize) -> Self {
        Worker {
            walk,
            visitor,
            local: visitor.begin(),
            inflater: Inflater::new(),
            pool: Pool::new((stack / 4).min(8 << 20)),
            delta: Buffer::default(),
            segments: Vec::new(),
            stack: Vec::new(),
            orphans: Vec::new(),
            held: 0,
            lane: None,
        }
    }

    /// Visits a root and everything built on it.
    pub(super) fn tree(&mut self, root: u32, stack: usize) {
        match self.root(root) {
            Ok(Some(buffer)) => self.enter(root, buffer, None),
            Ok(None) => return,
            // Of unknown kind: the pass over blobs counts it.
            Err(_) if self.is_stranger(root) => return,
            Err(fault) => self.orphans.push((root, fault)),
        }
        self.descend(stack);
        while let Some((orphan, fault)) = self.orphans.pop() {
            match self.rescue(orphan, fault) {
                Ok(buffer) => {
                    self.enter(orphan, buffer, None);
                    self.descend(stack);
                }
                Err(fault) => self.lose(orphan, fault),
            }
        }
        self.lane = None;
        if self.delta.owned() > LARGE {
            self.delta = Buffer::default();
        }
    }

    /// Its kind will never be known, and this is not the walk that counts such entries.
    fn is_stranger(&self, root: u32) -> bool {
        self.walk.forest.class(root) == Class::Foreign && self.walk.kind != Kind::Blob
    }

    /// Visits everything that is built on what is on the stack.
    fn descend(&mut self, stack: usize) {
        while let Some(top) = self.stack.last_mut() {
            let child = top.next;
            if child == NONE {
                self.leave();
                continue;
            }
            top.next = self.walk.first_needed(self.walk.forest.sibling(child));
            match self.child(child) {
                Ok(buffer) => {
                    let base = self.stack.len() - 1;
                    self.enter(child, buffer, Some(base));
                }
                Err(fault) => self.orphans.push((child, fault)),
            }
            self.evict(stack);
        }
    }

    /// The bytes of a root; `None` if it is of another kind after all.
    fn root(&mut self, root: u32) -> Result<Option<Buffer>, Fault> {
        self.check_cancel()?;
        let walk = self.walk;
        if walk.forest.class(root) == Class::Foreign {
            let (kind, bytes) = (walk.elsewhere)(root)?;
            return Ok((kind == walk.kind).then(|| bytes.into()));
        }
        let header = walk.pack.header(walk.forest.offset(root))?;
        let size = self.admit(header.size)?;
        let mut buffer = self.pool.take(size);
        walk.pack
            .inflate(&header, &mut self.inflater, buffer.bytes_mut())?;
        self.note(root);
        Ok(Some(buffer))
    }

    /// Another copy of an entry that cannot be had from this pack.
    fn rescue(&mut self, node: u32, fault: Fault) -> Result<Buffer, Fault> {
        self.check_cancel()?;
        if matches!(fault, Fault::TooLarge | Fault::Cancelled) {
            return Err(fault);
        }
        match (self.walk.elsewhere)(node) {
            Ok((kind, bytes)) if kind == self.walk.kind => Ok(bytes.into()),
            _ => Err(fault),
        }
    }

    /// Reports an entry that is nowhere; what is built on it may have copies.
    fn lose(&mut self, node: u32, fault: Fault) {
        self.pass(0);
        self.visitor.failed(&mut self.local, node, fault);
        let mut child = self.walk.first_needed(self.walk.forest.first_child(node));
        while child != NONE {
            self.orphans.push((child, fault));
            child = self.walk.first_needed(self.walk.forest.sibling(child));
        }
    }

    /// Rebuilds a child of the top frame; leaves its segments behind.
    fn child(&mut self, child: u32) -> Result<Buffer, Fault> {
        self.check_cancel()?;
        let top = self.stack.len() - 1;
        self.restore(top)?;
        self.rebuild(child, top)
    }

    /// Rebuilds `node` from the bytes of frame `base`.
    fn rebuild(&mut self, node: u32, base: usize) -> Result<Buffer, Fault> {
        let walk = self.walk;
        let header = walk.pack.header(walk.forest.offset(node))?;
        if matches!(header.content, Content::Whole(_)) {
            return Err(Fault::Corrupt("a delta turned into an object"));
        }
        let size = self.admit(header.size)?;
        self.delta.reset(size);
        walk.pack
            .inflate(&header, &mut self.inflater, self.delta.bytes_mut())?;
        self.note(node);
        let (_, result, _) = delta::sizes(self.delta.bytes())?;
        let size = self.admit(result)?;
        let mut buffer = self.pool.take(size);
        let from = self.stack[base].buffer.as_ref();
        let from = from.ok_or(Fault::Missing)?.bytes();
        delta::apply(
            from,
            self.delta.bytes(),
            buffer.bytes_mut(),
            &mut self.segments,
        )?;
        Ok(buffer)
    }

    /// Visits an object and, if others are built on it, puts it on the stack.
    fn enter(&mut self, node: u32, buffer: Buffer, base: Option<usize>) {
        self.pass(buffer.bytes().len());
        let next = self.walk.first_needed(self.walk.forest.first_child(node));
        let shown = base.and_then(|base| {
            let frame = &self.stack[base];
            Some(Base {
                state: frame.state.as_ref()?,
                len: frame.buffer.as_ref()?.bytes().len(),
                segments: &self.segments,
            })
        });
        let state = if buffer.bytes().len() > self.walk.limits.object {
            self.visitor.failed(&mut self.local, node, Fault::TooLarge);
            None
        } else {
            let depth = self.stack.len();
            let bytes = buffer.bytes();
            let shown_node = Node {
                number: node,
                bytes,
                depth,
                heirs: next != NONE,
            };
            self.visitor.visit(&mut self.local, shown_node, shown)
        };
        if next == NONE {
            self.pool.give(buffer);
            return;
        }
        self.held += buffer.owned();
        self.held += state.as_ref().map_or(0, |s| self.visitor.weight(s));
        self.stack.push(Frame {
            node,
            next,
            buffer: Some(buffer),
            state,
        });
    }

    /// Takes the top frame off.
    fn leave(&mut self) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        if let Some(state) = &frame.state {
            self.held -= self.visitor.weight(state);
        }
        if let Some(buffer) = frame.buffer {
            self.held -= buffer.owned();
            self.pool.give(buffer);
        }
    }

    /// Drops the oldest bases until the rest fits; the top one stays.
    fn evict(&mut self, limit: usize) {
        let mut oldest = 0;
        while self.held > limit && oldest + 1 < self.stack.len() {
            let frame = &mut self.stack[oldest];
            if let Some(buffer) = frame.buffer.take() {
                self.held -= buffer.owned();
            }
            if let Some(state) = frame.state.take_if(|s| self.visitor.weight(s) > limit / 64) {
                self.held -= self.visitor.weight(&state);
            }
            oldest += 1;
        }
    }

    /// Makes sure that frame `at` has its bytes.
    fn restore(&mut self, at: usize) -> Result<(), Fault> {
        let mut from = at;
        while self.stack[from].buffer.is_none() {
            if from == 0 {
                let root = self.root(self.stack[0].node)?.ok_or(Fault::Missing)?;
                self.held += root.owned();
                self.stack[0].buffer = Some(root);
            } else {
                from -= 1;
            }
        }
        for i in from..at {
            let buffer = self.rebuild(self.stack[i + 1].node, i)?;
            self.held += buffer.owned();
            self.stack[i + 1].buffer = Some(buffer);
            if let Some(base) = self.stack[i].buffer.take_if(|_| i > from) {
                self.held -= base.owned();
                self.pool.give(base);
            }
        }
        Ok(())
    }

    /// Refuses what is too large; waits for the lane before anything large.
    fn admit(&mut self, size: u64) -> Result<usize, Fault> {
        let size = usize::try_from(size).map_err(|_| Fault::TooLarge)?;
        if size > self.walk.limits.base {
            return Err(Fault::TooLarge);
        }
        if size > LARGE && self.lane.is_none() {
            self.lane = self.walk.lane.lock().ok();
        }
        Ok(size)
    }

    fn check_cancel(&self) -> Result<(), Fault> {
        if self.walk.cancel.load(Ordering::Relaxed) {
            return Err(Fault::Cancelled);
        }
        Ok(())
    }

    fn pass(&self, bytes: usize) {
        if let Some(meter) = self.walk.meter {
            meter.pass(bytes);
        }
    }

    fn note(&self, node: u32) {
        let packed = self.walk.forest.packed(node);
        self.walk
            .pack
            .note_read(usize::try_from(packed).unwrap_or(0).min(1 << 20));
    }
}
