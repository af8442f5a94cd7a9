//! Notifications: required members, and members that may be missing or of another type.

use super::EventCause;
use super::{EventNotification, RelatedObject};
use crate::{EventKind, WebhookError};
use wire::value::{RawJson, Timestamp};

const LEAST: &str = r#"{"id":"evt_1","object":"v2.core.event","type":"v2.core.account.updated","created":"2026-01-28T12:30:00.250Z"}"#;

const FULL: &str = r#"{"id": "evt_1", "object": "v2.core.event",
    "type": "v2.core.account[configuration.merchant].updated", "created": "2026-01-28T12:30:00Z",
    "livemode": false, "context": "acct_1",
    "reason": {"type": "request", "request": {"id": "req_1", "idempotency_key": "key_1"}},
    "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"}}"#;

fn parse(body: &str) -> Result<EventNotification, WebhookError> {
    EventNotification::parse_unverified(body.as_bytes())
}

fn with(member: &str) -> EventNotification {
    parse(&LEAST.replacen('{', &format!("{{{member},"), 1)).unwrap()
}

#[test]
fn full_notification_has_everything() {
    let thin = parse(FULL).unwrap();
    assert_eq!(thin.id(), "evt_1");
    assert_eq!(
        thin.type_(),
        "v2.core.account[configuration.merchant].updated"
    );
    assert_eq!(thin.created(), Timestamp(1_769_603_400));
    assert_eq!(
        (thin.livemode(), thin.context()),
        (Some(false), Some("acct_1"))
    );
    assert_eq!(thin.cause().request_id.as_deref(), Some("req_1"));
    assert_eq!(thin.cause().idempotency_key.as_deref(), Some("key_1"));
    let related = thin.related_object().unwrap();
    assert_eq!(
        (&*related.id, &*related.type_),
        ("acct_1", "v2.core.account")
    );
    assert_eq!(related.url, "/v2/core/accounts/acct_1");
    assert_eq!(thin.raw().as_str(), FULL);
    let kind = EventKind::<RawJson>::new("v2.core.account[configuration.merchant].updated");
    assert!(thin.is_kind(kind) && !thin.is_kind(EventKind::<RawJson>::new("other")));
}

#[test]
fn least_notification_is_enough() {
    let thin = parse(LEAST).unwrap();
    // Fractions of a second are truncated.
    assert_eq!(thin.created(), Timestamp(1_769_603_400));
    assert_eq!((thin.livemode(), thin.context()), (None, None));
    assert_eq!(
        (thin.related_object(), thin.cause()),
        (None, &EventCause::default())
    );
}

#[test]
fn created_may_be_seconds() {
    let body = LEAST.replace(r#""2026-01-28T12:30:00.250Z""#, "1769603400");
    assert_eq!(parse(&body).unwrap().created(), Timestamp(1_769_603_400));
}

#[test]
fn missing_and_odd_required_members_are_named() {
    for (from, to, text) in [
        (r#""id":"evt_1","#, "", "missing required field `id`"),
        (r#""created""#, r#""x""#, "missing required field `created`"),
        (r#""evt_1""#, "7", "cannot decode `id`: expected a string"),
        (
            r#""2026-01-28T12:30:00.250Z""#,
            r#""today""#,
            "cannot decode `created`",
        ),
        (
            r#""2026-01-28T12:30:00.250Z""#,
            "[]",
            "cannot decode `created`",
        ),
    ] {
        let error = parse(&LEAST.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn odd_optional_members_cost_nothing_but_themselves() {
    let thin = with(r#""livemode": 1, "context": [], "reason": "x", "related_object": "acct_1""#);
    assert_eq!((thin.livemode(), thin.context()), (None, None));
    assert_eq!(
        (thin.related_object(), thin.cause()),
        (None, &EventCause::default())
    );
}

#[test]
fn related_object_needs_its_id_alone() {
    let related = |json: &str| {
        with(&format!(r#""related_object": {json}"#))
            .related_object()
            .cloned()
    };
    let expected = RelatedObject {
        id: "a".to_owned(),
        ..RelatedObject::default()
    };
    assert_eq!(related(r#"{"id": "a"}"#), Some(expected.clone()));
    assert_eq!(
        related(r#"{"id": "a", "type": 5, "url": null}"#),
        Some(expected)
    );
    assert_eq!(related(r#"{"url": "/v1/x"}"#), None);
    assert_eq!(related("null"), None);
}

#[test]
fn reason_without_a_request_is_no_cause() {
    for reason in [
        "{}",
        r#"{"type": "x"}"#,
        r#"{"request": null}"#,
        r#"{"request": 5}"#,
    ] {
        let thin = with(&format!(r#""reason": {reason}"#));
        assert_eq!(thin.cause(), &EventCause::default(), "{reason}");
    }
}
