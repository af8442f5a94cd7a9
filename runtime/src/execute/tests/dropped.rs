//! Calls whose future is dropped release what they hold.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use super::{
    AcquireError, Act, Admission, CircuitBreaker, CircuitState, PreparedRequest, Stage, keyed,
};

/// Polls a call once, on a clock that stands still, and drops it.
fn drop_after_one_poll(stage: &Stage, prepared: Box<PreparedRequest>) {
    *stage.world.frozen.lock().unwrap() = true;
    let call = pin!(stage.execute(prepared));
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.poll(&mut context).is_pending());
}

#[test]
fn permits_are_released_when_call_is_dropped_in_flight() {
    let stage = Stage::with_open_circuit([Act::Hang], Duration::ZERO, []);
    drop_after_one_poll(&stage, keyed());
    let log = stage.log();
    assert_eq!(
        log,
        [
            "circuit api items half open",
            "limiter Some(\"acct_1\") items",
            "sent key",
            "limiter saw Dropped",
            "dropped 1 Some(Unknown), probe slot free",
        ]
    );
    assert_eq!(stage.circuit().state, CircuitState::HalfOpen);
}

#[test]
fn permits_are_released_when_call_is_dropped_in_the_queue() {
    let stage = Stage::with_open_circuit([], Duration::ZERO, [Admission::Wait(None)]);
    drop_after_one_poll(&stage, keyed());
    assert_eq!(
        stage.log(),
        [
            "circuit api items half open",
            "limiter Some(\"acct_1\") items",
            "limiter saw Dropped",
            "dropped 0 Some(NotSent), probe slot free",
        ]
    );
    assert_eq!(stage.circuit().state, CircuitState::HalfOpen);
}

#[test]
fn breaker_counts_nothing_when_call_is_dropped_in_flight() {
    let stage = Stage::new([Act::Hang]);
    drop_after_one_poll(&stage, keyed());
    assert_eq!(stage.circuit().attempts, 0);
}

#[test]
fn nothing_is_held_when_call_is_dropped_in_a_pause() {
    let stage = Stage::new([Act::Respond(500, "")]);
    drop_after_one_poll(&stage, keyed());
    let log = stage.log();
    assert_eq!(
        log.last().unwrap(),
        "dropped 1 Some(Unknown), probe slot free"
    );
    assert_eq!(stage.count("limiter saw"), 1);
    let circuit = stage.circuit();
    assert_eq!((circuit.attempts, circuit.failures), (1, 1));
}

#[test]
fn ticket_is_void_when_the_limiter_refused_it() {
    let stage = Stage::with(
        [],
        CircuitBreaker::new(),
        [Admission::Refuse(AcquireError::QueueFull)],
    );
    let mut context = Context::from_waker(Waker::noop());
    let call = pin!(stage.execute(keyed()));
    assert!(call.poll(&mut context).is_ready());
    assert_eq!(stage.count("limiter saw"), 0);
}
