//! The breaker against random histories, compared with a model that remembers everything.

use std::time::{Duration, Instant};

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

use super::{Circuit, CircuitBreaker, Health, Pass, Snapshot, StandardBreaker, State};

const API: Circuit<'_> = Circuit {
    host: "api",
    class: "",
};
const PROBES: usize = 2;
const MIN_ATTEMPTS: usize = 4;
const SLOT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
enum Step {
    Admit,
    /// One of the attempts under way ends.
    End(usize, Health),
    /// One of the attempts under way is never heard of again.
    Lose(usize),
    Wait(u64),
}

fn health() -> impl Strategy<Value = Health> {
    prop_oneof![
        3 => Just(Health::Failed),
        2 => Just(Health::Answered),
        1 => Just(Health::Unknown),
    ]
}

fn steps(losses: u32) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => Just(Step::Admit),
        10 => (0..8_usize, health()).prop_map(|(which, health)| Step::End(which, health)),
        losses => (0..8_usize).prop_map(Step::Lose),
        3 => (0..7_000_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..300)
}

/// The breaker with what a user of it can know.
struct Model {
    breaker: StandardBreaker,
    now: Instant,
    /// The state according to the changes that were told.
    state: State,
    /// When it was taken on.
    since: Instant,
    /// Attempts under way, and the number of changes at their beginning.
    under_way: Vec<(Pass, usize)>,
    changes: usize,
    has_lost: bool,
    /// Slot and failure of each attempt that counts.
    verdicts: Vec<(u128, bool)>,
    probes_answered: usize,
}

impl Model {
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    fn new(breaker: StandardBreaker) -> Self {
        let now = Instant::now();
        let first = breaker.admit(API, now).unwrap();
        Self {
            breaker: breaker.min_attempts(u32::try_from(MIN_ATTEMPTS).unwrap()),
            now,
            state: State::Closed,
            since: now,
            under_way: vec![(first, 0)],
            changes: 0,
            has_lost: false,
            verdicts: Vec::new(),
            probes_answered: 0,
        }
    }

    fn snapshot(&self) -> Snapshot {
        self.breaker.snapshot(self.now).remove(0)
    }

    fn told(&mut self, change: Option<State>) {
        if let Some(state) = change {
            assert_ne!(state, self.state, "a change changes something");
            self.state = state;
            self.since = self.now;
            self.changes += 1;
            self.probes_answered = 0;
            self.verdicts.clear();
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Admit => self.admit()?,
            Step::End(which, health) if which < self.under_way.len() => self.end(which, health)?,
            Step::Lose(which) if which < self.under_way.len() => {
                self.under_way.remove(which);
                self.has_lost = true;
            }
            Step::Wait(millis) => self.now += Duration::from_millis(millis),
            _ => {}
        }
        prop_assert_eq!(self.snapshot().state, self.state);
        Ok(())
    }

    fn admit(&mut self) -> Result<(), TestCaseError> {
        let before = self.snapshot();
        match self.breaker.admit(API, self.now) {
            Ok(pass) => {
                prop_assert_eq!(pass.probe, self.state != State::Closed);
                if let Some(retry_in) = before.retry_in {
                    prop_assert_eq!(retry_in, Duration::ZERO);
                }
                self.told(pass.change);
                self.under_way.push((pass, self.changes));
            }
            Err(refusal) => {
                prop_assert!(self.state != State::Closed, "refused while closed");
                prop_assert!(!refusal.retry_in.is_zero());
                if self.state == State::HalfOpen && !self.has_lost {
                    prop_assert_eq!(self.probes_under_way(), PROBES, "places left");
                }
                prop_assert_eq!(
                    before.retry_in.unwrap_or(refusal.retry_in),
                    refusal.retry_in
                );
            }
        }
        Ok(())
    }

    /// Ends an attempt and compares what follows with what should.
    fn end(&mut self, which: usize, health: Health) -> Result<(), TestCaseError> {
        let (pass, changes) = self.under_way.remove(which);
        let before = self.snapshot();
        let change = self.breaker.observe(API, pass, health, self.now);
        if changes != self.changes {
            prop_assert_eq!(change, None, "late news");
            prop_assert_eq!(self.snapshot(), before, "late news");
            return Ok(());
        }
        let expected = match (self.state, health) {
            (_, Health::Unknown) => None,
            (State::Closed, _) => {
                let slot = self.slot();
                self.verdicts.push((slot, health == Health::Failed));
                self.has_too_many_failures().then_some(State::Open)
            }
            (_, Health::Failed) => Some(State::Open),
            _ => {
                self.probes_answered += 1;
                (self.probes_answered == 2).then_some(State::Closed)
            }
        };
        prop_assert_eq!(change, expected);
        self.told(change);
        Ok(())
    }

    fn slot(&self) -> u128 {
        (self.now - self.since).as_nanos() / SLOT.as_nanos()
    }

    fn has_too_many_failures(&self) -> bool {
        let oldest = self.slot().saturating_sub(9);
        let recent: Vec<bool> = self
            .verdicts
            .iter()
            .filter(|(slot, _)| *slot >= oldest)
            .map(|(_, failed)| *failed)
            .collect();
        let failures = recent.iter().filter(|failed| **failed).count();
        recent.len() >= MIN_ATTEMPTS && failures * 2 >= recent.len()
    }

    fn probes_under_way(&self) -> usize {
        let current = self.under_way.iter();
        current
            .filter(|(pass, changes)| pass.probe && *changes == self.changes)
            .count()
    }
}

proptest! {
    /// Among others: a closed circuit never refuses, late news changes nothing, each change is
    /// told once, and there are never more probes than set.
    #[test]
    fn breaker_agrees_with_model(steps in steps(0)) {
        let breaker = StandardBreaker::new().probe_lease(Duration::from_secs(1_000_000));
        let mut model = Model::new(breaker);
        for step in steps {
            model.step(&step)?;
            prop_assert!(model.probes_under_way() <= PROBES);
        }
    }

    /// Whatever happened before, and however many passes were lost.
    #[test]
    fn circuit_closes_when_server_is_healthy_again(steps in steps(5)) {
        let mut model = Model::new(StandardBreaker::new());
        for step in &steps {
            model.step(step)?;
        }
        let begun = model.now;
        let mut turns = 0;
        while model.state != State::Closed {
            turns += 1;
            prop_assert!(turns < 50, "{:?}", model.snapshot());
            match model.breaker.admit(API, model.now) {
                Ok(pass) => {
                    model.told(pass.change);
                    let change = model.breaker.observe(API, pass, Health::Answered, model.now);
                    model.told(change);
                }
                Err(refusal) => model.now += refusal.retry_in,
            }
        }
        prop_assert!(model.now - begun <= Duration::from_secs(120));
        for _ in 0..100 {
            prop_assert!(model.breaker.admit(API, model.now).is_ok());
        }
    }
}
