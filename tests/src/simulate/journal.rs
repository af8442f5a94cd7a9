//! A journal whose content survives its process.
//!
//! Recording takes time, may fail, and a crash in between may come before or after the record
//! is made, as with a real disk or database.

use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{Journal, JournalError};

use super::world::{MILLI, Shared, World};

/// What one process has on record.
#[derive(Debug, Default)]
pub(super) struct Shelf(pub(super) Vec<PendingWrite>);

impl Shelf {
    fn position(&self, write: &PendingWrite) -> Option<usize> {
        let account = |write: &PendingWrite| write.header("stripe-account").map(str::to_owned);
        let wanted = (&write.key, account(write));
        let same = |known: &PendingWrite| (&known.key, account(known)) == wanted;
        self.0.iter().position(same)
    }

    fn put(&mut self, write: &PendingWrite) {
        if self.position(write).is_none() {
            self.0.push(write.clone());
        }
    }

    fn take(&mut self, write: &PendingWrite) {
        if let Some(index) = self.position(write) {
            self.0.remove(index);
        }
    }
}

/// The journal of a simulated process.
#[derive(Clone, Debug)]
pub(super) struct SimJournal {
    pub(super) world: Shared,
    pub(super) process: usize,
}

impl SimJournal {
    /// Does something to the shelf at once or after a while, or fails before or after it.
    async fn commit(&self, change: impl Fn(&mut World)) -> Result<(), JournalError> {
        let (early, fails, time) = {
            let mut world = self.world.lock();
            let calm = world.now >= world.scenario.calm_from;
            let rate = if calm { 0 } else { world.scenario.rates.journal };
            let whims = &mut world.whims;
            let facts = (whims.chance(500), whims.chance(rate), whims.below(15 * MILLI));
            if facts.0 {
                change(&mut world);
            }
            facts
        };
        if time > 3 * MILLI {
            self.world.sleep(time).await;
        }
        if fails {
            return Err(JournalError::new("the disk is full"));
        }
        if !early {
            change(&mut self.world.lock());
        }
        Ok(())
    }
}

impl Journal for SimJournal {
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(self.commit(|world| world.shelves[self.process].put(write)))
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(self.commit(|world| {
            world.watch_finish(write);
            world.shelves[self.process].take(write);
        }))
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(self.world.lock().shelves[self.process].0.clone()) })
    }
}
