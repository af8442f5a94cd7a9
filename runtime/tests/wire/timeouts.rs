//! Which time limit is exceeded when, and connections that are no longer usable.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::error::TimeLimit;

use crate::api::{Create, Delete, Params, Retrieve, builder, client};
use crate::server::{Reply, Server};

const ITEM: &str = r#"{"id": "item_1"}"#;
const SHORT: Duration = Duration::from_millis(150);
/// Long enough for all operations that are not meant to time out, also on a slow and busy machine.
const AMPLE: Duration = Duration::from_secs(1);

/// A URL where connecting never completes: TCP does, TLS does not.
fn mute() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn stall_limit_ends_an_attempt_when_body_stalls() {
    let server = Server::start(|_| Reply::StallInBody).await;
    let client = builder(&server).stall_timeout(SHORT).build().unwrap();
    let call = client.request::<Create>(&[], &Params::default());
    let error = call.await.unwrap_err();
    assert!(
        error.is_timeout() && error.outcome().is_unknown(),
        "{error}"
    );
    assert_eq!(error.time_limit(), Some(TimeLimit::BodyStall));
    assert!(error.idempotency_key().is_some());
}

#[tokio::test]
async fn stall_limit_allows_slow_heads_and_slow_bodies_that_move() {
    // The head takes longer than the stall limit, and so do all chunks together.
    let server = Server::start(|_| Reply::Slow(AMPLE * 3 / 5, 4)).await;
    let client = builder(&server).stall_timeout(AMPLE).build().unwrap();
    let item = client.request::<Retrieve>(&["a"], &()).await.unwrap();
    assert_eq!(item.id, "item_1");
}

#[tokio::test]
async fn attempt_limit_ends_a_body_that_moves_too_slowly() {
    let server = Server::start(|_| Reply::Slow(SHORT, 1_000)).await;
    let client = builder(&server).timeout(AMPLE).build().unwrap();
    let error = client.request::<Retrieve>(&["a"], &()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.time_limit(), Some(TimeLimit::Attempt));
}

#[tokio::test]
async fn connect_limit_is_named_when_handshake_stalls() {
    let (_listener, url) = mute();
    let server = Server::always(ITEM).await;
    let long = Duration::from_secs(10);
    // The connect limit is always below the attempt's limit. The remaining tenth has to be longer
    // than the thread may have to wait until it is scheduled.
    let attempt = AMPLE * 2;
    for (connect, attempt) in [(SHORT, long), (long, attempt), (attempt, attempt)] {
        let client = builder(&server)
            .base_url(&url)
            .connect_timeout(connect)
            .timeout(attempt);
        let call = client
            .build()
            .unwrap()
            .request::<Create>(&[], &Params::default());
        let error = call.await.unwrap_err();
        assert!(
            error.is_connect() && error.outcome().is_not_sent(),
            "{error}"
        );
        assert_eq!(error.time_limit(), Some(TimeLimit::Connect));
    }
}

#[tokio::test]
async fn fresh_connection_is_made_when_server_closed_the_old_one() {
    let server = Server::start(|_| Reply::Last(ITEM)).await;
    let client = client(&server);
    for number in 1..=3 {
        let call = client.request::<Create>(&[], &Params::default());
        call.await.unwrap();
        while server.closed() < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The connection is closed; the runtime has to be polled to detect it.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn write_is_retried_under_its_key_when_pooled_connection_breaks() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        1 => Reply::HangUp,
        _ => Reply::json(ITEM),
    })
    .await;
    let client = builder(&server).retries(1).build().unwrap();
    for _ in 0..2 {
        let call = client.request::<Create>(&[], &Params::default());
        call.await.unwrap();
    }
    let seen = server.seen();
    let connections: Vec<_> = seen.iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
    let key = |index: usize| seen[index].header("idempotency-key");
    assert_eq!(key(1), key(2));
    assert_ne!(key(0), key(1));
}

#[tokio::test]
async fn broken_pooled_connection_is_reported_as_unknown_when_nothing_is_retried() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        1 => Reply::HangUp,
        _ => Reply::json(ITEM),
    })
    .await;
    let client = client(&server);
    client.request::<Retrieve>(&["a"], &()).await.unwrap();
    let call = client.request::<Create>(&[], &Params::default());
    let error = call.await.unwrap_err();
    assert!(
        error.is_interrupted() && error.outcome().is_unknown(),
        "{error}"
    );
    assert!(error.pending().is_some());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn delete_is_repeated_when_it_stalls_or_its_connection_breaks() {
    for first in [
        || Reply::Stall,
        || Reply::HangUp,
        || Reply::StallInBody,
        || Reply::Cut(ITEM),
        || Reply::status(409, "{}"),
        || Reply::status(500, "{}"),
    ] {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => first(),
            _ => Reply::json(ITEM),
        })
        .await;
        let limits = builder(&server).retries(1).timeout(AMPLE);
        let client = limits.stall_timeout(SHORT).build().unwrap();
        let call = client.request::<Delete>(&["item_1"], &Params::default());
        assert_eq!(call.await.unwrap().id, "item_1");
        let seen = server.seen();
        let methods: Vec<&str> = seen.iter().map(|seen| seen.method.as_str()).collect();
        assert_eq!(methods, ["DELETE", "DELETE"]);
        assert!(
            seen.iter()
                .all(|seen| seen.header("idempotency-key").is_none())
        );
    }
}
