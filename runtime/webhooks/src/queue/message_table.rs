//! The messages of an inbox in memory, with the indexes that claims need.
//!
//! In: operations with the current time. Out: their results. A row is open (pending or leased)
//! exactly if it has a time from which on it may be claimed (`due`), and the indexes hold the open
//! rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use wire::value::{RawJson, Timestamp};

use super::message::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxMessage, InboxStats, MessageLease,
    MessageOutcome, MessageRecord, MessageState, StoreOutcome,
};

/// The current time, by both clocks.
#[derive(Clone, Copy)]
pub(super) struct TableTime {
    /// Since the inbox was made.
    pub(super) elapsed: Duration,
    pub(super) date: Timestamp,
}

#[derive(Default)]
pub(super) struct MessageTable {
    /// In the order of arrival.
    rows: BTreeMap<u64, MessageRow>,
    ids: HashMap<String, u64>,
    /// Open rows by the time from which on they may be claimed.
    due: BTreeSet<(Duration, u64)>,
    /// Open rows by object, the earliest first.
    objects: HashMap<String, BTreeSet<(Timestamp, u64)>>,
    arrivals: u64,
    claims: i64,
    pub(super) watermarks: HashMap<String, String>,
}

struct MessageRow {
    message: InboxMessage,
    state: MessageState,
    attempts: u32,
    /// From when on the message may be claimed; `None` if it is finished.
    due: Option<Duration>,
    token: i64,
    reason: Option<String>,
    stored: TableTime,
    /// When the message last became a dead letter.
    dead_lettered: Option<TableTime>,
    completed: Duration,
}

impl MessageRow {
    fn new(message: &InboxMessage, now: TableTime) -> Self {
        Self {
            message: message.clone(),
            state: MessageState::Pending,
            attempts: 0,
            due: None,
            token: 0,
            reason: None,
            stored: now,
            dead_lettered: None,
            completed: Duration::ZERO,
        }
    }

    /// The state, in which an expired lease counts as none.
    fn current_state(&self, now: TableTime) -> MessageState {
        match (self.state, self.due) {
            (MessageState::Leased, Some(end)) if end <= now.elapsed => MessageState::Pending,
            (state, _) => state,
        }
    }
}

impl MessageTable {
    pub(super) fn store_message(&mut self, message: &InboxMessage, now: TableTime) -> StoreOutcome {
        if self.ids.contains_key(&message.id) {
            return StoreOutcome::Duplicate;
        }
        let seq = self.arrivals;
        self.arrivals += 1;
        self.ids.insert(message.id.clone(), seq);
        self.rows.insert(seq, MessageRow::new(message, now));
        self.set_due(seq, Some(now.elapsed));
        StoreOutcome::New
    }

    pub(super) fn claim_messages(
        &mut self,
        request: &ClaimRequest,
        now: TableTime,
    ) -> Vec<ClaimedMessage> {
        let in_order = request.order == ClaimOrder::PerObject;
        if in_order {
            self.expire_blocked_leases(now);
        }
        let due = self.due.range(..=(now.elapsed, u64::MAX));
        let free = due
            .map(|(_, seq)| *seq)
            .filter(|seq| !in_order || self.is_next(*seq));
        let taken: Vec<u64> = free.take(request.limit).collect();
        let end = now.elapsed.saturating_add(request.lease_duration);
        taken
            .into_iter()
            .filter_map(|seq| self.lease_message(seq, end))
            .collect()
    }

    /// Ends expired leases of messages that have to wait for earlier ones: if such a lease were
    /// renewed, two messages about one object would be handled at the same time.
    fn expire_blocked_leases(&mut self, now: TableTime) {
        let due = self.due.range(..=(now.elapsed, u64::MAX));
        let blocked: Vec<u64> = due
            .map(|(_, seq)| *seq)
            .filter(|seq| self.is_leased(*seq) && !self.is_earliest(*seq))
            .collect();
        for seq in blocked {
            if let Some(row) = self.rows.get_mut(&seq) {
                row.state = MessageState::Pending;
            }
        }
    }

