//! What an inbox promises.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bell::Bell;
use super::error::InboxError;
use runtime::clock::BoxFuture;
use wire::value::{RawJson, Timestamp};
use crate::Message;

/// Remembers messages from before they are answered until they are handled, and which were.
///
/// A message goes through these states:
///
/// ```text
///            claim                 complete
/// pending ──────────► leased ───────────────► done  (its id is kept, its body is not)
///    ▲                  │ fail, release,
///    └──────────────────┤ or the lease is over
///    ▲                  │ bury
///    └───────────────── dead
///          replay
/// ```
///
/// Implementations are this crate's (in memory, SQLite, PostgreSQL) or a program's own, which can
/// run the same checks as those: see `tests/inbox` of this crate.
pub trait Inbox: fmt::Debug + Send + Sync + 'static {
    /// Stores messages, in this order, each unless one of its id was stored before, and answers
    /// for each whether it was. When the future is ready, they survive what the inbox is made to
    /// survive.
    ///
    /// # Errors
    /// If they cannot be stored; none of them is then. The sender will send them again.
    fn store<'a>(&'a self, entries: &'a [Entry]) -> BoxFuture<'a, Result<Vec<Stored>, InboxError>>;

    /// Takes messages that are due, and whose lease, if there was one, is over. Nobody else gets
    /// them until the lease that is asked for is over. If the future is dropped, messages may have
    /// been taken all the same: they come back when that lease is over.
    ///
    /// # Errors
    /// If the inbox cannot be read or written.
    fn claim<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<Claim>, InboxError>>;

    /// Extends a lease: it ends `time` from now. Of a message that was completed under the lease
    /// there is nothing to extend, and that is no error.
    ///
    /// # Errors
    /// [`InboxFault::LeaseLost`](super::InboxFault::LeaseLost) if the message was claimed by
    /// somebody else meanwhile; a lease that is over and was not taken can still be extended.
    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// The message is done. Completing under the same lease for a second time changes nothing.
    ///
    /// # Errors
    /// [`InboxFault::LeaseLost`](super::InboxFault::LeaseLost) as for [`renew`](Self::renew).
    fn complete<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>>;

    /// The message was not handled, and is due again after `pause`.
    ///
    /// # Errors
    /// [`InboxFault::LeaseLost`](super::InboxFault::LeaseLost) as for [`renew`](Self::renew).
    fn fail<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
        pause: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// The message cannot be handled: it becomes a dead letter.
    ///
    /// # Errors
    /// [`InboxFault::LeaseLost`](super::InboxFault::LeaseLost) as for [`renew`](Self::renew).
    fn bury<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// Gives a message back untouched: it is due at once, and the claim is not counted.
    ///
    /// # Errors
    /// [`InboxFault::LeaseLost`](super::InboxFault::LeaseLost) as for [`renew`](Self::renew).
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>>;

    /// Dead letters, those that died first first, at most `limit`, after the one of the id, which
    /// may have been replayed or discarded meanwhile. After an id that never died is from the first
    /// on.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>>;

    /// What the inbox knows of an id.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, InboxError>>;

    /// Makes a dead letter due again as if it had never been tried: its attempts are counted from 1
    /// anew. Answers whether there was one.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn replay<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>>;

    /// Gives a dead letter up: it counts as done. Answers whether there was one.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn discard<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>>;

    /// How many messages are in which state.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn stats(&self) -> BoxFuture<'_, Result<Stats, InboxError>>;

    /// Forgets the ids of messages that have been done for longer than that, and answers how many.
    /// The API sends a message again for days, and a sweep can find those of the last 30 days
    /// (<https://docs.stripe.com/webhooks/process-undelivered-events>), so keep them for longer.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn prune(&self, done_for: Duration) -> BoxFuture<'_, Result<u64, InboxError>>;

    /// A text that was kept under this name, such as how far a sweep has come.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    fn position<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>>;

    /// Keeps a text under a name.
    ///
    /// # Errors
    /// If the inbox cannot be written.
    fn set_position<'a>(
        &'a self,
        name: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>>;

    /// Rings when something was stored or replayed through this inbox or a clone of it. Workers
    /// look by themselves as well, so an inbox that others write too need not know.
    fn bell(&self) -> Bell;
}

impl<I: Inbox + ?Sized> Inbox for Arc<I> {
    fn store<'a>(&'a self, entries: &'a [Entry]) -> BoxFuture<'a, Result<Vec<Stored>, InboxError>> {
        (**self).store(entries)
    }

    fn claim<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<Claim>, InboxError>> {
        (**self).claim(request)
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).renew(lease, time)
    }

    fn complete<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).complete(lease)
    }

    fn fail<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
        pause: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).fail(lease, reason, pause)
    }

    fn bury<'a>(
        &'a self,
        lease: &'a Lease,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).bury(lease, reason)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).release(lease)
    }

    fn dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        (**self).dead_letters(after, limit)
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, InboxError>> {
        (**self).find(id)
    }

    fn replay<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        (**self).replay(id)
    }

    fn discard<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        (**self).discard(id)
    }

    fn stats(&self) -> BoxFuture<'_, Result<Stats, InboxError>> {
        (**self).stats()
    }

    fn prune(&self, done_for: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        (**self).prune(done_for)
    }

    fn position<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        (**self).position(name)
    }

    fn set_position<'a>(
        &'a self,
        name: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        (**self).set_position(name, text)
    }

    fn bell(&self) -> Bell {
        (**self).bell()
    }
}

