//! An inbox in the memory of this process.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use runtime::clock::{BoxFuture, Clock};
use wire::value::Timestamp;

use super::columns::ensure_held;
use super::error::InboxError;
use super::inbox::{Inbox, InboxAdmin};
use super::message::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxMessage, InboxStats, MessageLease,
    MessageOutcome, MessageRecord, StoreOutcome,
};
use super::message_table::{MessageTable, TableTime, lease_end};
use super::wake_signal::WakeSignal;

/// An [`Inbox`] that is lost when the process ends.
///
/// It is for tests, and for programs that accept to lose messages: messages that are in it when the
/// process ends were acknowledged and are not delivered again. A [`Reconciler`](crate::Reconciler)
/// that starts far enough back ([`since`](crate::Reconciler::since)) stores them again, together
/// with those that were handled since. Clones share one inbox.
///
/// ```
/// use std::time::Duration;
/// use runtime::clock::Clock;
/// use webhooks::{ClaimRequest, Inbox, MemoryInbox, Message, MessageOutcome, StoreOutcome};
///
/// # async fn example(clock: impl Clock) -> Result<(), Box<dyn std::error::Error>> {
/// let inbox = MemoryInbox::with_clock(clock);
/// let body = br#"{"object": "event", "id": "evt_1", "type": "invoice.paid", "created": 1,
///     "data": {"object": {"id": "in_1"}}}"#;
/// let message = Message::parse_unverified(body)?;
/// assert_eq!(inbox.store_messages(&[(&message).into()]).await?, [StoreOutcome::New]);
/// assert_eq!(inbox.store_messages(&[(&message).into()]).await?, [StoreOutcome::Duplicate]);
///
/// let request = ClaimRequest::new(10, Duration::from_secs(60));
/// for claim in inbox.claim_messages(&request).await? {
///     inbox.finish_message(&claim.lease, MessageOutcome::Completed).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryInbox {
    table: Arc<Mutex<MessageTable>>,
    clock: Arc<dyn Clock>,
    created: Instant,
    signal: WakeSignal,
}

impl MemoryInbox {
    /// Creates an empty inbox with the system's clock.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_clock(runtime::clock::SystemClock)
    }

    /// Creates an empty inbox with this clock. Leases and delays are measured by its monotonic
    /// time.
    pub fn with_clock(clock: impl Clock) -> Self {
        Self {
            table: Arc::default(),
            created: clock.now(),
            clock: Arc::new(clock),
            signal: WakeSignal::new(),
        }
    }

    fn now(&self) -> TableTime {
        TableTime {
            elapsed: self.clock.now().saturating_duration_since(self.created),
            date: Timestamp::from(self.clock.calendar()),
        }
    }

    fn lock_table(&self) -> MutexGuard<'_, MessageTable> {
        // Nothing panics between two changes that belong together, so the table is consistent.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "tokio")]
impl Default for MemoryInbox {
    fn default() -> Self {
        Self::new()
    }
}

impl From<MemoryInbox> for Arc<dyn Inbox> {
    fn from(inbox: MemoryInbox) -> Self {
        Arc::new(inbox)
    }
}

impl fmt::Debug for MemoryInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MemoryInbox").finish_non_exhaustive()
    }
}

impl Inbox for MemoryInbox {
    fn store_messages<'a>(
        &'a self,
        messages: &'a [InboxMessage],
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        let now = self.now();
        let mut table = self.lock_table();
        let each = messages.iter();
        let outcomes: Vec<_> = each
            .map(|message| table.store_message(message, now))
            .collect();
        drop(table);
        if outcomes.contains(&StoreOutcome::New) {
            self.signal.notify_waiters();
        }
        Box::pin(ready(Ok(outcomes)))
    }

    fn claim_messages<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>> {
        // Not before it is polled: a future that never is leases nothing.
        Box::pin(async move {
            let mut table = self.lock_table();
            Ok(table.claim_messages(request, self.now(), &*self.clock))
        })
    }

    fn has_suspects(&self, order: ClaimOrder) -> BoxFuture<'_, Result<bool, InboxError>> {
        let has_suspects = self.lock_table().has_suspects(order, self.now());
        Box::pin(ready(Ok(has_suspects)))
    }

    fn dead_letter_suspects(
        &self,
        crash_limit: u32,
    ) -> BoxFuture<'_, Result<Vec<String>, InboxError>> {
        let mut table = self.lock_table();
        let ids = table.dead_letter_suspects(crash_limit, self.now());
        Box::pin(ready(Ok(ids)))
    }

    fn claim_suspect<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Option<ClaimedMessage>, InboxError>> {
        Box::pin(async move {
            let mut table = self.lock_table();
            Ok(table.claim_suspect(request, self.now(), &*self.clock))
        })
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a MessageLease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let end = lease_end(self.now(), duration, &*self.clock);
        let is_held = self.lock_table().renew_lease(lease, end);
        Box::pin(ready(ensure_held(is_held)))
    }

    fn finish_message<'a>(
        &'a self,
        lease: &'a MessageLease,
        outcome: MessageOutcome,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let is_held = self.lock_table().finish_message(lease, outcome, self.now());
        Box::pin(ready(ensure_held(is_held)))
    }

    fn read_watermark<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        let watermark = self.lock_table().watermarks.get(name).cloned();
        Box::pin(ready(Ok(watermark)))
    }

    fn write_watermark<'a>(
        &'a self,
        name: &'a str,
        watermark: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let (name, watermark) = (name.to_owned(), watermark.to_owned());
        self.lock_table().watermarks.insert(name, watermark);
        Box::pin(ready(Ok(())))
    }

    fn wake_signal(&self) -> WakeSignal {
        self.signal.clone()
    }
}

impl InboxAdmin for MemoryInbox {
    fn list_dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        let letters = self.lock_table().list_dead_letters(after, limit);
        Box::pin(ready(Ok(letters)))
    }

    fn find_message<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        let record = self.lock_table().find_message(id, self.now());
        Box::pin(ready(Ok(record)))
    }

    fn replay_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        let is_replayed = self.lock_table().replay_dead_letter(id, self.now());
        if is_replayed {
            self.signal.notify_waiters();
        }
        Box::pin(ready(Ok(is_replayed)))
    }

    fn discard_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        let is_discarded = self.lock_table().discard_dead_letter(id, self.now());
        Box::pin(ready(Ok(is_discarded)))
    }

    fn collect_stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        let stats = self.lock_table().collect_stats(self.now());
        Box::pin(ready(Ok(stats)))
    }

    fn prune_completed(&self, age: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        let pruned = self.lock_table().prune_completed(age, self.now());
        Box::pin(ready(Ok(pruned)))
    }
}
