//! One circuit: its states and the transitions between them.
//!
//! In: ids of permits, results of attempts, and the time. Out: whether an attempt may be made, and
//! each change of state once. A result counts only if its permit was issued in the state that the
//! circuit is still in. So the late failures of an outage do not open a circuit again that has
//! just closed, and a late success from before the outage does not close it.

use std::time::{Duration, Instant};

use super::window::FailureWindow;
use super::{CircuitSnapshot, CircuitState};

/// When circuits open and close; see the setters of [`CircuitBreaker`](super::CircuitBreaker).
#[derive(Clone, Copy, Debug)]
pub(super) struct BreakerSettings {
    pub(super) window: Duration,
    pub(super) min_attempts: u32,
    /// In thousandths.
    pub(super) failure_ratio: u32,
    pub(super) first_open: Duration,
    pub(super) longest_open: Duration,
    pub(super) probes: usize,
    pub(super) successes: u32,
    pub(super) probe_lease: Duration,
}

#[derive(Debug)]
pub(super) struct Circuit {
    pub(super) host: String,
    pub(super) class: String,
    pub(super) last_used: Instant,
    pub(super) state: CircuitState,
    settings: BreakerSettings,
    /// When the circuit entered its state.
    since: Instant,
    /// The lowest id of a permit that was issued in this state.
    first_permit: u64,
    /// The attempts that were made while the circuit was closed last.
    window: FailureWindow,
    /// How many times the circuit has opened without being closed for long in between.
    openings: u32,
    /// How long the circuit stays open, if it is.
    open_duration: Duration,
    /// The probes in flight, if the circuit is half open.
    probes: Vec<Probe>,
    /// How many probes have succeeded, if the circuit is half open.
    successes: u32,
}

#[derive(Debug)]
struct Probe {
    permit: u64,
    issued: Instant,
}

impl Circuit {
    /// A closed circuit, whose permits have ids from `first_permit` on.
    pub(super) fn new(
        (host, class): (&str, &str),
        settings: BreakerSettings,
        first_permit: u64,
        now: Instant,
    ) -> Self {
        Self {
            host: host.to_owned(),
            class: class.to_owned(),
            last_used: now,
            state: CircuitState::Closed,
            settings,
            since: now,
            first_permit,
            window: FailureWindow::new(settings.window, now),
            openings: 0,
            open_duration: Duration::ZERO,
            probes: Vec::new(),
            successes: 0,
        }
    }

    pub(super) fn snapshot_at(&self, now: Instant) -> CircuitSnapshot {
        let counts = self.window.counts_at(now);
        let is_open = self.state == CircuitState::Open;
        CircuitSnapshot {
            host: self.host.clone(),
            class: self.class.clone(),
            state: self.state,
            attempts: counts.attempts,
            failures: counts.failures,
            retry_in: is_open.then(|| time_remaining(self.open_duration, self.since, now)),
        }
    }

    /// Issues a permit. Returns the new state if that changed it, or as the error how long to wait
    /// before the next try.
    pub(super) fn acquire_permit(
        &mut self,
        permit: u64,
        now: Instant,
    ) -> Result<Option<CircuitState>, Duration> {
        self.last_used = now;
        let mut new_state = None;
        if self.state == CircuitState::Open {
            let retry_in = time_remaining(self.open_duration, self.since, now);
            if !retry_in.is_zero() {
                return Err(retry_in);
            }
            new_state = Some(CircuitState::HalfOpen);
            self.enter_state(CircuitState::HalfOpen, permit, now);
        }
        if self.state == CircuitState::HalfOpen {
            // Probes whose lease has expired make room for others, but their results still count,
            // or a circuit to a slow server would never close.
            let lease_left =
                |probe: &Probe| time_remaining(self.settings.probe_lease, probe.issued, now);
            self.probes.retain(|probe| !lease_left(probe).is_zero());
            if self.probes.len() >= self.settings.probes {
                let leases = self.probes.iter().map(lease_left);
                return Err(leases.fold(self.settings.first_open, Duration::min));
            }
            let issued = now;
            self.probes.push(Probe { permit, issued });
        }
        Ok(new_state)
    }

    /// Counts the result of an attempt. Returns the new state if that changed it. The first permit
    /// of a new state has the id `next_permit`.
    pub(super) fn report_result(
        &mut self,
        permit: u64,
        failed: bool,
        next_permit: u64,
        now: Instant,
    ) -> Option<CircuitState> {
        if permit < self.first_permit {
            return None;
        }
        self.release_permit(permit);
        let new_state = match self.state {
            CircuitState::Closed => {
                let counts = self.window.record_result(failed, now);
                let (attempts, failures) = (u64::from(counts.attempts), u64::from(counts.failures));
                let opens = counts.attempts >= self.settings.min_attempts
                    && failures * 1_000 >= attempts * u64::from(self.settings.failure_ratio);
                opens.then_some(CircuitState::Open)
            }
            CircuitState::HalfOpen if failed => Some(CircuitState::Open),
            CircuitState::HalfOpen => {
                self.successes += 1;
                (self.successes >= self.settings.successes).then_some(CircuitState::Closed)
            }
            CircuitState::Open => None,
        }?;
        self.enter_state(new_state, next_permit, now);
        Some(new_state)
    }

    /// Frees the slot of a probe, if the permit is one.
    pub(super) fn release_permit(&mut self, permit: u64) {
        self.probes.retain(|probe| probe.permit != permit);
    }

    fn enter_state(&mut self, state: CircuitState, first_permit: u64, now: Instant) {
        match state {
            CircuitState::Closed => self.window = FailureWindow::new(self.settings.window, now),
            CircuitState::Open => self.open_duration = self.next_open_duration(now),
            CircuitState::HalfOpen => self.successes = 0,
        }
        self.probes.clear();
        self.state = state;
        self.since = now;
        self.first_permit = first_permit;
    }

    /// How long the circuit, which is about to open, stays open.
    fn next_open_duration(&mut self, now: Instant) -> Duration {
        let (first, longest) = (self.settings.first_open, self.settings.longest_open);
        let closed_for_long = time_remaining(longest, self.since, now).is_zero();
        if self.state == CircuitState::Closed && closed_for_long {
            self.openings = 0;
        }
        let doublings = self.openings.min(31);
        self.openings = self.openings.saturating_add(1);
        first.saturating_mul(1 << doublings).min(longest)
    }
}

/// What is left of a duration that began at `since`. It cannot overflow for any settings.
fn time_remaining(duration: Duration, since: Instant, now: Instant) -> Duration {
    duration.saturating_sub(now.saturating_duration_since(since))
}
