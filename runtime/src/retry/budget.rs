//! The token bucket that bounds how much load retries add.
//!
//! Afterwards there were at most `reserve + ratio × calls` retries, over any period that begins
//! when the bucket is made, and with any number of threads. It does not depend on time.

use std::sync::atomic::{AtomicU64, Ordering};

/// One token, the price of a retry. Thousandths make ratios exact without floating point.
const TOKEN: u64 = 1_000;

/// The largest ratio. With it every call may make a thousand retries, more than any limit of
/// retries allows.
const MAX_RATIO: f64 = 1_000.0;

/// A bucket of tokens, in thousandths.
#[derive(Debug)]
pub(super) struct RetryBudget {
    left: AtomicU64,
    capacity: u64,
    deposit: u64,
}

impl RetryBudget {
    /// A full bucket. The ratio is rounded to thousandths; a negative one and NaN count as 0.
    pub(super) fn new(reserve: u32, ratio: f64) -> Self {
        let capacity = u64::from(reserve) * TOKEN;
        Self {
            left: AtomicU64::new(capacity),
            capacity,
            // The conversion turns NaN into 0.
            deposit: (ratio.clamp(0.0, MAX_RATIO) * 1_000.0).round() as u64,
        }
    }

    /// Adds the share of one call. What exceeds the capacity is lost.
    pub(super) fn deposit_share(&self) {
        // The number guards no other memory, so no ordering beyond its own is needed.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left < self.capacity).then(|| (left + self.deposit).min(self.capacity))
            });
    }

    /// Takes a token, if there is one.
    pub(super) fn withdraw_token(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(TOKEN)
            })
            .is_ok()
    }

    /// How many retries the bucket pays for now.
    pub(super) fn tokens_left(&self) -> u32 {
        u32::try_from(self.left.load(Ordering::Relaxed) / TOKEN).unwrap_or(u32::MAX)
    }
}
