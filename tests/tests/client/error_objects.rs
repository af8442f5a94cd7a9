//! Errors of the generated crate: their objects in types, their class, and the calls that they name.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

use stripe::ephemeral_keys::{self, CreateEphemeralKey};
use stripe::payment_intents::{self, CreatePaymentIntent};
use stripe::shared::{ApiErrorType, PaymentSource};
use stripe::{ApiError, ErrorExt as _};
use testing::{Mock, MockResponse, errors};

const DECLINED: &str = r#"{"error": {"type": "card_error", "code": "card_declined",
    "message": "Your card was declined.",
    "payment_intent": {"id": "pi_1", "object": "payment_intent", "amount": 2000, "currency": "usd",
        "created": 1, "livemode": false, "status": "requires_payment_method"},
    "source": {"id": "card_1", "object": "card", "brand": "Visa", "exp_month": 1, "exp_year": 2030,
        "funding": "credit", "last4": "4242"}}}"#;

fn client(mock: &Mock) -> stripe::Client {
    let builder = stripe::Client::builder().api_key("sk_test_123");
    builder.transport(mock.clone()).build().unwrap()
}

#[test]
fn objects_of_an_error_are_decoded_to_their_types() {
    let error = errors::error(402, DECLINED);
    let intent = error.payment_intent().unwrap().unwrap();
    assert_eq!(intent.id, "pi_1");
    assert_eq!(intent.status.as_str(), "requires_payment_method");
    match error.source_object().unwrap() {
        Some(PaymentSource::Card(card)) => assert_eq!(card.last4, "4242"),
        other => panic!("{other:?}"),
    }
    assert!(error.setup_intent().unwrap().is_none());
    assert!(error.payment_method().unwrap().is_none());
    let broken = errors::error(402, r#"{"error": {"payment_intent": "pi_1"}}"#);
    assert!(broken.payment_intent().is_err());
    assert!(errors::timeout().payment_intent().unwrap().is_none());
}

#[test]
fn class_is_that_of_either_version_of_the_api() {
    let class = |body: &str| errors::error(400, body).class();
    assert_eq!(
        errors::error(402, DECLINED).class(),
        Some(ApiErrorType::CardError)
    );
    for (name, expected) in [
        ("insufficient_funds", ApiErrorType::InsufficientFunds),
        ("quota_exceeded", ApiErrorType::QuotaExceeded),
        ("blocked_by_stripe", ApiErrorType::BlockedByStripe),
        ("cannot_proceed", ApiErrorType::CannotProceed),
        ("rate_limit", ApiErrorType::RateLimit),
        ("later", ApiErrorType::Unknown("later".to_owned())),
    ] {
        let body = format!(r#"{{"error": {{"type": "{name}", "code": "x"}}}}"#);
        assert_eq!(class(&body), Some(expected));
    }
    assert_eq!(class(r#"{"error": {"code": "x"}}"#), None);
}

#[test]
fn error_object_is_typed_when_it_has_no_type() {
    let error = errors::error(404, r#"{"error": {"code": "not_found", "message": "No."}}"#);
    let object = error.typed::<ApiError>().unwrap();
    assert_eq!(object.code.as_deref(), Some("not_found"));
    assert_eq!(object.message.as_deref(), Some("No."));
}

#[tokio::test]
async fn line_has_the_sentence_and_the_call_as_it_is_written() {
    let mock = Mock::new();
    mock.on::<payment_intents::Create>()
        .respond_with(MockResponse::status(402, DECLINED));
    let params = CreatePaymentIntent::new(2_000, "usd");
    let error = client(&mock)
        .payment_intents()
        .create(params)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the card was declined: Your card was declined. (payment_intents().create, \
         POST /v1/payment_intents, status 402, type card_error, code card_declined)"
    );
}

#[tokio::test]
async fn ephemeral_key_requires_a_version() {
    let mock = Mock::new();
    mock.on::<ephemeral_keys::Create>()
        .respond_with(MockResponse::json(
            r#"{"id": "ephkey_1", "object": "ephemeral_key", "created": 1, "expires": 2,
            "livemode": false}"#,
        ));
    let create = || {
        let params = CreateEphemeralKey::new().customer("cus_1");
        client(&mock).ephemeral_keys().create(params)
    };
    let error = create().await.unwrap_err();
    assert!(error.is_build() && error.outcome().is_not_sent());
    let line = error.to_string();
    assert!(
        line.contains("mobile library") && line.contains(".api_version("),
        "{line}"
    );
    assert!(mock.requests().is_empty());
    create().api_version("2024-06-20").await.unwrap();
    let sent = &mock.requests()[0];
    assert_eq!(sent.header("stripe-version"), Some("2024-06-20"));
}
