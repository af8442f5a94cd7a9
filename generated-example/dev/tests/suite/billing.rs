//! Prices, subscriptions, invoices, test clocks and meters.

use std::time::Duration;

use serde_json::{Value, json};

use crate::requests::{TestClient, start_server, text};

const MONTH: u64 = 31 * 86_400;

/// A customer who can be charged, and the id of a price of ten dollars a month.
async fn prepare(client: &TestClient, form: &[(&str, &str)]) -> (String, String) {
    let mut all = vec![("invoice_settings[default_payment_method]", "pm_card_visa")];
    all.extend(form);
    let customer = client.post("/v1/customers", &all).await.value();
    let form = [
        ("currency", "usd"),
        ("unit_amount", "1000"),
        ("recurring[interval]", "month"),
        ("product_data[name]", "Gold"),
    ];
    let price = client.post("/v1/prices", &form).await.value();
    assert_eq!(price["type"], "recurring");
    (
        text(&customer, "/id").to_owned(),
        text(&price, "/id").to_owned(),
    )
}

async fn subscribe(client: &TestClient, form: &[(&str, &str)]) -> (String, Value) {
    let (customer, price) = prepare(client, &[]).await;
    let mut all = vec![
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
        ("items[0][quantity]", "2"),
        ("expand[]", "latest_invoice"),
    ];
    all.extend(form);
    let subscription = client.post("/v1/subscriptions", &all).await.value();
    (customer, subscription)
}

async fn invoices_of(client: &TestClient, customer: &str) -> Vec<Value> {
    let path = format!("/v1/invoices?customer={customer}&limit=100");
    let listed = client.get(&path).await.value();
    listed["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn subscription_starts_with_a_paid_invoice() {
    let (_fake, client) = start_server().await;
    let (customer, subscription) = subscribe(&client, &[]).await;
    assert_eq!(subscription["status"], "active");
    let invoice = &subscription["latest_invoice"];
    assert_eq!(
        (&invoice["total"], &invoice["status"]),
        (&2_000.into(), &"paid".into())
    );
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(invoice["lines"]["data"][0]["amount"], 2_000);
    let items = subscription["items"]["data"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["quantity"]), (1, &2.into()));
    let path = format!("/v1/invoices?subscription={}", text(&subscription, "/id"));
    assert_eq!(
        client.get(&path).await.value()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let path = format!("/v1/charges?customer={customer}");
    assert_eq!(client.get(&path).await.value()["data"][0]["amount"], 2_000);
}

#[tokio::test]
async fn subscription_renews_as_time_passes_and_ends() {
    let (fake, client) = start_server().await;
    let (customer, subscription) = subscribe(&client, &[]).await;
    fake.advance_clock(Duration::from_secs(MONTH))
        .await
        .unwrap();
    let invoices = invoices_of(&client, &customer).await;
    assert_eq!(invoices.len(), 2);
    assert_eq!(invoices[0]["billing_reason"], "subscription_cycle");
    let path = format!("/v1/subscriptions/{}", text(&subscription, "/id"));
    let form = [("cancel_at_period_end", "true")];
    let ending = client.post(&path, &form).await.value();
    assert_eq!(
        (&ending["cancel_at_period_end"], &ending["status"]),
        (&true.into(), &"active".into())
    );
    assert_eq!(
        ending["cancel_at"],
        ending["items"]["data"][0]["current_period_end"]
    );
    fake.advance_clock(Duration::from_secs(MONTH))
        .await
        .unwrap();
    assert_eq!(client.get(&path).await.value()["status"], "canceled");
    assert_eq!(invoices_of(&client, &customer).await.len(), 2);
    let events = fake.events().await;
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "customer.subscription.deleted")
    );
}

#[tokio::test]
async fn trial_costs_nothing_until_it_ends() {
    let (fake, client) = start_server().await;
    let (customer, subscription) = subscribe(&client, &[("trial_period_days", "7")]).await;
    assert_eq!(subscription["status"], "trialing");
    assert_eq!(subscription["latest_invoice"]["total"], 0);
    fake.advance_clock(Duration::from_secs(8 * 86_400))
        .await
        .unwrap();
    let invoices = invoices_of(&client, &customer).await;
    assert_eq!(invoices[0]["total"], 2_000);
    let path = format!("/v1/subscriptions/{}", text(&subscription, "/id"));
    assert_eq!(client.get(&path).await.value()["status"], "active");
}

