//! Objects are created, read, changed and deleted.

use serde_json::json;

use crate::requests::{start_server, text};

#[tokio::test]
async fn customer_keeps_what_was_sent() {
    let (_fake, client) = start_server().await;
    let form = [
        ("email", "jenny@example.com"),
        ("address[city]", "Paris"),
        ("metadata[order]", "42"),
        ("preferred_locales[]", "fr"),
        ("preferred_locales[]", "en"),
    ];
    let created = client.post("/v1/customers", &form).await.value();
    assert!(text(&created, "/id").starts_with("cus_"));
    assert_eq!(created["livemode"], false);
    let path = format!("/v1/customers/{}", text(&created, "/id"));
    let found = client.get(&path).await.value();
    assert_eq!(found, created);
    assert_eq!(found["address"]["city"], "Paris");
    assert_eq!(found["address"]["line2"], json!(null));
    assert_eq!(found["preferred_locales"], json!(["fr", "en"]));

    let changed = client.post(&path, &[("name", "Jenny")]).await.value();
    assert_eq!(
        (&changed["name"], &changed["email"]),
        (&json!("Jenny"), &found["email"])
    );
    let cleared = client
        .post(&path, &[("name", ""), ("address", "")])
        .await
        .value();
    assert!(cleared["name"].is_null() && cleared["address"].is_null());
}

#[tokio::test]
async fn metadata_is_merged_by_key() {
    let (_fake, client) = start_server().await;
    let form = [("metadata[a]", "1"), ("metadata[b]", "2")];
    let created = client.post("/v1/customers", &form).await.value();
    let path = format!("/v1/customers/{}", text(&created, "/id"));
    let form = [("metadata[a]", ""), ("metadata[c]", "3")];
    let changed = client.post(&path, &form).await.value();
    assert_eq!(changed["metadata"], json!({ "b": "2", "c": "3" }));
    let cleared = client.post(&path, &[("metadata", "")]).await.value();
    assert_eq!(cleared["metadata"], json!({}));
}

#[tokio::test]
async fn deleted_customer_can_be_read_and_deleted_product_not() {
    let (_fake, client) = start_server().await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let path = format!("/v1/customers/{}", text(&customer, "/id"));
    let deleted = client.delete(&path).await.value();
    assert_eq!(deleted["deleted"], true);
    assert_eq!(client.get(&path).await.value(), deleted);
    assert_eq!(client.post(&path, &[("name", "a")]).await.status, 404);

    let product = client
        .post("/v1/products", &[("name", "Gold")])
        .await
        .value();
    let path = format!("/v1/products/{}", text(&product, "/id"));
    client.delete(&path).await.value();
    assert_eq!(
        client.get(&path).await.problem(),
        (404, "resource_missing", "id")
    );
}

#[tokio::test]
async fn nested_objects_belong_to_their_owner() {
    let (_fake, client) = start_server().await;
    let mut paths = Vec::new();
    for value in ["DE123456789", "FR12345678901"] {
        let customer = client.post("/v1/customers", &[]).await.value();
        let path = format!("/v1/customers/{}/tax_ids", text(&customer, "/id"));
        let form = [("type", "eu_vat"), ("value", value)];
        let tax_id = client.post(&path, &form).await.value();
        assert_eq!(tax_id["customer"], customer["id"]);
        assert_eq!(tax_id["country"], value[..2]);
        paths.push((path, tax_id));
    }
    for (path, tax_id) in &paths {
        let listed = client.get(path).await.value();
        assert_eq!(listed["data"], json!([tax_id]));
    }
    let path = "/v1/customers/cus_none/tax_ids";
    assert_eq!(
        client.get(path).await.problem(),
        (404, "resource_missing", "customer")
    );
}

#[tokio::test]
async fn fields_are_expanded_on_request_and_at_any_level() {
    let (_fake, client) = start_server().await;
    let customer = client.post("/v1/customers", &[]).await.value();
    let id = text(&customer, "/id");
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", id),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("expand[]", "latest_charge.balance_transaction"),
        ("expand[]", "customer"),
    ];
    let intent = client.post("/v1/payment_intents", &form).await.value();
    assert_eq!(text(&intent, "/customer/id"), id);
    assert_eq!(intent["latest_charge"]["balance_transaction"]["net"], 2_000);
    let path = "/v1/payment_intents?expand[]=data.customer";
    let listed = client.get(path).await.value();
    assert_eq!(text(&listed, "/data/0/customer/id"), id);
    assert!(listed["data"][0]["latest_charge"].is_string());
    let path = format!("/v1/customers/{id}?expand[]=tax_ids&expand[]=subscriptions");
    let found = client.get(&path).await.value();
    assert_eq!(found["tax_ids"]["object"], "list");
    let path = format!("/v1/customers/{id}?expand[]=email");
    let refused = client.get(&path).await;
    assert_eq!(refused.problem(), (400, "parameter_invalid", "expand[0]"));
}

#[tokio::test]
async fn accounts_have_objects_of_their_own() {
    let (_fake, client) = start_server().await;
    let headers = [("stripe-account", "acct_1")];
    let created = client
        .post_with("/v1/customers", &[], &headers)
        .await
        .value();
    let path = format!("/v1/customers/{}", text(&created, "/id"));
    assert_eq!(client.get(&path).await.status, 404);
    let headers = [
        ("authorization", "Bearer sk_test_1"),
        ("stripe-account", "acct_1"),
    ];
    let found = client.send("GET", &path, &headers, String::new()).await;
    assert_eq!(found.value(), created);
}

#[tokio::test]
async fn verbs_change_the_status() {
    let (_fake, client) = start_server().await;
    let form = [("amount", "100"), ("currency", "usd")];
    let payout = client.post("/v1/payouts", &form).await.value();
    assert_eq!(payout["status"], "pending");
    let path = format!("/v1/payouts/{}/cancel", text(&payout, "/id"));
    assert_eq!(client.post(&path, &[]).await.value()["status"], "canceled");
}

#[tokio::test]
async fn uploaded_file_is_an_object() {
    let (_fake, client) = start_server().await;
    let body = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
                --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n\
                content\r\n--b--\r\n";
    let headers = [
        ("authorization", "Bearer sk_test_1"),
        ("content-type", "multipart/form-data; boundary=b"),
    ];
    let file = client
        .send("POST", "/v1/files", &headers, body.to_owned())
        .await;
    let file = file.value();
    assert_eq!(file["purpose"], "dispute_evidence");
    let path = format!("/v1/files/{}", text(&file, "/id"));
    assert_eq!(client.get(&path).await.value(), file);
}
