//! Whether a failed attempt is followed by another, as pure decisions.
//!
//! In: what the attempt came to, how many there were, and a random number. Out: a
//! [`Decision`]. It waits for nothing and sends nothing; `execute` does. A policy cannot make
//! a write without an idempotency key be repeated after it may have reached the server: the
//! loop only asks when repeating is safe.

use std::fmt;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

#[cfg(test)]
mod tests;

/// What an attempt came to, as far as repeating is concerned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// How many attempts were made, this one included.
    pub attempts: u32,
    /// How many retries the call may make: its own option, or else the client's.
    pub max_retries: u32,
    /// The status and headers of the answer; `None` if there was none.
    pub answer: Option<(StatusCode, &'a HeaderMap)>,
    /// The `code` of the answer's error object.
    pub code: Option<&'a str>,
    /// Whether another attempt may mend an attempt without an answer. It may not if the request
    /// itself was at fault, or if the answer was complete but unusable.
    pub transient: bool,
    /// The time.
    pub now: Instant,
}

impl<'a> Failure<'a> {
    /// A failed attempt without an answer.
    pub fn new(attempts: u32, max_retries: u32, now: Instant) -> Self {
        Self {
            attempts,
            max_retries,
            answer: None,
            code: None,
            transient: false,
            now,
        }
    }

    /// What the server itself says about repeating, in `Stripe-Should-Retry`.
    fn advice(&self) -> Option<bool> {
        let (_, headers) = self.answer?;
        match headers.get("stripe-should-retry")?.to_str().ok()?.trim() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Give the failure to the caller, because of this.
    Stop(Why),
    /// Make another attempt after this time.
    RetryAfter(Duration),
}

/// Why a failure is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Another attempt would fail in the same way.
    Permanent,
    /// The server said so.
    ServerSaysNo,
    /// The call has made all the retries that it may make.
    LimitReached,
    /// The clones of this client have retried too much lately.
    BudgetSpent,
    /// The server asked for a longer pause than the policy accepts.
    PauseTooLong,
}

/// Decides about retries. Implementations keep what state they need inside.
pub trait RetryPolicy: fmt::Debug + Send + Sync + 'static {
    /// Learns that a call makes its first attempt.
    fn call_started(&self, now: Instant) {
        let _ = now;
    }

    /// What to do after a failure. `chance` is uniform over all of `u64`.
    fn decide(&self, failure: &Failure<'_>, chance: u64) -> Decision;
}

/// The built-in policy: within the call's limit, the server's word comes first, then the table
/// of statuses; the pause grows from half a second to eight, with full jitter.
///
/// The limit is **0 unless the client or the call sets one**, so nothing is repeated by
/// default. A 429 is repeated only for a lock timeout, since repeating the others adds load.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardRetry;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

impl RetryPolicy for StandardRetry {
    fn decide(&self, failure: &Failure<'_>, chance: u64) -> Decision {
        if failure.attempts > failure.max_retries {
            return Decision::Stop(Why::LimitReached);
        }
        let again = failure.advice().unwrap_or_else(|| match failure.answer {
            None => failure.transient,
            Some((status, _)) => match status.as_u16() {
                409 | 424 | 500..=599 => true,
                429 => failure.code == Some("lock_timeout"),
                _ => false,
            },
        });
        if again {
            Decision::RetryAfter(pause(failure.attempts, chance))
        } else {
            Decision::Stop(Why::Permanent)
        }
    }
}

/// A random pause below a bound that doubles with each attempt.
fn pause(attempts: u32, chance: u64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(8);
    let bound = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    let thousandths = u32::try_from(chance % 1_001).unwrap_or(1_000);
    bound / 1_000 * thousandths
}
