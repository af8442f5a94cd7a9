//! Samples of every response object and of the response of every operation are valid for the
//! document, decode, and stay the same when they are encoded again.

#![expect(
    clippy::expect_used,
    reason = "a test stops where its own files cannot be read"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};

use exerciser::{EXERCISES, SAMPLES};
use runtime::clock::BoxFuture;
use runtime::codec::DecodePolicy;
use runtime::http::{RawResponse, Request};
use runtime::transport::{Transport, TransportError};
use serde_json::Value;
use stripe::resources::{Customer, PaymentIntent, Subscription};
use stripe::testing::{Mock, MockResponse, Sample, sample};
use tests::schema_server::ResponseSchemas;

fn document() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/stripe.yaml")
}

/// Records the bodies of responses.
#[derive(Clone, Debug)]
struct RecordingTransport(Mock, Arc<Mutex<Vec<u8>>>);

impl Transport for RecordingTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let (sent, body) = (self.0.send(request), Arc::clone(&self.1));
        Box::pin(async move {
            let response = sent.await?;
            *body.lock().expect("no panic") = response.body().to_vec();
            Ok(response)
        })
    }
}

/// Leaves `null`s out, which types do not distinguish from absence.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(k, v)| (k, without_nulls(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[test]
fn every_object_has_a_sample_that_is_valid_and_round_trips() {
    let sites = SAMPLES.iter().map(|sample| sample.site);
    let schemas = ResponseSchemas::load(document(), sites).expect("the document is valid");
    let mut problems = Vec::new();
    let mut unknown = Vec::new();
    for object in SAMPLES {
        let text = (object.make)().expect("a sample");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        match (object.recode)(text.as_bytes(), DecodePolicy::Refuse) {
            Ok((again, _)) => {
                let again: Value = serde_json::from_str(&again).expect("JSON");
                if again != without_nulls(value.clone()) {
                    problems.push(format!("{}: {text} becomes {again}", object.site));
                }
            }
            Err(error) => problems.push(format!("{}: {error}", object.site)),
        }
        if !schemas.knows(object.site) {
            unknown.push(object.site);
        } else if let Err(error) = schemas.check(object.site, value) {
            problems.push(format!("{}: {error}: {text}", object.site));
        }
    }
    assert!(SAMPLES.len() > 1000, "{}", SAMPLES.len());
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn every_operation_has_a_response_that_is_valid_and_decodes() {
    let schemas = ResponseSchemas::load(document(), [].into_iter());
    let schemas = schemas.expect("the document is valid");
    let mut problems = Vec::new();
    for exercise in EXERCISES {
        let mock = Mock::new();
        (exercise.mock)(&mock);
        let transport = RecordingTransport(mock.clone(), Arc::default());
        let client = stripe::Client::builder()
            .api_key("sk_test_1")
            .base_url("http://127.0.0.1:1")
            .transport(transport.clone())
            .build()
            .expect("a client");
        if exercise.spec.host == "meter_events" {
            mock.on_raw(
                stripe::operation::Method::Post,
                "/v2/billing/meter_event_session",
            )
            .respond_with(
                MockResponse::sample::<SessionCreate>().set("expires_at", "2099-01-01T00:00:00Z"),
            )
            .optional();
        }
        if let Err(error) = (exercise.call)(&client, false, &[]).await {
            problems.push(format!("{}: {error:?}", exercise.spec.id));
        }
        if let Err(error) = mock.verify() {
            problems.push(format!("{}: {error}", exercise.spec.id));
        }
        let body = transport.1.lock().expect("no panic").clone();
        let body = serde_json::from_slice(&body).expect("JSON");
        let is_binary = matches!(
            exercise.spec.id,
            "GetQuotesQuotePdf" | "GetFilesFileContents"
        );
        if !is_binary && let Err(error) = schemas.check(exercise.spec.id, body) {
            problems.push(format!("{}: {error}", exercise.spec.id));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

type SessionCreate = stripe::v2::billing::meter_event_session::Create;

#[test]
fn sample_looks_like_an_object_of_the_api() -> Result<(), Box<dyn std::error::Error>> {
    let customer: Customer = sample()?;
    assert_eq!(customer.id, "cus_sample");
    assert!(!customer.livemode);
    let subscription: Subscription = sample()?;
    assert_eq!(subscription.items.data.len(), 1);
    let json = Sample::<Customer>::new().to_json()?;
    assert!(json.contains(r#""object":"customer""#), "{json}");
    Ok(())
}

#[test]
fn members_are_set_by_path() -> Result<(), Box<dyn std::error::Error>> {
    let payment = Sample::<PaymentIntent>::new()
        .set("amount", 4_200)
        .set("status", "requires_action")
        .set("metadata.order", "42")
        .set("last_payment_error.code", "card_declined")
        .set("customer.email", "jenny@example.com")
        .build()?;
    assert_eq!(payment.amount, Some(4_200));
    assert_eq!(payment.status.as_str(), "requires_action");
    let metadata = payment.metadata.ok_or("no metadata")?;
    assert_eq!(metadata.get("order").map(String::as_str), Some("42"));
    let customer = payment.customer.ok_or("no customer")?;
    assert_eq!(*customer.id(), "cus_sample");
    let subscription = Sample::<Subscription>::new()
        .set("items.data[0].quantity", 2)
        .set("items.data[1].quantity", 3)
        .build()?;
    let quantities = subscription.items.data.iter().map(|item| item.quantity);
    assert_eq!(quantities.collect::<Vec<_>>(), [Some(2), Some(3)]);
    Ok(())
}

#[test]
fn mistake_in_a_path_is_an_error_that_names_the_members() {
    for (path, reason) in [
        ("emial", "there is no emial, only "),
        ("address.town", "there is no town, only city, "),
        ("address[0]", "[0] is in no list"),
        ("subscriptions.data[3].id", "so the next is [1]"),
        ("subscriptions.data.id", "id is in a list: write [0].id"),
        ("email.domain", "domain is in no object"),
        ("a..b", "is no step"),
    ] {
        let customer = Sample::<Customer>::new().set(path, "x").build();
        let text = customer.expect_err(path).to_string();
        assert!(text.contains(reason), "{path}: {text}");
    }
    let error = Sample::<Customer>::new().set("created", "x").build();
    let text = error.expect_err("text for a number").to_string();
    assert!(text.contains("created"), "{text}");
}

#[tokio::test]
async fn response_of_an_operation_can_be_changed_and_its_mistakes_are_reported() {
    use stripe::customers::{List, ListCustomers, Retrieve};
    let mock = Mock::new();
    mock.on::<List>()
        .respond_with(MockResponse::sample::<List>().set("data[0].email", "jenny@example.com"));
    mock.on::<Retrieve>()
        .respond_with(MockResponse::sample::<Retrieve>().set("deleted", true))
        .then(MockResponse::sample::<Retrieve>().set("emial", "x"));
    let client = stripe::Client::builder()
        .api_key("sk_test_1")
        .transport(mock.clone())
        .build()
        .expect("a client");
    let page = client.customers().list(ListCustomers::new());
    let page = page.await.expect("a page");
    assert_eq!(page.url, "/v1/customers");
    assert_eq!(page.data[0].email.as_deref(), Some("jenny@example.com"));
    let customer = client
        .customers()
        .retrieve("cus_1")
        .await
        .expect("a customer");
    assert!(customer.is_deleted());
    client
        .customers()
        .retrieve("cus_1")
        .await
        .expect_err("a wrong path");
    let error = mock.verify().expect_err("a wrong path").to_string();
    let expected = "customers::Retrieve (GET /v1/customers/{customer}): a response cannot be sent: \
                    a sample cannot be set at \"emial\": there is no emial, only ";
    assert!(error.contains(expected), "{error}");
}
