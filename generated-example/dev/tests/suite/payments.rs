//! Payment intents, charges, refunds, the balance, and setup intents.

use serde_json::Value;

use crate::requests::{TestClient, start_server, text};

async fn create_intent(client: &TestClient, method: &str, form: &[(&str, &str)]) -> Value {
    let mut all = vec![
        ("amount", "2000"),
        ("currency", "USD"),
        ("payment_method", method),
    ];
    all.extend(form);
    client.post("/v1/payment_intents", &all).await.value()
}

#[tokio::test]
async fn intent_is_confirmed_and_charged() {
    let (fake, client) = start_server().await;
    let intent = create_intent(&client, "pm_card_visa", &[]).await;
    assert_eq!(intent["status"], "requires_confirmation");
    assert!(text(&intent, "/client_secret").starts_with(text(&intent, "/id")));
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    let paid = client.post(&path, &[]).await.value();
    assert_eq!(
        (&paid["status"], &paid["amount_received"]),
        (&"succeeded".into(), &2_000.into())
    );
    let charge = client
        .get(&format!("/v1/charges/{}", text(&paid, "/latest_charge")))
        .await;
    let charge = charge.value();
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    assert_eq!(
        (&charge["paid"], &charge["captured"]),
        (&true.into(), &true.into())
    );
    let again = client.post(&path, &[]).await;
    assert_eq!(again.problem().1, "payment_intent_unexpected_state");
    let types: Vec<String> = fake
        .events()
        .await
        .iter()
        .map(|event| text(event, "/type").to_owned())
        .collect();
    for kind in [
        "payment_intent.created",
        "payment_intent.succeeded",
        "charge.succeeded",
    ] {
        assert!(
            types.iter().any(|found| found == kind),
            "{kind} of {types:?}"
        );
    }
}

#[tokio::test]
async fn declined_card_fails_the_payment() {
    let (_fake, client) = start_server().await;
    let intent = create_intent(&client, "pm_card_chargeDeclinedInsufficientFunds", &[]).await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let refused = client.post(&format!("{path}/confirm"), &[]).await;
    assert_eq!(refused.status, 402);
    let error = &refused.body["error"];
    assert_eq!(
        (&error["type"], &error["code"]),
        (&"card_error".into(), &"card_declined".into())
    );
    assert_eq!(error["decline_code"], "insufficient_funds");
    assert_eq!(error["payment_intent"]["id"], intent["id"]);
    let found = client.get(&path).await.value();
    assert_eq!(found["status"], "requires_payment_method");
    assert_eq!(found["last_payment_error"]["code"], "card_declined");
    let form = [("payment_method", "pm_card_mastercard")];
    let paid = client.post(&format!("{path}/confirm"), &form).await.value();
    assert_eq!(paid["status"], "succeeded");
    assert!(paid["last_payment_error"].is_null());
}

#[tokio::test]
async fn authorised_payment_is_captured_in_part_or_cancelled() {
    let (_fake, client) = start_server().await;
    let form = [("capture_method", "manual"), ("confirm", "true")];
    let intent = create_intent(&client, "pm_card_visa", &form).await;
    assert_eq!(intent["status"], "requires_capture");
    assert_eq!(intent["amount_capturable"], 2_000);
    let path = format!("/v1/payment_intents/{}/capture", text(&intent, "/id"));
    let refused = client.post(&path, &[("amount_to_capture", "3000")]).await;
    assert_eq!(
        refused.problem(),
        (400, "amount_too_large", "amount_to_capture")
    );
    let captured = client
        .post(&path, &[("amount_to_capture", "1500")])
        .await
        .value();
    assert_eq!(
        (&captured["status"], &captured["amount_received"]),
        (&"succeeded".into(), &1_500.into())
    );
    let balance = client.get("/v1/balance").await.value();
    assert_eq!(balance["available"][0]["amount"], 1_500);

    let intent = create_intent(&client, "pm_card_visa", &form).await;
    let path = format!("/v1/payment_intents/{}/cancel", text(&intent, "/id"));
    assert_eq!(client.post(&path, &[]).await.value()["status"], "canceled");
    assert_eq!(client.post(&path, &[]).await.status, 400);
}

