//! A journal that is not lost when its process crashes.
//!
//! Storing takes time and may fail, and a crash may happen before or after the record is stored, as
//! with a real disk or database. A caller may drop its call while the journal stores or removes the
//! record; the scenario plans such drops.

use std::sync::Arc;

use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError};

use super::api::order_in;
use super::sabotage::Rule;
use super::scenario::{Flush, PlannedDrop};
use super::world::{Event, MILLI, Nanos, SECOND, Shared, World};

/// How long storing takes at most after the last outage.
const CALM_FLUSH: Nanos = 15 * MILLI;

/// How long a late rollback takes to be durable.
const LATE_ROLLBACK: Nanos = 5 * SECOND;

/// The journaled writes of one process.
#[derive(Debug, Default)]
pub(super) struct StoredWrites {
    pub(super) writes: Vec<PendingWrite>,
    /// The records that no begin has returned yet, with the begins in progress that have them.
    unconfirmed: Vec<(PendingWrite, Vec<u64>)>,
    /// The removals that are not durable yet.
    removals: Vec<(u64, PendingWrite)>,
    tickets: u64,
    /// Whether the process is being killed, so that nothing can be rolled back.
    pub(super) dying: bool,
}

/// When a planned drop happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum DropState {
    Never,
    Planned(PlannedDrop),
    At(Nanos, Flush),
}

impl StoredWrites {
    fn next_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        self.writes.iter().any(|known| known.key == key)
    }

    fn find_unconfirmed(&self, write: &PendingWrite) -> Option<usize> {
        let mut records = self.unconfirmed.iter();
        records.position(|(known, _)| known.is_same_request(write))
    }

    /// Adds the record for a begin.
    fn put(&mut self, write: &PendingWrite, ticket: u64) -> BeginOutcome {
        let same = |known: &&PendingWrite| known.is_same_request(write);
        let Some(begun) = self.writes.iter().find(same).map(|known| known.begun) else {
            self.writes.push(write.clone());
            self.unconfirmed.push((write.clone(), vec![ticket]));
            return BeginOutcome::Inserted;
        };
        if let Some(at) = self.find_unconfirmed(write) {
            self.unconfirmed[at].1.push(ticket);
        }
        BeginOutcome::AlreadyPresent { begun }
    }

    /// A begin returns: its caller depends on the record.
    fn confirm(&mut self, write: &PendingWrite) {
        if let Some(at) = self.find_unconfirmed(write) {
            self.unconfirmed.swap_remove(at);
        }
    }

    /// A begin ends without a result. The last one removes the record, if none has returned.
    /// Returns that record.
    fn roll_back(&mut self, write: &PendingWrite, ticket: u64) -> Option<PendingWrite> {
        let at = self.find_unconfirmed(write)?;
        let begins = &mut self.unconfirmed[at].1;
        let before = begins.len();
        begins.retain(|known| *known != ticket);
        if !begins.is_empty() || before == 0 {
            return None;
        }
        let mut records = self.writes.iter();
        let known = records.find(|known| known.is_same_request(write)).cloned();
        self.take(write);
        known
    }

    fn take(&mut self, write: &PendingWrite) {
        self.confirm(write);
        self.writes.retain(|known| !known.is_same_request(write));
    }

    /// Removes a record now; if the process crashes before the removal is durable, it is there
    /// again.
    fn take_until_flushed(&mut self, write: &PendingWrite) -> u64 {
        let ticket = self.next_ticket();
        let known = self.writes.iter().find(|it| it.is_same_request(write));
        let known = known.cloned();
        self.removals.extend(known.map(|known| (ticket, known)));
        self.take(write);
        ticket
    }

    /// A removal is durable.
    pub(super) fn end_removal(&mut self, ticket: u64) {
        self.removals.retain(|(known, _)| *known != ticket);
    }
}

impl World {
    /// What the next process finds after a crash: removals that were not durable did not happen.
    pub(super) fn restart_journal(&mut self, process: usize) {
        let stored = &mut self.journals[process];
        stored.dying = false;
        let mut kept = Vec::new();
        for (write, _) in std::mem::take(&mut stored.unconfirmed) {
            kept.push(write.key);
        }
        for (_, write) in std::mem::take(&mut stored.removals) {
            if !stored.writes.iter().any(|it| it.is_same_request(&write)) {
                kept.push(write.key.clone());
                stored.writes.push(write);
            }
        }
        stored.writes.sort_by_key(|write| write.begun);
        for key in kept {
            self.watch.keep_record(key);
        }
        let scenario = Arc::clone(&self.scenario);
        let orders = scenario.orders.iter().enumerate();
        for (order, _) in orders.filter(|(_, order)| order.process == process) {
            self.watch.end_calls(order);
        }
    }

    /// Plans the drop of the call inside of a flush that takes some time, if it is this one.
    fn plan_drop(&mut self, write: &PendingWrite, flush: Flush, time: Nanos) -> Nanos {
        let Some(order) = order_in(&write.target, &write.body) else {
            return time;
        };
        match &mut self.drops[order] {
            DropState::Planned(planned) if planned.flush == flush => {
                if planned.skipped > 0 {
                    planned.skipped -= 1;
                    return time;
                }
            }
            _ => return time,
        }
        let time = time.max(self.whims.between(2 * MILLI, CALM_FLUSH));
        let at = self.now + self.whims.between(1, time - 1);
        self.drops[order] = DropState::At(at, flush);
        time
    }

