//! Many checks at a time: a bounded set of threads, providers taken in turn, each credential once, and an
//! intake that can be fed while scanning still goes on.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Credential, Outcome, Ticket, Verifier};
use crate::finding::{Confidence, Finding, Match, Status};

/// Takes credentials while the run goes on.
pub struct Intake<'v, 'p> {
    verifier: &'v Verifier<'p>,
    queue: Mutex<Queue>,
    news: Condvar,
}

#[derive(Default)]
struct Queue {
    seen: HashSet<Ticket>,
    /// Waiting, by provider; the keys rotate so that no provider holds up the others.
    waiting: BTreeMap<String, VecDeque<(Ticket, Credential)>>,
    last: String,
    closed: bool,
}

impl Queue {
    /// The next credential of the provider after the one served last.
    fn next(&mut self) -> Option<(Ticket, Credential)> {
        let after = (
            std::ops::Bound::Excluded(&self.last),
            std::ops::Bound::Unbounded,
        );
        let mut later = self.waiting.range::<String, _>(after);
        let name = later.next().or_else(|| self.waiting.iter().next());
        let name = name?.0.clone();
        let line = self.waiting.get_mut(&name)?;
        let taken = line.pop_front();
        if line.is_empty() {
            self.waiting.remove(&name);
        }
        self.last = name;
        taken
    }
}

impl Intake<'_, '_> {
    /// Queues a credential, unless it is known already.
    pub fn submit(&self, credential: Credential) {
        let ticket = credential.ticket();
        let provider = self.verifier.patterns.find(&credential.kind);
        let provider = provider.map_or(String::new(), |found| found.provider.id.clone());
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.seen.insert(ticket) {
            let line = queue.waiting.entry(provider).or_default();
            line.push_back((ticket, credential));
            self.news.notify_one();
        }
    }

    /// Queues those matches of one content that nobody else lays claim to: sure of their kind, without
    /// another kind over the same bytes, not marked as known. The others wait for merging.
    pub fn offer(&self, found: &[Match]) {
        for one in found {
            let rival = |other: &Match| {
                let (a, b) = (&one.span, &other.span);
                other.kind != one.kind && a.start < b.end && b.start < a.end
            };
            let sure = one.confidence == Confidence::High
                && one.candidates.is_empty()
                && one.marker.is_none()
                && !found.iter().any(rival);
            if sure {
                self.submit(Credential::of_match(one));
            }
        }
    }

    fn close(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.closed = true;
        self.news.notify_all();
    }

    fn take(&self, stop: &AtomicBool) -> Option<(Ticket, Credential)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(next) = queue.next() {
                return Some(next);
            }
            if queue.closed {
                return None;
            }
            // The pause lets an interrupt be seen.
            let waited = self.news.wait_timeout(queue, Duration::from_millis(200));
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What the checks of a run brought.
pub type Outcomes = HashMap<Ticket, Outcome>;

impl<'p> Verifier<'p> {
    /// Runs `work` with an intake whose credentials are checked meanwhile; ends when all are.
    pub fn during<R>(
        &self,
        stop: &AtomicBool,
        work: impl FnOnce(&Intake<'_, 'p>) -> R,
    ) -> (R, Outcomes) {
        let intake = Intake {
            verifier: self,
            queue: Mutex::default(),
            news: Condvar::new(),
        };
        let outcomes = Mutex::new(Outcomes::new());
        let result = std::thread::scope(|scope| {
            for _ in 0..self.options.threads.max(1) {
                scope.spawn(|| {
                    while let Some((ticket, credential)) = intake.take(stop) {
                        let outcome = self.check(&credential);
                        let mut all = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                        all.insert(ticket, outcome);
                    }
                });
            }
            let closing = Closing(&intake);
            let result = work(&intake);
            drop(closing);
            result
        });
        let outcomes = outcomes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (result, outcomes)
    }

    /// Checks every finding that `known` does not answer, and writes the statuses in.
    pub fn check_all(&self, findings: &mut [Finding], known: &Outcomes, stop: &AtomicBool) {
        let tickets: Vec<_> = findings
            .iter()
            .map(|finding| Credential::of_finding(finding).ticket())
            .collect();
        let ((), fresh) = self.during(stop, |intake| {
            for (finding, ticket) in findings.iter().zip(&tickets) {
                if !known.contains_key(ticket) && !finding.secret.is_empty() {
                    intake.submit(Credential::of_finding(finding));
                }
            }
        });
        for (finding, ticket) in findings.iter_mut().zip(&tickets) {
            match known.get(ticket).or_else(|| fresh.get(ticket)) {
                Some(outcome) => outcome.apply(finding),
                None if finding.status == Status::Unchecked => {
                    let why = "the run was interrupted before it was asked";
                    finding.status = Status::Unknown(why.into());
                }
                None => {}
            }
        }
    }
}

/// Closes the intake even if the work panics, so that the threads end.
struct Closing<'a, 'v, 'p>(&'a Intake<'v, 'p>);

impl Drop for Closing<'_, '_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
