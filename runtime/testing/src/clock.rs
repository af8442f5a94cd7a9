//! A clock that tests control.
//!
//! In: steps of time. Out: a [`Clock`] whose time is the same in every run, with seeded random
//! numbers. Sleeps end in the order of their deadlines, independent of the order in which they were
//! polled. It needs no async runtime: a sleep is woken by the waker that it was polled with.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock};

/// The default of the calendar in seconds since 1970: 2026-01-01T00:00:00Z.
const DEFAULT_CALENDAR: u64 = 1_767_225_600;

/// How often the task with the earliest deadline yields, in automatic mode, before the time
/// advances, so that other tasks run first.
const MAX_YIELDS: usize = 8;

/// The increment of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) const SPLIT_MIX_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A clock whose time only advances when a test advances it.
///
/// Clones share the same time, so a test keeps one and passes one to the client.
/// [`advance`](ManualClock::advance) advances the time. In
/// [`auto_advance`](ManualClock::auto_advance) mode it advances to the next deadline automatically
/// once all tasks sleep.
///
/// ```
/// use std::time::Duration;
/// use runtime::clock::Clock;
/// use testing::ManualClock;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now() - before, Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<ClockState>>);

struct ClockState {
    started: Instant,
    calendar: SystemTime,
    elapsed: Duration,
    auto_advances: bool,
    /// The state of the random generator.
    random: u64,
    /// The sleeps that were polled, by deadline and then by creation.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    created: u64,
    completed: Vec<Duration>,
    /// How often the first sleeper has yielded since a sleep was added or removed.
    yields: usize,
}

impl ManualClock {
    /// A clock at 2026-01-01T00:00:00Z with the seed 0.
    #[expect(
        clippy::disallowed_methods,
        reason = "no other function creates an `Instant`; only differences are observable"
    )]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(ClockState {
            started: Instant::now(),
            calendar: SystemTime::UNIX_EPOCH + Duration::from_secs(DEFAULT_CALENDAR),
            elapsed: Duration::ZERO,
            auto_advances: false,
            random: 0,
            sleepers: BTreeMap::new(),
            created: 0,
            completed: Vec::new(),
            yields: 0,
        })))
    }

    /// Sets the calendar time.
    pub fn at(self, calendar: SystemTime) -> Self {
        let mut state = self.state();
        state.calendar = calendar.checked_sub(state.elapsed).unwrap_or(calendar);
        drop(state);
        self
    }

    /// Sets the seed of the random numbers, from which idempotency keys are generated.
    pub fn seed(self, seed: u64) -> Self {
        self.state().random = seed;
        self
    }

    /// Advances the time to the earliest deadline whenever all tasks sleep.
    ///
    /// For tests on one thread in which only this clock takes time. With sockets or other
    /// threads, whose work the clock cannot observe, time limits would expire too early.
    pub fn auto_advance(self) -> Self {
        let mut state = self.state();
        state.auto_advances = true;
        let first = state.sleepers.values().next().cloned();
        drop(state);
        first.into_iter().for_each(Waker::wake);
        self
    }

    /// Advances the time and wakes the sleeps that end, the earliest first.
    ///
    /// The woken tasks run when the executor polls them, and read the time after the whole step.
    /// To let them run in between, take smaller steps, or use
    /// [`advance_to_next`](ManualClock::advance_to_next).
    pub fn advance(&self, step: Duration) {
        let mut state = self.state();
        let now = state.elapsed.saturating_add(step);
        let woken = state.move_to(now);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Advances the time to the earliest deadline. Returns by how much; `None` if no task sleeps.
    pub fn advance_to_next(&self) -> Option<Duration> {
        let step = self.time_to_deadline()?;
        self.advance(step);
        Some(step)
    }

    /// The time until the earliest deadline; `None` if no task sleeps.
    pub fn time_to_deadline(&self) -> Option<Duration> {
        let state = self.state();
        let ((deadline, _), _) = state.sleepers.first_key_value()?;
        Some(deadline.saturating_sub(state.elapsed))
    }

    /// The time since the clock was created.
    pub fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    /// The number of sleeps that were polled and have not ended.
    pub fn sleeper_count(&self) -> usize {
        self.state().sleepers.len()
    }

    /// The durations of the sleeps that ended, in that order: the backoff before retries, and the
    /// time limits that were reached. A time limit that was not reached is a sleep that was
    /// dropped, and is not in the list.
    pub fn completed_sleeps(&self) -> Vec<Duration> {
        self.state().completed.clone()
    }

    fn state(&self) -> MutexGuard<'_, ClockState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClockState {
    /// Sets the time. Returns the wakers of the sleeps that end.
    fn move_to(&mut self, now: Duration) -> Vec<Waker> {
        self.elapsed = self.elapsed.max(now);
        let remaining = self.sleepers.split_off(&(self.elapsed, u64::MAX));
        let ended = std::mem::replace(&mut self.sleepers, remaining);
        let mut woken: Vec<Waker> = ended.into_values().collect();
        self.yields = 0;
        if self.auto_advances {
            woken.extend(self.sleepers.values().next().cloned());
        }
        woken
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        let state = self.state();
        state.started + state.elapsed
    }

    fn calendar(&self) -> SystemTime {
        let state = self.state();
        state.calendar + state.elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        state.created += 1;
        Box::pin(ManualSleep {
            clock: self.clone(),
            duration,
            deadline: (state.elapsed.saturating_add(duration), state.created),
            has_ended: false,
        })
    }

    /// The next number of SplitMix64.
    fn random(&self) -> u64 {
        let mut state = self.state();
        state.random = state.random.wrapping_add(SPLIT_MIX_STEP);
        mix_bits(state.random)
    }
}

