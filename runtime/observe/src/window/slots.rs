//! A ring of time slots and their sum.
//!
//! In: events with their times, in roughly that order. Out: the sum over the window. Afterwards
//! what is older than the window is no longer in the sum. Moving on costs as many subtractions as
//! slots have ended; adding is done twice, for the slot and for the sum.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::histogram::Histogram;

/// The slots of a window.
const SLOTS: u64 = 12;

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) calls: u64,
    pub(super) faults: u64,
    pub(super) dropped: u64,
    pub(super) attempts: u64,
    pub(super) retries: u64,
    pub(super) failed_calls: Kinds,
    pub(super) failed_attempts: Kinds,
    pub(super) call_times: Histogram,
    pub(super) attempt_times: Histogram,
}

impl Tally {
    fn subtract(&mut self, other: &Self) {
        self.calls -= other.calls;
        self.faults -= other.faults;
        self.dropped -= other.dropped;
        self.attempts -= other.attempts;
        self.retries -= other.retries;
        self.failed_calls.subtract(&other.failed_calls);
        self.failed_attempts.subtract(&other.failed_attempts);
        self.call_times.subtract(&other.call_times);
        self.attempt_times.subtract(&other.attempt_times);
    }

    /// Forgets everything and keeps the memory.
    fn clear(&mut self) {
        self.call_times.clear();
        self.attempt_times.clear();
        *self = Self {
            call_times: std::mem::take(&mut self.call_times),
            attempt_times: std::mem::take(&mut self.attempt_times),
            ..Self::default()
        };
    }
}

/// Counts by kind of failure, of which there is a fixed set.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds(pub(super) BTreeMap<&'static str, u64>);

impl Kinds {
    pub(super) fn add(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }

    fn subtract(&mut self, other: &Self) {
        for (kind, less) in &other.0 {
            if let Some(count) = self.0.get_mut(kind) {
                *count = count.saturating_sub(*less);
            }
        }
        self.0.retain(|_, count| *count > 0);
    }
}

#[derive(Debug)]
pub(super) struct Slots {
    /// How much time a slot stands for.
    step: Duration,
    /// When slot 0 began: at the first event.
    origin: Option<Instant>,
    /// The latest time that is known of.
    latest: Option<Instant>,
    /// The number of the newest slot. The slots before it are in the ring at their number modulo
    /// its length.
    newest: u64,
    ring: Vec<Tally>,
    sum: Tally,
}

impl Slots {
    pub(super) fn new(length: Duration) -> Self {
        let step = (length / 12).max(Duration::from_millis(1));
        Self {
            step,
            origin: None,
            latest: None,
            newest: 0,
            ring: (0..SLOTS).map(|_| Tally::default()).collect(),
            sum: Tally::default(),
        }
    }

    pub(super) fn sum(&self) -> &Tally {
        &self.sum
    }

    pub(super) fn length(&self) -> Duration {
        self.step * 12
    }

    pub(super) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// Moves the window on to this time.
    pub(super) fn advance(&mut self, now: Instant) {
        let number = self.number(now);
        if self.latest.is_none_or(|latest| latest < now) {
            self.latest = Some(now);
        }
        if number <= self.newest {
            return;
        }
        // After a long silence all slots are stale, and each is cleared once.
        let stale = (number - self.newest).min(SLOTS);
        for next in number - stale + 1..=number {
            if let Some(slot) = self.ring.get_mut(place(next)) {
                self.sum.subtract(slot);
                slot.clear();
            }
        }
        self.newest = number;
    }

    /// Counts something that happened at this time; late news go to their own slot, and news
    /// older than the window nowhere.
    pub(super) fn add(&mut self, at: Instant, count: impl Fn(&mut Tally)) {
        self.advance(at);
        let number = self.number(at);
        if number + SLOTS <= self.newest {
            return;
        }
        if let Some(slot) = self.ring.get_mut(place(number)) {
            count(slot);
            count(&mut self.sum);
        }
    }

    fn number(&mut self, at: Instant) -> u64 {
        let origin = *self.origin.get_or_insert(at);
        let steps = at.saturating_duration_since(origin).as_nanos() / self.step.as_nanos();
        u64::try_from(steps).unwrap_or(u64::MAX)
    }
}

/// Where in the ring a slot is.
fn place(number: u64) -> usize {
    (number % SLOTS) as usize
}
