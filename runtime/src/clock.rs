//! Time and chance, as one trait that a client is given.
//!
//! In: nothing. Out: the monotonic time, the calendar time, a timer and random numbers.
//! Everything in this crate that waits, measures or draws takes it from here, so that tests
//! move time themselves; `clippy.toml` forbids the standard sources everywhere else.
//! It deliberately knows nothing about calls or policies.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

#[cfg(test)]
mod tests;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a client takes the time, timers and random numbers from.
///
/// [`SystemClock`] is the real one. A test double returns what the test sets:
///
/// ```
/// use std::time::{Duration, Instant, SystemTime};
/// use runtime::clock::{BoxFuture, Clock};
///
/// /// A clock on which every sleep is over at once.
/// #[derive(Debug)]
/// struct Impatient(Instant);
///
/// impl Clock for Impatient {
///     fn now(&self) -> Instant { self.0 }
///     fn calendar(&self) -> SystemTime { SystemTime::UNIX_EPOCH }
///     fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> { Box::pin(async {}) }
///     fn random(&self) -> u64 { 4 }
/// }
/// ```
pub trait Clock: Debug + Send + Sync + 'static {
    /// The monotonic time, for measuring.
    fn now(&self) -> Instant;

    /// The time of day, for comparing with dates that a server sent.
    fn calendar(&self) -> SystemTime;

    /// A future that is ready once `duration` has passed. Dropping it cancels the timer.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// A number that nobody can predict and that no other process draws too.
    ///
    /// Idempotency keys are made of it, so a repeated number may merge two different writes.
    fn random(&self) -> u64;
}

/// The clock of the operating system, with the timers of tokio.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "tokio")]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the real clock"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the real calendar"
    )]
    fn calendar(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn random(&self) -> u64 {
        system_random()
    }
}

/// A duration in nanoseconds, or the maximum.
pub(crate) fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A random number of the operating system, for clocks that keep real randomness.
///
/// Should the system refuse (which current ones do only early in their boot), the number is
/// hashed from the process, the time and keys that the standard library seeds by itself.
pub fn system_random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| fallback_random())
}

#[expect(
    clippy::disallowed_methods,
    reason = "only used when the system's generator fails"
)]
fn fallback_random() -> u64 {
    use std::hash::BuildHasher;
    let seed = std::collections::hash_map::RandomState::new();
    seed.hash_one((std::process::id(), SystemTime::now(), Instant::now()))
}
