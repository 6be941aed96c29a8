//! Pace: how fast one host is asked, when it is left alone for a while, and when the whole run must end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock for every host.
#[derive(Debug, Default)]
pub struct Pace {
    interval: Duration,
    deadline: Option<Instant>,
    free_at: Mutex<HashMap<String, Instant>>,
}

/// The run's deadline comes before the host's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue;

impl Pace {
    /// At least `interval` between two calls to one host; nothing is sent after `deadline`.
    pub fn new(interval: Duration, deadline: Option<Instant>) -> Pace {
        Pace {
            interval,
            deadline,
            free_at: Mutex::default(),
        }
    }

    /// Waits for the host's turn.
    pub fn wait(&self, host: &str) -> Result<(), Overdue> {
        let now = Instant::now();
        let turn = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = free_at.get(host).copied().unwrap_or(now).max(now);
            if self.deadline.is_some_and(|deadline| turn >= deadline) {
                return Err(Overdue);
            }
            if !self.interval.is_zero() {
                free_at.insert(host.to_owned(), turn + self.interval);
            }
            turn
        };
        std::thread::sleep(turn.saturating_duration_since(now));
        Ok(())
    }

    /// Leaves the host alone for a while, as it asked.
    pub fn pause(&self, host: &str, wait: Duration) {
        let until = Instant::now() + wait;
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = free_at.entry(host.to_owned()).or_insert(until);
        *turn = until.max(*turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_to_one_host_are_spread_and_others_are_not_held_up() {
        let pace = Pace::new(Duration::from_millis(20), None);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(pace.wait("a"), Ok(()));
        }
        assert!(start.elapsed() >= Duration::from_millis(40));
        let start = Instant::now();
        assert_eq!(pace.wait("b"), Ok(()));
        assert!(start.elapsed() < Duration::from_millis(15));
    }

    #[test]
    fn nothing_is_sent_past_the_deadline() {
        let soon = Instant::now() + Duration::from_millis(50);
        let pace = Pace::new(Duration::ZERO, Some(soon));
        assert_eq!(pace.wait("a"), Ok(()));
        pace.pause("a", Duration::from_secs(60));
        assert_eq!(pace.wait("a"), Err(Overdue));
        assert_eq!(pace.wait("b"), Ok(()));
    }
}
