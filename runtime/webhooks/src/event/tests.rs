//! Envelopes of events: required members, members that may be missing or of another type, and
//! `Debug`.

use super::{Event, EventCause};
use crate::{EventKind, WebhookError};
use wire::value::{RawJson, Timestamp};

const CREATED: EventKind<RawJson> = EventKind::new("customer.created");
const DELETED: EventKind<RawJson> = EventKind::new("customer.deleted");

const LEAST: &str = r#"{"id":"evt_1","object":"event","type":"customer.created","created":1769599800,"data":{"object":{"id":"cus_1","email":"jenny@example.com"}}}"#;

const FULL: &str = r#"{
  "id": "evt_1",
  "object": "event",
  "account": "acct_1",
  "api_version": "2026-01-28.clover",
  "context": "acct_1/acct_2",
  "created": 1769599800,
  "data": {
    "object": {"id": "cus_1", "object": "customer", "name": "Jenny"},
    "previous_attributes": {"name": null}
  },
  "livemode": true,
  "pending_webhooks": 2,
  "request": {"id": "req_1", "idempotency_key": "key_1"},
  "type": "customer.updated"
}"#;

fn parse(body: &str) -> Result<Event, WebhookError> {
    Event::parse_unverified(body.as_bytes())
}

#[test]
fn full_event_has_everything() {
    let event = parse(FULL).unwrap();
    assert_eq!((event.id(), event.type_()), ("evt_1", "customer.updated"));
    assert_eq!(event.created(), Timestamp(1_769_599_800));
    assert_eq!(event.account(), Some("acct_1"));
    assert_eq!(event.context(), Some("acct_1/acct_2"));
    assert_eq!(event.api_version(), Some("2026-01-28.clover"));
    assert_eq!(event.livemode(), Some(true));
    assert_eq!(event.pending_webhooks(), Some(2));
    assert_eq!(event.cause().request_id.as_deref(), Some("req_1"));
    assert_eq!(event.cause().idempotency_key.as_deref(), Some("key_1"));
    assert_eq!(event.object_id().as_deref(), Some("cus_1"));
    assert_eq!(event.raw().as_str(), FULL);
    let payload = event.payload::<RawJson>();
    assert_eq!(
        payload.previous::<Option<String>>("name").unwrap(),
        Some(None)
    );
}

#[test]
fn least_event_is_enough() {
    let event = parse(LEAST).unwrap();
    assert_eq!((event.account(), event.context()), (None, None));
    assert_eq!((event.api_version(), event.livemode()), (None, None));
    assert_eq!(event.pending_webhooks(), None);
    assert_eq!(event.cause(), &EventCause::default());
    assert!(event.payload::<RawJson>().previous_attributes().is_none());
}

