//! The call and the journal: an entry before the first attempt, removed when the outcome is known.

use std::sync::Arc;
use std::time::Duration;

use super::in_flight::CallEnd;
use super::state::CallState;
use crate::error::{Error, ErrorKind, Outcome};
use crate::http::PendingWrite;
use crate::idempotency::{BeginOutcome, JournalError};

/// The longest wait for the journal before the first attempt.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest wait for the journal after the end of a call.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

impl CallState<'_> {
    /// Journals the write, if this is one and there is a journal.
    pub(super) async fn begin_journal(&mut self) -> Result<(), Error> {
        let Some(journal) = &self.engine.journal else {
            return Ok(());
        };
        let Some(write) = self.pending_write() else {
            return Ok(());
        };
        self.key_guard = Some(self.engine.in_flight_keys.register_call(&write.key));
        if self.prepared.has_generated_key {
            // Even if the wait is cancelled, the entry may still be made, and is then removed.
            // Under a key of the caller's it could be the entry of an earlier call, so that is left
            // to the journal.
            self.journaled = Some(Arc::clone(&write));
        }
        let begun = self.run_within_deadline(journal.begin(&write), Some(BEGIN_TIMEOUT));
        let begun = match begun.await {
            Some(begun) => begun,
            None if self.time_left().is_some_and(|left| left.is_zero()) => {
                return Err(self.deadline_error());
            }
            None => Err(JournalError::new("the journal took too long")),
        };
        match begun {
            Ok(begun) => {
                self.is_uncertain |= begun == BeginOutcome::AlreadyPresent;
                self.journaled = Some(write);
                Ok(())
            }
            Err(error) => Err(self.local_error(ErrorKind::Journal).with_source(error)),
        }
    }

    /// Releases this call's share of the key. Returns whether the journal's entry can be removed.
    pub(super) fn release_key(&mut self, error: Option<&Error>) -> bool {
        let end = match error.map(Error::outcome) {
            None => CallEnd::Succeeded,
            Some(Outcome::Unknown) => CallEnd::Unknown,
            Some(_) => CallEnd::Refused,
        };
        let is_last = self
            .key_guard
            .take()
            .is_none_or(|guard| guard.release_call(end));
        is_last && end != CallEnd::Unknown
    }

    /// Removes the journal's entry. Returns it if it may still be there.
    pub(super) async fn finish_journal(&mut self) -> Option<Arc<PendingWrite>> {
        let (Some(journal), Some(write)) = (&self.engine.journal, self.journaled.take()) else {
            return None;
        };
        let finished = self.run_within_deadline(journal.finish(&write), Some(FINISH_TIMEOUT));
        let error = match finished.await {
            Some(Ok(())) => return None,
            Some(Err(error)) => error,
            None => JournalError::new("the journal took too long"),
        };
        let what = "the journal could not remove a finished write";
        self.notify_observers(|observer| observer.background_error(what, &error));
        Some(write)
    }
}
