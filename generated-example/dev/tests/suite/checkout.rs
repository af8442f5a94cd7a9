//! Checkout sessions, which a test completes.

use std::time::Duration;

use serde_json::Value;

use crate::requests::{TestClient, start_server, text};

async fn open_session(client: &TestClient, form: &[(&str, &str)]) -> Value {
    let mut all = vec![("mode", "setup"), ("currency", "usd")];
    all.extend(form);
    client.post("/v1/checkout/sessions", &all).await.value()
}

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

#[tokio::test]
async fn session_expires_as_time_passes() {
    let (fake, client) = start_server().await;
    let session = open_session(&client, &[]).await;
    let path = format!("/v1/checkout/sessions/{}", text(&session, "/id"));
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    fake.advance_clock(hours(23)).await.unwrap();
    assert_eq!(client.get(&path).await.value()["status"], "open");
    fake.advance_clock(hours(1)).await.unwrap();
    let events = fake.events().await;
    let last = events.last().unwrap();
    assert_eq!(last["type"], "checkout.session.expired");
    assert_eq!(last["data"]["object"]["id"], session["id"]);
    let expired = client.get(&path).await.value();
    assert_eq!(expired["status"], "expired");
    assert!(expired["url"].is_null());
    let again = client.post(&format!("{path}/expire"), &[]).await;
    assert_eq!(again.problem().1, "checkout_session_not_open");
}

#[tokio::test]
async fn session_expires_without_a_test_that_advances_the_time() {
    let (fake, client) = start_server().await;
    let session = open_session(&client, &[]).await;
    let end = session["created"].as_i64().unwrap() + 1;
    let end = end.to_string();
    let session = open_session(&client, &[("expires_at", &end)]).await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let id = text(&session, "/id");
    assert!(fake.complete_checkout_session(id).await.is_err());
    let listed = client.get("/v1/checkout/sessions?status=expired").await;
    let listed = listed.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["id"], id);
}

#[tokio::test]
async fn session_of_a_test_clock_expires_by_it() {
    let (fake, client) = start_server().await;
    let form = [("frozen_time", "1700000000")];
    let clock = client
        .post("/v1/test_helpers/test_clocks", &form)
        .await
        .value();
    let clock = text(&clock, "/id");
    let form = [("test_clock", clock)];
    let customer = client.post("/v1/customers", &form).await.value();
    let form = [("customer", text(&customer, "/id"))];
    let session = open_session(&client, &form).await;
    assert_eq!(session["expires_at"], 1_700_086_400);
    let path = format!("/v1/checkout/sessions/{}", text(&session, "/id"));
    fake.advance_clock(Duration::from_secs(60)).await.unwrap();
    assert_eq!(client.get(&path).await.value()["status"], "open");
    let advance = format!("/v1/test_helpers/test_clocks/{clock}/advance");
    let form = [("frozen_time", "1700086400")];
    client.post(&advance, &form).await.value();
    assert_eq!(client.get(&path).await.value()["status"], "expired");
}

#[tokio::test]
async fn prices_of_a_session_fit_its_mode() {
    let (fake, client) = start_server().await;
    let create = async |form: &[(&str, &str)]| {
        let all = [form, &[("product_data[name]", "Gold"), ("currency", "usd")]].concat();
        let price = client.post("/v1/prices", &all).await.value();
        text(&price, "/id").to_owned()
    };
    let monthly = create(&[("unit_amount", "900"), ("recurring[interval]", "month")]).await;
    let single = create(&[("unit_amount", "250")]).await;
    let path = "/v1/checkout/sessions";
    for (mode, price) in [("subscription", &single), ("payment", &monthly)] {
        let form = [("mode", mode), ("line_items[0][price]", price)];
        let refused = client.post(path, &form).await;
        assert_eq!(refused.problem(), (400, "", "line_items"), "{mode}");
    }
    let form = [
        ("mode", "payment"),
        ("line_items[0][price]", &single),
        ("line_items[0][quantity]", "-1"),
    ];
    let expected = (400, "parameter_invalid_integer", "line_items[0][quantity]");
    assert_eq!(client.post(path, &form).await.problem(), expected);

    let form = [
        ("mode", "subscription"),
        ("line_items[0][price]", monthly.as_str()),
        ("line_items[0][quantity]", "1"),
        ("line_items[1][price]", &single),
        ("line_items[1][quantity]", "2"),
    ];
    let session = client.post(path, &form).await.value();
    assert_eq!(session["amount_total"], 1_400);
    let done = fake.complete_checkout_session(text(&session, "/id")).await;
    let done = done.unwrap();
    let path = format!("/v1/invoices/{}", text(&done, "/invoice"));
    let invoice = client.get(&path).await.value();
    assert_eq!(invoice["total"], 1_400);
    let path = format!("/v1/subscriptions/{}", text(&done, "/subscription"));
    let subscription = client.get(&path).await.value();
    assert_eq!(subscription["items"]["data"].as_array().unwrap().len(), 1);
}
