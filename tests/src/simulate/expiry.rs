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

    /// Whether a caller that pauses for long has done so.
    pub(super) fn has_slept_through(&self, number: usize) -> bool {
        let now = self.world.lock().now;
        let gap = self.scenario.gap;
        self.order(number).absent && gap.is_some_and(|gap| now >= gap.until())
    }

    /// The client refused a write since its key may have expired. If it was not executed, the
    /// caller either gives up or sends it again all the same.
    pub(super) async fn resolve_expired(&self, number: usize, write: &PendingWrite) {
        let Some(answer) = self.read_order(number).await else {
            return;
        };
        let is_done = answer.as_str().contains("\"done\":true");
        if !is_done && self.order(number).insists {
            self.world.lock().watch.allow_expired(number);
            return Box::pin(self.settle(number, write)).await;
        }
        self.conclude(number, write, &answer).await;
    }

    /// Reads the object of an order.
    pub(super) async fn read_order(&self, number: usize) -> Option<RawJson> {
        for _ in 0..ROUNDS {
            self.pause(4 * SECOND).await;
            let call = Action::Read.call(&self.client, number);
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
