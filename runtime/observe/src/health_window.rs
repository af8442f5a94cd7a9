//! The health of the last minute: error rate, latency and retries, with alerts on thresholds.
//!
//! In: the events of a client, through [`Observer`]. Out: a [`HealthSnapshot`] on request, and
//! calls of the program's functions when an [`AlertThreshold`] is crossed. The time is that of the
//! events, so there is no background task; memory use is constant (about 50 kB). There are no
//! numbers for single operations and none that are older than the window: use metrics for these.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use runtime::client::Client;
use runtime::rate_limit::Usage;
use runtime::telemetry::{CallEvent, Observer};

mod alert;
mod histogram;
mod sliding_sum;
mod snapshot;
#[cfg(test)]
mod tests;

use alert::{ActiveAlert, AlertAction};
pub use alert::{AlertChange, AlertThreshold};
use sliding_sum::SlidingSum;
pub use snapshot::{HealthSnapshot, LatencyPercentiles};

/// The default length of a window.
const DEFAULT_LENGTH: Duration = Duration::from_secs(60);

/// Aggregates the calls of the last minute, of one client or of several.
///
/// Clones share the window: pass one to each builder and keep one.
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// # use runtime::error::Error;
/// use observe::{AlertThreshold, HealthWindow};
///
/// # fn example(api: &'static ApiSpec) -> Result<(), Error> {
/// let window = HealthWindow::new().on_alert(
///     AlertThreshold::error_rate(0.05).min_calls(50),
///     |health| eprintln!("{:.0} % of calls fail", 100.0 * health.error_rate()),
/// );
/// let client = Client::builder(api)
///     .from_env()
///     .observer(window.clone())
///     .build()?;
///
/// // In the handler of a health endpoint:
/// let health = window.snapshot(&client);
/// println!("{} calls, {:?}", health.calls, health.call_latency);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HealthWindow {
    state: Arc<Mutex<WindowState>>,
}

struct WindowState {
    sums: SlidingSum,
    quota: Option<f64>,
    alerts: Vec<ActiveAlert>,
}

impl HealthWindow {
    /// Creates a window of 60 seconds.
    pub fn new() -> Self {
        Self::with_length(DEFAULT_LENGTH)
    }

