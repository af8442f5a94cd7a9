//! Events and notifications.
//!
//! In: a body. Out: an [`Event`], which has a snapshot of its object (v1 of the API), or an
//! [`EventNotification`], which has a reference to it (v2). The envelope is decoded immediately and
//! the object on request.

use std::sync::Arc;

use wire::value::{RawJson, Timestamp};

use crate::error::WebhookError;

mod envelope;
#[cfg(test)]
mod envelope_tests;
mod fetch;
mod kind;
#[cfg(test)]
mod kind_tests;
mod message;
mod notification;
#[cfg(test)]
mod notification_tests;
#[cfg(test)]
mod tests;

pub(crate) use envelope::parse_body;
pub use kind::{EventKind, Payload};
pub use message::Message;
pub use notification::{EventNotification, RelatedObject};

use envelope::{Members, unwrap_cloud_envelope};

/// An event with a snapshot of its object.
///
/// The id, the type, the time and the object are required, all other members of the envelope are
/// optional. The text as it was received is kept. Cheap to clone. `Debug` does not show the object,
/// which may contain personal data.
///
/// ```
/// use webhooks::Event;
///
/// let event = Event::parse_unverified(br#"{
///     "id": "evt_1", "object": "event", "type": "customer.created", "created": 1769599800,
///     "data": {"object": {"id": "cus_1", "object": "customer"}}
/// }"#)?;
/// assert_eq!((event.id(), event.type_()), ("evt_1", "customer.created"));
/// assert_eq!(event.object_id().as_deref(), Some("cus_1"));
/// # Ok::<(), webhooks::WebhookError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event(Arc<EventParts>);

#[derive(Debug)]
struct EventParts {
    id: String,
    type_: String,
    created: Timestamp,
    object: RawJson,
    previous: Option<RawJson>,
    api_version: Option<String>,
    livemode: Option<bool>,
    account: Option<String>,
    context: Option<String>,
    pending_webhooks: Option<i64>,
    cause: EventCause,
    raw: RawJson,
}

/// The API request that caused an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCause {
    /// The id of the request; `None` if no request caused it.
    pub request_id: Option<String>,
    /// The idempotency key of the request.
    pub idempotency_key: Option<String>,
}

impl Event {
    /// Decodes an event without verifying a signature: for events that were verified before, were
    /// listed, or were delivered through Amazon EventBridge or Azure Event Grid, whose envelopes
    /// are removed.
    ///
    /// # Errors
    /// If the body is not an event, or is a notification, for which there is
    /// [`EventNotification::parse_unverified`].
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        let message = Message::from_json(unwrap_cloud_envelope(body)?)?;
        message
            .event("EventNotification::parse_unverified")
            .cloned()
    }

    /// Decodes the members of an envelope.
    fn from_members(members: &Members, raw: RawJson) -> Result<Self, WebhookError> {
        let data = members.required::<RawJson>("data")?;
        let inside = Members::parse(&data).map_err(|error| error.in_member("data"))?;
        let object = inside.required("object");
        let object = object.map_err(|error| error.in_member("data"))?;
        Ok(Self(Arc::new(EventParts {
            id: members.required("id")?,
            type_: members.required("type")?,
            created: members.required("created")?,
            object,
            previous: inside.optional("previous_attributes"),
            api_version: members.optional("api_version"),
            livemode: members.optional("livemode"),
            account: members.optional("account"),
            context: members.optional("context"),
            pending_webhooks: members.optional("pending_webhooks"),
            cause: EventCause::from_members(members),
            raw,
        })))
    }

    /// The id, which is the same in every delivery of this event.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The type, such as `customer.created`.
    pub fn type_(&self) -> &str {
        &self.0.type_
    }

    /// When it happened, to the second. Events of one second are not ordered.
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// The API version of the object: that of the endpoint, or else the account's default version.
    pub fn api_version(&self) -> Option<&str> {
        self.0.api_version.as_deref()
    }

    /// Whether it happened in live mode.
    pub fn livemode(&self) -> Option<bool> {
        self.0.livemode
    }

    /// The connected account that it happened in; `None` for the account of the endpoint itself.
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// The context that it happened in.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The number of endpoints that had not acknowledged the event when it was sent.
    pub fn pending_webhooks(&self) -> Option<i64> {
        self.0.pending_webhooks
    }

    /// The request that caused it.
    pub fn cause(&self) -> &EventCause {
        &self.0.cause
    }

    /// The object, to be decoded to the type `T`.
    pub fn payload<T>(&self) -> Payload<'_, T> {
        Payload::new(&self.0.object, self.0.previous.as_ref()).of_event(self.id(), self.type_())
    }

    /// The object, if the event is of this kind.
    pub fn payload_of<T>(&self, kind: EventKind<T>) -> Option<Payload<'_, T>> {
        (kind.name() == self.type_()).then(|| self.payload())
    }

    /// The `id` of the object. Some objects, such as a balance, have none.
    pub fn object_id(&self) -> Option<String> {
        self.0.object.get("id")?.decode().ok()
    }

    /// The event as it was received, without a cloud's envelope.
    pub fn raw(&self) -> &RawJson {
        &self.0.raw
    }
}

impl EventCause {
    /// Decodes `request`, which is an object, and in versions before 2017 the id alone.
    fn from_members(members: &Members) -> Self {
        let Some(request) = members.optional::<RawJson>("request") else {
            return Self::default();
        };
        match Members::parse(&request) {
            Ok(inside) => Self {
                request_id: inside.optional("id"),
                idempotency_key: inside.optional("idempotency_key"),
            },
            Err(_) => Self {
                request_id: request.decode().ok(),
                idempotency_key: None,
            },
        }
    }
}
