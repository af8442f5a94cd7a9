//! Events that carry a snapshot of their object: those of v1 of the API.

use std::sync::Arc;

use super::envelope::{Members, Message, unwrapped};
use super::error::WebhookError;
use super::kind::{EventKind, Payload};
use wire::value::{RawJson, Timestamp};

/// Something that happened, with the object as it was then.
///
/// Only the id, the type, the time and the object must be there; all else that the envelope may
/// lack is optional, and the text as it was received is kept. Cheap to clone. `Debug` shows
/// nothing of the object, which may hold personal data.
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
pub struct Event(Arc<Parts>);

#[derive(Debug)]
struct Parts {
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

/// The request that made an event happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCause {
    /// The id of the request; `None` if the API did it by itself.
    pub request_id: Option<String>,
    /// The idempotency key of the request.
    pub idempotency_key: Option<String>,
}

impl Event {
    /// Decodes an event without asking who sent it: for events that were verified before, come
    /// from the API by other ways, or are delivered through Amazon EventBridge or Azure Event
    /// Grid, whose envelopes are taken off.
    ///
    /// # Errors
    /// If the text is no event, or is a notification, which
    /// [`EventNotification::parse_unverified`](super::EventNotification::parse_unverified) takes.
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        let message = Message::read(unwrapped(body)?)?;
        message
            .event("EventNotification::parse_unverified")
            .cloned()
    }

    /// Reads the members of an envelope.
    pub(super) fn read(members: &Members, raw: RawJson) -> Result<Self, WebhookError> {
        let data = members.required::<RawJson>("data")?;
        let inside = Members::of(&data).map_err(|error| error.in_member("data"))?;
        let object = inside.required("object");
        let object = object.map_err(|error| error.in_member("data"))?;
        Ok(Self(Arc::new(Parts {
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
            cause: EventCause::read(members),
            raw,
        })))
    }

    /// The id: the same in every delivery of this event.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// What happened, as in `customer.created`.
    pub fn type_(&self) -> &str {
        &self.0.type_
    }

    /// When it happened. Events of one second have no order.
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// The API version that the object was written in: that of the endpoint when it was created,
    /// or else the account's. `None` if the event states none.
    pub fn api_version(&self) -> Option<&str> {
        self.0.api_version.as_deref()
    }

    /// Whether it happened in live mode; `None` if the event does not say so.
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

    /// How many endpoints had not answered yet when the event was written.
    pub fn pending_webhooks(&self) -> Option<i64> {
        self.0.pending_webhooks
    }

    /// The request that made it happen.
    pub fn cause(&self) -> &EventCause {
        &self.0.cause
    }

    /// The object, to be decoded to a type of the caller's choice.
    pub fn payload<T>(&self) -> Payload<'_, T> {
        Payload::new(&self.0.object, self.0.previous.as_ref())
    }

    /// The object if the event is of that kind.
    pub fn payload_of<T>(&self, kind: EventKind<T>) -> Option<Payload<'_, T>> {
        (kind.name() == self.type_()).then(|| self.payload())
    }

    /// The `id` of the object. Some objects, such as a balance, have none.
    pub fn object_id(&self) -> Option<String> {
        self.0.object.get("id")?.decode().ok()
    }

    /// The event as it was received, without any envelope around it.
    pub fn raw(&self) -> &RawJson {
        &self.0.raw
    }
}

impl EventCause {
    /// Since 2017 an object; before, the id alone.
    fn read(members: &Members) -> Self {
        let Some(request) = members.optional::<RawJson>("request") else {
            return Self::default();
        };
        match Members::of(&request) {
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

#[cfg(test)]
mod tests;
