//! The bucket of tokens that bounds what retries add to a client's load.
//!
//! In: first attempts and wishes to retry. Out: whether a wish is granted. Afterwards the
//! wishes granted are at most `reserve + ratio × first attempts`, over any stretch of time that
//! begins with the bucket's making and with any number of threads. It knows no time.

use std::sync::atomic::{AtomicU64, Ordering};

/// One token, the price of a retry. Thousandths make a ratio exact without floating point.
const TOKEN: u64 = 1_000;

/// The largest ratio that a bucket takes: with it every call may make a thousand retries, which
/// no limit of retries comes near.
const HIGHEST_RATIO: f64 = 1_000.0;

#[derive(Debug)]
pub(super) struct Budget {
    left: AtomicU64,
    full: u64,
    deposit: u64,
}

impl Budget {
    /// A full bucket. The ratio is taken to its nearest thousandth; one that is negative or no
    /// number counts as 0.
    pub(super) fn new(reserve: u32, ratio: f64) -> Self {
        let full = u64::from(reserve) * TOKEN;
        Self {
            left: AtomicU64::new(full),
            full,
            deposit: thousandths(ratio.clamp(0.0, HIGHEST_RATIO)),
        }
    }

    /// Adds what a first attempt is worth. What does not fit is lost.
    pub(super) fn deposit(&self) {
        // The number guards no other memory, so no ordering beyond its own is needed.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left < self.full).then(|| (left + self.deposit).min(self.full))
            });
    }

    /// Takes a token, if there is one.
    pub(super) fn withdraw(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(TOKEN)
            })
            .is_ok()
    }

    /// How many retries the bucket pays for now.
    pub(super) fn left(&self) -> u32 {
        u32::try_from(self.left.load(Ordering::Relaxed) / TOKEN).unwrap_or(u32::MAX)
    }
}

/// A number in thousandths. The conversion saturates and makes 0 of what is no number.
fn thousandths(number: f64) -> u64 {
    (number * 1_000.0).round() as u64
}
