//! Retries: whether a failed attempt is followed by another, and after what time.
//!
//! In: what is known about a failed attempt, and a random number. Out: how long to back off, or why
//! the failure is final. The policy neither waits nor sends; `execute` does. It cannot cause a
//! write without an idempotency key to be repeated after it may have reached the server: `execute`
//! consults it only when repeating is safe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::HeaderMap;

use crate::clock::to_nanos;
use crate::error::Retryability;
use crate::rate_limit::retry_after;

#[cfg(test)]
mod tests;

/// The upper bound of the first backoff: that of Stripe's own libraries.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);
/// The upper bound of all backoffs. Stripe's own libraries stop growing at 5 seconds, but subtract
/// at most a quarter or a half as jitter; with full jitter 8 seconds are 4 on average.
const MAX_BACKOFF: Duration = Duration::from_secs(8);
/// The longest `Retry-After` to honor. Callers rarely wait longer for a response.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The retries that a client may make in a burst: AWS's SDKs hold 500 tokens and take 5 per retry.
const BUDGET_RESERVE: u32 = 100;
/// What each call adds to the budget: the ratio of Finagle's retry budget.
const BUDGET_RATIO: f64 = 0.2;
/// One token, the price of a retry. Thousandths make ratios exact without floating point.
const TOKEN: u64 = 1_000;

/// The largest ratio. With it every call may make a thousand retries, more than any limit of
/// retries allows.
const MAX_RATIO: f64 = 1_000.0;

/// What is known about a failed attempt.
#[derive(Clone, Copy)]
pub(crate) struct FailedAttempt<'a> {
    /// How many attempts the call has made, including this one.
    pub(crate) attempts: u32,
    /// How many retries the call may make.
    pub(crate) max_retries: u32,
    /// Whether another attempt may succeed.
    pub(crate) retryability: Retryability,
    /// The headers of the response; `None` if there was none.
    pub(crate) headers: Option<&'a HeaderMap>,
    /// What is left of the call's deadline; `None` if it has none.
    pub(crate) time_left: Option<Duration>,
}

/// Why a failure is final. If several reasons apply, the first of this list is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// Another attempt would fail in the same way.
    NotRetryable,
    /// The server sent `Stripe-Should-Retry: false`.
    ServerForbids,
    /// The call has made all the retries that it may make.
    MaxRetriesReached,
    /// The server's `Retry-After` is longer than the policy accepts.
    RetryAfterTooLong,
    /// The call's deadline expires before the next attempt would begin.
    DeadlineTooClose,
    /// The clones of this client have used up their retry budget.
    BudgetExhausted,
}

/// Decides what is retried, after which backoff, and how many retries a client may make.
///
/// **What** is retried, within the limit of each call: failed connections, timeouts and interrupted
/// responses; 409, 424, 429 and 5xx, 400 with the code `rate_limit`, and any status with the codes
/// `lock_timeout` and `idempotency_key_in_use`. Not retried are responses that the server has stored
/// under the idempotency key and would only repeat, and 429s for too many changes of one object. `Stripe-Should-Retry`
/// takes precedence over all of it.
///
/// **When**: after a random backoff between zero and an upper bound, which is 0.5 seconds at first
/// and doubles up to 8 seconds. A `Retry-After` is added to it; one of more than 60 seconds makes
/// the failure final.
///
/// **How many**: the first attempt of each call adds 0.2 tokens to a bucket of 100, which starts
/// full; each retry takes 1. So there are never more than `100 + 0.2 × calls` retries. The clones
/// of a client share one bucket, and so do clients that are built with clones of one
/// `Arc<RetryPolicy>`.
///
/// How often a single call may be retried is set by `ClientBuilder::retries` and `Call::retries`.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use runtime::retry::RetryPolicy;
///
/// let policy = RetryPolicy::new()
///     .max_backoff(Duration::from_secs(2))
///     .budget(20, 0.1);
/// let policy = Arc::new(policy);
/// // Pass `policy.clone()` to `ClientBuilder::retry_policy`, and keep the other to read it.
/// assert_eq!(policy.budget_left(), Some(20));
/// ```
#[derive(Debug)]
pub struct RetryPolicy {
    initial_backoff: Duration,
    max_backoff: Duration,
    max_retry_after: Duration,
    retries_rate_limits: bool,
    budget: Option<RetryBudget>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            initial_backoff: INITIAL_BACKOFF,
            max_backoff: MAX_BACKOFF,
            max_retry_after: MAX_RETRY_AFTER,
            retries_rate_limits: true,
            budget: Some(RetryBudget::new(BUDGET_RESERVE, BUDGET_RATIO)),
        }
    }
}

