//! A clock that stands still until a test moves it.
//!
//! In: what the test asks for. Out: a [`Clock`] whose time is the same in every run, with
//! randomness that repeats for one seed. Afterwards sleeps have ended in the order of their
//! deadlines, whatever order they were polled in. It needs no runtime: a sleep is woken by the
//! waker it was polled with.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock};

/// The calendar's start, if nobody says otherwise: 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600;

/// How many turns each other task gets, in automatic mode, before time moves.
const TURNS: usize = 8;

/// A clock that tests move.
///
/// Clones are handles to the same clock, so a test keeps one and gives one to the client.
/// [`advance`](ManualClock::advance) moves it. In [`auto_advance`](ManualClock::auto_advance)
/// mode it moves by itself to the next deadline once everybody only sleeps.
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
pub struct ManualClock(Arc<Mutex<State>>);

struct State {
    begun: Instant,
    calendar: SystemTime,
    elapsed: Duration,
    automatic: bool,
    /// The state of the random generator.
    random: u64,
    /// By deadline, then in the order in which they were first polled.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    created: u64,
    slept: Vec<Duration>,
    /// How many turns the others had since somebody began or ceased to sleep.
    quiet: usize,
}

impl ManualClock {
    /// A clock at 2026-01-01T00:00:00Z, with the seed 0.
    #[expect(
        clippy::disallowed_methods,
        reason = "an `Instant` can be had nowhere else; all that is seen of it are differences"
    )]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            begun: Instant::now(),
            calendar: SystemTime::UNIX_EPOCH + Duration::from_secs(START),
            elapsed: Duration::ZERO,
            automatic: false,
            random: 0,
            sleepers: BTreeMap::new(),
            created: 0,
            slept: Vec::new(),
            quiet: 0,
        })))
    }

    /// The same, with the calendar at this time now.
    pub fn at(self, calendar: SystemTime) -> Self {
        let mut state = self.state();
        state.calendar = calendar.checked_sub(state.elapsed).unwrap_or(calendar);
        drop(state);
        self
    }

    /// The same, with random numbers from this seed on. Idempotency keys are made of them.
    pub fn seed(self, seed: u64) -> Self {
        self.state().random = seed;
        self
    }

    /// The same, but time moves by itself: once every task that was woken has had its turn and
    /// somebody sleeps, it is the time of the earliest deadline at once.
    ///
    /// For tests on one thread in which nothing but this clock takes time. With sockets or other
    /// threads, whose work the clock cannot see, time limits would be over too soon.
    pub fn auto_advance(self) -> Self {
        let mut state = self.state();
        state.automatic = true;
        let first = state.sleepers.values().next().cloned();
        drop(state);
        first.into_iter().for_each(Waker::wake);
        self
    }

    /// Moves time on and wakes everyone whose sleep is over, the earliest first.
    ///
    /// The woken tasks run when the executor polls them, and see the time after the whole step.
    /// To let them act in between, take smaller steps, or use
    /// [`advance_to_next`](ManualClock::advance_to_next).
    pub fn advance(&self, step: Duration) {
        let mut state = self.state();
        let now = state.elapsed.saturating_add(step);
        let woken = state.move_to(now);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Moves time to the earliest deadline, and returns by how much; `None` if nobody sleeps.
    pub fn advance_to_next(&self) -> Option<Duration> {
        let step = self.next_deadline()?;
        self.advance(step);
        Some(step)
    }

    /// How much time is left until the earliest deadline; `None` if nobody sleeps.
    pub fn next_deadline(&self) -> Option<Duration> {
        let state = self.state();
        let ((deadline, _), _) = state.sleepers.first_key_value()?;
        Some(deadline.saturating_sub(state.elapsed))
    }

    /// How much time has passed since the clock was made.
    pub fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    /// How many sleeps are under way.
    pub fn sleepers(&self) -> usize {
        self.state().sleepers.len()
    }

    /// How long each sleep was that ran to its end, in the order of the ends: the pauses before
    /// retries, and the time limits that were reached. A time limit that was not reached is a
    /// sleep that was dropped, and is not in the list.
    pub fn slept(&self) -> Vec<Duration> {
        self.state().slept.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Moves time on and takes out everyone whose sleep is over.
    fn move_to(&mut self, now: Duration) -> Vec<Waker> {
        self.elapsed = self.elapsed.max(now);
        let still = self.sleepers.split_off(&(self.elapsed, u64::MAX));
        let over = std::mem::replace(&mut self.sleepers, still);
        let mut woken: Vec<Waker> = over.into_values().collect();
        self.quiet = 0;
        if self.automatic {
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
        state.begun + state.elapsed
    }

    fn calendar(&self) -> SystemTime {
        let state = self.state();
        state.calendar + state.elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        state.created += 1;
        Box::pin(Sleep {
            clock: self.clone(),
            duration,
            place: (state.elapsed.saturating_add(duration), state.created),
            is_over: false,
        })
    }

    /// The next number of SplitMix64 (Steele, Lea and Flood, 2014).
    fn random(&self) -> u64 {
        let mut state = self.state();
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(state.random)
    }
}

/// The output function of SplitMix64.
pub(super) fn mixed(mut number: u64) -> u64 {
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

/// A sleep. It counts from its making, as timers do, and is on record from its first poll on.
struct Sleep {
    clock: ManualClock,
    duration: Duration,
    /// The deadline and a number of its own.
    place: (Duration, u64),
    is_over: bool,
}

impl Sleep {
    /// The result of a poll, and who must be woken once the clock is not locked any more.
    fn step(&mut self, waker: &Waker) -> (Poll<()>, Vec<Waker>) {
        // Dropping a waker may drop a task with other sleeps, which lock the clock: the old
        // waker outlives the lock.
        let _old;
        let mut state = self.clock.state();
        if state.elapsed >= self.place.0 {
            _old = state.sleepers.remove(&self.place);
            if !self.is_over {
                state.slept.push(self.duration);
                self.is_over = true;
            }
            return (Poll::Ready(()), Vec::new());
        }
        let old = state.sleepers.insert(self.place, waker.clone());
        if old.is_none() {
            state.quiet = 0;
        }
        _old = old;
        let is_first = state.sleepers.keys().next() == Some(&self.place);
        if !state.automatic || !is_first {
            return (Poll::Pending, Vec::new());
        }
        state.quiet += 1;
        if state.quiet <= TURNS {
            return (Poll::Pending, vec![waker.clone()]);
        }
        // Others may have the same deadline; they are woken now.
        let woken = state.move_to(self.place.0);
        state.slept.push(self.duration);
        self.is_over = true;
        (Poll::Ready(()), woken)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (result, woken) = self.step(context.waker());
        woken.into_iter().for_each(Waker::wake);
        result
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut state = self.clock.state();
        let own = state.sleepers.remove(&self.place);
        let mut next = None;
        if own.is_some() {
            state.quiet = 0;
            if state.automatic {
                next = state.sleepers.values().next().cloned();
            }
        }
        // Only then may wakers be dropped: see `step`.
        drop(state);
        drop(own);
        next.into_iter().for_each(Waker::wake);
    }
}
