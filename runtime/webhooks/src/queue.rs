//! A durable queue of received messages.
//!
//! In: messages that were verified or listed. Out: the same messages, each leased to one worker at
//! a time until a handler has completed it, or kept as a dead letter if its attempts failed. A
//! message is stored once by its id, and is not leased again after it was completed, also across
//! restarts. An inbox does not depend on handlers.

#[doc(hidden)]
pub mod columns;
mod delivery;
mod error;
mod inbox;
mod memory;
mod message;
mod message_table;
mod receiver;
mod request_body;
mod response;
mod router;
mod wake_signal;

pub(crate) use delivery::truncate_reason;
pub use delivery::{Delivery, HandlerError};
pub use error::{InboxError, InboxErrorKind};
pub use inbox::{Inbox, InboxAdmin};
pub use memory::MemoryInbox;
pub(crate) use message::DEFAULT_CRASH_LIMIT;
pub use message::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, InboxMessage, InboxStats, MessageLease,
    MessageOutcome, MessageRecord, MessageState, StoreOutcome,
};
pub use receiver::Receiver;
pub use response::{ReceiveOutcome, WebhookResponse};
pub use router::Router;
pub use wake_signal::WakeSignal;
