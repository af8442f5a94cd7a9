//! Events of the generated crate: every type of the document has a constant and a variant with the
//! type of its object. The expected types are determined independently here, from the document
//! alone.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use exerciser::{EVENTS, EventExercise};
use runtime::codec::{DecodePolicy, encode_form, encode_json};
use serde_json::{Value, json};
use stripe::webhooks::{
    EVENT_TYPES, Event, EventData, EventExt, EventNotification, kinds, notification_kinds,
    pinned_endpoint,
};
use tests::schema_server::{Mode, Service};

fn path() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("a parent").join("specs/stripe.yaml")
}

fn document() -> Value {
    let text = fs::read_to_string(path()).expect("the committed document");
    serde_yaml::from_str(&text).expect("YAML")
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// The types that an endpoint can be created for, except the one that stands for all of them.
fn types(document: &Value) -> Vec<&str> {
    let way = "/paths/~1v1~1webhook_endpoints/post/requestBody/content\
               /application~1x-www-form-urlencoded/schema/properties/enabled_events/items/enum";
    let mut types = texts(document.pointer(way).expect("the enum of types"));
    types.retain(|name| *name != "*");
    types
}

/// The values of `object` that single components have.
fn tags(document: &Value) -> BTreeSet<&str> {
    let components = document.pointer("/components/schemas");
    let components = components.and_then(Value::as_object).expect("components");
    let tags = components.values().filter_map(|schema| {
        match texts(schema.pointer("/properties/object/enum")?).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    });
    tags.collect()
}

/// Exceptions from the rules.
fn exception(name: &str) -> Option<Vec<&'static str>> {
    let (subject, _) = name.rsplit_once('.')?;
    match (name, subject) {
        (_, "account.external_account") => Some(vec!["bank_account", "card"]),
        (_, "customer.source") => Some(vec!["account", "bank_account", "card", "source"]),
        ("application_fee.refund.updated", _) => Some(vec!["fee_refund"]),
        ("source.mandate_notification", _) => Some(vec!["source_mandate_notification"]),
        (_, "source.transaction") => Some(vec!["source_transaction"]),
        ("billing.alert.triggered" | "entitlements.active_entitlement_summary.updated", _) => {
            Some(Vec::new())
        }
        (_, "reserve.hold" | "reserve.release") => Some(Vec::new()),
        _ => None,
    }
}

/// The tag that a name implies: of its object as it is or with a dot for an underscore, after its
/// parents; or else the longest prefix that is a tag.
fn reported(name: &str, tags: &BTreeSet<&str>) -> Option<String> {
    let (subject, _) = name.rsplit_once('.')?;
    let parts: Vec<&str> = subject.split('.').collect();
    let ends = (0..parts.len()).map(|skip| parts[skip..].join("."));
    for end in ends {
        let dots = end.match_indices('_');
        let dotted = dots.map(|(at, _)| format!("{}.{}", &end[..at], &end[at + 1..]));
        let mut all = std::iter::once(end.clone()).chain(dotted);
        if let Some(tag) = all.find(|tag| tags.contains(tag.as_str())) {
            return Some(tag);
        }
    }
    let beginnings = (1..=parts.len())
        .rev()
        .map(|count| parts[..count].join("."));
    let mut beginnings = beginnings.filter(|tag| tags.contains(tag.as_str()));
    beginnings.next()
}

/// `invoice.payment_failed` is `InvoicePaymentFailed`.
fn variant_name(name: &str) -> String {
    let words = name.split(['.', '_']);
    let capitalised = words.map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    capitalised.collect()
}

fn body(name: &str, object: &Value) -> Vec<u8> {
    let event = json!({
        "id": "evt_1", "object": "event", "type": name, "created": 1_769_599_800,
        "livemode": false, "pending_webhooks": 0,
        "data": {"object": object, "previous_attributes": {"livemode": true}},
    });
    serde_json::to_vec(&event).expect("a value of JSON")
}

fn event(name: &str, object: &Value) -> Event {
    Event::parse_unverified(&body(name, object)).expect("an event")
}

/// The name of the variant in `Debug`.
fn shown(data: EventData<'_>) -> String {
    let text = format!("{data:?}");
    let (name, _) = text.split_once('(').expect("a payload");
    name.to_owned()
}

#[test]
fn every_type_of_the_document_is_in_the_table_with_the_objects_that_its_name_tells() {
    let document = document();
    let (types, tags) = (types(&document), tags(&document));
    assert_eq!(types.len(), 254);
    let listed: Vec<&str> = EVENT_TYPES.iter().map(|event| event.name).collect();
    assert_eq!(listed, types);
    for event in EVENT_TYPES {
        let expected = exception(event.name).map(|tags| tags.join(" "));
        let expected = expected.or_else(|| reported(event.name, &tags));
        assert_eq!(
            Some(event.objects.join(" ")),
            expected,
            "{} carries something else",
            event.name
        );
    }
}

/// An object for each tag, with required members only.
fn samples() -> BTreeMap<&'static str, Value> {
    let service = Service::load(path(), Mode::Minimal).expect("the committed document");
    let tags = EVENT_TYPES.iter().flat_map(|event| event.objects);
    let sample = |tag: &&'static str| {
        let object = service.sample(tag, Mode::Minimal);
        (*tag, object.expect("a component is called by its tag"))
    };
    tags.map(sample).collect()
}

fn exercise(name: &str) -> &'static EventExercise {
    let found = EVENTS.iter().find(|exercise| exercise.name == name);
    found.expect("every type is exercised")
}

