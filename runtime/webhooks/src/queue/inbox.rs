//! The traits that an inbox implements.

use std::fmt;
use std::time::Duration;

use runtime::clock::BoxFuture;

use super::error::InboxError;
use super::message::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxMessage, InboxStats, MessageLease,
    MessageOutcome, MessageRecord, StoreOutcome,
};
use super::wake_signal::WakeSignal;

/// Durable storage of messages from their reception until a handler has completed them, and of
/// the ids of those that were completed.
///
/// A message goes through these states:
///
/// ```text
///            claim                 Completed
/// pending ──────────► leased ───────────────► completed  (its id is kept, its body is not)
///    ▲                  │ Failed, Released
///    ├──────────────────┤
///    │                  │ the lease expired     again alone, `crash_limit` times
///    │                  ├──────────────► suspect ───────┐
///    │                  │ DeadLettered                  │
///    └───────────────── dead-lettered ◄─────────────────┘
///          replay
/// ```
///
/// A *suspect* is a message whose lease expired without an outcome: handling it may have ended the
/// process, or another message that was handled at the same time did. It is claimed alone, by
/// [`claim_suspect`](Self::claim_suspect), until an attempt has an outcome.
///
/// There are implementations in memory ([`MemoryInbox`](crate::MemoryInbox)), in SQLite and in
/// PostgreSQL. Other implementations can run the same test cases: see `tests/inbox` of this crate.
/// Functions that accept an inbox accept `impl Into<Arc<dyn Inbox>>`: one of the three, or an
/// `Arc<dyn Inbox>`.
pub trait Inbox: fmt::Debug + Send + Sync + 'static {
    /// Stores messages, in this order, each unless one with its id was stored before, and returns
    /// the outcome for each. When the future is ready, they are durable.
    ///
    /// # Errors
    /// If they cannot be stored. None of them is stored then, and the sender delivers them again.
    fn store_messages<'a>(
        &'a self,
        messages: &'a [InboxMessage],
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>>;

    /// Leases messages that are due, not leased and no suspects. No other claim returns them until
    /// the lease expires. If the future is dropped, messages may have been leased regardless; they are due
    /// again when that lease expires.
    ///
    /// # Errors
    /// If the inbox cannot be read or written.
    fn claim_messages<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>>;

    /// Whether a suspect can be claimed now in this order, or becomes a dead letter. Reads only:
    /// workers call it at every poll interval.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn has_suspects(&self, order: ClaimOrder) -> BoxFuture<'_, Result<bool, InboxError>>;

    /// Makes dead letters of the suspects that used up the crash limit, and returns their ids. It
    /// is committed when the future is ready; a worker calls it before it runs a handler.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn dead_letter_suspects(
        &self,
        crash_limit: u32,
    ) -> BoxFuture<'_, Result<Vec<String>, InboxError>>;

    /// Leases one suspect that is due, has not used up the crash limit, and may be claimed in this
    /// order. The limit of messages does not count. The caller must handle no other message of the
    /// inbox at the same time, so that an attempt without an outcome is this message's. If the
    /// future is dropped, see [`claim_messages`](Self::claim_messages).
    ///
    /// # Errors
    /// If the inbox cannot be read or written.
    fn claim_suspect<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Option<ClaimedMessage>, InboxError>>;

    /// Extends a lease to `duration` from now, or up to a tenth less. If the message was completed under this lease, it
    /// does nothing and is no error.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](crate::InboxErrorKind::LeaseLost) if the message was claimed
    /// again in the meantime. An expired lease can be renewed until then.
    fn renew_lease<'a>(
        &'a self,
        lease: &'a MessageLease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// Ends a lease with an outcome. Completing a message twice under the same lease changes
    /// nothing.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](crate::InboxErrorKind::LeaseLost) as for
    /// [`renew_lease`](Self::renew_lease).
    fn finish_message<'a>(
        &'a self,
        lease: &'a MessageLease,
        outcome: MessageOutcome,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// Reads the watermark that was written under this name.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn read_watermark<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, InboxError>>;

    /// Writes a watermark: how far a [`Reconciler`](crate::Reconciler) of this name has come.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn write_watermark<'a>(
        &'a self,
        name: &'a str,
        watermark: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// The signal that is notified when a message is stored or replayed through this inbox or a
    /// clone of it. Workers also poll, so writes by other processes need not notify it.
    fn wake_signal(&self) -> WakeSignal;
}

/// Inspects and maintains an inbox: dead letters, statistics, and the ids of completed messages.
pub trait InboxAdmin: Inbox {
    /// Lists dead letters, oldest first, at most `limit`, after the one with the id `after`, which
    /// may have been replayed or discarded in the meantime. If no message with that id was ever
    /// dead-lettered, the list begins with the oldest.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn list_dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>>;

    /// Finds the record of a message by its id.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn find_message<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>>;

    /// Makes a dead letter due again, with its attempts counted from 1. Returns whether there was
    /// one.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn replay_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>>;

    /// Marks a dead letter as completed. Returns whether there was one.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn discard_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>>;

    /// Counts the messages in each state.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn collect_stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>>;

    /// Deletes the ids of messages that were completed at least `age` ago, and returns how many.
    /// A message whose id was deleted is stored again if it is delivered again. The API delivers
    /// for days, and its list has the events of the last 30 days
    /// (<https://docs.stripe.com/webhooks/process-undelivered-events>), so keep ids for longer.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn prune_completed(&self, age: Duration) -> BoxFuture<'_, Result<u64, InboxError>>;
}
