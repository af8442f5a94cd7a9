//! The messages in memory, and what may be done with them when.
//!
//! In: the time with every question. Out: answers at once. The indexes always tell the same as the
//! rows: a row is unfinished exactly if it has a time from which on it may be claimed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::super::store::{
    Claim, ClaimRequest, DeadLetter, Entry, Lease, Order, Record, State, Stats, Stored,
};
use wire::value::{RawJson, Timestamp};

/// Now.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Since the inbox was made.
    pub(super) elapsed: Duration,
    pub(super) date: Timestamp,
}

/// What becomes of a message that is leased.
pub(super) enum Ending<'a> {
    Done,
    Failed { reason: &'a str, pause: Duration },
    Dead { reason: &'a str },
    Released,
}

#[derive(Default)]
pub(super) struct Shelf {
    /// In the order in which they arrived.
    rows: BTreeMap<u64, Row>,
    ids: HashMap<String, u64>,
    /// Unfinished ones by when they may be claimed.
    due: BTreeSet<(Duration, u64)>,
    /// Unfinished ones by object, the earliest first.
    objects: HashMap<String, BTreeSet<(Timestamp, u64)>>,
    arrivals: u64,
    claims: i64,
    pub(super) positions: HashMap<String, String>,
}

struct Row {
    entry: Entry,
    state: State,
    attempts: u32,
    /// From when on the message may be claimed; `None` if it is finished.
    due: Option<Duration>,
    token: i64,
    reason: Option<String>,
    stored: Moment,
    /// When the message became a dead letter for the last time.
    died: Option<Moment>,
    finished: Duration,
}

impl Row {
    fn new(entry: &Entry, now: Moment) -> Self {
        Self {
            entry: entry.clone(),
            state: State::Pending,
            attempts: 0,
            due: None,
            token: 0,
            reason: None,
            stored: now,
            died: None,
            finished: Duration::ZERO,
        }
    }

    /// The state, with a lease that is over being none.
    fn state(&self, now: Moment) -> State {
        match (self.state, self.due) {
            (State::Leased, Some(end)) if end <= now.elapsed => State::Pending,
            (state, _) => state,
        }
    }
}

impl Shelf {
    pub(super) fn store(&mut self, entry: &Entry, now: Moment) -> Stored {
        if self.ids.contains_key(&entry.id) {
            return Stored::Known;
        }
        let seq = self.arrivals;
        self.arrivals += 1;
        self.ids.insert(entry.id.clone(), seq);
        self.rows.insert(seq, Row::new(entry, now));
        self.schedule(seq, Some(now.elapsed));
        Stored::New
    }

    pub(super) fn claim(&mut self, request: &ClaimRequest, now: Moment) -> Vec<Claim> {
        let in_order = request.order == Order::PerObject;
        if in_order {
            self.take_back(now);
        }
        let due = self.due.range(..=(now.elapsed, u64::MAX));
        let free = due
            .map(|(_, seq)| *seq)
            .filter(|seq| !in_order || self.is_next(*seq));
        let taken: Vec<u64> = free.take(request.limit).collect();
        let end = now.elapsed.saturating_add(request.lease);
        taken
            .into_iter()
            .filter_map(|seq| self.lease(seq, end))
            .collect()
    }

    /// Ends leases that are over, of messages that have to wait for earlier ones: they would be
    /// handled at the same time as those if the lease were extended.
    fn take_back(&mut self, now: Moment) {
        let due = self.due.range(..=(now.elapsed, u64::MAX));
        let late: Vec<u64> = due
            .map(|(_, seq)| *seq)
            .filter(|seq| self.is_leased(*seq) && !self.is_earliest(*seq))
            .collect();
        for seq in late {
            if let Some(row) = self.rows.get_mut(&seq) {
                row.state = State::Pending;
            }
        }
    }

    /// Whether the message is the earliest of its object, and no other of it is being handled.
    fn is_next(&self, seq: u64) -> bool {
        let mut siblings = self.siblings(seq).into_iter().flatten();
        self.is_earliest(seq) && !siblings.any(|(_, other)| *other != seq && self.is_leased(*other))
    }

    fn is_earliest(&self, seq: u64) -> bool {
        let first = self.siblings(seq).and_then(BTreeSet::first);
        first.is_none_or(|(_, first)| *first == seq)
    }

    fn is_leased(&self, seq: u64) -> bool {
        let row = self.rows.get(&seq);
        row.is_some_and(|row| row.state == State::Leased)
    }

    /// The unfinished messages about the same object.
    fn siblings(&self, seq: u64) -> Option<&BTreeSet<(Timestamp, u64)>> {
        let object = self.rows.get(&seq)?.entry.object.as_ref()?;
        self.objects.get(object)
    }

    fn lease(&mut self, seq: u64, end: Duration) -> Option<Claim> {
        self.schedule(seq, Some(end));
        let row = self.rows.get_mut(&seq)?;
        self.claims += 1;
        row.token = self.claims;
        row.state = State::Leased;
        row.attempts = row.attempts.saturating_add(1);
        let lease = Lease::new(&row.entry.id, row.token);
        let entry = row.entry.clone();
        Some(Claim::new(entry, lease, row.attempts, row.stored.date))
    }

    pub(super) fn renew(&mut self, lease: &Lease, time: Duration, now: Moment) -> bool {
        match self.under(lease) {
            Some((seq, State::Leased)) => {
                self.schedule(seq, Some(now.elapsed.saturating_add(time)));
                true
            }
            Some((_, State::Done)) => true,
            _ => false,
        }
    }

    pub(super) fn end(&mut self, lease: &Lease, ending: Ending<'_>, now: Moment) -> bool {
        let seq = match self.under(lease) {
            Some((seq, State::Leased)) => seq,
            Some((_, State::Done)) => return matches!(ending, Ending::Done),
            _ => return false,
        };
        match ending {
            Ending::Done => self.finish(seq, now),
            Ending::Failed { reason, pause } => {
                self.change(seq, State::Pending, Some(reason));
                self.schedule(seq, Some(now.elapsed.saturating_add(pause)));
            }
            Ending::Dead { reason } => {
                self.change(seq, State::Dead, Some(reason));
                self.schedule(seq, None);
                if let Some(row) = self.rows.get_mut(&seq) {
                    row.died = Some(now);
                }
            }
            Ending::Released => {
                self.change(seq, State::Pending, None);
                self.schedule(seq, Some(now.elapsed));
                if let Some(row) = self.rows.get_mut(&seq) {
                    row.attempts = row.attempts.saturating_sub(1);
                }
            }
        }
        true
    }

    /// The message whose last claim this lease is.
    fn under(&self, lease: &Lease) -> Option<(u64, State)> {
        let seq = *self.ids.get(lease.id())?;
        let row = self.rows.get(&seq)?;
        (row.token == lease.token()).then_some((seq, row.state))
    }

    fn change(&mut self, seq: u64, state: State, reason: Option<&str>) {
        if let Some(row) = self.rows.get_mut(&seq) {
            row.state = state;
            if let Some(reason) = reason {
                row.reason = Some(reason.to_owned());
            }
        }
    }

    /// Sets from when on the message may be claimed; `None` if it is finished.
    fn schedule(&mut self, seq: u64, due: Option<Duration>) {
        let Some(row) = self.rows.get_mut(&seq) else {
            return;
        };
        let before = std::mem::replace(&mut row.due, due);
        if let Some(before) = before {
            self.due.remove(&(before, seq));
        }
        if let Some(due) = due {
            self.due.insert((due, seq));
        }
        let Some(object) = &row.entry.object else {
            return;
        };
        let place = (row.entry.created, seq);
        if due.is_some() {
            let siblings = self.objects.entry(object.clone()).or_default();
            siblings.insert(place);
        } else if let Some(siblings) = self.objects.get_mut(object) {
            siblings.remove(&place);
            if siblings.is_empty() {
                self.objects.remove(object);
            }
        }
    }

    fn finish(&mut self, seq: u64, now: Moment) {
        self.schedule(seq, None);
        if let Some(row) = self.rows.get_mut(&seq) {
            row.state = State::Done;
            row.reason = None;
            row.entry.body = RawJson::default();
            row.entry.object = None;
            row.finished = now.elapsed;
        }
    }

    pub(super) fn dead_letters(&self, after: Option<&str>, limit: usize) -> Vec<DeadLetter> {
        let place = |seq: &u64| Some((self.rows.get(seq)?.died?.elapsed, *seq));
        let after = after.and_then(|id| self.ids.get(id)).and_then(place);
        let dead = self.rows.iter().filter(|(_, row)| row.state == State::Dead);
        let mut places: Vec<_> = dead.filter_map(|(seq, _)| place(seq)).collect();
        places.retain(|place| after.is_none_or(|after| *place > after));
        places.sort_unstable();
        let letters = places.into_iter().take(limit);
        letters.filter_map(|(_, seq)| self.letter(seq)).collect()
    }

    fn letter(&self, seq: u64) -> Option<DeadLetter> {
        let row = self.rows.get(&seq)?;
        let reason = row.reason.clone().unwrap_or_default();
        let died = row.died?.date;
        Some(DeadLetter::new(
            row.entry.clone(),
            row.attempts,
            reason,
            died,
        ))
    }

    pub(super) fn find(&self, id: &str, now: Moment) -> Option<Record> {
        let row = self.rows.get(self.ids.get(id)?)?;
        let mut record = Record::new(&row.entry, row.state(now), row.stored.date);
        record.attempts = row.attempts;
        record.reason.clone_from(&row.reason);
        if row.state == State::Done {
            record.body = None;
        }
        Some(record)
    }

    pub(super) fn replay(&mut self, id: &str, now: Moment) -> bool {
        let Some(seq) = self.dead(id) else {
            return false;
        };
        self.change(seq, State::Pending, None);
        self.schedule(seq, Some(now.elapsed));
        if let Some(row) = self.rows.get_mut(&seq) {
            row.attempts = 0;
        }
        true
    }

    pub(super) fn discard(&mut self, id: &str, now: Moment) -> bool {
        let seq = self.dead(id);
        if let Some(seq) = seq {
            self.finish(seq, now);
        }
        seq.is_some()
    }

    fn dead(&self, id: &str) -> Option<u64> {
        let seq = *self.ids.get(id)?;
        (self.rows.get(&seq)?.state == State::Dead).then_some(seq)
    }

    pub(super) fn stats(&self, now: Moment) -> Stats {
        let mut stats = Stats::default();
        let mut oldest: Option<Duration> = None;
        for row in self.rows.values() {
            match row.state(now) {
                State::Pending => stats.pending += 1,
                State::Leased => stats.leased += 1,
                State::Done => stats.done += 1,
                State::Dead => stats.dead += 1,
            }
            if row.due.is_some() {
                let age = now.elapsed.saturating_sub(row.stored.elapsed);
                oldest = oldest.max(Some(age));
            }
        }
        stats.oldest = oldest;
        stats
    }

    pub(super) fn prune(&mut self, done_for: Duration, now: Moment) -> u64 {
        let before = self.rows.len();
        let Some(latest) = now.elapsed.checked_sub(done_for) else {
            return 0;
        };
        self.rows
            .retain(|_, row| row.state != State::Done || row.finished > latest);
        let rows = &self.rows;
        self.ids.retain(|_, seq| rows.contains_key(seq));
        (before - self.rows.len()) as u64
    }
}
