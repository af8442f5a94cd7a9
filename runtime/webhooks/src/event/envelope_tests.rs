//! The kinds of bodies, the envelopes of clouds, and invalid bodies.

use super::Message;
use crate::{Event, EventNotification, WebhookError};
use wire::value::Timestamp;

const EVENT: &str = r#"{"id": "evt_1", "object": "event", "type": "customer.created",
    "created": 1769599800, "data": {"object": {"id": "cus_1"}}}"#;
const THIN: &str = r#"{"id": "evt_2", "object": "v2.core.event", "type": "v2.core.account.updated",
    "created": "2026-01-28T12:30:00Z", "context": "acct_1", "livemode": true,
    "related_object": {"id": "acct_2", "type": "v2.core.account", "url": "/v2/core/accounts/acct_2"}}"#;

fn parse(body: impl AsRef<[u8]>) -> Result<Message, WebhookError> {
    Message::parse_unverified(body.as_ref())
}

/// The kind and id, or the error's text.
fn outcome(body: impl AsRef<[u8]>) -> String {
    match parse(body) {
        Ok(Message::Event(event)) => format!("event {}", event.id()),
        Ok(Message::Notification(thin)) => format!("notification {}", thin.id()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn kind_follows_from_the_object() {
    assert_eq!(outcome(EVENT), "event evt_1");
    assert_eq!(outcome(THIN), "notification evt_2");
}

#[test]
fn message_tells_what_both_kinds_have() {
    let event =
        parse(EVENT.replacen('{', r#"{"account": "acct_3", "livemode": false,"#, 1)).unwrap();
    assert_eq!((event.id(), event.type_()), ("evt_1", "customer.created"));
    assert_eq!(event.created(), Timestamp(1_769_599_800));
    assert_eq!(event.livemode(), Some(false));
    assert_eq!(event.object_id().as_deref(), Some("cus_1"));
    assert_eq!(event.scope(), Some("acct_3"));

    let thin = parse(THIN).unwrap();
    assert_eq!(
        (thin.id(), thin.type_()),
        ("evt_2", "v2.core.account.updated")
    );
    assert_eq!(thin.created(), Timestamp(1_769_603_400));
    assert_eq!(thin.livemode(), Some(true));
    assert_eq!(thin.object_id().as_deref(), Some("acct_2"));
    assert_eq!(thin.scope(), Some("acct_1"));
    assert_eq!(thin.raw().as_str(), THIN);
}

#[test]
fn notification_may_lack_its_object() {
    for object in ["", r#""object": null,"#] {
        let body = THIN.replace(r#""object": "v2.core.event","#, object);
        assert_eq!(outcome(&body), "notification evt_2");
    }
    // An event may not: all objects have an id and a type.
    let body = EVENT.replace(r#""object": "event","#, "");
    assert_eq!(
        outcome(body),
        "the body is not an event: its member `object` is missing or no text"
    );
}

#[test]
fn other_objects_are_named() {
    assert_eq!(
        outcome(r#"{"object": "customer", "type": "x", "id": "cus_1"}"#),
        "the body is not an event but `customer`"
    );
    assert_eq!(
        outcome(r#"{"object": "a\n`b", "type": "x"}"#),
        "the body is not an event but `a\\n`b`"
    );
    for odd in ["5", "{}", "true", "[\"event\"]"] {
        let body = THIN.replace(r#""v2.core.event""#, odd);
        assert_eq!(
            outcome(body),
            "the body is not an event: its member `object` is missing or no text"
        );
    }
    assert_eq!(
        outcome("{}"),
        "the body is not an event: its member `object` is missing or no text"
    );
    let long = outcome(format!(r#"{{"object": "{}"}}"#, "é".repeat(1_000)));
    assert_eq!(
        long,
        format!("the body is not an event but `{}…`", "é".repeat(64))
    );
}

#[test]
fn what_is_no_json_object_is_an_error_with_its_place() {
    for (body, text) in [
        (
            &b""[..],
            "the body is not an event: cannot decode the value: the text ends inside a value (at byte 0)",
        ),
        (
            b"{\"a\": 1",
            "the body is not an event: cannot decode the value: the text ends inside a value (at byte 7)",
        ),
        (
            b"[]",
            "the body is not an event: cannot decode the value: expected an object, found an array (at byte 0)",
        ),
        (
            b"{} {}",
            "the body is not an event: cannot decode the value: text follows the value (at byte 3)",
        ),
        (
            b"{\"a\": \"\xff\"}",
            "the body is not an event: cannot decode the value: the text is not UTF-8 (at byte 7)",
        ),
        (
            b"id=evt_1&object=event",
            "the body is not an event: cannot decode the value: expected a value (at byte 0)",
        ),
    ] {
        assert_eq!(outcome(body), text);
    }
}

#[test]
fn members_that_do_not_fit_are_named_with_the_reason() {
    for (from, to, text) in [
        (
            r#""created": 1769599800"#,
            r#""created": "1""#,
            "the body is not an event: cannot decode `created`: expected an integer, found a string",
        ),
        (
            r#""created": 1769599800"#,
            r#""created": null"#,
            "the body is not an event: cannot decode `created`: expected an integer, found null",
        ),
        (
            r#""id": "evt_1""#,
            r#""id": 7"#,
            "the body is not an event: cannot decode `id`: expected a string, found a number",
        ),
        (
            r#"{"object": {"id": "cus_1"}}"#,
            "null",
            "the body is not an event: cannot decode `data`: expected an object, found null",
        ),
        (
            r#"{"object": {"id": "cus_1"}}"#,
            "{}",
            "the body is not an event: cannot decode `data`: missing required field `object`",
        ),
    ] {
        assert!(EVENT.contains(from), "{from}");
        assert_eq!(outcome(EVENT.replace(from, to)), text);
    }
}

#[test]
fn texts_with_half_a_surrogate_pair_are_events() {
    let body = EVENT.replace(r#""cus_1""#, r#""cus_\ud83d""#);
    let event = Event::parse_unverified(body.as_bytes()).unwrap();
    assert_eq!(event.raw().as_str(), body);
    assert_eq!(event.object_id().as_deref(), Some("cus_\u{fffd}"));
}

#[test]
fn nesting_is_limited() {
    let body = |levels: usize| {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        EVENT.replace(r#"{"id": "cus_1"}"#, &format!(r#"{{"id": {deep}}}"#))
    };
    assert_eq!(outcome(body(125)), "event evt_1");
    assert!(outcome(body(126)).contains("nested too deep"));
    assert!(outcome(body(1_000_000)).contains("nested too deep"));
}

#[test]
fn last_of_repeated_members_counts() {
    let body = EVENT.replacen('{', r#"{"id": "evt_0", "object": 5, "data": [],"#, 1);
    assert_eq!(outcome(&body), "event evt_1");
    let body = EVENT.replace(
        r#"{"id": "cus_1"}"#,
        r#"{"id": "cus_1", "i\u0064": "cus_2"}"#,
    );
    assert_eq!(parse(body).unwrap().object_id().as_deref(), Some("cus_2"));
    let body = EVENT.replacen('{', r#"{"object": "v2.core.event","#, 1);
    assert_eq!(outcome(body), "event evt_1");
}

#[test]
fn eventbridge_is_taken_off() {
    let wrap = |inside: &str| {
        format!(
            r#"{{"version": "0", "id": "c897b3b4", "detail-type": "customer.created",
            "source": "aws.partner/stripe.com/ed_1", "account": "123", "time": "2026-01-28T12:30:00Z",
            "region": "us-east-1", "resources": [], "detail": {inside}}}"#
        )
    };
    assert_eq!(outcome(wrap(EVENT)), "event evt_1");
    assert_eq!(outcome(wrap(THIN)), "notification evt_2");
    assert_eq!(parse(wrap(EVENT)).unwrap().raw().as_str(), EVENT);
    assert_eq!(
        outcome(wrap("null")),
        "the body is not an event: its member `object` is missing or no text"
    );
    assert_eq!(
        outcome(wrap(r#""text""#)),
        "the body is not an event: its member `object` is missing or no text"
    );
    assert_eq!(
        outcome(wrap(r#"{"object": "tag"}"#)),
        "the body is not an event but `tag`"
    );
    // One envelope is removed, not two.
    assert_eq!(
        outcome(wrap(&wrap(EVENT))),
        "the body is not an event: its member `object` is missing or no text"
    );
}

#[test]
fn event_grid_is_taken_off() {
    let wrap = |inside: &str| {
        format!(
            r#"{{"specversion": "1.0", "type": "customer.created", "source": "ed_1",
            "id": "c897b3b4", "time": "2026-01-28T12:30:00Z", "data": {inside}}}"#
        )
    };
    assert_eq!(outcome(wrap(EVENT)), "event evt_1");
    assert_eq!(outcome(wrap(THIN)), "notification evt_2");
    assert_eq!(
        outcome(wrap("[]")),
        "the body is not an event: its member `object` is missing or no text"
    );
    // `data` alone is no envelope.
    assert_eq!(
        outcome(format!(r#"{{"data": {EVENT}}}"#)),
        "the body is not an event: its member `object` is missing or no text"
    );
}

#[test]
fn envelope_members_of_an_event_are_no_envelope() {
    let body = EVENT.replacen(
        '{',
        &format!(r#"{{"detail": {THIN}, "specversion": "1","#),
        1,
    );
    assert_eq!(outcome(body), "event evt_1");
}

#[test]
fn wrong_kind_names_the_function_for_it() {
    let thin = Event::parse_unverified(THIN.as_bytes()).unwrap_err();
    assert_eq!(
        thin.to_string(),
        "the body is a notification (`v2.core.event`): use `EventNotification::parse_unverified`"
    );
    let event = EventNotification::parse_unverified(EVENT.as_bytes()).unwrap_err();
    assert_eq!(
        event.to_string(),
        "the body is an event with a snapshot (`event`): use `Event::parse_unverified`"
    );
}
