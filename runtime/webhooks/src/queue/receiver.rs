//! Receives webhooks: verify, store, respond, in that order.
//!
//! In: the headers and the body of a request. Out: the response. If its status is 200, the message
//! is stored, and not handled yet. It is independent of web frameworks; an adapter takes a few
//! lines (`axum_route` is one).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::HeaderMap;
use http_body::Body;
use runtime::clock::Clock;
#[cfg(feature = "tokio")]
use runtime::clock::SystemClock;

use super::error::{InboxError, InboxErrorKind};
use super::inbox::Inbox;
use super::message::{InboxMessage, StoreOutcome};
use super::request_body::BodyLimits;
use super::response::{ReceiveOutcome, WebhookResponse};
use crate::event::Message;
use crate::verify::Verifier;

/// The default time for storing. The API does not publish its timeout; a response within it is
/// better than a stored message that is delivered again.
const STORE_TIMEOUT: Duration = Duration::from_secs(8);

/// Receives the webhooks of one endpoint. Cheap to clone.
///
/// ```
/// # use std::sync::Arc;
/// # use webhooks::{Inbox, Receiver, Verifier};
/// # use runtime::http_types::{HeaderMap, StatusCode};
/// # async fn example(inbox: Arc<dyn Inbox>, headers: HeaderMap, body: &[u8])
/// # -> Result<StatusCode, Box<dyn std::error::Error>> {
/// let receiver = Receiver::new(Verifier::new("whsec_…")?, inbox);
/// // For each request, with the body as it was received:
/// let response = receiver.receive(&headers, body).await;
/// # Ok(response.status())
/// # }
/// ```
#[derive(Clone)]
pub struct Receiver {
    verifier: Verifier,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    body_limits: BodyLimits,
    store_timeout: Duration,
}

impl Receiver {
    /// Creates a receiver with the system's clock.
    #[cfg(feature = "tokio")]
    pub fn new(verifier: Verifier, inbox: impl Into<Arc<dyn Inbox>>) -> Self {
        Self::with_clock(verifier, inbox, SystemClock)
    }

    /// Creates a receiver with another clock, for executors other than tokio and for tests.
    pub fn with_clock(
        verifier: Verifier,
        inbox: impl Into<Arc<dyn Inbox>>,
        clock: impl Clock,
    ) -> Self {
        Self {
            verifier,
            inbox: inbox.into(),
            clock: Arc::new(clock),
            body_limits: BodyLimits::default(),
            store_timeout: STORE_TIMEOUT,
        }
    }

    /// Sets the maximum length of a body, in bytes. Defaults to 1 MiB. A longer one is answered
    /// with 413.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.body_limits.max_bytes = bytes;
        self
    }

    /// Sets the time in which a whole body has to arrive, for [`receive_body`](Self::receive_body).
    /// Defaults to 5 seconds. After that the response is 408.
    pub fn read_timeout(mut self, time: Duration) -> Self {
        self.body_limits.read_timeout = time;
        self
    }

    /// Sets how much memory the bodies that are not verified yet may use, in bytes, over all
    /// connections of this receiver and its clones. Defaults to 32 MiB. A request beyond it is
    /// answered with 503.
    pub fn max_unverified_bytes(mut self, bytes: usize) -> Self {
        self.body_limits.set_memory(bytes);
        self
    }

    /// Sets how long storing may take before the response is 503. Defaults to 8 seconds.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.store_timeout = time;
        self
    }

    /// The maximum length of a body, in bytes, for adapters that read it.
    pub fn body_limit(&self) -> usize {
        self.body_limits.max_bytes
    }

    /// Verifies a request, stores its message, and returns the response.
    ///
    /// The caller has read the body, and limits the time and the memory for that. With hyper and
    /// the frameworks on it, use [`receive_body`](Self::receive_body).
    pub async fn receive(&self, headers: &HeaderMap, body: &[u8]) -> WebhookResponse {
        self.respond(self.verify_message(headers, body)).await
    }

    /// Reads the body of a request, verifies it, stores its message, and returns the response.
    ///
    /// Anybody can send a request, so the body is limited in its length, in the time in which it
    /// has to arrive, and in the memory that it uses together with the others. When this returns
    /// before the body has ended, the server should close the connection, as hyper does.
    ///
    /// ```
    /// # use webhooks::{Receiver, WebhookResponse};
    /// # async fn example<B: http_body::Body>(receiver: Receiver, request: http::Request<B>)
    /// # -> WebhookResponse {
    /// let (parts, body) = request.into_parts();
    /// receiver.receive_body(&parts.headers, body).await
    /// # }
    /// ```
    pub async fn receive_body<B: Body>(&self, headers: &HeaderMap, body: B) -> WebhookResponse {
        let read = self.body_limits.read_body(body, &*self.clock).await;
        // The memory of the body is free again before its message is stored.
        let message = read.and_then(|body| self.verify_message(headers, &body.bytes));
        self.respond(message).await
    }

    fn verify_message(&self, headers: &HeaderMap, body: &[u8]) -> Result<Message, ReceiveOutcome> {
        if body.len() > self.body_limits.max_bytes {
            return Err(ReceiveOutcome::TooLarge);
        }
        let message = self.verifier.message(headers, body);
        message.map_err(ReceiveOutcome::Rejected)
    }

    async fn respond(&self, message: Result<Message, ReceiveOutcome>) -> WebhookResponse {
        let outcome = match message {
            Ok(message) => self.store_message(&message).await,
            Err(outcome) => outcome,
        };
        WebhookResponse::new(outcome)
    }

    async fn store_message(&self, message: &Message) -> ReceiveOutcome {
        let messages = [InboxMessage::from(message)];
        let timeout = self.clock.sleep(self.store_timeout);
        match select(self.inbox.store_messages(&messages), timeout).await {
            Either::Left((Ok(outcomes), _)) => match outcomes.first() {
                Some(StoreOutcome::Duplicate) => ReceiveOutcome::Duplicate,
                _ => ReceiveOutcome::Stored,
            },
            Either::Left((Err(error), _)) => ReceiveOutcome::Failed(error),
            Either::Right(_) => ReceiveOutcome::Failed(InboxError::new(
                InboxErrorKind::Unavailable,
                "the inbox did not store the message in time",
            )),
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Receiver")
            .field("verifier", &self.verifier)
            .field("inbox", &self.inbox)
            .field("body_limits", &self.body_limits)
            .field("store_timeout", &self.store_timeout)
            .finish_non_exhaustive()
    }
}
