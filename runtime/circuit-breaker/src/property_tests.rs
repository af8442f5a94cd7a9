//! The breaker against random histories, compared with a model that keeps all attempts.

use std::time::{Duration, Instant};

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

use super::{BreakerPermit, CircuitBreaker, CircuitSnapshot, CircuitState, ServerHealth};

const PROBES: usize = 2;
const MIN_ATTEMPTS: u32 = 4;
const SLOT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
enum Step {
    Acquire,
    /// One of the attempts in flight completes.
    Report(usize, ServerHealth),
    /// One of the attempts in flight is dropped.
    Drop(usize),
    /// One of the attempts in flight is neither polled nor dropped any more.
    Leak(usize),
    /// Milliseconds pass.
    Wait(u64),
}

fn health() -> impl Strategy<Value = ServerHealth> {
    prop_oneof![
        3 => Just(ServerHealth::Failed),
        2 => Just(ServerHealth::Healthy),
        1 => Just(ServerHealth::Unknown),
    ]
}

fn steps(leaks: u32) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => Just(Step::Acquire),
        10 => (0..8_usize, health()).prop_map(|(which, health)| Step::Report(which, health)),
        1 => (0..8_usize).prop_map(Step::Drop),
        leaks => (0..8_usize).prop_map(Step::Leak),
        3 => (0..7_000_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..300)
}

fn breaker() -> CircuitBreaker {
    CircuitBreaker::new().min_attempts(MIN_ATTEMPTS)
}

/// A model of the breaker that is given the same attempts and remembers all of them.
struct Model<'a> {
    breaker: &'a CircuitBreaker,
    now: Instant,
    /// The state according to the changes that were reported.
    state: CircuitState,
    /// When the circuit entered it.
    since: Instant,
    /// Attempts in flight.
    in_flight: Vec<Attempt<'a>>,
    changes: usize,
    has_stuck_probes: bool,
    /// Slot and failure of each attempt that counts.
    results: Vec<(u128, bool)>,
    probes_succeeded: usize,
}

struct Attempt<'a> {
    permit: BreakerPermit<'a>,
    /// The state when it began.
    state: CircuitState,
    /// How many changes of state there were by then.
    changes: usize,
}

impl<'a> Model<'a> {
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    fn new(breaker: &'a CircuitBreaker) -> Self {
        let now = Instant::now();
        let mut model = Self {
            breaker,
            now,
            state: CircuitState::Closed,
            since: now,
            in_flight: Vec::new(),
            changes: 0,
            has_stuck_probes: false,
            results: Vec::new(),
            probes_succeeded: 0,
        };
        model.acquire_permit().unwrap();
        model
    }

    fn snapshot_at(&self) -> CircuitSnapshot {
        self.breaker.snapshot_at(self.now).remove(0)
    }

    fn on_change(&mut self, change: Option<CircuitState>) {
        if let Some(state) = change {
            assert_ne!(state, self.state, "a change changes something");
            self.state = state;
            self.since = self.now;
            self.changes += 1;
            self.probes_succeeded = 0;
            self.results.clear();
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Acquire => self.acquire_permit()?,
            Step::Report(which, health) if which < self.in_flight.len() => {
                self.report_health(which, health)?;
            }
            Step::Drop(which) if which < self.in_flight.len() => self.drop_attempt(which)?,
            Step::Leak(which) if which < self.in_flight.len() => {
                std::mem::forget(self.in_flight.remove(which));
                self.has_stuck_probes = true;
            }
            Step::Wait(millis) => self.now += Duration::from_millis(millis),
            _ => {}
        }
        prop_assert_eq!(self.snapshot_at().state, self.state);
        Ok(())
    }

    fn acquire_permit(&mut self) -> Result<(), TestCaseError> {
        // The first attempt makes the circuit.
        let before = self.breaker.snapshot_at(self.now).pop();
        let retry_in = before.and_then(|circuit| circuit.retry_in);
        match self.breaker.acquire_permit("api", "", self.now) {
            Ok(permit) => {
                prop_assert_eq!(retry_in.unwrap_or_default(), Duration::ZERO);
                self.on_change(permit.new_state());
                self.in_flight.push(Attempt {
                    permit,
                    state: self.state,
                    changes: self.changes,
                });
            }
            Err(wait) => {
                prop_assert!(self.state != CircuitState::Closed, "refused while closed");
                prop_assert!(!wait.is_zero());
                if self.state == CircuitState::HalfOpen && !self.has_stuck_probes {
                    prop_assert_eq!(self.probes_in_flight(), PROBES, "free slots");
                }
                prop_assert_eq!(retry_in.unwrap_or(wait), wait);
            }
        }
        Ok(())
    }

