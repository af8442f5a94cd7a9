//! Circuit breaking: whether a server is worth asking.
//!
//! In: which part of the server an attempt is for, the time, and how attempts ended. Out:
//! whether the next one may be made. A breaker waits for nothing and starts no timers.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

mod machine;
#[cfg(test)]
mod property_tests;
mod standard;
#[cfg(test)]
mod tests;
mod window;

pub use standard::StandardBreaker;

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
#[non_exhaustive]
pub enum Health {
    /// The server answered, be it with a refusal.
    Answered,
    /// The server failed, or there was no answer.
    Failed,
    /// Nothing was learnt: the call was dropped, or the attempt was not made after all.
    Unknown,
}

/// The permission for one attempt. Handed back with [`CircuitBreaker::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pass {
    /// Whether the attempt probes a circuit that is half open.
    pub probe: bool,
    /// Which state of the circuit the pass belongs to, so that late news of an earlier one does
    /// no harm.
    pub generation: u64,
    /// The circuit's new state, if this pass changed it.
    pub change: Option<State>,
}

impl Pass {
    /// A pass through a closed circuit.
    pub fn regular(generation: u64) -> Self {
        Self {
            probe: false,
            generation,
            change: None,
        }
    }

    /// A pass that probes a circuit that is half open.
    pub fn probe(generation: u64) -> Self {
        Self {
            probe: true,
            ..Self::regular(generation)
        }
    }
}

/// The refusal of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When asking again may help.
    pub retry_in: Duration,
}

/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Attempts are made.
    Closed,
    /// Attempts are refused.
    Open,
    /// A few attempts are made to see whether the server is back.
    HalfOpen,
}

/// What a breaker knows about a circuit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The key of the host.
    pub host: String,
    /// The class of operations; empty for the general one.
    pub class: String,
    /// The state.
    pub state: State,
    /// Attempts in the window.
    pub attempts: u32,
    /// Those of them that failed.
    pub failures: u32,
    /// When an open circuit lets a probe pass; `None` if it is not open.
    pub retry_in: Option<Duration>,
}

/// Decides whether a server is worth asking.
///
/// Each pass is handed back exactly once, also if the call is dropped. An [`Arc`] of a breaker is
/// a breaker too, for several clients that talk to the same server.
pub trait CircuitBreaker: fmt::Debug + Send + Sync + 'static {
    /// Whether an attempt may be made now.
    ///
    /// # Errors
    /// If the circuit is open, or half open with enough probes under way.
    fn admit(&self, circuit: Circuit<'_>, now: Instant) -> Result<Pass, Refusal>;

    /// Learns how an attempt ended. Returns the circuit's new state if that changed it.
    fn observe(
        &self,
        circuit: Circuit<'_>,
        pass: Pass,
        health: Health,
        now: Instant,
    ) -> Option<State>;

    /// The circuits known so far; empty if the breaker keeps no accounts.
    fn snapshot(&self, now: Instant) -> Vec<Snapshot> {
        let _ = now;
        Vec::new()
    }
}

impl<B: CircuitBreaker + ?Sized> CircuitBreaker for Arc<B> {
    fn admit(&self, circuit: Circuit<'_>, now: Instant) -> Result<Pass, Refusal> {
        (**self).admit(circuit, now)
    }

    fn observe(
        &self,
        circuit: Circuit<'_>,
        pass: Pass,
        health: Health,
        now: Instant,
    ) -> Option<State> {
        (**self).observe(circuit, pass, health, now)
    }

    fn snapshot(&self, now: Instant) -> Vec<Snapshot> {
        (**self).snapshot(now)
    }
}

/// Admits every attempt: the off switch.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysClosed;

impl CircuitBreaker for AlwaysClosed {
    fn admit(&self, _: Circuit<'_>, _: Instant) -> Result<Pass, Refusal> {
        Ok(Pass::regular(0))
    }

    fn observe(&self, _: Circuit<'_>, _: Pass, _: Health, _: Instant) -> Option<State> {
        None
    }
}
