//! Measures the duration of stages.

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
fn current_instant() -> Instant {
    Instant::now()
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            begin: current_instant(),
            stages: Vec::new(),
        }
    }

    /// Runs a stage and measures it. Times of stages with the same name are added.
    pub(super) fn time_stage<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let begin = current_instant();
        let done = work();
        let spent = begin.elapsed();
        match self.stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, all)) => *all += spent,
            None => self.stages.push((stage, spent)),
        }
        done
    }

    /// The times of the stages, in the order of their first run, and the total time since the start.
    pub(super) fn stop(self) -> (Vec<(&'static str, Duration)>, Duration) {
        (self.stages, self.begin.elapsed())
    }
}
