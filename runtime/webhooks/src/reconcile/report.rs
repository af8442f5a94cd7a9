//! What a sweep found.

use std::fmt;

use wire::value::Timestamp;

/// As many ids are listed; all are counted.
pub(super) const MOST_IDS: usize = 1_000;

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileReport {
    /// Pages that were read.
    pub pages: u64,
    /// Events that were listed, those of overlapping pages once for each.
    pub seen: u64,
    /// Events that the inbox did not have: they are stored now.
    pub missed: u64,
    /// The ids of the first thousand of those.
    pub missed_ids: Vec<String>,
    /// When the oldest of those happened.
    pub oldest_missed: Option<Timestamp>,
    /// What the list had and is no event: it is not stored. The texts say why.
    pub unreadable: Vec<String>,
    /// Events of another release of the API than the program's types, known ones too: lists have
    /// them in the version that was the account's default when they happened, whatever version the
    /// endpoint is pinned to. Their objects may not fit their types; raise the account's version.
    pub foreign: u64,
    /// Whether no sweep of this name went before, so that this one began where it was told to, or
    /// now.
    pub first: bool,
    /// A time whose events can no longer be had.
    pub gap: Option<ReconcileGap>,
    /// Whether the event that the last sweep ended with was not found, so that this one went by
    /// time.
    pub restarted: bool,
}

/// A time whose events were not read and can no longer be: the last sweep was too long ago. What
/// happened then has to be found out from the objects themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileGap {
    /// Up to here the last sweep had read.
    pub from: Timestamp,
    /// From here on events are still kept.
    pub to: Timestamp,
}

impl fmt::Display for ReconcileReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} events read, {} were missing",
            self.seen, self.missed
        )?;
        if let Some(oldest) = self.oldest_missed {
            write!(out, ", the oldest of {} (Unix time)", oldest.0)?;
        }
        if !self.unreadable.is_empty() {
            write!(out, ", {} unreadable", self.unreadable.len())?;
        }
        if self.foreign > 0 {
            write!(out, ", {} of another API release", self.foreign)?;
        }
        if let Some(gap) = self.gap {
            write!(out, "; nothing is known of {} to {}", gap.from.0, gap.to.0)?;
        }
        Ok(())
    }
}
