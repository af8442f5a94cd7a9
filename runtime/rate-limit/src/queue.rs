//! The limits of one account in one mode, and the attempts that wait for them.
//!
//! In: attempts that arrive, check again, leave or complete, with the time. Out: which of them
//! begin, and when the others check again.
//!
//! An attempt plans the earliest time at which the limits can have room for it and for those
//! before it, and checks at that time. It begins if there is room for it and for those before it
//! that could begin as well. A plan may be late, because attempts before it have left, but each
//! check, completion and departure calls those that can begin, and corrects the plans of those
//! that are next. An attempt that does not check within [`GRACE`] of its time, because its program
//! stopped polling it, is passed over until it does. Since such an attempt passes on no call, the
//! first ones in the line check once per second, and the others less often.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::bucket::{LimitBucket, LimitKey, Limits, SECOND};
use super::feedback::{LimitFeedback, LimitScope};
use super::{AcquireError, Priority, QuotaShare, Usage};
use crate::clock::to_nanos;

/// How long room is kept for an attempt that was to check: long enough for a busy executor to
/// poll it. In nanoseconds, as all times here.
const GRACE: u64 = SECOND / 10;
/// The shortest time until the next check, so that rounding never causes a tight loop.
const SHORTEST_WAIT: u64 = SECOND / 1_000;
/// How many attempts at the front of the line check once per second. Those at twice their number
/// do every two seconds, and so on, so that a long line costs little.
const FRONT: u64 = 32;
/// After so many interactive attempts, a bulk attempt goes first.
const PASSES: u32 = 7;
/// The account's own bucket.
const ACCOUNT: usize = 0;

/// What is limited, and how.
pub(super) type Limit = (LimitKey, Limits);

/// How long an attempt waits before it checks again, unless it is woken before; `None` if it
/// begins.
pub(super) type CheckResult = Result<Option<Duration>, AcquireError>;

/// The limits of an account, and its attempts that wait or are in flight.
#[derive(Default)]
pub(super) struct AccountQueue {
    /// What times are counted from: the first time that is given.
    origin: Option<Instant>,
    latest: u64,
    /// The length of the sliding windows, in nanoseconds.
    window: u64,
    /// The part of all limits to use.
    quota: QuotaShare,
    /// The limit of the account, and then those of its *lanes*: operations and classes. None is
    /// ever removed.
    buckets: Vec<LimitBucket>,
    /// The attempts that wait, sorted by rank and then by arrival.
    line: Vec<WaitingAttempt>,
    /// The lanes of attempts in flight by their ids, and when they began.
    in_flight: HashMap<u64, (usize, u64), BuildHasherDefault<IdHasher>>,
    arrivals: u64,
    /// How many interactive attempts have passed the first bulk attempt in the line.
    passes: u32,
    /// Wakers to call, and wakers to drop, once the queue is unlocked.
    called: Vec<Waker>,
    discarded: Vec<Waker>,
}

