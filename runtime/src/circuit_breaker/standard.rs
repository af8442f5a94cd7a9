//! The built-in circuit breaker: its settings, and the circuits that it keeps account of.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::machine::{Generations, Machine, Settings};
use super::{Circuit, CircuitBreaker, Health, Pass, Refusal, Snapshot, State};

/// The defaults down to the first open time are those of Netflix's Hystrix, from which the
/// pattern is widely known.
const SETTINGS: Settings = Settings {
    window: Duration::from_secs(10),
    min_attempts: 20,
    failure_ratio: 500,
    first_open: Duration::from_secs(5),
    longest_open: Duration::from_secs(60),
    probes: 2,
    successes: 2,
    probe_lease: Duration::from_secs(120),
};

/// The circuits to keep account of. A client has a few hosts and a few classes of operations.
const CIRCUITS: usize = 64;

/// The built-in circuit breaker: refuses attempts for a while after too many have failed.
///
/// It keeps a circuit for each host and each class of operations. A circuit is *closed* at
/// first. When at least 20 attempts of the last 10 seconds have ended and half of them or more
/// have failed, it *opens*: all attempts are refused for 5 seconds. Then it is *half open*: two
/// attempts at a time pass as probes. Two successes close the circuit; one failure opens it
/// again, for twice as long as before, up to 60 seconds. The time is back to 5 seconds once the
/// circuit was closed for as long as the longest time.
///
/// A failure is an attempt without an answer, or one that the server answered with an error of
/// its own (5xx). All other answers, be they refusals, show that the server works. What began
/// before the circuit's last change of state does not count, and dropped calls count neither way.
///
/// ```
/// use std::time::Duration;
/// use runtime::circuit_breaker::StandardBreaker;
///
/// let breaker = StandardBreaker::new()
///     .min_attempts(50)
///     .failure_ratio(0.8)
///     .open_for(Duration::from_secs(2), Duration::from_secs(30));
/// # let _ = breaker;
/// ```
///
/// Give it to `ClientBuilder::circuit_breaker`. Its clock is that of the client.
#[derive(Debug)]
pub struct StandardBreaker {
    settings: Settings,
    most: usize,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    generations: Generations,
    circuits: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    host: String,
    class: String,
    machine: Machine,
    last_used: Instant,
}

impl Default for StandardBreaker {
    fn default() -> Self {
        Self {
            settings: SETTINGS,
            most: CIRCUITS,
            known: Mutex::default(),
        }
    }
}

impl StandardBreaker {
    /// The breaker with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How far back failures count. 10 seconds by default. The window moves in tenths of its
    /// length.
    pub fn window(mut self, length: Duration) -> Self {
        self.settings.window = length;
        self
    }

    /// How many attempts the window must hold before the circuit may open, so that a client with
    /// few calls does not stop for a single failure. 20 by default, at least 1.
    pub fn min_attempts(mut self, attempts: u32) -> Self {
        self.settings.min_attempts = attempts.max(1);
        self
    }

    /// The ratio of failed attempts at which the circuit opens. 0.5 by default.
    ///
    /// It is taken to its nearest thousandth between 0.001 and 1; what is no number changes
    /// nothing.
    pub fn failure_ratio(mut self, ratio: f64) -> Self {
        if !ratio.is_nan() {
            self.settings.failure_ratio = (ratio.clamp(0.001, 1.0) * 1_000.0).round() as u32;
        }
        self
    }

    /// How long the circuit stays open at first, and at most. 5 and 60 seconds by default. If the
    /// longest time is below the first, all openings last for the longest time.
    pub fn open_for(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.first_open = first.min(longest);
        self.settings.longest_open = longest;
        self
    }

    /// How many probes may be under way at a time, and how many must succeed to close the circuit.
    /// Both are 2 by default, so that a recovered server is back in use after one round trip, and
    /// at least 1.
    pub fn probes(mut self, at_once: usize, successes: u32) -> Self {
        self.settings.probes = at_once.max(1);
        self.settings.successes = successes.max(1);
        self
    }

    /// After what time a probe that has not come back gives up its place to another. 120 seconds
    /// by default: the longest time limit of an attempt among Stripe's operations.
    ///
    /// Every attempt hands its pass back, so this matters only should that ever go wrong. With a
    /// shorter time than an attempt may take, there can be more probes than [`probes`] allows.
    ///
    /// [`probes`]: Self::probes
    pub fn probe_lease(mut self, lease: Duration) -> Self {
        self.settings.probe_lease = lease;
        self
    }

    /// How many circuits to keep account of. 64 by default, at least 1. A new circuit takes the
    /// place of the closed one that was not used for the longest time. If none is closed, it has
    /// to do without a breaker.
    pub fn max_circuits(mut self, circuits: usize) -> Self {
        self.most = circuits.max(1);
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it holds the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Where a circuit is. The search is linear: there are a handful of circuits, and comparing
    /// is cheaper than making a key to look up.
    fn position(&self, circuit: Circuit<'_>) -> Option<usize> {
        let is_it = |entry: &Entry| entry.class == circuit.class && entry.host == circuit.host;
        self.circuits.iter().position(is_it)
    }

    /// Takes up a circuit, if there is room or room can be made.
    fn take_up(
        &mut self,
        circuit: Circuit<'_>,
        most: usize,
        settings: &Settings,
        now: Instant,
    ) -> Option<usize> {
        if self.circuits.len() >= most {
            let entries = self.circuits.iter().enumerate();
            let closed = entries.filter(|(_, entry)| entry.machine.state() == State::Closed);
            let (oldest, _) = closed.min_by_key(|(_, entry)| entry.last_used)?;
            self.circuits.swap_remove(oldest);
        }
        self.circuits.push(Entry {
            host: circuit.host.to_owned(),
            class: circuit.class.to_owned(),
            machine: Machine::new(settings, &mut self.generations, now),
            last_used: now,
        });
        Some(self.circuits.len() - 1)
    }
}

impl CircuitBreaker for StandardBreaker {
    fn admit(&self, circuit: Circuit<'_>, now: Instant) -> Result<Pass, Refusal> {
        let known = &mut *self.known();
        let place = known
            .position(circuit)
            .or_else(|| known.take_up(circuit, self.most, &self.settings, now));
        match place.and_then(|place| known.circuits.get_mut(place)) {
            Some(entry) => {
                entry.last_used = now;
                entry
                    .machine
                    .admit(&self.settings, &mut known.generations, now)
            }
            // No circuit has this generation, so nobody will count what the attempt comes to.
            None => Ok(Pass::regular(0)),
        }
    }

    fn observe(
        &self,
        circuit: Circuit<'_>,
        pass: Pass,
        health: Health,
        now: Instant,
    ) -> Option<State> {
        let known = &mut *self.known();
        let place = known.position(circuit)?;
        let machine = &mut known.circuits.get_mut(place)?.machine;
        machine.observe(&self.settings, &mut known.generations, pass, health, now)
    }

    fn snapshot(&self, now: Instant) -> Vec<Snapshot> {
        let known = self.known();
        let snapshots = known.circuits.iter().map(|entry| {
            let counts = entry.machine.counts(now);
            Snapshot {
                host: entry.host.clone(),
                class: entry.class.clone(),
                state: entry.machine.state(),
                attempts: counts.attempts,
                failures: counts.failures,
                retry_in: entry.machine.retry_in(now),
            }
        });
        snapshots.collect()
    }
}
