//! What is known of a write after a page of a proxy or a lost response, and what is repeated.

use std::thread;
use std::time::Duration;

use blocking::prelude::*;
use runtime::operation::Method;
use stripe::Client;
use stripe::customers::CreateCustomer;

use super::server::{After, requested, response, serve};
use super::{clients, with_both, with_retries};

#[tokio::test(flavor = "multi_thread")]
async fn write_may_have_been_executed_when_a_proxy_sends_a_page() {
    const STATUSES: [u16; 23] = [
        300, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 407, 410, 413, 414, 415, 421, 425,
        426, 429, 431, 444, 451,
    ];
    for status in STATUSES.into_iter().chain([494, 499]) {
        let (url, _) = serve(move |_, _| {
            let body = if status == 304 { "" } else { "<html>no</html>" };
            (response(status, "", body), After::Close(0))
        });
        let create = |client: &Client| client.customers().create(CreateCustomer::new());
        for result in with_both(&url, create).await {
            let error = result.unwrap_err();
            assert!(error.outcome().is_unknown(), "{status}: {error}");
            assert!(error.pending().is_some(), "{status}");
        }
    }
}

#[tokio::test]
async fn write_is_rejected_when_the_api_says_so() {
    let object = r#"{"error":{"type":"invalid_request_error"}}"#;
    for (headers, body) in [("", object), ("request-id: req_1\r\n", "<html>no</html>")] {
        let (url, _) = serve(move |_, _| (response(403, headers, body), After::Keep));
        let (client, _) = clients(&url);
        let error = client
            .customers()
            .create(CreateCustomer::new())
            .await
            .unwrap_err();
        assert!(error.outcome().is_rejected(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_is_repeated_without_a_key_when_an_attempt_fails() {
    let failures = [
        String::new(),
        response(500, "", ""),
        response(409, "", r#"{"error":{"type":"invalid_request_error"}}"#),
        response(500, "stripe-should-retry: true\r\n", ""),
        "HTTP/1.1 200 X\r\ncontent-length: 50\r\n\r\n{".to_owned(),
    ];
    for failure in failures {
        let first = failure.clone();
        let (url, received) = serve(move |request, before| match before {
            0 => (first.clone(), After::Close(0)),
            _ => (response(200, "", &requested(request)), After::Keep),
        });
        let (client, _) = with_retries(&url, 2);
        let deleted = client.customers().delete("cus_1").await;
        assert!(deleted.is_ok(), "{failure:?}: {deleted:?}");
        let received = received.lock().unwrap();
        assert_eq!(received.len(), 2, "{failure:?}");
        assert!(
            received
                .iter()
                .all(|it| it.header("idempotency-key").is_none())
        );
    }
}

#[tokio::test]
async fn deletion_may_have_succeeded_when_its_repetition_finds_nothing() {
    const MISSING: &str = r#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#;
    let (url, _) = serve(|_, before| match before {
        0 => (String::new(), After::Keep),
        _ => (response(404, "request-id: req_1\r\n", MISSING), After::Keep),
    });
    let (client, _) = with_retries(&url, 2);
    for call in [
        client.customers().delete("cus_1").decode_as(),
        client.raw(Method::Delete, "/v1/customers/cus_1"),
        client
            .raw(Method::Delete, "/v1/customers/cus_1")
            .idempotency_key("own"),
    ] {
        let call = call.retries(2);
        let error = call.await.unwrap_err();
        if error.attempts() == 1 {
            // Nothing was lost, so it is known that the object was not there.
            assert!(
                error.outcome().is_rejected() && !error.may_have_deleted(),
                "{error}"
            );
            continue;
        }
        assert!(
            error.is_not_found() && error.outcome().is_unknown(),
            "{error}"
        );
        assert!(error.may_have_deleted());
        assert!(error.to_string().contains("may have deleted it"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_when_the_server_closes_kept_connections() {
    let (url, _) = serve(|request, before| {
        let after = After::Close(1 + before as u64 % 3);
        (response(200, "", &requested(request)), after)
    });
    // Ten clients of each kind, each with its own connection, make 30 calls one after the other.
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (asynchronous, waiting) = with_retries(&url, 2);
        tasks.spawn(async move {
            for number in 0..10_u64 {
                let (id, pause) = (format!("cus_{number}"), Duration::from_millis(number % 4));
                let customers = asynchronous.customers();
                customers.retrieve(&id).await.unwrap();
                tokio::time::sleep(pause).await;
                customers.create(CreateCustomer::new()).await.unwrap();
                tokio::time::sleep(pause).await;
                customers.delete(&id).await.unwrap();
                tokio::time::sleep(pause).await;
            }
        });
        tasks.spawn_blocking(move || {
            for number in 0..10_u64 {
                let (id, pause) = (format!("cus_{number}"), Duration::from_millis(number % 4));
                let customers = waiting.customers();
                customers.retrieve(&id).send_blocking().unwrap();
                thread::sleep(pause);
                let created = customers.create(CreateCustomer::new());
                created.send_blocking().unwrap();
                thread::sleep(pause);
                customers.delete(&id).send_blocking().unwrap();
                thread::sleep(pause);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn longest_wait_counts_when_retry_after_occurs_twice() {
    let (url, _) = serve(|_, _| {
        let headers = "retry-after: 1\r\nretry-after: 50\r\nretry-after: 2\r\n";
        (response(429, headers, r#"{"error":{}}"#), After::Keep)
    });
    let (client, _) = clients(&url);
    let error = client.customers().retrieve("cus_1").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
}
