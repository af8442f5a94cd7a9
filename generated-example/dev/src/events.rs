//! Events that follow from what a request has changed.

use serde_json::{Map, Value, json};

use crate::clock::format_time;
use crate::context::RequestContext;
use crate::errors::ApiProblem;
use crate::json_value::{set_member, text_member};
use crate::rendering::{ExpandPaths, render_object};
use crate::store::{ObjectKey, StoredObject};

/// What events say about the request that caused them.
#[derive(Debug, Default)]
pub(crate) struct EventOrigin {
    pub(crate) request_id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) api_version: Option<String>,
}

/// Types of events that do not begin with the tag of their object: tag and beginning.
const EVENT_SUBJECTS: [(&str, &str); 8] = [
    ("bank_account", "customer.source"),
    ("card", "customer.source"),
    ("discount", "customer.discount"),
    ("fee_refund", "application_fee.refund"),
    ("source", "customer.source"),
    ("subscription", "customer.subscription"),
    ("tax_id", "customer.tax_id"),
    ("dispute", "charge.dispute"),
];

/// States whose event has another name: tag, status, verb of the event.
const EVENT_OF_STATUS: [(&str, &str, &str); 6] = [
    ("checkout.session", "complete", "completed"),
    ("invoice", "open", "finalized"),
    ("invoice", "uncollectible", "marked_uncollectible"),
    ("invoice", "void", "voided"),
    (
        "payment_intent",
        "requires_capture",
        "amount_capturable_updated",
    ),
    ("subscription", "canceled", "deleted"),
];

/// Objects whose events tell of nothing but what behaviours announce.
const ANNOUNCED_ONLY: [&str; 3] = ["event", "singleton", "v2.core.event"];

/// Stores an event for every change that the document has a type for; returns the ids.
pub(crate) fn store_events(
    context: &mut RequestContext<'_>,
    origin: &EventOrigin,
) -> Result<Vec<ObjectKey>, ApiProblem> {
    let mut reports: Vec<(String, ObjectKey, Option<Value>)> = Vec::new();
    for (key, before) in context.store.changes_so_far() {
        if ANNOUNCED_ONLY.contains(&key.0.as_str()) || context.invented.contains(&key.1) {
            continue;
        }
        reports.extend(events_of_change(context, &key, before.as_ref()));
    }
    for announcement in std::mem::take(&mut context.announcements) {
        let is_reported = reports.iter().any(|(kind, (tag, id), _)| {
            *kind == announcement.kind && *tag == announcement.tag && *id == announcement.id
        });
        if context.document.event_types.contains(&announcement.kind) && !is_reported {
            let key = (announcement.tag, announcement.id);
            reports.push((announcement.kind, key, None));
        }
    }
    let mut stored = Vec::new();
    for (kind, key, previous) in reports {
        let id = match kind.starts_with("v2.") {
            true => store_notification(context, &kind, &key)?,
            false => store_event(context, &kind, &key, previous, origin)?,
        };
        stored.push(id);
    }
    Ok(stored)
}

fn events_of_change(
    context: &RequestContext<'_>,
    key: &ObjectKey,
    before: Option<&StoredObject>,
) -> Vec<(String, ObjectKey, Option<Value>)> {
    let Some(after) = context.store.find_stored(&key.0, &key.1) else {
        return Vec::new();
    };
    let subject = EVENT_SUBJECTS.iter().find(|(tag, _)| *tag == key.0);
    let subject = subject.map_or(key.0.as_str(), |(_, subject)| subject);
    let mut kinds = Vec::new();
    let mut previous = None;
    match before {
        None => kinds.push("created".to_owned()),
        Some(_) if after.is_deleted => kinds.push("deleted".to_owned()),
        Some(before) if before.value != after.value => {
            previous = Some(previous_attributes(&before.value, &after.value));
            kinds.push("updated".to_owned());
        }
        Some(_) => {}
    }
    let status = text_member(&after.value, "status");
    let former = before.map_or("", |before| text_member(&before.value, "status"));
    if status != former && !after.is_deleted {
        let named = EVENT_OF_STATUS
            .iter()
            .find(|(tag, known, _)| *tag == key.0 && *known == status);
        kinds.push(named.map_or(status, |(_, _, verb)| verb).to_owned());
    }
    let document = context.document;
    kinds
        .into_iter()
        .map(|verb| format!("{subject}.{verb}"))
        .filter(|kind| {
            let is_notification = document.notification_types.contains(kind);
            document.event_types.contains(kind) || is_notification
        })
        .map(|kind| {
            let previous = previous.clone().filter(|_| kind.ends_with(".updated"));
            (kind, key.clone(), previous)
        })
        .collect()
}

/// The former values of the members that have changed.
fn previous_attributes(before: &Value, after: &Value) -> Value {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return Value::Null;
    };
    let mut previous = Map::new();
    for (name, value) in after {
        let former = before.get(name).cloned().unwrap_or_default();
        if former == *value {
            continue;
        }
        let is_nested = former.is_object() && value.is_object();
        let former = match is_nested {
            true => previous_attributes(&former, value),
            false => former,
        };
        previous.insert(name.clone(), former);
    }
    Value::Object(previous)
}

fn store_event(
    context: &mut RequestContext<'_>,
    kind: &str,
    key: &ObjectKey,
    previous: Option<Value>,
    origin: &EventOrigin,
) -> Result<ObjectKey, ApiProblem> {
    let object = render_object(context, key, &ExpandPaths::new())?;
    let mut data = json!({ "object": object });
    if let Some(previous) = previous {
        set_member(&mut data, "previous_attributes", previous);
    }
    let version = origin
        .api_version
        .as_ref()
        .unwrap_or(&context.document.version);
    let patch = json!({
        "type": kind,
        "api_version": version,
        "data": data,
        "pending_webhooks": context.store.iterate("webhook_endpoint").count(),
        "request": { "id": origin.request_id, "idempotency_key": origin.idempotency_key },
    });
    let id = context.create_object("event", &json!({}), patch)?;
    Ok(("event".to_owned(), id))
}

fn store_notification(
    context: &mut RequestContext<'_>,
    kind: &str,
    (tag, id): &ObjectKey,
) -> Result<ObjectKey, ApiProblem> {
    let path = context.document.operations.iter().find(|operation| {
        operation.method == "GET"
            && operation.path.ends_with("/{id}")
            && operation.tags == [tag.as_str()]
    });
    let url = path.map(|operation| operation.path.replace("{id}", id));
    let patch = json!({
        "type": kind,
        "created": format_time(context.now),
        "related_object": { "id": id, "type": tag, "url": url },
    });
    let id = context.create_object("v2.core.event", &json!({}), patch)?;
    Ok(("v2.core.event".to_owned(), id))
}
