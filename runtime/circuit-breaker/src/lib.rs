//! Circuit breaking: no requests to a server that keeps failing.
//!
//! In: the host and class of an attempt, the time, and whether attempts failed. Out: a permit for
//! an attempt, or for how long there is none. The breaker takes the time as an argument; it never
//! waits and has no timer.

#![cfg_attr(docsrs, feature(doc_cfg))]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

mod circuit;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
mod window;

use circuit::{BreakerSettings, Circuit};

/// The defaults. Those down to `first_open` are those of Netflix Hystrix.
const DEFAULT_SETTINGS: BreakerSettings = BreakerSettings {
    window: Duration::from_secs(10),
    min_attempts: 20,
    failure_ratio: 500,
    first_open: Duration::from_secs(5),
    longest_open: Duration::from_secs(60),
    probes: 2,
    successes: 2,
    probe_lease: Duration::from_secs(120),
};

/// Circuits to track by default. A client has a few hosts and a few classes of operations.
const DEFAULT_MAX_CIRCUITS: usize = 64;

/// Refuses attempts for a while after too many have failed.
///
/// There is a circuit for each host and each rate limit class of operations. A circuit starts
/// *closed*. When at least 20 attempts completed within the last 10 seconds and half of them or
/// more failed, it *opens*: all attempts are refused for 5 seconds. Then it is *half open*: up to
/// two attempts at the same time are admitted as probes. Two successes close the circuit; one
/// failure opens it again, for twice as long as before, up to 60 seconds. The duration is reset to
/// 5 seconds once the circuit was closed for as long as the longest duration.
///
/// A failure is a failed connection, a timeout, an interrupted response, or a server error (5xx)
/// that is not the repetition of a stored response. All other responses, including 4xx, are
/// successes. A timeout under a time limit of less than a second does not count. Attempts that began before the circuit's last change of state do
/// not count, and neither do dropped calls.
///
/// ```
/// use std::time::Duration;
/// use circuit_breaker::CircuitBreaker;
///
/// let breaker = CircuitBreaker::new()
///     .min_attempts(50)
///     .failure_ratio(0.8)
///     .open_for(Duration::from_secs(2), Duration::from_secs(30));
/// # let _ = breaker;
/// ```
///
/// Pass it to `ClientBuilder::circuit_breaker` of a generated client, which uses the client's clock.
/// Programs that make requests themselves ask for a permit before each attempt:
///
/// ```
/// use std::time::Instant;
/// use circuit_breaker::{CircuitBreaker, ServerHealth};
///
/// let breaker = CircuitBreaker::new();
/// match breaker.acquire_permit("api.example.com", "", Instant::now()) {
///     Ok(permit) => {
///         // Make the attempt, and report what it shows.
///         permit.report_health(ServerHealth::Healthy, Instant::now());
///     }
///     Err(wait) => println!("refused for {wait:?}"),
/// }
/// ```
#[derive(Debug)]
pub struct CircuitBreaker {
    settings: BreakerSettings,
    max_circuits: usize,
    tracked: Mutex<TrackedCircuits>,
}

#[derive(Debug, Default)]
struct TrackedCircuits {
    /// The id of the latest permit. Ids are unique over all circuits, so that a circuit that was
    /// evicted and added again ignores the permits of its predecessor.
    last_permit: u64,
    circuits: Vec<Circuit>,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            settings: DEFAULT_SETTINGS,
            max_circuits: DEFAULT_MAX_CIRCUITS,
            tracked: Mutex::default(),
        }
    }
}

impl CircuitBreaker {
    /// A circuit breaker with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// A circuit breaker that never refuses an attempt.
    pub fn disabled() -> Self {
        Self {
            max_circuits: 0,
            ..Self::default()
        }
    }

    /// Sets the length of the window. Attempts that completed earlier do not count. Defaults to 10
    /// seconds. The window moves in tenths of its length.
    pub fn window(mut self, length: Duration) -> Self {
        self.settings.window = length;
        self
    }

    /// Sets how many attempts the window must hold before the circuit may open, so that the circuit
    /// of a client with few calls does not open after a single failure. Defaults to 20; at least 1.
    pub fn min_attempts(mut self, attempts: u32) -> Self {
        self.settings.min_attempts = attempts.max(1);
        self
    }

    /// Sets the ratio of failed attempts at which the circuit opens. Defaults to 0.5.
    ///
    /// It is clamped to between 0.001 and 1 and rounded to thousandths; NaN is ignored.
    pub fn failure_ratio(mut self, ratio: f64) -> Self {
        if !ratio.is_nan() {
            self.settings.failure_ratio = (ratio.clamp(0.001, 1.0) * 1_000.0).round() as u32;
        }
        self
    }

    /// Sets how long the circuit stays open at first, and at most. Defaults to 5 and 60 seconds. If
    /// `longest` is shorter than `first`, it always stays open for `longest`.
    pub fn open_for(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.first_open = first.min(longest);
        self.settings.longest_open = longest;
        self
    }

    /// Sets how many probes may be in flight at the same time, and how many must succeed to close
    /// the circuit. Both default to 2, so that a recovered server is back in use after one round
    /// trip; both are at least 1.
    pub fn probes(mut self, at_once: usize, successes: u32) -> Self {
        self.settings.probes = at_once.max(1);
        self.settings.successes = successes.max(1);
        self
    }