    /// Creates a window of another length. It moves in steps of a twelfth of its length, so it
    /// covers between 11/12 and all of it. The minimum is 12 milliseconds.
    pub fn with_length(length: Duration) -> Self {
        let state = WindowState {
            sums: SlidingSum::new(length),
            quota: None,
            alerts: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Calls `action` once when a measured value reaches the threshold. It is called again only
    /// after the value has fallen below [`AlertThreshold::clears_below`].
    ///
    /// Thresholds are checked when a call ends, and by [`snapshot`](HealthWindow::snapshot). The
    /// action runs on the thread of that call while no lock is held. It should return quickly, for
    /// example after sending to a channel.
    pub fn on_alert(
        self,
        threshold: AlertThreshold,
        action: impl Fn(&HealthSnapshot) + Send + Sync + 'static,
    ) -> Self {
        self.on_alert_change(threshold, move |change, health| {
            if change == AlertChange::Crossed {
                action(health);
            }
        })
    }

    /// Like [`on_alert`](HealthWindow::on_alert), but `action` is called on recovery, too. If calls
    /// on several threads end at the same time, the two changes may be reported out of order.
    pub fn on_alert_change(
        self,
        threshold: AlertThreshold,
        action: impl Fn(AlertChange, &HealthSnapshot) + Send + Sync + 'static,
    ) -> Self {
        let alert = ActiveAlert::new(threshold, Arc::new(action));
        self.lock_state().alerts.push(alert);
        self
    }

    /// Returns the window at the current time of the client's clock, with the usage of its rate
    /// limits, and checks the thresholds. [`AlertThreshold::quota`] requires a call every few
    /// seconds.
    pub fn snapshot(&self, client: impl AsRef<Client>) -> HealthSnapshot {
        let client = client.as_ref();
        let now = client.clock().now();
        let shares = client.stats().rate_limits.into_iter();
        let share = shares
            .filter_map(|usage| used_share(&usage))
            .reduce(f64::max);
        self.observe_quota(share, now);
        self.snapshot_at(now)
    }

    /// Returns the window at the time of its latest event ([`HealthSnapshot::at`]), which may be
    /// long ago if there are no calls. Otherwise use [`snapshot`](HealthWindow::snapshot) or
    /// [`snapshot_at`](HealthWindow::snapshot_at).
    pub fn latest_snapshot(&self) -> HealthSnapshot {
        self.lock_state().snapshot()
    }

    /// Returns the window at a given time, but not before the latest event.
    pub fn snapshot_at(&self, now: Instant) -> HealthSnapshot {
        let mut state = self.lock_state();
        state.sums.advance(now);
        state.snapshot()
    }

    /// Sets the used share of the rate limit (1.0 is all of it, `None` if it is unknown) and checks
    /// the thresholds. [`snapshot`](HealthWindow::snapshot) does this for a client.
    ///
    /// The share is an argument because the window cannot own the client, which owns the window.
    pub fn observe_quota(&self, share: Option<f64>, now: Instant) {
        let mut state = self.lock_state();
        state.quota = share.filter(|share| share.is_finite());
        state.sums.advance(now);
        run_actions(state);
    }

    fn lock_state(&self) -> MutexGuard<'_, WindowState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WindowState {
    fn snapshot(&self) -> HealthSnapshot {
        HealthSnapshot::new(&self.sums, self.quota)
    }

    /// The actions of the alerts that have just changed.
    fn due_actions(&mut self) -> Vec<(AlertChange, AlertAction)> {
        let (sum, quota) = (self.sums.sum(), self.quota);
        let alerts = self.alerts.iter_mut();
        alerts
            .filter_map(|alert| Some((alert.update(sum, quota)?, alert.action())))
            .collect()
    }
}

/// The used share of a limit: the larger one of its rate and its concurrency. 1.0 while the limiter
/// pauses at the request of the server.
fn used_share(usage: &Usage) -> Option<f64> {
    let share = |used: u32, allowed: f64| (allowed > 0.0).then(|| f64::from(used) / allowed);
    let rate = usage
        .allowed_per_second
        .and_then(|allowed| share(usage.used, allowed));
    let concurrency = usage
        .concurrent
        .and_then(|most| share(usage.in_flight, f64::from(most)));
    let paused = usage.pause.map(|_| 1.0);
    let shares = rate.into_iter().chain(concurrency).chain(paused);
    shares.reduce(f64::max)
}

/// Calls the actions that are due, after releasing the lock.
fn run_actions(mut state: MutexGuard<'_, WindowState>) {
    let due = state.due_actions();
    if due.is_empty() {
        return;
    }
    let health = state.snapshot();
    drop(state);
    for (change, action) in due {
        action(change, &health);
    }
}

impl Observer for HealthWindow {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        self.lock_state().sums.add(event.at, |counts| {
            counts.attempts += 1;
            counts.attempt_times.add(event.duration);
            if let Some(kind) = event.failure_kind() {
                counts.failed_attempts.add(kind);
            }
        });
    }

    fn retrying(&self, event: &CallEvent<'_>, _: Duration) {
        let mut state = self.lock_state();
        state.sums.add(event.at, |counts| counts.retries += 1);
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        let mut state = self.lock_state();
        state.sums.add(event.at, |counts| {
            counts.calls += 1;
            counts.service_errors += u64::from(event.is_fault());
            if let Some(kind) = event.failure_kind() {
                counts.failed_calls.add(kind);
            }
            // Calls without an attempt would distort the latency of the server.
            if event.attempt > 0 {
                counts.call_times.add(event.duration);
            }
        });
        run_actions(state);
    }

    fn call_dropped(&self, event: &CallEvent<'_>) {
        let mut state = self.lock_state();
        state.sums.add(event.at, |counts| counts.dropped += 1);
        run_actions(state);
    }
}

impl Default for HealthWindow {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HealthWindow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HealthWindow").finish_non_exhaustive()
    }
}
