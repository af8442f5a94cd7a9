//! The built-in rate limiter: its settings and its accounts.
//!
//! In: requests for permits. Out: permits within limits that start at a [`Preset`], decrease when
//! the server refuses attempts, and recover. No limit is exceeded in any second, also when calls
//! are cancelled. Idle accounts are removed, so memory is bounded by what is in use.
//!
//! The wait for a permit is one loop: check, then sleep until the planned time or until another
//! attempt wakes this one. Everything that decides is in [`queue`](super::queue).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use super::bucket::LimitKey;
use super::feedback::LimitFeedback;
use super::queue::{AccountQueue, Limit, update_queue};
use super::{
    AcquireError, AcquireRequest, ClassLimit, Permit, Preset, QuotaShare, RateLimiter, Usage,
};
use crate::clock::{BoxFuture, Clock};

#[cfg(test)]
mod tests;

/// The default limit of attempts in flight is what an account may send in this many seconds: the
/// ratio of the one pair of numbers that Stripe publishes, 15 payouts per second and 30 at the same
/// time.
const SECONDS_IN_FLIGHT: u32 = 2;
/// How many accounts are kept before idle ones are removed.
const KEPT: usize = 512;

/// Keeps attempts within limits per account, operation and class, and lets calls wait in a
/// bounded queue when a limit is reached.
///
/// A client has one with the limits that its API publishes, unless it gets another limiter.
/// Each account and mode has its own limits: of its rate, of its attempts in flight (by default
/// twice the rate), and of each operation or class of operations. A rate holds for every interval
/// of one second.
///
/// When the server responds with 429, the limit that it names decreases to 70 % and recovers by 5 %
/// of the preset per second; it never exceeds the preset. `Retry-After` and quota headers that say
/// that nothing is left (`x-ratelimit-remaining: 0`) pause it, for up to 60 seconds per response.
///
/// Clones share their limits: give a clone to each client that acts for the same account. A
/// setter returns a limiter that shares nothing with earlier clones.
///
/// ```
/// use std::time::Duration;
/// use rate_limit::{Limiter, Preset, QuotaShare};
///
/// let limiter = Limiter::new(Preset::new(100, 25, 25))
///     // Another process uses the other half.
///     .quota(QuotaShare::of_process(0, 2))
///     .queue(5_000)
///     .longest_wait(Duration::from_secs(120));
/// # let _ = limiter;
/// ```
#[derive(Clone)]
#[must_use]
pub struct Limiter {
    settings: LimiterSettings,
    accounts: Arc<Mutex<AccountTable>>,
}

#[derive(Default)]
struct AccountTable {
    /// Sorted, since comparing the key of the one account that most programs use is cheaper than
    /// hashing it.
    queues: BTreeMap<AccountKey, SharedQueue>,
    /// The part of all limits to use, once it was set; until then that of the settings.
    quota: Option<QuotaShare>,
    /// How many queues there have to be before idle ones are removed again.
    next_cleanup_at: usize,
}

/// An account's id, which is empty for the API key's own account, the mode, and the key of the
/// first limit of the queue.
type AccountKey = (Box<str>, bool, LimitKey);
type SharedQueue = Arc<Mutex<AccountQueue>>;

#[derive(Clone, Debug)]
struct LimiterSettings {
    preset: Preset,
    operations: HashMap<String, u32>,
    classes: Vec<ClassLimit>,
    quota: QuotaShare,
    jitter: Duration,
    concurrent: Option<u32>,
    queue: u32,
    longest_wait: Duration,
}

impl Limiter {
    /// Creates a limiter with these limits.
    pub fn new(preset: Preset) -> Self {
        let settings = LimiterSettings {
            preset,
            operations: HashMap::new(),
            classes: preset.classes.to_vec(),
            quota: QuotaShare::default(),
            jitter: Duration::ZERO,
            concurrent: None,
            queue: 1_000,
            longest_wait: Duration::from_secs(30),
        };
        let accounts = Arc::default();
        Self { settings, accounts }
    }

    fn change_settings(mut self, change: impl FnOnce(&mut LimiterSettings)) -> Self {
        change(&mut self.settings);
        self.accounts = Arc::default();
        self
    }

