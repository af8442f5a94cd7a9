//! Answers that lack something or have more than the document says: what the user of the crate
//! gets, and where it is recorded.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its ground gives way"
)]

use std::sync::{Arc, Mutex};

use runtime::codec::{CorrectionCause, DecodePolicy};
use runtime::telemetry::{CorrectedResponse, Observer};
use runtime::value::{Map, Metadata};
use serde_json::{Value, json};
use stripe::resources::{Customer, Invoice, Price, RadarPaymentEvaluation};
use stripe::webhooks::{Event, kinds};
use stripe::{Client, customers, payment_intents, products};
use testing::{Mock, MockResponse};

/// Remembers what was corrected, as `operation: paths`.
#[derive(Clone, Debug, Default)]
struct Remember(Arc<Mutex<Vec<String>>>);

impl Observer for Remember {
    fn response_corrected(&self, event: &CorrectedResponse<'_>) {
        let paths: Vec<_> = event.corrections.iter().map(|c| c.path()).collect();
        let line = format!("{}: {}", event.full_name(), paths.join(" "));
        self.0.lock().expect("no panic").push(line);
    }
}

fn client(mock: &Mock) -> (Client, Remember) {
    let seen = Remember::default();
    let client = Client::builder()
        .api_key("sk_test_1")
        .transport(mock.clone())
        .observer(seen.clone())
        .build();
    (client.expect("a client"), seen)
}

fn customer(id: &str) -> Value {
    json!({"id": id, "object": "customer", "created": 1, "livemode": false})
}

#[tokio::test]
async fn page_of_a_hundred_with_an_odd_one_gives_a_hundred() {
    let odd = [
        json!({"id": "cus_50", "object": "customer", "created": 1}),
        json!({"id": "cus_50", "object": "customer", "created": "1", "livemode": false}),
        json!({"object": "customer", "created": 1, "livemode": false}),
        Value::Null,
        json!("cus_50"),
    ];
    for odd in odd {
        let mut items: Vec<_> = (0..100).map(|n| customer(&format!("cus_{n}"))).collect();
        items[50] = odd.clone();
        let page =
            json!({"object": "list", "url": "/v1/customers", "has_more": false, "data": items});
        let mock = Mock::new();
        mock.on::<customers::List>()
            .respond_with(MockResponse::json(page.to_string()));
        let (client, seen) = client(&mock);
        let mut items = client
            .customers()
            .list(customers::ListCustomers::new())
            .items();
        let mut got = Vec::new();
        while let Some(customer) = items.try_next().await.expect("an item") {
            got.push(customer);
        }
        assert_eq!(got.len(), 100, "{odd}");
        let incomplete = got
            .iter()
            .enumerate()
            .filter(|(_, one)| !one.extra.is_complete());
        assert_eq!(incomplete.map(|(at, _)| at).collect::<Vec<_>>(), [50]);
        let seen = seen.0.lock().expect("no panic").join("\n");
        assert!(seen.contains("GetCustomers: data[50]"), "{seen}");
    }
}

