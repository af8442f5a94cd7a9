//! A journal in the memory of this process.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{Begun, Journal, JournalError};
use super::ledger::{Entry, Ledger};
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
pub struct MemoryJournal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    ledger: Ledger,
    next: u64,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No statement under the lock can panic half-way, so the state is whole all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, write: &PendingWrite) -> Begun {
        if self.ledger.find(write).is_some() {
            return Begun::Before;
        }
        let (write, size) = (write.clone(), 0);
        self.ledger.insert(self.next, Entry::new(write, size));
        self.next += 1;
        Begun::New
    }

    fn finish(&mut self, write: &PendingWrite) {
        if let Some(number) = self.ledger.find(write) {
            self.ledger.remove(number);
        }
    }
}

impl Journal for MemoryJournal {
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<Begun, JournalError>> {
        Box::pin(async move { Ok(self.state().begin(write)) })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.state().finish(write);
        Box::pin(ready(Ok(())))
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        let writes = self.state().ledger.writes().cloned().collect();
        Box::pin(ready(Ok(writes)))
    }
}
