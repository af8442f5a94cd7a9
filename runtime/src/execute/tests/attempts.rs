//! The order of a call, and how many attempts it makes.

use super::*;

#[tokio::test]
async fn steps_come_in_the_documented_order() {
    let waits = [Admission::Wait(Some(Duration::from_secs(1)))];
    let acts = [Act::Fail(Progress::Sent), Act::Respond(200, "{}")];
    // Every permit and every report changes the circuit, so that the log shows when they happen.
    let stage = Stage::with_open_circuit(acts, Duration::ZERO, waits);
    assert_eq!(stage.run(keyed()).await.unwrap(), 2);
    assert_eq!(
        stage.log(),
        [
            "circuit api items half open",
            "limiter Some(\"acct_1\") items",
            "slept 1s",
            "sent key",
            "circuit api items open",
            "limiter saw NoResponse",
            "attempt 1 Some(Unknown)",
            "slept 500ms",
            "circuit api items half open",
            "limiter Some(\"acct_1\") items",
            "sent key",
            "circuit api items closed",
            "limiter saw 200",
            "attempt 2 None",
            "call 2 None 1.5s",
        ]
    );
}

#[tokio::test]
async fn key_is_made_once_when_call_has_several_attempts() {
    let stage = Stage::new([Act::Hang, Act::Respond(500, ""), Act::Respond(500, "")]);
    let error = stage.run(unkeyed()).await.unwrap_err();
    let key = error.idempotency_key().unwrap().to_owned();
    assert_eq!(stage.count(&format!("sent {key}")), 3);
    let other = Stage::new([Act::Respond(500, "")]);
    *other.world.draws.lock().unwrap() = 77;
    let mut plan = unkeyed();
    plan.limits.max_retries = 0;
    assert_ne!(
        other.run(plan).await.unwrap_err().idempotency_key(),
        Some(key.as_str())
    );
}

#[tokio::test]
async fn write_without_key_is_not_repeated_when_it_may_have_happened() {
    for act in [Act::Fail(Progress::Sent), Act::Hang, Act::Respond(500, "")] {
        let stage = Stage::new([act]);
        let error = stage.run(keyless()).await.unwrap_err();
        assert_eq!((error.attempts(), error.outcome()), (1, Outcome::Unknown));
    }
    let stage = Stage::new([Act::Fail(Progress::Connecting), Act::Respond(200, "{}")]);
    assert_eq!(stage.run(keyless()).await.unwrap(), 2);
    let stage = Stage::new([Act::Fail(Progress::Sent), Act::Respond(200, "{}")]);
    assert_eq!(stage.run(read()).await.unwrap(), 2);
}

#[tokio::test]
async fn outcome_stays_unknown_when_a_later_attempt_is_not_sent() {
    let stage = Stage::new([
        Act::Hang,
        Act::Fail(Progress::Connecting),
        Act::Respond(429, ""),
    ]);
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!((error.attempts(), error.outcome()), (3, Outcome::Unknown));
    let refusal = "{\"error\":{\"type\":\"card_error\"}}";
    for (body, outcome) in [(refusal, Outcome::Rejected), ("<p>Proxy", Outcome::Unknown)] {
        let stage = Stage::new([Act::Hang, Act::Respond(402, body)]);
        let error = stage.run(keyed()).await.unwrap_err();
        assert_eq!(error.is_card_declined(), outcome == Outcome::Rejected);
        assert_eq!(error.outcome(), outcome, "{body}");
    }
    let stage = Stage::new([
        Act::Fail(Progress::Connecting),
        Act::Fail(Progress::Refused),
    ]);
    assert_eq!(
        stage.run(keyed()).await.unwrap_err().outcome(),
        Outcome::NotSent
    );
}

#[tokio::test]
async fn deadline_bounds_attempts_and_pauses() {
    let stage = Stage::new([Act::Hang]);
    let error = stage
        .run(keyed_within(Duration::from_secs(4)))
        .await
        .unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("4s"),
        "{error}"
    );
    assert_eq!(stage.count("slept 4s"), 1);

    let stage = Stage::new([
        Act::Respond(500, ""),
        Act::Respond(500, ""),
        Act::Respond(500, ""),
    ]);
    let plan = keyed_within(Duration::from_millis(1_200));
    let error = stage.run(plan).await.unwrap_err();
    assert!(error.is_server());
    assert_eq!(error.attempts(), 2);

    let stage = Stage::new([]);
    let plan = keyed_within(Duration::ZERO);
    let error = stage.run(plan).await.unwrap_err();
    assert!(error.is_timeout() && error.outcome().is_not_sent());
    assert_eq!(error.attempts(), 0);
}

#[tokio::test]
async fn call_is_not_sent_when_limiter_refuses_or_takes_too_long() {
    let refused = Stage::with(
        [],
        CircuitBreaker::new(),
        [Admission::Refuse(AcquireError::QueueFull)],
    );
    assert!(refused.run(keyed()).await.unwrap_err().is_throttled());
    let slow = Stage::with([], CircuitBreaker::new(), [Admission::Wait(None)]);
    let plan = keyed_within(Duration::from_secs(5));
    let error = slow.run(plan).await.unwrap_err();
    assert!(error.is_throttled() && error.outcome().is_not_sent());
    assert_eq!(slow.count("slept 5s"), 1);
    assert_eq!(slow.count("limiter saw Dropped"), 1);
}

#[tokio::test]
async fn own_headers_replace_all_others() {
    #[derive(Debug)]
    struct Echo;
    impl Transport for Echo {
        fn send(
            &self,
            request: Request,
        ) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
            let seen = request.headers["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            Box::pin(async { Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), seen)) })
        }
    }
    let mut stage = Stage::new([]);
    stage.engine.transport = Arc::new(Echo);
    let answer = stage.execute(keyed()).await.unwrap();
    assert_eq!(answer.response.body().as_ref(), b"Bearer sk_test_1");
    let mut plan = keyed();
    plan.headers
        .insert("authorization", HeaderValue::from_static("Bearer own"));
    let answer = stage.execute(plan).await.unwrap();
    assert_eq!(answer.response.body().as_ref(), b"Bearer own");
}

#[tokio::test]
async fn answer_is_refused_when_transport_ignores_the_bound() {
    let stage = Stage::new([Act::Respond(200, "0123456789")]);
    let mut plan = keyed();
    plan.request.max_response_bytes = 9;
    assert!(stage.run(plan).await.unwrap_err().is_too_large());
}