#[test]
fn every_type_finds_its_variant_and_constant_and_decodes_each_of_its_objects() {
    let samples = samples();
    let mut decoded = 0;
    for listed in EVENT_TYPES {
        let exercise = exercise(listed.name);
        let objects: Vec<Value> = match listed.objects {
            [] => vec![json!({"object": "anything", "id": "x"})],
            tags => tags.iter().map(|tag| samples[tag].clone()).collect(),
        };
        for object in objects {
            let event = event(listed.name, &object);
            assert_eq!(shown(event.data()), variant_name(listed.name));
            for recoded in [
                (exercise.by_variant)(event.data()),
                (exercise.by_constant)(&event),
            ] {
                let recoded = recoded.expect("the event is of this type");
                let (text, _) = recoded.unwrap_or_else(|error| panic!("{}: {error}", listed.name));
                let back: Value = serde_json::from_str(&text).expect(&text);
                // A type writes its own tag, independent of the one that was read.
                assert_eq!(back["object"], object["object"], "{}", listed.name);
                decoded += 1;
            }
        }
    }
    assert_eq!(decoded, 2 * (254 + 3 + 4 * 3));
}

#[test]
fn events_that_an_operation_lists_find_the_same_variants() {
    for listed in EVENT_TYPES {
        let object = json!({"object": "anything"});
        let body = body(listed.name, &object);
        let event: stripe::resources::Event = runtime::codec::decode(&body).expect("an event");
        assert_eq!(shown(event.data()), variant_name(listed.name));
    }
    let body = body("invoice.paid", &json!({"id": "in_1", "object": "invoice"}));
    let event: stripe::resources::Event = runtime::codec::decode(&body).expect("an event");
    let EventData::InvoicePaid(invoice) = event.data() else {
        panic!("{:?}", event.data());
    };
    assert_eq!(
        invoice.raw().as_str(),
        r#"{"id":"in_1","object":"invoice"}"#
    );
    assert_eq!(invoice.previous::<bool>("livemode").ok(), Some(Some(true)));
}

#[test]
fn event_of_a_type_that_the_document_does_not_list_keeps_its_object() {
    let event = event("order.created", &json!({"id": "or_1"}));
    let EventData::Unknown(order) = event.data() else {
        panic!("{:?}", event.data());
    };
    assert_eq!(order.raw().as_str(), r#"{"id":"or_1"}"#);
    let taken = EVENTS.iter().find(|exercise| {
        (exercise.by_variant)(event.data()).is_some() || (exercise.by_constant)(&event).is_some()
    });
    assert!(taken.is_none(), "{taken:?}");
}

#[test]
fn object_that_does_not_fit_its_type_costs_nothing_but_itself() {
    let event = event("invoice.paid", &json!({"object": "invoice", "lines": 7}));
    let EventData::InvoicePaid(invoice) = event.data() else {
        panic!("{:?}", event.data());
    };
    let refused = invoice.object_with(DecodePolicy::Refuse);
    let error = refused.expect_err("a list of lines is no number");
    assert_eq!(error.path(), "lines");
    let invoice = invoice.object().expect("corrected");
    assert_eq!(invoice.extra.get("lines").expect("kept").as_str(), "7");
    assert_eq!(event.id(), "evt_1");
    assert!(event.payload_of(kinds::INVOICE_PAID).is_some());
    assert!(event.payload_of(kinds::INVOICE_VOIDED).is_none());
}

#[test]
fn notifications_are_distinguished_by_constants() {
    let name = "v2.core.account[configuration.merchant].capability_status_updated";
    let body = json!({
        "id": "evt_1", "object": "v2.core.event", "type": name,
        "created": "2026-01-28T12:30:00Z",
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"},
    });
    let body = serde_json::to_vec(&body).expect("a value of JSON");
    let notification = EventNotification::parse_unverified(&body).expect("a notification");
    let kind = notification_kinds::V2_CORE_ACCOUNT_CONFIGURATION_MERCHANT_CAPABILITY_STATUS_UPDATED;
    assert!(notification.is_kind(kind));
    assert!(!notification.is_kind(notification_kinds::V2_CORE_ACCOUNT_UPDATED));
}

#[test]
fn past_events_are_read_by_the_operations_of_the_dialect() {
    let events = stripe::API.events.expect("the API has events");
    assert_eq!(
        (events.list.id, events.list.path),
        ("GetEvents", "/v1/events")
    );
    let list = events.list_notifications.expect("and notifications");
    assert_eq!(list.path, "/v2/core/events");
    let retrieve = events.retrieve_notification.expect("and notifications");
    assert_eq!(retrieve.path, "/v2/core/events/{id}");
}

#[test]
fn pinned_endpoint_states_the_version_of_the_crate() {
    let kinds = [kinds::INVOICE_PAID.name(), kinds::CUSTOMER_CREATED.name()];
    let endpoint = pinned_endpoint(kinds, "https://example.com/hooks").description("ours");
    assert_eq!(
        encode_form(&endpoint),
        format!(
            "api_version={}&description=ours&enabled_events[0]=invoice.paid\
             &enabled_events[1]=customer.created&url=https%3A%2F%2Fexample.com%2Fhooks",
            stripe::API_VERSION
        )
    );
    let version = serde_json::from_str::<Value>(&encode_json(&endpoint)).expect("JSON");
    assert_eq!(version["api_version"], stripe::API_VERSION);
}
