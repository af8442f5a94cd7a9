//! Calls, pages and errors.

use blocking::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use blocking::ThreadClock;
use blocking::block_on;
use runtime::clock::Clock;
use runtime::retry::RetryPolicy;
use runtime::{Client, Error, Method};

use crate::api::{API, Anything, Create, Delete, Item, KEY, ListItems, Params, Retrieve};
use crate::server::{Reply, Server};
use crate::{builder, client};

const ITEM: &str = r#"{"id": "item_1"}"#;

fn params() -> Params {
    Params {
        email: Some("a@b.c".to_owned()),
        ..Params::default()
    }
}

fn now() -> Instant {
    ThreadClock.now()
}

#[test]
fn call_sends_the_same_request_as_the_async_one() {
    let server = Server::always(ITEM);
    let item = client(&server)
        .request::<Create>(&[], &params())
        .send_blocking();
    assert_eq!(item.unwrap().id, "item_1");
    let seen = server.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/v1/items")
    );
    assert_eq!(seen.body, "email=a%40b.c");
    let authorization = format!("Bearer {KEY}");
    assert_eq!(seen.header("authorization"), Some(authorization.as_str()));
    assert_eq!(
        seen.header("user-agent"),
        Some("Test/v1 RustBindings/0.1.0")
    );
    assert_eq!(seen.header("stripe-version"), Some("2026-01-28.test"));
    assert!(seen.header("idempotency-key").is_some());
    // ureq adds no headers of its own.
    assert_eq!(seen.header("accept-encoding"), None);
    for name in [
        "user-agent",
        "accept",
        "host",
        "content-length",
        "content-type",
    ] {
        let count = seen.headers.iter().filter(|(key, _)| key == name).count();
        assert_eq!(count, 1, "{name}: {seen:#?}");
    }
}

#[test]
fn request_has_length_only_when_its_method_has_a_body() {
    let server = Server::always(ITEM);
    let client = client(&server);
    client
        .request::<Retrieve>(&["a"], &())
        .send_blocking()
        .unwrap();
    client
        .request::<Delete>(&["a"], &params())
        .send_blocking()
        .unwrap();
    client
        .raw(Method::Post, "/v1/items")
        .send_blocking()
        .unwrap();
    let seen = server.seen();
    let lengths: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("content-length"))
        .collect();
    assert_eq!(lengths, [None, None, Some("0")], "{seen:#?}");
    assert_eq!(seen[1].target, "/v1/items/a?email=a%40b.c");
}

#[test]
fn with_response_returns_metadata() {
    let server = Server::always(ITEM);
    let call = client(&server).request::<Anything>(&[], &());
    let response = call.with_response().send_blocking().unwrap();
    assert_eq!(response.request_id(), Some("req_wire"));
    assert_eq!(response.body().as_ref(), ITEM.as_bytes());
}

#[test]
fn server_error_is_typed() {
    let body = r#"{"error": {"type": "invalid_request_error", "code": "resource_missing"}}"#;
    let server = Server::start(move |_| Reply::status(404, body));
    let call = client(&server).request::<Retrieve>(&["a"], &());
    let error = call.send_blocking().unwrap_err();
    assert!(
        error.is_not_found() && error.code() == Some("resource_missing"),
        "{error}"
    );
}

#[test]
fn retried_write_repeats_bytes_and_key() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::status(503, "busy"),
        1 => Reply::HangUp,
        _ => Reply::json(ITEM),
    });
    let call = client(&server).request::<Create>(&[], &params()).retries(2);
    call.send_blocking().unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for later in &seen[1..] {
        assert_eq!(later.body, seen[0].body);
        assert_eq!(
            later.header("idempotency-key"),
            seen[0].header("idempotency-key")
        );
    }
}

#[test]
fn pause_is_as_long_as_the_server_asks() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Respond(503, vec![("retry-after", "0.3".to_owned())], Vec::new()),
        _ => Reply::json(ITEM),
    });
    let policy = RetryPolicy::new().initial_backoff(Duration::ZERO);
    let client = builder(&server).retry_policy(policy).build().unwrap();
    let begun = now();
    client
        .request::<Anything>(&[], &())
        .retries(1)
        .send_blocking()
        .unwrap();
    let spent = now() - begun;
    assert!(spent >= Duration::from_millis(300), "{spent:?}");
}

