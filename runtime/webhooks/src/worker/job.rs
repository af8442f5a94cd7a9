//! One message with its handler, from the claim to the end.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::Settings;
use runtime::clock::{BoxFuture, Clock};
use crate::inbox::bell::WakeSignal;
use crate::inbox::delivery::{Delivery, HandlerError, shortened};
use crate::inbox::error::{InboxError, InboxErrorKind};
use crate::inbox::router::Router;
use crate::inbox::store::{ClaimedMessage, Inbox, MessageLease};
use crate::Message;

/// An inbox that has not answered after so long has failed: its database may be gone without a word.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest pause before an inbox that has failed is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the end of a message is offered to an inbox that is not available.
const SETTLE_ATTEMPTS: u32 = 5;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Handled,
    Ignored,
    Failed,
    Buried,
    Lost,
    Stopped,
}

/// What is to be written about a message.
enum Verdict {
    Done,
    Ignored,
    Again { reason: String, pause: Duration },
    Dead { reason: String },
}

/// How handling a message came to an end.
enum Handling {
    Over(Result<(), HandlerError>),
    LeaseLost,
    Stopped,
}

/// What a job works with.
#[derive(Clone)]
pub(super) struct Job {
    /// Rings when handlers have to stop.
    pub(super) halt: WakeSignal,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) router: Arc<Router>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
}

impl Job {
    /// Handles a message and writes down how that ended.
    pub(super) async fn run(self, claim: ClaimedMessage) -> Ending {
        let given_out = claim.attempt.saturating_sub(1);
        if given_out >= self.settings.backoff.attempts().max(1) {
            // The last handler has not said so: it was cut off, perhaps together with its process.
            let reason = format!("given out {given_out} times, the last time without an end");
            return self.settle(&claim, Verdict::Dead { reason }).await;
        }
        let verdict = match Message::parse_unverified(claim.message.body.as_str().as_bytes()) {
            Ok(message) => self.handle(&claim, message).await,
            Err(error) => Ok(Verdict::Dead {
                reason: shortened(format!("what is stored is no message: {error}")),
            }),
        };
        match verdict {
            Ok(verdict) => self.settle(&claim, verdict).await,
            Err(ending) => ending,
        }
    }

    /// What to write about the message; how the job ends if there is nothing to write.
    async fn handle(&self, claim: &ClaimedMessage, message: Message) -> Result<Verdict, Ending> {
        // A handler can panic before it has made a future, too.
        let delivery = Delivery::new(claim, message);
        let call = AssertUnwindSafe(|| self.router.handle(delivery));
        let handling = match std::panic::catch_unwind(call) {
            Ok(Some(handling)) => self.attend(claim, handling).await,
            Ok(None) => return Ok(Verdict::Ignored),
            Err(panic) => Handling::Over(Err(panicked(&*panic))),
        };
        match handling {
            Handling::Over(Ok(())) => Ok(Verdict::Done),
            Handling::Over(Err(failure)) => Ok(self.judge(claim, &failure)),
            Handling::LeaseLost => Err(Ending::Lost),
            Handling::Stopped => {
                self.release(&claim.lease).await;
                Err(Ending::Stopped)
            }
        }
    }

    /// Runs a handler within its time, and keeps the lease meanwhile.
    async fn attend(
        &self,
        claim: &ClaimedMessage,
        handling: BoxFuture<'static, Result<(), HandlerError>>,
    ) -> Handling {
        let handling = pin!(AssertUnwindSafe(handling).catch_unwind());
        let limit = self.clock.sleep(self.settings.time_limit);
        let keeping = pin!(self.keep(claim));
        let halting = pin!(self.halt.rung_since(0));
        let cut_off = select(keeping, halting);
        match select(select(handling, limit), cut_off).await {
            Either::Left((Either::Left((Ok(outcome), _)), _)) => Handling::Over(outcome),
            Either::Left((Either::Left((Err(panic), _)), _)) => {
                Handling::Over(Err(panicked(&*panic)))
            }
            Either::Left((Either::Right(_), _)) => {
                let limit = self.settings.time_limit;
                let text = format!("the handler took longer than {limit:?}");
                Handling::Over(Err(HandlerError::from(text)))
            }
            Either::Right((Either::Left(_), _)) => Handling::LeaseLost,
            Either::Right((Either::Right(_), _)) => Handling::Stopped,
        }
    }

    /// Renews the lease again and again; ready once it is lost.
    async fn keep(&self, claim: &ClaimedMessage) {
        let lease = self.settings.lease;
        let mut pause = lease / 3;
        loop {
            self.clock.sleep(pause).await;
            pause = match self.in_time(self.inbox.renew_lease(&claim.lease, lease)).await {
                Ok(()) => lease / 3,
                Err(error) if error.is_lease_lost() => return,
                // The inbox may be back before the lease is over.
                Err(_) => self.pause(),
            };
        }
    }

