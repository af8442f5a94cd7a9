//! To which customer a payment method belongs.

use std::time::Duration;

use crate::requests::{TestClient, start_server, text};

const STATE: &str = "payment_method_unexpected_state";

async fn create(client: &TestClient, path: &str, form: &[(&str, &str)]) -> String {
    let created = client.post(path, form).await.value();
    text(&created, "/id").to_owned()
}

/// A card, and two customers the first of whom it is attached to.
async fn attached_card(client: &TestClient) -> (String, String, String) {
    let form = [("type", "card"), ("card[token]", "tok_visa")];
    let method = create(client, "/v1/payment_methods", &form).await;
    let owner = create(client, "/v1/customers", &[]).await;
    let other = create(client, "/v1/customers", &[]).await;
    let path = format!("/v1/payment_methods/{method}/attach");
    let attached = client.post(&path, &[("customer", &owner)]).await.value();
    assert_eq!(attached["customer"], owner.as_str());
    (method, owner, other)
}

#[tokio::test]
async fn payment_method_does_not_move_to_another_customer() {
    let (fake, client) = start_server().await;
    let (method, owner, other) = attached_card(&client).await;
    let path = format!("/v1/payment_methods/{method}");
    let attach = format!("{path}/attach");
    let refused = client.post(&attach, &[("customer", &other)]).await;
    assert_eq!(refused.problem().1, STATE);
    let same = client.post(&attach, &[("customer", &owner)]).await;
    assert_eq!(same.value()["customer"], owner.as_str());
    let customer = format!("/v1/customers/{other}");
    let default = "invoice_settings[default_payment_method]";
    let cases = [
        ("/v1/customers", vec![("payment_method", method.as_str())]),
        (customer.as_str(), vec![(default, method.as_str())]),
        (
            "/v1/setup_intents",
            vec![
                ("customer", other.as_str()),
                ("payment_method", &method),
                ("confirm", "true"),
            ],
        ),
        (
            "/v1/payment_intents",
            vec![
                ("amount", "700"),
                ("currency", "usd"),
                ("customer", &other),
                ("payment_method", &method),
                ("setup_future_usage", "off_session"),
                ("confirm", "true"),
            ],
        ),
        (
            "/v1/payment_intents",
            vec![
                ("amount", "700"),
                ("currency", "usd"),
                ("payment_method", &method),
            ],
        ),
    ];
    for (case, form) in cases {
        let refused = client.post(case, &form).await;
        assert_eq!(refused.problem().1, STATE, "{case} {form:?}");
    }
    let found = client.get(&path).await.value();
    assert_eq!(found["customer"], owner.as_str());
    let events = fake.events().await;
    let attached = events
        .iter()
        .filter(|event| event["type"] == "payment_method.attached");
    assert_eq!(attached.count(), 1);
    // The customer to whom it belongs pays with it.
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("customer", &owner),
        ("payment_method", &method),
        ("confirm", "true"),
    ];
    let paid = client.post("/v1/payment_intents", &form).await.value();
    assert_eq!(paid["status"], "succeeded");
}

#[tokio::test]
async fn detached_payment_method_cannot_be_used_again() {
    let (_fake, client) = start_server().await;
    let (method, owner, other) = attached_card(&client).await;
    let path = format!("/v1/payment_methods/{method}");
    client.post(&format!("{path}/detach"), &[]).await.value();
    for customer in [&owner, &other] {
        let form = [("customer", customer.as_str())];
        let refused = client.post(&format!("{path}/attach"), &form).await;
        assert_eq!(refused.problem().1, STATE);
        let form = [
            ("amount", "700"),
            ("currency", "usd"),
            ("customer", customer),
            ("payment_method", &method),
        ];
        let refused = client.post("/v1/payment_intents", &form).await;
        assert_eq!(refused.problem().1, STATE);
    }
    assert!(client.get(&path).await.value()["customer"].is_null());
}

#[tokio::test]
async fn detached_payment_method_is_no_default_any_more() {
    let (fake, client) = start_server().await;
    let (method, owner, other) = attached_card(&client).await;
    let customer = format!("/v1/customers/{owner}");
    let default = "invoice_settings[default_payment_method]";
    client.post(&customer, &[(default, &method)]).await.value();
    let form = [
        ("currency", "usd"),
        ("unit_amount", "1000"),
        ("recurring[interval]", "month"),
        ("product_data[name]", "Gold"),
    ];
    let price = create(&client, "/v1/prices", &form).await;
    let mut form = vec![
        ("customer", other.as_str()),
        ("items[0][price]", &price),
        ("default_payment_method", &method),
    ];
    let refused = client.post("/v1/subscriptions", &form).await;
    assert_eq!(refused.problem(), (400, STATE, "default_payment_method"));
    form[0].1 = &owner;
    let subscription = create(&client, "/v1/subscriptions", &form).await;
    let path = format!("/v1/payment_methods/{method}/detach");
    client.post(&path, &[]).await.value();
    let found = client.get(&customer).await.value();
    assert!(found["invoice_settings"]["default_payment_method"].is_null());
    fake.advance_clock(Duration::from_secs(32 * 86_400))
        .await
        .unwrap();
    let path = format!("/v1/subscriptions/{subscription}");
    let renewed = client.get(&path).await.value();
    assert!(renewed["default_payment_method"].is_null());
    assert_eq!(renewed["status"], "past_due");
}