/// The output function of SplitMix64.
pub(crate) fn mix_bits(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        out.debug_struct("ManualClock")
            .field("elapsed", &state.elapsed)
            .field("sleepers", &state.sleepers.len())
            .finish_non_exhaustive()
    }
}

/// A sleep. It counts from its creation, as timers do, and is registered when it is first polled.
struct ManualSleep {
    clock: ManualClock,
    duration: Duration,
    /// The deadline and a unique number.
    deadline: (Duration, u64),
    has_ended: bool,
}

impl ManualSleep {
    /// The result of a poll, and the wakers to use once the clock is unlocked.
    fn poll_locked(&mut self, waker: &Waker) -> (Poll<()>, Vec<Waker>) {
        // Dropping a waker may drop a task with other sleeps, which lock the clock. So the old
        // waker outlives the lock.
        let _old;
        let mut state = self.clock.state();
        if state.elapsed >= self.deadline.0 {
            _old = state.sleepers.remove(&self.deadline);
            if !self.has_ended {
                state.completed.push(self.duration);
                self.has_ended = true;
            }
            return (Poll::Ready(()), Vec::new());
        }
        let old = state.sleepers.insert(self.deadline, waker.clone());
        if old.is_none() {
            state.yields = 0;
        }
        _old = old;
        let is_first = state.sleepers.keys().next() == Some(&self.deadline);
        if !state.auto_advances || !is_first {
            return (Poll::Pending, Vec::new());
        }
        state.yields += 1;
        if state.yields <= MAX_YIELDS {
            return (Poll::Pending, vec![waker.clone()]);
        }
        // Other sleeps may have the same deadline; they are woken too.
        let woken = state.move_to(self.deadline.0);
        state.completed.push(self.duration);
        self.has_ended = true;
        (Poll::Ready(()), woken)
    }
}

impl Future for ManualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (result, woken) = self.poll_locked(context.waker());
        woken.into_iter().for_each(Waker::wake);
        result
    }
}

impl Drop for ManualSleep {
    fn drop(&mut self) {
        let mut state = self.clock.state();
        let own = state.sleepers.remove(&self.deadline);
        let mut next = None;
        if own.is_some() {
            state.yields = 0;
            if state.auto_advances {
                next = state.sleepers.values().next().cloned();
            }
        }
        // Wakers are dropped after the lock is released: see `poll_locked`.
        drop(state);
        drop(own);
        next.into_iter().for_each(Waker::wake);
    }
}
