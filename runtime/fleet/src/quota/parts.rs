//! Which part of the limits a process has next.
//!
//! In: the parts of all processes, as they are in the database, and what this one uses. Out: what
//! it writes to the database, and what it uses from then on. Pure functions of their arguments.

use std::time::{Duration, Instant};

use runtime::rate_limit::QuotaShare;

#[cfg(test)]
mod tests;

/// The part of a process in the database: its number, and the units where its part starts and ends.
pub(super) type PartRow = (i64, i32, i32);

/// Units of [`QuotaShare::WHOLE`]: from `start`, up to but without `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnitRange {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The part of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OwnPart {
    /// The number of its row; `None` before it has one.
    pub(super) process: Option<i64>,
    /// What the database has. It contains what was used in the last window.
    pub(super) held: UnitRange,
    /// What the limiter uses.
    pub(super) used: UnitRange,
    /// When `used` last became smaller.
    pub(super) shrunk: Option<Instant>,
    /// How many processes there are.
    pub(super) processes: u32,
    /// Until when the limiter may use it.
    pub(super) expires: Option<Instant>,
}

impl OwnPart {
    /// The part after a renewal at this time, by the rows of all processes, which include one of
    /// this number for this one.
    pub(super) fn renew(
        &self,
        process: i64,
        rows: &[PartRow],
        now: Instant,
        window: Duration,
    ) -> Self {
        let is_same = self.process == Some(process);
        let others: Vec<UnitRange> = rows
            .iter()
            .filter(|(other, ..)| *other != process)
            .map(|row| UnitRange::from_row(*row))
            .collect();
        let rank = rows.iter().take_while(|(other, ..)| *other != process);
        let processes = count(rows.len());
        let target = UnitRange::from_share(&QuotaShare::of_process(count(rank.count()), processes));
        // After its row has expired, others may have what it had.
        let kept = match () {
            () if !is_same => UnitRange::default(),
            () if self.has_settled(now, window) => self.used,
            () => self.held,
        };
        let held = kept.grow_within(target, &others);
        Self {
            process: Some(process),
            held,
            used: held.intersect(target),
            shrunk: self.shrunk,
            processes,
            expires: None,
        }
    }

    /// Replaces this part by one that the limiter uses from this time on.
    pub(super) fn replace_with(&mut self, next: &Self, now: Instant) {
        let is_smaller = self.used.intersect(next.used) != self.used;
        let shrunk = if is_smaller { Some(now) } else { self.shrunk };
        *self = Self { shrunk, ..*next };
    }

    /// Whether what it no longer uses was not used for one window.
    fn has_settled(&self, now: Instant, window: Duration) -> bool {
        let since = self.shrunk.map(|at| now.saturating_duration_since(at));
        since.is_none_or(|since| since >= window)
    }
}

impl UnitRange {
    fn from_row((_, start, end): PartRow) -> Self {
        let unit = |column: i32| u32::try_from(column).unwrap_or_default();
        Self {
            start: unit(start),
            end: unit(end).max(unit(start)),
        }
    }

    fn from_share(share: &QuotaShare) -> Self {
        let units = share.units();
        Self {
            start: units.start,
            end: units.end,
        }
    }

    pub(super) fn start_column(self) -> i32 {
        i32::try_from(self.start).unwrap_or(i32::MAX)
    }

    pub(super) fn end_column(self) -> i32 {
        i32::try_from(self.end).unwrap_or(i32::MAX)
    }

    fn is_empty(self) -> bool {
        self.start >= self.end
    }

    fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    fn intersect(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        if start < end {
            Self { start, end }
        } else {
            Self::default()
        }
    }

    /// The largest range that contains this one, and otherwise only units of the target that no
    /// other process has.
    fn grow_within(self, target: Self, others: &[Self]) -> Self {
        if self.is_empty() {
            return largest_gap(target, others);
        }
        // A part that reaches beyond the target has to become smaller first.
        if self.intersect(target) != self {
            return self;
        }
        let before = others.iter().filter(|other| other.end <= self.start);
        let after = others
            .iter()
            .filter(|other| !other.is_empty() && other.start >= self.end);
        Self {
            start: before.map(|other| other.end).fold(target.start, u32::max),
            end: after.map(|other| other.start).fold(target.end, u32::min),
        }
    }
}

/// The largest range of the target that no other process has.
fn largest_gap(target: UnitRange, others: &[UnitRange]) -> UnitRange {
    let mut taken: Vec<UnitRange> = others
        .iter()
        .map(|other| other.intersect(target))
        .filter(|other| !other.is_empty())
        .collect();
    taken.sort_by_key(|other| other.start);
    let mut largest = UnitRange::default();
    let mut start = target.start;
    let end = UnitRange {
        start: target.end,
        end: target.end,
    };
    for next in taken.into_iter().chain([end]) {
        let gap = UnitRange {
            start,
            end: next.start,
        };
        if gap.len() > largest.len() {
            largest = gap;
        }
        start = start.max(next.end);
    }
    largest
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
