//! An inbox in the memory of this process.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bell::Bell;
use super::error::InboxError;
use super::store::{Claim, ClaimRequest, DeadLetter, Entry, Inbox, Lease, Record, Stats, Stored};
use runtime::clock::{BoxFuture, Clock};
use wire::value::Timestamp;

mod shelf;

use shelf::{Ending, Moment, Shelf};

/// An [`Inbox`] that ends with the process.
///
/// It is for tests, and for programs that would rather lose messages than keep a database: what is
/// in it when the process ends was answered and is not sent again. A sweep of past events that is told
/// to begin far enough back (`Sweeper::since`) finds it, together with all that was handled since.
/// Clones share one inbox.
///
/// ```
/// use std::time::Duration;
/// use runtime::clock::Clock;
/// use webhooks::inbox::{ClaimRequest, Inbox, MemoryInbox, Stored};
/// use webhooks::Message;
///
/// # async fn example(clock: impl Clock) -> Result<(), Box<dyn std::error::Error>> {
/// let inbox = MemoryInbox::with_clock(clock);
/// let body = br#"{"object": "event", "id": "evt_1", "type": "invoice.paid", "created": 1,
///     "data": {"object": {"id": "in_1"}}}"#;
/// let message = Message::parse_unverified(body)?;
/// assert_eq!(inbox.store(&[(&message).into()]).await?, [Stored::New]);
/// assert_eq!(inbox.store(&[(&message).into()]).await?, [Stored::Known]);
///
/// let request = ClaimRequest::new(10, Duration::from_secs(60));
/// for claim in inbox.claim(&request).await? {
///     inbox.complete(&claim.lease).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryInbox {
    shelf: Arc<Mutex<Shelf>>,
    clock: Arc<dyn Clock>,
    begun: Instant,
    bell: Bell,
}

impl MemoryInbox {
    /// An empty inbox with the system's clock.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_clock(runtime::clock::SystemClock)
    }

    /// An empty inbox with this clock: when leases end and pauses are over is measured by its
    /// monotonic time.
    pub fn with_clock(clock: impl Clock) -> Self {
        Self {
            shelf: Arc::default(),
            begun: clock.now(),
            clock: Arc::new(clock),
            bell: Bell::new(),
        }
    }

    fn now(&self) -> Moment {
        Moment {
            elapsed: self.clock.now().saturating_duration_since(self.begun),
            date: Timestamp::from(self.clock.calendar()),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // No statement under the lock can panic half-way, so the shelf is whole all the same.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, lease: &Lease, ending: Ending<'_>) -> BoxFuture<'_, Result<(), InboxError>> {
        let is_held = self.shelf().end(lease, ending, self.now());
        Box::pin(ready(held(is_held)))
    }
}

fn held(is_held: bool) -> Result<(), InboxError> {
    if is_held {
        Ok(())
    } else {
        Err(InboxError::lease_lost())
    }
}

#[cfg(feature = "tokio")]
impl Default for MemoryInbox {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MemoryInbox").finish_non_exhaustive()
    }
}

impl Inbox for MemoryInbox {
    fn store<'a>(&'a self, entries: &'a [Entry]) -> BoxFuture<'a, Result<Vec<Stored>, InboxError>> {
        let now = self.now();
        let mut shelf = self.shelf();
        let stored: Vec<Stored> = entries.iter().map(|e| shelf.store(e, now)).collect();
        drop(shelf);
        if stored.contains(&Stored::New) {
            self.bell.ring();
        }
        Box::pin(ready(Ok(stored)))
    }

    fn claim<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<Claim>, InboxError>> {
        // Not before it is polled: a future that never is takes nothing.
        Box::pin(async move { Ok(self.shelf().claim(request, self.now())) })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let is_held = self.shelf().renew(lease, time, self.now());
        Box::pin(ready(held(is_held)))
    }

    fn complete<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        self.end(lease, Ending::Done)
    }

    fn fail<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
        pause: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        self.end(lease, Ending::Failed { reason, pause })
    }

    fn bury<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        self.end(lease, Ending::Dead { reason })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        self.end(lease, Ending::Released)
    }

    fn dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        let letters = self.shelf().dead_letters(after, limit);
        Box::pin(ready(Ok(letters)))
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, InboxError>> {
        let record = self.shelf().find(id, self.now());
        Box::pin(ready(Ok(record)))
    }

    fn replay<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        let was_dead = self.shelf().replay(id, self.now());
        if was_dead {
            self.bell.ring();
        }
        Box::pin(ready(Ok(was_dead)))
    }

    fn discard<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        let was_dead = self.shelf().discard(id, self.now());
        Box::pin(ready(Ok(was_dead)))
    }

    fn stats(&self) -> BoxFuture<'_, Result<Stats, InboxError>> {
        let stats = self.shelf().stats(self.now());
        Box::pin(ready(Ok(stats)))
    }

    fn prune(&self, done_for: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        let pruned = self.shelf().prune(done_for, self.now());
        Box::pin(ready(Ok(pruned)))
    }

    fn position<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        let position = self.shelf().positions.get(name).cloned();
        Box::pin(ready(Ok(position)))
    }

    fn set_position<'a>(
        &'a self,
        name: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.shelf().positions.insert(name, text);
        Box::pin(ready(Ok(())))
    }

    fn bell(&self) -> Bell {
        self.bell.clone()
    }
}
