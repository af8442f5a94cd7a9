//! A body that is an event or a notification.

use wire::value::{RawJson, Timestamp};

use super::Event;
use super::envelope::{EVENT, Members, NOTIFICATION, unwrap_cloud_envelope};
use super::notification::EventNotification;
use crate::error::{WebhookError, shorten_text};

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

impl EventNotification {
    /// Decodes a notification without verifying a signature, as
    /// [`Event::parse_unverified`](super::Event::parse_unverified) does for events.
    ///
    /// # Errors
    /// If the body is not a notification, or is an event with a snapshot.
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        let message = Message::from_json(unwrap_cloud_envelope(body)?)?;
        message.notification("Event::parse_unverified").cloned()
    }
}
