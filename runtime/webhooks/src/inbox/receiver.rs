//! Takes webhooks: verify, store, answer, in that order.
//!
//! In: the headers and the body of a request. Out: the status to answer with. Afterwards, if that
//! is 200, the message is stored; nobody has handled it yet. It deliberately knows no web framework:
//! an adapter is a few lines (`axum_route` is one).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode};

use super::error::{InboxError, InboxFault};
use super::store::{Entry, Inbox, Stored};
use runtime::clock::Clock;
#[cfg(feature = "tokio")]
use runtime::clock::SystemClock;
use crate::{Message, Verifier, WebhookError};

/// The API's messages are far smaller; an object in an event has at most some hundred kilobytes.
const LONGEST_BODY: usize = 2 << 20;

/// The sender gives up after a while that the API does not publish; an answer that it still reads
/// is better than a stored message that it sends again.
const STORE_LIMIT: Duration = Duration::from_secs(8);

/// What a sender of the API is asked to wait after a failure; it has a schedule of its own.
const RETRY_AFTER_SECONDS: u32 = 5;

/// Takes webhooks of one endpoint. Cheap to clone.
///
/// ```
/// # use webhooks::inbox::{Inbox, Receiver};
/// # use webhooks::Verifier;
/// # use runtime::http_types::{HeaderMap, StatusCode};
/// # async fn example(inbox: impl Inbox, headers: HeaderMap, body: &[u8])
/// # -> Result<StatusCode, Box<dyn std::error::Error>> {
/// let receiver = Receiver::new(Verifier::new("whsec_…")?, inbox);
/// // For each request, with the body as it was received:
/// let reply = receiver.receive(&headers, body).await;
/// # Ok(reply.status())
/// # }
/// ```
#[derive(Clone)]
pub struct Receiver {
    verifier: Verifier,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    longest_body: usize,
    store_limit: Duration,
}

impl Receiver {
    /// A receiver with the system's clock.
    #[cfg(feature = "tokio")]
    pub fn new(verifier: Verifier, inbox: impl Inbox) -> Self {
        Self::with_clock(verifier, inbox, SystemClock)
    }

    /// A receiver with another clock, whose timers must work where it runs.
    pub fn with_clock(verifier: Verifier, inbox: impl Inbox, clock: impl Clock) -> Self {
        Self {
            verifier,
            inbox: Arc::new(inbox),
            clock: Arc::new(clock),
            longest_body: LONGEST_BODY,
            store_limit: STORE_LIMIT,
        }
    }

    /// How long a body may be, in bytes. 2 MiB unless set.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.longest_body = bytes;
        self
    }

    /// How long storing may take before the sender is told to try again. 8 seconds unless set.
    pub fn store_limit(mut self, time: Duration) -> Self {
        self.store_limit = time;
        self
    }

    /// How long a body may be, for adapters that read it.
    pub fn longest_body(&self) -> usize {
        self.longest_body
    }

    /// Verifies a request, stores its message, and tells what to answer.
    pub async fn receive(&self, headers: &HeaderMap, body: &[u8]) -> Reply {
        if body.len() > self.longest_body {
            return Reply::too_large();
        }
        let reply = match self.verifier.message(headers, body) {
            Ok(message) => self.store(&message).await,
            Err(fault) => Reply(Received::Refused(fault)),
        };
        log_reply(&reply);
        reply
    }

    async fn store(&self, message: &Message) -> Reply {
        let entries = [Entry::from(message)];
        let limit = self.clock.sleep(self.store_limit);
        Reply(match select(self.inbox.store(&entries), limit).await {
            Either::Left((Ok(stored), _)) => match stored.first() {
                Some(Stored::Known) => Received::Known,
                _ => Received::New,
            },
            Either::Left((Err(fault), _)) => Received::Failed(fault),
            Either::Right(_) => Received::Failed(InboxError::new(
                InboxFault::Unavailable,
                "the inbox took too long to store the message",
            )),
        })
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Receiver")
            .field("verifier", &self.verifier)
            .field("inbox", &self.inbox)
            .field("max_body_bytes", &self.longest_body)
            .field("store_limit", &self.store_limit)
            .finish_non_exhaustive()
    }
}

/// What became of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// The message is stored.
    New,
    /// The message was stored before.
    Known,
    /// The request was not taken for a message of the API.
    Refused(WebhookError),
    /// The body is longer than the receiver takes.
    TooLarge,
    /// The message is genuine and could not be stored.
    Failed(InboxError),
}

/// What to answer.
#[derive(Debug)]
pub struct Reply(Received);

impl Reply {
    /// The answer to a body that is too long, for adapters that read it.
    pub fn too_large() -> Self {
        Self(Received::TooLarge)
    }

    /// What became of the request.
    pub fn received(&self) -> &Received {
        &self.0
    }

    /// 200 if the message is stored, now or before; 400 if it was refused, 413 if it is too large,
    /// 503 if it could not be stored and should be sent again.
    pub fn status(&self) -> StatusCode {
        match self.0 {
            Received::New | Received::Known => StatusCode::OK,
            Received::Refused(_) => StatusCode::BAD_REQUEST,
            Received::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Received::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The value of the header `Retry-After`, in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        matches!(self.0, Received::Failed(_)).then_some(RETRY_AFTER_SECONDS)
    }

    /// The text of the answer: it is shown in the API's dashboard, and says what is wrong with the
    /// request and nothing about this machine.
    pub fn body(&self) -> String {
        match &self.0 {
            Received::New => "stored".to_owned(),
            Received::Known => "stored before".to_owned(),
            Received::Refused(fault) => fault.to_string(),
            Received::TooLarge => "the body is too large".to_owned(),
            Received::Failed(_) => "not stored: send it again".to_owned(),
        }
    }
}

#[cfg(feature = "tracing")]
fn log_reply(reply: &Reply) {
    match reply.received() {
        Received::New => tracing::debug!("webhook stored"),
        Received::Known => tracing::debug!("webhook stored before"),
        Received::Refused(fault) => tracing::warn!(%fault, "webhook refused"),
        Received::TooLarge => tracing::warn!("webhook too large"),
        Received::Failed(fault) => tracing::error!(?fault, "webhook not stored"),
    }
}

#[cfg(not(feature = "tracing"))]
fn log_reply(_: &Reply) {}
