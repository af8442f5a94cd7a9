//! Time and randomness, as one trait.
//!
//! In: nothing. Out: the monotonic time, the calendar time, a timer and random numbers. All code of
//! this crate that waits, measures time or draws random numbers uses a [`Clock`], so that tests
//! control time; `clippy.toml` forbids the standard sources everywhere else. It does not depend on
//! calls or policies.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

#[cfg(test)]
mod tests;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The source of time, timers and random numbers of a client.
///
/// [`SystemClock`] is that of the operating system. A test double returns what the test sets:
///
/// ```
/// use std::time::{Duration, Instant, SystemTime};
/// use rate_limit::clock::{BoxFuture, Clock};
///
/// /// A clock on which every sleep ends immediately.
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

    /// An unpredictable random number, uniform over `u64`.
    ///
    /// Idempotency keys are generated from it. If two processes draw the same numbers, the server
    /// may treat two different writes as one.
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
pub fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns a random number of the operating system, for clocks that do not replace randomness.
///
/// If the operating system returns an error (current systems do so only early in their boot), the
/// number is a hash of the process id, the time and the random keys of the standard library's
/// hasher.
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
