//! What a handler receives, and the error that it returns.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use wire::codec::Place;
use wire::value::{RawJson, Timestamp};

use super::message::{ClaimedMessage, MessageLease};
use crate::error::WebhookError;
use crate::event::{Event, EventNotification, Message, Payload};

/// The maximum length of a stored reason, in bytes; longer ones are truncated.
const MAX_REASON_BYTES: usize = 1_000;

/// A message that is delivered to a handler, with the type that its object should have.
///
/// Cheap to clone. A message can be delivered again after a crash or a failure, so a handler must
/// be idempotent, or write its effect in the inbox's own transaction (`begin_transaction` of the
/// inboxes in SQLite and PostgreSQL).
pub struct Delivery<T = RawJson> {
    shared: Arc<DeliveryParts>,
    object: PhantomData<fn() -> T>,
}

struct DeliveryParts {
    message: Message,
    lease: MessageLease,
    attempt: u32,
    stored_at: Timestamp,
}

impl<T> Delivery<T> {
    pub(crate) fn new(claim: &ClaimedMessage, message: Message) -> Self {
        Self {
            shared: Arc::new(DeliveryParts {
                message,
                lease: claim.lease.clone(),
                attempt: claim.attempt,
                stored_at: claim.stored_at,
            }),
            object: PhantomData,
        }
    }

    /// Returns the same delivery with another type of its object.
    pub fn cast<U>(&self) -> Delivery<U> {
        Delivery {
            shared: Arc::clone(&self.shared),
            object: PhantomData,
        }
    }

    /// The id of the message, which is the same in every delivery.
    pub fn id(&self) -> &str {
        self.shared.message.id()
    }

    /// The type of the event.
    pub fn type_(&self) -> &str {
        self.shared.message.type_()
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.shared.attempt
    }

    /// When the message was stored.
    pub fn stored_at(&self) -> Timestamp {
        self.shared.stored_at
    }

    /// The lease of the message, for the inbox's own transactions.
    pub fn lease(&self) -> &MessageLease {
        &self.shared.lease
    }

    /// The message, an event or a notification.
    pub fn message(&self) -> &Message {
        &self.shared.message
    }

    /// The event.
    ///
    /// # Errors
    /// [`WebhookError::WrongKind`] if it is a notification.
    pub fn event(&self) -> Result<&Event, WebhookError> {
        self.shared.message.event("Delivery::notification")
    }

    /// The notification.
    ///
    /// # Errors
    /// [`WebhookError::WrongKind`] if it is an event with a snapshot.
    pub fn notification(&self) -> Result<&EventNotification, WebhookError> {
        self.shared.message.notification("Delivery::event")
    }

    /// The event's object and its previous attributes.
    ///
    /// # Errors
    /// As [`event`](Self::event).
    pub fn payload(&self) -> Result<Payload<'_, T>, WebhookError> {
        Ok(self.event()?.payload())
    }

    /// The object as it was when the event happened.
    ///
    /// # Errors
    /// If it does not fit its type, or as [`event`](Self::event).
    pub fn object(&self) -> Result<T, WebhookError>
    where
        T: Place + Default,
    {
        Ok(self.payload()?.object()?)
    }
}

impl<T> Clone for Delivery<T> {
    fn clone(&self) -> Self {
        self.cast()
    }
}

impl<T> fmt::Debug for Delivery<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Delivery")
            .field("id", &self.id())
            .field("type", &self.type_())
            .field("attempt", &self.attempt())
            .finish_non_exhaustive()
    }
}

/// Why a handler failed, and whether to retry.
///
/// `?` converts every error into one, and the message is then retried:
///
/// ```
/// use webhooks::HandlerError;
///
/// fn amount(text: &str) -> Result<i64, HandlerError> {
///     Ok(text.parse::<i64>()?)
/// }
/// assert!(!amount("x").unwrap_err().is_permanent());
/// assert!(HandlerError::permanent("no such order").is_permanent());
/// ```
pub struct HandlerError {
    reason: Box<dyn StdError + Send + Sync>,
    is_permanent: bool,
    retry_in: Option<Duration>,
}

impl HandlerError {
    /// An error that retrying cannot fix: the message becomes a dead letter without further
    /// attempts.
    pub fn permanent(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            is_permanent: true,
            ..Self::from(reason)
        }
    }

    /// Sets the delay before the next attempt, in place of the worker's backoff.
    pub fn retry_in(mut self, delay: Duration) -> Self {
        self.retry_in = Some(delay);
        self
    }

    /// Whether the message is not retried.
    pub fn is_permanent(&self) -> bool {
        self.is_permanent
    }

    pub(crate) fn retry_delay(&self) -> Option<Duration> {
        self.retry_in
    }

    /// The error with its sources, in one line, as it is stored with the message.
    pub fn reason(&self) -> String {
        let mut text = self.reason.to_string();
        let mut cause = self.reason.source();
        while let Some(error) = cause {
            let more = error.to_string();
            // Many errors repeat the text of their source.
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            cause = error.source();
        }
        truncate_reason(text.replace(['\n', '\r', '\0'], " "))
    }
}

/// Truncates a reason to the length that is stored.
pub(crate) fn truncate_reason(mut text: String) -> String {
    if text.len() > MAX_REASON_BYTES {
        let end = (0..=MAX_REASON_BYTES)
            .rev()
            .find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for HandlerError {
    fn from(reason: E) -> Self {
        Self {
            reason: reason.into(),
            is_permanent: false,
            retry_in: None,
        }
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HandlerError")
            .field("reason", &self.reason())
            .field("is_permanent", &self.is_permanent)
            .field("retry_in", &self.retry_in)
            .finish()
    }
}