#[tokio::test]
async fn policy_is_of_the_client_and_of_the_call() {
    let incomplete =
        || MockResponse::json(r#"{"id": "prod_1", "object": "product", "created": null}"#);
    let mock = Mock::new();
    mock.on::<products::Retrieve>()
        .respond_with(incomplete())
        .then(incomplete())
        .then(incomplete());
    let (correcting, seen) = client(&mock);
    let refusing = Client::builder()
        .api_key("sk_test_1")
        .transport(mock.clone())
        .decode_policy(DecodePolicy::Refuse)
        .build()
        .expect("a client");

    let call = correcting.products().retrieve("prod_1");
    let response = call.with_response().await.expect("corrected");
    let shown: Vec<_> = response
        .corrections()
        .iter()
        .map(ToString::to_string)
        .collect();
    for line in ["`livemode`: missing", "`created`: null"] {
        assert!(shown.iter().any(|found| found == line), "{shown:?}");
    }
    assert!(response.value().extra.is_corrected("created"));
    assert_eq!(seen.0.lock().expect("no panic").len(), 1);

    let error = refusing.products().retrieve("prod_1").await;
    let error = error.expect_err("refused");
    assert!(error.is_decode(), "{error}");

    let call = refusing.products().retrieve("prod_1");
    let corrected = call.decode_policy(DecodePolicy::Correct).await;
    assert!(!corrected.expect("corrected").extra.is_complete());
}

/// A write that worked has a result, whatever its answer lacks.
#[tokio::test]
async fn answer_to_a_write_is_not_lost() {
    let mock = Mock::new();
    mock.on::<payment_intents::Create>().respond_with(MockResponse::json(
        r#"{"id": "pi_1", "object": "payment_intent", "amount": 5, "managed_payments": {"enabled": true}}"#,
    ));
    let (client, _) = client(&mock);
    let params = payment_intents::CreatePaymentIntent::new(5, "usd");
    let intent = client
        .payment_intents()
        .create(params)
        .await
        .expect("the answer");
    assert_eq!((intent.id.as_str(), intent.amount), ("pi_1", Some(5)));
    assert!(intent.extra.is_corrected("status"));
    // The document of this version may not have it.
    let managed = intent.extra.get("managed_payments");
    assert!(managed.is_none_or(|raw| raw.as_str() == r#"{"enabled":true}"#));
}

fn event(kind: &str, object: &Value, previous: &Value) -> Event {
    let body = json!({
        "id": "evt_1", "object": "event", "api_version": "2023-10-16", "created": 1,
        "livemode": false, "type": kind,
        "data": {"object": object, "previous_attributes": previous},
    });
    Event::parse_unverified(body.to_string().as_bytes()).expect("an event")
}

#[test]
fn objects_of_older_events_are_typed() {
    // The line has no `subtotal` and no `pretax_credit_amounts`, which did not exist.
    let line = json!({"id": "il_1", "object": "line_item", "amount": 1000, "currency": "usd"});
    let lines = json!({"object": "list", "data": [line], "has_more": false, "url": "/v1"});
    let invoice = json!({
        "id": "in_1", "object": "invoice", "amount_due": 1000, "lines": lines, "paid": true,
        "refunds": [], "customer_shipping": {},
    });
    let event = event("invoice.paid", &invoice, &Value::Null);
    let payload = event.payload_of(kinds::INVOICE_PAID).expect("the type");
    let invoice: Invoice = payload.object().expect("typed");
    assert_eq!((invoice.amount_due, invoice.lines.data.len()), (1000, 1));
    // A member of older versions is read by name.
    assert_eq!(invoice.extra.get("paid").expect("kept").as_str(), "true");
    let line = invoice.lines.data.first().expect("a line");
    assert!(line.extra.is_corrected("subtotal"));
    let paths: Vec<_> = invoice
        .extra
        .corrections()
        .iter()
        .map(|c| c.path())
        .collect();
    assert!(paths.contains(&"lines.data[0].subtotal"), "{paths:?}");
    // A handler can ask for strictness.
    let (_, corrections) = payload.object_with(DecodePolicy::Correct).expect("typed");
    assert_eq!(corrections, invoice.extra.corrections());
    assert!(payload.object_with(DecodePolicy::Refuse).is_err());
}

#[test]
fn object_of_an_event_may_have_no_id() {
    let upcoming = json!({"object": "invoice", "amount_due": 7});
    let event = event("invoice.upcoming", &upcoming, &Value::Null);
    let payload = event.payload_of(kinds::INVOICE_UPCOMING).expect("the type");
    let invoice = payload.object().expect("typed");
    assert_eq!((invoice.amount_due, invoice.id.as_str()), (7, ""));
    assert!(invoice.extra.is_corrected("id"));
}

#[test]
fn metadata_may_be_null_missing_or_an_empty_array() {
    let price = |metadata: Option<Value>| {
        let mut price = json!({
            "id": "price_1", "object": "price", "active": true, "billing_scheme": "per_unit",
            "created": 1, "currency": "usd", "livemode": false, "product": "prod_1",
            "type": "recurring",
        });
        if let Some(metadata) = metadata {
            price["metadata"] = metadata;
        }
        let event = event("price.updated", &price, &Value::Null);
        let payload = event.payload_of(kinds::PRICE_UPDATED).expect("the type");
        payload.object().expect("typed")
    };
    let empty: [(Option<Value>, CorrectionCause); 2] = [
        (None, CorrectionCause::Missing),
        (Some(Value::Null), CorrectionCause::Null),
    ];
    for (metadata, cause) in empty {
        let price: Price = price(metadata);
        assert!(price.metadata.is_empty());
        assert_eq!(
            *price.extra.corrections().first().expect("one").cause(),
            cause
        );
    }
    assert!(price(Some(json!([]))).metadata.is_empty());
    let odd = price(Some(json!({"a": null, "b": 5, "c": "x"})));
    assert_eq!(odd.metadata.get("c").map(String::as_str), Some("x"));
    assert_eq!(odd.metadata.get("a"), None);
    assert_eq!(odd.extra.corrections().len(), 2);
}

#[test]
fn earlier_values_may_be_null() {
    let previous = json!({"metadata": {"tier": null, "old": "1"}, "name": null});
    let event = event("customer.updated", &customer("cus_1"), &previous);
    let payload = event.payload_of(kinds::CUSTOMER_UPDATED).expect("the type");
    let metadata = payload.previous::<Metadata>("metadata").expect("a map");
    assert_eq!(metadata, Some(Metadata::from([("old", "1")])));
    let all = payload.previous::<Map<Option<String>>>("metadata");
    let all = all.expect("a map").expect("changed");
    assert_eq!(all.get("tier"), Some(&None));
    assert_eq!(payload.previous::<String>("name").expect("no text"), None);
    assert!(payload.has_changed("name"));
}

#[test]
fn texts_may_have_half_a_surrogate_pair() {
    let body = br#"{"id": "evt_1", "object": "event", "created": 1, "type": "customer.created",
        "data": {"object": {"id": "cus_1", "object": "customer", "created": 1, "livemode": false,
        "name": "J\ud83d"}}}"#;
    let event = Event::parse_unverified(body).expect("an event");
    assert_eq!(event.raw().as_str().as_bytes(), body);
    let payload = event.payload_of(kinds::CUSTOMER_CREATED).expect("the type");
    let customer: Customer = payload.object().expect("typed");
    assert_eq!(customer.name.as_deref(), Some("J\u{fffd}"));
    assert!(payload.raw().as_str().contains(r"J\ud83d"));
}

#[test]
fn object_of_this_version_that_contradicts_the_document_is_typed() {
    let evaluation =
        json!({"id": "peval_1", "object": "radar.payment_evaluation", "livemode": true});
    let text = evaluation.to_string();
    let decoded = runtime::codec::decode::<RadarPaymentEvaluation>(text.as_bytes()).expect("typed");
    assert!(decoded.livemode && decoded.extra.is_corrected("created_at"));
}

#[test]
fn objects_are_compared() {
    let price = |amount: i64| {
        let price = json!({"id": "price_1", "object": "price", "unit_amount": amount, "new": 1});
        runtime::codec::decode::<Price>(price.to_string().as_bytes()).expect("typed")
    };
    assert!(price(1) == price(1) && price(1) != price(2));
}