fn pages() -> Server {
    Server::start(|seen| {
        let page = match seen.target.as_str() {
            "/v1/items" => r#"{"data": [{"id": "a"}, {"id": "b"}], "has_more": true}"#,
            "/v1/items?starting_after=b" => r#"{"data": [{"id": "c"}], "has_more": true}"#,
            "/v1/items?starting_after=c" => r#"{"data": [{"id": "d"}], "has_more": false}"#,
            _ => "no",
        };
        Reply::json(page)
    })
}

#[test]
fn items_of_all_pages_come_in_order() {
    let server = pages();
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let items: Result<Vec<Item>, Error> = call.items_blocking().collect();
    let ids: Vec<_> = items.unwrap().into_iter().map(|item| item.id).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

#[test]
fn items_go_on_after_the_last_one_when_they_are_resumed() {
    let server = pages();
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let mut items = call.clone().items_blocking();
    for id in ["a", "b", "c"] {
        assert_eq!(items.next().unwrap().unwrap().id, id);
    }
    let rest = call.items_blocking().resume_from(&items.cursor());
    let ids: Vec<_> = rest.map(|item| item.unwrap().id).collect();
    assert_eq!(ids, ["d"]);
}

#[test]
fn later_pages_are_not_fetched_when_they_are_not_requested() {
    let server = pages();
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    assert_eq!(call.items_blocking().take(2).count(), 2);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn pages_end_after_an_error() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v1/items" => Reply::json(r#"{"data": [{"id": "a"}], "has_more": true}"#),
        _ => Reply::status(500, ""),
    });
    let call = client(&server).request::<ListItems>(&[], &Params::default());
    let pages: Vec<_> = call.pages_blocking().collect();
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0].as_ref().unwrap().data.len(), 1);
    assert!(pages[1].as_ref().unwrap_err().is_server());
}

#[test]
fn other_futures_of_a_client_are_driven_by_block_on() {
    let server = Server::always(ITEM);
    let client = client(&server);
    assert!(block_on(client.pending_writes()).unwrap().is_empty());
    let item = block_on(async { client.request::<Retrieve>(&["a"], &()).await });
    assert_eq!(item.unwrap().id, "item_1");
}

#[test]
fn write_with_unknown_outcome_can_be_resumed() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::HangUp,
        _ => Reply::json(ITEM),
    });
    let client = client(&server);
    let error = client
        .request::<Create>(&[], &params())
        .send_blocking()
        .unwrap_err();
    let write = error.pending().unwrap();
    let item = client.resume_as::<Create>(write).send_blocking().unwrap();
    assert_eq!(item.id, "item_1");
    let seen = server.seen();
    assert_eq!(
        seen[0].header("idempotency-key"),
        seen[1].header("idempotency-key")
    );
    assert_eq!(seen[0].body, seen[1].body);
}

#[test]
fn call_fails_when_the_client_needs_tokio() {
    let server = Server::always(ITEM);
    let client = crate::api::client(&server);
    let list = || client.request::<ListItems>(&[], &Params::default());
    let call = || client.request::<Anything>(&[], &());
    let mut items = list().items_blocking();
    let mut pages = list().pages_blocking();
    for error in [
        call().send_blocking().unwrap_err(),
        call().with_response().send_blocking().unwrap_err(),
        items.next().unwrap().unwrap_err(),
        pages.next().unwrap().unwrap_err(),
    ] {
        assert!(
            error.is_build() && error.to_string().contains("BlockingBuilder"),
            "{error}"
        );
    }
    assert!(items.next().is_none() && pages.next().is_none());
    assert!(server.seen().is_empty());
}

#[test]
fn base_url_with_a_fragment_is_rejected() {
    for url in ["https://a.test/#x", "https://a.test#", "https://a.test/?"] {
        let built = Client::builder(&API).api_key(KEY).base_url(url).build();
        assert!(built.unwrap_err().is_build(), "{url}");
    }
}

#[test]
fn many_threads_share_one_client() {
    let server = Server::always(ITEM);
    let client = builder(&server).build().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    client
                        .request::<Anything>(&[], &())
                        .send_blocking()
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 80);
    assert!(seen.iter().all(|seen| seen.connection < 8), "{seen:#?}");
}
