//! A journal in the memory of this process.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{BeginOutcome, Journal, JournalError};
use crate::clock::BoxFuture;
use crate::http::PendingWrite;

/// A [`Journal`] in memory, which is lost when the process ends.
///
/// It is for programs that resume calls of the same process (after a dropped future or a deadline),
/// and for tests. Clones share the writes.
///
/// ```
/// # use std::time::SystemTime;
/// use runtime::http::PendingWrite;
/// use runtime::idempotency::{BeginOutcome, Journal, MemoryJournal};
/// use runtime::operation::Method;
///
/// # async fn example(now: SystemTime) -> Result<(), Box<dyn std::error::Error>> {
/// let journal = MemoryJournal::new();
/// let write = PendingWrite::new("order-42", Method::Post.as_http(), "api", "/v1/charges", now);
/// assert_eq!(journal.begin(&write).await?, BeginOutcome::Inserted);
/// assert_eq!(journal.clone().pending_writes().await?, [write]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal(Arc<Mutex<Vec<PendingWrite>>>);

impl MemoryJournal {
    /// Creates an empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the pending writes, oldest first.
    fn lock_writes(&self) -> MutexGuard<'_, Vec<PendingWrite>> {
        // No statement under the lock can panic, so the list is valid even if the lock is poisoned.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_write(&self, write: &PendingWrite) -> BeginOutcome {
        let mut writes = self.lock_writes();
        if let Some(known) = writes.iter().find(|known| known.is_same_request(write)) {
            return BeginOutcome::AlreadyPresent { begun: known.begun };
        }
        writes.push(write.clone());
        BeginOutcome::Inserted
    }
}

impl Journal for MemoryJournal {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async move { Ok(self.begin_write(write)) })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.lock_writes()
            .retain(|known| !known.is_same_request(write));
        Box::pin(ready(Ok(())))
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        let writes = self.lock_writes().clone();
        Box::pin(ready(Ok(writes)))
    }
}
