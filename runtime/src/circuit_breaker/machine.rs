//! The states of one circuit and what moves it from one to the next.
//!
//! In: wishes to attempt, verdicts of attempts, and the time. Out: passes, refusals, and changes
//! of state, each reported once. Afterwards a verdict has only counted if its pass was given
//! out in the state that the circuit is still in.

use std::time::{Duration, Instant};

use super::window::{Counts, Window};
use super::{Health, Pass, Refusal, State};

/// What makes a circuit open and close; the setters of `StandardBreaker` say more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) window: Duration,
    pub(super) min_attempts: u32,
    /// The ratio of failures in thousandths.
    pub(super) failure_ratio: u32,
    pub(super) first_open: Duration,
    pub(super) longest_open: Duration,
    pub(super) probes: usize,
    pub(super) successes: u32,
    pub(super) probe_lease: Duration,
}

/// Draws numbers that are higher each time, for all circuits of a breaker together, so that a
/// circuit that was forgotten and made anew does not mistake the passes of its predecessor.
#[derive(Debug, Default)]
pub(super) struct Generations(u64);

impl Generations {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

#[derive(Debug)]
pub(super) struct Machine {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    /// That of the phase. Passes of a closed circuit have it too; those of probes have higher
    /// ones, each its own.
    generation: u64,
    window: Window,
    /// How many times the circuit has opened without a long closed time in between.
    openings: u32,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open { lasts: Duration },
    HalfOpen { probes: Vec<Probe>, successes: u32 },
}

/// A probe that is under way.
#[derive(Debug)]
struct Probe {
    generation: u64,
    since: Instant,
}

impl Machine {
    pub(super) fn new(settings: &Settings, generations: &mut Generations, now: Instant) -> Self {
        Self {
            phase: Phase::Closed,
            since: now,
            generation: generations.next(),
            window: Window::new(settings.window, now),
            openings: 0,
        }
    }

    pub(super) fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    pub(super) fn counts(&self, now: Instant) -> Counts {
        self.window.counts(now)
    }

    /// How long an open circuit stays open.
    pub(super) fn retry_in(&self, now: Instant) -> Option<Duration> {
        match self.phase {
            Phase::Open { lasts } => Some(left(lasts, self.since, now)),
            _ => None,
        }
    }

    pub(super) fn admit(
        &mut self,
        settings: &Settings,
        generations: &mut Generations,
        now: Instant,
    ) -> Result<Pass, Refusal> {
        let mut change = None;
        if let Phase::Open { lasts } = self.phase {
            let retry_in = left(lasts, self.since, now);
            if !retry_in.is_zero() {
                return Err(Refusal { retry_in });
            }
            self.enter(
                Phase::HalfOpen {
                    probes: Vec::new(),
                    successes: 0,
                },
                generations,
                now,
            );
            change = Some(State::HalfOpen);
        }
        let Phase::HalfOpen { probes, .. } = &mut self.phase else {
            return Ok(Pass::regular(self.generation));
        };
        // A probe that does not come back gives up its place, not its say: see `probed`.
        let lease = settings.probe_lease;
        probes.retain(|probe| !left(lease, probe.since, now).is_zero());
        if probes.len() >= settings.probes {
            let until = probes.iter().map(|probe| left(lease, probe.since, now));
            let retry_in = until.fold(settings.first_open, Duration::min);
            return Err(Refusal { retry_in });
        }
        let generation = generations.next();
        probes.push(Probe {
            generation,
            since: now,
        });
        let mut pass = Pass::probe(generation);
        pass.change = change;
        Ok(pass)
    }

    pub(super) fn observe(
        &mut self,
        settings: &Settings,
        generations: &mut Generations,
        pass: Pass,
        health: Health,
        now: Instant,
    ) -> Option<State> {
        let next = match &mut self.phase {
            Phase::Closed if pass.generation == self.generation => {
                self.counted(settings, health, now)
            }
            Phase::HalfOpen { probes, successes } if pass.generation > self.generation => {
                probes.retain(|probe| probe.generation != pass.generation);
                probed(settings, successes, health)
            }
            // News from an earlier phase.
            _ => None,
        }?;
        let phase = match next {
            State::Open => Phase::Open {
                lasts: self.next_opening(settings, now),
            },
            _ => {
                self.window = Window::new(settings.window, now);
                Phase::Closed
            }
        };
        self.enter(phase, generations, now);
        Some(next)
    }

    /// What the verdict of an attempt means for a closed circuit.
    fn counted(&mut self, settings: &Settings, health: Health, now: Instant) -> Option<State> {
        let failed = match health {
            Health::Failed => true,
            Health::Answered => false,
            Health::Unknown => return None,
        };
        let counts = self.window.record(failed, now);
        let (attempts, failures) = (u64::from(counts.attempts), u64::from(counts.failures));
        let too_many = failures * 1_000 >= attempts * u64::from(settings.failure_ratio);
        (counts.attempts >= settings.min_attempts && too_many).then_some(State::Open)
    }

    /// How long the circuit, which is about to open, stays open.
    fn next_opening(&mut self, settings: &Settings, now: Instant) -> Duration {
        let calm = settings.longest_open;
        if matches!(self.phase, Phase::Closed) && left(calm, self.since, now).is_zero() {
            self.openings = 0;
        }
        let doublings = self.openings.min(31);
        self.openings = self.openings.saturating_add(1);
        settings
            .first_open
            .saturating_mul(1 << doublings)
            .min(settings.longest_open)
    }

    fn enter(&mut self, phase: Phase, generations: &mut Generations, now: Instant) {
        self.phase = phase;
        self.since = now;
        self.generation = generations.next();
    }
}

/// What the verdict of a probe means for a circuit that is half open. A probe whose lease has
/// run out counts too, or a server that answers slowly would never be taken back.
fn probed(settings: &Settings, successes: &mut u32, health: Health) -> Option<State> {
    match health {
        Health::Failed => Some(State::Open),
        Health::Answered => {
            *successes += 1;
            (*successes >= settings.successes).then_some(State::Closed)
        }
        Health::Unknown => None,
    }
}

/// What is left of a time that began at `since`. It cannot overflow, whatever the settings.
fn left(lasts: Duration, since: Instant, now: Instant) -> Duration {
    lasts.saturating_sub(now.saturating_duration_since(since))
}
