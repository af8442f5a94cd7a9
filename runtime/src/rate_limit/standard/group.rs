//! The limits of one account in one mode, and the queue in front of them.
//!
//! In: questions and ends of attempts, with the time. Out: admissions, and the wakers of those
//! who should ask again. A waiter whose turn it is gets a *reservation* and is woken; asking
//! turns the reservation into an admission. As long as somebody waits for time to pass, one
//! waiter holds the *alarm*: it asks when the next place comes free, and its question serves
//! all others too. Every waiter asks once a second anyway, so that a call which its program
//! stopped polling holds up nobody for longer. Nothing here keeps its own time.

use std::collections::{HashMap, VecDeque};
use std::task::Waker;
use std::time::Duration;

use super::super::{Admission, Priority};
use super::bucket::Bucket;
use super::feedback::Feedback;
use super::lane::{Lanes, Offer};
use super::turns::Turns;
use super::window::SECOND;

mod books;

/// How long a place is kept for a waiter that was woken. Long enough for a busy runtime to
/// poll it; a waiter that comes later keeps its place in the queue.
const GRACE: u64 = SECOND / 10;
/// The longest time between two questions of a waiter.
const CHECK: u64 = SECOND;
/// The shortest wait to ask for, so that rounding never makes a waiter ask in a tight loop.
const SHORTEST: u64 = SECOND / 1_000;

#[derive(Debug)]
pub(super) struct Group {
    pub(super) account: Bucket,
    pub(super) lanes: Lanes,
    holders: HashMap<u64, Holder>,
    /// Times of reservations with their tickets, oldest first. Those that were used since are
    /// still listed.
    reservations: VecDeque<(u64, u64)>,
    arrivals: u64,
    turns: Turns,
    /// Who asks when, on behalf of all.
    alarm: Option<(u64, u64)>,
    pub(super) waiting: u32,
    waiting_bulk: u32,
}

#[derive(Debug)]
enum Holder {
    InFlight { lane: usize, since: u64 },
    Waiting(Waiter),
}

#[derive(Debug)]
struct Waiter {
    lane: usize,
    priority: Priority,
    place: u64,
    give_up: u64,
    stage: Stage,
    waker: Waker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Queued,
    Reserved(u64),
    /// It has no reservation any more and is not back in the queue.
    Apart,
}

/// What a call asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) ticket: u64,
    pub(super) priority: Priority,
    pub(super) now: u64,
    /// When waiting is no use to the call any more.
    pub(super) give_up: u64,
    pub(super) waker: &'a Waker,
    /// How many may wait.
    pub(super) queue: u32,
}

impl Group {
    pub(super) fn new(per_second: u32, concurrent: u32) -> Self {
        Self {
            account: Bucket::new(per_second, concurrent),
            lanes: Lanes::default(),
            holders: HashMap::new(),
            reservations: VecDeque::new(),
            arrivals: 0,
            turns: Turns::default(),
            alarm: None,
            waiting: 0,
            waiting_bulk: 0,
        }
    }

    pub(super) fn ask(
        &mut self,
        lane: usize,
        question: &Question<'_>,
        wakes: &mut Vec<Waker>,
    ) -> Admission {
        self.lapse(question.now);
        let waiter = match self.holders.get_mut(&question.ticket) {
            None => return self.ask_first(lane, question, wakes),
            Some(Holder::InFlight { .. }) => return Admission::Now,
            Some(Holder::Waiting(waiter)) => waiter,
        };
        waiter.waker.clone_from(question.waker);
        let (lane, give_up) = (waiter.lane, waiter.give_up.min(question.give_up));
        self.ask_again(lane, give_up, question, wakes)
    }

    /// Learns that the holder of a ticket has ended. Unknown tickets are ignored.
    pub(super) fn release(
        &mut self,
        ticket: u64,
        feedback: &Feedback,
        now: u64,
        wakes: &mut Vec<Waker>,
    ) {
        self.lapse(now);
        if let Some((lane, since)) = self.remove(ticket) {
            self.end(lane, since, feedback, now);
        }
        self.pump(now, None, wakes);
        self.settle(now, None, wakes);
    }

    /// Forgets lanes without use. True if a new group would behave like this one.
    pub(super) fn sweep(&mut self, now: u64) -> bool {
        self.lanes.sweep(now);
        self.holders.is_empty() && self.lanes.len() == 0 && self.account.is_idle(now)
    }

    fn ask_first(
        &mut self,
        lane: usize,
        question: &Question<'_>,
        wakes: &mut Vec<Waker>,
    ) -> Admission {
        let now = question.now;
        // Those who wait go first, as far as they can.
        self.pump(now, None, wakes);
        let admission = if self.is_open(lane, now) {
            self.take_turn(lane, question.priority);
            self.admit(question.ticket, lane, now);
            Admission::Now
        } else if let Some(refusal) = self.refusal(lane, question) {
            refusal
        } else {
            self.enqueue(lane, question);
            return self.wait(question, question.give_up, wakes);
        };
        self.settle(now, None, wakes);
        admission
    }

    fn ask_again(
        &mut self,
        lane: usize,
        give_up: u64,
        question: &Question<'_>,
        wakes: &mut Vec<Waker>,
    ) -> Admission {
        let (ticket, now) = (question.ticket, question.now);
        self.drop_alarm(ticket);
        let had_reservation = self.give_back(ticket);
        if had_reservation && self.is_open(lane, now) {
            return self.admit_waiter(ticket, lane, now, wakes);
        }
        self.requeue(ticket);
        self.pump(now, Some(ticket), wakes);
        if self.give_back(ticket) {
            return self.admit_waiter(ticket, lane, now, wakes);
        }
        if now < give_up && self.at_best(lane, now, 0) <= give_up {
            return self.wait(question, give_up, wakes);
        }
        self.remove(ticket);
        self.settle(now, None, wakes);
        Admission::WaitedTooLong
    }

