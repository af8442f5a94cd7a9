//! The part of all limits that one process uses.
//!
//! In: a range of the whole. Out: how many attempts of a limit are in that range. The parts of
//! ranges that do not overlap have no attempt in common.

use std::ops::Range;
use std::time::Instant;

/// The part of all limits that one process may use, and until when.
///
/// A part is a range of the whole, which has [`WHOLE`](Self::WHOLE) units. Of a limit of `n`
/// attempts, the range from `a` to `b` has `floor(n·b) - floor(n·a)`. So processes whose ranges do
/// not overlap never exceed a limit together, and if their ranges cover the whole, nothing is lost
/// by rounding.
///
/// ```
/// use rate_limit::{Limiter, Preset, QuotaShare};
///
/// // The second of three processes.
/// let limiter = Limiter::new(Preset::new(100, 25, 25)).quota(QuotaShare::of_process(1, 3));
/// # let _ = limiter;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaShare {
    start: u32,
    end: u32,
    /// Smaller limits have one attempt in each part.
    processes: u32,
    pub(super) expires: Option<Instant>,
}

impl QuotaShare {
    /// How many units the whole has.
    pub const WHOLE: u32 = 1 << 24;

    /// The part in this range of units, one of the parts of so many processes.
    ///
    /// Limits of fewer attempts than there are processes cannot be divided: of those, each process
    /// has one attempt, so that none of them waits forever, and they may be exceeded.
    pub fn new(units: Range<u32>, processes: u32) -> Self {
        let end = units.end.min(Self::WHOLE);
        Self {
            start: units.start.min(end),
            end,
            processes,
            expires: None,
        }
    }

    /// The part of the process with this index, from 0, of so many processes with equal parts.
    ///
    /// Processes that do not know their index can all use 0: together they then use no more than the
    /// whole, and lose what remains when a limit is divided.
    pub fn of_process(index: u32, processes: u32) -> Self {
        let bound = |index: u32| {
            let units = u64::from(index) * u64::from(Self::WHOLE);
            let units = units.div_ceil(u64::from(processes.max(1)));
            u32::try_from(units).unwrap_or(Self::WHOLE)
        };
        Self::new(bound(index)..bound(index.saturating_add(1)), processes)
    }

    /// Sets when the process may no longer use its part: no attempt begins from then on, until
    /// another part is set. Defaults to never.
    #[must_use]
    pub fn expires_at(mut self, at: Instant) -> Self {
        self.expires = Some(at);
        self
    }

    /// The range of units.
    pub fn units(&self) -> Range<u32> {
        self.start..self.end
    }

    /// How many attempts of a limit are in this part.
    pub(super) fn part_of(&self, limit: u32) -> u32 {
        let below = |units: u32| u64::from(limit) * u64::from(units) / u64::from(Self::WHOLE);
        let part = below(self.end) - below(self.start);
        // Both products are at most the limit.
        let part = u32::try_from(part).unwrap_or(limit);
        part.max(u32::from(limit > 0 && limit < self.processes))
    }
}

impl Default for QuotaShare {
    /// The whole.
    fn default() -> Self {
        Self::new(0..Self::WHOLE, 1)
    }
}