    /// Whether the message is the earliest of its object, and no other of it is leased.
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
        row.is_some_and(|row| row.state == MessageState::Leased)
    }

    /// The open messages about the same object.
    fn siblings(&self, seq: u64) -> Option<&BTreeSet<(Timestamp, u64)>> {
        let object = self.rows.get(&seq)?.message.object.as_ref()?;
        self.objects.get(object)
    }

    fn lease_message(&mut self, seq: u64, end: Duration) -> Option<ClaimedMessage> {
        self.set_due(seq, Some(end));
        let row = self.rows.get_mut(&seq)?;
        self.claims += 1;
        row.token = self.claims;
        row.state = MessageState::Leased;
        row.attempts = row.attempts.saturating_add(1);
        let lease = MessageLease::new(&row.message.id, row.token);
        let message = row.message.clone();
        Some(ClaimedMessage::new(
            message,
            lease,
            row.attempts,
            row.stored.date,
        ))
    }

    /// Returns whether the lease was held.
    pub(super) fn renew_lease(
        &mut self,
        lease: &MessageLease,
        duration: Duration,
        now: TableTime,
    ) -> bool {
        match self.find_lease(lease) {
            Some((seq, MessageState::Leased)) => {
                self.set_due(seq, Some(now.elapsed.saturating_add(duration)));
                true
            }
            Some((_, MessageState::Completed)) => true,
            _ => false,
        }
    }

    /// Returns whether the lease was held.
    pub(super) fn finish_message(
        &mut self,
        lease: &MessageLease,
        outcome: MessageOutcome,
        now: TableTime,
    ) -> bool {
        let seq = match self.find_lease(lease) {
            Some((seq, MessageState::Leased)) => seq,
            Some((_, MessageState::Completed)) => return outcome == MessageOutcome::Completed,
            _ => return false,
        };
        match outcome {
            MessageOutcome::Completed => self.complete_message(seq, now),
            MessageOutcome::Failed { reason, retry_in } => {
                self.set_state(seq, MessageState::Pending, Some(reason));
                self.set_due(seq, Some(now.elapsed.saturating_add(retry_in)));
            }
            MessageOutcome::DeadLettered { reason } => {
                self.set_state(seq, MessageState::DeadLettered, Some(reason));
                self.set_due(seq, None);
                if let Some(row) = self.rows.get_mut(&seq) {
                    row.dead_lettered = Some(now);
                }
            }
            MessageOutcome::Released => {
                self.set_state(seq, MessageState::Pending, None);
                self.set_due(seq, Some(now.elapsed));
                if let Some(row) = self.rows.get_mut(&seq) {
                    row.attempts = row.attempts.saturating_sub(1);
                }
            }
        }
        true
    }

    /// The message of this lease, if it was not claimed again since, and its state.
    fn find_lease(&self, lease: &MessageLease) -> Option<(u64, MessageState)> {
        let seq = *self.ids.get(lease.id())?;
        let row = self.rows.get(&seq)?;
        (row.token == lease.token()).then_some((seq, row.state))
    }

    fn set_state(&mut self, seq: u64, state: MessageState, reason: Option<String>) {
        if let Some(row) = self.rows.get_mut(&seq) {
            row.state = state;
            if reason.is_some() {
                row.reason = reason;
            }
        }
    }

    /// Sets from when on the message may be claimed; `None` if it is finished.
    fn set_due(&mut self, seq: u64, due: Option<Duration>) {
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
        let Some(object) = &row.message.object else {
            return;
        };
        let place = (row.message.created, seq);
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

    fn complete_message(&mut self, seq: u64, now: TableTime) {
        self.set_due(seq, None);
        if let Some(row) = self.rows.get_mut(&seq) {
            row.state = MessageState::Completed;
            row.reason = None;
            row.message.body = RawJson::default();
            row.message.object = None;
            row.completed = now.elapsed;
        }
    }

    pub(super) fn list_dead_letters(&self, after: Option<&str>, limit: usize) -> Vec<DeadLetter> {
        let place = |seq: &u64| Some((self.rows.get(seq)?.dead_lettered?.elapsed, *seq));
        let after = after.and_then(|id| self.ids.get(id)).and_then(place);
        let rows = self.rows.iter();
        let dead = rows.filter(|(_, row)| row.state == MessageState::DeadLettered);
        let mut places: Vec<_> = dead.filter_map(|(seq, _)| place(seq)).collect();
        places.retain(|place| after.is_none_or(|after| *place > after));
        places.sort_unstable();
        let letters = places.into_iter().take(limit);
        letters
            .filter_map(|(_, seq)| self.read_dead_letter(seq))
            .collect()
    }

    fn read_dead_letter(&self, seq: u64) -> Option<DeadLetter> {
        let row = self.rows.get(&seq)?;
        Some(DeadLetter::new(
            row.message.clone(),
            row.attempts,
            row.reason.clone().unwrap_or_default(),
            row.dead_lettered?.date,
        ))
    }

    pub(super) fn find_message(&self, id: &str, now: TableTime) -> Option<MessageRecord> {
        let row = self.rows.get(self.ids.get(id)?)?;
        let state = row.current_state(now);
        let mut record = MessageRecord::new(&row.message, state, row.stored.date);
        record.attempts = row.attempts;
        record.reason.clone_from(&row.reason);
        if row.state == MessageState::Completed {
            record.body = None;
        }
        Some(record)
    }

    pub(super) fn replay_dead_letter(&mut self, id: &str, now: TableTime) -> bool {
        let Some(seq) = self.find_dead_letter(id) else {
            return false;
        };
        self.set_state(seq, MessageState::Pending, None);
        self.set_due(seq, Some(now.elapsed));
        if let Some(row) = self.rows.get_mut(&seq) {
            row.attempts = 0;
        }
        true
    }

    pub(super) fn discard_dead_letter(&mut self, id: &str, now: TableTime) -> bool {
        let seq = self.find_dead_letter(id);
        if let Some(seq) = seq {
            self.complete_message(seq, now);
        }
        seq.is_some()
    }

    fn find_dead_letter(&self, id: &str) -> Option<u64> {
        let seq = *self.ids.get(id)?;
        (self.rows.get(&seq)?.state == MessageState::DeadLettered).then_some(seq)
    }

    pub(super) fn collect_stats(&self, now: TableTime) -> InboxStats {
        let mut stats = InboxStats::default();
        for row in self.rows.values() {
            match row.current_state(now) {
                MessageState::Pending => stats.pending += 1,
                MessageState::Leased => stats.leased += 1,
                MessageState::Completed => stats.completed += 1,
                MessageState::DeadLettered => stats.dead_letters += 1,
            }
            if row.due.is_some() {
                let age = now.elapsed.saturating_sub(row.stored.elapsed);
                stats.oldest_age = stats.oldest_age.max(Some(age));
            }
        }
        stats
    }

    pub(super) fn prune_completed(&mut self, age: Duration, now: TableTime) -> u64 {
        let before = self.rows.len();
        let Some(latest) = now.elapsed.checked_sub(age) else {
            return 0;
        };
        self.rows
            .retain(|_, row| row.state != MessageState::Completed || row.completed > latest);
        let rows = &self.rows;
        self.ids.retain(|_, seq| rows.contains_key(seq));
        (before - self.rows.len()) as u64
    }
}
