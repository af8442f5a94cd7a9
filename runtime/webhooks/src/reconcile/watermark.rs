//! How far a reconciler has come, as the text that an inbox stores.

use std::time::Duration;

use wire::value::{RawJson, Timestamp};

use super::report::ReconcileGap;

/// The end of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watermark {
    /// All events that happened before are stored.
    pub(super) created: Timestamp,
    /// The id of the event after which to continue, if there is one.
    pub(super) id: Option<String>,
}

impl Watermark {
    /// Parses the time, and the id after a space.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (created, id) = text.split_once(' ').unwrap_or((text, ""));
        Some(Self {
            created: Timestamp(created.parse().ok()?),
            id: (!id.is_empty()).then(|| id.to_owned()),
        })
    }

    pub(super) fn to_text(&self) -> String {
        let id = self.id.as_deref().unwrap_or_default();
        format!("{} {id}", self.created.0).trim_end().to_owned()
    }
}

/// Parses a gap that was stored until a run could report it.
pub(super) fn parse_gap(text: &str) -> Option<ReconcileGap> {
    let (from, to) = text.split_once(' ')?;
    Some(ReconcileGap {
        from: Timestamp(from.parse().ok()?),
        to: Timestamp(to.parse().ok()?),
    })
}

pub(super) fn saturating_add(time: Timestamp, duration: Duration) -> Timestamp {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timestamp(time.0.saturating_add(seconds))
}

pub(super) fn saturating_sub(time: Timestamp, duration: Duration) -> Timestamp {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timestamp(time.0.saturating_sub(seconds))
}

/// Adds the account, or context, to an event that was listed for it, as a webhook would have it.
///
/// Of a repeated member the last one counts, so it is added at the end.
pub(super) fn add_account(event: &RawJson, member: &str, account: &str) -> RawJson {
    let Some(start) = event.as_str().strip_suffix('}') else {
        return event.clone();
    };
    let has_account = event.get(member).is_some_and(|name| !name.is_null());
    if has_account {
        return event.clone();
    }
    let comma = if start.trim_end() == "{" { "" } else { "," };
    let name = RawJson::encoding(&account.to_owned());
    let whole = format!("{start}{comma}\"{member}\":{}}}", name.as_str());
    whole.parse().unwrap_or_else(|_| event.clone())
}
