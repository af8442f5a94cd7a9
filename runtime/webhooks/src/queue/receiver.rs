//! Receives webhooks: verify, store, respond, in that order.
//!
//! In: the headers and the body of a request. Out: the response. If its status is 200, the message
//! is stored, and not handled yet. It is independent of web frameworks; an adapter takes a few
//! lines (`axum_route` is one).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode};
use runtime::clock::Clock;
#[cfg(feature = "tokio")]
use runtime::clock::SystemClock;

use super::error::{InboxError, InboxErrorKind};
use super::inbox::Inbox;
use super::message::{InboxMessage, StoreOutcome};
use crate::error::WebhookError;
use crate::event::Message;
use crate::verify::Verifier;

/// The default limit of a body, 2 MiB. An object in an event has at most some hundred kilobytes.
const MAX_BODY_BYTES: usize = 2 << 20;

/// The default time for storing. The API does not publish its timeout; a response within it is
/// better than a stored message that is delivered again.
const STORE_TIMEOUT: Duration = Duration::from_secs(8);

/// The value of `Retry-After`. The API has a schedule of its own and may ignore it.
const RETRY_AFTER_SECONDS: u32 = 5;

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
    max_body_bytes: usize,
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
            max_body_bytes: MAX_BODY_BYTES,
            store_timeout: STORE_TIMEOUT,
        }
    }

    /// Sets the maximum length of a body, in bytes. Defaults to 2 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets how long storing may take before the response is 503. Defaults to 8 seconds.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.store_timeout = time;
        self
    }

    /// The maximum length of a body, in bytes, for adapters that read it.
    pub fn body_limit(&self) -> usize {
        self.max_body_bytes
    }

    /// Verifies a request, stores its message, and returns the response.
    pub async fn receive(&self, headers: &HeaderMap, body: &[u8]) -> WebhookResponse {
        if body.len() > self.max_body_bytes {
            return WebhookResponse::too_large();
        }
        let outcome = match self.verifier.message(headers, body) {
            Ok(message) => self.store_message(&message).await,
            Err(error) => ReceiveOutcome::Rejected(error),
        };
        log_outcome(&outcome);
        WebhookResponse(outcome)
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
            .field("max_body_bytes", &self.max_body_bytes)
            .field("store_timeout", &self.store_timeout)
            .finish_non_exhaustive()
    }
}

/// The outcome of receiving a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiveOutcome {
    /// The message is stored.
    Stored,
    /// The message was stored before.
    Duplicate,
    /// The request was not verified or is not an event.
    Rejected(WebhookError),
    /// The body is longer than the limit.
    TooLarge,
    /// The message was verified and could not be stored.
    Failed(InboxError),
}

/// The response to a request.
#[derive(Debug)]
pub struct WebhookResponse(ReceiveOutcome);

impl WebhookResponse {
    /// The response to a body that is too long, for adapters that read it.
    pub fn too_large() -> Self {
        Self(ReceiveOutcome::TooLarge)
    }

    /// The outcome that it reports.
    pub fn outcome(&self) -> &ReceiveOutcome {
        &self.0
    }

    /// 200 if the message is stored, now or before; 400 if it was rejected, 413 if it is too large,
    /// 503 if it could not be stored and should be delivered again.
    pub fn status(&self) -> StatusCode {
        match self.0 {
            ReceiveOutcome::Stored | ReceiveOutcome::Duplicate => StatusCode::OK,
            ReceiveOutcome::Rejected(_) => StatusCode::BAD_REQUEST,
            ReceiveOutcome::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ReceiveOutcome::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The value of the header `Retry-After`, in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        matches!(self.0, ReceiveOutcome::Failed(_)).then_some(RETRY_AFTER_SECONDS)
    }

    /// The text of the response. The API's dashboard shows it, so it describes what is wrong with
    /// the request and contains no data of this machine.
    pub fn body(&self) -> String {
        match &self.0 {
            ReceiveOutcome::Stored => "stored".to_owned(),
            ReceiveOutcome::Duplicate => "stored before".to_owned(),
            ReceiveOutcome::Rejected(error) => error.to_string(),
            ReceiveOutcome::TooLarge => "the body is too large".to_owned(),
            ReceiveOutcome::Failed(_) => "not stored: send it again".to_owned(),
        }
    }
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "it logs with `tracing` alone")
)]
fn log_outcome(outcome: &ReceiveOutcome) {
    #[cfg(feature = "tracing")]
    match outcome {
        ReceiveOutcome::Stored => tracing::debug!("webhook stored"),
        ReceiveOutcome::Duplicate => tracing::debug!("webhook stored before"),
        ReceiveOutcome::Rejected(error) => tracing::warn!(%error, "webhook rejected"),
        ReceiveOutcome::TooLarge => tracing::warn!("webhook too large"),
        ReceiveOutcome::Failed(error) => tracing::error!(?error, "webhook not stored"),
    }
}
