//! One message with its handler, from the claim to the stored outcome.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use runtime::clock::{BoxFuture, Clock};

use super::WorkerSettings;
use crate::event::Message;
use crate::queue::{
    ClaimedMessage, Delivery, HandlerError, Inbox, InboxError, InboxErrorKind, MessageLease,
    MessageOutcome, Router, WakeSignal, truncate_reason,
};

/// How long an operation of the inbox may take; a lost connection may never report an error.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest delay before an operation of the inbox is retried.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// How often storing an outcome is attempted while the inbox is not available.
const STORE_ATTEMPTS: u32 = 5;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobOutcome {
    Handled,
    Ignored,
    Failed,
    DeadLettered,
    LeaseLost,
    Stopped,
}

/// How the run of a handler ended.
enum HandlerRun {
    Finished(Result<(), HandlerError>),
    LeaseLost,
    Stopped,
}

/// What the jobs of a worker share.
#[derive(Clone)]
pub(super) struct MessageJob {
    /// Notified when handlers have to stop.
    pub(super) stop_signal: WakeSignal,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) router: Arc<Router>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: WorkerSettings,
}

impl MessageJob {
    /// Handles a message and stores the outcome.
    pub(super) async fn run_job(self, claim: ClaimedMessage) -> JobOutcome {
        match Message::parse_unverified(claim.message.body.as_str().as_bytes()) {
            Ok(message) => self.handle_message(&claim, message).await,
            Err(error) => {
                let reason = truncate_reason(format!("the stored body is no message: {error}"));
                let outcome = MessageOutcome::DeadLettered { reason };
                self.store_outcome(&claim, outcome).await
            }
        }
    }

    async fn handle_message(&self, claim: &ClaimedMessage, message: Message) -> JobOutcome {
        // A handler can also panic before it returns a future.
        let delivery = Delivery::new(claim, message);
        let call = AssertUnwindSafe(|| self.router.call_handler(delivery));
        let run = match std::panic::catch_unwind(call) {
            Ok(Some(handling)) => self.run_with_lease_renewal(claim, handling).await,
            Ok(None) => {
                let stored = self.store_outcome(claim, MessageOutcome::Completed).await;
                return match stored {
                    JobOutcome::Handled => JobOutcome::Ignored,
                    failed => failed,
                };
            }
            Err(panic) => HandlerRun::Finished(Err(panic_error(&*panic))),
        };
        match run {
            HandlerRun::Finished(Ok(())) => {
                self.store_outcome(claim, MessageOutcome::Completed).await
            }
            HandlerRun::Finished(Err(error)) => {
                let outcome = self.outcome_of_error(claim, &error);
                self.store_outcome(claim, outcome).await
            }
            HandlerRun::LeaseLost => JobOutcome::LeaseLost,
            HandlerRun::Stopped => {
                self.release_lease(&claim.lease).await;
                JobOutcome::Stopped
            }
        }
    }

    /// Runs a handler until its timeout, and renews the lease while it runs.
    async fn run_with_lease_renewal(
        &self,
        claim: &ClaimedMessage,
        handling: BoxFuture<'static, Result<(), HandlerError>>,
    ) -> HandlerRun {
        let handling = pin!(AssertUnwindSafe(handling).catch_unwind());
        let timeout = self.clock.sleep(self.settings.handler_timeout);
        let lease_lost = pin!(self.renew_until_lost(claim));
        let stopped = pin!(self.stop_signal.notified_since(0));
        let interrupted = select(lease_lost, stopped);
        match select(select(handling, timeout), interrupted).await {
            Either::Left((Either::Left((Ok(result), _)), _)) => HandlerRun::Finished(result),
            Either::Left((Either::Left((Err(panic), _)), _)) => {
                HandlerRun::Finished(Err(panic_error(&*panic)))
            }
            Either::Left((Either::Right(_), _)) => {
                let timeout = self.settings.handler_timeout;
                let text = format!("the handler took longer than {timeout:?}");
                HandlerRun::Finished(Err(HandlerError::from(text)))
            }
            Either::Right((Either::Left(_), _)) => HandlerRun::LeaseLost,
            Either::Right((Either::Right(_), _)) => HandlerRun::Stopped,
        }
    }

