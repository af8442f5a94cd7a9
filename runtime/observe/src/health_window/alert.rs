//! Alerts: thresholds on the values of a window.
//!
//! In: the sum of a window. Out: a change when a value reaches the threshold, and one when it has
//! recovered. The two limits differ (hysteresis), so that a value close to the threshold does not
//! cause repeated alerts.

use std::sync::Arc;
use std::time::Duration;

use super::sliding_sum::WindowCounts;
use super::snapshot::{HealthSnapshot, ratio};

/// The default of [`AlertThreshold::clears_below`].
const CLEARS_BELOW: f64 = 0.8;

/// A value of the window, and the limit from which on it raises an alert.
///
/// A threshold of zero or less is never reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertThreshold {
    measure: AlertMeasure,
    limit: f64,
    min_calls: u64,
    clears_below: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum AlertMeasure {
    ErrorRate,
    RetriesPerCall,
    CallLatency(u64),
    AttemptLatency(u64),
    Quota,
}

impl AlertThreshold {
    /// The share of calls with a service error, [`HealthSnapshot::error_rate`]: 0.05 is 5 %.
    pub fn error_rate(share: f64) -> Self {
        Self::new(AlertMeasure::ErrorRate, share)
    }

    /// The retries for each call, [`HealthSnapshot::retries_per_call`].
    pub fn retries_per_call(retries: f64) -> Self {
        Self::new(AlertMeasure::RetriesPerCall, retries)
    }

    /// The 99th percentile of the duration of calls, including waits.
    pub fn call_p99(latency: Duration) -> Self {
        Self::new(AlertMeasure::CallLatency(99), latency.as_secs_f64())
    }

    /// The 99th percentile of the duration of attempts.
    pub fn attempt_p99(latency: Duration) -> Self {
        Self::new(AlertMeasure::AttemptLatency(99), latency.as_secs_f64())
    }

    /// The used share of a client-side rate limit, [`HealthSnapshot::quota`]. It is updated by
    /// [`HealthWindow::snapshot`](crate::HealthWindow::snapshot) alone.
    pub fn quota(share: f64) -> Self {
        Self::new(AlertMeasure::Quota, share)
    }

    fn new(measure: AlertMeasure, limit: f64) -> Self {
        Self {
            measure,
            limit,
            min_calls: 1,
            clears_below: CLEARS_BELOW,
        }
    }

    /// Sets the minimum number of calls in the window for an alert, so that a single failure does
    /// not raise one. Defaults to 1. Not used for [`quota`](AlertThreshold::quota).
    pub fn min_calls(mut self, calls: u64) -> Self {
        self.min_calls = calls;
        self
    }

    /// Sets the share of the threshold below which the alert recovers, at most 1. Defaults to 0.8.
    pub fn clears_below(mut self, share: f64) -> Self {
        self.clears_below = if share > 0.0 {
            share.min(1.0)
        } else {
            CLEARS_BELOW
        };
        self
    }

    /// The value, and whether there are enough calls for an alert.
    fn measure_value(&self, sum: &WindowCounts, quota: Option<f64>) -> (f64, bool) {
        let enough = sum.calls >= self.min_calls;
        let seconds = |latency: Option<Duration>| latency.map_or(0.0, |time| time.as_secs_f64());
        match self.measure {
            AlertMeasure::ErrorRate => (ratio(sum.service_errors, sum.calls), enough),
            AlertMeasure::RetriesPerCall => (ratio(sum.retries, sum.calls), enough),
            AlertMeasure::CallLatency(percent) => {
                (seconds(sum.call_times.percentile(percent)), enough)
            }
            AlertMeasure::AttemptLatency(percent) => {
                (seconds(sum.attempt_times.percentile(percent)), enough)
            }
            AlertMeasure::Quota => (quota.unwrap_or(0.0), true),
        }
    }
}

/// A change of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlertChange {
    /// The value has reached the threshold.
    Crossed,
    /// The value has fallen below [`AlertThreshold::clears_below`].
    Recovered,
}

/// The function that is called on a change.
pub(super) type AlertAction = Arc<dyn Fn(AlertChange, &HealthSnapshot) + Send + Sync>;

/// A threshold with its action, and whether it is crossed.
pub(super) struct ActiveAlert {
    threshold: AlertThreshold,
    action: AlertAction,
    is_crossed: bool,
}

impl ActiveAlert {
    pub(super) fn new(threshold: AlertThreshold, action: AlertAction) -> Self {
        Self {
            threshold,
            action,
            is_crossed: false,
        }
    }

    pub(super) fn action(&self) -> AlertAction {
        Arc::clone(&self.action)
    }

    /// Compares the window with the threshold, and returns the change.
    pub(super) fn update(&mut self, sum: &WindowCounts, quota: Option<f64>) -> Option<AlertChange> {
        let limit = self.threshold.limit;
        let (value, enough) = self.threshold.measure_value(sum, quota);
        if self.is_crossed && value < limit * self.threshold.clears_below {
            self.is_crossed = false;
            return Some(AlertChange::Recovered);
        }
        if !self.is_crossed && enough && limit > 0.0 && value >= limit {
            self.is_crossed = true;
            return Some(AlertChange::Crossed);
        }
        None
    }
}
