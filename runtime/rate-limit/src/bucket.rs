//! One limit: attempts per second, attempts in flight, and pauses.
//!
//! In: attempts that begin, complete or are refused by the server, with the time in nanoseconds.
//! Out: how many attempts fit now, and when the next ones can. A bucket does not store which
//! attempts wait for it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::feedback::LimitKind;
use super::{QuotaShare, Usage};
use crate::clock::to_nanos;

#[cfg(test)]
mod tests;

/// In nanoseconds. Rates are stated per second, so this is the length of the shortest sliding
/// window.
pub(super) const SECOND: u64 = 1_000_000_000;
/// What remains of a limit after a refusal: the factor of the adaptive mode of AWS's SDKs.
const DECREASE: f64 = 0.7;
/// The part of the preset that comes back per second, so that one refusal has no effect after six
/// seconds.
const RECOVERY: f64 = 0.05;
/// Refusals that follow a decrease within this time, in nanoseconds, belong to the same burst.
const BURST: u64 = SECOND;
/// Sums of fractions may fall short of a whole attempt by this much.
const ROUNDING: f64 = 1e-4;

/// Attempts per second and attempts in flight; 0 stands for no limit.
pub(super) type Limits = (u32, u32);

/// What is limited.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LimitKey {
    #[default]
    Account,
    Class(&'static str),
    Operation(&'static str),
}

impl fmt::Display for LimitKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => out.write_str("account"),
            Self::Class(class) => write!(out, "class {class}"),
            Self::Operation("") => out.write_str("raw calls"),
            Self::Operation(operation) => write!(out, "operation {operation}"),
        }
    }
}

/// A limit and its use.
#[derive(Default)]
pub(super) struct LimitBucket {
    pub(super) key: LimitKey,
    /// The limits of the account, of which this process uses a part.
    whole: Limits,
    /// Until when this process may use its part of them; 0 if that has no attempt.
    open_until: u64,
    /// The length of the sliding window, in nanoseconds.
    window: u64,
    rate: AdaptiveLimit,
    concurrency: AdaptiveLimit,
    /// When the attempts of the last window began, oldest first: an exact sliding window, whose
    /// memory is bounded by what is used, not by the limit.
    begun: VecDeque<u64>,
    in_flight: u32,
    paused_until: u64,
    refusals: u64,
    /// The room that is left during one pass over the queue.
    pub(super) room_left: u32,
}

impl LimitBucket {
    /// A bucket with these limits and this length of its window.
    pub(super) fn new(key: LimitKey, whole: Limits, window: u64) -> Self {
        Self {
            key,
            whole,
            open_until: u64::MAX,
            window,
            rate: AdaptiveLimit::new(whole.0),
            concurrency: AdaptiveLimit::new(whole.1),
            ..Self::default()
        }
    }

    /// Sets the part of the limits to use, and until when it may be used.
    pub(super) fn set_quota(&mut self, quota: &QuotaShare, expires: u64) {
        self.open_until = expires;
        for (limit, whole) in [
            (&mut self.rate, self.whole.0),
            (&mut self.concurrency, self.whole.1),
        ] {
            match quota.part_of(whole) {
                0 if whole > 0 => self.open_until = 0,
                part => limit.set_preset(part),
            }
        }
    }

    /// How many attempts may begin now.
    pub(super) fn free_room(&mut self, now: u64) -> u32 {
        if self.paused_until > now || self.open_until <= now {
            return 0;
        }
        let rate = self.rate.allowed_at(now);
        let places = self.concurrency.allowed_at(now);
        rate.saturating_sub(self.count_used(now))
            .min(places.saturating_sub(self.in_flight))
    }

    /// When an attempt fits at the earliest, after `ahead` others. If it has no place, only a
    /// completion or a larger share makes room; then this is a second from now, so that a waiting
    /// attempt checks once per second.
    pub(super) fn opens_at(&self, now: u64, ahead: u32) -> u64 {
        let at = self.earliest_slot(now, self.rate.allowed_at(now), ahead);
        if self.has_place(now, ahead) {
            at
        } else {
            at.max(now.saturating_add(SECOND))
        }
    }

    /// Whether another attempt may be in flight, after `ahead` others.
    pub(super) fn has_place(&self, now: u64, ahead: u32) -> bool {
        let in_flight = self.in_flight.saturating_add(ahead);
        now < self.open_until && in_flight < self.concurrency.allowed_at(now)
    }

    /// When an attempt would fit after `ahead` others if all attempts completed immediately and the
    /// whole preset were allowed: certainly not earlier.
    pub(super) fn best_at(&self, now: u64, ahead: u32) -> u64 {
        let preset = self.rate.preset;
        self.earliest_slot(now, if preset > 0 { preset } else { u32::MAX }, ahead)
    }

    pub(super) fn begin_attempt(&mut self, now: u64) {
        self.begun.push_back(now);
        self.in_flight = self.in_flight.saturating_add(1);
    }