    /// Sets the part of all limits to use. Defaults to the whole. For programs that run as several
    /// processes, whose parts should not exceed the whole together.
    pub fn quota(self, quota: QuotaShare) -> Self {
        self.change_settings(|settings| settings.quota = quota)
    }

    /// Sets how much the time between sending a request and its arrival may vary. Defaults to 0.
    ///
    /// Attempts that are sent a second apart may arrive less than a second apart, and the server
    /// counts arrivals. A rate holds for every interval of one second and this time, which leaves
    /// as much less of it: with 50 milliseconds, 95 %.
    pub fn jitter(self, jitter: Duration) -> Self {
        self.change_settings(|settings| settings.jitter = jitter)
    }

    /// The interval for which a rate holds: one second, and the [`jitter`](Self::jitter).
    pub fn window(&self) -> Duration {
        Duration::from_secs(1).saturating_add(self.settings.jitter)
    }

    /// Changes the part of all limits to use while this limiter and its clones are in use. Attempts
    /// that wait are called if there is room for them now.
    ///
    /// If another process is to get what this one gives up, it has to wait for one
    /// [`window`](Self::window), as attempts of that time still count. Attempts in flight are not
    /// cancelled.
    pub fn set_quota(&self, quota: QuotaShare, now: Instant) {
        let mut accounts = self.lock_accounts();
        accounts.quota = Some(quota);
        let queues: Vec<_> = accounts.queues.values().map(Arc::clone).collect();
        // Wakers may run any code.
        drop(accounts);
        for queue in queues {
            update_queue(&queue, now, |queue, now| queue.set_quota(quota, now));
        }
    }

    /// Sets the attempts per second of an account in live mode and outside of it. Defaults to the
    /// preset's; 0 for no limit.
    pub fn per_second(self, live: u32, test: u32) -> Self {
        self.change_settings(|settings| {
            settings.preset.live_per_second = live;
            settings.preset.test_per_second = test;
        })
    }

    /// Sets the attempts per second of each operation without a class. Defaults to the preset's; 0
    /// for no limit.
    pub fn operation_per_second(self, attempts: u32) -> Self {
        self.change_settings(|settings| settings.preset.operation_per_second = attempts)
    }

    /// Sets the attempts per second of one operation, by its id. 0 for no limit of its own. An
    /// operation that has a class shares the limit of the class instead.
    pub fn operation(self, id: impl Into<String>, attempts: u32) -> Self {
        self.change_settings(|settings| {
            settings.operations.insert(id.into(), attempts);
        })
    }

    /// Sets the limit of a class. Defaults to the preset's.
    pub fn class(self, limit: ClassLimit) -> Self {
        self.change_settings(|settings| {
            settings.classes.retain(|known| known.class != limit.class);
            settings.classes.push(limit);
        })
    }

    /// Sets how many attempts of an account may be in flight at the same time. Defaults to twice
    /// the attempts per second; 0 for no limit.
    ///
    /// Stripe publishes no number except for payouts (15 per second, 30 at the same time); the
    /// default has the same ratio. It is reached when responses take two seconds on average.
    pub fn concurrent(self, attempts: u32) -> Self {
        self.change_settings(|settings| settings.concurrent = Some(attempts))
    }

    /// Sets how many attempts may wait per account and mode; a tenth of the places, rounded down,
    /// is reserved for interactive ones. Defaults to 1,000. With 0, no attempt waits.
    pub fn queue(self, attempts: u32) -> Self {
        self.change_settings(|settings| settings.queue = attempts)
    }

    /// Sets how long an attempt may wait. Defaults to 30 seconds. One that would certainly have to
    /// wait longer is refused immediately.
    pub fn longest_wait(self, wait: Duration) -> Self {
        self.change_settings(|settings| settings.longest_wait = wait)
    }

    /// The queue of the account that a request is for.
    fn find_queue(
        &self,
        request: &AcquireRequest<'_>,
        account: Limit,
        now: Instant,
    ) -> SharedQueue {
        let id = request.account.unwrap_or_default().into();
        let mut accounts = self.lock_accounts();
        let quota = accounts.quota.unwrap_or(self.settings.quota);
        if accounts.queues.len() >= accounts.next_cleanup_at.max(KEPT) {
            // Attempts that wait or are in flight hold a queue.
            accounts.queues.retain(|_, queue| {
                Arc::strong_count(queue) > 1 || !update_queue(queue, now, AccountQueue::is_idle)
            });
            accounts.next_cleanup_at = accounts.queues.len().saturating_mul(2);
        }
        let queue = accounts.queues.entry((id, request.live, account.0));
        let queue = queue.or_insert_with(|| {
            let queue = Mutex::new(AccountQueue::new(account, self.window()));
            update_queue(&queue, now, |queue, now| queue.set_quota(quota, now));
            Arc::new(queue)
        });
        Arc::clone(queue)
    }

