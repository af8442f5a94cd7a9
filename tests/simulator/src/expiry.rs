//! Callers whose keys have expired: they look up what became of the write before they go on.

use runtime::http::PendingWrite;
use runtime::value::RawJson;

use super::api::Action;
use super::caller::{PATIENT, Patience, Place, ROUNDS};
use super::world::SECOND;

impl Place {
    /// A caller that pauses for long does so now.
    pub(super) async fn sleep_through(&self, number: usize) {
        if let Some(gap) = self.scenario.gap
            && self.order(number).absent
        {
            self.world.sleep_until(gap.until()).await;
        }
    }

    /// Whether another caller got the outcome so long ago that a repetition would be another
    /// write.
    pub(super) fn is_settled(&self, number: usize) -> bool {
        let world = self.world.lock();
        let gap = self.scenario.gap;
        gap.is_some_and(|gap| world.now >= gap.until()) && world.watch.has_ended(number)
    }

    /// The client refused a write since its key may have expired. If it was not executed, the
    /// caller either gives up or sends it again all the same.
    pub(super) async fn resolve_expired(&self, number: usize, write: &PendingWrite) {
        let Some(answer) = self.read_at_rest(number).await else {
            return;
        };
        let is_done = answer.as_str().contains("\"done\":true");
        // Who has concluded before that it was not executed must not have it executed now.
        let is_open = !is_done && !self.world.lock().watch.has_ended(number);
        if is_open && self.order(number).insists {
            self.world.lock().watch.allow_expired(number);
            return Box::pin(self.settle(number, write)).await;
        }
        self.conclude(number, write, &answer).await;
    }

    /// Reads the object of an order while no other call of the order is in progress.
    async fn read_at_rest(&self, number: usize) -> Option<RawJson> {
        for _ in 0..4 * ROUNDS {
            let before = self.world.lock().watch.writes_at_rest(number);
            if before.is_some() {
                let answer = self.read_order(number).await?;
                if self.world.lock().watch.writes_at_rest(number) == before {
                    return Some(answer);
                }
            }
            self.pause(SECOND).await;
        }
        None
    }

    /// Reads the object of an order.
    pub(super) async fn read_order(&self, number: usize) -> Option<RawJson> {
        for _ in 0..ROUNDS {
            self.pause(4 * SECOND).await;
            let call = Action::Read.call(&self.client, number);
            self.world.lock().watch.expect_read(number);
            if let Some(Ok(answer)) = self
                .make(number, call, Some(PATIENT), Patience::Endless)
                .await
            {
                return Some(answer);
            }
        }
        None
    }

    /// Accepts what was read as the outcome, and discards the write.
    pub(super) async fn conclude(&self, number: usize, write: &PendingWrite, answer: &RawJson) {
        {
            let mut world = self.world.lock();
            world.acknowledge_read(number, answer.as_str());
            world.watch.discard_record(number);
        }
        for _ in 0..ROUNDS {
            if self.client.discard_pending(write).await.is_ok() {
                return;
            }
        }
    }
}
