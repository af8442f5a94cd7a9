//! The health of the last minute: error rate, latency, retries, and alerts when they get bad.
//!
//! In: the events of a client, through [`Observer`]. Out: a [`Health`] on request, and calls of
//! the program's own functions when a [`Threshold`] is crossed. Time is that of the events, so
//! nothing runs in the background; memory is fixed (some 50 kB). It does not distinguish operations
//! and keeps nothing for longer than its window: use metrics for that.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use runtime::client::Client;
use runtime::rate_limit::Usage;
use runtime::telemetry::{Event, Observer};

mod alert;
mod health;
mod histogram;
mod slots;
#[cfg(test)]
mod tests;

use alert::{Alert, Callback};
pub use alert::{Change, Threshold};
pub use health::{Health, Latency};
use slots::Slots;

/// The default length of the window.
const DEFAULT_LENGTH: Duration = Duration::from_secs(60);

/// The last minute of a client, or of several.
///
/// A clone is another handle to the same window: keep one and give one to the builder.
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// # use runtime::error::Error;
/// use runtime::telemetry::{HealthWindow, Threshold};
///
/// # fn example(api: &'static ApiSpec) -> Result<(), Error> {
/// let window = HealthWindow::new().alert(
///     Threshold::error_rate(0.05).min_calls(50),
///     |health| eprintln!("{:.0} % of calls fail", 100.0 * health.error_rate()),
/// );
/// let client = Client::builder(api)
///     .from_env()
///     .observer(window.clone())
///     .build()?;
///
/// // Later, perhaps for a health endpoint:
/// let health = window.snapshot(&client);
/// println!("{} calls, {:?}", health.calls, health.call_latency);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HealthWindow {
    state: Arc<Mutex<State>>,
}

struct State {
    slots: Slots,
    quota: Option<f64>,
    alerts: Vec<Alert>,
}

impl HealthWindow {
    /// A window of 60 seconds.
    pub fn new() -> Self {
        Self::over(DEFAULT_LENGTH)
    }

    /// A window of another length. It moves in steps of a twelfth, so that it covers between
    /// eleven twelfths and all of its length. Lengths below 12 milliseconds are taken as that.
    pub fn over(length: Duration) -> Self {
        let state = State {
            slots: Slots::new(length),
            quota: None,
            alerts: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Calls `action` each time that the threshold is crossed in the bad direction, once per
    /// crossing: after that it has to fall clearly below the threshold (see
    /// [`Threshold::clears_below`]) before it can be crossed again.
    ///
    /// Thresholds are checked when a call ends, and by [`snapshot`](HealthWindow::snapshot). The
    /// action runs on the thread of that call, with no lock held, and should be quick: send to a
    /// channel.
    pub fn alert(
        self,
        threshold: Threshold,
        action: impl Fn(&Health) + Send + Sync + 'static,
    ) -> Self {
        self.watch(threshold, move |change, health| {
            if change == Change::Crossed {
                action(health);
            }
        })
    }

    /// The same as [`alert`](HealthWindow::alert), and reports the recovery too. If calls on
    /// several threads end at once, the two may be reported in another order.
    pub fn watch(
        self,
        threshold: Threshold,
        action: impl Fn(Change, &Health) + Send + Sync + 'static,
    ) -> Self {
        let alert = Alert::new(threshold, Arc::new(action));
        self.lock().alerts.push(alert);
        self
    }

    /// The window at the current time of the client's clock, with the use of the client's rate
    /// limits. Checks the thresholds too: call it every few seconds if you watch
    /// [`Threshold::quota`].
    ///
    /// The client is an argument because it owns the window as one of its observers.
    pub fn snapshot(&self, client: &Client) -> Health {
        let now = client.clock().now();
        let stats = client.stats();
        let shares = stats.rate_limits.iter().filter_map(used_share);
        self.record_quota(shares.reduce(f64::max), now);
        self.snapshot_at(now)
    }

    /// The window at this time. Times before the latest event count as the time of that event.
    pub fn snapshot_at(&self, now: Instant) -> Health {
        let mut state = self.lock();
        state.slots.advance(now);
        state.health()
    }

    /// Records how much of the rate limit is used, as a share of what is allowed (1.0 is all of
    /// it; `None` if it is not known), and checks the thresholds.
    fn record_quota(&self, share: Option<f64>, now: Instant) {
        let mut state = self.lock();
        state.quota = share.filter(|share| share.is_finite());
        state.slots.advance(now);
        fire(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn health(&self) -> Health {
        Health::new(&self.slots, self.quota)
    }

    /// The actions of the thresholds that have just been crossed.
    fn crossed(&mut self) -> Vec<(Change, Callback)> {
        let (slots, quota) = (&self.slots, self.quota);
        let alerts = self.alerts.iter_mut();
        alerts
            .filter_map(|alert| Some((alert.update(slots.sum(), quota)?, alert.callback())))
            .collect()
    }
}

/// How much of a limit is used, as a share of what is allowed: the larger of its rate and its
/// concurrency, and 1.0 while nothing is admitted because the server asked for a pause.
fn used_share(usage: &Usage) -> Option<f64> {
    let share = |used: u32, allowed: f64| (allowed > 0.0).then(|| f64::from(used) / allowed);
    let rate = usage
        .allowed_per_second
        .and_then(|allowed| share(usage.used, allowed));
    let at_once = usage
        .concurrent
        .and_then(|most| share(usage.in_flight, f64::from(most)));
    let paused = usage.pause.map(|_| 1.0);
    let shares = rate.into_iter().chain(at_once).chain(paused);
    shares.reduce(f64::max)
}

/// Calls the actions that are due, after releasing the lock.
fn fire(mut state: MutexGuard<'_, State>) {
    let due = state.crossed();
    if due.is_empty() {
        return;
    }
    let health = state.health();
    drop(state);
    for (change, action) in due {
        action(change, &health);
    }
}

impl Observer for HealthWindow {
    fn attempt_ended(&self, event: &Event<'_>) {
        self.lock().slots.add(event.at, |tally| {
            tally.attempts += 1;
            tally.attempt_times.add(event.duration);
            if let Some(kind) = event.failure_kind() {
                tally.failed_attempts.add(kind);
            }
        });
    }

    fn retrying(&self, event: &Event<'_>, _: Duration) {
        let mut state = self.lock();
        state.slots.add(event.at, |tally| tally.retries += 1);
    }

    fn call_ended(&self, event: &Event<'_>) {
        let mut state = self.lock();
        state.slots.add(event.at, |tally| {
            tally.calls += 1;
            tally.faults += u64::from(event.is_fault());
            if let Some(kind) = event.failure_kind() {
                tally.failed_calls.add(kind);
            }
            // Calls that this process refused would make the server look fast.
            if event.attempt > 0 {
                tally.call_times.add(event.duration);
            }
        });
        fire(state);
    }

    fn call_dropped(&self, event: &Event<'_>) {
        let mut state = self.lock();
        state.slots.add(event.at, |tally| tally.dropped += 1);
        fire(state);
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
