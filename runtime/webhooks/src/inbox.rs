//! Events that were received and are to be worked off: stored before they are answered, handled
//! once they are stored, kept until they are handled.
//!
//! In: messages that were verified or fetched. Out: the same messages, given to one worker at a
//! time under a [`Lease`], again and again until one is done with it, and set aside as dead
//! letters when none can be. Afterwards an id that was stored once is never handed out for a
//! second time after it was completed, whatever was restarted in between. An inbox deliberately
//! knows nothing about what handlers do.

#[cfg(feature = "axum")]
mod axum_adapter;
mod bell;
#[doc(hidden)]
pub mod columns;
mod delivery;
mod error;
mod memory;
mod receiver;
mod router;
mod store;
mod worker;

#[cfg(feature = "axum")]
pub use axum_adapter::axum_route;
pub use bell::Bell;
pub use delivery::{Delivery, Failure};
pub use error::{InboxError, InboxFault};
pub use memory::MemoryInbox;
pub use receiver::{Received, Receiver, Reply};
pub use router::Router;
pub use store::{
    Claim, ClaimRequest, DeadLetter, Entry, Inbox, Lease, Order, Record, State, Stats, Stored,
};
pub use worker::{Backoff, SetupError, WorkReport, Worker};
