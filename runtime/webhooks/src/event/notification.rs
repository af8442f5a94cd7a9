//! Events that name their object without carrying it: the thin events of v2 of the API.

use std::sync::Arc;

use super::envelope::{Members, Message, unwrapped};
use super::error::WebhookError;
use super::event::EventCause;
use super::kind::EventKind;
use wire::value::{DateTime, RawJson, Timestamp};

/// Something that happened, without the object: fetch what you need with
/// [`fetch_event`](Self::fetch_event) and [`fetch_related_object`](Self::fetch_related_object).
///
/// Only the id, the type and the time must be there; the text as it was received is kept. Cheap
/// to clone.
///
/// ```
/// use webhooks::EventNotification;
///
/// let notification = EventNotification::parse_unverified(br#"{
///     "id": "evt_1", "object": "v2.core.event", "type": "v2.core.account.updated",
///     "created": "2026-01-28T12:30:00Z", "livemode": true, "context": "acct_1",
///     "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"}
/// }"#)?;
/// assert_eq!(notification.context(), Some("acct_1"));
/// # Ok::<(), webhooks::WebhookError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventNotification(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    id: String,
    type_: String,
    created: Timestamp,
    livemode: Option<bool>,
    context: Option<String>,
    related: Option<RelatedObject>,
    cause: EventCause,
    raw: RawJson,
}

/// The object that a notification is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedObject {
    /// Its id.
    pub id: String,
    /// What it is, as in its `object`.
    pub type_: String,
    /// The path that it is fetched from.
    pub url: String,
}

impl EventNotification {
    /// Decodes a notification without asking who sent it, as
    /// [`Event::parse_unverified`](super::Event::parse_unverified) does for events.
    ///
    /// # Errors
    /// If the text is no notification, or is an event with a snapshot.
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        let message = Message::read(unwrapped(body)?)?;
        message.notification("Event::parse_unverified").cloned()
    }

    pub(super) fn read(members: &Members, raw: RawJson) -> Result<Self, WebhookError> {
        let created = members.required::<RawJson>("created")?;
        let related = members.optional::<RawJson>("related_object");
        let reason = members.optional::<RawJson>("reason");
        Ok(Self(Arc::new(Parts {
            id: members.required("id")?,
            type_: members.required("type")?,
            created: moment(&created)?,
            livemode: members.optional("livemode"),
            context: members.optional("context"),
            related: related.as_ref().and_then(RelatedObject::read),
            cause: reason.as_ref().map(cause).unwrap_or_default(),
            raw,
        })))
    }

    /// The id: the same in every delivery of this notification.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// What happened, as in `v2.core.account.updated`.
    pub fn type_(&self) -> &str {
        &self.0.type_
    }

    /// When it happened, to the second.
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// Whether it happened in live mode; `None` if the notification does not say so.
    pub fn livemode(&self) -> Option<bool> {
        self.0.livemode
    }

    /// The context that it happened in: a connected account, for instance.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The object that it is about; some events are about none.
    pub fn related_object(&self) -> Option<&RelatedObject> {
        self.0.related.as_ref()
    }

    /// The request that made it happen.
    pub fn cause(&self) -> &EventCause {
        &self.0.cause
    }

    /// Whether this is a notification of that kind.
    pub fn is<T>(&self, kind: EventKind<T>) -> bool {
        kind.name() == self.type_()
    }

    /// The notification as it was received, without any envelope around it.
    pub fn raw(&self) -> &RawJson {
        &self.0.raw
    }
}

impl RelatedObject {
    fn read(json: &RawJson) -> Option<Self> {
        let members = Members::of(json).ok()?;
        Some(Self {
            id: members.optional("id")?,
            type_: members.optional("type").unwrap_or_default(),
            url: members.optional("url").unwrap_or_default(),
        })
    }
}

/// RFC 3339, or seconds, as clouds may write it.
fn moment(json: &RawJson) -> Result<Timestamp, WebhookError> {
    if let Ok(text) = json.decode::<DateTime>() {
        if let Ok(moment) = text.timestamp() {
            return Ok(moment);
        }
    }
    let seconds = json.decode::<Timestamp>();
    Ok(seconds.map_err(|error| error.in_member("created"))?)
}

fn cause(reason: &RawJson) -> EventCause {
    let request = Members::of(reason)
        .ok()
        .and_then(|inside| inside.optional("request"));
    let request = request.as_ref().and_then(|json| Members::of(json).ok());
    request.map_or_else(EventCause::default, |inside| EventCause {
        request_id: inside.optional("id"),
        idempotency_key: inside.optional("idempotency_key"),
    })
}

#[cfg(test)]
mod tests;