    /// When the call of an order is dropped and during which flush, if that is known.
    pub(super) fn planned_drop(&self, order: usize) -> Option<(Nanos, Flush)> {
        match self.drops[order] {
            DropState::At(at, flush) => Some((at, flush)),
            DropState::Never | DropState::Planned(_) => None,
        }
    }

    /// Whether the drop of a call of the order is still planned. One that was planned and did not
    /// happen is forgotten.
    pub(super) fn has_planned_drop(&mut self, order: usize) -> bool {
        if self.planned_drop(order).is_some() {
            self.drops[order] = DropState::Never;
        }
        matches!(self.drops[order], DropState::Planned(_))
    }
}

/// The journal of a simulated process.
#[derive(Clone, Debug)]
pub(super) struct SimJournal {
    pub(super) world: Shared,
    pub(super) process: usize,
}

/// The behaviour of one disk operation.
struct Luck {
    /// Whether the effect happens at the start, and not when the result is returned.
    early: bool,
    fails: bool,
    time: Nanos,
}

/// Rolls back a new record whose result was not returned, as the trait requires.
struct Unreported<'a> {
    journal: &'a SimJournal,
    write: &'a PendingWrite,
    ticket: u64,
    made: Option<BeginOutcome>,
    returned: bool,
}

impl Drop for Unreported<'_> {
    fn drop(&mut self) {
        if self.returned {
            return;
        }
        let mut world = self.journal.world.lock();
        let broken = world.broken;
        let stored = &mut world.journals[self.journal.process];
        match broken {
            _ if stored.dying => {}
            Some(Rule::JournalKeepsDroppedBegins) => stored.confirm(self.write),
            Some(Rule::JournalRemovesSharedBegins) if self.made == Some(BeginOutcome::Inserted) => {
                stored.take(self.write);
            }
            Some(Rule::JournalRollsBackLate) => {
                let removed = stored.roll_back(self.write, self.ticket);
                let process = self.journal.process;
                stored
                    .removals
                    .extend(removed.map(|write| (self.ticket, write)));
                let ticket = self.ticket;
                world.schedule(LATE_ROLLBACK, Event::Flushed { process, ticket });
            }
            _ => {
                stored.roll_back(self.write, self.ticket);
            }
        }
    }
}

impl SimJournal {
    fn luck(&self, write: &PendingWrite, flush: Flush) -> Luck {
        let mut world = self.world.lock();
        let calm = world.now >= world.scenario.calm_from;
        let (rate, slowest) = if calm {
            (0, CALM_FLUSH)
        } else {
            (world.scenario.rates.journal, world.scenario.slowest_flush)
        };
        let whims = &mut world.whims;
        let slow = whims.chance(500);
        let luck = Luck {
            early: whims.chance(500),
            fails: whims.chance(rate),
            time: if slow { whims.below(slowest) } else { 0 },
        };
        let time = world.plan_drop(write, flush, luck.time);
        Luck { time, ..luck }
    }

    fn put(&self, write: &PendingWrite, ticket: u64) -> BeginOutcome {
        let mut world = self.world.lock();
        let broken = world.broken;
        match world.journals[self.process].put(write, ticket) {
            BeginOutcome::AlreadyPresent { .. } if broken == Some(Rule::JournalRenewsTimes) => {
                BeginOutcome::AlreadyPresent { begun: write.begun }
            }
            outcome => outcome,
        }
    }

    /// Removes a record at the first poll of a finish.
    fn hand_over(&self, write: &PendingWrite, luck: &Luck) {
        if luck.fails && !luck.early {
            return;
        }
        let mut world = self.world.lock();
        world.watch_finish(write, luck.fails);
        let process = self.process;
        if world.broken == Some(Rule::JournalLosesDroppedFinishes) && luck.time > 0 {
            return;
        }
        if luck.early || luck.time == 0 {
            return world.journals[process].take(write);
        }
        let ticket = world.journals[process].take_until_flushed(write);
        world.schedule(luck.time, Event::Flushed { process, ticket });
    }

    async fn wait(&self, luck: &Luck) -> Result<(), JournalError> {
        if luck.time > 0 {
            self.world.sleep(luck.time).await;
        }
        if luck.fails {
            return Err(JournalError::new("the disk is full"));
        }
        Ok(())
    }
}

impl Journal for SimJournal {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async move {
            let luck = self.luck(write, Flush::Begin);
            let ticket = {
                let mut world = self.world.lock();
                world.watch_begin(write);
                world.journals[self.process].next_ticket()
            };
            let mut unreported = Unreported {
                journal: self,
                write,
                ticket,
                made: luck.early.then(|| self.put(write, ticket)),
                returned: false,
            };
            self.wait(&luck).await?;
            let outcome = unreported.made.unwrap_or_else(|| self.put(write, ticket));
            unreported.returned = true;
            let mut world = self.world.lock();
            world.journals[self.process].confirm(write);
            world.watch.keep_record(write.key.clone());
            Ok(outcome)
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let luck = self.luck(write, Flush::Finish);
            self.hand_over(write, &luck);
            let flushed = self.wait(&luck).await;
            let mut world = self.world.lock();
            if world.broken == Some(Rule::JournalLosesDroppedFinishes) && flushed.is_ok() {
                world.journals[self.process].take(write);
            }
            flushed
        })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(self.world.lock().journals[self.process].writes.clone()) })
    }
}
