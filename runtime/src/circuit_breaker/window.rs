//! How many of the latest attempts failed.
//!
//! In: the verdict of each attempt and the time. Out: the counts of the last ten slots, the
//! present one included, so they cover between nine and ten tenths of the window's length. The
//! memory is the same however many attempts there are.

use std::time::{Duration, Instant};

const SLOTS: u64 = 10;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// The number of the slot since the window's making. Slots are reused.
    tick: u64,
    counts: Counts,
}

/// Attempts with a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) attempts: u32,
    pub(super) failures: u32,
}

#[derive(Debug)]
pub(super) struct Window {
    made: Instant,
    /// The length of a slot in nanoseconds, at least 1.
    slot: u64,
    /// The latest tick so far. Threads read the clock before they wait for each other, so time
    /// may seem to step back; their news then belongs to the latest slot.
    latest: u64,
    slots: [Slot; SLOTS as usize],
}

impl Window {
    pub(super) fn new(length: Duration, now: Instant) -> Self {
        Self {
            made: now,
            slot: (nanos(length) / SLOTS).max(1),
            latest: 0,
            slots: [Slot::default(); SLOTS as usize],
        }
    }

    /// Counts an attempt, and returns the counts with it.
    pub(super) fn record(&mut self, failed: bool, now: Instant) -> Counts {
        let tick = self.tick(now);
        self.latest = tick;
        // The remainder is below the number of slots.
        let slot = &mut self.slots[(tick % SLOTS) as usize];
        if slot.tick != tick {
            *slot = Slot {
                tick,
                ..Slot::default()
            };
        }
        let counts = &mut slot.counts;
        counts.attempts = counts.attempts.saturating_add(1);
        counts.failures = counts.failures.saturating_add(u32::from(failed));
        self.counts(now)
    }

    pub(super) fn counts(&self, now: Instant) -> Counts {
        let tick = self.tick(now);
        let recent = |slot: &&Slot| tick - slot.tick < SLOTS;
        let mut sum = Counts::default();
        for slot in self.slots.iter().filter(recent) {
            sum.attempts = sum.attempts.saturating_add(slot.counts.attempts);
            sum.failures = sum.failures.saturating_add(slot.counts.failures);
        }
        sum
    }

    /// The number of the present slot, never below that of any slot in use.
    fn tick(&self, now: Instant) -> u64 {
        let passed = nanos(now.saturating_duration_since(self.made));
        (passed / self.slot).max(self.latest)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
