//! Events without their objects: the thin events of v2 of the API.

use std::sync::Arc;

use wire::value::{DateTime, RawJson, Timestamp};

use super::envelope::Members;
use super::{EventCause, EventKind};
use crate::error::WebhookError;

/// An event without its object, which [`fetch_event`](Self::fetch_event) and
/// [`fetch_related_object`](Self::fetch_related_object) fetch.
///
/// The id, the type and the time are required. The text as it was received is kept. Cheap to clone.
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
pub struct EventNotification(Arc<NotificationParts>);

#[derive(Debug)]
struct NotificationParts {
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
    /// Its type, as in its `object`.
    pub type_: String,
    /// The path of the API for fetching it.
    pub url: String,
}

impl EventNotification {
    pub(super) fn from_members(members: &Members, raw: RawJson) -> Result<Self, WebhookError> {
        let created = members.required::<RawJson>("created")?;
        let related = members.optional::<RawJson>("related_object");
        let reason = members.optional::<RawJson>("reason");
        Ok(Self(Arc::new(NotificationParts {
            id: members.required("id")?,
            type_: members.required("type")?,
            created: decode_time(&created)?,
            livemode: members.optional("livemode"),
            context: members.optional("context"),
            related: related.as_ref().and_then(RelatedObject::from_json),
            cause: reason.as_ref().map(cause_of_reason).unwrap_or_default(),
            raw,
        })))
    }

    /// The id, which is the same in every delivery of this notification.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The type, such as `v2.core.account.updated`.
    pub fn type_(&self) -> &str {
        &self.0.type_
    }

    /// When it happened, to the second.
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// Whether it happened in live mode.
    pub fn livemode(&self) -> Option<bool> {
        self.0.livemode
    }

    /// The context that it happened in, such as a connected account.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The object that it is about, if it is about one.
    pub fn related_object(&self) -> Option<&RelatedObject> {
        self.0.related.as_ref()
    }

    /// The request that caused it.
    pub fn cause(&self) -> &EventCause {
        &self.0.cause
    }

    /// Whether this is a notification of this kind.
    pub fn is_kind<T>(&self, kind: EventKind<T>) -> bool {
        kind.name() == self.type_()
    }

    /// The notification as it was received, without a cloud's envelope.
    pub fn raw(&self) -> &RawJson {
        &self.0.raw
    }
}

impl RelatedObject {
    fn from_json(json: &RawJson) -> Option<Self> {
        let members = Members::parse(json).ok()?;
        Some(Self {
            id: members.optional("id")?,
            type_: members.optional("type").unwrap_or_default(),
            url: members.optional("url").unwrap_or_default(),
        })
    }
}

/// Decodes a time in RFC 3339, or in seconds, as some clouds write it.
fn decode_time(json: &RawJson) -> Result<Timestamp, WebhookError> {
    if let Ok(text) = json.decode::<DateTime>() {
        if let Ok(time) = text.timestamp() {
            return Ok(time);
        }
    }
    let seconds = json.decode::<Timestamp>();
    Ok(seconds.map_err(|error| error.in_member("created"))?)
}

fn cause_of_reason(reason: &RawJson) -> EventCause {
    let request = Members::parse(reason)
        .ok()
        .and_then(|inside| inside.optional("request"));
    let request = request.as_ref().and_then(|json| Members::parse(json).ok());
    request.map_or_else(EventCause::default, |inside| EventCause {
        request_id: inside.optional("id"),
        idempotency_key: inside.optional("idempotency_key"),
    })
}
