//! Calls and the circuit breaker.

use std::sync::Arc;
use std::time::Duration;

use super::{Act, Admission, CircuitBreaker, CircuitState, Stage, keyed};

#[tokio::test]
async fn call_is_not_sent_when_breaker_is_open() {
    let stage = Stage::with_open_circuit([], Duration::from_secs(3), []);
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(
        error.is_circuit_open() && error.outcome().is_not_sent(),
        "{error}"
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    assert_eq!(error.idempotency_key(), Some("key"));
    assert_eq!(stage.log(), ["call 0 Some(NotSent) 0ns"]);
}

#[tokio::test]
async fn breaker_is_consulted_again_after_waiting_for_the_limiter() {
    let wait = Admission::Wait(Some(Duration::from_secs(1)));
    for waits in [vec![wait], Vec::new()] {
        let has_waited = !waits.is_empty();
        let breaker = CircuitBreaker::new().min_attempts(1);
        let stage = Stage::with([Act::Respond(200, "{}")], breaker, waits);
        let breaker = Arc::clone(&stage.engine.breaker);
        *stage.limiter.opens_while_waiting.lock().unwrap() = Some(breaker);
        let result = stage.run(keyed()).await;
        assert_eq!(stage.circuit().state, CircuitState::Open);
        assert_eq!(
            result.is_err_and(|error| error.is_circuit_open()),
            has_waited
        );
        assert_eq!(stage.count("sent"), usize::from(!has_waited));
        assert_eq!(stage.count("limiter saw Dropped"), usize::from(has_waited));
    }
}
