//! The table of failures, produced on the wire: what kind each is, whether the write may have
//! happened, whether it is repeated, and what the user reads.

use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock, SystemClock};
use runtime::error::RateLimitReason;
use runtime::rate_limit::Unlimited;
use runtime::{Error, Outcome};

use crate::api::{Create, Params, Retrieve, builder};
use crate::server::{Reply, Server};

/// Real time, but no chance: pauses between attempts take no time, and all keys are the same.
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

/// A failure of the server, and what becomes of a write that meets it.
struct Row {
    name: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    is: fn(&Error) -> bool,
    outcome: Outcome,
    /// Whether the write is repeated under its key.
    repeated: bool,
    /// The error's one line, after the attempts are left out.
    line: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        name: "bad parameters",
        status: 400,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "parameter_missing", "param": "items[0][price]"}}"#,
        is: Error::is_invalid_request,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server refused the request as invalid (operation Create, status 400, type invalid_request_error, code parameter_missing, parameter items[0][price], request req_1)",
    },
    Row {
        name: "v2: fields without a type",
        status: 400,
        headers: &[],
        body: r#"{"error": {"code": "invalid_fields"}}"#,
        is: Error::is_invalid_request,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server refused the request as invalid (operation Create, status 400, code invalid_fields, request req_1)",
    },
    Row {
        name: "not found",
        status: 404,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "id"}}"#,
        is: Error::is_not_found,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server knows no such object (operation Create, status 404, type invalid_request_error, code resource_missing, parameter id, request req_1)",
    },
    Row {
        name: "bad or expired key",
        status: 401,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "api_key_expired"}}"#,
        is: Error::is_authentication,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the credentials were not accepted (operation Create, status 401, type invalid_request_error, code api_key_expired, request req_1)",
    },
    Row {
        name: "card declined",
        status: 402,
        headers: &[],
        body: r#"{"error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}}"#,
        is: Error::is_card_declined,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the card was declined (operation Create, status 402, type card_error, code card_declined, decline code lost_card, request req_1)",
    },
    Row {
        name: "no permission",
        status: 403,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error"}}"#,
        is: Error::is_permission,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the credentials do not allow this request (operation Create, status 403, type invalid_request_error, request req_1)",
    },
    Row {
        name: "key reused with other parameters",
        status: 400,
        headers: &[],
        body: r#"{"error": {"type": "idempotency_error"}}"#,
        is: Error::is_idempotency_mismatch,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the idempotency key was used for another request (operation Create, status 400, type idempotency_error, request req_1)",
    },
    Row {
        name: "key in use",
        status: 409,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}"#,
        is: Error::is_conflict,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "the request conflicts with another one (operation Create, status 409, type invalid_request_error, code idempotency_key_in_use, request req_1)",
    },
    Row {
        name: "conflict",
        status: 409,
        headers: &[],
        body: "{}",
        is: Error::is_conflict,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "the request conflicts with another one (operation Create, status 409, request req_1)",
    },
    Row {
        name: "external dependency",
        status: 424,
        headers: &[],
        body: r#"{"error": {"type": "api_error"}}"#,
        is: Error::is_dependency_failed,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "a system behind the server failed (operation Create, status 424, type api_error, request req_1)",
    },
    Row {
        name: "rate limited without a reason",
        status: 429,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "rate_limit"}}"#,
        is: Error::is_rate_limited,
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the server received too many requests (operation Create, status 429, type invalid_request_error, code rate_limit, request req_1)",
    },
    Row {
        name: "rate of the account",
        status: 429,
        headers: &[("stripe-rate-limited-reason", "global-rate")],
        body: r#"{"error": {"type": "invalid_request_error"}}"#,
        is: |error| {
            error.is_rate_limited()
                && error.rate_limit_reason() == Some(RateLimitReason::GlobalRate)
        },
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the server received too many requests (operation Create, status 429, type invalid_request_error, request req_1)",
    },
    Row {
        name: "too many changes of one object",
        status: 429,
        headers: &[("stripe-rate-limited-reason", "resource-specific")],
        body: r#"{"error": {"type": "invalid_request_error"}}"#,
        is: |error| error.rate_limit_reason() == Some(RateLimitReason::ResourceSpecific),
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server received too many requests (operation Create, status 429, type invalid_request_error, request req_1)",
    },
    Row {
        name: "rate limited, old style",
        status: 400,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "rate_limit"}}"#,
        is: Error::is_rate_limited,
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the server received too many requests (operation Create, status 400, type invalid_request_error, code rate_limit, request req_1)",
    },
    Row {
        name: "v2: concurrency limit",
        status: 429,
        headers: &[],
        body: r#"{"error": {"type": "rate_limit"}}"#,
        is: Error::is_rate_limited,
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the server received too many requests (operation Create, status 429, type rate_limit, request req_1)",
    },
    Row {
        name: "object lock",
        status: 429,
        headers: &[],
        body: r#"{"error": {"type": "invalid_request_error", "code": "lock_timeout"}}"#,
        is: Error::is_lock_timeout,
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the object is in use by another request (operation Create, status 429, type invalid_request_error, code lock_timeout, request req_1)",
    },
    Row {
        name: "rate limited for longer than anybody waits",
        status: 429,
        headers: &[("retry-after", "3600")],
        body: "{}",
        is: |error| error.retry_after() == Some(Duration::from_secs(3_600)),
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server received too many requests (operation Create, status 429, request req_1)",
    },
    Row {
        name: "server",
        status: 500,
        headers: &[],
        body: r#"{"error": {"type": "api_error"}}"#,
        is: Error::is_server,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "the server failed (operation Create, status 500, type api_error, request req_1)",
    },
    Row {
        name: "server that asks not to be asked again",
        status: 500,
        headers: &[("stripe-should-retry", "false")],
        body: r#"{"error": {"type": "api_error"}}"#,
        is: Error::is_server,
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the server failed (operation Create, status 500, type api_error, request req_1)",
    },
    Row {
        name: "refusal that the server wants repeated",
        status: 400,
        headers: &[("stripe-should-retry", "true")],
        body: r#"{"error": {"type": "invalid_request_error"}}"#,
        is: Error::is_invalid_request,
        outcome: Outcome::Rejected,
        repeated: true,
        line: "the server refused the request as invalid (operation Create, status 400, type invalid_request_error, request req_1)",
    },
    Row {
        name: "server that repeats a stored failure",
        status: 500,
        headers: &[("idempotent-replayed", "true")],
        body: r#"{"error": {"type": "api_error"}}"#,
        is: |error| error.is_server() && error.idempotent_replayed(),
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the server failed (operation Create, status 500, type api_error, request req_1)",
    },
    Row {
        name: "v2: session over",
        status: 400,
        headers: &[],
        body: r#"{"error": {"type": "temporary_session_expired"}}"#,
        is: Error::is_session_expired,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the session has expired (operation Create, status 400, type temporary_session_expired, request req_1)",
    },
    Row {
        name: "OAuth",
        status: 400,
        headers: &[],
        body: r#"{"error": "invalid_grant", "error_description": "it was used before"}"#,
        is: |error| error.is_oauth() && error.code() == Some("invalid_grant"),
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the authorization was refused (operation Create, status 400, code invalid_grant, request req_1)",
    },
    Row {
        name: "gateway with a page of HTML",
        status: 502,
        headers: &[],
        body: "<html><h1>Bad Gateway</h1></html>",
        is: Error::is_server,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "the server failed (operation Create, status 502, request req_1)",
    },
    Row {
        name: "server without a body",
        status: 503,
        headers: &[],
        body: "",
        is: Error::is_server,
        outcome: Outcome::Unknown,
        repeated: true,
        line: "the server failed (operation Create, status 503, request req_1)",
    },
    Row {
        name: "refusal whose JSON is cut off",
        status: 402,
        headers: &[],
        body: r#"{"error": {"type": "card_er"#,
        is: Error::is_card_declined,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the card was declined (operation Create, status 402, request req_1)",
    },
    Row {
        name: "success that is an error object",
        status: 200,
        headers: &[],
        body: r#"{"error": {"type": "api_error"}}"#,
        is: Error::is_server,
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the server failed (operation Create, status 200, type api_error, request req_1)",
    },
    Row {
        name: "success that is no JSON",
        status: 200,
        headers: &[],
        body: "<html>welcome to the hotel</html>",
        is: Error::is_decode,
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the answer could not be decoded (operation Create, status 200, request req_1)",
    },
    Row {
        name: "success whose JSON is cut off",
        status: 200,
        headers: &[],
        body: r#"{"id": "item"#,
        is: Error::is_decode,
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the answer could not be decoded (operation Create, status 200, request req_1)",
    },
    Row {
        name: "success without a body",
        status: 200,
        headers: &[],
        body: "",
        is: Error::is_decode,
        outcome: Outcome::Unknown,
        repeated: false,
        line: "the answer could not be decoded (operation Create, status 200, request req_1)",
    },
    Row {
        name: "redirect",
        status: 302,
        headers: &[("location", "https://elsewhere.example/")],
        body: "",
        is: Error::is_redirect,
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server redirected the request, which is refused (operation Create, status 302, request req_1)",
    },
    Row {
        name: "status that nobody knows",
        status: 418,
        headers: &[],
        body: "",
        is: |error| error.outcome().is_rejected(),
        outcome: Outcome::Rejected,
        repeated: false,
        line: "the server refused the request (operation Create, status 418, request req_1)",
    },
];

