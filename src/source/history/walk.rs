//! Walk: visits the objects of one pack depth-first along their deltas, so that every object is
//! inflated once and rebuilt while its base is in memory. What a visit does is the visitor's business.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::buffer::{Buffer, Pool};
use super::chain::{Class, Forest, NONE};
use super::delta::{self, Segment};
use super::fault::Fault;
use super::inflate::Inflater;
use super::pack::Pack;
use super::pack::entry::{Content, Kind};

/// What a visitor is shown of the base of an object.
pub(crate) struct Base<'a, S> {
    /// What the visitor remembered of it.
    pub(crate) state: &'a S,
    /// How long it is.
    pub(crate) len: usize,
    /// How the object is made of it.
    pub(crate) segments: &'a [Segment],
}

/// Sees every wanted object once.
pub(crate) trait Visitor: Sync {
    /// What is remembered of an object while others may be built on it.
    type State;
    /// What one thread gathers.
    type Local: Send;

    /// A thread begins.
    fn begin(&self) -> Self::Local;
    /// An object, and its base if that was visited and is remembered. `heir`: others are built on it.
    fn visit(
        &self,
        local: &mut Self::Local,
        node: Node<'_>,
        base: Option<Base<'_, Self::State>>,
    ) -> Option<Self::State>;
    /// An object could not be had.
    fn failed(&self, local: &mut Self::Local, node: u32, fault: Fault);
    /// How much memory a state takes.
    fn weight(&self, state: &Self::State) -> usize;
}

/// One object as it is visited.
pub(crate) struct Node<'a> {
    /// Its number in the forest.
    pub(crate) number: u32,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// How deep below its root it stands.
    pub(crate) depth: usize,
    /// Others are built on it.
    pub(crate) heirs: bool,
}

/// How much memory a walk may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Objects larger than this are not visited.
    pub(crate) object: usize,
    /// Objects larger than this are not even rebuilt as a base.
    pub(crate) base: usize,
    /// Bytes of bases one thread keeps; beyond it they are dropped and rebuilt when needed again.
    pub(crate) stack: usize,
}

/// Objects above this size are handled by one thread at a time.
const LARGE: usize = 12 << 20;

/// One walk over the objects of one kind in a pack.
pub(crate) struct Walk<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) forest: &'a Forest,
    pub(crate) kind: Kind,
    /// Reads an entry by other ways: its base is not in this pack, or it is damaged here.
    pub(crate) elsewhere: &'a (dyn Fn(u32) -> Result<(Kind, Vec<u8>), Fault> + Sync),
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a AtomicBool,
    /// Which entries are visited or needed as a base; `None` for all.
    pub(crate) needed: Option<&'a [bool]>,
    /// Held by the thread that handles large objects.
    pub(crate) lane: &'a Mutex<()>,
}

/// One object on the path from a root.
struct Frame<S> {
    node: u32,
    next: u32,
    buffer: Option<Buffer>,
    state: Option<S>,
}

/// One thread of a walk.
struct Worker<'w, 'a, V: Visitor> {
    walk: &'w Walk<'a>,
    visitor: &'w V,
    local: V::Local,
    inflater: Inflater,
    pool: Pool,
    delta: Buffer,
    segments: Vec<Segment>,
    stack: Vec<Frame<V::State>>,
    /// Entries that could not be had from here, and why.
    orphans: Vec<(u32, Fault)>,
    held: usize,
    lane: Option<std::sync::MutexGuard<'a, ()>>,
}

impl<'a> Walk<'a> {
    /// Visits everything on as many threads as the current pool has; gives what they gathered, in no
    /// particular order.
    pub(crate) fn run<V: Visitor>(&self, visitor: &V) -> Vec<V::Local> {
        let batches = self.batches();
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads().min(batches.len()).max(1);
        let done = Mutex::new(Vec::with_capacity(threads));
        let stack = self.limits.stack / threads;
        rayon::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|_| {
                    let mut worker = Worker::new(self, visitor, stack);
                    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for root in batch {
                            worker.tree(*root, stack);
                        }
                    }
                    if let Ok(mut done) = done.lock() {
                        done.push(worker.local);
                    }
                });
            }
        });
        done.into_inner().unwrap_or_default()
    }

    /// The roots in portions: those with many descendants first and alone, the rest in pack order.
    fn batches(&self) -> Vec<Vec<u32>> {
        const MANY: u32 = 400;
        const PORTION: usize = 64;
        let mut below = vec![0u32; self.forest.len()];
        let mut roots = Vec::new();
        for node in (0..self.forest.len()).rev() {
            let number = u32::try_from(node).unwrap_or(NONE);
            match self.forest.base(number) {
                Some(base) => {
                    let more = below[node].saturating_add(1);
                    let sum = &mut below[base as usize];
                    *sum = sum.saturating_add(more);
                }
                None if self.is_root(number) => roots.push(number),
                None => {}
            }
        }
        roots.reverse();
        let (mut large, small): (Vec<u32>, Vec<u32>) =
            roots.iter().partition(|root| below[**root as usize] > MANY);
        large.sort_by_key(|root| std::cmp::Reverse(below[*root as usize]));
        let mut batches: Vec<Vec<u32>> = large.into_iter().map(|root| vec![root]).collect();
        batches.extend(small.chunks(PORTION).map(<[u32]>::to_vec));
        batches
    }

    fn is_root(&self, node: u32) -> bool {
        let wanted = match self.forest.class(node) {
            Class::Known(kind) => kind == self.kind,
            Class::Foreign => true,
            Class::Broken => false,
        };
        wanted && self.needs(node)
    }

    fn needs(&self, node: u32) -> bool {
        self.needed
            .is_none_or(|needed| needed.get(node as usize).is_some_and(|n| *n))
    }

    /// The first needed entry among `node` and its siblings.
    fn first_needed(&self, mut node: u32) -> u32 {
        while node != NONE && !self.needs(node) {
            node = self.forest.sibling(node);
        }
        node
    }
}

impl<'w, 'a, V: Visitor> Worker<'w, 'a, V> {
    fn new(walk: &'w Walk<'a>, visitor: &'w V, stack: usize) -> Self {
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
    fn tree(&mut self, root: u32, stack: usize) {
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

    fn note(&self, node: u32) {
        let packed = self.walk.forest.packed(node);
        self.walk
            .pack
            .note_read(usize::try_from(packed).unwrap_or(0).min(1 << 20));
    }
}
