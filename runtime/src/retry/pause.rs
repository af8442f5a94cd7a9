//! How long to wait before the next attempt.
//!
//! In: bounds, the number of the attempt and a random number. Out: a duration that is never
//! above its bound. It waits for nothing itself.

use std::time::Duration;

/// The longest pause after this many attempts: `first`, doubled with each further attempt, but
/// never above `longest`.
pub(super) fn bound(first: Duration, longest: Duration, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    first.saturating_mul(1 << doublings).min(longest)
}

/// A duration between zero and `bound`, both included. If `chance` is uniform over `u64`, so is
/// the duration over the nanoseconds, as closely as 64 bits allow.
pub(super) fn jitter(bound: Duration, chance: u64) -> Duration {
    // Multiplying and keeping the upper half maps the range of `u64` to `0..=bound` without the
    // bias and the coarse steps of a remainder. The product cannot overflow: it is below 2^128.
    let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let nanos = (u128::from(chance) * (u128::from(bound) + 1)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(bound))
}
