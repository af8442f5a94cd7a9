//! What notifications fetch, and in which context.

use runtime::value::RawJson;
use testing::ManualClock;
use webhooks::EventNotification;

use crate::server::Server;

fn notification(extra: &str) -> EventNotification {
    let text = format!(
        r#"{{"id":"evt_1","object":"v2.core.event","type":"v2.core.account.updated",
        "created":"2026-01-28T12:30:00Z"{extra}}}"#
    );
    EventNotification::parse_unverified(text.as_bytes()).unwrap()
}

#[tokio::test]
async fn event_is_fetched_in_its_context() {
    let server = Server::default();
    let client = server.client(&ManualClock::new().auto_advance());
    let notification = notification(r#","context":"acct_1""#);
    let event: RawJson = notification.fetch_event(&client).await.unwrap();
    assert_eq!(event.as_str(), r#"{"id":"fetched"}"#);
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/v2/core/events/evt_1");
    assert_eq!(seen.headers["test-context"], "acct_1");
    assert_eq!(seen.headers["test-trigger"], "event=evt_1");
}

#[tokio::test]
async fn related_object_is_fetched_from_its_path() {
    let server = Server::default();
    let client = server.client(&ManualClock::new().auto_advance());
    let notification = notification(
        r#","related_object":{"id":"cus_1","type":"customer","url":"/v1/customers/cus_1?a=b"}"#,
    );
    let call = notification
        .fetch_related_object::<RawJson>(&client)
        .unwrap();
    call.await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.path.as_str(), seen.query.as_str()),
        ("/v1/customers/cus_1", "a=b")
    );
    assert!(!seen.headers.contains_key("test-context"));
}

#[tokio::test]
async fn nothing_is_fetched_when_there_is_no_related_object() {
    let client = Server::default().client(&ManualClock::new());
    assert!(
        notification("")
            .fetch_related_object::<RawJson>(&client)
            .is_none()
    );
}

#[tokio::test]
async fn key_goes_to_no_other_host_whatever_the_url_is() {
    for url in [
        "https://evil.test/x",
        "//evil.test/x",
        "@evil.test/x",
        "",
        "v1/x",
    ] {
        let server = Server::default();
        let client = server.client(&ManualClock::new().auto_advance());
        let object = format!(r#","related_object":{{"id":"x","type":"x","url":"{url}"}}"#);
        let call = notification(&object)
            .fetch_related_object::<RawJson>(&client)
            .unwrap();
        let outcome = call.await;
        // Either the call fails, or the text is a path on the API's own host.
        assert!(outcome.is_err() || server.seen()[0].path == url, "{url}");
    }
}

#[tokio::test]
async fn event_cannot_be_fetched_when_the_api_has_none() {
    let client = Server::default().client_without_events(&ManualClock::new().auto_advance());
    let error = notification("")
        .fetch_event::<RawJson>(&client)
        .await
        .unwrap_err();
    assert!(error.is_build(), "{error}");
}
