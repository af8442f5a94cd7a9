//! A sliding window of the latest attempts.
//!
//! In: the result of each attempt and the time. Out: the counts of the last ten slots including
//! the current one, which cover between nine and ten tenths of the window's length. The memory
//! does not depend on the number of attempts.

use std::time::{Duration, Instant};

const SLOTS: u64 = 10;

#[derive(Clone, Copy, Debug, Default)]
struct WindowSlot {
    /// The number of the slot since the window was made. Array elements are reused.
    number: u64,
    counts: AttemptCounts,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AttemptCounts {
    pub(super) attempts: u32,
    pub(super) failures: u32,
}

#[derive(Debug)]
pub(super) struct FailureWindow {
    created: Instant,
    /// The length of a slot in nanoseconds, at least 1.
    slot_nanos: u64,
    /// The highest slot number so far. Threads read the clock before they take the lock, so time
    /// may seem to go backwards; such results are counted in the latest slot.
    latest: u64,
    slots: [WindowSlot; SLOTS as usize],
}

impl FailureWindow {
    pub(super) fn new(length: Duration, now: Instant) -> Self {
        Self {
            created: now,
            slot_nanos: (to_nanos(length) / SLOTS).max(1),
            latest: 0,
            slots: [WindowSlot::default(); SLOTS as usize],
        }
    }

    /// Counts an attempt, and returns the counts including it.
    pub(super) fn record_result(&mut self, failed: bool, now: Instant) -> AttemptCounts {
        let number = self.slot_number(now);
        self.latest = number;
        // The remainder is less than the number of slots.
        let slot = &mut self.slots[(number % SLOTS) as usize];
        if slot.number != number {
            *slot = WindowSlot {
                number,
                ..WindowSlot::default()
            };
        }
        slot.counts.attempts = slot.counts.attempts.saturating_add(1);
        slot.counts.failures = slot.counts.failures.saturating_add(u32::from(failed));
        self.counts_at(now)
    }

    pub(super) fn counts_at(&self, now: Instant) -> AttemptCounts {
        let number = self.slot_number(now);
        let mut sum = AttemptCounts::default();
        for slot in self
            .slots
            .iter()
            .filter(|slot| number - slot.number < SLOTS)
        {
            sum.attempts = sum.attempts.saturating_add(slot.counts.attempts);
            sum.failures = sum.failures.saturating_add(slot.counts.failures);
        }
        sum
    }

    /// The number of the current slot, never below that of a slot in use.
    fn slot_number(&self, now: Instant) -> u64 {
        let passed = to_nanos(now.saturating_duration_since(self.created));
        (passed / self.slot_nanos).max(self.latest)
    }
}

/// A duration in nanoseconds, or the maximum.
fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
