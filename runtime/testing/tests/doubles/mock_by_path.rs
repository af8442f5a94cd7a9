//! Rules by path, and responses that are samples.

use runtime::Method;
use testing::{Mock, MockResponse};

use crate::api::{CreateV2, Params, Raw, Retrieve, client, double_error};

const ITEM: &str = r#"{"id": "item_1"}"#;

#[tokio::test]
async fn rule_by_path_responds_to_operations_too() {
    let mock = Mock::new();
    let first = client(mock.clone());
    // An operation without a method, as those of OAuth, has no type that a program can name.
    let error = first
        .request::<CreateV2>(&[], &Params::email("jenny@example.com"))
        .await
        .unwrap_err();
    let text = double_error(&error);
    assert!(text.contains("CreateV2 (POST /v2/items)"), "{text}");
    assert!(
        text.contains("mock.on_raw(Method::Post, \"/v2/items\")"),
        "{text}"
    );

    let mock = Mock::new();
    let client = client(mock.clone());
    mock.on_raw(Method::Post, "/v2/items")
        .respond_with(MockResponse::json(ITEM));
    mock.on_raw(Method::Get, "/v1/items/{item}")
        .with_path_arg("item", "a b")
        .respond_with(MockResponse::json(ITEM))
        .respond_with(MockResponse::not_found());
    client
        .request::<CreateV2>(&[], &Params::email("jenny@example.com"))
        .await
        .unwrap();
    client.request::<Retrieve>(&["a b"], &()).await.unwrap();
    let error = client.request::<Retrieve>(&["a b"], &()).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    // Requests keep their operation, whatever rule responded.
    assert_eq!(mock.request_count::<CreateV2>(), 1);
    assert_eq!(mock.request_count::<Retrieve>(), 2);
    mock.verify().unwrap();
}

#[tokio::test]
async fn sample_responds_and_a_value_that_does_not_fit_is_reported() {
    let mock = Mock::new();
    let sample = MockResponse::sample::<Raw>().set("nested.text", "x");
    mock.on::<Raw>().respond_with(sample);
    let value = client(mock.clone()).request::<Raw>(&[], &()).await.unwrap();
    assert_eq!(value.as_str(), r#"{"nested":{"text":"x"}}"#);
    mock.verify().unwrap();

    let mock = Mock::new();
    mock.on::<Raw>()
        .respond_with(MockResponse::json("{}").set("a", true));
    let text = mock.verify().unwrap_err().to_string();
    assert!(
        text.contains("a cannot be set: only samples have paths"),
        "{text}"
    );
}
