//! The admissions of the last second, as an exact sliding window.
//!
//! In: times of admissions, never going back. Out: how many lie within the last second, and when
//! the next one fits. Memory follows what was used within one second, not what is allowed.

use std::collections::VecDeque;

#[cfg(test)]
mod tests;

/// The length of the window: limits are stated per second.
pub(super) const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// Times in nanoseconds, oldest first.
    stamps: VecDeque<u64>,
}

impl Window {
    /// Admissions after `now` minus one second. One that is exactly a second old is over.
    pub(super) fn count(&mut self, now: u64) -> u32 {
        while self
            .stamps
            .front()
            .is_some_and(|&s| s.saturating_add(SECOND) <= now)
        {
            self.stamps.pop_front();
        }
        u32::try_from(self.stamps.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn note(&mut self, now: u64) {
        self.count(now);
        self.stamps.push_back(now);
    }

    /// The earliest time for one more admission after `ahead` others, with `allowed` per second.
    ///
    /// Admission number `i` has to come a second after number `i - allowed`, so the way leads
    /// back in steps of `allowed` until a known one is met, or one that could come now.
    pub(super) fn slot(&mut self, now: u64, allowed: u32, ahead: u32) -> u64 {
        let known = u64::from(self.count(now));
        let (allowed, ahead) = (u64::from(allowed.max(1)), u64::from(ahead));
        let steps = ahead / allowed + 1;
        let back = (known + ahead).checked_sub(steps * allowed);
        let stamp = back
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| self.stamps.get(index));
        match stamp {
            Some(stamp) => stamp.saturating_add(steps * SECOND).max(now),
            None => now.saturating_add((steps - 1) * SECOND),
        }
    }
}
