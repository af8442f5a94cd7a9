//! One message with its handler, from the claim to the end.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::Settings;
use crate::clock::{BoxFuture, Clock};
use crate::inbox::delivery::{Delivery, Failure, shortened};
use crate::inbox::error::InboxError;
use crate::inbox::router::Router;
use crate::inbox::store::{Claim, Inbox};
use crate::webhook::Message;

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
}

/// What is to be written about a message.
enum Verdict {
    Done,
    Ignored,
    Again { reason: String, pause: Duration },
    Dead { reason: String },
}

/// What a job works with.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) router: Arc<Router>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
}

impl Job {
    /// Handles a message and writes down how that ended.
    pub(super) async fn run(self, claim: Claim) -> Ending {
        if claim.attempt > self.settings.backoff.attempts() {
            // No handler has said so: they were cut off, perhaps together with their process.
            let reason = format!("given out {} times without an end", claim.attempt - 1);
            return self.settle(&claim, Verdict::Dead { reason }).await;
        }
        let verdict = match Message::parse_unverified(claim.entry.body.as_str().as_bytes()) {
            Ok(message) => self.handle(&claim, message).await,
            Err(fault) => Some(Verdict::Dead {
                reason: shortened(format!("what is stored is no message: {fault}")),
            }),
        };
        match verdict {
            Some(verdict) => self.settle(&claim, verdict).await,
            None => Ending::Lost,
        }
    }

    /// `None` if the lease was lost meanwhile.
    async fn handle(&self, claim: &Claim, message: Message) -> Option<Verdict> {
        // A handler can panic before it has made a future, too.
        let delivery = Delivery::new(claim, message);
        let call = AssertUnwindSafe(|| self.router.handle(delivery));
        let outcome = match std::panic::catch_unwind(call) {
            Ok(Some(handling)) => self.attend(claim, handling).await?,
            Ok(None) => return Some(Verdict::Ignored),
            Err(panic) => Err(panicked(&*panic)),
        };
        Some(match outcome {
            Ok(()) => Verdict::Done,
            Err(failure) => self.judge(claim, &failure),
        })
    }

    /// Runs a handler within its time, and keeps the lease meanwhile.
    async fn attend(
        &self,
        claim: &Claim,
        handling: BoxFuture<'static, Result<(), Failure>>,
    ) -> Option<Result<(), Failure>> {
        let handling = pin!(AssertUnwindSafe(handling).catch_unwind());
        let limit = self.clock.sleep(self.settings.time_limit);
        let in_time = select(handling, limit);
        match select(in_time, pin!(self.keep(claim))).await {
            Either::Left((Either::Left((Ok(outcome), _)), _)) => Some(outcome),
            Either::Left((Either::Left((Err(panic), _)), _)) => Some(Err(panicked(&*panic))),
            Either::Left((Either::Right(_), _)) => {
                let limit = self.settings.time_limit;
                let text = format!("the handler took longer than {limit:?}");
                Some(Err(Failure::from(text)))
            }
            Either::Right(_) => None,
        }
    }

    /// Renews the lease again and again; ready once it is lost.
    async fn keep(&self, claim: &Claim) {
        let lease = self.settings.lease;
        loop {
            self.clock.sleep(lease / 3).await;
            match self.inbox.renew(&claim.lease, lease).await {
                Err(fault) if fault.is_lease_lost() => return,
                // The inbox may be back before the lease is over.
                Ok(()) | Err(_) => {}
            }
        }
    }

    fn judge(&self, claim: &Claim, failure: &Failure) -> Verdict {
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
    async fn settle(&self, claim: &Claim, verdict: Verdict) -> Ending {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.write(claim, &verdict).await {
                Ok(()) => return verdict.ending(),
                Err(fault) if fault.is_lease_lost() => return Ending::Lost,
                Err(fault) if attempt >= SETTLE_ATTEMPTS => {
                    log_unsettled(claim, &fault);
                    return Ending::Lost;
                }
                Err(_) => self.clock.sleep(self.settings.lease / 10).await,
            }
        }
    }

    async fn write(&self, claim: &Claim, verdict: &Verdict) -> Result<(), InboxError> {
        let (inbox, lease) = (&self.inbox, &claim.lease);
        match verdict {
            Verdict::Done | Verdict::Ignored => inbox.complete(lease).await,
            Verdict::Again { reason, pause } => inbox.fail(lease, reason, *pause).await,
            Verdict::Dead { reason } => inbox.bury(lease, reason).await,
        }?;
        log_settled(claim, verdict);
        Ok(())
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
fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("of unknown content");
    Failure::from(format!("the handler panicked: {text}"))
}

#[cfg(feature = "tracing")]
fn log_settled(claim: &Claim, verdict: &Verdict) {
    let (id, kind, attempt) = (&claim.entry.id, &claim.entry.type_, claim.attempt);
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
fn log_unsettled(claim: &Claim, fault: &InboxError) {
    let (id, kind) = (&claim.entry.id, &claim.entry.type_);
    tracing::error!(id, kind, %fault, "the end of a message could not be stored");
}

#[cfg(not(feature = "tracing"))]
fn log_settled(_: &Claim, _: &Verdict) {}

#[cfg(not(feature = "tracing"))]
fn log_unsettled(_: &Claim, _: &InboxError) {}
