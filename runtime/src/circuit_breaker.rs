//! The seam of the circuit breaker, as pure decisions.
//!
//! In: which part of the server an attempt is for, the time, and how attempts ended. Out:
//! whether the next one may be made. The default, [`AlwaysClosed`], lets all of them pass.

use std::fmt;
use std::time::Instant;

/// The part of the server that stands or falls together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Circuit<'a> {
    /// The key of the host, such as `api`.
    pub host: &'a str,
    /// The class of rate limits of the operation; empty for the general one.
    pub class: &'a str,
}

impl<'a> Circuit<'a> {
    /// A circuit of a host and a class.
    pub fn new(host: &'a str, class: &'a str) -> Self {
        Self { host, class }
    }
}

/// How an attempt ended, as far as the health of the server is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The server answered, be it with a refusal.
    Answered,
    /// The server failed, or there was no answer.
    Failed,
}

/// Decides whether a server is worth asking.
pub trait CircuitBreaker: fmt::Debug + Send + Sync + 'static {
    /// Whether an attempt may be made now.
    fn admits(&self, circuit: Circuit<'_>, now: Instant) -> bool;

    /// Learns how an attempt that was admitted ended.
    fn observe(&self, circuit: Circuit<'_>, health: Health, now: Instant);
}

/// Admits every attempt. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysClosed;

impl CircuitBreaker for AlwaysClosed {
    fn admits(&self, _: Circuit<'_>, _: Instant) -> bool {
        true
    }

    fn observe(&self, _: Circuit<'_>, _: Health, _: Instant) {}
}
