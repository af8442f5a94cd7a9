//! What is wrong with a request is reported as the API reports it.

use crate::requests::{start_server, text};

type TestForm = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn wrong_parameters_are_named() {
    let (_fake, client) = start_server().await;
    let cases: [(&str, TestForm, (u16, &str, &str)); 8] = [
        (
            "/v1/customers",
            &[("colour", "a")],
            (400, "parameter_unknown", "colour"),
        ),
        (
            "/v1/customers",
            &[("address[planet]", "a")],
            (400, "parameter_unknown", "address[planet]"),
        ),
        ("/v1/products", &[], (400, "parameter_missing", "name")),
        (
            "/v1/payment_intents",
            &[("amount", "many"), ("currency", "usd")],
            (400, "parameter_invalid_integer", "amount"),
        ),
        (
            "/v1/payment_intents",
            &[("amount", "-1"), ("currency", "usd")],
            (400, "parameter_invalid_integer", "amount"),
        ),
        (
            "/v1/customers",
            &[("tax_exempt", "maybe")],
            (400, "parameter_invalid_enum", "tax_exempt"),
        ),
        (
            "/v1/payment_intents",
            &[
                ("amount", "1"),
                ("currency", "usd"),
                ("customer", "cus_none"),
            ],
            (400, "resource_missing", "customer"),
        ),
        (
            "/v1/customers/cus_none",
            &[],
            (404, "resource_missing", "customer"),
        ),
    ];
    for (path, form, expected) in cases {
        let refused = client.post(path, form).await;
        assert_eq!(refused.problem(), expected, "{}", refused.body);
        assert_eq!(text(&refused.body, "/error/type"), "invalid_request_error");
    }
}

#[tokio::test]
async fn key_and_route_have_to_be_known() {
    let (_fake, client) = start_server().await;
    for headers in [
        &[][..],
        &[("authorization", "Bearer wrong")],
        &[("authorization", "Digest sk_test_1")],
    ] {
        let refused = client
            .send("GET", "/v1/customers", headers, String::new())
            .await;
        assert_eq!(refused.status, 401);
        assert!(refused.headers.contains_key("request-id"));
    }
    // `sk_test_1:`, as curl sends it with `-u`.
    let headers = [("authorization", "Basic c2tfdGVzdF8xOg==")];
    let accepted = client
        .send("GET", "/v1/customers", &headers, String::new())
        .await;
    assert_eq!(accepted.status, 200);
    assert_eq!(client.get("/v1/nothing").await.status, 404);
    assert_eq!(client.delete("/v1/customers").await.status, 404);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let (_fake, client) = start_server().await;
    for form in ["email[a=1", "email=%ff", "email=a&email=b"] {
        let headers = [("authorization", "Bearer sk_test_1")];
        let refused = client
            .send("POST", "/v1/customers", &headers, form.to_owned())
            .await;
        assert_eq!(refused.problem().1, "request_malformed", "{form}");
    }
    let headers = [("authorization", "Bearer sk_test_1")];
    let body = "{".to_owned();
    let refused = client
        .send("POST", "/v2/core/accounts", &headers, body)
        .await;
    assert_eq!(refused.problem().1, "request_malformed");
}

#[tokio::test]
async fn failed_request_changes_nothing() {
    let (fake, client) = start_server().await;
    let form = [("name", "Gold"), ("default_price_data[currency]", "usd")];
    client.post("/v1/products", &form).await.value();
    let form = [("customer", "cus_none"), ("items[0][price]", "price_none")];
    assert_eq!(client.post("/v1/subscriptions", &form).await.status, 400);
    let listed = client.get("/v1/subscriptions").await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 0);
    let events = fake.events().await;
    assert!(
        events
            .iter()
            .all(|event| event["type"] != "customer.subscription.created")
    );
}
