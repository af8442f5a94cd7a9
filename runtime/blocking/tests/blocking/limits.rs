//! Limits of time and size.

use blocking::prelude::*;
use std::time::{Duration, Instant};

use blocking::{ThreadClock, UreqOptions};
use runtime::clock::Clock;
use runtime::error::TimeLimit;
use runtime::{Client, Error};

use crate::api::{Create, Params, Retrieve};
use crate::server::{Reply, Server};
use crate::{api, builder};

const ITEM: &str = r#"{"id": "item_1"}"#;
const SHORT: Duration = Duration::from_millis(150);
/// Long enough for all calls that succeed, also on a slow and busy machine.
const AMPLE: Duration = Duration::from_secs(1);
/// A limit that does not end a call, and an upper bound for the limits that do.
const LONG: Duration = Duration::from_secs(60);

fn now() -> Instant {
    ThreadClock.now()
}

/// The error of a write, which is returned before the upper bound.
fn failed_write(client: &Client) -> Error {
    let begun = now();
    let call = client.request::<Create>(&[], &Params::default());
    let error = call.send_blocking().unwrap_err();
    let spent = now() - begun;
    assert!(spent < LONG, "{spent:?}: {error}");
    error
}

#[test]
fn attempt_times_out_when_server_stalls() {
    for stall in [|| Reply::Stall, || Reply::StallInBody] {
        let server = Server::start(move |_| stall());
        let client = builder(&server).timeout(AMPLE).build().unwrap();
        let error = failed_write(&client);
        assert!(
            error.is_timeout() && error.outcome().is_unknown(),
            "{error}"
        );
        assert_eq!(error.time_limit(), Some(TimeLimit::Attempt));
        let key = server.only().header("idempotency-key").map(str::to_owned);
        assert_eq!(error.idempotency_key(), key.as_deref());
    }
}

#[test]
fn deadline_ends_an_attempt_with_a_longer_timeout() {
    let server = Server::start(|_| Reply::Stall);
    let client = builder(&server).deadline(AMPLE).build().unwrap();
    let error = failed_write(&client);
    assert!(
        error.is_timeout() && error.outcome().is_unknown(),
        "{error}"
    );
    assert_eq!(error.time_limit(), Some(TimeLimit::Deadline));
}

#[test]
fn deadline_ends_the_backoff() {
    let server = Server::start(|_| Reply::status(503, ""));
    let client = builder(&server)
        .retries(50)
        .deadline(AMPLE)
        .build()
        .unwrap();
    assert!(failed_write(&client).is_server());
}

#[test]
fn stall_limit_ends_an_attempt_when_body_stalls() {
    let server = Server::start(|_| Reply::StallInBody);
    let client = builder(&server).stall_timeout(SHORT).build().unwrap();
    let error = failed_write(&client);
    assert!(
        error.is_timeout() && error.outcome().is_unknown(),
        "{error}"
    );
    assert_eq!(error.time_limit(), Some(TimeLimit::BodyStall));
}

#[test]
fn stall_limit_allows_slow_heads_and_slow_bodies() {
    // The head takes longer than the stall limit, and so do all parts of the body together.
    let server = Server::start(|_| Reply::Slow(AMPLE * 3 / 5, 4));
    let client = builder(&server).stall_timeout(AMPLE).build().unwrap();
    for _ in 0..2 {
        let call = client.request::<Retrieve>(&["a"], &());
        assert_eq!(call.send_blocking().unwrap().id, "item_1");
    }
}

#[test]
fn connect_timeout_is_reported_when_handshake_stalls() {
    // The server waits for an HTTP request line that is never sent.
    let server = Server::always(ITEM);
    let url = server.url.replace("http://", "https://");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("https://{}", silent.local_addr().unwrap());
    for (url, connect_timeout, attempt, limit) in [
        (&mute, SHORT, LONG, TimeLimit::Connect),
        (&mute, LONG, SHORT, TimeLimit::Attempt),
        (&url, SHORT, LONG, TimeLimit::Connect),
    ] {
        let options = UreqOptions {
            connect_timeout,
            ..UreqOptions::default()
        };
        let client = api::builder(&server)
            .blocking_with(options)
            .base_url(url)
            .timeout(attempt);
        let error = failed_write(&client.build().unwrap());
        assert!(
            error.is_connect() && error.outcome().is_not_sent(),
            "{error}"
        );
        if url == &mute {
            assert_eq!(error.time_limit(), Some(limit));
        }
    }
}

#[test]
fn outcome_is_not_sent_when_connecting_takes_longer_than_the_call_may() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("https://{}", silent.local_addr().unwrap());
    let server = Server::always(ITEM);
    let client = builder(&server).base_url(&mute).build().unwrap();
    let begun = now();
    let call = client
        .request::<Create>(&[], &Params::default())
        .timeout(SHORT);
    let error = call.send_blocking().unwrap_err();
    assert!(now() - begun < LONG);
    assert!(
        error.is_connect() && error.outcome().is_not_sent(),
        "{error}"
    );
    assert_eq!(error.time_limit(), Some(TimeLimit::Attempt));
}

#[test]
fn body_longer_than_the_limit_is_rejected() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v1/items/announced" => Reply::json(&format!("{{\"id\": \"{}\"}}", "x".repeat(2_000))),
        "/v1/items/fits" => Reply::Chunked(1_000),
        _ => Reply::Chunked(500_000),
    });
    let client = builder(&server).max_response_bytes(1_016).build().unwrap();
    for id in ["announced", "pieces"] {
        let call = client.request::<Retrieve>(&[id], &());
        let error = call.send_blocking().unwrap_err();
        assert!(
            error.is_too_large() && error.outcome().is_unknown(),
            "{id}: {error}"
        );
    }
    client
        .request::<Retrieve>(&["fits"], &())
        .send_blocking()
        .unwrap();
}
