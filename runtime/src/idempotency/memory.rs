//! A journal in the memory of this process.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{Begun, Journal, JournalError};
use crate::clock::BoxFuture;
use crate::http::PendingWrite;

/// A [`Journal`] that ends with the process.
///
/// It is for programs that give calls up (a dropped future, a deadline) and resume them later in
/// the same process, and for tests. It survives no crash. Clones share one record, so keep one
/// to look at.
///
/// ```
/// # use std::time::SystemTime;
/// use runtime::http::PendingWrite;
/// use runtime::idempotency::{Begun, Journal, MemoryJournal};
/// use runtime::operation::Method;
///
/// # async fn example(now: SystemTime) -> Result<(), Box<dyn std::error::Error>> {
/// let journal = MemoryJournal::new();
/// let write = PendingWrite::new("order-42", Method::Post.as_http(), "api", "/v1/charges", now);
/// assert_eq!(journal.begin(&write).await?, Begun::New);
/// assert_eq!(journal.clone().unfinished().await?, [write]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal(Arc<Mutex<Vec<PendingWrite>>>);

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pending writes, oldest first.
    fn pending_writes(&self) -> MutexGuard<'_, Vec<PendingWrite>> {
        // No statement under the lock can panic half-way, so the list is valid all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_write(&self, write: &PendingWrite) -> Begun {
        let mut writes = self.pending_writes();
        if writes.iter().any(|known| known.is_same_request(write)) {
            return Begun::Before;
        }
        writes.push(write.clone());
        Begun::New
    }
}

impl Journal for MemoryJournal {
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<Begun, JournalError>> {
        Box::pin(async move { Ok(self.begin_write(write)) })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.pending_writes()
            .retain(|known| !known.is_same_request(write));
        Box::pin(ready(Ok(())))
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        let writes = self.pending_writes().clone();
        Box::pin(ready(Ok(writes)))
    }
}
