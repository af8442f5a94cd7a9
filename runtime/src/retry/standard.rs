//! The built-in retry policy.

use std::time::{Duration, Instant};

use http::HeaderMap;

use super::budget::Budget;
use super::pause::{bound, jitter};
use super::{Decision, Failure, RetryPolicy, Why};
use crate::error::{RateLimitReason, retry_after};

/// The bound of the first pause: what the API's own libraries begin with.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The bound of all pauses. The API's own libraries stop growing at 5 seconds, but take at most
/// a quarter or a half off it; with full jitter 8 seconds are 4 on average.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The longest `Retry-After` to obey. Nobody waits for an answer longer than that.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The retries that a client may make at once: AWS's SDKs hold 500 tokens and take 5 per retry.
const RESERVE: u32 = 100;
/// What a first attempt adds to the budget: the share that Finagle's retry budget allows.
const RATIO: f64 = 0.2;

/// The built-in policy: what is worth repeating, after which pause, and how much of it a client
/// may do.
///
/// **What** is repeated, within the call's own limit: attempts without an answer; 409, 424, 429
/// and 5xx, except for what the server has stored under the idempotency key and would only
/// repeat; of the 429 not those for too many changes of one object. `Stripe-Should-Retry` comes
/// before all of it.
///
/// **When**: after a random pause between zero and a bound, which is 0.5 seconds at first and
/// doubles up to 8. A `Retry-After` is added to it; one of more than 60 seconds ends the call.
///
/// **How much**: each call's first attempt puts 0.2 tokens into a bucket of 100, which is full at
/// the beginning; each retry takes 1. So whatever happens there are at most
/// `100 + 0.2 × calls` retries. Clones of a client have one bucket.
///
/// How often a single call may be repeated is not the policy's business: see
/// `ClientBuilder::retries` and `Call::retries`.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use runtime::retry::StandardRetry;
///
/// let policy = StandardRetry::new()
///     .longest_pause(Duration::from_secs(2))
///     .budget(20, 0.1);
/// let policy = Arc::new(policy);
/// // Give `policy.clone()` to `ClientBuilder::retry_policy` and keep the other to look at it.
/// assert_eq!(policy.budget_left(), Some(20));
/// ```
#[derive(Debug)]
pub struct StandardRetry {
    first_pause: Duration,
    longest_pause: Duration,
    longest_retry_after: Duration,
    repeats_rate_limits: bool,
    budget: Option<Budget>,
}

impl Default for StandardRetry {
    fn default() -> Self {
        Self {
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
            longest_retry_after: LONGEST_RETRY_AFTER,
            repeats_rate_limits: true,
            budget: Some(Budget::new(RESERVE, RATIO)),
        }
    }
}

impl StandardRetry {
    /// The policy with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bound of the first pause. 0.5 seconds by default, as in the API's own libraries.
    ///
    /// With zero there are no pauses but those of `Retry-After`.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// The bound that pauses grow to. 8 seconds by default. If it is below the first pause, all
    /// pauses have this bound.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// The longest `Retry-After` to obey, 60 seconds by default. If the server asks for more, the
    /// failure is final, and the caller learns from `Error::retry_after` when to come again.
    pub fn longest_retry_after(mut self, pause: Duration) -> Self {
        self.longest_retry_after = pause;
        self
    }

    /// Whether a request that exceeded a rate limit is repeated. `true` by default, which differs
    /// from the API's own libraries: they leave a 429 to the caller unless the server says
    /// otherwise. A lock timeout is no rate limit and is repeated either way.
    pub fn rate_limits(mut self, repeat: bool) -> Self {
        self.repeats_rate_limits = repeat;
        self
    }

    /// A full bucket of this size, into which each call puts this many tokens. 100 and 0.2 by
    /// default.
    ///
    /// The ratio is taken to its nearest thousandth. One that is negative or no number counts as
    /// 0: then the reserve is all that the client ever has.
    pub fn budget(mut self, reserve: u32, ratio: f64) -> Self {
        self.budget = Some(Budget::new(reserve, ratio));
        self
    }

    /// The off switch of the budget: only the limit of each call bounds the retries.
    pub fn without_budget(mut self) -> Self {
        self.budget = None;
        self
    }

    /// How many retries the budget pays for at the moment; `None` if there is no budget.
    pub fn budget_left(&self) -> Option<u32> {
        self.budget.as_ref().map(Budget::left)
    }

    fn judge(&self, failure: &Failure<'_>, chance: u64) -> Result<Duration, Why> {
        self.is_worth_repeating(failure)?;
        // Asked only now, so that a declined card is not reported as a call that ran out of
        // retries. The decision is the same either way.
        if failure.attempts > failure.max_retries {
            return Err(Why::LimitReached);
        }
        let pause = self.pause(failure, chance)?;
        if failure.time_left.is_some_and(|left| left <= pause) {
            return Err(Why::NoTimeLeft);
        }
        // Last, so that a token pays for nothing but a retry.
        match &self.budget {
            Some(budget) if !budget.withdraw() => Err(Why::BudgetSpent),
            _ => Ok(pause),
        }
    }

    fn is_worth_repeating(&self, failure: &Failure<'_>) -> Result<(), Why> {
        let Some((status, headers)) = failure.answer else {
            return worth(failure.transient);
        };
        match text(headers, "stripe-should-retry") {
            Some("true") => return Ok(()),
            Some("false") => return Err(Why::ServerSaysNo),
            _ => {}
        }
        // What was stored under the key comes again for as long as the key is used.
        if text(headers, "idempotent-replayed") == Some("true") {
            return Err(Why::Permanent);
        }
        match (status.as_u16(), failure.code) {
            (_, Some("lock_timeout" | "idempotency_key_in_use")) => Ok(()),
            // An older form of 429.
            (429, _) | (400, Some("rate_limit")) => worth(self.repeats_rate_limit(headers)),
            (409 | 424 | 500..=599, _) => Ok(()),
            _ => Err(Why::Permanent),
        }
    }

    /// Whether a rate limit gives way within a pause. The one on changes of a single object does
    /// not: its windows are minutes and hours.
    fn repeats_rate_limit(&self, headers: &HeaderMap) -> bool {
        let reason = RateLimitReason::of(headers);
        self.repeats_rate_limits && reason != Some(RateLimitReason::ResourceSpecific)
    }

    fn pause(&self, failure: &Failure<'_>, chance: u64) -> Result<Duration, Why> {
        let bound = bound(self.first_pause, self.longest_pause, failure.attempts);
        let own = jitter(bound, chance);
        let asked = failure.answer.and_then(|(_, headers)| retry_after(headers));
        let asked = asked.unwrap_or_default();
        if asked > self.longest_retry_after {
            return Err(Why::PauseTooLong);
        }
        // Jitter is added to what the server asked for, or all of its clients come back at once.
        Ok(asked.saturating_add(own))
    }
}

impl RetryPolicy for StandardRetry {
    fn call_started(&self, _: Instant) {
        if let Some(budget) = &self.budget {
            budget.deposit();
        }
    }

    fn decide(&self, failure: &Failure<'_>, chance: u64) -> Decision {
        match self.judge(failure, chance) {
            Ok(pause) => Decision::RetryAfter(pause),
            Err(why) => Decision::Stop(why),
        }
    }
}

fn worth(it: bool) -> Result<(), Why> {
    if it { Ok(()) } else { Err(Why::Permanent) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