/// A message as an inbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The id of the message: it is stored once.
    pub id: String,
    /// What happened.
    pub type_: String,
    /// When it happened, to the second.
    pub created: Timestamp,
    /// What messages have in common that must be handled one after the other: the object that
    /// they are about. `None` for a message that no order binds.
    pub object: Option<String>,
    /// The message itself.
    pub body: RawJson,
}

impl Entry {
    /// A message of these parts, for inboxes of other crates, which read them from where they keep
    /// them.
    pub fn new(
        id: String,
        type_: String,
        created: Timestamp,
        object: Option<String>,
        body: RawJson,
    ) -> Self {
        Self {
            id,
            type_,
            created,
            object,
            body,
        }
    }
}

impl From<&Message> for Entry {
    /// Messages about one object of one account, or context, belong together.
    fn from(message: &Message) -> Self {
        let scope = message.scope().unwrap_or_default();
        let object = message.object_id();
        Self {
            id: message.id().to_owned(),
            type_: message.type_().to_owned(),
            created: message.created(),
            object: object.map(|object| format!("{scope}/{object}")),
            body: message.raw().clone(),
        }
    }
}

/// What became of a message that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stored {
    /// It is stored now.
    New,
    /// It was stored before.
    Known,
}

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// At most so many messages.
    pub limit: usize,
    /// How long nobody else gets them.
    pub lease: Duration,
    /// In which order.
    pub order: Order,
}

impl ClaimRequest {
    /// At most so many messages, for so long, in any order.
    pub const fn new(limit: usize, lease: Duration) -> Self {
        Self {
            limit,
            lease,
            order: Order::Any,
        }
    }

    /// The same in this order.
    pub const fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }
}

/// In which order messages are given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Those first that have been due for longest. Several messages about one object may be
    /// handled at once.
    #[default]
    Any,
    /// As before, but never a message while an earlier one about the same object is unfinished,
    /// nor while any about that object is being handled.
    ///
    /// Earlier is what has the smaller `created`, and of one second what arrived first. A message
    /// that has not arrived yet holds nothing up, and neither does a dead letter.
    PerObject,
}

/// A message that a worker has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The message.
    pub entry: Entry,
    /// The right to finish it.
    pub lease: Lease,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the message was stored.
    pub stored: Timestamp,
}

impl Claim {
    /// A claim, for inboxes of other crates.
    pub fn new(entry: Entry, lease: Lease, attempt: u32, stored: Timestamp) -> Self {
        Self {
            entry,
            lease,
            attempt,
            stored,
        }
    }
}

/// The right to finish a message, until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    id: Arc<str>,
    token: i64,
}

impl Lease {
    /// A lease of the message of this id, for inboxes of other crates. The token tells this claim
    /// of the message from all others.
    pub fn new(id: &str, token: i64) -> Self {
        Self {
            id: Arc::from(id),
            token,
        }
    }

    /// The id of the message.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What tells this claim of the message from all others.
    pub fn token(&self) -> i64 {
        self.token
    }
}

/// A message that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The message.
    pub entry: Entry,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub reason: String,
    /// When it was given up.
    pub died: Timestamp,
}

impl DeadLetter {
    /// A dead letter, for inboxes of other crates.
    pub fn new(entry: Entry, attempts: u32, reason: String, died: Timestamp) -> Self {
        Self {
            entry,
            attempts,
            reason,
            died,
        }
    }
}

/// What an inbox knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The id.
    pub id: String,
    /// What happened.
    pub type_: String,
    /// Where the message is on its way.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed, if it did.
    pub reason: Option<String>,
    /// When it was stored.
    pub stored: Timestamp,
    /// The message itself; `None` once it is done.
    pub body: Option<RawJson>,
}

impl Record {
    /// A message that was just stored, for inboxes of other crates.
    pub fn new(entry: &Entry, state: State, stored: Timestamp) -> Self {
        Self {
            id: entry.id.clone(),
            type_: entry.type_.clone(),
            state,
            attempts: 0,
            reason: None,
            stored,
            body: Some(entry.body.clone()),
        }
    }
}

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It waits.
    Pending,
    /// A worker has it.
    Leased,
    /// It was handled.
    Done,
    /// It could not be handled.
    Dead,
}

/// How many messages are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// They wait.
    pub pending: u64,
    /// Workers have them.
    pub leased: u64,
    /// They could not be handled.
    pub dead: u64,
    /// They were handled, and their ids are remembered.
    pub done: u64,
    /// How long ago the oldest of those that wait or are leased was stored.
    pub oldest: Option<Duration>,
}
