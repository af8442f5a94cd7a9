//! The response to a webhook.
//!
//! In: what became of a request. Out: the status, the headers and the text of the response, and a
//! line in the log.

use http::StatusCode;

use super::error::InboxError;
use crate::error::WebhookError;

/// The value of `Retry-After`. The API has a schedule of its own and may ignore it.
const RETRY_AFTER_SECONDS: u32 = 5;

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
    /// The body did not arrive in time.
    TimedOut,
    /// The body ended before it was complete.
    Incomplete,
    /// The bodies of other requests use all memory that they may use.
    Overloaded,
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

    /// The response that reports this outcome, which is logged.
    pub(super) fn new(outcome: ReceiveOutcome) -> Self {
        log_outcome(&outcome);
        Self(outcome)
    }

    /// The outcome that it reports.
    pub fn outcome(&self) -> &ReceiveOutcome {
        &self.0
    }

    /// 200 if the message is stored, now or before; 400 if it was rejected or is incomplete, 408 if
    /// it did not arrive in time, 413 if it is too large, 503 if it could not be read or stored and
    /// should be delivered again.
    pub fn status(&self) -> StatusCode {
        match self.0 {
            ReceiveOutcome::Stored | ReceiveOutcome::Duplicate => StatusCode::OK,
            ReceiveOutcome::Rejected(_) | ReceiveOutcome::Incomplete => StatusCode::BAD_REQUEST,
            ReceiveOutcome::TimedOut => StatusCode::REQUEST_TIMEOUT,
            ReceiveOutcome::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ReceiveOutcome::Overloaded | ReceiveOutcome::Failed(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The value of the header `Retry-After`, in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS)
    }

    /// The text of the response. The API's dashboard shows it, so it describes what is wrong with
    /// the request and contains no data of this machine.
    pub fn body(&self) -> String {
        match &self.0 {
            ReceiveOutcome::Stored => "stored".to_owned(),
            ReceiveOutcome::Duplicate => "stored before".to_owned(),
            ReceiveOutcome::Rejected(error) => error.to_string(),
            ReceiveOutcome::TooLarge => "the body is too large".to_owned(),
            ReceiveOutcome::TimedOut => "the body did not arrive in time".to_owned(),
            ReceiveOutcome::Incomplete => "the body ended before it was complete".to_owned(),
            ReceiveOutcome::Overloaded => "too many requests at once: send it again".to_owned(),
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
        ReceiveOutcome::TimedOut => tracing::warn!("body of a webhook did not arrive in time"),
        ReceiveOutcome::Incomplete => tracing::warn!("body of a webhook is incomplete"),
        ReceiveOutcome::Overloaded => tracing::warn!("bodies of webhooks use too much memory"),
        ReceiveOutcome::Failed(error) => tracing::error!(?error, "webhook not stored"),
    }
}