    /// Drops an attempt, which must not change anything but the number of probes.
    fn drop_attempt(&mut self, which: usize) -> Result<(), TestCaseError> {
        let before = self.snapshot_at();
        drop(self.in_flight.remove(which));
        prop_assert_eq!(self.snapshot_at(), before);
        Ok(())
    }

    /// Reports a result, and compares the change with the expected one.
    fn report_health(&mut self, which: usize, health: ServerHealth) -> Result<(), TestCaseError> {
        let attempt = self.in_flight.remove(which);
        let before = self.snapshot_at();
        let change = attempt.permit.report_health(health, self.now);
        if attempt.changes != self.changes {
            prop_assert_eq!(change, None, "late result");
            prop_assert_eq!(self.snapshot_at(), before, "late result");
            return Ok(());
        }
        let expected = match (self.state, health) {
            (_, ServerHealth::Unknown) => None,
            (CircuitState::Closed, _) => {
                let slot = self.slot();
                self.results.push((slot, health == ServerHealth::Failed));
                self.has_too_many_failures().then_some(CircuitState::Open)
            }
            (_, ServerHealth::Failed) => Some(CircuitState::Open),
            _ => {
                self.probes_succeeded += 1;
                (self.probes_succeeded == 2).then_some(CircuitState::Closed)
            }
        };
        prop_assert_eq!(change, expected);
        self.on_change(change);
        Ok(())
    }

    fn slot(&self) -> u128 {
        (self.now - self.since).as_nanos() / SLOT.as_nanos()
    }

    fn has_too_many_failures(&self) -> bool {
        let oldest = self.slot().saturating_sub(9);
        let recent: Vec<bool> = self
            .results
            .iter()
            .filter(|(slot, _)| *slot >= oldest)
            .map(|(_, failed)| *failed)
            .collect();
        let failures = recent.iter().filter(|failed| **failed).count();
        recent.len() >= MIN_ATTEMPTS as usize && failures * 2 >= recent.len()
    }

    fn probes_in_flight(&self) -> usize {
        let is_probe = |attempt: &&Attempt<'_>| {
            attempt.state == CircuitState::HalfOpen && attempt.changes == self.changes
        };
        self.in_flight.iter().filter(is_probe).count()
    }
}

proptest! {
    /// Among others: a closed circuit never refuses, late results change nothing, each change is
    /// reported once, and there are never more probes than set.
    #[test]
    fn breaker_agrees_with_model(steps in steps(0)) {
        let breaker = breaker().probe_lease(Duration::from_secs(1_000_000));
        let mut model = Model::new(&breaker);
        for step in steps {
            model.step(&step)?;
            prop_assert!(model.probes_in_flight() <= PROBES);
        }
    }

    /// After any history, and with any number of leaked permits.
    #[test]
    fn circuit_closes_when_server_is_healthy_again(steps in steps(5)) {
        let breaker = breaker();
        let mut model = Model::new(&breaker);
        for step in &steps {
            model.step(step)?;
        }
        let begin = model.now;
        let mut rounds = 0;
        while model.state != CircuitState::Closed {
            rounds += 1;
            prop_assert!(rounds < 50, "{:?}", model.snapshot_at());
            match breaker.acquire_permit("api", "", model.now) {
                Ok(permit) => {
                    model.on_change(permit.new_state());
                    let change = permit.report_health(ServerHealth::Healthy, model.now);
                    model.on_change(change);
                }
                Err(wait) => model.now += wait,
            }
        }
        prop_assert!(model.now - begin <= Duration::from_secs(120));
        for _ in 0..100 {
            prop_assert!(breaker.acquire_permit("api", "", model.now).is_ok());
        }
    }
}
