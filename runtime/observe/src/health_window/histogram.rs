//! A histogram of durations with exponentially growing buckets.
//!
//! In: durations. Out: percentiles by nearest rank, with an error of at most 3.2 % (1/32) plus a
//! microsecond. Each microsecond below 16 has a bucket; above, each power of two is divided into 16
//! buckets, whose middle represents them. Durations above 18 minutes count as 18 minutes.
//! Histograms can be subtracted, which a sliding window needs.

use std::time::Duration;

/// The binary logarithm of [`PER_DOUBLING`].
const BITS: u32 = 4;
/// Buckets per doubling.
const PER_DOUBLING: u64 = 1 << BITS;
/// The longest duration that is distinguished, in microseconds.
const LONGEST: u64 = (1 << 30) - 1;
/// The number of buckets.
const BUCKETS: usize = bucket_of(LONGEST) + 1;

/// The bucket of a number of microseconds.
const fn bucket_of(micros: u64) -> usize {
    if micros < PER_DOUBLING {
        return micros as usize;
    }
    let doubling = micros.ilog2() - BITS;
    let place = (micros >> doubling) - PER_DOUBLING;
    ((doubling as u64 + 1) * PER_DOUBLING + place) as usize
}

/// The middle of a bucket.
fn bucket_middle(bucket: usize) -> Duration {
    let bucket = bucket as u64;
    if bucket < PER_DOUBLING {
        return Duration::from_micros(bucket);
    }
    let doubling = bucket / PER_DOUBLING - 1;
    let lowest = (PER_DOUBLING + bucket % PER_DOUBLING) << doubling;
    Duration::from_nanos(1_000 * lowest + ((1_000 << doubling) / 2))
}

#[derive(Clone, Debug)]
pub(super) struct LatencyHistogram {
    counts: Box<[u32]>,
    total: u64,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS].into_boxed_slice(),
            total: 0,
        }
    }
}

impl LatencyHistogram {
    pub(super) fn add(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(LONGEST);
        if let Some(count) = self.counts.get_mut(bucket_of(micros.min(LONGEST))) {
            *count = count.saturating_add(1);
            self.total += 1;
        }
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        for (count, less) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_sub(*less);
        }
        self.total = self.total.saturating_sub(other.total);
    }

    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    /// A percentile by nearest rank. `None` if the histogram is empty.
    pub(super) fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, &count) in self.counts.iter().enumerate() {
            seen += u64::from(count);
            if seen >= rank {
                return Some(bucket_middle(bucket));
            }
        }
        None
    }
}
