//! Callers: how programs use a client, and how they react to its results.
//!
//! In: an order. Out: the result for its caller, checked against the truth. A caller relies on the
//! outcomes of the client: after "not sent" or "rejected" it may begin again under another key,
//! after "unknown" it resumes the same write until the outcome is known.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use runtime::call::Call;
use runtime::client::Client;
use runtime::error::{Error, Outcome};
use runtime::http::PendingWrite;
use runtime::value::RawJson;

use super::api::{Action, order_in};
use super::sabotage::Rule;
use super::scenario::{Order, Process, Scenario};
use super::world::{MILLI, Nanos, SECOND, Shared, nanos};

/// How often a caller begins again.
const TRIES: u32 = 4;
/// How often a write is resumed in a row.
const ROUNDS: u32 = 12;
/// The deadline of calls that resume a write.
const PATIENT: Duration = Duration::from_secs(45);

/// A client, its process, and the simulated world.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) world: Shared,
    pub(super) scenario: Arc<Scenario>,
    pub(super) client: Client,
    /// The number of the client in the world.
    pub(super) number: usize,
    pub(super) process: usize,
}

/// The result of a call for its caller.
enum Heard {
    /// The outcome is final.
    End,
    /// The caller may begin again.
    Again,
    /// The outcome is unknown.
    Unknown(Option<PendingWrite>),
}

impl Place {
    fn order(&self, order: usize) -> &Order {
        &self.scenario.orders[order]
    }

    fn plan(&self) -> &Process {
        &self.scenario.processes[self.process]
    }

    async fn pause(&self, longest: Nanos) {
        let time = self.world.lock().whims.between(MILLI, longest);
        self.world.sleep(time).await;
    }

    /// Processes an order until its outcome is known, as far as its caller can.
    pub(super) async fn carry(&self, number: usize) {
        let order = self.order(number).clone();
        self.world.sleep_until(order.at).await;
        // With a key of its own, a caller cannot know which of its calls was executed.
        let mut unsure = self.world.lock().watch.has_begun(number);
        self.world.lock().watch.begin(number);
        let mut patience = order.cancel_after;
        for _ in 0..TRIES {
            let mut call = order
                .action
                .call(&self.client, number)
                .priority(order.priority);
            if order.own_key {
                call = call.idempotency_key(format!("order-{number}"));
            }
            let deadline = order.deadline.or(self.plan().deadline);
            let made = self.make(number, call, deadline, patience.take());
            let Some(result) = made.await else {
                self.world.lock().stats.cancellations += 1;
                if order.own_key {
                    unsure = true;
                    self.pause(5 * SECOND).await;
                    continue;
                }
                return self.resume_from_journal(number).await;
            };
            match self.hear(number, result, unsure) {
                Heard::End => return,
                Heard::Again => self.pause(3 * SECOND).await,
                Heard::Unknown(_) if order.own_key => {
                    unsure = true;
                    self.pause(3 * SECOND).await;
                }
                Heard::Unknown(Some(write)) => return self.settle(number, &write).await,
                Heard::Unknown(None) => return,
            }
        }
    }

    /// Makes a call, unless its caller drops it first.
    async fn make(
        &self,
        number: usize,
        mut call: Call<RawJson>,
        deadline: Option<Duration>,
        patience: Option<Nanos>,
    ) -> Option<Result<RawJson, Error>> {
        let order = self.order(number);
        let begun = {
            let mut world = self.world.lock();
            world.stats.calls += 1;
            world.watch.call(self.number);
            let client = self.number;
            world.note(number as u64, || {
                format!(
                    "client {client} begins a call for order {number}: {:?}",
                    order.action
                )
            });
            if let Some(deadline) = deadline
                && world.broken != Some(Rule::NoDeadline)
            {
                call = call.deadline(deadline);
            }
            world.now
        };
        let future = Box::pin(call.into_future());
        let Some(patience) = patience else {
            let result = future.await;
            self.check_deadline(number, begun, deadline.map(nanos));
            return Some(result);
        };
        let result = first(future, self.world.sleep(patience)).await;
        if result.is_some() {
            self.check_deadline(number, begun, deadline.map(nanos));
        } else {
            let mut world = self.world.lock();
            world.note(number as u64, || {
                format!("the call for order {number} is dropped")
            });
        }
        result
    }