    /// Renews the lease periodically; ready once it is lost.
    async fn renew_until_lost(&self, claim: &ClaimedMessage) {
        let duration = self.settings.lease_duration;
        let mut delay = duration / 3;
        loop {
            self.clock.sleep(delay).await;
            let renewal = self.inbox.renew_lease(&claim.lease, duration);
            delay = match with_store_timeout(renewal, &*self.clock).await {
                Ok(()) => duration / 3,
                Err(error) if error.is_lease_lost() => return,
                // The inbox may be available again before the lease expires.
                Err(_) => self.retry_delay(),
            };
        }
    }

    /// The delay before an operation of the inbox is retried.
    fn retry_delay(&self) -> Duration {
        (self.settings.lease_duration / 10).min(MAX_RETRY_DELAY)
    }

    /// Releases a message. If that fails, it is due when the lease expires.
    pub(super) async fn release_lease(&self, lease: &MessageLease) {
        let release = self.inbox.finish_message(lease, MessageOutcome::Released);
        let _ = with_store_timeout(release, &*self.clock).await;
    }

    fn outcome_of_error(&self, claim: &ClaimedMessage, error: &HandlerError) -> MessageOutcome {
        let reason = error.reason();
        let backoff = &self.settings.backoff;
        match backoff.delay_after(claim.counted_attempt(), self.clock.random()) {
            Some(delay) if !error.is_permanent() => MessageOutcome::Failed {
                reason,
                retry_in: error.retry_delay().unwrap_or(delay),
            },
            _ => MessageOutcome::DeadLettered { reason },
        }
    }

    /// Stores the outcome of a message. If that fails repeatedly, the message is delivered again.
    async fn store_outcome(&self, claim: &ClaimedMessage, outcome: MessageOutcome) -> JobOutcome {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let finish = self.inbox.finish_message(&claim.lease, outcome.clone());
            match with_store_timeout(finish, &*self.clock).await {
                Ok(()) => {
                    log_outcome(claim, &outcome);
                    return JobOutcome::from(&outcome);
                }
                Err(error) if error.is_lease_lost() => return JobOutcome::LeaseLost,
                Err(error) if attempt >= STORE_ATTEMPTS => {
                    log_store_error(claim, &error);
                    return JobOutcome::LeaseLost;
                }
                Err(_) => self.clock.sleep(self.retry_delay()).await,
            }
        }
    }
}

impl From<&MessageOutcome> for JobOutcome {
    fn from(outcome: &MessageOutcome) -> Self {
        match outcome {
            MessageOutcome::Completed => Self::Handled,
            MessageOutcome::Failed { .. } => Self::Failed,
            MessageOutcome::DeadLettered { .. } => Self::DeadLettered,
            MessageOutcome::Released => Self::Stopped,
        }
    }
}

/// The result of an operation of an inbox, or an error if there is none in time.
pub(super) async fn with_store_timeout<T>(
    operation: BoxFuture<'_, Result<T, InboxError>>,
    clock: &dyn Clock,
) -> Result<T, InboxError> {
    match select(operation, clock.sleep(STORE_TIMEOUT)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(InboxError::new(
            InboxErrorKind::Unavailable,
            "the inbox did not respond in time",
        )),
    }
}

/// The text of a panic, as an error of the handler.
fn panic_error(panic: &(dyn std::any::Any + Send)) -> HandlerError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of unknown content");
    HandlerError::from(format!("the handler panicked: {text}"))
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "it logs with `tracing` alone")
)]
fn log_outcome(claim: &ClaimedMessage, outcome: &MessageOutcome) {
    #[cfg(feature = "tracing")]
    {
        let (id, kind, attempt) = (&claim.message.id, &claim.message.type_, claim.attempt);
        match outcome {
            MessageOutcome::Completed => tracing::debug!(id, kind, attempt, "message completed"),
            MessageOutcome::Failed { reason, retry_in } => {
                tracing::warn!(id, kind, attempt, reason, ?retry_in, "message failed");
            }
            MessageOutcome::DeadLettered { reason } => {
                tracing::error!(id, kind, attempt, reason, "message is a dead letter");
            }
            MessageOutcome::Released => tracing::debug!(id, kind, "message released"),
        }
    }
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "it logs with `tracing` alone")
)]
fn log_store_error(claim: &ClaimedMessage, error: &InboxError) {
    #[cfg(feature = "tracing")]
    {
        let (id, kind) = (&claim.message.id, &claim.message.type_);
        tracing::error!(
            id,
            kind,
            ?error,
            "the outcome of a message could not be stored"
        );
    }
}