#[tokio::test]
async fn subscription_is_changed_and_cancelled() {
    let (_fake, client) = start_server().await;
    let (customer, subscription) = subscribe(&client, &[]).await;
    let item = text(&subscription, "/items/data/0/id");
    let path = format!("/v1/subscriptions/{}", text(&subscription, "/id"));
    let form = [("items[0][id]", item), ("items[0][quantity]", "5")];
    let changed = client.post(&path, &form).await.value();
    assert_eq!(changed["items"]["data"][0]["quantity"], 5);
    let ended = client.delete(&path).await.value();
    assert_eq!(ended["status"], "canceled");
    assert!(ended["ended_at"].is_i64());
    let path = format!("/v1/subscriptions?customer={customer}");
    let count = |list: Value| list["data"].as_array().unwrap().len();
    assert_eq!(count(client.get(&path).await.value()), 0);
    assert_eq!(
        count(client.get(&format!("{path}&status=all")).await.value()),
        1
    );
}

#[tokio::test]
async fn first_payment_is_required_or_left_open() {
    let (_fake, client) = start_server().await;
    let (_, price) = prepare(&client, &[]).await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let customer = text(&customer, "/id");
    let form = [("customer", customer), ("items[0][price]", price.as_str())];
    assert_eq!(client.post("/v1/subscriptions", &form).await.status, 400);
    let mut form = form.to_vec();
    form.push(("payment_behavior", "default_incomplete"));
    let open = client.post("/v1/subscriptions", &form).await.value();
    assert_eq!(open["status"], "incomplete");
    let path = format!("/v1/invoices/{}/pay", text(&open, "/latest_invoice"));
    let form = [("payment_method", "pm_card_visa")];
    assert_eq!(client.post(&path, &form).await.value()["status"], "paid");
    let path = format!("/v1/subscriptions/{}", text(&open, "/id"));
    assert_eq!(client.get(&path).await.value()["status"], "active");
}

#[tokio::test]
async fn invoice_collects_items_and_is_paid_or_voided() {
    let (_fake, client) = start_server().await;
    let (customer, _) = prepare(&client, &[]).await;
    for amount in ["300", "500"] {
        let form = [
            ("customer", customer.as_str()),
            ("amount", amount),
            ("currency", "usd"),
        ];
        client.post("/v1/invoiceitems", &form).await.value();
    }
    let form = [
        ("customer", customer.as_str()),
        ("pending_invoice_items_behavior", "include"),
    ];
    let draft = client.post("/v1/invoices", &form).await.value();
    assert_eq!(
        (&draft["status"], &draft["total"]),
        (&"draft".into(), &800.into())
    );
    let path = format!("/v1/invoices/{}", text(&draft, "/id"));
    let lines = client.get(&format!("{path}/lines")).await.value();
    let amounts: Vec<&Value> = lines["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["amount"])
        .collect();
    assert_eq!(amounts, [&json!(300), &json!(500)]);
    assert_eq!(client.post(&format!("{path}/void"), &[]).await.status, 400);
    let open = client.post(&format!("{path}/finalize"), &[]).await.value();
    assert_eq!(open["status"], "open");
    assert!(open["number"].is_string());
    let paid = client.post(&format!("{path}/pay"), &[]).await.value();
    assert_eq!(
        (&paid["status"], &paid["amount_paid"]),
        (&"paid".into(), &800.into())
    );
    let again = client.post(&format!("{path}/pay"), &[]).await;
    assert_eq!(again.problem().1, "invoice_already_paid");

    let empty = client
        .post("/v1/invoices", &[("customer", customer.as_str())])
        .await
        .value();
    let path = format!("/v1/invoices/{}", text(&empty, "/id"));
    let form = [
        ("invoice", text(&empty, "/id")),
        ("customer", &customer),
        ("amount", "5"),
    ];
    client.post("/v1/invoiceitems", &form).await.value();
    client.post(&format!("{path}/finalize"), &[]).await.value();
    let voided = client.post(&format!("{path}/void"), &[]).await.value();
    assert_eq!(
        (&voided["status"], &voided["total"]),
        (&"void".into(), &5.into())
    );
}

#[tokio::test]
async fn test_clock_moves_the_time_of_its_customers() {
    let (_fake, client) = start_server().await;
    let form = [("frozen_time", "1700000000")];
    let clock = client
        .post("/v1/test_helpers/test_clocks", &form)
        .await
        .value();
    assert_eq!(clock["status"], "ready");
    let id = text(&clock, "/id");
    let (customer, price) = prepare(&client, &[("test_clock", id)]).await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
    ];
    let subscription = client.post("/v1/subscriptions", &form).await.value();
    assert_eq!(subscription["created"], 1_700_000_000);
    let path = format!("/v1/test_helpers/test_clocks/{id}/advance");
    assert_eq!(
        client
            .post(&path, &[("frozen_time", "1600000000")])
            .await
            .status,
        400
    );
    let form = [("frozen_time", "1706000000")];
    let advanced = client.post(&path, &form).await.value();
    assert_eq!(advanced["frozen_time"], 1_706_000_000);
    let invoices = invoices_of(&client, &customer).await;
    assert_eq!(invoices.len(), 3);
    // A month after 2023-11-14, and two.
    assert_eq!(invoices[0]["created"], 1_705_270_400);
    assert_eq!(invoices[1]["created"], 1_702_592_000);
}

