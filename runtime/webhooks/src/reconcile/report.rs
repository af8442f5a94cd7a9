//! The report of a run.

use std::fmt;

use wire::value::Timestamp;

/// The maximum number of ids in a report. All missing events are counted.
pub(super) const MAX_IDS: usize = 1_000;

/// The report of a run of a [`Reconciler`](crate::Reconciler).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileReport {
    /// Pages that were read.
    pub pages: u64,
    /// Events that were listed, those of overlapping pages once for each page.
    pub listed: u64,
    /// Events that the inbox did not have, and that are stored now.
    pub missed: u64,
    /// The ids of the first thousand of those.
    pub missed_ids: Vec<String>,
    /// When the oldest of those happened.
    pub oldest_missed: Option<Timestamp>,
    /// Why listed items could not be read as events, one text for each. They are not stored.
    pub unreadable: Vec<String>,
    /// Listed events of another release of the API than the program's types, also those that the
    /// inbox had. Lists have events in the version that was the account's default when they
    /// happened, independent of the endpoint's version. Their objects may not fit their types;
    /// raise the account's version.
    pub version_mismatches: u64,
    /// Whether there was no watermark of this name, so that the run began at `since`, or now.
    pub is_initial_run: bool,
    /// A time whose events are no longer kept by the API.
    pub gap: Option<ReconcileGap>,
    /// Whether the event of the watermark was not found, so that the run began by time.
    pub restarted: bool,
}

/// A time whose events were not read and are no longer kept by the API, because the last run was
/// too long ago. What happened then can only be found out from the objects themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileGap {
    /// The watermark of the last run.
    pub from: Timestamp,
    /// The time since which the API keeps events.
    pub to: Timestamp,
}

impl fmt::Display for ReconcileReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} events listed, {} were missing",
            self.listed, self.missed
        )?;
        if let Some(oldest) = self.oldest_missed {
            write!(out, ", the oldest of {} (Unix time)", oldest.0)?;
        }
        if !self.unreadable.is_empty() {
            write!(out, ", {} unreadable", self.unreadable.len())?;
        }
        if self.version_mismatches > 0 {
            write!(out, ", {} of another API release", self.version_mismatches)?;
        }
        if let Some(gap) = self.gap {
            write!(out, "; events of {} to {} are lost", gap.from.0, gap.to.0)?;
        }
        Ok(())
    }
}
