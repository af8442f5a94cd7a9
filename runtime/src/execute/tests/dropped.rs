//! Calls whose future is dropped give back what they hold.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use super::{AcquireError, Act, Admission, Plan, Stage, keyed};

/// Polls a call once, on a clock that stands still, and drops it.
fn drop_after_one_poll(stage: &Stage, plan: Plan) {
    *stage.world.frozen.lock().unwrap() = true;
    let call = pin!(stage.engine.execute(plan));
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.poll(&mut context).is_pending());
}

#[test]
fn pass_and_permit_come_back_when_call_is_dropped_in_flight() {
    let stage = Stage::new([Act::Hang]);
    drop_after_one_poll(&stage, keyed());
    let log = stage.log();
    assert_eq!(
        log,
        [
            "breaker api items",
            "limiter Some(\"acct_1\") items",
            "sent key",
            "limiter saw Dropped",
            "breaker saw Unknown",
            "dropped 1 Some(Unknown)",
        ]
    );
}

#[test]
fn pass_and_permit_come_back_when_call_is_dropped_in_the_queue() {
    let stage = Stage::with([], true, [Admission::Wait(None)]);
    drop_after_one_poll(&stage, keyed());
    assert_eq!(
        stage.log(),
        [
            "breaker api items",
            "limiter Some(\"acct_1\") items",
            "limiter saw Dropped",
            "breaker saw Unknown",
            "dropped 0 Some(NotSent)",
        ]
    );
}

#[test]
fn nothing_is_held_when_call_is_dropped_in_a_pause() {
    let stage = Stage::new([Act::Answer(500, "")]);
    drop_after_one_poll(&stage, keyed());
    let log = stage.log();
    assert_eq!(log.last().unwrap(), "dropped 1 Some(Unknown)");
    assert_eq!(stage.count("limiter saw"), 1);
    assert_eq!(stage.count("breaker saw"), 1);
}

#[test]
fn limiter_learns_nothing_more_when_it_refused_the_attempt() {
    let stage = Stage::with([], true, [Admission::Refuse(AcquireError::QueueFull)]);
    let mut context = Context::from_waker(Waker::noop());
    let call = pin!(stage.engine.execute(keyed()));
    assert!(call.poll(&mut context).is_ready());
    assert_eq!(stage.count("limiter saw"), 0);
}
