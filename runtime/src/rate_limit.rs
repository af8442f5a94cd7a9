//! The seam of client-side rate limiting, as pure decisions.
//!
//! In: who wants to send, and the time. Out: an [`Admission`]. The default, [`Unlimited`],
//! admits everything at once. Waiting is done by `execute`.

use std::fmt;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

/// What an attempt wants to use.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Demand<'a> {
    /// The account that the request is for, or nothing for the key's own.
    pub account: Option<&'a str>,
    /// The class of rate limits of the operation; empty for the general one.
    pub class: &'a str,
    /// The operation's id; empty for a raw request.
    pub operation: &'a str,
    /// The time.
    pub now: Instant,
}

impl<'a> Demand<'a> {
    /// What an operation wants at a time.
    pub fn new(account: Option<&'a str>, class: &'a str, operation: &'a str, now: Instant) -> Self {
        Self {
            account,
            class,
            operation,
            now,
        }
    }
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// At once; what it uses is taken.
    Now,
    /// Nothing is taken yet; ask again after this time.
    After(Duration),
    /// Not at all: too many wait already.
    Refused,
}

/// Decides when attempts may be made.
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Whether an attempt may be made now. Called again after each wait.
    fn admit(&self, demand: &Demand<'_>) -> Admission;

    /// Learns from an attempt that was admitted and has ended; `None` if there was no answer.
    /// Called exactly once for each admitted attempt that is not cancelled.
    fn observe(&self, demand: &Demand<'_>, answer: Option<(StatusCode, &HeaderMap)>);
}

/// Admits every attempt at once. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn admit(&self, _: &Demand<'_>) -> Admission {
        Admission::Now
    }

    fn observe(&self, _: &Demand<'_>, _: Option<(StatusCode, &HeaderMap)>) {}
}