    /// Sets the time after which a probe that has not completed no longer counts as in flight.
    /// Defaults to 120 seconds, the longest time limit of an attempt among Stripe's operations.
    ///
    /// A call that is dropped releases its permit immediately; the lease is for a call whose future
    /// is kept but no longer polled. If attempts may take longer than this, there can be more
    /// probes than [`probes`] allows.
    ///
    /// [`probes`]: Self::probes
    pub fn probe_lease(mut self, lease: Duration) -> Self {
        self.settings.probe_lease = lease;
        self
    }

    /// Sets how many circuits to track. Defaults to 64; at least 1. A new circuit replaces the
    /// least recently used one that is closed. If none is closed, the new one is not tracked, and
    /// its attempts are not refused.
    pub fn max_circuits(mut self, circuits: usize) -> Self {
        self.max_circuits = circuits.max(1);
        self
    }

    /// Acquires a permit for one attempt.
    ///
    /// # Errors
    /// If the circuit is open, or half open with enough probes in flight: how long to wait before
    /// the next try.
    pub fn acquire_permit<'a>(
        &'a self,
        host: &'a str,
        class: &'a str,
        now: Instant,
    ) -> Result<BreakerPermit<'a>, Duration> {
        let mut permit = BreakerPermit {
            breaker: self,
            host,
            class,
            id: 0,
            new_state: None,
        };
        let tracked = &mut *self.lock_circuits();
        tracked.last_permit += 1;
        let id = tracked.last_permit;
        if tracked.find_circuit(host, class).is_none() && tracked.make_room(self.max_circuits) {
            let circuit = Circuit::new((host, class), self.settings, id, now);
            tracked.circuits.push(circuit);
        }
        if let Some(circuit) = tracked.find_circuit(host, class) {
            permit.new_state = circuit.acquire_permit(id, now)?;
            permit.id = id;
        }
        Ok(permit)
    }

    /// All tracked circuits.
    pub fn snapshot_at(&self, now: Instant) -> Vec<CircuitSnapshot> {
        let tracked = self.lock_circuits();
        let snapshots = tracked
            .circuits
            .iter()
            .map(|circuit| circuit.snapshot_at(now));
        snapshots.collect()
    }

    fn lock_circuits(&self) -> MutexGuard<'_, TrackedCircuits> {
        // No code panics while it holds the lock.
        self.tracked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TrackedCircuits {
    /// The search is linear: there are few circuits, and comparing strings is cheaper than making a
    /// key for a map.
    fn find_circuit(&mut self, host: &str, class: &str) -> Option<&mut Circuit> {
        let mut circuits = self.circuits.iter_mut();
        circuits.find(|circuit| circuit.class == class && circuit.host == host)
    }

    /// Makes room for another circuit, if that is possible.
    fn make_room(&mut self, max_circuits: usize) -> bool {
        if self.circuits.len() >= max_circuits {
            let circuits = self.circuits.iter().enumerate();
            let closed = circuits.filter(|(_, circuit)| circuit.state == CircuitState::Closed);
            let Some((evicted, _)) = closed.min_by_key(|(_, circuit)| circuit.last_used) else {
                return false;
            };
            self.circuits.swap_remove(evicted);
        }
        true
    }
}

/// The permission for one attempt. Dropping it has the same effect as to report
/// [`ServerHealth::Unknown`].
#[derive(Debug)]
#[must_use = "dropping a permit releases it"]
pub struct BreakerPermit<'a> {
    breaker: &'a CircuitBreaker,
    host: &'a str,
    class: &'a str,
    /// 0 if the circuit is not tracked, or if the permit was released.
    id: u64,
    new_state: Option<CircuitState>,
}

impl BreakerPermit<'_> {
    /// The circuit's new state, if acquiring the permit changed it.
    pub fn new_state(&self) -> Option<CircuitState> {
        self.new_state
    }

    /// Reports the result of the attempt. Returns the circuit's new state if that changed it.
    pub fn report_health(mut self, health: ServerHealth, now: Instant) -> Option<CircuitState> {
        let failed = match health {
            ServerHealth::Healthy => false,
            ServerHealth::Failed => true,
            ServerHealth::Unknown => return None,
        };
        let permit = std::mem::take(&mut self.id);
        let tracked = &mut *self.breaker.lock_circuits();
        let next_permit = tracked.last_permit + 1;
        let circuit = tracked.find_circuit(self.host, self.class)?;
        circuit.report_result(permit, failed, next_permit, now)
    }
}

impl Drop for BreakerPermit<'_> {
    fn drop(&mut self) {
        if self.id == 0 {
            return;
        }
        let tracked = &mut *self.breaker.lock_circuits();
        if let Some(circuit) = tracked.find_circuit(self.host, self.class) {
            circuit.release_permit(self.id);
        }
    }
}

/// What an attempt shows about the health of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerHealth {
    /// The server responded, possibly with a client error.
    Healthy,
    /// The server failed, or did not respond.
    Failed,
    /// Not known: the attempt ended too early, or was not made.
    Unknown,
}

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
    /// The name that is passed to observers.
    pub fn state_name(self) -> &'static str {
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
