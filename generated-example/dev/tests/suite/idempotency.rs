//! Writes with an idempotency key.

use crate::requests::{start_server, text};

#[tokio::test]
async fn same_key_returns_the_same_response() {
    let (_fake, client) = start_server().await;
    let headers = [("idempotency-key", "order-42")];
    let form = [("email", "jenny@example.com")];
    let first = client.post_with("/v1/customers", &form, &headers).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = client.post_with("/v1/customers", &form, &headers).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(
        again.headers["original-request"],
        first.headers["request-id"]
    );
    assert_eq!(again.value(), first.value());
    let listed = client.get("/v1/customers").await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn same_key_with_other_parameters_is_refused() {
    let (_fake, client) = start_server().await;
    let headers = [("idempotency-key", "order-42")];
    client
        .post_with("/v1/customers", &[], &headers)
        .await
        .value();
    for (path, form) in [
        ("/v1/customers", &[("name", "a")]),
        ("/v1/products", &[("name", "a")]),
    ] {
        let refused = client.post_with(path, form, &headers).await;
        assert_eq!(refused.status, 400);
        assert_eq!(text(&refused.body, "/error/type"), "idempotency_error");
    }
}

#[tokio::test]
async fn declined_payment_is_replayed() {
    let (_fake, client) = start_server().await;
    let headers = [("idempotency-key", "pay")];
    let form = [
        ("amount", "100"),
        ("currency", "usd"),
        ("payment_method", "pm_card_chargeDeclined"),
        ("confirm", "true"),
    ];
    let first = client
        .post_with("/v1/payment_intents", &form, &headers)
        .await;
    let again = client
        .post_with("/v1/payment_intents", &form, &headers)
        .await;
    assert_eq!((first.status, again.status), (402, 402));
    assert_eq!(first.body, again.body);
    let listed = client.get("/v1/payment_intents").await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn key_that_is_not_ascii_is_refused() {
    let (_fake, client) = start_server().await;
    let long = "k".repeat(256);
    for key in ["bestellung-42-für-jenny", "", &long] {
        let headers = [("idempotency-key", key)];
        let refused = client.post_with("/v1/customers", &[], &headers).await;
        assert_eq!(refused.problem().1, "idempotency_key_invalid", "{key}");
        assert_eq!(text(&refused.body, "/error/type"), "invalid_request_error");
        let echoed = refused.headers.get("idempotency-key");
        assert!(echoed.is_none_or(|echoed| echoed.to_str().is_ok()), "{key}");
    }
    let listed = client.get("/v1/customers").await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 0);
}
