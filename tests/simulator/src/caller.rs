//! Callers: how programs use a client, and how they react to its results.
//!
//! In: an order. Out: the result for its caller, checked against the truth. A caller relies on the
//! outcomes of the client: after "not sent" or "rejected" it may begin again under another key,
//! after "unknown" it resumes the same write until the outcome is known.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use runtime::call::Call;
use runtime::client::Client;
use runtime::error::{Error, Outcome};
use runtime::http::PendingWrite;
use runtime::value::RawJson;

use super::api::order_in;
use super::clock::SimSleep;
use super::sabotage::Rule;
use super::scenario::{Flush, Order, Process, Scenario};
use super::world::{MILLI, Nanos, SECOND, Shared, nanos};

/// How often a caller begins again.
const TRIES: u32 = 4;
/// How often a write is resumed in a row.
pub(super) const ROUNDS: u32 = 12;
/// The deadline of calls that resume a write.
pub(super) const PATIENT: Duration = Duration::from_secs(45);

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

/// When a caller drops its call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    Endless,
    /// During a flush of the journal, if the scenario plans that.
    Flushes,
    /// After some time, or as above.
    Until(Nanos),
}

/// The result of a call for its caller.
enum Heard {
    /// The outcome is final.
    End,
    /// The caller may begin again.
    Again,
    /// The outcome is unknown.
    Unknown(Option<PendingWrite>),
    /// The client refuses the write since its key may have expired.
    Expired(PendingWrite),
}

impl Place {
    pub(super) fn order(&self, order: usize) -> &Order {
        &self.scenario.orders[order]
    }

    fn plan(&self) -> &Process {
        &self.scenario.processes[self.process]
    }

    pub(super) async fn pause(&self, longest: Nanos) {
        let time = self.world.lock().whims.between(MILLI, longest);
        self.world.sleep(time).await;
    }

    /// Processes an order until its outcome is known, as far as its caller can.
    /// A twin makes the same calls as another caller, slightly later, and never drops them.
    pub(super) async fn carry(&self, number: usize, is_twin: bool) {
        let order = self.order(number).clone();
        self.world.sleep_until(order.at).await;
        if is_twin {
            self.pause(15 * MILLI).await;
        }
        // With a key of its own, a caller cannot know which of its calls was executed.
        let mut unsure = order.twin || self.world.lock().watch.has_begun(number);
        self.world.lock().watch.begin(number);
        let mut patience = match order.cancel_after {
            _ if is_twin => Patience::Endless,
            None => Patience::Flushes,
            Some(time) => Patience::Until(time),
        };
        for _ in 0..TRIES {
            if order.own_key && self.is_settled(number) {
                return;
            }
            let call = self.first_call(number);
            let deadline = order.deadline.or(self.plan().deadline);
            let made = self.make(number, call, deadline, patience);
            let result = made.await;
            if let Patience::Until(_) = patience {
                patience = Patience::Flushes;
            }
            let Some(result) = result else {
                self.world.lock().stats.cancellations += 1;
                if order.own_key {
                    unsure = true;
                    self.pause(5 * SECOND).await;
                    self.sleep_through(number).await;
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
                    self.sleep_through(number).await;
                }
                Heard::Expired(write) => return self.resolve_expired(number, &write).await,
                Heard::Unknown(Some(write)) => return self.settle(number, &write).await,
                Heard::Unknown(None) => return,
            }
        }
    }

    /// The call for an order, which is not a resumption.
    fn first_call(&self, number: usize) -> Call<RawJson> {
        let order = self.order(number);
        let mut call = order
            .action
            .call(&self.client, number)
            .priority(order.priority);
        if order.own_key {
            call = call.idempotency_key(format!("order-{number}"));
        }
        if self.world.lock().broken == Some(Rule::AllowExpiredKeys) {
            self.world.lock().watch.allow_expired(number);
            call = call.allow_expired_key();
        }
        call
    }

