//! Refunds: of captured, partly captured and uncaptured payments.

use serde_json::Value;

use crate::requests::{TestClient, start_server, text};

/// A payment of 2000 by a card that succeeds.
async fn pay(client: &TestClient, capture_method: &str) -> Value {
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("capture_method", capture_method),
        ("confirm", "true"),
    ];
    client.post("/v1/payment_intents", &form).await.value()
}

async fn balance(client: &TestClient) -> Value {
    let balance = client.get("/v1/balance").await.value();
    balance["available"][0]["amount"].clone()
}

#[tokio::test]
async fn uncaptured_payment_has_nothing_to_refund() {
    let (_fake, client) = start_server().await;
    let intent = pay(&client, "manual").await;
    let form = [("payment_intent", text(&intent, "/id"))];
    let refused = client.post("/v1/refunds", &form).await;
    assert_eq!(refused.problem().1, "payment_intent_unexpected_state");
    assert_eq!(
        refused.body["error"]["payment_intent"]["status"],
        "requires_capture"
    );
    let charge = text(&intent, "/latest_charge");
    let refused = client.post("/v1/refunds", &[("charge", charge)]).await;
    assert_eq!(refused.problem().1, "charge_not_refundable");
    let refused = client
        .post(&format!("/v1/charges/{charge}/refunds"), &[])
        .await;
    assert_eq!(refused.problem().1, "charge_not_refundable");
    assert_eq!(balance(&client).await, 0);
    // Its charge can be captured, too.
    let path = format!("/v1/charges/{charge}/capture");
    let refused = client.post(&path, &[("amount", "2001")]).await;
    assert_eq!(refused.problem(), (400, "amount_too_large", "amount"));
    let captured = client.post(&path, &[("amount", "100")]).await.value();
    let amounts = (&captured["amount"], &captured["amount_captured"]);
    assert_eq!(amounts, (&2_000.into(), &100.into()));
    let refund = client.post("/v1/refunds", &form).await.value();
    assert_eq!(refund["amount"], 100);
}

#[tokio::test]
async fn refund_of_a_partial_capture_takes_what_was_captured() {
    let (_fake, client) = start_server().await;
    let intent = pay(&client, "manual").await;
    let id = text(&intent, "/id");
    let path = format!("/v1/payment_intents/{id}/capture");
    let refused = client.post(&path, &[("amount_to_capture", "-1")]).await;
    assert_eq!(
        refused.problem(),
        (400, "parameter_invalid_integer", "amount_to_capture")
    );
    let form = [("amount_to_capture", "1500")];
    client.post(&path, &form).await.value();
    let form = [("payment_intent", id), ("amount", "1501")];
    let refused = client.post("/v1/refunds", &form).await;
    assert_eq!(refused.problem(), (400, "amount_too_large", "amount"));
    let form = [("payment_intent", id), ("amount", "600")];
    client.post("/v1/refunds", &form).await.value();
    let path = format!("/v1/charges/{}", text(&intent, "/latest_charge"));
    assert_eq!(client.get(&path).await.value()["refunded"], false);
    let rest = client.post("/v1/refunds", &[("payment_intent", id)]).await;
    assert_eq!(rest.value()["amount"], 900);
    assert_eq!(client.get(&path).await.value()["refunded"], true);
    assert_eq!(balance(&client).await, 0);
}

#[tokio::test]
async fn amount_of_a_refund_is_positive_and_not_more_than_the_rest() {
    let (_fake, client) = start_server().await;
    let intent = pay(&client, "automatic").await;
    let id = text(&intent, "/id");
    for (amount, code) in [
        ("0", "parameter_invalid_integer"),
        ("-5", "parameter_invalid_integer"),
        ("2001", "amount_too_large"),
    ] {
        let form = [("payment_intent", id), ("amount", amount)];
        let refused = client.post("/v1/refunds", &form).await;
        assert_eq!(refused.problem(), (400, code, "amount"), "{amount}");
    }
    let form = [("payment_intent", id)];
    client.post("/v1/refunds", &form).await.value();
    let form = [("payment_intent", id), ("amount", "1")];
    let refused = client.post("/v1/refunds", &form).await;
    assert_eq!(refused.problem().1, "charge_already_refunded");
    let refused = client.post("/v1/refunds", &[("amount", "1")]).await;
    assert_eq!(refused.problem().1, "parameter_missing");
}

#[tokio::test]
async fn refund_releases_an_uncaptured_charge_without_an_intent() {
    let (_fake, client) = start_server().await;
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("source", "tok_visa"),
        ("capture", "false"),
    ];
    let charge = client.post("/v1/charges", &form).await.value();
    let id = text(&charge, "/id");
    let refund = client.post("/v1/refunds", &[("charge", id)]).await.value();
    assert_eq!(refund["amount"], 700);
    assert_eq!(balance(&client).await, 0);
    let refused = client.post(&format!("/v1/charges/{id}/capture"), &[]).await;
    assert_eq!(refused.problem().1, "charge_already_refunded");
}

#[tokio::test]
async fn failed_charge_cannot_be_refunded() {
    let (_fake, client) = start_server().await;
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("source", "tok_chargeDeclined"),
    ];
    let declined = client.post("/v1/charges", &form).await;
    let charge = text(&declined.body, "/error/charge");
    let refused = client.post("/v1/refunds", &[("charge", charge)]).await;
    assert_eq!(refused.problem().1, "charge_not_refundable");
}
