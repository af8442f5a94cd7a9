//! The call and the journal: on record before the first attempt, off it when the end is known.

use std::sync::Arc;
use std::time::Duration;

use super::Run;
use crate::error::{Error, Kind, Outcome, TimeLimit};
use crate::execute::claims::Ended;
use crate::execute::{Keying, within};
use crate::http::PendingWrite;
use crate::idempotency::{BeginOutcome, Journal, JournalError};
use crate::telemetry::Observer;

/// The longest wait for the journal before the first attempt.
const JOURNAL_BEGIN: Duration = Duration::from_secs(30);

/// The longest wait for the journal after the end of a call.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(5);

impl Run<'_> {
    /// Whether the end of this call ends the write on record, too.
    pub(super) fn settles(&mut self, error: Option<&Error>) -> bool {
        let ended = match error.map(Error::outcome) {
            None => Ended::Done,
            Some(Outcome::Unknown) => Ended::Unknown,
            Some(_) => Ended::Undone,
        };
        let is_last = self.claim.take().is_none_or(|claim| claim.end(ended));
        is_last && ended != Ended::Unknown
    }

    pub(super) async fn begin_journal(&mut self) -> Result<(), Error> {
        let Some(journal) = &self.engine.journal else {
            return Ok(());
        };
        let Some(write) = self.pending_write() else {
            return Ok(());
        };
        self.claim = Some(self.engine.claims.claim(&write.key));
        if matches!(self.plan.keying, Keying::Fresh) {
            // Even if beginning is given up, the entry may come to be, and is then taken back.
            // Under a key of the caller's it could be the entry of an earlier call, so that is
            // left to the journal.
            self.journaled = Some(Arc::clone(&write));
        }
        let left = self.time_left(self.engine.clock.now());
        let patience = left.map_or(JOURNAL_BEGIN, |left| left.min(JOURNAL_BEGIN));
        let begun = within(journal.begin(&write), self.engine.clock.sleep(patience)).await;
        let begun = match begun {
            Some(begun) => begun,
            None if patience < JOURNAL_BEGIN => {
                return Err(self.refuse(Kind::Timeout).over(TimeLimit::Deadline));
            }
            None => Err(JournalError::new("the journal took too long")),
        };
        match begun {
            Ok(begun) => {
                self.uncertain |= begun == BeginOutcome::AlreadyPresent;
                self.journaled = Some(write);
                Ok(())
            }
            Err(fault) => Err(self.refuse(Kind::Journal).caused_by(fault)),
        }
    }

    /// Takes the write off the record. Returns it if it may still be there.
    pub(super) async fn finish_journal(&mut self) -> Option<Arc<PendingWrite>> {
        let (Some(journal), Some(write)) = (&self.engine.journal, self.journaled.take()) else {
            return None;
        };
        let now = self.engine.clock.now();
        let left = self.time_left(now).unwrap_or(JOURNAL_PATIENCE);
        let patience = left.min(JOURNAL_PATIENCE);
        let finishing = journal.finish(&write);
        let finished: Option<Result<(), JournalError>> =
            within(finishing, self.engine.clock.sleep(patience)).await;
        let fault = match finished {
            Some(Ok(())) => return None,
            Some(Err(fault)) => fault,
            None => JournalError::new("the journal took too long"),
        };
        let observers = &self.engine.observers;
        observers.trouble("the journal could not note the end of a write", &fault);
        Some(write)
    }

    /// The write as it is sent, if it is one and has a key.
    pub(super) fn pending_write(&self) -> Option<Arc<PendingWrite>> {
        let key = self.key.as_ref();
        self.plan.pending_write(key, self.begun, self.live)
    }
}
