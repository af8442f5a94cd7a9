//! The limiter's permit for an attempt, which is released whatever happens.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{Engine, Plan, ticket};
use crate::rate_limit::{Admission, Demand, End, Ticket};

/// A limiter's ticket. Dropped without a word, it tells the limiter that the call is gone.
pub(super) struct Permit<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    live: bool,
    /// When the call gives up.
    until: Option<Instant>,
    ticket: Option<Ticket>,
    has_waited: bool,
}

/// Why no permit was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    QueueFull,
    WaitedTooLong,
}

impl<'a> Permit<'a> {
    /// Waits for the limiter's permission, for no longer than `patience`.
    pub(super) async fn get(
        engine: &'a Engine,
        plan: &'a Plan,
        live: bool,
        patience: Option<Duration>,
    ) -> Result<Self, Denial> {
        let begun = engine.clock.now();
        let mut permit = Self {
            engine,
            plan,
            live,
            until: patience.and_then(|patience| begun.checked_add(patience)),
            ticket: None,
            has_waited: false,
        };
        let ticket = ticket();
        let mut timer = None;
        let verdict = poll_fn(|context| {
            loop {
                permit.ticket = Some(ticket);
                let wait = match engine
                    .limiter
                    .ask(ticket, &permit.demand(), context.waker())
                {
                    Admission::Now => return Poll::Ready(Ok(())),
                    Admission::QueueFull => return Poll::Ready(Err((Denial::QueueFull, false))),
                    Admission::WaitedTooLong => {
                        return Poll::Ready(Err((Denial::WaitedTooLong, false)));
                    }
                    Admission::Wait(wait) => wait,
                };
                permit.has_waited = true;
                let waited = engine.clock.now().saturating_duration_since(begun);
                let left = patience.map(|patience| patience.saturating_sub(waited));
                if left.is_some_and(|left| left.is_zero()) {
                    return Poll::Ready(Err((Denial::WaitedTooLong, true)));
                }
                let Some(wait) = wait.into_iter().chain(left).min() else {
                    return Poll::Pending;
                };
                let sleep = timer.insert(engine.clock.sleep(wait));
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
        match verdict {
            Ok(()) => Ok(permit),
            Err((denial, ticket_is_valid)) => {
                if !ticket_is_valid {
                    permit.ticket = None;
                }
                Err(denial)
            }
        }
    }

    /// Whether the limiter did not admit the attempt at once.
    pub(super) fn has_waited(&self) -> bool {
        self.has_waited
    }

    pub(super) fn close(mut self, end: End<'_>) {
        self.give_back(end);
    }

    fn give_back(&mut self, end: End<'_>) {
        if let Some(ticket) = self.ticket.take() {
            self.engine.limiter.release(ticket, &self.demand(), end);
        }
    }

    fn demand(&self) -> Demand<'a> {
        let plan = self.plan;
        let mut demand = Demand::new(plan.request.operation, self.engine.clock.now());
        demand.account = plan.account.as_deref();
        demand.live = self.live;
        demand.class = plan.class;
        demand.priority = plan.priority;
        demand.until = self.until;
        demand
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.give_back(End::Dropped);
    }
}
