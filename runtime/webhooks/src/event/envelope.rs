//! The envelopes of events, notifications and clouds.
//!
//! In: a body. Out: its members as JSON, split once and decoded one by one, so that an optional
//! member of an unexpected type does not make the others unreadable.

use wire::codec::{DecodeError, JsonKind, Place, Reader};
use wire::value::{RawJson, Timestamp};

use super::{Event, EventNotification};
use crate::verify::{WebhookError, shorten_text};

/// The `object` of an event with a snapshot.
const EVENT: &str = "event";

/// The `object` of a notification.
const NOTIFICATION: &str = "v2.core.event";

/// An event or a notification.
///
/// An endpoint receives one of the two, as was chosen when it was created. An
/// [`Inbox`](crate::Inbox) stores both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Message {
    /// An event with a snapshot of the object.
    Event(Event),
    /// A notification with a reference to the object.
    Notification(EventNotification),
}

impl Message {
    /// Decodes an event or a notification without verifying a signature, as
    /// [`Event::parse_unverified`] does for events.
    ///
    /// # Errors
    /// If the body is neither.
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        Self::from_json(unwrap_cloud_envelope(body)?)
    }

    pub(crate) fn from_json(raw: RawJson) -> Result<Self, WebhookError> {
        let members = Members::parse(&raw)?;
        match members.optional::<String>("object").as_deref() {
            Some(EVENT) => Ok(Self::Event(Event::from_members(&members, raw)?)),
            Some(NOTIFICATION) => Ok(Self::Notification(EventNotification::from_members(
                &members, raw,
            )?)),
            // Notifications may lack it.
            None if members.lacks("object") && members.has("type") && !members.has("data") => Ok(
                Self::Notification(EventNotification::from_members(&members, raw)?),
            ),
            found => Err(WebhookError::NotAnEvent {
                found: found.map(shorten_text),
            }),
        }
    }

    /// The event; otherwise an error that names the function to use instead.
    pub(crate) fn event(&self, instead: &'static str) -> Result<&Event, WebhookError> {
        match self {
            Self::Event(event) => Ok(event),
            Self::Notification(_) => Err(WebhookError::WrongKind {
                found: "a notification (`v2.core.event`)",
                instead,
            }),
        }
    }

    /// The notification; otherwise an error that names the function to use instead.
    pub(crate) fn notification(
        &self,
        instead: &'static str,
    ) -> Result<&EventNotification, WebhookError> {
        match self {
            Self::Notification(notification) => Ok(notification),
            Self::Event(_) => Err(WebhookError::WrongKind {
                found: "an event with a snapshot (`event`)",
                instead,
            }),
        }
    }

    /// The id, which is the same in every delivery.
    pub fn id(&self) -> &str {
        match self {
            Self::Event(event) => event.id(),
            Self::Notification(notification) => notification.id(),
        }
    }

    /// The type.
    pub fn type_(&self) -> &str {
        match self {
            Self::Event(event) => event.type_(),
            Self::Notification(notification) => notification.type_(),
        }
    }

    /// When it happened, to the second.
    pub fn created(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.created(),
            Self::Notification(notification) => notification.created(),
        }
    }

    /// Whether it happened in live mode.
    pub fn livemode(&self) -> Option<bool> {
        match self {
            Self::Event(event) => event.livemode(),
            Self::Notification(notification) => notification.livemode(),
        }
    }

    /// The id of the object that it is about.
    pub fn object_id(&self) -> Option<String> {
        match self {
            Self::Event(event) => event.object_id(),
            Self::Notification(notification) => notification
                .related_object()
                .map(|object| object.id.clone()),
        }
    }

    /// The account or context that it happened in.
    pub fn scope(&self) -> Option<&str> {
        match self {
            Self::Event(event) => event.account().or(event.context()),
            Self::Notification(notification) => notification.context(),
        }
    }

    /// The message as it was received.
    pub fn raw(&self) -> &RawJson {
        match self {
            Self::Event(event) => event.raw(),
            Self::Notification(notification) => notification.raw(),
        }
    }
}

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
    fn lacks(&self, name: &str) -> bool {
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
