//! The values of a window.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::histogram::LatencyHistogram;
use super::sliding_sum::SlidingSum;

/// The values of a window at one time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HealthSnapshot {
    /// The time of the snapshot; `None` if there was no event yet.
    pub at: Option<Instant>,
    /// The length of the window.
    pub length: Duration,
    /// Calls that ended in the window.
    pub calls: u64,
    /// Those of them that failed because of the server, the network or the configuration, see
    /// [`CallEvent::is_fault`](runtime::telemetry::CallEvent::is_fault). A declined card is no such
    /// error.
    pub service_errors: u64,
    /// Calls that were dropped before completion. They are not counted in `calls`.
    pub dropped: u64,
    /// Attempts that ended in the window.
    pub attempts: u64,
    /// Retries in the window.
    pub retries: u64,
    /// Calls that failed for any reason, by
    /// [`CallEvent::failure_kind`](runtime::telemetry::CallEvent::failure_kind).
    pub failed_calls: BTreeMap<&'static str, u64>,
    /// Attempts that failed, by the same kinds.
    pub failed_attempts: BTreeMap<&'static str, u64>,
    /// The duration of calls, including waits. Calls without an attempt are not counted. `None` if
    /// there were none.
    pub call_latency: Option<LatencyPercentiles>,
    /// The duration of attempts. `None` if there were none.
    pub attempt_latency: Option<LatencyPercentiles>,
    /// The largest used share of a client-side rate limit at the last update: 1.0 is all of it.
    /// `None` if it is unknown.
    pub quota: Option<f64>,
}

impl HealthSnapshot {
    pub(super) fn new(sums: &SlidingSum, quota: Option<f64>) -> Self {
        let sum = sums.sum();
        Self {
            at: sums.latest(),
            length: sums.length(),
            calls: sum.calls,
            service_errors: sum.service_errors,
            dropped: sum.dropped,
            attempts: sum.attempts,
            retries: sum.retries,
            failed_calls: sum.failed_calls.0.clone(),
            failed_attempts: sum.failed_attempts.0.clone(),
            call_latency: LatencyPercentiles::from_histogram(&sum.call_times),
            attempt_latency: LatencyPercentiles::from_histogram(&sum.attempt_times),
            quota,
        }
    }

    /// `service_errors` divided by `calls`; 0 if there were no calls.
    pub fn error_rate(&self) -> f64 {
        ratio(self.service_errors, self.calls)
    }

    /// `retries` divided by `calls`; 0 if there were no calls.
    pub fn retries_per_call(&self) -> f64 {
        ratio(self.retries, self.calls)
    }
}

/// The ratio of two counts; 0 if the second is 0.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

/// Percentiles of durations by nearest rank, with an error of at most 3.2 % plus a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LatencyPercentiles {
    /// The median.
    pub p50: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 99th percentile.
    pub p99: Duration,
}

impl LatencyPercentiles {
    fn from_histogram(times: &LatencyHistogram) -> Option<Self> {
        Some(Self {
            p50: times.percentile(50)?,
            p90: times.percentile(90)?,
            p99: times.percentile(99)?,
        })
    }
}
