//! The envelopes of events, notifications and clouds.
//!
//! In: a body. Out: its members as JSON, split once and decoded one by one, so that an optional
//! member of an unexpected type does not make the others unreadable.

use wire::codec::{DecodeError, JsonKind, Place, Reader};
use wire::value::RawJson;

use crate::error::WebhookError;

/// The `object` of an event with a snapshot.
pub(super) const EVENT: &str = "event";

/// The `object` of a notification.
pub(super) const NOTIFICATION: &str = "v2.core.event";

/// Checks that a body is JSON.
pub(crate) fn parse_body(body: &[u8]) -> Result<RawJson, WebhookError> {
    Ok(wire::codec::decode::<RawJson>(body)?)
}

/// The message in a body, without the envelope of Amazon EventBridge (`detail`) or Azure Event Grid
/// (`specversion`, `data`).
pub(super) fn unwrap_cloud_envelope(body: &[u8]) -> Result<RawJson, WebhookError> {
    let raw = parse_body(body)?;
    let members = Members::parse(&raw)?;
    let known = matches!(
        members.optional::<String>("object").as_deref(),
        Some(EVENT | NOTIFICATION)
    );
    if known {
        return Ok(raw);
    }
    let inside = match members.optional::<RawJson>("detail") {
        Some(detail) => Some(detail),
        None if members.has("specversion") => members.optional("data"),
        None => None,
    };
    Ok(inside
        .filter(|json| json.kind() == JsonKind::Object)
        .unwrap_or(raw))
}

/// The members of a JSON object, not decoded yet.
pub(super) struct Members(Vec<(String, RawJson)>);

impl Members {
    pub(super) fn parse(json: &RawJson) -> Result<Self, DecodeError> {
        let mut members = Vec::new();
        let mut reader = Reader::from_text(json.as_str());
        reader.object(&mut |reader, key| {
            let value = RawJson::checked(reader.raw()?);
            members.push((key.into_owned(), value));
            Ok(())
        })?;
        Ok(Self(members))
    }

    /// The value of a member; of a repeated one the last.
    fn get(&self, name: &str) -> Option<&RawJson> {
        let mut found = self.0.iter().rev().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether the member is missing or null.
    pub(super) fn lacks(&self, name: &str) -> bool {
        self.get(name).is_none_or(RawJson::is_null)
    }

    /// Decodes a member. The error names it if it is missing or does not fit the type.
    pub(super) fn required<T: Place + Default>(
        &self,
        name: &'static str,
    ) -> Result<T, DecodeError> {
        let value = self.get(name).ok_or_else(|| DecodeError::missing(name))?;
        value.decode().map_err(|error| error.in_member(name))
    }

    /// Decodes a member; `None` if it is missing, is null or does not fit the type.
    pub(super) fn optional<T: Place + Default>(&self, name: &str) -> Option<T> {
        let value = self.get(name).filter(|value| !value.is_null())?;
        value.decode().ok()
    }
}