    /// Makes a call, unless its caller drops it first.
    pub(super) async fn make(
        &self,
        number: usize,
        mut call: Call<RawJson>,
        deadline: Option<Duration>,
        patience: Patience,
    ) -> Option<Result<RawJson, Error>> {
        let order = self.order(number);
        let begun = {
            let mut world = self.world.lock();
            world.stats.calls += 1;
            world.watch.call(self.number);
            let now = world.now;
            world.watch.start_call(number, now);
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
        let has_plan = self.world.lock().has_planned_drop(number);
        let result = match patience {
            Patience::Until(time) => first(future, self.lose_patience(number, time)).await,
            Patience::Flushes if has_plan => {
                first(future, self.lose_patience(number, Nanos::MAX)).await
            }
            Patience::Endless | Patience::Flushes => Some(future.await),
        };
        if result.is_some() {
            self.check_deadline(number, begun, deadline.map(nanos));
        } else {
            let mut world = self.world.lock();
            world.note(number as u64, || {
                format!("the call for order {number} is dropped")
            });
        }
        self.world.lock().end_call(number);
        result
    }

    /// Ready when the caller drops its call: after some time, or during a flush of the journal.
    async fn lose_patience(&self, number: usize, time: Nanos) {
        let (mut patience, mut flush) = (self.world.sleep(time), None::<(SimSleep, Flush)>);
        // The plan is made while the call is polled, and this is polled after it.
        poll_fn(|context| {
            if flush.is_none() {
                let planned = self.world.lock().planned_drop(number);
                flush = planned.map(|(at, kind)| (self.world.sleep_until(at), kind));
            }
            if let Some((sleep, kind)) = &mut flush
                && Pin::new(sleep).poll(context).is_ready()
            {
                let stats = &mut self.world.lock().stats;
                match kind {
                    Flush::Begin => stats.begin_drops += 1,
                    Flush::Finish => stats.finish_drops += 1,
                }
                return Poll::Ready(());
            }
            Pin::new(&mut patience).poll(context)
        })
        .await;
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
        if error.is_build() {
            let Some(write) = error
                .pending()
                .filter(|_| error.outcome() == Outcome::Unknown)
            else {
                let text = format!("order {number} is refused: {error}");
                world.violate("a write that is refused for its age is unknown", text);
                return Heard::End;
            };
            world.watch_refusal(number, write);
            return Heard::Expired(write.clone());
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
        for round in 0..ROUNDS {
            self.pause(SECOND << round.min(5)).await;
            self.sleep_through(number).await;
            self.world.lock().stats.resumptions += 1;
            let (call, is_allowed) = self.next_resumption(number, write);
            let patience = {
                let whims = &mut self.world.lock().whims;
                match whims.chance(30) {
                    true => Patience::Until(whims.below(3 * SECOND)),
                    false => Patience::Flushes,
                }
            };
            let Some(result) = self.make(number, call, Some(PATIENT), patience).await else {
                continue;
            };
            let replayed = result.as_ref().is_err_and(Error::idempotent_replayed);
            // Another caller may have made the first call again too.
            let unsure = is_allowed && self.order(number).own_key;
            match self.hear(number, result, unsure) {
                Heard::Again if unsure => {}
                Heard::Unknown(_) if replayed => return self.look_up(number, write).await,
                Heard::Unknown(_) => {}
                Heard::Expired(_) if is_allowed => {
                    let text = format!("order {number} is refused");
                    let invariant = "a key that the caller allows is not refused";
                    return self.world.lock().violate(invariant, text);
                }
                Heard::Expired(write) => return self.resolve_expired(number, &write).await,
                Heard::End | Heard::Again => return,
            }
        }
    }

    /// The call that resumes a write. A caller that allows an expired key and chose the key may as
    /// well make the first call again.
    fn next_resumption(&self, number: usize, write: &PendingWrite) -> (Call<RawJson>, bool) {
        let order = self.order(number);
        let mut world = self.world.lock();
        if world.broken == Some(Rule::AllowExpiredKeys) {
            world.watch.allow_expired(number);
        }
        let is_allowed = world.watch.is_allowed(number);
        drop(world);
        let call = match is_allowed {
            true if order.own_key => self.first_call(number).allow_expired_key(),
            true => order.action.resume(&self.client, write).allow_expired_key(),
            false => order.action.resume(&self.client, write),
        };
        (call, is_allowed)
    }

    /// The server repeats a stored failure: the outcome can only be found by reading the object.
    async fn look_up(&self, number: usize, write: &PendingWrite) {
        if let Some(answer) = self.read_order(number).await {
            self.conclude(number, write, &answer).await;
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