#[tokio::test]
async fn meter_events_are_summed() {
    let (_fake, client) = start_server().await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let customer = text(&customer, "/id");
    let form = [
        ("display_name", "Tokens"),
        ("event_name", "tokens"),
        ("default_aggregation[formula]", "sum"),
    ];
    let meter = client.post("/v1/billing/meters", &form).await.value();
    for value in ["25", "17"] {
        let form = [
            ("event_name", "tokens"),
            ("payload[stripe_customer_id]", customer),
            ("payload[value]", value),
        ];
        client.post("/v1/billing/meter_events", &form).await.value();
    }
    let refused = client.post(
        "/v1/billing/meter_events",
        &[("event_name", "none"), ("payload[value]", "1")],
    );
    assert_eq!(refused.await.status, 400);
    let path = format!(
        "/v1/billing/meters/{}/event_summaries?customer={customer}&start_time=0&end_time=4000000000",
        text(&meter, "/id")
    );
    let summaries = client.get(&path).await.value();
    assert_eq!(summaries["data"][0]["aggregated_value"], 42.0);
}

#[tokio::test]
async fn coupon_has_an_id_that_the_request_chooses() {
    let (_fake, client) = start_server().await;
    let form = [
        ("id", "spring"),
        ("percent_off", "12.5"),
        ("duration", "once"),
    ];
    let coupon = client.post("/v1/coupons", &form).await.value();
    assert_eq!(
        (&coupon["id"], &coupon["valid"]),
        (&"spring".into(), &true.into())
    );
    assert_eq!(
        client.post("/v1/coupons", &form).await.problem().1,
        "resource_already_exists"
    );
    client.delete("/v1/coupons/spring").await.value();
    assert_eq!(client.get("/v1/coupons/spring").await.status, 404);
    client.post("/v1/coupons", &form).await.value();
}

#[tokio::test]
async fn subscription_has_recurring_prices_and_no_negative_quantity() {
    let (_fake, client) = start_server().await;
    let (customer, price) = prepare(&client, &[]).await;
    let form = [
        ("currency", "usd"),
        ("unit_amount", "1000"),
        ("product_data[name]", "Setup"),
    ];
    let single = client.post("/v1/prices", &form).await.value();
    let single = text(&single, "/id");
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
    ];
    let subscription = client.post("/v1/subscriptions", &form).await.value();
    let id = text(&subscription, "/id");
    let change = format!("/v1/subscriptions/{id}");
    let item = text(&subscription, "/items/data/0/id");
    let item_path = format!("/v1/subscription_items/{item}");
    let cases = [
        (
            "/v1/subscriptions",
            vec![("customer", customer.as_str())],
            "items[0]",
        ),
        (&change, vec![("items[0][id]", item)], "items[0]"),
        (&change, vec![], "items[0]"),
        ("/v1/subscription_items", vec![("subscription", id)], ""),
        (&item_path, vec![], ""),
    ];
    for (path, form, place) in cases {
        let param = |name: &str| match place {
            "" => name.to_owned(),
            place => format!("{place}[{name}]"),
        };
        let (of_price, of_quantity) = (param("price"), param("quantity"));
        let mut with_single = form.clone();
        with_single.push((&of_price, single));
        let refused = client.post(path, &with_single).await;
        assert_eq!(refused.problem(), (400, "", of_price.as_str()), "{path}");
        assert_eq!(text(&refused.body, "/error/type"), "invalid_request_error");
        assert!(text(&refused.body, "/error/message").contains("`type=one_time`"));
        let mut negative = form;
        negative.extend([
            (of_price.as_str(), price.as_str()),
            (of_quantity.as_str(), "-3"),
        ]);
        let refused = client.post(path, &negative).await;
        let expected = (400, "parameter_invalid_integer", of_quantity.as_str());
        assert_eq!(refused.problem(), expected, "{path}");
    }
    let path = format!("/v1/subscriptions?customer={customer}");
    let listed = client.get(&path).await.value();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let items = listed["data"][0]["items"]["data"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["quantity"]), (1, &1.into()));
    assert_eq!(invoices_of(&client, &customer).await.len(), 1);
}