#[test]
fn missing_members_are_named() {
    for (member, path) in [
        (r#""id":"evt_1","#, "missing required field `id`"),
        (
            r#""type":"customer.created","#,
            "missing required field `type`",
        ),
        (
            r#""created":1769599800,"#,
            "missing required field `created`",
        ),
        (
            r#","data":{"object":{"id":"cus_1","email":"jenny@example.com"}}"#,
            "missing required field `data`",
        ),
        (
            r#""object":{"id":"cus_1","email":"jenny@example.com"}"#,
            "cannot decode `data`: missing required field `object`",
        ),
    ] {
        let error = parse(&LEAST.replacen(member, "", 1)).unwrap_err();
        assert!(matches!(error, WebhookError::Payload(_)));
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[test]
fn required_members_of_another_type_are_named() {
    let data = r#"{"object":{"id":"cus_1","email":"jenny@example.com"}}"#;
    for (from, to, path) in [
        (r#""evt_1""#, "1", "cannot decode `id`: expected a string"),
        (
            r#""evt_1""#,
            "null",
            "cannot decode `id`: expected a string",
        ),
        (
            "1769599800",
            r#""today""#,
            "cannot decode `created`: expected an integer",
        ),
        ("1769599800", "1e300", "cannot decode `created`"),
        (data, "5", "cannot decode `data`: expected an object"),
        (data, "null", "cannot decode `data`: expected an object"),
    ] {
        let error = parse(&LEAST.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[test]
fn odd_optional_members_cost_nothing_but_themselves() {
    let odd = r#"{"account": 5, "context": {}, "api_version": [], "livemode": "yes",
        "pending_webhooks": 1.5, "request": [1], "unheard_of": {"a": [null]},"#;
    let event = parse(&LEAST.replacen('{', odd, 1)).unwrap();
    assert_eq!(event.id(), "evt_1");
    assert_eq!((event.account(), event.context()), (None, None));
    assert_eq!((event.api_version(), event.livemode()), (None, None));
    assert_eq!(event.pending_webhooks(), None);
    assert_eq!(event.cause(), &EventCause::default());
}

#[test]
fn null_members_are_absent() {
    let nulls = r#"{"account": null, "context": null, "api_version": null, "livemode": null,
        "pending_webhooks": null, "request": null,"#;
    let event = parse(&LEAST.replacen('{', nulls, 1)).unwrap();
    assert_eq!((event.account(), event.livemode()), (None, None));
    assert_eq!(event.cause(), &EventCause::default());
}

#[test]
fn request_may_be_its_id_alone() {
    let event = parse(&LEAST.replacen('{', r#"{"request": "req_9","#, 1)).unwrap();
    assert_eq!(event.cause().request_id.as_deref(), Some("req_9"));
    assert_eq!(event.cause().idempotency_key, None);
    let event = parse(&LEAST.replacen(
        '{',
        r#"{"request": {"id": null, "idempotency_key": "k"},"#,
        1,
    ));
    let cause = event.unwrap().cause().clone();
    assert_eq!(
        (cause.request_id, cause.idempotency_key.as_deref()),
        (None, Some("k"))
    );
}

#[test]
fn object_may_be_anything() {
    for (object, id) in [
        (r#"{"object": "balance"}"#, None),
        (r#"{"id": 5}"#, None),
        (r#"{"id": null}"#, None),
        ("[1]", None),
        ("null", None),
        (r#""text""#, None),
        (r#"{"id": "a", "id": "b"}"#, Some("b")),
    ] {
        let body = LEAST.replace(r#"{"id":"cus_1","email":"jenny@example.com"}"#, object);
        let event = parse(&body).unwrap();
        assert_eq!(event.object_id().as_deref(), id, "{object}");
        assert_eq!(event.payload::<RawJson>().raw().as_str(), object);
    }
}

#[test]
fn events_of_a_test_server_are_taken() {
    // As localstripe writes them: indented, keys sorted, no mode and no count of endpoints.
    let body = r#"{
  "api_version": "2017-08-15",
  "created": 1769599800,
  "data": {
    "object": {
      "id": "cus_1",
      "name": "J\u00e9nny"
    }
  },
  "id": "evt_1",
  "object": "event",
  "type": "customer.created"
}"#;
    let event = parse(body).unwrap();
    assert_eq!(event.api_version(), Some("2017-08-15"));
    assert_eq!((event.livemode(), event.pending_webhooks()), (None, None));
    let object = event.payload::<RawJson>().object().unwrap();
    assert_eq!(
        object.get("name").unwrap().decode::<String>().unwrap(),
        "Jénny"
    );
}

#[test]
fn kind_is_compared_by_its_name() {
    let event = parse(LEAST).unwrap();
    assert!(event.payload_of(CREATED).is_some());
    assert!(event.payload_of(DELETED).is_none());
}

#[test]
fn white_space_around_the_body_is_not_kept() {
    let event = parse(&format!("\n {LEAST}\r\n")).unwrap();
    assert_eq!(event.raw().as_str(), LEAST);
}

#[test]
fn debug_shows_nothing_of_the_object() {
    let event = parse(LEAST).unwrap();
    let shown = format!("{event:?} {:?}", event.payload::<RawJson>());
    assert!(
        !shown.contains("jenny") && !shown.contains("cus_1"),
        "{shown}"
    );
}
