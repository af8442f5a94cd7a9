//! Retries: whether a failed attempt is followed by another, and after what time.
//!
//! In: what is known about a failed attempt, and a random number. Out: how long to back off, or
//! why the failure is final. The policy waits for nothing and sends nothing; `execute` does. It
//! cannot make a write without an idempotency key be repeated after that may have reached the
//! server: `execute` consults it only when repeating is safe.

use std::time::Duration;

use http::HeaderMap;

use crate::error::Retryability;

mod backoff;
mod budget;
mod policy;
#[cfg(test)]
mod tests;

pub use policy::RetryPolicy;

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