impl RetryPolicy {
    /// Creates a policy with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the upper bound of the first backoff. Defaults to 0.5 seconds, as in Stripe's own
    /// libraries.
    ///
    /// With zero, only `Retry-After` causes a backoff.
    pub fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.initial_backoff = backoff;
        self
    }

    /// Sets the upper bound of all backoffs. Defaults to 8 seconds. It applies to the first backoff
    /// as well if it is shorter.
    pub fn max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = backoff;
        self
    }

    /// Sets the longest `Retry-After` to honor. Defaults to 60 seconds. If the server sends a
    /// longer one, the failure is final, and `Error::retry_after` returns it.
    pub fn max_retry_after(mut self, duration: Duration) -> Self {
        self.max_retry_after = duration;
        self
    }

    /// Sets whether a request that exceeded a rate limit is retried. Defaults to `true`, unlike in
    /// Stripe's own libraries: they return a 429 to the caller unless the server sends
    /// `Stripe-Should-Retry: true`. A lock timeout is not a rate limit and is retried either way.
    pub fn retry_rate_limits(mut self, retry: bool) -> Self {
        self.retries_rate_limits = retry;
        self
    }

    /// Sets the retry budget: a full bucket of `reserve` tokens, to which each call adds `ratio`
    /// tokens. Defaults to 100 and 0.2.
    ///
    /// The ratio is rounded to thousandths and at most 1,000. A negative one and NaN count as 0: then
    /// no tokens are added to the reserve.
    pub fn budget(mut self, reserve: u32, ratio: f64) -> Self {
        self.budget = Some(RetryBudget::new(reserve, ratio));
        self
    }

    /// Removes the budget: only the limit of each call bounds the retries.
    pub fn without_budget(mut self) -> Self {
        self.budget = None;
        self
    }

    /// How many retries the budget currently allows; `None` if there is no budget.
    pub fn budget_left(&self) -> Option<u32> {
        self.budget.as_ref().map(RetryBudget::tokens_left)
    }

    /// Adds to the budget for a call that makes its first attempt. A call that ends before that,
    /// for instance because the circuit is open, adds nothing.
    pub(crate) fn record_call(&self) {
        if let Some(budget) = &self.budget {
            budget.deposit_share();
        }
    }

    /// How long to back off before the next attempt. `random` is uniform over all of `u64`.
    ///
    /// # Errors
    /// If the failure is final: why.
    pub(crate) fn next_backoff(
        &self,
        attempt: &FailedAttempt<'_>,
        random: u64,
    ) -> Result<Duration, StopReason> {
        self.check_retryable(attempt)?;
        // Checked only now, so that a declined card is not reported as a call that ran out of
        // retries. The decision is the same either way.
        if attempt.attempts > attempt.max_retries {
            return Err(StopReason::MaxRetriesReached);
        }
        let backoff = self.backoff_for(attempt, random)?;
        if attempt.time_left.is_some_and(|left| left <= backoff) {
            return Err(StopReason::DeadlineTooClose);
        }
        // Last, so that a token is taken for nothing but a retry.
        match &self.budget {
            Some(budget) if !budget.withdraw_token() => Err(StopReason::BudgetExhausted),
            _ => Ok(backoff),
        }
    }

    fn check_retryable(&self, attempt: &FailedAttempt<'_>) -> Result<(), StopReason> {
        match attempt.retryability {
            Retryability::Retryable => Ok(()),
            Retryability::RateLimited if self.retries_rate_limits => Ok(()),
            Retryability::RateLimited | Retryability::Permanent => Err(StopReason::NotRetryable),
            Retryability::ServerForbids => Err(StopReason::ServerForbids),
        }
    }

    fn backoff_for(
        &self,
        attempt: &FailedAttempt<'_>,
        random: u64,
    ) -> Result<Duration, StopReason> {
        let bound = backoff_bound(self.initial_backoff, self.max_backoff, attempt.attempts);
        let retry_after = attempt.headers.and_then(retry_after).unwrap_or_default();
        if retry_after > self.max_retry_after {
            return Err(StopReason::RetryAfterTooLong);
        }
        // Jitter is added to the server's time, or all clients would send at the same time.
        Ok(retry_after.saturating_add(full_jitter(bound, random)))
    }
}

/// The upper bound of the backoff after this many attempts: `initial`, doubled with each further
/// attempt, but never more than `longest`.
fn backoff_bound(initial: Duration, longest: Duration, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    initial.saturating_mul(1 << doublings).min(longest)
}

/// A duration between zero and `bound`, both included. If `random` is uniform over `u64`, so is
/// the duration over the nanoseconds, as closely as 64 bits allow.
fn full_jitter(bound: Duration, random: u64) -> Duration {
    // Multiplying and keeping the upper half maps the range of `u64` to `0..=bound` without the
    // bias and the coarse steps of a remainder. The product cannot overflow: it is below 2^128.
    let bound = to_nanos(bound);
    let nanos = (u128::from(random) * (u128::from(bound) + 1)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(bound))
}

/// The token bucket that bounds how much load retries add, in thousandths of a token.
///
/// There are at most `reserve + ratio × calls` retries, over any period that begins when the bucket
/// is made, and with any number of threads. It does not depend on time.
#[derive(Debug)]
struct RetryBudget {
    left: AtomicU64,
    capacity: u64,
    deposit: u64,
}

impl RetryBudget {
    /// A full bucket. The ratio is rounded to thousandths; a negative one and NaN count as 0.
    fn new(reserve: u32, ratio: f64) -> Self {
        let capacity = u64::from(reserve) * TOKEN;
        Self {
            left: AtomicU64::new(capacity),
            capacity,
            // The conversion turns NaN into 0.
            deposit: (ratio.clamp(0.0, MAX_RATIO) * 1_000.0).round() as u64,
        }
    }

    /// Adds the share of one call. What exceeds the capacity is lost.
    fn deposit_share(&self) {
        // The number guards no other memory, so no ordering beyond its own is needed.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left < self.capacity).then(|| (left + self.deposit).min(self.capacity))
            });
    }

    /// Takes a token, if there is one.
    fn withdraw_token(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(TOKEN)
            })
            .is_ok()
    }

    /// How many retries the bucket pays for now.
    fn tokens_left(&self) -> u32 {
        u32::try_from(self.left.load(Ordering::Relaxed) / TOKEN).unwrap_or(u32::MAX)
    }
}
