//! Client-side rate limiting: when an attempt may be sent.
//!
//! In: an [`AcquireRequest`] before each attempt. Out: a [`Permit`] as soon as the attempt fits
//! within the limits, or an [`AcquireError`]. The permit is completed with the attempt's outcome,
//! by which a limiter adapts to what the server allows.
//!
//! [`Limiter`] is the built-in limiter and counts the calls of this process only; with a
//! [`QuotaShare`] it uses a part of what several processes have together. [`Unlimited`] turns rate
//! limiting off. Programs implement [`RateLimiter`] for other rules.
//!
//! Time comes from a [`Clock`], which the client has in common with its limiter. The crate knows
//! nothing of calls: `runtime` re-exports it as `runtime::rate_limit`, and its clock as
//! `runtime::clock`.

#![cfg_attr(docsrs, feature(doc_cfg))]

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

mod bucket;
pub mod clock;
mod feedback;
mod headers;
mod limiter;
mod preset;
mod queue;
mod quota;

pub use headers::{RateLimitReason, retry_after};
pub use limiter::Limiter;
pub use preset::{ClassLimit, Preset};
pub use quota::QuotaShare;

use crate::clock::{BoxFuture, Clock};

/// Which calls go first when calls have to wait for a rate limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Priority {
    /// A user or another service waits for the response.
    #[default]
    Interactive,
    /// Background work: sent after interactive calls, but at least every eighth call that begins
    /// while bulk calls wait is one of them.
    Bulk,
}

/// The attempt for which a permit is acquired.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AcquireRequest<'a> {
    /// The account that the request is for; `None` for the API key's own account.
    pub account: Option<&'a str>,
    /// Whether the API key is a live mode key.
    pub live: bool,
    /// The operation's class of rate limits; empty if it has none.
    pub class: &'static str,
    /// The operation's id; empty for a raw request, whose operation is not known.
    pub operation: &'static str,
    /// Which calls go first.
    pub priority: Priority,
    /// When the call's deadline expires. A limiter that can determine that the wait would take
    /// longer returns [`AcquireError::WaitTooLong`] immediately. The client stops waiting at the
    /// deadline in any case.
    pub deadline: Option<Instant>,
}

impl AcquireRequest<'_> {
    /// An interactive test mode attempt of an operation, for the API key's own account and
    /// without a deadline.
    pub fn new(operation: &'static str) -> Self {
        Self {
            operation,
            ..Self::default()
        }
    }
}

/// Why an attempt got no permit. It was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AcquireError {
    /// Too many attempts wait already.
    QueueFull,
    /// The attempt waited as long as it may, or would certainly have to wait longer than that.
    WaitTooLong,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::QueueFull => "too many attempts wait for the rate limit",
            Self::WaitTooLong => "the rate limit leaves no room in time",
        })
    }
}

impl std::error::Error for AcquireError {}

/// Decides when attempts may be sent.
///
/// The client acquires a permit for each attempt, retries included, and holds it until the
/// attempt ends. If its call is cancelled meanwhile, the client drops the future or the permit.
/// Time and timers come from the client's clock, so that tests can control them. Two clients share
/// a limiter by each getting a clone of it, with the common state in an `Arc`.
///
/// ```
/// use std::sync::{Arc, Mutex, PoisonError};
/// use std::time::{Duration, Instant};
/// use rate_limit::clock::{BoxFuture, Clock};
/// use rate_limit::{AcquireError, AcquireRequest, Permit, RateLimiter};
///
/// /// Sends attempts at a steady pace.
/// #[derive(Clone, Debug)]
/// struct Pacer {
///     interval: Duration,
///     next: Arc<Mutex<Option<Instant>>>,
/// }
///
/// impl RateLimiter for Pacer {
///     fn acquire<'a>(
///         &'a self,
///         _: AcquireRequest<'a>,
///         clock: &'a Arc<dyn Clock>,
///     ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
///         Box::pin(async move {
///             let now = clock.now();
///             let wait = {
///                 let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
///                 let at = next.map_or(now, |next| next.max(now));
///                 *next = Some(at + self.interval);
///                 at - now
///             };
///             if !wait.is_zero() {
///                 clock.sleep(wait).await;
///             }
///             Ok(Permit::new(|_| ()))
///         })
///     }
/// }
/// ```
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Waits until the attempt may be sent.
    ///
    /// If the future is ready when it is first polled, the attempt has not waited. Otherwise the
    /// call counts the time as queued, and checks the circuit breaker again.
    ///
    /// # Errors
    /// If the attempt must not wait, or no longer: it is not sent.
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>>;

    /// The limits and how much of them is in use; empty if the limiter does not count.
    fn usage(&self, now: Instant) -> Vec<Usage> {
        let _ = now;
        Vec::new()
    }
}

