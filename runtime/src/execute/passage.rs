//! What an attempt holds of the breaker and the limiter, given back whatever happens.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::{Engine, Plan, within};
use crate::circuit_breaker::{Circuit, Health, Pass, Refusal, State};
use crate::rate_limit::{AcquireError, AcquireRequest, Permit};
use crate::telemetry::Observer;

/// A breaker's pass. Dropped without a word, it tells the breaker that nothing was learnt.
pub(super) struct Passage<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    pass: Option<Pass>,
}

impl<'a> Passage<'a> {
    pub(super) fn get(engine: &'a Engine, plan: &'a Plan) -> Result<Self, Refusal> {
        let circuit = Circuit::new(plan.host, plan.class);
        let pass = engine.breaker.admit(circuit, engine.clock.now())?;
        if let Some(state) = pass.change {
            tell(engine, plan, state);
        }
        Ok(Self {
            engine,
            plan,
            pass: Some(pass),
        })
    }

    pub(super) fn close(mut self, health: Health) {
        self.give_back(health);
    }

    fn give_back(&mut self, health: Health) {
        let Some(pass) = self.pass.take() else {
            return;
        };
        let (engine, plan) = (self.engine, self.plan);
        let circuit = Circuit::new(plan.host, plan.class);
        let now = engine.clock.now();
        if let Some(state) = engine.breaker.observe(circuit, pass, health, now) {
            tell(engine, plan, state);
        }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        self.give_back(Health::Unknown);
    }
}

fn tell(engine: &Engine, plan: &Plan, state: State) {
    let state = match state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half open",
    };
    engine
        .observers
        .circuit_changed(plan.host, plan.class, state);
}

/// Acquires the limiter's permit for one attempt, within `patience`. Returns how long that took,
/// unless the permit was available at once.
pub(super) async fn acquire_permit(
    engine: &Engine,
    plan: &Plan,
    live: bool,
    patience: Option<Duration>,
) -> Result<(Permit, Option<Duration>), AcquireError> {
    let begun = engine.clock.now();
    let mut request = AcquireRequest::new(plan.request.operation);
    request.account = plan.account.as_deref();
    request.live = live;
    request.class = plan.class;
    request.priority = plan.priority;
    request.deadline = patience.and_then(|patience| begun.checked_add(patience));
    let mut acquiring = engine.limiter.acquire(request, &engine.clock);
    let first = poll_fn(|context| Poll::Ready(acquiring.as_mut().poll(context))).await;
    if let Poll::Ready(result) = first {
        return result.map(|permit| (permit, None));
    }
    let permit = match patience {
        None => acquiring.await?,
        Some(left) => within(acquiring, engine.clock.sleep(left))
            .await
            .unwrap_or(Err(AcquireError::WaitTooLong))?,
    };
    let waited = engine.clock.now().saturating_duration_since(begun);
    Ok((permit, Some(waited)))
}
