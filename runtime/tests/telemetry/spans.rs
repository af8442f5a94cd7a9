//! Spans: one for each call, below it one for each attempt.

use std::future::IntoFuture;

use runtime::circuit_breaker::CircuitBreaker;
use runtime::operation::Method;
use tracing::{Instrument, Level};
use tracing_subscriber::filter::LevelFilter;

use crate::DOCS;
use crate::capture::{Capture, Seen};
use crate::stage::{Act, OK, Stage, create, retrieve};

const DECLINED: Act = Act::Respond(
    402,
    &[("request-id", "req_no"), ("idempotent-replayed", "true")],
    r#"{"error": {"type": "card_error", "code": "card_declined", "message": "No, Jenny."}}"#,
);
const FAILED: Act = Act::Respond(500, &[("request-id", "req_bad")], "{}");

fn check(span: &Seen, expected: &[(&str, &str)]) {
    for (field, value) in expected {
        assert_eq!(span.get(field), Some(*value), "{field} in {span:#?}");
    }
}

fn lacks(span: &Seen, fields: &[&str]) {
    for field in fields {
        assert_eq!(span.get(field), None, "{field} in {span:#?}");
    }
}

#[tokio::test]
async fn spans_have_conventional_attributes_when_a_call_succeeds() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([OK]);
    retrieve(&stage.client(), "it_1").await.unwrap();
    let spans = capture.spans();
    let [call, attempt] = spans.as_slice() else {
        panic!("{spans:#?}");
    };
    for field in call.fields.keys().chain(attempt.fields.keys()) {
        let quoted = format!("`{field}`");
        assert!(DOCS.contains(&quoted), "{field} is not documented");
    }
    assert_eq!(
        (call.name.as_str(), call.target.as_str(), call.level),
        ("call", "runtime::call", Level::INFO)
    );
    assert_eq!(
        (
            attempt.name.as_str(),
            attempt.target.as_str(),
            attempt.level
        ),
        ("attempt", "runtime::attempt", Level::DEBUG)
    );
    assert_eq!((call.parent, attempt.parent), (None, Some(0)));
    assert!(call.is_closed && attempt.is_closed);
    let both = [
        ("otel.kind", "client"),
        ("http.request.method", "GET"),
        ("url.template", "/v1/items/{item}"),
        ("server.address", "api.example.test"),
        ("server.port", "443"),
        ("http.response.status_code", "200"),
        ("request_id", "req_ok"),
        ("call.outcome", "ok"),
        ("call.replayed", "false"),
    ];
    check(call, &both);
    check(attempt, &both);
    check(
        call,
        &[
            ("otel.name", "Test API/Retrieve"),
            ("rpc.system.name", "http"),
            ("rpc.method", "Test API/Retrieve"),
            ("call.attempts", "1"),
            ("call.queue_time", "0.0"),
        ],
    );
    check(attempt, &[("otel.name", "GET /v1/items/{item}")]);
    lacks(call, &["error.type", "otel.status_code"]);
    lacks(
        attempt,
        &[
            "error.type",
            "otel.status_code",
            "http.request.resend_count",
        ],
    );
}

#[tokio::test]
async fn each_attempt_has_its_span_when_one_is_retried() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([FAILED, OK]);
    create(&stage.client()).retries(1).await.unwrap();
    let [call] = capture.named("call").try_into().unwrap();
    check(
        &call,
        &[
            ("call.attempts", "2"),
            ("http.response.status_code", "200"),
            ("request_id", "req_ok"),
        ],
    );
    lacks(&call, &["error.type"]);
    let [first, second] = capture.named("attempt").try_into().unwrap();
    check(
        &first,
        &[
            ("http.response.status_code", "500"),
            ("request_id", "req_bad"),
            ("error.type", "server"),
            ("otel.status_code", "ERROR"),
            ("call.outcome", "unknown"),
        ],
    );
    lacks(&first, &["http.request.resend_count"]);
    check(
        &second,
        &[
            ("http.response.status_code", "200"),
            ("http.request.resend_count", "1"),
        ],
    );
    assert_eq!((first.parent, second.parent), (Some(0), Some(0)));
}

#[tokio::test]
async fn spans_name_the_failure_when_a_card_is_declined() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([DECLINED]);
    create(&stage.client()).await.unwrap_err();
    for span in capture.spans() {
        check(
            &span,
            &[
                ("http.response.status_code", "402"),
                ("error.type", "card_declined"),
                ("otel.status_code", "ERROR"),
                ("request_id", "req_no"),
                ("call.outcome", "rejected"),
                ("call.replayed", "true"),
            ],
        );
        assert!(!format!("{span:?}").contains("Jenny"));
    }
}