#[tokio::test]
async fn failure_answered_by_the_server_is_as_the_table_says() {
    for row in ROWS {
        let (status, headers, body) = (row.status, row.headers, row.body);
        let server = Server::start(move |_| {
            let mut all = vec![("request-id", "req_1".to_owned())];
            all.extend(
                headers
                    .iter()
                    .map(|&(name, value)| (name, value.to_owned())),
            );
            Reply::Answer(status, all, body.as_bytes().to_vec())
        })
        .await;
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
        assert_eq!(error.raw_body().unwrap(), body, "{name}");
        let pending = error.outcome().is_unknown() && !error.is_decode();
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
        line: "the request timed out after 150ms (operation Create, attempts 2)",
    },
    Break {
        name: "hang-up",
        reply: || Reply::HangUp,
        is: Error::is_interrupted,
        line: "the connection broke before the answer was complete (operation Create, attempts 2)",
    },
    Break {
        name: "body cut off",
        reply: || Reply::Cut(r#"{"id": "#),
        is: Error::is_interrupted,
        line: "the connection broke before the answer was complete (operation Create, attempts 2)",
    },
];

#[tokio::test]
async fn failure_of_the_connection_is_unknown_and_repeated_under_the_key() {
    for row in BREAKS {
        let reply = row.reply;
        let server = Server::start(move |_| reply()).await;
        let client = builder(&server).clock(Even).retries(1);
        let client = client.timeout(Duration::from_millis(150)).build().unwrap();
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
        let line = "no connection to the server (operation Create, attempts 2)";
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
            "the idempotency key is longer than 255 characters (operation Create)",
        ),
        (
            create().idempotency_key("line\nbreak"),
            "the idempotency key holds control characters or others that are not ASCII (operation Create)",
        ),
        (
            create().account("acct_1").context("ctx_1"),
            "a call can have an account or a context, not both (operation Create)",
        ),
        (
            client.request::<Retrieve>(&[""], &()),
            "the path argument `item` is empty (operation Retrieve)",
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
