//! The table of failures, produced on the wire: the kind of each, whether the write may have been
//! executed, whether it is repeated, and the error message.

use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock, SystemClock};
use runtime::rate_limit::Unlimited;
use runtime::{Error, Outcome};

use crate::api::{Create, Params, Retrieve, builder};
use crate::server::{Reply, Server};

mod table;

pub(crate) use table::ROWS;

/// Real time without randomness: backoffs take no time, and all keys are the same.
#[derive(Debug)]
struct Even;

impl Clock for Even {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn calendar(&self) -> SystemTime {
        SystemClock.calendar()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }

    fn random(&self) -> u64 {
        0
    }
}

#[tokio::test]
async fn failure_answered_by_the_server_is_as_the_table_says() {
    for row in ROWS {
        let server = row.server().await;
        let client = builder(&server).clock(Even).rate_limiter(Unlimited);
        let client = client.retries(1).build().unwrap();
        let call = client.request::<Create>(&[], &Params::default());
        let error = call.idempotency_key("order-42").await.unwrap_err();
        let name = row.name;
        assert!((row.is)(&error), "{name}: {error:?}");
        assert_eq!(error.outcome(), row.outcome, "{name}");
        let attempts = if row.repeated { 2 } else { 1 };
        assert_eq!(error.attempts(), attempts, "{name}");
        let seen = server.seen();
        assert_eq!(seen.len(), usize::try_from(attempts).unwrap(), "{name}");
        for request in &seen {
            assert_eq!(request.header("idempotency-key"), Some("order-42"));
            assert_eq!(request.body, seen[0].body, "{name}");
        }
        let line = error.to_string().replace(", attempts 2", "");
        assert_eq!(line, row.line, "{name}");
        assert_eq!(error.idempotency_key(), Some("order-42"), "{name}");
        assert_eq!(error.request_id(), Some("req_1"), "{name}");
        assert_eq!(error.raw_body().unwrap(), row.body, "{name}");
        let pending = error.outcome().is_unknown();
        assert_eq!(error.pending().is_some(), pending, "{name}");
    }
}

/// A failure of the connection.
struct Break {
    name: &'static str,
    reply: fn() -> Reply,
    is: fn(&Error) -> bool,
    line: &'static str,
}

const BREAKS: &[Break] = &[
    Break {
        name: "no answer",
        reply: || Reply::Stall,
        is: Error::is_timeout,
        line: "the request timed out after 1s (Create, POST /v1/items, attempts 2)",
    },
    Break {
        name: "hang-up",
        reply: || Reply::HangUp,
        is: Error::is_interrupted,
        line: "the connection was lost before the response was complete (Create, POST /v1/items, attempts 2)",
    },
    Break {
        name: "body cut off",
        reply: || Reply::Cut(r#"{"id": "#),
        is: Error::is_interrupted,
        line: "the connection was lost before the response was complete (Create, POST /v1/items, attempts 2)",
    },
];

#[tokio::test]
async fn failure_of_the_connection_is_unknown_and_repeated_under_the_key() {
    for row in BREAKS {
        let reply = row.reply;
        let server = Server::start(move |_| reply()).await;
        let client = builder(&server).clock(Even).retries(1);
        let client = client.timeout(Duration::from_secs(1)).build().unwrap();
        let call = client.request::<Create>(&[], &Params::default());
        let error = call.idempotency_key("order-42").await.unwrap_err();
        let name = row.name;
        assert!((row.is)(&error), "{name}: {error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{name}");
        assert_eq!(error.attempts(), 2, "{name}");
        assert_eq!(error.to_string(), row.line, "{name}");
        assert_eq!(error.pending().unwrap().key, "order-42", "{name}");
        assert_eq!(server.seen().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn oversized_answer_is_not_repeated() {
    let server = Server::start(|_| Reply::Chunked(100_000)).await;
    let client = builder(&server).max_response_bytes(10_000).retries(1);
    let client = client.build().unwrap();
    let call = client.request::<Create>(&[], &Params::default());
    let error = call.await.unwrap_err();
    assert!(error.is_too_large(), "{error:?}");
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1));
    assert!(error.pending().is_some());
}

#[tokio::test]
async fn failure_to_connect_is_surely_not_sent_and_repeated() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let plain = Server::always("{}").await;
    let not_tls = plain.url.replace("http://", "https://");
    for (name, url) in [("refused", closed), ("no TLS", not_tls)] {
        let client = builder(&plain).base_url(url).clock(Even).retries(1);
        let client = client.build().unwrap();
        let call = client.request::<Create>(&[], &Params::default());
        let error = call.await.unwrap_err();
        assert!(error.is_connect(), "{name}: {error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent, "{name}");
        assert_eq!(error.attempts(), 2, "{name}");
        let line = "no connection to the server (Create, POST /v1/items, attempts 2)";
        assert_eq!(error.to_string(), line, "{name}");
        assert!(error.pending().is_none(), "{name}");
    }
    assert!(plain.seen().is_empty());
}

#[tokio::test]
async fn misuse_is_refused_before_anything_is_sent() {
    let server = Server::always("{}").await;
    let client = builder(&server).build().unwrap();
    let create = || client.request::<Create>(&[], &Params::default());
    let long = "x".repeat(256);
    for (call, line) in [
        (
            create().idempotency_key(long),
            "the idempotency key is longer than 255 characters (Create, POST /v1/items)",
        ),
        (
            create().idempotency_key("line\nbreak"),
            "the idempotency key holds control characters or others that are not ASCII (Create, POST /v1/items)",
        ),
        (
            create().account("acct_1").context("ctx_1"),
            "a call can have an account or a context, not both (Create, POST /v1/items)",
        ),
        (
            client.request::<Retrieve>(&[""], &()),
            "the path argument item is empty (Retrieve, GET /v1/items/{item})",
        ),
    ] {
        let error = call.await.unwrap_err();
        assert!(error.is_build(), "{error:?}");
        assert!(error.outcome().is_not_sent());
        assert_eq!(error.attempts(), 0);
        assert_eq!(error.to_string(), line);
    }
    assert!(server.seen().is_empty());
    let keyless = runtime::Client::builder(&crate::api::API).build();
    let line = "no API key: call `from_env` to take it from RUNTIME_WIRE_TEST_KEY, or `api_key`";
    assert_eq!(keyless.unwrap_err().to_string(), line);
}
