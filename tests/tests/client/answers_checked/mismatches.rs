//! Responses that belong to other requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use blocking::prelude::*;
use stripe::customers::CreateCustomer;
use stripe::{Client, Error};

use super::server::{After, customer, requested, response, serve};
use super::{clients, with_both};

type Found = <stripe::customers::Retrieve as stripe::operation::Operation>::Output;

#[tokio::test(flavor = "multi_thread")]
async fn no_object_of_another_request_is_returned_when_a_response_was_sent_too_many() {
    const EXTRA: &str = concat!(
        "HTTP/1.1 200 X\r\ncontent-length: 84\r\n\r\n",
        r#"{"id":"cus_extra","object":"customer","created":1,"livemode":false,"metadata":{ }}  "#
    );
    let (url, _) = serve(|request, before| {
        let after = match before % 7 {
            3 => After::Send(EXTRA),
            _ => After::Keep,
        };
        (response(200, "", &requested(request)), after)
    });
    let (asynchronous, waiting) = clients(&url);
    let check = |wanted: &str, result: Result<Found, Error>| {
        match result {
            Ok(found) => {
                assert_eq!(found.id().as_str(), wanted);
                false
            }
            Err(error) => {
                // The transport itself may notice it, while the connection is idle.
                assert!(error.is_mismatch() || error.is_interrupted(), "{error}");
                error.is_mismatch()
            }
        }
    };
    let mut noticed = 0;
    for number in 0..60 {
        let id = format!("cus_{number}");
        noticed += u32::from(check(&id, asynchronous.customers().retrieve(&id).await));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let blocked = tokio::task::spawn_blocking(move || {
        let mut noticed = 0;
        for number in 0..60 {
            let id = format!("cus_{number}");
            noticed += u32::from(check(
                &id,
                waiting.customers().retrieve(&id).send_blocking(),
            ));
            thread::sleep(Duration::from_millis(1));
        }
        noticed
    });
    noticed += blocked.await.unwrap();
    assert!(noticed > 0, "no extra response was read as an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn response_is_refused_when_a_header_repeats_another_request() {
    for header in ["Idempotency-Key", "Stripe-Account", "Stripe-Version"] {
        let (url, received) = serve(move |_, _| {
            let headers = format!("{header}: another\r\n");
            (response(200, &headers, &customer("cus_new")), After::Keep)
        });
        let create = |client: &Client| {
            let call = client.customers().create(CreateCustomer::new());
            call.account("acct_1")
        };
        for result in with_both(&url, create).await {
            let error = result.unwrap_err();
            assert!(
                error.is_mismatch() && error.outcome().is_unknown(),
                "{error}"
            );
            assert!(error.pending().is_some());
            let mismatch = error.mismatch().unwrap();
            assert!(mismatch.name.eq_ignore_ascii_case(header));
            assert_eq!(mismatch.received, "another");
            let received = received.lock().unwrap();
            let mut sent = received.iter().map(|it| it.header(&mismatch.name));
            assert!(sent.any(|value| value == Some(&*mismatch.expected)));
            assert!(!error.to_string().contains(&mismatch.expected));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_is_accepted_when_its_headers_repeat_the_request() {
    let (url, _) = serve(|request, _| {
        let header = |name: &str| {
            let value = request.header(name).unwrap_or_default();
            format!("{name}: {value}\r\n")
        };
        let headers = ["idempotency-key", "stripe-account", "stripe-version"].map(header);
        (
            response(200, &headers.concat(), &customer("cus_new")),
            After::Keep,
        )
    });
    let create = |client: &Client| {
        let call = client.customers().create(CreateCustomer::new());
        call.account("acct_1")
            .api_version("2026-05-27.dahlia; feature=v1")
    };
    for result in with_both(&url, create).await {
        assert_eq!(result.unwrap().id, "cus_new");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_is_not_used_again_when_a_response_belonged_to_another_request() {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let (url, _) = serve(move |request, before| {
        count.fetch_add(1, Ordering::SeqCst);
        let id = match before {
            0 => "cus_other".to_owned(),
            _ => request.path().rsplit('/').next().unwrap().to_owned(),
        };
        // A second request on the first connection would get no response.
        let after = if before == 0 {
            After::Send("")
        } else {
            After::Keep
        };
        (response(200, "", &customer(&id)), after)
    });
    let (client, _) = clients(&url);
    assert!(
        client
            .customers()
            .retrieve("cus_1")
            .await
            .unwrap_err()
            .is_mismatch()
    );
    assert!(client.customers().retrieve("cus_1").await.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn object_is_refused_when_it_is_not_the_requested_one() {
    let cases = [
        ("id", customer("cus_2")),
        (
            "object",
            customer("cus_1").replace("\"customer\"", "\"charge\""),
        ),
        ("livemode", customer("cus_1").replace("false", "true")),
    ];
    for (name, body) in cases {
        let answer = body.clone();
        let (url, _) = serve(move |_, _| (response(200, "", &answer), After::Keep));
        for result in with_both(&url, |client| client.customers().retrieve("cus_1")).await {
            let error = result.unwrap_err();
            assert!(error.is_mismatch(), "{name}: {error}");
            assert_eq!(error.mismatch().unwrap().name, name);
        }
        let unchecked = Client::builder().api_key("sk_test_1").base_url(&url);
        let unchecked = unchecked.check_responses(false).build().unwrap();
        assert!(
            unchecked.customers().retrieve("cus_1").await.is_ok(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn object_is_accepted_when_its_id_may_be_another_name_of_it() {
    for (wanted, answered) in [
        ("CUS_1", "cus_1"),
        ("customer-1", "cus_1"),
        ("gcus_1", "cus_1"),
    ] {
        let (url, _) = serve(move |_, _| (response(200, "", &customer(answered)), After::Keep));
        let (client, _) = clients(&url);
        let found = client.customers().retrieve(wanted).await;
        assert!(found.is_ok(), "{wanted}: {found:?}");
    }
}
