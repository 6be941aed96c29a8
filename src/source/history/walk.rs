//! Walk: visits the objects of one pack depth-first along their deltas, so that every object is
//! inflated once and rebuilt while its base is in memory. What a visit does is the visitor's business.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::chain::{Class, Forest, NONE};
use super::delta::Segment;
use super::fault::Fault;
use super::meter::Meter;
use super::pack::Pack;
use super::pack::entry::Kind;
use super::worker::Worker;

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
    /// A thread is done; it was busy for so long.
    fn worked(&self, local: &mut Self::Local, busy: Duration);
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

/// One walk over the objects of one kind in a pack.
pub(crate) struct Walk<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) forest: &'a Forest,
    pub(crate) kind: Kind,
    /// Reads an entry by other ways: its base is not in this pack, or it is damaged here.
    pub(crate) elsewhere: &'a (dyn Fn(u32) -> Result<(Kind, Vec<u8>), Fault> + Sync),
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a AtomicBool,
    /// Is told of every object.
    pub(crate) meter: Option<&'a Meter>,
    /// Which entries are visited or needed as a base; `None` for all.
    pub(crate) needed: Option<&'a [bool]>,
    /// Held by the thread that handles large objects.
    pub(crate) lane: &'a Mutex<()>,
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
                    let start = Instant::now();
                    let mut worker = Worker::new(self, visitor, stack);
                    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for root in batch {
                            worker.tree(*root, stack);
                        }
                    }
                    visitor.worked(&mut worker.local, start.elapsed());
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
    pub(super) fn first_needed(&self, mut node: u32) -> u32 {
        while node != NONE && !self.needs(node) {
            node = self.forest.sibling(node);
        }
        node
    }
}
