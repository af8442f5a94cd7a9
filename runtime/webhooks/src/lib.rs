//! What the API sends on its own: events and notifications, and the proof that it sent them.
//!
//! In: the bytes and the signature header of a request that a server received. Out: an [`Event`]
//! or an [`EventNotification`] that is known to come from the API, or a [`WebhookError`] that says
//! what is wrong. Afterwards the envelope is decoded, whatever the object inside of it is: that is
//! kept as JSON and decoded when asked for ([`Payload`]). No client is needed for any of that, and
//! nothing here waits, stores or answers; [`inbox`](crate::inbox) does.

mod calendar;
mod envelope;
mod error;
mod event;
mod fetch;
pub mod inbox;
mod kind;
mod notification;
mod signature;
pub mod sweep;
mod verifier;
mod version;

pub use envelope::Message;
pub use error::WebhookError;
pub use event::{Cause, Event};
pub use kind::{EventKind, Payload};
pub use notification::{EventNotification, RelatedObject};
pub use signature::Signer;
pub use signature::secret::SecretError;
pub use verifier::{SignatureHeader, Signed, Verifier};
pub use version::{VersionPolicy, release_name};