    /// Virtual time only moves between steps, so a deadline can be kept to the nanosecond.
    fn check_deadline(&self, number: usize, begun: Nanos, deadline: Option<Nanos>) {
        let mut world = self.world.lock();
        let taken = world.now - begun;
        if let Some(deadline) = deadline.filter(|deadline| taken > *deadline) {
            let text = format!(
                "a call for order {number} took {} ms and had {} ms",
                taken / MILLI,
                deadline / MILLI
            );
            world.violate("no call outlives its deadline", text);
        }
    }

    /// Checks a result, and what the caller concludes from it.
    fn hear(&self, number: usize, result: Result<RawJson, Error>, unsure: bool) -> Heard {
        let order = self.order(number);
        let mut world = self.world.lock();
        let error = match result {
            Ok(answer) => {
                world.acknowledge(number, answer.as_str());
                return Heard::End;
            }
            Err(error) => error,
        };
        world.note(number as u64 ^ 0xe0 << 56, || {
            format!(
                "the call for order {number} fails: {:?}, {error}",
                error.outcome()
            )
        });
        if !order.action.is_write() {
            return Heard::End;
        }
        if error.outcome() == Outcome::Unknown {
            return Heard::Unknown(error.pending().cloned());
        }
        let passing = error.outcome() == Outcome::NotSent
            || !matches!(
                error.status().map(|status| status.as_u16()),
                Some(400 | 402 | 404)
            );
        if unsure {
            // The error is about this call only, and an earlier one may have been executed.
            return if passing { Heard::Again } else { Heard::End };
        }
        world.deny(number, &error);
        if !passing || !order.reissues {
            return Heard::End;
        }
        world.watch.renew(number);
        Heard::Again
    }

    /// After a call was dropped: its write is journaled if it was sent.
    async fn resume_from_journal(&self, number: usize) {
        if !self.order(number).action.is_keyed() {
            return;
        }
        self.pause(2 * SECOND).await;
        let Ok(writes) = self.client.pending_writes().await else {
            return;
        };
        let mine = |write: &&PendingWrite| order_in(&write.target, &write.body) == Some(number);
        if let Some(write) = writes.iter().find(mine) {
            self.settle(number, write).await;
        }
    }

    /// Resumes a write until its outcome is known.
    pub(super) async fn settle(&self, number: usize, write: &PendingWrite) {
        let action = self.order(number).action;
        for round in 0..ROUNDS {
            self.pause(SECOND << round.min(5)).await;
            self.world.lock().stats.resumptions += 1;
            let call = action.resume(&self.client, write);
            let patience = {
                let whims = &mut self.world.lock().whims;
                whims.chance(30).then(|| whims.below(3 * SECOND))
            };
            let Some(result) = self.make(number, call, Some(PATIENT), patience).await else {
                continue;
            };
            let replayed = result.as_ref().is_err_and(Error::idempotent_replayed);
            match self.hear(number, result, false) {
                Heard::Unknown(_) if replayed => return self.look_up(number, write).await,
                Heard::Unknown(_) => {}
                Heard::End | Heard::Again => return,
            }
        }
    }

    /// The server repeats a stored failure: the outcome can only be found by reading the object.
    async fn look_up(&self, number: usize, write: &PendingWrite) {
        for _ in 0..ROUNDS {
            self.pause(4 * SECOND).await;
            let call = Action::Read.call(&self.client, number);
            let Some(Ok(answer)) = self.make(number, call, Some(PATIENT), None).await else {
                continue;
            };
            {
                let mut world = self.world.lock();
                world.acknowledge_read(number, answer.as_str());
            }
            for _ in 0..ROUNDS {
                if self.client.discard_pending(write).await.is_ok() {
                    return;
                }
            }
            return;
        }
    }
}

/// The result of `work`, unless the timer is ready first.
async fn first<T>(work: impl Future<Output = T>, timer: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut timer) = (pin!(work), pin!(timer));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}
