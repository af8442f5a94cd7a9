//! Webhooks: signature verification, typed events, and a durable inbox with workers.
//!
//! In: the bytes and headers of a request that a server received. Out: an [`Event`] or an
//! [`EventNotification`] whose signature was verified. A program that must not lose events stores
//! them in an [`Inbox`] before it responds ([`Receiver`]), handles them after the response
//! ([`Worker`]), and stores events that were not delivered ([`Reconciler`]). The parts are
//! connected by the inbox alone, so they can run in one process or in several. Verifying and
//! decoding require no client.

#![cfg_attr(docsrs, feature(doc_cfg))]

/// A route of axum for a receiver.
#[cfg(feature = "axum")]
mod axum;
/// Why a webhook was rejected.
mod error;
/// Events and notifications, decoded without their objects.
mod event;
/// The inbox, the receiver that fills it, and the router with the handlers that empty it.
mod queue;
/// Lists the API's events and stores those that were not delivered.
mod reconcile;
/// Signatures, signing secrets and API versions.
mod verify;
/// Claims messages of an inbox and runs handlers for them.
mod worker;

#[cfg(feature = "axum")]
pub use crate::axum::axum_route;
pub use error::WebhookError;
pub use event::{Event, EventCause, EventKind, EventNotification, Message, Payload, RelatedObject};
#[doc(hidden)]
pub use queue::columns;
pub use queue::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, Delivery, HandlerError, Inbox,
    InboxAdmin, InboxError, InboxErrorKind, InboxMessage, InboxStats, MemoryInbox, MessageLease,
    MessageOutcome, MessageRecord, MessageState, ReceiveOutcome, Receiver, Router, StoreOutcome,
    WakeSignal, WebhookResponse,
};
pub use reconcile::{ReconcileError, ReconcileGap, ReconcileReport, Reconciler};
pub use verify::{
    SecretError, SignatureHeader, Signer, VerifiedSignature, Verifier, VersionPolicy, release_name,
};
pub use worker::{Backoff, Worker, WorkerReport, WorkerSetupError};
