//! Circuit breaking: no requests to a server that keeps failing.
//!
//! In: the host and class of an attempt, the time, and whether attempts failed. Out: a permit for
//! an attempt, or for how long there is none. The breaker takes the time as an argument; it never
//! waits and has no timer.

use std::time::Duration;

mod breaker;
mod circuit;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
mod window;

pub use breaker::CircuitBreaker;
pub(crate) use breaker::{BreakerPermit, ServerHealth};

/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitState {
    /// Attempts are made.
    Closed,
    /// Attempts are refused.
    Open,
    /// A few attempts are made to see whether the server has recovered.
    HalfOpen,
}

impl CircuitState {
    /// The name that observers are given.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half open",
        }
    }
}

/// The state and the counts of one circuit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CircuitSnapshot {
    /// The key of the host, such as `api`.
    pub host: String,
    /// The rate limit class of the operations; empty for the general one.
    pub class: String,
    /// The current state.
    pub state: CircuitState,
    /// Attempts that completed within the window.
    pub attempts: u32,
    /// Those of them that failed.
    pub failures: u32,
    /// How long an open circuit stays open; `None` if it is not open.
    pub retry_in: Option<Duration>,
}