#[tokio::test]
async fn spans_have_no_status_when_there_is_no_connection() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([Act::Unreachable]);
    create(&stage.client()).retries(0).await.unwrap_err();
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for span in spans {
        check(
            &span,
            &[("error.type", "connect"), ("call.outcome", "not_sent")],
        );
        lacks(&span, &["http.response.status_code", "request_id"]);
    }
}

#[tokio::test]
async fn spans_say_so_when_the_call_is_dropped() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([Act::Hang]);
    let mut call = create(&stage.client()).into_future();
    let polled = std::future::poll_fn(|context| {
        use std::future::Future;
        std::task::Poll::Ready(std::pin::Pin::new(&mut call).poll(context).is_pending())
    });
    assert!(polled.await);
    drop(call);
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for span in spans {
        check(
            &span,
            &[
                ("error.type", "dropped"),
                ("otel.status_code", "ERROR"),
                ("call.outcome", "unknown"),
            ],
        );
        assert!(span.is_closed, "{span:#?}");
    }
    let [event] = capture.events("runtime::call").try_into().unwrap();
    assert_eq!((event.level, event.parent), (Level::DEBUG, Some(0)));
}

#[tokio::test]
async fn call_has_no_attempt_when_the_circuit_is_open() {
    let stage = Stage::new([FAILED]);
    let breaker = CircuitBreaker::new().min_attempts(1);
    let client = stage.builder().circuit_breaker(breaker).build().unwrap();
    create(&client).retries(0).await.unwrap_err();
    let (capture, _guard) = Capture::start();
    create(&client).await.unwrap_err();
    let [call] = capture.spans().try_into().unwrap();
    check(
        &call,
        &[
            ("error.type", "circuit_open"),
            ("call.attempts", "0"),
            ("call.outcome", "not_sent"),
        ],
    );
}

#[tokio::test]
async fn spans_do_not_mix_when_calls_interleave() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new((0..20).map(|index| Act::Slow(1 + index % 5)));
    let client = stage.client();
    let calls = (0..20).map(|index| {
        let call = create(&client).header("x-index", &index.to_string());
        let around = tracing::info_span!("task", index);
        async move { call.await }.instrument(around)
    });
    let results = futures_util::future::join_all(calls).await;
    assert!(results.iter().all(Result::is_ok));
    let spans = capture.spans();
    assert_eq!(spans.len(), 60);
    let mut tasks = Vec::new();
    for attempt in spans.iter().filter(|span| span.name == "attempt") {
        let call = &spans[attempt.parent.unwrap()];
        assert_eq!(call.name, "call");
        let task = &spans[call.parent.unwrap()];
        assert_eq!(task.name, "task");
        assert_eq!(task.parent, None);
        tasks.push(call.parent);
    }
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(tasks.len(), 20);
    // After all of them, the thread is in no span.
    assert!(tracing::Span::current().is_none());
}

#[tokio::test]
async fn span_has_no_operation_and_no_path_when_the_request_is_raw() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([OK]);
    let client = stage.client();
    client
        .raw(Method::Get, "/v1/jenny@example.com?email=jenny")
        .await
        .unwrap();
    for span in capture.spans() {
        assert!(!format!("{span:?}").contains("jenny"), "{span:#?}");
        lacks(&span, &["rpc.method"]);
        assert!(
            span.get("otel.name").unwrap().starts_with("GET "),
            "{span:#?}"
        );
    }
}

#[tokio::test]
async fn attempts_have_no_spans_when_only_info_is_wanted() {
    let (capture, _guard) = Capture::at(LevelFilter::INFO);
    let stage = Stage::new([FAILED, OK]);
    create(&stage.client()).retries(1).await.unwrap();
    let [call] = capture.spans().try_into().unwrap();
    check(&call, &[("call.attempts", "2"), ("call.outcome", "ok")]);
}

#[tokio::test]
async fn attempts_belong_to_the_program_when_calls_have_no_spans() {
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::{Layer, SubscriberExt};
    let capture = Capture::default();
    let unwanted = filter_fn(|metadata| metadata.target() != "runtime::call");
    let subscriber = tracing_subscriber::registry().with(capture.clone().with_filter(unwanted));
    let _guard = tracing::subscriber::set_default(subscriber);
    let stage = Stage::new([OK]);
    let client = stage.client();
    let call = create(&client);
    async move { call.await.unwrap() }
        .instrument(tracing::info_span!("own"))
        .await;
    let [own, attempt] = capture.spans().try_into().unwrap();
    assert_eq!((own.name.as_str(), attempt.parent), ("own", Some(0)));
}