    /// Why a newcomer may not even wait.
    fn refusal(&mut self, lane: usize, question: &Question<'_>) -> Option<Admission> {
        let priority = question.priority;
        let ahead = self
            .lanes
            .get(lane)
            .map_or(0, |lane| lane.queue(priority).len());
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let best = self.at_best(lane, question.now, ahead);
        if question.give_up <= question.now || best > question.give_up {
            return Some(Admission::WaitedTooLong);
        }
        // A tenth of the queue is left to interactive calls.
        let bulk_places = question.queue - question.queue / 10;
        let is_full = self.waiting >= question.queue
            || (priority == Priority::Bulk && self.waiting_bulk >= bulk_places);
        is_full.then_some(Admission::QueueFull)
    }

    /// The answer to somebody who stays in the queue.
    fn wait(&mut self, question: &Question<'_>, give_up: u64, wakes: &mut Vec<Waker>) -> Admission {
        let now = question.now;
        let until = now.saturating_add(CHECK).min(give_up).min(self.settle(
            now,
            Some(question.ticket),
            wakes,
        ));
        let wait = until.saturating_sub(now).max(SHORTEST);
        Admission::Wait(Some(Duration::from_nanos(wait)))
    }

    /// Gives reservations to those who may go, in their order, and wakes them.
    fn pump(&mut self, now: u64, asking: Option<u64>, wakes: &mut Vec<Waker>) {
        while let Some(offer) = self.next(now) {
            let Some(Holder::Waiting(waiter)) = self.holders.get_mut(&offer.ticket) else {
                return;
            };
            waiter.stage = Stage::Reserved(now);
            if asking != Some(offer.ticket) {
                wakes.push(waiter.waker.clone());
            }
            let (lane, priority, place) = (waiter.lane, waiter.priority, waiter.place);
            self.drop_alarm(offer.ticket);
            self.reservations.push_back((now, offer.ticket));
            self.account.reserve();
            if let Some(lane) = self.lanes.get(lane) {
                lane.queue(priority).remove(&place);
                lane.bucket.reserve();
            }
            self.take_turn(lane, priority);
        }
    }

    /// Who may go now.
    fn next(&mut self, now: u64) -> Option<Offer> {
        if self.waiting == 0 || !self.account.is_open(now) {
            return None;
        }
        let bulk_first = self.turns.is_bulk_due();
        self.lanes
            .queued()
            .filter_map(|lane| {
                let is_open = lane.bucket.is_open(now);
                is_open.then(|| lane.offer(bulk_first))?
            })
            .min()
    }

    /// Sees to it that somebody asks when the next place comes free: the one who asks now, or
    /// else the next in line, who is woken to set its timer. Returns when the asking one has to
    /// ask again.
    fn settle(&mut self, now: u64, asking: Option<u64>, wakes: &mut Vec<Waker>) -> u64 {
        let Some((at, next)) = self.unattended(now) else {
            return u64::MAX;
        };
        if let Some(ticket) = asking {
            self.alarm = Some((at, ticket));
            return at;
        }
        if let Some(Holder::Waiting(waiter)) = self.holders.get(&next) {
            wakes.push(waiter.waker.clone());
            self.alarm = Some((now, next));
        }
        u64::MAX
    }

    /// When there is room next for somebody in the queue, as far as that is a question of time,
    /// and for whom; unless somebody is about to ask by then anyway.
    fn unattended(&mut self, now: u64) -> Option<(u64, u64)> {
        if self.waiting == 0 {
            return None;
        }
        let account = self.account.opens(now)?;
        let alarm = self.alarm.map(|(alarm, _)| alarm);
        let alarm = alarm.filter(|alarm| now < alarm.saturating_add(GRACE));
        let is_attended = |at| alarm.is_some_and(|alarm| alarm <= at);
        // Spares the look at the lanes, which have no room before their account.
        if is_attended(account) {
            return None;
        }
        let bulk_first = self.turns.is_bulk_due();
        let (at, offer) = self
            .lanes
            .queued()
            .filter_map(|lane| {
                let at = lane.bucket.opens(now)?.max(account);
                Some((at, lane.offer(bulk_first)?))
            })
            .min()?;
        (!is_attended(at)).then_some((at, offer.ticket))
    }

    fn is_open(&mut self, lane: usize, now: u64) -> bool {
        let lane_is_open = self
            .lanes
            .get(lane)
            .is_some_and(|lane| lane.bucket.is_open(now));
        lane_is_open && self.account.is_open(now)
    }

    /// When somebody with `ahead` others before it in its lane could go at the very best. All of
    /// them need a place of the account too.
    fn at_best(&mut self, lane: usize, now: u64, ahead: u32) -> u64 {
        let account = self.account.at_best(now, ahead);
        let lane = self.lanes.get(lane);
        lane.map_or(now, |lane| lane.bucket.at_best(now, ahead))
            .max(account)
    }

    fn take_turn(&mut self, lane: usize, priority: Priority) {
        if let Some(lane) = self.lanes.get(lane) {
            let bulk_waits = lane.bulk_waits();
            lane.turns.took(priority, bulk_waits);
        }
        self.turns.took(priority, self.waiting_bulk > 0);
    }
}
