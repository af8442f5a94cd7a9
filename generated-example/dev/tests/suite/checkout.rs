//! Checkout sessions, which a test completes.

use crate::requests::{start_server, text};

#[tokio::test]
async fn payment_session_is_completed() {
    let (fake, client) = start_server().await;
    let form = [
        ("mode", "payment"),
        ("success_url", "https://example.com/done"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1500"),
        ("line_items[0][price_data][product_data][name]", "Shirt"),
        ("line_items[0][quantity]", "2"),
        ("customer_email", "jenny@example.com"),
        ("metadata[order]", "42"),
    ];
    let session = client.post("/v1/checkout/sessions", &form).await.value();
    let id = text(&session, "/id");
    assert_eq!(
        (&session["status"], &session["payment_status"]),
        (&"open".into(), &"unpaid".into())
    );
    assert_eq!(
        (&session["amount_total"], &session["currency"]),
        (&3_000.into(), &"eur".into())
    );
    assert!(session["url"].is_string());
    let path = format!("/v1/checkout/sessions/{id}/line_items");
    let items = client.get(&path).await.value();
    assert_eq!(
        (
            &items["data"][0]["description"],
            &items["data"][0]["quantity"]
        ),
        (&"Shirt".into(), &2.into())
    );

    let done = fake.complete_checkout_session(id).await.unwrap();
    assert_eq!(
        (&done["status"], &done["payment_status"]),
        (&"complete".into(), &"paid".into())
    );
    assert_eq!(done["customer_details"]["email"], "jenny@example.com");
    let path = format!("/v1/payment_intents/{}", text(&done, "/payment_intent"));
    assert_eq!(client.get(&path).await.value()["amount_received"], 3_000);
    let events = fake.events().await;
    let completed = events
        .iter()
        .find(|event| event["type"] == "checkout.session.completed");
    let completed = completed.expect("an event");
    assert_eq!(completed["data"]["object"]["metadata"]["order"], "42");
    assert!(fake.complete_checkout_session(id).await.is_err());
    assert!(fake.complete_checkout_session("cs_none").await.is_err());
}

#[tokio::test]
async fn subscription_session_creates_customer_and_subscription() {
    let (fake, client) = start_server().await;
    let form = [
        ("mode", "subscription"),
        ("success_url", "https://example.com/done"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "900"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        ("line_items[0][price_data][product_data][name]", "Gold"),
        ("line_items[0][quantity]", "1"),
    ];
    let session = client.post("/v1/checkout/sessions", &form).await.value();
    let done = fake
        .complete_checkout_session(text(&session, "/id"))
        .await
        .unwrap();
    let path = format!("/v1/subscriptions/{}", text(&done, "/subscription"));
    let subscription = client.get(&path).await.value();
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["customer"], done["customer"]);
    assert_eq!(subscription["latest_invoice"], done["invoice"]);
}

#[tokio::test]
async fn session_expires_and_cannot_be_completed() {
    let (fake, client) = start_server().await;
    let form = [("mode", "setup"), ("currency", "usd")];
    let session = client.post("/v1/checkout/sessions", &form).await.value();
    let id = text(&session, "/id");
    let path = format!("/v1/checkout/sessions/{id}/expire");
    assert_eq!(client.post(&path, &[]).await.value()["status"], "expired");
    assert!(fake.complete_checkout_session(id).await.is_err());
}

#[tokio::test]
async fn control_path_completes_sessions_of_other_processes() {
    let (_fake, client) = start_server().await;
    let form = [("mode", "setup"), ("currency", "usd")];
    let session = client.post("/v1/checkout/sessions", &form).await.value();
    let path = format!("/_dev/checkout/sessions/{}/complete", text(&session, "/id"));
    let done = client.send("POST", &path, &[], String::new()).await.value();
    assert_eq!(done["status"], "complete");
    let body = "{\"seconds\":60}".to_owned();
    let advanced = client
        .send("POST", "/_dev/clock/advance", &[], body)
        .await
        .value();
    assert!(advanced["now"].is_i64());
    assert_eq!(
        client
            .send("POST", "/_dev/none", &[], String::new())
            .await
            .status,
        404
    );
}
