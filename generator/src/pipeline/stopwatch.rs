//! How long the stages take.

use std::time::{Duration, Instant};

/// Collects the durations of named stages.
#[derive(Debug)]
pub(super) struct Stopwatch {
    begin: Instant,
    stages: Vec<(&'static str, Duration)>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock of the runtime is for programs that call an API"
)]
fn now() -> Instant {
    Instant::now()
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            begin: now(),
            stages: Vec::new(),
        }
    }

    /// Runs a stage. Stages of one name are added up.
    pub(super) fn time<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let begin = now();
        let done = work();
        let spent = begin.elapsed();
        match self.stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, all)) => *all += spent,
            None => self.stages.push((stage, spent)),
        }
        done
    }

    /// The stages in the order in which they first ran, and everything since the start.
    pub(super) fn stop(self) -> (Vec<(&'static str, Duration)>, Duration) {
        (self.stages, self.begin.elapsed())
    }
}
