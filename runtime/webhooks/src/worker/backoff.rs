//! When a message that failed is tried again.

use std::time::Duration;

/// The pause doubles with every attempt, up to the longest, and half of it is left to chance so
/// that messages which failed together do not come back together.
///
/// By default a message is tried 40 times within 15 to 31 hours: from 5 seconds up to an hour
/// apart.
/// An attempt counts when it begins, so those count too that were cut off by the end of a process.
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
    first: Duration,
    longest: Duration,
    attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(3600), 40)
    }
}

impl Backoff {
    /// The first pause, the longest one, and how often a message is tried in all.
    pub const fn new(first: Duration, longest: Duration, attempts: u32) -> Self {
        Self {
            first,
            longest,
            attempts,
        }
    }

    /// How often a message is tried before it becomes a dead letter.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The pause after an attempt, counted from 1; `None` if it was the last one. Between half of
    /// the full pause and all of it.
    pub fn pause(&self, attempt: u32, random: u64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        let half = full / 2;
        // 53 bits, so that the quotient is exact and below 1.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let chance = (random >> 11) as f64 / (1_u64 << 53) as f64;
        Some(half + half.mul_f64(chance))
    }
}
