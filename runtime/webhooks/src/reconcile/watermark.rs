//! How far a sweep has come, as a text that an inbox keeps.

use wire::value::{RawJson, Timestamp};

/// The end of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Everything that happened before is read.
    pub(super) created: Timestamp,
    /// The event after which to go on, if there is one.
    pub(super) id: Option<String>,
}

impl Position {
    /// The moment, and the id after a blank. What is kept is this crate's own; a text that is not
    /// is treated as none, and the sweep begins anew.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (created, id) = text.split_once(' ').unwrap_or((text, ""));
        Some(Self {
            created: Timestamp(created.parse().ok()?),
            id: (!id.is_empty()).then(|| id.to_owned()),
        })
    }

    pub(super) fn write(&self) -> String {
        let id = self.id.as_deref().unwrap_or_default();
        format!("{} {id}", self.created.0).trim_end().to_owned()
    }
}

/// Names the account, or context, in an event that was listed for it, as a webhook would.
///
/// Of a repeated member the last one counts, so the name is put at the end.
pub(super) fn of_account(event: &RawJson, member: &str, account: &str) -> RawJson {
    let Some(start) = event.as_str().strip_suffix('}') else {
        return event.clone();
    };
    let named = event.get(member).is_some_and(|name| !name.is_null());
    if named {
        return event.clone();
    }
    let comma = if start.trim_end() == "{" { "" } else { "," };
    let name = RawJson::encoding(&account.to_owned());
    let whole = format!("{start}{comma}\"{member}\":{}}}", name.as_str());
    whole.parse().unwrap_or_else(|_| event.clone())
}
