//! Operations of v2: JSON bodies, pages by URL.

use serde_json::json;

use crate::requests::{TestResponse, start_server, text};

#[tokio::test]
async fn accounts_are_created_listed_and_closed() {
    let (_fake, client) = start_server().await;
    for number in 0..3 {
        let body = json!({ "display_name": format!("Account {number}") });
        let created = client.post_json("/v2/core/accounts", body).await.value();
        assert_eq!(created["object"], "v2.core.account");
        assert!(text(&created, "/created").ends_with('Z'));
    }
    let page = client.get("/v2/core/accounts?limit=2").await.value();
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert!(page["previous_page_url"].is_null());
    let next = client.get(text(&page, "/next_page_url")).await.value();
    assert_eq!(next["data"][0]["display_name"], "Account 0");
    assert!(next["next_page_url"].is_null() && next["previous_page_url"].is_string());
    let path = format!("/v2/core/accounts/{}/close", text(&next, "/data/0/id"));
    let closed = client.post_json(&path, json!({})).await.value();
    assert_eq!(closed["id"], next["data"][0]["id"]);
    let refused = client
        .post_json("/v2/core/accounts", json!({ "planet": 1 }))
        .await;
    assert_eq!(refused.problem(), (400, "parameter_unknown", "planet"));
}

#[tokio::test]
async fn changes_are_events_of_version_two() {
    let (_fake, client) = start_server().await;
    let body = json!({ "display_name": "Shop" });
    let account = client.post_json("/v2/core/accounts", body).await.value();
    let events = client.get("/v2/core/events").await.value();
    let event = &events["data"][0];
    assert_eq!(event["type"], "v2.core.account.created");
    assert_eq!(event["related_object"]["id"], account["id"]);
    let url = text(event, "/related_object/url");
    assert_eq!(client.get(url).await.value()["id"], account["id"]);
}

#[tokio::test]
async fn meter_events_have_the_errors_of_the_document() {
    let (_fake, client) = start_server().await;
    let event = |identifier: &str| {
        json!({
            "event_name": "calls",
            "identifier": identifier,
            "payload": { "stripe_customer_id": "cus_1", "value": "2" },
        })
    };
    let path = "/v2/billing/meter_events";
    let code = |response: TestResponse| response.body["error"]["code"].clone();
    assert_eq!(code(client.post_json(path, event("a")).await), "no_meter");
    let form = [
        ("display_name", "Calls"),
        ("event_name", "calls"),
        ("default_aggregation[formula]", "sum"),
    ];
    let meter = client.post("/v1/billing/meters", &form).await.value();
    client.post_json(path, event("a")).await.value();
    let repeated = client.post_json(path, event("a")).await;
    assert_eq!(code(repeated), "duplicate_meter_event");
    let deactivate = format!("/v1/billing/meters/{}/deactivate", text(&meter, "/id"));
    client.post(&deactivate, &[]).await.value();
    assert_eq!(
        code(client.post_json(path, event("b")).await),
        "archived_meter"
    );
}
