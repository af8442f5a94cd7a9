//! A journal that is not lost when its process crashes.
//!
//! Storing takes time and may fail, and a crash may happen before or after the record is stored, as
//! with a real disk or database.

use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError};

use super::world::{MILLI, Nanos, Shared};

/// The journaled writes of one process.
#[derive(Debug, Default)]
pub(super) struct StoredWrites {
    pub(super) writes: Vec<PendingWrite>,
    /// Whether the process is being killed, so that nothing can be rolled back.
    pub(super) dying: bool,
}

impl StoredWrites {
    fn put(&mut self, write: &PendingWrite) -> BeginOutcome {
        if let Some(known) = self
            .writes
            .iter()
            .find(|known| known.is_same_request(write))
        {
            return BeginOutcome::AlreadyPresent { begun: known.begun };
        }
        self.writes.push(write.clone());
        BeginOutcome::Inserted
    }

    fn take(&mut self, write: &PendingWrite) {
        self.writes.retain(|known| !known.is_same_request(write));
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
    made: bool,
}

impl Drop for Unreported<'_> {
    fn drop(&mut self) {
        let mut world = self.journal.world.lock();
        let stored = &mut world.journals[self.journal.process];
        if self.made && !stored.dying {
            stored.take(self.write);
        }
    }
}

/// Removes a record, also if the future that waits for it is dropped, as the trait requires.
struct HandedOver<'a> {
    journal: &'a SimJournal,
    write: &'a PendingWrite,
    fails: bool,
}

impl Drop for HandedOver<'_> {
    fn drop(&mut self) {
        let process = self.journal.process;
        let is_dying = self.journal.world.lock().journals[process].dying;
        if !self.fails && !is_dying {
            self.journal.take(self.write);
        }
    }
}

impl SimJournal {
    fn luck(&self) -> Luck {
        let mut world = self.world.lock();
        let calm = world.now >= world.scenario.calm_from;
        let rate = if calm {
            0
        } else {
            world.scenario.rates.journal
        };
        let whims = &mut world.whims;
        let slow = whims.chance(500);
        Luck {
            early: whims.chance(500),
            fails: whims.chance(rate),
            time: if slow { whims.below(15 * MILLI) } else { 0 },
        }
    }

    fn put(&self, write: &PendingWrite) -> BeginOutcome {
        self.world.lock().journals[self.process].put(write)
    }

    fn take(&self, write: &PendingWrite) {
        let mut world = self.world.lock();
        world.watch_finish(write);
        world.journals[self.process].take(write);
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
            let luck = self.luck();
            let early = luck.early.then(|| self.put(write));
            let mut unreported = Unreported {
                journal: self,
                write,
                made: early == Some(BeginOutcome::Inserted),
            };
            self.wait(&luck).await?;
            unreported.made = false;
            Ok(early.unwrap_or_else(|| self.put(write)))
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let luck = self.luck();
            if luck.early {
                self.take(write);
            }
            let _removal = HandedOver {
                journal: self,
                write,
                fails: luck.fails,
            };
            self.wait(&luck).await
        })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(self.world.lock().journals[self.process].writes.clone()) })
    }
}
