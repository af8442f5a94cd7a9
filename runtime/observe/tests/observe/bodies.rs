//! Body logging: only if it is configured, and redacted.

use observe::{BodyLogger, Redactor};
use runtime::operation::Method;
use runtime::{ApiSpec, Client};
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;

use crate::capture::Capture;
use crate::stage::{API, Act, Stage};

const CUSTOMER: Act = Act::Respond(
    200,
    &[("content-type", "application/json")],
    r#"{"id": "cus_1", "email": "jenny@example.com"}"#,
);

#[tokio::test]
async fn no_body_is_logged_by_default() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([CUSTOMER]);
    let call = stage.client().raw(Method::Post, "/v1/customers");
    call.param("name", &"Jenny").await.unwrap();
    assert!(capture.events("runtime::body").is_empty());
}

#[tokio::test]
async fn bodies_are_redacted_when_they_are_logged() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([CUSTOMER]);
    let redactor = Redactor::new(["email", "name"]);
    let client = stage
        .builder()
        .observer(BodyLogger::new(&API, redactor))
        .build()
        .unwrap();
    let call = client.raw(Method::Post, "/v1/customers");
    call.param("name", &"Jenny")
        .param("limit", &3_i64)
        .await
        .unwrap();
    let [request, response] = capture.events("runtime::body").try_into().unwrap();
    assert_eq!(
        (request.level, response.level),
        (Level::DEBUG, Level::DEBUG)
    );
    assert_eq!(request.get("of"), Some("request"));
    assert_eq!(response.get("of"), Some("response"));
    assert_eq!(request.get("body"), Some("name=[redacted]&limit=3"));
    assert_eq!(
        response.get("body"),
        Some(r#"{"id":"cus_1","email":"[redacted]"}"#)
    );
}

static MARKED: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[("api", "https://api.example.test")],
    sensitive: &["pin", "Iban"],
    ..ApiSpec::DEFAULT
};

#[tokio::test]
async fn fields_that_the_api_marks_are_hidden_with_every_redactor() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([Act::Respond(200, &[], r#"{"iban": "DE89", "id": "ba_1"}"#)]);
    let client = Client::builder(&MARKED)
        .api_key("sk_test_1")
        .transport(stage.script.clone())
        .observer(BodyLogger::new(
            &MARKED,
            Redactor::new(["email"]).except(["pin"]),
        ))
        .build()
        .unwrap();
    let call = client.raw(Method::Post, "/v1/cards");
    let call = call.param("card[pin]", &"1234").param("email", &"a");
    call.param("limit", &3_i64).await.unwrap();
    let [request, response] = capture.events("runtime::body").try_into().unwrap();
    let sent = "card[pin]=[redacted]&email=[redacted]&limit=3";
    assert_eq!(request.get("body"), Some(sent));
    let shown = r#"{"iban":"[redacted]","id":"ba_1"}"#;
    assert_eq!(response.get("body"), Some(shown));
}

#[tokio::test]
async fn bodies_of_errors_are_logged() {
    let (capture, _guard) = Capture::start();
    let declined = Act::Respond(402, &[], r#"{"error": {"code": "card_declined"}}"#);
    let stage = Stage::new([declined]);
    let redactor = Redactor::new(["email"]);
    let client = stage
        .builder()
        .observer(BodyLogger::new(&API, redactor))
        .build()
        .unwrap();
    client.raw(Method::Get, "/v1/x").await.unwrap_err();
    let [response] = capture.events("runtime::body").try_into().unwrap();
    assert!(response.get("body").unwrap().contains("card_declined"));
}

#[tokio::test]
async fn long_bodies_are_truncated() {
    let (capture, _guard) = Capture::start();
    let long: String = format!(r#"{{"id": "{}"}}"#, "\u{e9}".repeat(5_000));
    let stage = Stage::new([Act::Respond(200, &[], Box::leak(long.into_boxed_str()))]);
    let redactor = Redactor::new(["email"]);
    let client = stage
        .builder()
        .observer(BodyLogger::new(&API, redactor))
        .build()
        .unwrap();
    client.raw(Method::Get, "/v1/x").await.unwrap();
    let [response] = capture.events("runtime::body").try_into().unwrap();
    let shown = response.get("body").unwrap();
    assert!(
        shown.len() <= 4_096 + 11 && shown.ends_with("[truncated]"),
        "{}",
        shown.len()
    );
}

#[tokio::test]
async fn nothing_is_logged_when_debug_is_disabled() {
    let (capture, _guard) = Capture::at(LevelFilter::INFO);
    let stage = Stage::new([CUSTOMER]);
    let redactor = Redactor::new(["email"]);
    let client = stage
        .builder()
        .observer(BodyLogger::new(&API, redactor))
        .build()
        .unwrap();
    client.raw(Method::Get, "/v1/x").await.unwrap();
    assert!(capture.events("runtime::body").is_empty());
}
