//! The delays before a failed message is retried.

use std::time::Duration;

/// An exponential backoff: the delay doubles with every attempt, up to a maximum. Half of it is
/// random, so that messages which failed together are not retried together.
///
/// By default a message is attempted 40 times within 15 to 31 hours, with delays of 5 seconds to
/// one hour. Attempts that a crash interrupted are counted apart, by
/// [`Worker::crash_limit`](crate::Worker::crash_limit).
///
/// ```
/// use std::time::Duration;
/// use webhooks::Backoff;
///
/// let patient = Backoff::new(Duration::from_secs(60), Duration::from_secs(6 * 3600), 40);
/// assert_eq!(patient.attempts(), 40);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(3600), 40)
    }
}

impl Backoff {
    /// Creates a backoff with the initial delay, the maximum delay, and the maximum number of
    /// attempts.
    pub const fn new(initial: Duration, max: Duration, attempts: u32) -> Self {
        Self {
            initial,
            max,
            attempts,
        }
    }

    /// The number of attempts before a message becomes a dead letter.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The delay after an attempt, counted from 1; `None` after the last one. It is between half of
    /// the full delay and all of it, chosen by `random`.
    pub fn delay_after(&self, attempt: u32, random: u64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self.initial.saturating_mul(1 << doublings).min(self.max);
        let half = full / 2;
        // 53 bits, so that the quotient is exact and below 1.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (random >> 11) as f64 / (1_u64 << 53) as f64;
        Some(half + half.mul_f64(fraction))
    }
}
