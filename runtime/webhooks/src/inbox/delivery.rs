//! What a handler gets, and how it says that it failed.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::store::{Claim, Lease};
use wire::codec::Place;
use wire::value::{RawJson, Timestamp};
use crate::{Event, EventNotification, Message, Payload, WebhookError};

/// As much of a reason is kept; the rest is cut off.
const LONGEST_REASON: usize = 1_000;

/// A message on its way to a handler, with the type that its object should have.
///
/// Cheap to clone. A message can be delivered again after a crash or a failure, so what a handler
/// does must bear repeating, or be done in the inbox's own transaction (see
/// [`SqliteInbox::begin`](crate::inbox) and its like).
pub struct Delivery<T = RawJson> {
    shared: Arc<Shared>,
    of: PhantomData<fn() -> T>,
}

struct Shared {
    message: Message,
    lease: Lease,
    attempt: u32,
    stored: Timestamp,
}

impl<T> Delivery<T> {
    pub(super) fn new(claim: &Claim, message: Message) -> Self {
        Self {
            shared: Arc::new(Shared {
                message,
                lease: claim.lease.clone(),
                attempt: claim.attempt,
                stored: claim.stored,
            }),
            of: PhantomData,
        }
    }

    /// The same with another type of its object.
    pub fn cast<U>(&self) -> Delivery<U> {
        Delivery {
            shared: Arc::clone(&self.shared),
            of: PhantomData,
        }
    }

    /// The id of the message: the same in every delivery.
    pub fn id(&self) -> &str {
        self.shared.message.id()
    }

    /// What happened.
    pub fn type_(&self) -> &str {
        self.shared.message.type_()
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.shared.attempt
    }

    /// When the message was stored.
    pub fn stored(&self) -> Timestamp {
        self.shared.stored
    }

    /// The right to finish the message, for the inbox's own transactions.
    pub fn lease(&self) -> &Lease {
        &self.shared.lease
    }

    /// The message, of either kind.
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

    /// The event's object and what has changed of it.
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

/// Why a handler failed, and whether trying again may help.
///
/// Every error becomes one with `?`, and is then tried again:
///
/// ```
/// use webhooks::inbox::Failure;
///
/// fn amount(text: &str) -> Result<i64, Failure> {
///     Ok(text.parse::<i64>()?)
/// }
/// assert!(!amount("x").unwrap_err().is_permanent());
/// assert!(Failure::permanent("no such order").is_permanent());
/// ```
pub struct Failure {
    reason: Box<dyn StdError + Send + Sync>,
    permanent: bool,
    pause: Option<Duration>,
}

impl Failure {
    /// A failure that trying again cannot mend: the message becomes a dead letter at once.
    pub fn permanent(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            permanent: true,
            ..Self::from(reason)
        }
    }

    /// The same, tried again no sooner than after this while.
    pub fn retry_in(mut self, pause: Duration) -> Self {
        self.pause = Some(pause);
        self
    }

    /// Whether trying again cannot help.
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    pub(super) fn pause(&self) -> Option<Duration> {
        self.pause
    }

    /// The error with its causes, in one line, as it is kept next to the message.
    pub fn reason(&self) -> String {
        let mut text = self.reason.to_string();
        let mut cause = self.reason.source();
        while let Some(error) = cause {
            let more = error.to_string();
            // Many errors repeat what caused them.
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            cause = error.source();
        }
        shortened(text.replace(['\n', '\r', '\0'], " "))
    }
}

/// As much of a text as is kept.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_REASON {
        let end = (0..=LONGEST_REASON)
            .rev()
            .find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Failure {
    fn from(reason: E) -> Self {
        Self {
            reason: reason.into(),
            permanent: false,
            pause: None,
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Failure")
            .field("reason", &self.reason())
            .field("permanent", &self.permanent)
            .field("pause", &self.pause)
            .finish()
    }
}
