//! Whether a failed attempt is followed by another, as pure decisions.
//!
//! In: what the attempt came to, how many there were, and a random number. Out: a
//! [`Decision`]. It waits for nothing and sends nothing; `execute` does. A policy cannot make
//! a write without an idempotency key be repeated after it may have reached the server: the
//! loop only asks when repeating is safe.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

mod budget;
mod pause;
mod standard;
#[cfg(test)]
mod tests;

pub use standard::StandardRetry;

use crate::http::Names;

/// What an attempt came to, as far as repeating is concerned. `Debug` shows which headers the
/// answer has, and none of their values.
#[derive(Clone, Copy)]
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
    /// What is left of the call's deadline; `None` if it has none.
    pub time_left: Option<Duration>,
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
            time_left: None,
            now,
        }
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self
            .answer
            .map(|(status, headers)| (status, Names(headers)));
        out.debug_struct("Failure")
            .field("attempts", &self.attempts)
            .field("max_retries", &self.max_retries)
            .field("answer", &answer)
            .field("code", &self.code)
            .field("transient", &self.transient)
            .field("time_left", &self.time_left)
            .finish_non_exhaustive()
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

/// Why a failure is final. Where several reasons hold, the first one of this list is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Another attempt would fail in the same way.
    Permanent,
    /// The server said so.
    ServerSaysNo,
    /// The call has made all the retries that it may make.
    LimitReached,
    /// The server asked for a longer pause than the policy accepts.
    PauseTooLong,
    /// The call's deadline comes before the next attempt would begin.
    NoTimeLeft,
    /// The clones of this client have retried too much lately.
    BudgetSpent,
}

impl Why {
    /// A short name for logs and for labels of metrics, such as `budget_spent`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::ServerSaysNo => "server_says_no",
            Self::LimitReached => "limit_reached",
            Self::PauseTooLong => "pause_too_long",
            Self::NoTimeLeft => "no_time_left",
            Self::BudgetSpent => "budget_spent",
        }
    }
}

/// Decides about retries. Implementations keep what state they need inside.
///
/// An [`Arc`] of a policy is a policy too, for several clients that share one budget, or for a
/// program that wants to read it.
pub trait RetryPolicy: fmt::Debug + Send + Sync + 'static {
    /// Learns that a call makes its first attempt. A call that ends before it, for instance
    /// because the circuit is open, is not mentioned.
    fn call_started(&self, now: Instant) {
        let _ = now;
    }

    /// What to do after a failure. `chance` is uniform over all of `u64`.
    fn decide(&self, failure: &Failure<'_>, chance: u64) -> Decision;
}

impl<P: RetryPolicy + ?Sized> RetryPolicy for Arc<P> {
    fn call_started(&self, now: Instant) {
        (**self).call_started(now);
    }

    fn decide(&self, failure: &Failure<'_>, chance: u64) -> Decision {
        (**self).decide(failure, chance)
    }
}