    fn lock_accounts(&self) -> MutexGuard<'_, AccountTable> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimiter for Limiter {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Box::pin(async move {
            let now = clock.now();
            let settings = &self.settings;
            let (account, lane) = settings.limits_for(&request);
            let queue = self.find_queue(&request, account, now);
            let left = request.deadline.map(|at| at.saturating_duration_since(now));
            let wait = settings.longest_wait.min(left.unwrap_or(Duration::MAX));
            let (id, result) = update_queue(&queue, now, |queue, now| {
                queue.add_attempt(lane, request.priority, wait, settings.queue, now)
            });
            let (held, own_clock) = (Arc::clone(&queue), Arc::clone(clock));
            // Made before the wait, so that a call that is cancelled leaves the queue.
            let permit = Permit::new(move |outcome| {
                let feedback = LimitFeedback::from_outcome(&outcome);
                update_queue(&held, own_clock.now(), |queue, now| {
                    queue.end_attempt(id, &feedback, now)
                });
            });
            if result?.is_some() {
                wait_in_line(&queue, id, clock).await?;
            }
            Ok(permit)
        })
    }

    fn usage(&self, now: Instant) -> Vec<Usage> {
        let accounts = self.lock_accounts();
        let mut all = Vec::new();
        for ((account, live, _), queue) in &accounts.queues {
            for mut usage in update_queue(queue, now, AccountQueue::usage_at) {
                usage.account = (!account.is_empty()).then(|| account.to_string());
                usage.live = *live;
                all.push(usage);
            }
        }
        all.sort_by(|a, b| (&a.account, a.live, &a.scope).cmp(&(&b.account, b.live, &b.scope)));
        all
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Limiter({:?})", self.settings)
    }
}

/// Waits until the attempt with this id begins.
async fn wait_in_line(
    queue: &Mutex<AccountQueue>,
    id: u64,
    clock: &Arc<dyn Clock>,
) -> Result<(), AcquireError> {
    let mut timer = None;
    poll_fn(|context| {
        loop {
            let result = update_queue(queue, clock.now(), |queue, now| {
                queue.check_again(id, context.waker(), now)
            });
            let Some(wait) = result? else {
                return Poll::Ready(Ok(()));
            };
            let sleep = timer.insert(clock.sleep(wait));
            ready!(sleep.as_mut().poll(context));
        }
    })
    .await
}

impl LimiterSettings {
    /// The limits of a request: that of its account, and that of its class or operation. The two
    /// are equal for a class that does not count against the account.
    fn limits_for(&self, request: &AcquireRequest<'_>) -> (Limit, Limit) {
        let (preset, operation) = (&self.preset, request.operation);
        let mut classes = self.classes.iter().filter(|limit| !limit.class.is_empty());
        let class = classes.find(|limit| limit.class == request.class);
        let per_second = if request.live {
            preset.live_per_second
        } else {
            preset.test_per_second
        };
        let twice = per_second.saturating_mul(SECONDS_IN_FLIGHT);
        let account = (per_second, self.concurrent.unwrap_or(twice));
        let (key, mut lane) = match class {
            Some(limit) => {
                let limits = (limit.per_second, limit.concurrent);
                (LimitKey::Class(limit.class), limits)
            }
            // Raw requests may be many operations, whose limits are not known.
            None if operation.is_empty() => (LimitKey::Operation(operation), (0, 0)),
            None => {
                let own = self.operations.get(operation).copied();
                let own = own.unwrap_or(preset.operation_per_second);
                (LimitKey::Operation(operation), (own, 0))
            }
        };
        if class.is_some_and(|limit| limit.separate) {
            return ((key, lane), (key, lane));
        }
        if account.0 > 0 {
            // More than the account's limit is never reached.
            lane.0 = lane.0.min(account.0);
        }
        ((LimitKey::Account, account), (key, lane))
    }
}