    /// What the inbox answers, or that it does not.
    async fn in_time<T>(
        &self,
        asked: BoxFuture<'_, Result<T, InboxError>>,
    ) -> Result<T, InboxError> {
        answered(asked, &*self.clock).await
    }

    /// Before an inbox that has failed is asked again.
    fn pause(&self) -> Duration {
        (self.settings.lease / 10).min(LONGEST_PAUSE)
    }

    /// Gives a message back. Should that fail, it is due when the lease is over.
    pub(super) async fn release(&self, lease: &MessageLease) {
        // There is nobody to tell.
        let _ = self.in_time(self.inbox.finish_message(lease, MessageOutcome::Released)).await;
    }

    fn judge(&self, claim: &ClaimedMessage, failure: &HandlerError) -> Verdict {
        let reason = failure.reason();
        let pause = self
            .settings
            .backoff
            .pause(claim.attempt, self.clock.random());
        match pause {
            Some(pause) if !failure.is_permanent() => Verdict::Again {
                reason,
                pause: failure.pause().unwrap_or(pause),
            },
            _ => Verdict::Dead { reason },
        }
    }

    /// Writes down how a message ended. Should that fail for good, it is delivered again.
    async fn settle(&self, claim: &ClaimedMessage, verdict: Verdict) -> Ending {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.write(claim, &verdict).await {
                Ok(()) => return verdict.ending(),
                Err(error) if error.is_lease_lost() => return Ending::Lost,
                Err(error) if attempt >= SETTLE_ATTEMPTS => {
                    log_unsettled(claim, &error);
                    return Ending::Lost;
                }
                Err(_) => self.clock.sleep(self.pause()).await,
            }
        }
    }

    async fn write(&self, claim: &ClaimedMessage, verdict: &Verdict) -> Result<(), InboxError> {
        let (inbox, lease) = (&self.inbox, &claim.lease);
        match verdict {
            Verdict::Done | Verdict::Ignored => self.in_time(inbox.finish_message(lease, MessageOutcome::Completed)).await,
            Verdict::Again { reason, pause } => {
                self.in_time(inbox.finish_message(lease, failed(reason, *pause))).await
            }
            Verdict::Dead { reason } => self.in_time(inbox.finish_message(lease, dead_lettered(reason))).await,
        }?;
        log_settled(claim, verdict);
        Ok(())
    }
}

/// What an inbox answers, or that it has not answered in time.
pub(super) async fn answered<T>(
    asked: BoxFuture<'_, Result<T, InboxError>>,
    clock: &dyn Clock,
) -> Result<T, InboxError> {
    match select(asked, clock.sleep(PATIENCE)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(InboxError::new(
            InboxErrorKind::Unavailable,
            "the inbox does not answer",
        )),
    }
}

impl Verdict {
    fn ending(&self) -> Ending {
        match self {
            Self::Done => Ending::Handled,
            Self::Ignored => Ending::Ignored,
            Self::Again { .. } => Ending::Failed,
            Self::Dead { .. } => Ending::Buried,
        }
    }
}

/// The text of a panic, which is all that a handler's panic leaves.
fn panicked(panic: &(dyn std::any::Any + Send)) -> HandlerError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of unknown content");
    HandlerError::from(format!("the handler panicked: {text}"))
}

#[cfg(feature = "tracing")]
fn log_settled(claim: &ClaimedMessage, verdict: &Verdict) {
    let (id, kind, attempt) = (&claim.message.id, &claim.message.type_, claim.attempt);
    match verdict {
        Verdict::Done => tracing::debug!(id, kind, attempt, "message handled"),
        Verdict::Ignored => tracing::debug!(id, kind, "message without a handler"),
        Verdict::Again { reason, pause } => {
            tracing::warn!(id, kind, attempt, reason, ?pause, "message failed");
        }
        Verdict::Dead { reason } => {
            tracing::error!(id, kind, attempt, reason, "message is a dead letter");
        }
    }
}

#[cfg(feature = "tracing")]
fn log_unsettled(claim: &ClaimedMessage, error: &InboxError) {
    let (id, kind) = (&claim.message.id, &claim.message.type_);
    tracing::error!(id, kind, ?error, "the end of a message could not be stored");
}

#[cfg(not(feature = "tracing"))]
fn log_settled(_: &ClaimedMessage, _: &Verdict) {}

#[cfg(not(feature = "tracing"))]
fn log_unsettled(_: &ClaimedMessage, _: &InboxError) {}
