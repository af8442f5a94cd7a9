//! How long to back off before the next attempt: exponential growth with full jitter.

use std::time::Duration;

/// The upper bound of the backoff after this many attempts: `initial`, doubled with each further
/// attempt, but never more than `longest`.
pub(super) fn backoff_bound(initial: Duration, longest: Duration, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    initial.saturating_mul(1 << doublings).min(longest)
}

/// A duration between zero and `bound`, both included. If `random` is uniform over `u64`, so is
/// the duration over the nanoseconds, as closely as 64 bits allow.
pub(super) fn full_jitter(bound: Duration, random: u64) -> Duration {
    // Multiplying and keeping the upper half maps the range of `u64` to `0..=bound` without the
    // bias and the coarse steps of a remainder. The product cannot overflow: it is below 2^128.
    let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let nanos = (u128::from(random) * (u128::from(bound) + 1)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(bound))
}
