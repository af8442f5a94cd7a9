//! When a number of the window is bad enough to tell somebody.
//!
//! In: the sum of a window. Out: that a threshold was crossed, once, and that it was left again.
//! A number that hovers around the threshold does not tell again and again: between two crossings
//! it has to fall clearly below.

use std::sync::Arc;
use std::time::Duration;

use super::health::{Health, share};
use super::slots::Tally;

/// How far a number has to fall before it counts as recovered, as a share of the threshold.
const RECOVERED: f64 = 0.8;

/// What to look at, and from where on it is bad.
///
/// Thresholds that are not above zero never count as crossed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    measure: Measure,
    limit: f64,
    min_calls: u64,
    clears_below: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    ErrorRate,
    RetriesPerCall,
    CallLatency(u64),
    AttemptLatency(u64),
    Quota,
}

impl Threshold {
    /// The share of calls that fail through a fault, [`Health::error_rate`]: 0.05 is 5 %.
    pub fn error_rate(share: f64) -> Self {
        Self::new(Measure::ErrorRate, share)
    }

    /// The retries for each call, [`Health::retries_per_call`].
    pub fn retries_per_call(retries: f64) -> Self {
        Self::new(Measure::RetriesPerCall, retries)
    }

    /// The 99th percentile of how long calls take, with all their waiting.
    pub fn call_p99(latency: Duration) -> Self {
        Self::new(Measure::CallLatency(99), latency.as_secs_f64())
    }

    /// The 99th percentile of how long single attempts take.
    pub fn attempt_p99(latency: Duration) -> Self {
        Self::new(Measure::AttemptLatency(99), latency.as_secs_f64())
    }

    /// The used share of a client-side rate limit, [`Health::quota`]. It is only as fresh as the
    /// last [`HealthWindow::snapshot`](super::HealthWindow::snapshot).
    pub fn quota(share: f64) -> Self {
        Self::new(Measure::Quota, share)
    }

    fn new(measure: Measure, limit: f64) -> Self {
        Self {
            measure,
            limit,
            min_calls: 1,
            clears_below: RECOVERED,
        }
    }

    /// How many calls there must be in the window for a crossing, so that one failure at night
    /// wakes nobody. 1 by default; of no meaning for [`quota`](Threshold::quota).
    pub fn min_calls(mut self, calls: u64) -> Self {
        self.min_calls = calls;
        self
    }

    /// The number counts as recovered when it is below this share of the threshold. 0.8 by
    /// default; at most 1.
    pub fn clears_below(mut self, share: f64) -> Self {
        self.clears_below = if share > 0.0 {
            share.min(1.0)
        } else {
            RECOVERED
        };
        self
    }

    /// The number, and whether there are enough calls for it to mean something.
    fn measure(&self, sum: &Tally, quota: Option<f64>) -> (f64, bool) {
        let enough = sum.calls >= self.min_calls;
        let seconds = |latency: Option<Duration>| latency.map_or(0.0, |time| time.as_secs_f64());
        match self.measure {
            Measure::ErrorRate => (share(sum.faults, sum.calls), enough),
            Measure::RetriesPerCall => (share(sum.retries, sum.calls), enough),
            Measure::CallLatency(percent) => (seconds(sum.call_times.percentile(percent)), enough),
            Measure::AttemptLatency(percent) => {
                (seconds(sum.attempt_times.percentile(percent)), enough)
            }
            Measure::Quota => (quota.unwrap_or(0.0), true),
        }
    }
}

/// What has become of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The number has reached the threshold.
    Crossed,
    /// The number has fallen clearly below the threshold again.
    Recovered,
}

/// What to do about it.
pub(super) type Callback = Arc<dyn Fn(Change, &Health) + Send + Sync>;

/// A threshold, what to do about it, and whether it is crossed at present.
pub(super) struct Alert {
    threshold: Threshold,
    callback: Callback,
    is_crossed: bool,
}

impl Alert {
    pub(super) fn new(threshold: Threshold, callback: Callback) -> Self {
        Self {
            threshold,
            callback,
            is_crossed: false,
        }
    }

    pub(super) fn callback(&self) -> Callback {
        Arc::clone(&self.callback)
    }

    /// Looks at the window, and says what has changed.
    pub(super) fn update(&mut self, sum: &Tally, quota: Option<f64>) -> Option<Change> {
        let limit = self.threshold.limit;
        let (value, enough) = self.threshold.measure(sum, quota);
        if self.is_crossed && value < limit * self.threshold.clears_below {
            self.is_crossed = false;
            return Some(Change::Recovered);
        }
        if !self.is_crossed && enough && limit > 0.0 && value >= limit {
            self.is_crossed = true;
            return Some(Change::Crossed);
        }
        None
    }
}
