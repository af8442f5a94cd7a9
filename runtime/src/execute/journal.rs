//! The call and the journal: an entry before the first attempt, removed when the outcome is known.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::in_flight::CallEnd;
use super::state::CallState;
use crate::clock::BoxFuture;
use crate::codec::UploadBody;
use crate::error::{Error, ErrorKind, Outcome};
use crate::http::PendingWrite;
use crate::idempotency::{BeginOutcome, Journal, JournalError, JournalErrorKind};

/// The longest wait for the journal before the first attempt.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest wait for the journal after a call that failed, within its deadline.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

impl CallState<'_> {
    /// Journals the write, if this is one and there is a journal.
    pub(super) async fn begin_journal(&mut self) -> Result<(), Error> {
        let Some(journal) = &self.engine.journal else {
            return Ok(());
        };
        let Some(write) = self.pending_write() else {
            let upload = self.prepared.request.upload.as_ref();
            if upload.is_none_or(UploadBody::is_in_memory) {
                return Ok(());
            }
            let text = "a file that is read while it is sent cannot be journaled: read it into \
                        memory, or use a client without a journal";
            let error = JournalError::new(text);
            return Err(self.local_error(ErrorKind::Journal).with_source(error));
        };
        self.entry_guard = Some(self.engine.in_flight_writes.register_call(&write));
        let begun = self.run_within_deadline(journal.begin(&write), Some(BEGIN_TIMEOUT));
        let begun = match begun.await {
            Some(begun) => begun,
            None if self.time_left().is_some_and(|left| left.is_zero()) => {
                return Err(self.deadline_error());
            }
            None => Err(JournalError::new("the journal took too long")),
        };
        match begun {
            Ok(BeginOutcome::Inserted) => {
                self.journaled = Some(write);
                Ok(())
            }
            Ok(BeginOutcome::AlreadyPresent { begun }) => {
                self.is_uncertain = true;
                // The age of the key counts from the first call.
                self.summary.began = begun;
                let mut earlier = PendingWrite::clone(&write);
                earlier.begun = begun;
                self.prepared
                    .check_key_age(&earlier, self.engine.clock.calendar())
                    .map_err(|error| error.with_outcome(Outcome::Unknown))?;
                self.journaled = Some(Arc::new(earlier));
                Ok(())
            }
            Err(error) => {
                self.is_uncertain |= error.kind() == JournalErrorKind::Unanswered;
                Err(self.local_error(ErrorKind::Journal).with_source(error))
            }
        }
    }

    /// Removes the journal's entry, if no other call needs it. After a success it is not waited
    /// for: a future that is dropped must not lose the response. After a failure it is, and the
    /// entry is returned if it may still be there.
    pub(super) async fn finish_journal(
        &mut self,
        error: Option<&Error>,
    ) -> Option<Arc<PendingWrite>> {
        let end = match error.map(Error::outcome) {
            None => CallEnd::Succeeded,
            Some(Outcome::Unknown) => CallEnd::Unknown,
            Some(_) => CallEnd::Refused,
        };
        let guard = self.entry_guard.take()?;
        let (Some(journal), Some(write)) = (&self.engine.journal, self.journaled.take()) else {
            return None;
        };
        // Handed over while no other call can begin the same write.
        let finish = guard.release_entry(end, || hand_over(&**journal, &write))?;
        let finished = match finish {
            Handover::Done(finished) => finished,
            Handover::Pending(_) if end == CallEnd::Succeeded => return None,
            Handover::Pending(rest) => {
                let finished = self.run_within_deadline(rest, Some(FINISH_TIMEOUT)).await;
                finished.unwrap_or_else(|| Err(JournalError::new("the journal took too long")))
            }
        };
        let error = finished.err()?;
        let what = "the journal could not remove a finished write";
        self.notify_observers(|observer| observer.background_error(what, &error));
        Some(Arc::clone(&write))
    }
}

/// The state of a removal that was handed over to the journal.
enum Handover<'a> {
    Done(Result<(), JournalError>),
    Pending(BoxFuture<'a, Result<(), JournalError>>),
}

/// Begins to remove an entry.
fn hand_over<'a>(journal: &'a dyn Journal, write: &'a PendingWrite) -> Handover<'a> {
    let mut finish = journal.finish(write);
    let mut context = Context::from_waker(Waker::noop());
    match finish.as_mut().poll(&mut context) {
        Poll::Ready(finished) => Handover::Done(finished),
        Poll::Pending => Handover::Pending(finish),
    }
}