type OnComplete = Box<dyn for<'a> FnOnce(AttemptOutcome<'a>) + Send>;

/// The right to send one attempt, held while the attempt is in flight.
///
/// A permit that is dropped is completed with [`AttemptOutcome::Dropped`].
#[must_use = "a permit that is dropped no longer counts as in flight"]
pub struct Permit(Option<OnComplete>);

impl Permit {
    /// Creates a permit that calls this function once, when the attempt has ended.
    pub fn new(on_complete: impl FnOnce(AttemptOutcome<'_>) + Send + 'static) -> Self {
        Self(Some(Box::new(on_complete)))
    }

    /// Ends the permit and reports the attempt's outcome to the limiter.
    pub fn complete(mut self, outcome: AttemptOutcome<'_>) {
        self.run_callback(outcome);
    }

    fn run_callback(&mut self, outcome: AttemptOutcome<'_>) {
        if let Some(on_complete) = self.0.take() {
            on_complete(outcome);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.run_callback(AttemptOutcome::Dropped);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// How an attempt ended. `Debug` shows the names of the response's headers and none of their
/// values.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum AttemptOutcome<'a> {
    /// The server sent a response.
    Response {
        /// The status.
        status: StatusCode,
        /// All headers.
        headers: &'a HeaderMap,
        /// The `code` of the error object, if the response is an error.
        code: Option<&'a str>,
    },
    /// There was no response.
    NoResponse,
    /// The call was cancelled, or the attempt was not made.
    Dropped,
}

impl fmt::Debug for AttemptOutcome<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Response {
                status,
                headers,
                code,
            } => out
                .debug_struct("Response")
                .field("status", &status)
                .field("headers", &NamesOf(headers))
                .field("code", &code)
                .finish(),
            Self::NoResponse => out.write_str("NoResponse"),
            Self::Dropped => out.write_str("Dropped"),
        }
    }
}

/// How much of one limit is in use.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// The account that the requests are for; `None` for the API key's own account.
    pub account: Option<String>,
    /// Whether the limit is the one of live mode.
    pub live: bool,
    /// What is limited: `account`, `operation PostCustomers`, `class search` or `raw calls`.
    pub scope: String,
    /// The preset in attempts per second; `None` if only concurrency is limited.
    pub per_second: Option<u32>,
    /// The attempts per second that are allowed now: the preset, or less after the server has
    /// refused attempts. `None` if there is no limit.
    pub allowed_per_second: Option<f64>,
    /// The attempts of the last second.
    pub used: u32,
    /// The attempts that may be in flight at the same time, as allowed now. `None` if there is no
    /// limit.
    pub concurrent: Option<u32>,
    /// The attempts in flight.
    pub in_flight: u32,
    /// The attempts that wait.
    pub waiting: u32,
    /// How often the server has refused an attempt because of this limit.
    pub refusals: u64,
    /// How long no attempt will be sent, because the server asked for a pause.
    pub pause: Option<Duration>,
}

impl Usage {
    /// A limit that is not in use, for implementations of [`RateLimiter::usage`].
    pub fn new(scope: impl Into<String>) -> Self {
        Self {
            scope: scope.into(),
            ..Self::default()
        }
    }
}

/// Permits every attempt immediately: turns rate limiting off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(
        &'a self,
        _: AcquireRequest<'a>,
        _: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Box::pin(std::future::ready(Ok(Permit::new(|_| ()))))
    }
}

/// Shows the names of headers and none of their values.
struct NamesOf<'a>(&'a HeaderMap);

impl fmt::Debug for NamesOf<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.keys().map(http::HeaderName::as_str);
        out.debug_list().entries(names).finish()
    }
}
