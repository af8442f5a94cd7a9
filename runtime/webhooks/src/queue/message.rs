//! The messages of an inbox and their states.

use std::sync::Arc;
use std::time::Duration;

use wire::value::{RawJson, Timestamp};

use crate::event::Message;

/// A message as an inbox stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxMessage {
    /// The id of the message. It is stored once.
    pub id: String,
    /// The type of the event.
    pub type_: String,
    /// When the event happened, to the second.
    pub created: Timestamp,
    /// The ordering key: account and id of the object that the event is about. Messages without
    /// one are not ordered.
    pub object: Option<String>,
    /// The message as it was received.
    pub body: RawJson,
}

impl InboxMessage {
    /// A message of these parts, for implementations of [`Inbox`](crate::Inbox).
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

impl From<&Message> for InboxMessage {
    /// Messages about one object of one account, or context, have the same ordering key.
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

/// The outcome of storing a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreOutcome {
    /// It is stored now.
    New,
    /// A message with its id was stored before.
    Duplicate,
}

/// How many crashes alone make a dead letter, unless a worker sets another limit. Few, as each
/// costs a process; more than one, as a process can also end for another reason.
pub(crate) const DEFAULT_CRASH_LIMIT: u32 = 3;

/// The parameters of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// The maximum number of messages.
    pub limit: usize,
    /// How long the lease lasts at most. It ends at a random time in the last tenth of that, so
    /// that the leases of a process that crashed do not all expire at the same time.
    pub lease_duration: Duration,
    /// In which order messages are claimed.
    pub order: ClaimOrder,
    /// How many attempts in a row, in which it was the only message of its worker, a suspect may
    /// leave without an outcome.
    pub crash_limit: u32,
}

impl ClaimRequest {
    /// At most `limit` messages, leased for this long, in [`ClaimOrder::Any`], with three crashes
    /// alone.
    pub const fn new(limit: usize, lease_duration: Duration) -> Self {
        Self {
            limit,
            lease_duration,
            order: ClaimOrder::Any,
            crash_limit: DEFAULT_CRASH_LIMIT,
        }
    }

    /// Sets the limit of crashes alone; at least 1.
    pub const fn crash_limit(mut self, limit: u32) -> Self {
        self.crash_limit = if limit == 0 { 1 } else { limit };
        self
    }

    /// Sets the order.
    pub const fn order(mut self, order: ClaimOrder) -> Self {
        self.order = order;
        self
    }
}

/// The order in which messages are claimed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClaimOrder {
    /// Those that have been due longest come first. Several messages about one object may be
    /// handled at the same time.
    #[default]
    Any,
    /// As [`Any`](Self::Any), but a message waits while an earlier one about the same object is not
    /// completed, and while any about that object is leased.
    ///
    /// Earlier means a smaller `created`, and within one second an earlier arrival. A message that
    /// has not arrived yet does not block others, and neither does a dead letter.
    PerObject,
}

/// A message that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedMessage {
    /// The message.
    pub message: InboxMessage,
    /// The right to process it.
    pub lease: MessageLease,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// How many of the earlier attempts ended without an outcome.
    pub crashes: u32,
    /// When the message was stored.
    pub stored_at: Timestamp,
}

impl ClaimedMessage {
    /// A claimed message without crashes, for implementations of [`Inbox`](crate::Inbox).
    pub fn new(
        message: InboxMessage,
        lease: MessageLease,
        attempt: u32,
        stored_at: Timestamp,
    ) -> Self {
        Self {
            message,
            lease,
            attempt,
            crashes: 0,
            stored_at,
        }
    }

    /// Sets the number of earlier attempts without an outcome.
    pub fn crashes(mut self, crashes: u32) -> Self {
        self.crashes = crashes;
        self
    }

    /// The number of this attempt among those that had an outcome, from 1.
    pub(crate) fn counted_attempt(&self) -> u32 {
        self.attempt.saturating_sub(self.crashes).max(1)
    }
}

/// The right of one worker to process a message until the lease expires.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageLease {
    id: Arc<str>,
    token: i64,
}

impl MessageLease {
    /// A lease of the message with this id, for implementations of [`Inbox`](crate::Inbox). The
    /// token is different for every claim of the message.
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

    /// The token that distinguishes this claim of the message from all others.
    pub fn token(&self) -> i64 {
        self.token
    }
}

/// How a lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// The message was handled. Its body is deleted.
    Completed,
    /// The message was not handled, and is due again after a delay.
    Failed {
        /// Why.
        reason: String,
        /// The delay before the next attempt.
        retry_in: Duration,
    },
    /// The message cannot be handled, and becomes a dead letter.
    DeadLettered {
        /// Why.
        reason: String,
    },
    /// The message was not processed: it is due immediately, and the attempt is not counted. A
    /// suspect remains one.
    Released,
}

/// A message that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The message.
    pub message: InboxMessage,
    /// The number of attempts.
    pub attempts: u32,
    /// How many of them ended without an outcome.
    pub crashes: u32,
    /// Why the last attempt failed.
    pub reason: String,
    /// When it became a dead letter.
    pub dead_lettered_at: Timestamp,
}

impl DeadLetter {
    /// A dead letter without crashes, for implementations of [`InboxAdmin`](crate::InboxAdmin).
    pub fn new(
        message: InboxMessage,
        attempts: u32,
        reason: String,
        dead_lettered_at: Timestamp,
    ) -> Self {
        Self {
            message,
            attempts,
            crashes: 0,
            reason,
            dead_lettered_at,
        }
    }
}

/// The state of a message and its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageRecord {
    /// The id.
    pub id: String,
    /// The type of the event.
    pub type_: String,
    /// The state.
    pub state: MessageState,
    /// The number of attempts.
    pub attempts: u32,
    /// How many of them are known to have ended without an outcome.
    pub crashes: u32,
    /// Why the last attempt failed, if it did.
    pub reason: Option<String>,
    /// When the message was stored.
    pub stored_at: Timestamp,
    /// The message as it was received; `None` once it is completed.
    pub body: Option<RawJson>,
}

impl MessageRecord {
    /// The record of a message without attempts, for implementations of
    /// [`InboxAdmin`](crate::InboxAdmin).
    pub fn new(message: &InboxMessage, state: MessageState, stored_at: Timestamp) -> Self {
        Self {
            id: message.id.clone(),
            type_: message.type_.clone(),
            state,
            attempts: 0,
            crashes: 0,
            reason: None,
            stored_at,
            body: Some(message.body.clone()),
        }
    }
}

/// The state of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageState {
    /// It waits to be claimed.
    Pending,
    /// A worker has leased it.
    Leased,
    /// It was handled or discarded.
    Completed,
    /// It is a dead letter.
    DeadLettered,
}

/// The number of messages in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxStats {
    /// Messages that wait to be claimed.
    pub pending: u64,
    /// Messages that are leased.
    pub leased: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Completed messages whose ids are kept.
    pub completed: u64,
    /// The time since the oldest pending or leased message was stored.
    pub oldest_age: Option<Duration>,
}