/// Hashes ids, which are consecutive numbers and not chosen by anybody, by a multiplication.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // 2^64 divided by the golden ratio, which spreads consecutive numbers evenly.
        self.0 = (self.0 ^ id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct WaitingAttempt {
    id: u64,
    /// `None` for a bulk attempt whose turn it is, which sorts before all others.
    rank: Option<Priority>,
    lane: usize,
    /// When it checks again.
    at: u64,
    /// When it stops waiting.
    give_up: u64,
    waker: Waker,
}

impl WaitingAttempt {
    fn is_late(&self, now: u64) -> bool {
        self.at.saturating_add(GRACE) <= now
    }

    fn is_bulk(&self) -> bool {
        self.rank != Some(Priority::Interactive)
    }
}

/// The buckets that an attempt uses. A class that does not count against its account has a queue
/// of its own, of which it is the account.
fn buckets_of(lane: usize) -> impl Iterator<Item = usize> {
    std::iter::once(ACCOUNT).chain(Some(lane).filter(|&lane| lane != ACCOUNT))
}

/// Changes a queue, and wakes the attempts that it called after it is unlocked, since wakers may
/// run any code.
pub(super) fn update_queue<T>(
    queue: &Mutex<AccountQueue>,
    now: Instant,
    change: impl FnOnce(&mut AccountQueue, u64) -> T,
) -> T {
    let mut locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
    // Callers read their clocks before they get here, so the time is kept from going back.
    let origin = *locked.origin.get_or_insert(now);
    let elapsed = to_nanos(now.saturating_duration_since(origin));
    locked.latest = locked.latest.max(elapsed);
    let now = locked.latest;
    let result = change(&mut locked, now);
    let called = std::mem::take(&mut locked.called);
    let discarded = std::mem::take(&mut locked.discarded);
    drop(locked);
    drop(discarded);
    called.into_iter().for_each(Waker::wake);
    result
}

impl AccountQueue {
    /// A queue for an account with this limit and this length of the sliding windows.
    pub(super) fn new((key, limits): Limit, window: Duration) -> Self {
        let window = to_nanos(window);
        Self {
            window,
            buckets: vec![LimitBucket::new(key, limits, window)],
            ..Self::default()
        }
    }

    /// Sets the part of all limits to use.
    pub(super) fn set_quota(&mut self, quota: QuotaShare, now: u64) {
        self.quota = quota;
        for bucket in 0..self.buckets.len() {
            self.apply_quota(bucket);
        }
        self.call_ready(None, now);
    }

    fn apply_quota(&mut self, bucket: usize) {
        let expires = self.quota.expires.zip(self.origin);
        let expires = expires.map_or(u64::MAX, |(at, origin)| {
            to_nanos(at.saturating_duration_since(origin))
        });
        self.buckets[bucket].set_quota(&self.quota, expires);
    }

    /// Lets a new attempt begin, wait for at most this time or fail, and returns its id. At most
    /// `capacity` attempts may wait. If it waits, it has to [check again](Self::check_again)
    /// immediately, with its waker.
    pub(super) fn add_attempt(
        &mut self,
        (key, limits): Limit,
        priority: Priority,
        longest_wait: Duration,
        capacity: u32,
        now: u64,
    ) -> (u64, CheckResult) {
        let known = self.buckets.iter().position(|bucket| bucket.key == key);
        let lane = known.unwrap_or(self.buckets.len());
        if known.is_none() {
            let new = LimitBucket::new(key, limits, self.window);
            self.buckets.push(new);
            self.apply_quota(lane);
        }
        self.arrivals += 1;
        let id = self.arrivals;
        let own = WaitingAttempt {
            id,
            rank: Some(priority),
            lane,
            at: now,
            give_up: now.saturating_add(to_nanos(longest_wait)),
            waker: Waker::noop().clone(),
        };
        let has_room = |bucket: usize| self.buckets[bucket].free_room(now) > 0;
        if self.line.is_empty() && buckets_of(lane).all(has_room) {
            self.begin_attempt(&own, now);
            return (id, Ok(None));
        }
        self.insert_sorted(own);
        (id, self.check_attempt(id, Some(capacity), now))
    }

    /// Lets an attempt that waits begin, wait or fail.
    pub(super) fn check_again(&mut self, id: u64, waker: &Waker, now: u64) -> CheckResult {
        if let Some(own) = self.line.iter_mut().find(|own| own.id == id) {
            own.at = now;
            let old = std::mem::replace(&mut own.waker, waker.clone());
            self.discarded.push(old);
        }
        self.check_attempt(id, None, now)
    }

    /// Records that an attempt has ended, whether it was in flight or waited. Attempts that have
    /// ended already are ignored.
    pub(super) fn end_attempt(&mut self, id: u64, feedback: &LimitFeedback, now: u64) {
        if let Some((lane, begun)) = self.in_flight.remove(&id) {
            if let Some((scope, kind)) = feedback.refusal {
                let is_account = scope == LimitScope::Account;
                let bucket = &mut self.buckets[if is_account { ACCOUNT } else { lane }];
                bucket.record_refusal(now, begun, kind);
                bucket.pause_for(now, feedback.pause);
            }
            self.buckets[ACCOUNT].pause_for(now, feedback.exhausted);
            buckets_of(lane).for_each(|bucket| self.buckets[bucket].complete_attempt());
        } else if let Some(place) = self.find_place(id) {
            self.remove_at(place);
        }
        self.call_ready(None, now);
    }

    /// Whether a new queue would behave in the same way.
    pub(super) fn is_idle(&mut self, now: u64) -> bool {
        self.line.is_empty() && self.buckets.iter_mut().all(|bucket| bucket.is_idle(now))
    }

    pub(super) fn usage_at(&mut self, now: u64) -> Vec<Usage> {
        let buckets = self.buckets.iter_mut().enumerate();
        let usage = buckets.map(|(id, bucket)| {
            let waiting = count_attempts(&self.line, |it| id == ACCOUNT || id == it.lane);
            bucket.usage_at(now, waiting)
        });
        usage.collect()
    }

    fn find_place(&self, id: u64) -> Option<usize> {
        self.line.iter().position(|it| it.id == id)
    }

    /// The check of an attempt in the line; `capacity` is given for a new one.
    fn check_attempt(&mut self, id: u64, capacity: Option<u32>, now: u64) -> CheckResult {
        let (can_begin, kept_until) = self.call_ready(Some(id), now);
        let place = self.find_place(id).ok_or(AcquireError::WaitTooLong)?;
        if can_begin {
            let own = self.remove_at(place);
            self.begin_attempt(&own, now);
            return Ok(None);
        }
        if let Some(error) = self.refusal_of(place, capacity, now) {
            self.remove_at(place);
            return Err(error);
        }
        let at = self.next_check(place, kept_until, now);
        self.line[place].at = at;
        Ok(Some(Duration::from_nanos(at - now)))
    }

    fn begin_attempt(&mut self, own: &WaitingAttempt, now: u64) {
        buckets_of(own.lane).for_each(|bucket| self.buckets[bucket].begin_attempt(now));
        self.in_flight.insert(own.id, (own.lane, now));
        if !own.is_bulk() {
            self.count_pass(now);
        }
    }

    /// Calls the attempts that can begin now, in their order, and corrects the plan of the next
    /// one in each lane. Returns whether `own`, the attempt that checks, can begin, and until when
    /// room is kept for those that were called.
    fn call_ready(&mut self, own: Option<u64>, now: u64) -> (bool, u64) {
        let (mut can_begin, mut kept_until, mut full_lanes) = (false, u64::MAX, Vec::new());
        if self.line.is_empty() {
            return (can_begin, kept_until);
        }
        for bucket in &mut self.buckets {
            bucket.room_left = bucket.free_room(now);
        }
        for place in 0..self.line.len() {
            let waiting = &self.line[place];
            let (is_own, lane) = (own == Some(waiting.id), waiting.lane);
            if waiting.is_late(now) || full_lanes.contains(&lane) {
                continue;
            }
            if buckets_of(lane).all(|bucket| self.buckets[bucket].room_left > 0) {
                buckets_of(lane).for_each(|bucket| self.buckets[bucket].room_left -= 1);
                if is_own {
                    can_begin = true;
                } else {
                    self.call_attempt(place, now);
                    kept_until = kept_until.min(self.line[place].at.saturating_add(GRACE));
                }
                continue;
            }
            full_lanes.push(lane);
            if !is_own {
                self.call_attempt(place, self.next_check(place, kept_until, now));
            }
            if self.buckets[lane].room_left > 0 {
                // Only the account is full, and so for all that follow.
                break;
            }
        }
        (can_begin, kept_until)
    }

    /// Lets an attempt check at this time if it would do so later.
    fn call_attempt(&mut self, place: usize, at: u64) {
        let waiting = &mut self.line[place];
        if waiting.at > at {
            waiting.at = at;
            self.called.push(waiting.waker.clone());
        }
    }

    /// When the attempt at this place checks next: when there is room for it if those before it
    /// begin when they check, when room is no longer kept for those that were called, or when its
    /// plan is so old that it may be too late.
    fn next_check(&self, place: usize, kept_until: u64, now: u64) -> u64 {
        let (before, lane) = (&self.line[..place], self.line[place].lane);
        let in_lane = count_attempts(before, |it| it.lane == lane && !it.is_late(now));
        let account = &self.buckets[ACCOUNT];
        let mut at = self.buckets[lane].opens_at(now, in_lane);
        at = at.max(account.opens_at(now, 0));
        let mut ahead = 0;
        // Those that wait for their lanes use no room of the account before that.
        let can_come =
            |it: &WaitingAttempt| !it.is_late(now) && self.buckets[it.lane].has_place(now, 0);
        for other in before {
            if other.at <= at && can_come(other) {
                ahead += 1;
                at = at.max(account.opens_at(now, ahead));
            }
        }
        let stale = now.saturating_add(SECOND * (1 + place as u64 / FRONT));
        let latest = kept_until.min(self.line[place].give_up).min(stale);
        at.min(latest).max(now.saturating_add(SHORTEST_WAIT))
    }

    /// Why the attempt at this place must not wait any longer.
    fn refusal_of(&self, place: usize, capacity: Option<u32>, now: u64) -> Option<AcquireError> {
        let own = &self.line[place];
        let is_like_own = |it: &WaitingAttempt| (it.lane, it.rank) == (own.lane, own.rank);
        let ahead = capacity.map_or(0, |_| count_attempts(&self.line[..place], is_like_own));
        let mut best = buckets_of(own.lane).map(|bucket| self.buckets[bucket].best_at(now, ahead));
        if own.give_up <= now || best.any(|best| best > own.give_up) {
            return Some(AcquireError::WaitTooLong);
        }
        let capacity = capacity?;
        // Both counts include the attempt itself. A tenth is reserved for interactive attempts.
        let bulk_is_full =
            count_attempts(&self.line, WaitingAttempt::is_bulk) > capacity - capacity / 10;
        let is_full =
            count_attempts(&self.line, |_| true) > capacity || own.is_bulk() && bulk_is_full;
        is_full.then_some(AcquireError::QueueFull)
    }

    /// Lets the first bulk attempt in the line go next, once enough interactive ones have passed.
    fn count_pass(&mut self, now: u64) {
        let (line, buckets) = (&self.line, &mut self.buckets);
        // In each lane only so many as have room, and one, so that a lane without room does not
        // fill up with bulk attempts that go before interactive ones.
        let next = line.iter().position(|it| {
            let due = line.iter().take_while(|other| other.rank.is_none());
            let due = due.filter(|other| other.lane == it.lane).count();
            it.rank == Some(Priority::Bulk) && due as u32 <= buckets[it.lane].free_room(now)
        });
        self.passes = next.map_or(0, |_| self.passes + 1);
        if let Some(next) = next.filter(|_| self.passes >= PASSES) {
            self.passes = 0;
            let mut waiting = self.line.remove(next);
            waiting.rank = None;
            self.insert_sorted(waiting);
        }
    }

    fn insert_sorted(&mut self, waiting: WaitingAttempt) {
        let place = self.line.partition_point(|it| it.rank <= waiting.rank);
        self.line.insert(place, waiting);
    }

    fn remove_at(&mut self, place: usize) -> WaitingAttempt {
        let waiting = self.line.remove(place);
        self.discarded.push(waiting.waker.clone());
        waiting
    }
}

fn count_attempts(line: &[WaitingAttempt], is_meant: impl Fn(&WaitingAttempt) -> bool) -> u32 {
    let count = line.iter().filter(|it| is_meant(it)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