    pub(super) fn complete_attempt(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Lowers the limit, because the server refused an attempt that began at `begun`. Called
    /// before [`complete`](Self::complete_attempt) for that attempt.
    pub(super) fn record_refusal(&mut self, now: u64, begun: u64, kind: LimitKind) {
        self.refusals += 1;
        let used = self.count_used(now);
        match kind {
            LimitKind::Rate => self.rate.lower_limit(now, begun, used),
            LimitKind::Concurrency => self.concurrency.lower_limit(now, begun, self.in_flight),
        }
    }

    /// Admits no attempt for this time. Never shortens an earlier pause.
    pub(super) fn pause_for(&mut self, now: u64, pause: Duration) {
        self.paused_until = self.paused_until.max(now.saturating_add(to_nanos(pause)));
    }

    /// Whether a new bucket would behave in the same way.
    pub(super) fn is_idle(&mut self, now: u64) -> bool {
        let is_used = self.in_flight > 0 || self.count_used(now) > 0 || self.paused_until > now;
        !is_used && self.rate.missing_at(now) + self.concurrency.missing_at(now) <= 0.0
    }

    pub(super) fn usage_at(&mut self, now: u64, waiting: u32) -> Usage {
        let concurrent = self.concurrency.value_at(now);
        let pause = self.paused_until.saturating_sub(now);
        let open = if now < self.open_until { 1.0 } else { 0.0 };
        Usage {
            per_second: (self.rate.preset > 0).then_some(self.rate.preset),
            allowed_per_second: self.rate.value_at(now).map(|value| value * open),
            used: self.count_used(now),
            concurrent: concurrent.map(|_| self.concurrency.allowed_at(now)),
            in_flight: self.in_flight,
            waiting,
            refusals: self.refusals,
            pause: (pause > 0).then(|| Duration::from_nanos(pause)),
            ..Usage::new(self.key.to_string())
        }
    }

    /// How many attempts began within the last window. One that began exactly that long ago no
    /// longer counts.
    fn count_used(&mut self, now: u64) -> u32 {
        let passed = self.count_passed(now);
        self.begun.drain(..passed);
        u32::try_from(self.begun.len()).unwrap_or(u32::MAX)
    }

    fn count_passed(&self, now: u64) -> usize {
        let has_passed = |at: &u64| at.saturating_add(self.window) <= now;
        self.begun.partition_point(has_passed)
    }

    /// The earliest time for an attempt after `ahead` others, with `allowed` per window.
    ///
    /// Attempt number `i` has to begin a window after number `i - allowed`, so this goes back in
    /// steps of `allowed` to an attempt whose time is known, or that could begin immediately.
    fn earliest_slot(&self, now: u64, allowed: u32, ahead: u32) -> u64 {
        let start = now.max(self.paused_until);
        let passed = self.count_passed(start);
        let known = self.begun.len().saturating_sub(passed) as u64;
        let (allowed, ahead) = (u64::from(allowed), u64::from(ahead));
        let steps = ahead / allowed + 1;
        let back = (known + ahead).checked_sub(steps * allowed);
        let back = back.and_then(|back| usize::try_from(back).ok());
        match back.and_then(|back| self.begun.get(passed + back)) {
            Some(at) => at.saturating_add(steps * self.window),
            None => start.saturating_add((steps - 1) * self.window),
        }
    }
}

/// A limit that decreases when the server refuses attempts, and recovers with time (additive
/// increase, multiplicative decrease). It is at least 1 and at most its preset.
#[derive(Default)]
struct AdaptiveLimit {
    /// 0 if there is no limit.
    preset: u32,
    /// The value to recover to: the preset, or what was in use when an unknown limit was reached.
    goal: f64,
    /// What was missing from the goal after the last decrease, and when that was.
    missing: f64,
    lowered_at: Option<u64>,
}

impl AdaptiveLimit {
    fn new(preset: u32) -> Self {
        Self {
            preset,
            goal: f64::from(preset),
            ..Self::default()
        }
    }

    /// Changes the preset, and what has been learnt in proportion, unless there is no limit.
    fn set_preset(&mut self, preset: u32) {
        if self.preset > 0 {
            let ratio = f64::from(preset) / f64::from(self.preset);
            self.preset = preset;
            self.goal *= ratio;
            self.missing *= ratio;
        }
    }

    /// What is missing from the goal because of earlier refusals.
    fn missing_at(&self, now: u64) -> f64 {
        let since = now.saturating_sub(self.lowered_at.unwrap_or_default());
        (self.missing - self.goal * RECOVERY * (since as f64 / 1e9)).max(0.0)
    }

    /// The limit with its fraction; `None` if there is none.
    fn value_at(&self, now: u64) -> Option<f64> {
        let missing = self.missing_at(now);
        (self.preset > 0 || missing > 0.0).then_some(self.goal - missing)
    }

    /// The limit in whole attempts.
    fn allowed_at(&self, now: u64) -> u32 {
        // The cast cuts the fraction off and saturates.
        self.value_at(now)
            .map_or(u32::MAX, |value| ((value + ROUNDING) as u32).max(1))
    }

    /// Decreases the limit because an attempt was refused that began at `begun`, while `used` was
    /// in use. An attempt from before the last decrease says nothing about the present limit.
    fn lower_limit(&mut self, now: u64, begun: u64, used: u32) {
        let is_same_burst = |at: u64| begun < at || now < at.saturating_add(BURST);
        if self.lowered_at.is_some_and(is_same_burst) {
            return;
        }
        if self.value_at(now).is_none() {
            (self.goal, self.missing) = (f64::from(used.max(1)), 0.0);
        }
        let kept = (self.goal - self.missing_at(now)) * DECREASE;
        self.missing = self.goal - kept.max(1.0).min(self.goal);
        self.lowered_at = Some(now);
    }
}