#[tokio::test]
async fn refunds_take_what_is_left() {
    let (_fake, client) = start_server().await;
    let intent = create_intent(&client, "pm_card_visa", &[("confirm", "true")]).await;
    let id = text(&intent, "/id");
    let form = [("payment_intent", id), ("amount", "500")];
    let part = client.post("/v1/refunds", &form).await.value();
    assert_eq!(
        (&part["amount"], &part["charge"]),
        (&500.into(), &intent["latest_charge"])
    );
    let rest = client
        .post("/v1/refunds", &[("payment_intent", id)])
        .await
        .value();
    assert_eq!(rest["amount"], 1_500);
    let more = client.post("/v1/refunds", &[("payment_intent", id)]).await;
    assert_eq!(more.problem().1, "charge_already_refunded");
    let path = format!(
        "/v1/charges/{}?expand[]=refunds",
        text(&intent, "/latest_charge")
    );
    let charge = client.get(&path).await.value();
    assert_eq!(
        (&charge["refunded"], &charge["amount_refunded"]),
        (&true.into(), &2_000.into())
    );
    assert_eq!(charge["refunds"]["data"].as_array().unwrap().len(), 2);
    let balance = client.get("/v1/balance").await.value();
    assert_eq!(balance["available"][0]["amount"], 0);
}

#[tokio::test]
async fn numbers_of_test_cards_decide_about_the_payment() {
    let (_fake, client) = start_server().await;
    let cases = [
        ("4242424242424242", 200, "succeeded"),
        ("4000000000000341", 402, ""),
        ("4000002760003184", 200, "requires_action"),
    ];
    for (number, status, intent_status) in cases {
        let form = [
            ("type", "card"),
            ("card[number]", number),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2030"),
        ];
        let method = client.post("/v1/payment_methods", &form).await.value();
        assert!(!method.to_string().contains(number));
        let form = [
            ("amount", "100"),
            ("currency", "usd"),
            ("payment_method", text(&method, "/id")),
            ("confirm", "true"),
        ];
        let paid = client.post("/v1/payment_intents", &form).await;
        assert_eq!(paid.status, status, "{number}");
        if status == 200 {
            assert_eq!(paid.body["status"], intent_status);
        }
    }
}

#[tokio::test]
async fn dispute_follows_from_a_card_that_is_disputed() {
    let (_fake, client) = start_server().await;
    let form = [("confirm", "true")];
    let intent = create_intent(&client, "pm_card_createDispute", &form).await;
    let path = format!("/v1/disputes?payment_intent={}", text(&intent, "/id"));
    let disputes = client.get(&path).await.value();
    assert_eq!(disputes["data"][0]["status"], "needs_response");
    let path = format!("/v1/disputes/{}/close", text(&disputes, "/data/0/id"));
    assert_eq!(client.post(&path, &[]).await.value()["status"], "lost");
}

#[tokio::test]
async fn setup_intent_saves_a_card_for_a_customer() {
    let (_fake, client) = start_server().await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let id = text(&customer, "/id");
    let form = [
        ("customer", id),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    let intent = client.post("/v1/setup_intents", &form).await.value();
    assert_eq!(intent["status"], "succeeded");
    let path = format!("/v1/customers/{id}/payment_methods");
    let methods = client.get(&path).await.value();
    assert_eq!(methods["data"][0]["id"], intent["payment_method"]);
    let method = text(&intent, "/payment_method");
    let path = format!("/v1/payment_methods/{method}/detach");
    assert!(client.post(&path, &[]).await.value()["customer"].is_null());
    assert_eq!(client.post(&path, &[]).await.status, 400);
}

#[tokio::test]
async fn legacy_charge_of_a_token_succeeds() {
    let (_fake, client) = start_server().await;
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("source", "tok_visa"),
    ];
    let charge = client.post("/v1/charges", &form).await.value();
    assert_eq!(
        (&charge["status"], &charge["amount"]),
        (&"succeeded".into(), &700.into())
    );
    let form = [
        ("amount", "700"),
        ("currency", "usd"),
        ("source", "tok_chargeDeclined"),
    ];
    assert_eq!(client.post("/v1/charges", &form).await.status, 402);
}

#[tokio::test]
async fn destination_charge_makes_a_transfer() {
    let (_fake, client) = start_server().await;
    let account = client.post("/v1/accounts", &[("type", "express")]).await;
    let account = account.value();
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
        ("application_fee_amount", "200"),
        ("transfer_data[destination]", text(&account, "/id")),
    ];
    let intent = client.post("/v1/payment_intents", &form).await.value();
    let transfers = client.get("/v1/transfers").await.value();
    let transfer = &transfers["data"][0];
    assert_eq!(transfer["amount"], 1_800);
    assert_eq!(transfer["destination"], account["id"]);
    assert_eq!(transfer["source_transaction"], intent["latest_charge"]);
}

#[tokio::test]
async fn finished_intent_cannot_be_updated() {
    let (_fake, client) = start_server().await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    let intent = client.post("/v1/payment_intents", &form).await.value();
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let response = client.post(&path, &[("amount", "7")]).await;
    assert_eq!(response.problem().1, "payment_intent_unexpected_state");
    assert_eq!(client.get(&path).await.value()["amount"], 2_000);
    let unfunded = [("amount", "2000"), ("currency", "usd")];
    assert_eq!(client.post("/v1/charges", &unfunded).await.status, 400);
}
