//! The messages of an inbox in memory, with the indexes that claims need.
//!
//! In: operations with the current time. Out: their results. A row is open (pending or leased)
//! exactly if it has a time from which on it may be claimed (`due`), and the indexes hold the open
//! rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use runtime::clock::Clock;
use wire::value::{RawJson, Timestamp};

use super::columns::describe_crashes;
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

/// When a lease ends that begins now: at a random time in its last tenth.
pub(super) fn lease_end(now: TableTime, duration: Duration, clock: &dyn Clock) -> Duration {
    // 32 bits, so that the fraction is exact and below 1.
    let fraction = f64::from((clock.random() >> 32) as u32) / (f64::from(u32::MAX) + 1.0);
    let lasts = duration.saturating_sub((duration / 10).mul_f64(fraction));
    now.elapsed.saturating_add(lasts)
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
    /// Attempts without an outcome.
    crashes: u32,
    /// Attempts without an outcome since the last one with an outcome. If there are any, the
    /// message is a suspect.
    crashes_in_row: u32,
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
            crashes: 0,
            crashes_in_row: 0,
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

    /// Whether a message that is due is a suspect: its lease expired, now or before.
    fn is_suspect(&self) -> bool {
        self.state == MessageState::Leased || self.crashes_in_row > 0
    }

    /// Ends a lease that expired.
    fn expire_lease(&mut self) {
        if self.state == MessageState::Leased {
            self.state = MessageState::Pending;
            self.crashes = self.crashes.saturating_add(1);
            self.crashes_in_row = self.crashes_in_row.saturating_add(1);
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
        clock: &dyn Clock,
    ) -> Vec<ClaimedMessage> {
        if request.order == ClaimOrder::PerObject {
            self.expire_blocked_leases(now);
        }
        let free = self.due_messages(request.order, false, now);
        let taken: Vec<u64> = free.take(request.limit).collect();
        taken
            .into_iter()
            .filter_map(|seq| {
                self.lease_message(seq, lease_end(now, request.lease_duration, clock))
            })
            .collect()
    }

    pub(super) fn has_suspects(&self, order: ClaimOrder, now: TableTime) -> bool {
        self.due_messages(order, true, now).next().is_some()
    }

    /// Returns the ids of the new dead letters.
    pub(super) fn dead_letter_suspects(&mut self, crash_limit: u32, now: TableTime) -> Vec<String> {
        let due: Vec<u64> = self.due_messages(ClaimOrder::Any, true, now).collect();
        let mut ids = Vec::new();
        for seq in due {
            let Some(row) = self.rows.get(&seq) else {
                continue;
            };
            let is_unknown = row.state == MessageState::Leased;
            if row.crashes_in_row.saturating_add(is_unknown.into()) > crash_limit {
                ids.push(row.message.id.clone());
                self.expire_lease(seq);
                self.dead_letter(seq, describe_crashes(crash_limit), now);
            }
        }
        ids
    }

    pub(super) fn claim_suspect(
        &mut self,
        request: &ClaimRequest,
        now: TableTime,
        clock: &dyn Clock,
    ) -> Option<ClaimedMessage> {
        if request.order == ClaimOrder::PerObject {
            self.expire_blocked_leases(now);
        }
        let suspects: Vec<u64> = self.due_messages(request.order, true, now).collect();
        for seq in suspects {
            self.expire_lease(seq);
            let crashes = self.rows.get(&seq)?.crashes_in_row;
            if crashes <= request.crash_limit {
                return self.lease_message(seq, lease_end(now, request.lease_duration, clock));
            }
        }
        None
    }

    /// The messages that may be claimed now, suspects or all others.
    fn due_messages(
        &self,
        order: ClaimOrder,
        suspects: bool,
        now: TableTime,
    ) -> impl Iterator<Item = u64> {
        let due = self.due.range(..=(now.elapsed, u64::MAX));
        let all = due.map(|(_, seq)| *seq);
        let wanted = all.filter(move |seq| {
            let row = self.rows.get(seq);
            row.is_some_and(|row| row.is_suspect() == suspects)
        });
        wanted.filter(move |seq| order == ClaimOrder::Any || self.is_next(*seq))
    }

    fn expire_lease(&mut self, seq: u64) {
        if let Some(row) = self.rows.get_mut(&seq) {
            row.expire_lease();
        }
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
            self.expire_lease(seq);
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
        let claim = ClaimedMessage::new(message, lease, row.attempts, row.stored.date);
        Some(claim.crashes(row.crashes))
    }

    /// Returns whether the lease was held.
    pub(super) fn renew_lease(&mut self, lease: &MessageLease, end: Duration) -> bool {
        match self.find_lease(lease) {
            Some((seq, MessageState::Leased)) => {
                self.set_due(seq, Some(end));
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
                if let Some(row) = self.rows.get_mut(&seq) {
                    row.crashes_in_row = 0;
                }
            }
            MessageOutcome::DeadLettered { reason } => self.dead_letter(seq, reason, now),
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

    fn dead_letter(&mut self, seq: u64, reason: String, now: TableTime) {
        self.set_state(seq, MessageState::DeadLettered, Some(reason));
        self.set_due(seq, None);
        if let Some(row) = self.rows.get_mut(&seq) {
            row.crashes_in_row = 0;
            row.dead_lettered = Some(now);
        }
    }

    fn complete_message(&mut self, seq: u64, now: TableTime) {
        self.set_due(seq, None);
        if let Some(row) = self.rows.get_mut(&seq) {
            row.state = MessageState::Completed;
            row.crashes_in_row = 0;
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
        let mut letter = DeadLetter::new(
            row.message.clone(),
            row.attempts,
            row.reason.clone().unwrap_or_default(),
            row.dead_lettered?.date,
        );
        letter.crashes = row.crashes;
        Some(letter)
    }

    pub(super) fn find_message(&self, id: &str, now: TableTime) -> Option<MessageRecord> {
        let row = self.rows.get(self.ids.get(id)?)?;
        let state = row.current_state(now);
        let mut record = MessageRecord::new(&row.message, state, row.stored.date);
        record.attempts = row.attempts;
        record.crashes = row.crashes;
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
            row.crashes = 0;
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
