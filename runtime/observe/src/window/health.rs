//! What a window says when it is asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::histogram::Histogram;
use super::slots::Slots;

/// The calls of a window, in numbers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// The time that the numbers are of; `None` if nothing has happened yet.
    pub at: Option<Instant>,
    /// The length of the window.
    pub length: Duration,
    /// Calls that ended in the window.
    pub calls: u64,
    /// Those of them that failed through a fault of the server, the network or the setup. See
    /// [`Event::is_fault`](runtime::telemetry::Event::is_fault): a declined card is none.
    pub faults: u64,
    /// Calls that were dropped before their end. They are not among `calls`.
    pub dropped: u64,
    /// Attempts that ended in the window.
    pub attempts: u64,
    /// Retries that were decided in the window.
    pub retries: u64,
    /// Calls that failed, faults or not, by
    /// [`Event::failure_kind`](runtime::telemetry::Event::failure_kind).
    pub failed_calls: BTreeMap<&'static str, u64>,
    /// Attempts that failed, in the same words.
    pub failed_attempts: BTreeMap<&'static str, u64>,
    /// How long calls took, with all their waiting; calls without any attempt are left out.
    /// `None` if there were none.
    pub call_latency: Option<Latency>,
    /// How long attempts took. `None` if there were none.
    pub attempt_latency: Option<Latency>,
    /// The largest used share of a client-side rate limit when it was last noted: 1.0 is all of
    /// it. `None` if it is not known.
    pub quota: Option<f64>,
}

impl Health {
    pub(super) fn new(slots: &Slots, quota: Option<f64>) -> Self {
        let sum = slots.sum();
        Self {
            at: slots.latest(),
            length: slots.length(),
            calls: sum.calls,
            faults: sum.faults,
            dropped: sum.dropped,
            attempts: sum.attempts,
            retries: sum.retries,
            failed_calls: sum.failed_calls.0.clone(),
            failed_attempts: sum.failed_attempts.0.clone(),
            call_latency: Latency::of(&sum.call_times),
            attempt_latency: Latency::of(&sum.attempt_times),
            quota,
        }
    }

    /// The share of calls that failed through a fault; 0 if there were no calls.
    pub fn error_rate(&self) -> f64 {
        share(self.faults, self.calls)
    }

    /// Retries for each call; 0 if there were no calls.
    pub fn retries_per_call(&self) -> f64 {
        share(self.retries, self.calls)
    }
}

/// One number for each of so many; 0 if there are none.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

/// Percentiles of durations, by nearest rank, each at most 3.2 % plus a microsecond off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Latency {
    /// Half of the durations are no longer than this.
    pub p50: Duration,
    /// 90 % of the durations are no longer than this.
    pub p90: Duration,
    /// 99 % of the durations are no longer than this.
    pub p99: Duration,
}

impl Latency {
    fn of(times: &Histogram) -> Option<Self> {
        Some(Self {
            p50: times.percentile(50)?,
            p90: times.percentile(90)?,
            p99: times.percentile(99)?,
        })
    }
}
