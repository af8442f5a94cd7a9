//! A limit that yields to refusals and comes back.
//!
//! In: a preset, refusals and the time. Out: what is allowed now, at least 1 and never more than
//! the preset. A refusal takes it down by a factor, time brings it back by steady steps
//! (additive increase, multiplicative decrease).

use super::window::SECOND;

#[cfg(test)]
mod tests;

/// What remains after a refusal: the factor of the adaptive mode of AWS's SDKs.
const KEPT: f64 = 0.7;
/// The part of the preset that comes back in a second, so that one refusal is forgotten after
/// six seconds.
const RECOVERY: f64 = 0.05;
/// Refusals that follow a decrease within this time belong to the same burst.
const BURST: u64 = SECOND;
/// A hundredth of a percent of an attempt: sums of fractions may fall short of a whole by this.
const ROUNDING: f64 = 1e-4;

#[derive(Clone, Debug)]
pub(super) struct Level {
    /// 0 if there is no limit.
    preset: u32,
    /// What is climbed back to: the preset, or what was in use when an unknown limit was hit.
    goal: f64,
    /// What was allowed at `since`.
    value: f64,
    since: u64,
    lowered: Option<u64>,
}

impl Level {
    pub(super) fn new(preset: u32) -> Self {
        let goal = f64::from(preset);
        Self {
            preset,
            goal,
            value: goal,
            since: 0,
            lowered: None,
        }
    }

    pub(super) fn preset(&self) -> Option<u32> {
        (self.preset > 0).then_some(self.preset)
    }

    /// What is allowed, with its fraction; `None` if there is no limit.
    pub(super) fn exact(&self, now: u64) -> Option<f64> {
        let value = self.recovered(now);
        (self.preset > 0 || value < self.goal).then_some(value)
    }

    /// What is allowed in whole attempts.
    pub(super) fn allowed(&self, now: u64) -> u32 {
        // The cast cuts the fraction off and saturates.
        self.exact(now)
            .map_or(u32::MAX, |value| ((value + ROUNDING) as u32).max(1))
    }

    /// When `allowed` grows, if it does by itself. Rather a little late than too early.
    pub(super) fn next_step(&self, now: u64) -> Option<u64> {
        let value = self.recovered(now);
        if value >= self.goal {
            return None;
        }
        let missing = (value + ROUNDING).floor() + 1.0 - value;
        let seconds = missing / (self.goal * RECOVERY);
        Some(now.saturating_add((seconds * 1e9) as u64 + 1_000_000))
    }

    /// Whether nothing is left of earlier refusals.
    pub(super) fn is_whole(&self, now: u64) -> bool {
        self.recovered(now) >= self.goal
    }

    /// Yields to the refusal of an attempt that was admitted at `admitted`, while `used` was in
    /// use. An attempt from before the last decrease says nothing about what is allowed since.
    pub(super) fn lower(&mut self, now: u64, admitted: u64, used: u32) {
        let is_same_burst = self
            .lowered
            .is_some_and(|at| admitted < at || now < at.saturating_add(BURST));
        if is_same_burst {
            return;
        }
        if self.exact(now).is_none() {
            self.goal = f64::from(used.max(1));
            self.value = self.goal;
            self.since = now;
        }
        self.value = (self.recovered(now) * KEPT).max(1.0).min(self.goal);
        self.since = now;
        self.lowered = Some(now);
    }

    fn recovered(&self, now: u64) -> f64 {
        if self.value >= self.goal {
            return self.goal;
        }
        let seconds = now.saturating_sub(self.since) as f64 / 1e9;
        (self.value + self.goal * RECOVERY * seconds).min(self.goal)
    }
}
