//! The books of a group: who holds which ticket, reservation, place and alarm.
//!
//! Whatever happens to a ticket is entered here in all places at once: with its holder, in the
//! queue of its lane, in both buckets and in the counts of those who wait.

use std::task::Waker;
use std::time::Duration;

use super::super::super::{Admission, Priority};
use super::super::feedback::{Feedback, Scope};
use super::{GRACE, Group, Holder, Question, Stage, Waiter};

impl Group {
    /// Takes back reservations for which nobody came.
    pub(super) fn lapse(&mut self, now: u64) {
        while let Some(&(at, ticket)) = self.reservations.front() {
            if now < at.saturating_add(GRACE) {
                return;
            }
            self.reservations.pop_front();
            let holder = self.holders.get(&ticket);
            // The ticket may have another reservation by now.
            if matches!(holder, Some(Holder::Waiting(w)) if w.stage == Stage::Reserved(at)) {
                self.give_back(ticket);
            }
        }
    }

    /// Gives back the reservation of a waiter, if it has one.
    pub(super) fn give_back(&mut self, ticket: u64) -> bool {
        let waiter = match self.holders.get_mut(&ticket) {
            Some(Holder::Waiting(waiter)) if matches!(waiter.stage, Stage::Reserved(_)) => waiter,
            _ => return false,
        };
        waiter.stage = Stage::Apart;
        let lane = waiter.lane;
        self.account.unreserve();
        if let Some(lane) = self.lanes.get(lane) {
            lane.bucket.unreserve();
        }
        true
    }

    pub(super) fn enqueue(&mut self, lane: usize, question: &Question<'_>) {
        self.arrivals += 1;
        let waiter = Waiter {
            lane,
            priority: question.priority,
            place: self.arrivals,
            give_up: question.give_up,
            stage: Stage::Queued,
            waker: question.waker.clone(),
        };
        self.waiting += 1;
        self.waiting_bulk += u32::from(waiter.priority == Priority::Bulk);
        if let Some(lane) = self.lanes.get(lane) {
            lane.waiting += 1;
            lane.queue(waiter.priority)
                .insert(waiter.place, question.ticket);
        }
        self.holders
            .insert(question.ticket, Holder::Waiting(waiter));
    }

    /// Puts a waiter back to where it stood, if it is not there.
    pub(super) fn requeue(&mut self, ticket: u64) {
        let Some(Holder::Waiting(waiter)) = self.holders.get_mut(&ticket) else {
            return;
        };
        waiter.stage = Stage::Queued;
        if let Some(lane) = self.lanes.get(waiter.lane) {
            lane.queue(waiter.priority).insert(waiter.place, ticket);
        }
    }

    /// Takes a holder out of all books. Returns where and since when it was under way, if it was.
    pub(super) fn remove(&mut self, ticket: u64) -> Option<(usize, u64)> {
        self.give_back(ticket);
        self.drop_alarm(ticket);
        let waiter = match self.holders.remove(&ticket)? {
            Holder::InFlight { lane, since } => return Some((lane, since)),
            Holder::Waiting(waiter) => waiter,
        };
        self.waiting = self.waiting.saturating_sub(1);
        if waiter.priority == Priority::Bulk {
            self.waiting_bulk = self.waiting_bulk.saturating_sub(1);
        }
        if let Some(lane) = self.lanes.get(waiter.lane) {
            lane.waiting = lane.waiting.saturating_sub(1);
            lane.queue(waiter.priority).remove(&waiter.place);
        }
        None
    }

    /// Admits a waiter that has just given its reservation back.
    pub(super) fn admit_waiter(
        &mut self,
        ticket: u64,
        lane: usize,
        now: u64,
        wakes: &mut Vec<Waker>,
    ) -> Admission {
        self.remove(ticket);
        self.admit(ticket, lane, now);
        self.settle(now, None, wakes);
        Admission::Now
    }

    pub(super) fn admit(&mut self, ticket: u64, lane: usize, now: u64) {
        self.account.admit(now);
        if let Some(lane) = self.lanes.get(lane) {
            lane.bucket.admit(now);
        }
        let holder = Holder::InFlight { lane, since: now };
        self.holders.insert(ticket, holder);
    }

    pub(super) fn end(&mut self, lane: usize, since: u64, feedback: &Feedback, now: u64) {
        let Some(lane) = self.lanes.get(lane) else {
            return;
        };
        if let Some((scope, pressure)) = feedback.refusal {
            let bucket = match scope {
                Scope::Account => &mut self.account,
                Scope::Lane => &mut lane.bucket,
            };
            bucket.refused(now, since, pressure);
            bucket.pause(later(now, feedback.pause));
        }
        self.account.pause(later(now, feedback.exhausted));
        self.account.end();
        lane.bucket.end();
    }

    pub(super) fn drop_alarm(&mut self, ticket: u64) {
        if self.alarm.is_some_and(|(_, holder)| holder == ticket) {
            self.alarm = None;
        }
    }
}

fn later(now: u64, pause: Duration) -> u64 {
    let pause = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
    now.saturating_add(pause)
}
