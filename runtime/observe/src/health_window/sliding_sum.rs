//! A sliding sum over a ring of time slots.
//!
//! In: events with their times, in roughly ascending order. Out: the sum over the window, without
//! events that are older. Each event is added to its slot and to the sum; when a slot expires, it
//! is subtracted from the sum.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::histogram::LatencyHistogram;

/// The number of slots of a window.
const SLOTS: u64 = 12;

/// The counts of a slot, or of the whole window.
#[derive(Clone, Debug, Default)]
pub(super) struct WindowCounts {
    pub(super) calls: u64,
    pub(super) service_errors: u64,
    pub(super) dropped: u64,
    pub(super) attempts: u64,
    pub(super) retries: u64,
    pub(super) failed_calls: CountsByKind,
    pub(super) failed_attempts: CountsByKind,
    pub(super) call_times: LatencyHistogram,
    pub(super) attempt_times: LatencyHistogram,
}

impl WindowCounts {
    fn subtract(&mut self, other: &Self) {
        self.calls -= other.calls;
        self.service_errors -= other.service_errors;
        self.dropped -= other.dropped;
        self.attempts -= other.attempts;
        self.retries -= other.retries;
        self.failed_calls.subtract(&other.failed_calls);
        self.failed_attempts.subtract(&other.failed_attempts);
        self.call_times.subtract(&other.call_times);
        self.attempt_times.subtract(&other.attempt_times);
    }

    /// Resets all counts and keeps the allocated memory.
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

/// Counts by kind of failure.
#[derive(Clone, Debug, Default)]
pub(super) struct CountsByKind(pub(super) BTreeMap<&'static str, u64>);

impl CountsByKind {
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
pub(super) struct SlidingSum {
    /// The duration of a slot.
    step: Duration,
    /// The start of slot 0: the time of the first event.
    origin: Option<Instant>,
    /// The latest time so far.
    latest: Option<Instant>,
    /// The number of the newest slot. A slot's index in the ring is its number modulo the length.
    newest: u64,
    ring: Vec<WindowCounts>,
    sum: WindowCounts,
}

impl SlidingSum {
    pub(super) fn new(length: Duration) -> Self {
        let step = (length / 12).max(Duration::from_millis(1));
        Self {
            step,
            origin: None,
            latest: None,
            newest: 0,
            ring: (0..SLOTS).map(|_| WindowCounts::default()).collect(),
            sum: WindowCounts::default(),
        }
    }

    pub(super) fn sum(&self) -> &WindowCounts {
        &self.sum
    }

    pub(super) fn length(&self) -> Duration {
        self.step * 12
    }

    pub(super) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// Moves the window to this time.
    pub(super) fn advance(&mut self, now: Instant) {
        let number = self.slot_number(now);
        if self.latest.is_none_or(|latest| latest < now) {
            self.latest = Some(now);
        }
        if number <= self.newest {
            return;
        }
        // After a long time without events all slots have expired, and each is cleared once.
        let expired = (number - self.newest).min(SLOTS);
        for next in number - expired + 1..=number {
            if let Some(slot) = self.ring.get_mut(ring_index(next)) {
                self.sum.subtract(slot);
                slot.clear();
            }
        }
        self.newest = number;
    }

    /// Counts an event. A late one is added to its own slot; one that is older than the window is
    /// ignored.
    pub(super) fn add(&mut self, at: Instant, count: impl Fn(&mut WindowCounts)) {
        self.advance(at);
        let number = self.slot_number(at);
        if number + SLOTS <= self.newest {
            return;
        }
        if let Some(slot) = self.ring.get_mut(ring_index(number)) {
            count(slot);
            count(&mut self.sum);
        }
    }

    fn slot_number(&mut self, at: Instant) -> u64 {
        let origin = *self.origin.get_or_insert(at);
        let steps = at.saturating_duration_since(origin).as_nanos() / self.step.as_nanos();
        u64::try_from(steps).unwrap_or(u64::MAX)
    }
}

/// The index of a slot in the ring.
fn ring_index(number: u64) -> usize {
    (number % SLOTS) as usize
}
